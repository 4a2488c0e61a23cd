"""The form by which a mailbox is set up."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.channels.email.accounts import PROVIDERS, Provider, is_loopback
from keyue.channels.email.enums import OldMail, Security, Way
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT
from keyue.conversations.models import Channel

_HOST = re.compile(r"[A-Za-z0-9_.:\[\]-]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _text(label: Any, longest: int = 200, **options: Any) -> forms.CharField:
    """A line of text that may stay empty."""
    options.setdefault("required", False)
    return forms.CharField(label=label, max_length=longest, widget=forms.TextInput(attrs=INPUT), **options)


def _choice(label: Any, choices: Any, initial: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, initial=initial, widget=forms.Select(attrs=INPUT), **options
    )


def _port(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=65_535,
        widget=forms.NumberInput(attrs=INPUT),
        help_text=_t("不填就用加密方式惯用的端口。"),
    )


def _secret(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=4_000,
        strip=True,
        widget=forms.PasswordInput(attrs=INPUT),
        **options,
    )


class MailboxForm(ChannelForm):
    """A mailbox: where its mails lie, how answers go out, and how one signs in. A chosen provider fills in the servers."""

    SECRET: ClassVar[tuple[str, ...]] = ("password", "client_secret", "refresh_token")

    address = forms.EmailField(
        label=_t("邮箱地址"), max_length=254, widget=forms.EmailInput(attrs=INPUT),
        help_text=_t("客户写信到这里，回信也从这里发出。"),
    )  # fmt: skip
    sender = _text(_t("发件人名称"), 60, help_text=_t("客户收到回信时看到的名称，如「澄川环境客服」。"))
    provider = _choice(
        _t("邮箱服务商"), [("", _t("其他")), *((one.code, one.name) for one in PROVIDERS)], "",
        required=False, help_text=_t("选了服务商，下面的服务器可以不填。"),
    )  # fmt: skip
    imap_host = _text(_t("收信服务器（IMAP）"), help_text=_t("不填就只发信，不收信。"))
    imap_security = _choice(_t("收信加密"), Security.choices, Security.SSL)
    imap_port = _port(_t("收信端口"))
    folder = _text(_t("收信文件夹"), 200, help_text=_t("不填就是收件箱（INBOX）。"))
    old_mail = _choice(_t("文件夹里已有的邮件"), OldMail.choices, OldMail.NEW)
    smtp_host = _text(_t("发信服务器（SMTP）"), help_text=_t("不填就用系统的发信服务器。"))
    smtp_security = _choice(_t("发信加密"), Security.choices, Security.SSL)
    smtp_port = _port(_t("发信端口"))
    user = _text(_t("登录名"), 254, help_text=_t("不填就是邮箱地址。"))
    way = _choice(_t("登录方式"), Way.choices, Way.PASSWORD)
    password = _secret(
        _t("密码或授权码"), help_text=_t("QQ、163 等邮箱要在网页邮箱里开启 IMAP，填那里给的授权码。")
    )
    client = _text(_t("OAuth2 客户端编号"), 400)
    client_secret = _secret(_t("OAuth2 客户端密钥"))
    refresh_token = _secret(_t("OAuth2 刷新令牌"))
    token_url = _text(_t("OAuth2 令牌地址"), 400)
    scope = _text(_t("OAuth2 权限范围"), 800)

    def clean_sender(self) -> str:
        return _without_control(self.cleaned_data["sender"])

    def clean_user(self) -> str:
        return _without_control(self.cleaned_data["user"])

    def clean_folder(self) -> str:
        return _without_control(self.cleaned_data["folder"])

    def clean_imap_host(self) -> str:
        return _host(self.cleaned_data["imap_host"])

    def clean_smtp_host(self) -> str:
        return _host(self.cleaned_data["smtp_host"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        chosen = next((one for one in PROVIDERS if one.code == data.get("provider")), None)
        if chosen is not None:
            _fill(data, chosen)
        for name in ("imap", "smtp"):
            host = data.get(f"{name}_host") or ""
            if host and data.get(f"{name}_security") == Security.NONE and not is_loopback(host):
                self.add_error(f"{name}_security", _("不加密的连接只能连到本机。请选 SSL/TLS 或 STARTTLS。"))
        self._check_sign_in(data)
        return data

    def _check_sign_in(self, data: dict[str, Any]) -> None:
        if not (data.get("imap_host") or data.get("smtp_host")):
            return
        is_new = self.channel is None or not self.channel.secrets
        if data.get("way") == Way.OAUTH2:
            for name in ("client", "token_url"):
                if not data.get(name):
                    self.add_error(name, _("用 OAuth2 登录时必填。"))
            if is_new and not data.get("refresh_token"):
                self.add_error("refresh_token", _("用 OAuth2 登录时必填。"))
        elif is_new and not data.get("password"):
            self.add_error("password", _("请填密码或授权码。"))


def _fill(data: dict[str, Any], chosen: Provider) -> None:
    """The provider's servers where none are typed in."""
    for name, server in (("imap", chosen.imap), ("smtp", chosen.smtp)):
        if not data.get(f"{name}_host"):
            data |= {
                f"{name}_host": server.host,
                f"{name}_port": server.port,
                f"{name}_security": server.security,
            }
    if data.get("way") == Way.OAUTH2:
        data["token_url"] = data.get("token_url") or chosen.token_url
        data["scope"] = data.get("scope") or chosen.scope


def _without_control(text: str) -> str:
    if _CONTROL.search(text):
        raise forms.ValidationError(_("不能有换行和控制字符。"))
    return text


def _host(text: str) -> str:
    if text and not _HOST.fullmatch(text):
        raise forms.ValidationError(_("请只填主机名，如 imap.example.com。"))
    return text


def address_of(channel: Channel) -> str:
    """The address of a mailbox in small letters; empty where none is set."""
    return str(channel.options.get("address") or "").strip().lower()
