"""What is asked for to connect an official account."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from keyue.channels.webhook.forms import checked_address
from keyue.channels.wechat.crypto import key_of
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT
from keyue.kernel.errors import Invalid


class AccountForm(ChannelForm):
    """What accounts of WeChat and WeCom have in common: the token and key of their callbacks, and where the interface is."""

    token = forms.CharField(
        label=_("Token"), max_length=64, widget=forms.PasswordInput(attrs=INPUT),
        help_text=_("自己定的一串字母数字，两边填一样的。"),
    )  # fmt: skip
    api = forms.CharField(
        label=_("接口地址"), max_length=200, required=False, widget=forms.URLInput(attrs=INPUT),
        help_text=_("平常不填。经过公司的代理或用替身试接时填写。"),
    )  # fmt: skip

    def clean_api(self) -> str:
        return checked_address(self.cleaned_data["api"]).rstrip("/")

    def clean_aes_key(self) -> str:
        """An EncodingAESKey, or none."""
        text = str(self.cleaned_data.get("aes_key") or "").strip()
        if text:
            try:
                key_of(text)
            except Invalid as error:
                raise ValidationError(str(error)) from None
        return text


class AnsweringForm(AccountForm):
    """An account by which customers write."""

    automatic = forms.BooleanField(
        label=_("先由知识库自动答复"), required=False, initial=True,
        help_text=_("没有人接入以前，有把握的问题用公开的文章答复，写明是自动答复和依据；最多两次，随时可转人工。"),
    )  # fmt: skip


class WechatForm(AnsweringForm):
    """An official account."""

    SECRET: ClassVar[tuple[str, ...]] = ("app_secret", "token", "aes_key")

    app_id = forms.RegexField(
        r"^wx[0-9a-zA-Z]{10,30}$", label=_("AppID"), max_length=40, widget=forms.TextInput(attrs=INPUT),
        error_messages={"invalid": _("AppID 以 wx 开头，在公众平台「基本配置」里。")},
    )  # fmt: skip
    app_secret = forms.CharField(label=_("AppSecret"), max_length=64, widget=forms.PasswordInput(attrs=INPUT))
    aes_key = forms.CharField(
        label=_("EncodingAESKey"), max_length=43, required=False, widget=forms.PasswordInput(attrs=INPUT),
        help_text=_("公众平台选「安全模式」时填写（推荐）；填了就不再收明文。"),
    )  # fmt: skip
