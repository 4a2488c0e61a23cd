"""The kind of channel that a hotline is. Nothing can be written on it: customers are called back."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

import keyue.channels.phone.events  # noqa: F401  declares what the company's promises follow from
from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.phone import selectors
from keyue.channels.phone.forms import HotlineForm
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Conversation
from keyue.ledger.facts import EvidenceKind


def closed(conversation: Conversation, at: datetime) -> str:
    """A telephone takes no written answer."""
    return _("电话不能发文字。请回拨客户后记通话小结，或换一种方式回复。")


HOTLINE = ChannelKind(
    code="phone",
    name=_t("热线电话"),
    icon="phone",
    case_channel=CaseChannel.PHONE.value,
    scheme=Scheme.PHONE,
    evidence=EvidenceKind.CALL,
    closed=closed,
    is_online=False,
    form=HotlineForm,
    guide="channels/phone_guide.html",
    told=selectors.told,
)

KINDS = (HOTLINE,)
