"""Reading a callback again that could not be read: after an update of the product, or of how the channel is set up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.webhook import actions, selectors
from keyue.channels.webhook.models import UnreadCallback
from keyue.channels.webhook.receiving import receive_body
from keyue.conversations.models import Channel
from keyue.kernel.errors import KeyueError, Refused
from keyue.ledger.facts import Actor

# reads the whole body of a callback that was rightly signed when it came
Reader = Callable[[Channel, bytes, datetime], Any]

_readers: dict[str, Reader] = {"webhook": receive_body}


def register(kind: str, reader: Reader) -> None:
    """Let callbacks of a kind of channel be read again."""
    _readers[kind] = reader


def read_again(callback: UnreadCallback, *, by: Actor, at: datetime) -> None:
    """Raises Refused with what is still wrong."""
    reader = _readers.get(callback.channel.kind)
    if reader is None or callback.handled_at is not None:
        raise Refused(_("这条回调已经处理过了。"))
    try:
        reader(callback.channel, selectors.raw_of(callback), at)
    except KeyueError:
        raise
    except Exception as error:
        raise Refused(
            _("还是读不懂（%(why)s）。请把它交给客约的维护人员。") % {"why": type(error).__name__}
        ) from error
    actions.put_aside(callback=callback, by=by, at=at)
