"""Kinds of channels. The folder of each channel registers its own here when it starts; nothing else knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from keyue.conversations.enums import Scheme
from keyue.kernel.errors import NotFound
from keyue.ledger.facts import EvidenceKind

if TYPE_CHECKING:
    from keyue.conversations.channel_forms import ChannelForm
    from keyue.conversations.models import Channel, Conversation, Line

# sends a line and gives its identity on the channel; raises whatever went wrong, Undeliverable where it never will work
Send = Callable[["Line"], str]
# why nothing may be sent to this conversation's customer at an instant; empty where it may
Closed = Callable[["Conversation", datetime], str]
# tries whether a channel works as it is set up and says what was found; raises Refused with what is wrong
Check = Callable[["Channel"], str]
# what the guide of a kind is told beside the channel
Told = Callable[["Channel"], Mapping[str, Any]]


def always_open(conversation: Conversation, at: datetime) -> str:
    """A channel on which one may write at any time."""
    return ""


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """What a folder of channels says of its kind.

    `case_channel` is the member of cases' `Channel` under which a case that comes in here is received, `send` how a line
    goes out; without it the customer sees lines where they were written (`is_live`), or an answer goes another way.
    `evidence` is what an answer by it proves. `is_online` ones are seen and sorted each day (S3 3.2.1).

    `form` asks for what a channel of this kind needs to be set up, `guide` is the template that says on its page what is to
    be done elsewhere, and shows what is peculiar to the kind (it gets `channel`, `base`, the address of this installation,
    `may_manage`, and what `told` gives), `check` tries it.
    """

    code: str
    name: Promise
    icon: str
    case_channel: str
    scheme: Scheme
    evidence: EvidenceKind = EvidenceKind.CHAT
    send: Send | None = None
    closed: Closed = always_open
    is_live: bool = False
    is_online: bool = True
    form: type[ChannelForm] | None = None
    guide: str = ""
    told: Told | None = None
    check: Check | None = None


_KINDS: dict[str, ChannelKind] = {}


def register(kind: ChannelKind) -> None:
    """Declare a kind of channel; again with the same code replaces it."""
    _KINDS[kind.code] = kind


def kinds() -> Mapping[str, ChannelKind]:
    """All kinds by their codes."""
    return _KINDS


def kind_of(code: str) -> ChannelKind:
    """A kind by its code. Raises NotFound with a sentence."""
    from django.utils.translation import gettext as _

    try:
        return _KINDS[code]
    except KeyError:
        raise NotFound(_("没有「%(code)s」这种渠道。") % {"code": code}) from None
