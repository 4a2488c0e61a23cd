"""The kind of channel that a chat window is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.chat.forms import ChatForm
from keyue.channels.chat.hours import described
from keyue.channels.chat.setup import setup_of
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import EvidenceKind
from keyue.people import selectors as people


def told(channel: Channel) -> dict[str, Any]:
    """The tag that a page carries to show the window, and the window by itself."""
    script = settings.BASE_URL + reverse("channels:chat_script", args=[channel.pk])
    return {
        "tag": f'<script src="{script}" async></script>',
        "window": settings.BASE_URL + reverse("channels:chat", args=[channel.pk]),
        "has_secret": bool(channel.secrets),
    }


def check(channel: Channel) -> str:
    """Whether customers who write here reach somebody. Raises Refused where nobody works in the department."""
    setup, at = setup_of(channel.options), clock.now()
    if channel.department and not people.people_behind(channel.department, at):
        raise Refused(_("归属部门里没有在职的人，客户发来的消息没有人接。"))
    now = described(setup, at) or _("现在是人工服务时间。")
    where = (
        _("限 %(n)d 个网站可以放。") % {"n": len(setup.sites)} if setup.sites else _("没有限制放在哪些网站。")
    )
    return f"{now}{where}"


CHAT = ChannelKind(
    code="chat",
    name=_t("在线客服"),
    icon="chat",
    case_channel=CaseChannel.CHAT.value,
    scheme=Scheme.VISITOR,
    evidence=EvidenceKind.CHAT,
    is_live=True,
    form=ChatForm,
    guide="channels/chat-guide.html",
    told=told,
    check=check,
)

KINDS = (CHAT,)
