"""Forms of the public pages about personal data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from keyue.channels.webform.forms import UNCHOSEN, counter, text_within
from keyue.privacy.enums import Right
from keyue.ui.fields import offer

WHAT = 2000
# withdrawing needs no request: it is done at once on the same page
ASKED = [(right.value, right.label) for right in Right if right is not Right.WITHDRAWAL]


class WhoForm(forms.Form):
    """A number or address by which somebody is on file."""

    typed = forms.CharField(
        label=gettext_lazy("您登记过的手机号或邮箱"),
        max_length=254,
        error_messages={"required": gettext_lazy("请填写登记过的手机号或邮箱。")},
        help_text=gettext_lazy("验证码只发到登记的邮箱，不发到您现在填的地址。短信验证码还没有开通。"),
        widget=forms.TextInput(attrs={"autocomplete": "email"}),
    )


class CodeForm(forms.Form):
    """The one-use code."""

    check = forms.UUIDField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写验证码。")},
        help_text=gettext_lazy("6 位字母和数字，10 分钟内有效，只能用一次。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}),
    )


class RightForm(forms.Form):
    """What somebody asks for."""

    contact = forms.ChoiceField(
        label=gettext_lazy("哪一份资料"), choices=(), widget=forms.RadioSelect, error_messages=UNCHOSEN
    )
    right = forms.ChoiceField(
        label=gettext_lazy("您要求"), choices=ASKED, widget=forms.RadioSelect, error_messages=UNCHOSEN
    )
    what = forms.CharField(
        label=gettext_lazy("具体说明"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, contacts: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(pk), name) for pk, name in contacts]
        offer(self, "contact", choices)
        if len(choices) == 1:
            self.fields["contact"].widget = forms.HiddenInput()
            self.fields["contact"].initial = choices[0][0]
        self.fields["what"].help_text = counter(
            "what", WHAT, gettext_lazy("更正和解释的必填：要改哪一项、改成什么；要解释什么。")
        )

    def clean_what(self) -> str:
        return text_within(self.cleaned_data["what"], WHAT)


class StatusForm(forms.Form):
    """Number and code of a request."""

    number = forms.CharField(
        label=gettext_lazy("编号"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写编号。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "QY-00012"}
        ),
    )
    code = forms.CharField(
        label=gettext_lazy("查询码"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写查询码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class ConsentActForm(forms.Form):
    """Which consent is withdrawn."""

    consent = forms.IntegerField(min_value=1)


class AgreeForm(forms.Form):
    """Which purpose somebody agrees to, and which version of its text they have read."""

    contact = forms.IntegerField(min_value=1)
    purpose = forms.SlugField(max_length=40)
    text = forms.IntegerField(min_value=1)
