"""The kind of channel that short messages are."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.sms.forms import SmsForm
from keyue.channels.sms.sending import send_line, templates_of
from keyue.channels.sms.views import take
from keyue.channels.webhook import rereading, selectors
from keyue.channels.webhook.doors import place_key
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.ledger.facts import EvidenceKind


def told(channel: Channel) -> dict[str, Any]:
    """What the guide says beside what all say: the part of the address that nobody can guess, and the templates."""
    return {**selectors.told(channel), "key": place_key(channel), "templates": templates_of(channel)}


SMS = ChannelKind(
    code="sms",
    name=_t("短信"),
    icon="phone",
    case_channel=CaseChannel.SMS.value,
    scheme=Scheme.PHONE,
    evidence=EvidenceKind.CHAT,
    send=send_line,
    form=SmsForm,
    guide="channels/sms_guide.html",
    told=told,
)

KINDS = (SMS,)
rereading.register("sms", take)
