"""Writing promises. `record` is the one way in for facts about subjects of promises; `look` is the sweep."""

from keyue.promises.actions.recording import hold, record, record_many, state_of
from keyue.promises.actions.sweeping import Swept, fold_tallies, look

__all__ = ["Swept", "fold_tallies", "hold", "look", "record", "record_many", "state_of"]
