"""WeChat's official accounts: how their token is asked for, and what their codes mean."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keyue.channels.fetching import Fetched, post_json
from keyue.channels.wechat.interface import Platform
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of


def _ask(channel: Channel, base: str, force: bool) -> Fetched:
    """By the stable interface: other systems of the company that use the account keep their token."""
    body = {
        "grant_type": "client_credential",
        "appid": channel.options.get("app_id", ""),
        "secret": secrets_of(channel).get("app_secret", ""),
        "force_refresh": force,
    }
    return post_json(f"{base}/cgi-bin/stable_token", body, most=64 * 1024)


def sentence_of(code: int) -> str:
    """What a code means for who reads it; empty for others."""
    return {
        -1: _("微信系统繁忙，稍后会再试。"),
        40001: _("AppSecret 不对，或接口凭证已失效。"),
        40003: _("微信不认识这个用户。"),
        40013: _("AppID 不对。"),
        40125: _("AppSecret 不对。"),
        40164: _("本机的 IP 不在公众号的 IP 白名单里。请到公众平台「基本配置」添加。"),
        40243: _("AppSecret 已被冻结。请到公众平台解冻。"),
        43004: _("客户已取消关注，微信不让发。请换一种方式告知。"),
        43019: _("客户拒收了公众号的消息。请换一种方式告知。"),
        45002: _("内容太长，微信不收。"),
        45009: _("今天调用微信接口的次数用完了，稍后会再试。"),
        45011: _("调用微信接口太频繁，稍后会再试。"),
        45015: _("客户超过 48 小时没有发来消息，微信不让主动发。请换一种方式告知。"),
        45047: _("客户没有再发来消息，微信最多让发 5 条。请等客户来消息，或换一种方式告知。"),
        48001: _("这个公众号没有客服消息的权限（要认证的服务号）。"),
        48002: _("客户关闭了接收消息。请换一种方式告知。"),
        50002: _("这个公众号被限制使用。请到公众平台查看。"),
    }.get(code, "")


WECHAT = Platform(
    base="https://api.weixin.qq.com",
    ask=_ask,
    final=frozenset({40003, 43004, 43019, 45002, 45015, 45047, 48001, 48002}),
    credentials=frozenset({40013, 40125, 40164, 40243, 48001, 50002}),
    sentences=sentence_of,
)
