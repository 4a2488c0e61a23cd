"""WeCom: how tokens are asked for, and what its codes mean. An application and WeChat customer service each have a secret."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keyue.channels.fetching import Fetched, fetch
from keyue.channels.wechat.interface import Platform
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of


def _ask(channel: Channel, base: str, force: bool) -> Fetched:
    params = {
        "corpid": str(channel.options.get("corp_id", "")),
        "corpsecret": str(secrets_of(channel).get("secret", "")),
    }
    return fetch("GET", f"{base}/cgi-bin/gettoken", params=params, most=64 * 1024)


def sentence_of(code: int) -> str:
    """What a code means for who reads it; empty for others."""
    return {
        -1: _("企业微信系统繁忙，稍后会再试。"),
        40001: _("Secret 不对。"),
        40013: _("企业 ID 不对。"),
        40003: _("企业微信不认识这个成员。"),
        40056: _("应用的 AgentId 不对。"),
        45009: _("调用企业微信接口太频繁，稍后会再试。"),
        60011: _("应用没有权限。请在企业微信后台检查可见范围。"),
        60020: _("本机的 IP 不在应用的可信 IP 里。请在企业微信后台添加。"),
        81013: _("成员不在应用的可见范围里，发不到。"),
        95000: _("客服账号 ID（open_kfid）不对。"),
        95001: _("客户没有再发来消息，微信最多让发 5 条。请等客户来消息，或换一种方式告知。"),
        95002: _("客户超过 48 小时没有发来消息，微信不让主动发。请换一种方式告知。"),
        95013: _("这个微信客服会话已经结束，发不出去。请等客户来消息，或换一种方式告知。"),
        95018: _("这个微信客服会话现在不归接口接待，发不出去。请在企业微信后台把接待方式改为接口。"),
    }.get(code, "")


WECOM = Platform(
    base="https://qyapi.weixin.qq.com",
    ask=_ask,
    final=frozenset({40003, 81013, 95000, 95001, 95002, 95007, 95013, 95016, 95018}),
    credentials=frozenset({40001, 40013, 40056, 60011, 60020, 95000}),
    sentences=sentence_of,
)
