"""The kind of channel that an official account is."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.webhook import rereading, selectors
from keyue.channels.wechat.forms import WechatForm
from keyue.channels.wechat.platform import WECHAT as PLATFORM
from keyue.channels.wechat.receiving import receive_xml
from keyue.channels.wechat.sending import closed_after, send_line
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.kernel.errors import Refused
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import EvidenceKind


def check(channel: Channel) -> str:
    """Ask WeChat for a token. Raises Refused with what is wrong."""
    try:
        PLATFORM.call(channel, "/cgi-bin/get_api_domain_ip")
    except Undeliverable as error:
        raise Refused(str(error)) from None
    return _("AppID 和 AppSecret 都对，接口可以用。回调是否通，请在公众平台按「提交」时看。")


WECHAT = ChannelKind(
    code="wechat",
    name=_t("微信公众号"),
    icon="chat",
    case_channel=CaseChannel.WECHAT.value,
    scheme=Scheme.WECHAT,
    evidence=EvidenceKind.CHAT,
    send=send_line,
    closed=closed_after("wechat"),
    form=WechatForm,
    guide="channels/wechat_guide.html",
    told=selectors.told,
    check=check,
)

KINDS = (WECHAT,)
rereading.register("wechat", receive_xml)
