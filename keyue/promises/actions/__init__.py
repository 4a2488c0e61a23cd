"""Writing promises. `record` is the one way in for facts about subjects of promises; `look` is the sweep."""

from keyue.promises.actions.recording import record, record_many
from keyue.promises.actions.sweeping import Swept, fold_tallies, look

__all__ = ["Swept", "fold_tallies", "look", "record", "record_many"]
