"""The kind of channel that a chat window is."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import Channel
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.ledger.facts import EvidenceKind

CHAT = ChannelKind(
    code="chat",
    name=_("在线客服"),
    icon="chat",
    case_channel=Channel.CHAT.value,
    scheme=Scheme.VISITOR,
    evidence=EvidenceKind.CHAT,
    is_live=True,
)
