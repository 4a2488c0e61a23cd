"""What is asked for to connect an application of WeCom, or WeChat customer service."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.channels.wechat.forms import AccountForm, AnsweringForm
from keyue.conversations.forms import INPUT


class CorpForm(AccountForm):
    """What both have in common."""

    SECRET: ClassVar[tuple[str, ...]] = ("secret", "token", "aes_key")

    corp_id = forms.RegexField(
        r"^(ww|wx)[0-9a-zA-Z]{10,30}$", label=_("企业 ID"), max_length=40, widget=forms.TextInput(attrs=INPUT),
        error_messages={"invalid": _("企业 ID 以 ww 或 wx 开头，在企业微信后台「我的企业」里。")},
    )  # fmt: skip
    secret = forms.CharField(label=_("Secret"), max_length=64, widget=forms.PasswordInput(attrs=INPUT))
    aes_key = forms.CharField(
        label=_("EncodingAESKey"), max_length=43, widget=forms.PasswordInput(attrs=INPUT)
    )


class AppForm(CorpForm):
    """An application of the company's own, to which colleagues write."""

    agent_id = forms.IntegerField(
        label=_("AgentId"), min_value=1, max_value=10**10, widget=forms.NumberInput(attrs=INPUT)
    )


class KfForm(CorpForm, AnsweringForm):
    """WeChat customer service, to which customers write from WeChat."""

    open_kfid = forms.RegexField(
        r"^wk[0-9a-zA-Z_-]{4,60}$", label=_("客服账号 ID"), max_length=64, widget=forms.TextInput(attrs=INPUT),
        help_text=_("以 wk 开头。每个客服账号接成一个渠道。"),
    )  # fmt: skip
    welcome = forms.CharField(
        label=_("欢迎语"), max_length=500, required=False, widget=forms.Textarea(attrs={**INPUT, "rows": 2}),
        help_text=_("客户进入会话时自动发送。不填就不发。"),
    )  # fmt: skip
