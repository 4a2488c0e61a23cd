"""Writing promises. `record` is the one way in for facts about subjects of promises; `look` is the sweep."""

from keyue.promises.actions.handing import decide, give, hand_over, put_back, request, take
from keyue.promises.actions.noticing import mark_mailed, see_notices, tell, tell_each
from keyue.promises.actions.opening import open_windows
from keyue.promises.actions.publishing import publish_calendar
from keyue.promises.actions.recording import hold, record, record_many, state_of
from keyue.promises.actions.sweeping import Swept, fold_tallies, follow_calendars, look
from keyue.promises.actions.undoing import undo, undoable

__all__ = [
    "Swept",
    "decide",
    "fold_tallies",
    "follow_calendars",
    "give",
    "hand_over",
    "hold",
    "look",
    "mark_mailed",
    "open_windows",
    "publish_calendar",
    "put_back",
    "record",
    "record_many",
    "request",
    "see_notices",
    "state_of",
    "take",
    "tell",
    "tell_each",
    "undo",
    "undoable",
]
