"""The kinds of channels that WeCom brings: an application of the company's own, and WeChat customer service."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.webhook import rereading, selectors
from keyue.channels.wechat.sending import closed_after
from keyue.channels.wecom.forms import AppForm, KfForm
from keyue.channels.wecom.platform import WECOM as PLATFORM
from keyue.channels.wecom.receiving import receive_app
from keyue.channels.wecom.sending import send_app_line, send_kf_line
from keyue.channels.wecom.syncing import KIND, reread
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.kernel.errors import Refused
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import EvidenceKind


def check(channel: Channel) -> str:
    """Ask WeCom for a token, and for something harmless with it. Raises Refused with what is wrong."""
    try:
        PLATFORM.call(channel, "/cgi-bin/get_api_domain_ip")
    except Undeliverable as error:
        raise Refused(str(error)) from None
    return _("企业 ID 和 Secret 都对，接口可以用。回调是否通，请在企业微信后台保存时看。")


APP = ChannelKind(
    code="wecom",
    name=_t("企业微信应用"),
    icon="chat",
    case_channel=CaseChannel.WECOM.value,
    scheme=Scheme.WECOM,
    evidence=EvidenceKind.CHAT,
    send=send_app_line,
    form=AppForm,
    guide="channels/wecom_guide.html",
    told=selectors.told,
    check=check,
)
KF = ChannelKind(
    code=KIND,
    name=_t("微信客服"),
    icon="chat",
    case_channel=CaseChannel.WECHAT.value,
    scheme=Scheme.WECOM,
    evidence=EvidenceKind.CHAT,
    send=send_kf_line,
    closed=closed_after(KIND),
    form=KfForm,
    guide="channels/wecom_guide.html",
    told=selectors.told,
    check=check,
)

KINDS = (APP, KF)
rereading.register("wecom", receive_app)
rereading.register(KIND, reread)
