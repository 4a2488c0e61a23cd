"""What is asked for to set up a chat window."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.channels.chat.setup import COLOUR, MOST_EACH, colour_of, sites_of
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT
from keyue.kernel.errors import Invalid
from keyue.worktime import typed

SECRET_SHORTEST = 32


class ChatForm(ChannelForm):
    """Looks, hours, limits, and the secret by which the company's pages name their users."""

    SECRET: ClassVar[tuple[str, ...]] = ("identity_secret",)

    greeting = forms.CharField(
        label=_t("欢迎语"), max_length=200, required=False, widget=forms.Textarea(attrs={**INPUT, "rows": 2}),
        help_text=_t("窗口打开时显示。不填就用「您好，请问有什么可以帮您？」。"),
    )  # fmt: skip
    colour = forms.CharField(
        label=_t("颜色"), max_length=7, required=False, initial=COLOUR, widget=forms.TextInput(attrs=INPUT),
        help_text=_t("按钮和客户消息的底色，如 #145c9e；上面的字自动取黑或白。"),
    )  # fmt: skip
    side = forms.ChoiceField(
        label=_t("位置"), choices=[("right", _t("右下角")), ("left", _t("左下角"))], required=False,
        widget=forms.Select(attrs=INPUT),
    )  # fmt: skip
    sites = forms.CharField(
        label=_t("可以放在哪些网站"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={**INPUT, "rows": 2}),
        help_text=_t("一行一个，如 https://www.example.com。不填就按安装时的设置（KEYUE_EMBED_ORIGINS）。"),
    )  # fmt: skip
    hours = forms.ChoiceField(
        label=_t("人工服务时间"), required=False, widget=forms.Select(attrs=INPUT),
        choices=[("company", _t("公司工作时间")), ("always", _t("全天候")), ("own", _t("每天固定时段"))],
        help_text=_t("时间以外，窗口请客户留言并留下邮箱或手机号。"),
    )  # fmt: skip
    own_hours = forms.CharField(
        label=_t("固定时段"), max_length=100, required=False, widget=forms.TextInput(attrs=INPUT),
        help_text=_t("选「每天固定时段」时填写，如 08:00-22:00。"),
    )  # fmt: skip
    most_each = forms.IntegerField(
        label=_t("每人同时接待上限"), min_value=0, max_value=100, required=False, initial=MOST_EACH,
        widget=forms.NumberInput(attrs=INPUT), help_text=_t("0 为不限。到了上限不能再接入。"),
    )  # fmt: skip
    automatic = forms.BooleanField(
        label=_t("先由知识库自动答复"), required=False, initial=True,
        help_text=_t("没有人接入以前，有把握的问题用公开的文章答复，注明是自动答复并附出处；最多两次，随时可转人工。"),
    )  # fmt: skip
    identity_secret = forms.CharField(
        label=_t("身份密钥"), required=False, max_length=200, widget=forms.PasswordInput(attrs=INPUT),
        help_text=_t("网站已登录的用户可以用它签名带过来，不需要就不填。"),
    )  # fmt: skip

    def clean_colour(self) -> str:
        text = self.cleaned_data["colour"]
        try:
            return colour_of(text) if text else COLOUR
        except Invalid as error:
            raise ValidationError(str(error)) from error

    def clean_sites(self) -> str:
        try:
            return "\n".join(sites_of(self.cleaned_data["sites"]))
        except Invalid as error:
            raise ValidationError(str(error)) from error

    def clean_most_each(self) -> int:
        given = self.cleaned_data["most_each"]
        return MOST_EACH if given is None else int(given)

    def clean_identity_secret(self) -> str:
        text = str(self.cleaned_data["identity_secret"])
        if text and len(text) < SECRET_SHORTEST:
            raise ValidationError(_("身份密钥至少 %(least)d 个字符。") % {"least": SECRET_SHORTEST})
        return text

    def clean(self) -> dict[str, object] | None:
        data = super().clean()
        if self.cleaned_data.get("hours") == "own":
            try:
                if not typed.windows(self.cleaned_data.get("own_hours", "")):
                    self.add_error("own_hours", _("请写时段，如 08:00-22:00。"))
            except Invalid as error:
                self.add_error("own_hours", str(error))
        return data
