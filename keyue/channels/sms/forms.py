"""What is asked for to connect a provider of short messages."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.channels.sms.providers import ALIYUN, HTTP, TENCENT
from keyue.channels.sms.templates import parsed
from keyue.channels.webhook.forms import LONGEST_URL, checked_address
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT

AREA = {**INPUT, "rows": 4}


class SmsForm(ChannelForm):
    """A provider, its account, and the templates that it has approved."""

    SECRET: ClassVar[tuple[str, ...]] = ("secret",)

    provider = forms.ChoiceField(
        label=_t("短信平台"), widget=forms.Select(attrs=INPUT),
        choices=[(ALIYUN, _t("阿里云")), (TENCENT, _t("腾讯云")), (HTTP, _t("其他网关（HTTP）"))],
    )  # fmt: skip
    key_id = forms.CharField(
        label=_t("AccessKey ID / SecretId"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs=INPUT),
    )
    secret = forms.CharField(
        label=_t("AccessKey Secret / SecretKey"), max_length=300, required=False,
        widget=forms.PasswordInput(attrs=INPUT),
        help_text=_t("其他网关：放在 Authorization 请求头里的内容。"),
    )  # fmt: skip
    app_id = forms.CharField(
        label=_t("SdkAppId（腾讯云）"), max_length=40, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    sign_name = forms.CharField(
        label=_t("短信签名"), max_length=60, required=False, widget=forms.TextInput(attrs=INPUT),
        help_text=_t("审核通过的签名，不带【】。"),
    )  # fmt: skip
    templates = forms.CharField(
        label=_t("审核通过的模板"), max_length=20_000, required=False, widget=forms.Textarea(attrs=AREA),
        help_text=_t("一行一个：模板编号=全文，如 SMS_100001=您好，${name}，您的事项 ${number} 已处理。回复要照其中一个写。"),
    )  # fmt: skip
    url = forms.CharField(
        label=_t("网关地址"), max_length=LONGEST_URL, required=False, widget=forms.URLInput(attrs=INPUT)
    )
    body = forms.CharField(
        label=_t("请求正文"), max_length=4_000, required=False, widget=forms.Textarea(attrs=AREA),
        help_text=_t("{phone} {text} {id} 会换成号码、内容和标识；以 { 开头按 JSON 发，否则按表单发。"),
    )  # fmt: skip
    good = forms.CharField(
        label=_t("成功的标志"), max_length=100, required=False, widget=forms.TextInput(attrs=INPUT),
        help_text=_t("网关成功时返回的内容里有的一段文字，如 \"code\":0。不填就只看状态码。"),
    )  # fmt: skip
    api = forms.CharField(
        label=_t("接口地址"), max_length=200, required=False, widget=forms.URLInput(attrs=INPUT),
        help_text=_t("平常不填。经过公司的代理或用替身试接时填写。"),
    )  # fmt: skip

    def clean_url(self) -> str:
        return checked_address(self.cleaned_data["url"])

    def clean_api(self) -> str:
        return checked_address(self.cleaned_data["api"]).rstrip("/")

    def clean_templates(self) -> str:
        """Each line a template."""
        text = str(self.cleaned_data["templates"])
        faults = parsed(text)[1]
        if faults:
            lines = _("、").join(str(number) for number in faults[:5])
            raise ValidationError(_("第 %(lines)s 行不是「模板编号=全文」。") % {"lines": lines})
        return text

    def clean(self) -> dict[str, Any]:
        """What the chosen provider cannot do without."""
        data = super().clean() or self.cleaned_data
        needed = {
            ALIYUN: ("key_id", "sign_name", "templates"),
            TENCENT: ("key_id", "app_id", "sign_name", "templates"),
            HTTP: ("url", "body"),
        }.get(str(data.get("provider")), ())
        for name in needed:
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("这个短信平台要填这一项。"))
        is_new = self.channel is None
        if is_new and data.get("provider") in {ALIYUN, TENCENT} and not data.get("secret"):
            self.add_error("secret", _("这个短信平台要填这一项。"))
        if data.get("provider") == HTTP and data.get("body") and "{phone}" not in str(data["body"]):
            self.add_error("body", _("正文里要有 {phone}。"))
        return data
