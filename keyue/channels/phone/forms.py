"""Forms of hotlines: setting one up, a call entered while talking, a shift."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import CaseType
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.console import OPINIONS
from keyue.conversations.enums import Opinion
from keyue.conversations.forms import INPUT, Form
from keyue.conversations.models import Channel
from keyue.kernel.errors import KeyueError
from keyue.people import selectors as people
from keyue.people.forms import StaffField
from keyue.worktime.typed import windows

MOST_WEEKS = 26


class HotlineForm(ChannelForm):
    """The number, when somebody has to be there, and which extension is whose."""

    number = forms.CharField(
        label=_("热线号码"), max_length=40, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    hours = forms.CharField(
        label=_("每天值守时段"), max_length=100, required=False, initial="00:00-24:00",
        widget=forms.TextInput(attrs=INPUT),
        help_text=_("如 00:00-24:00 或 08:00-12:00, 13:30-20:00。这些时段没有人值班就是空岗；不填就不核。"),
    )  # fmt: skip
    extensions = forms.CharField(
        label=_("分机对照"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={**INPUT, "rows": 4}),
        help_text=_("一行一个：分机=用户名，如 801=lin。话务系统推来的接听人按它认。"),
    )  # fmt: skip

    def clean_hours(self) -> str:
        text = str(self.cleaned_data["hours"]).strip()
        try:
            windows(text)
        except KeyueError as error:
            raise forms.ValidationError(str(error)) from None
        return text

    def clean_extensions(self) -> str:
        text = str(self.cleaned_data["extensions"]).strip()
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        known = set(people.active_staff().values_list("username", flat=True))
        for line in lines:
            left, equals, right = line.partition("=")
            if not (left.strip() and equals and right.strip()):
                raise forms.ValidationError(
                    _("「%(line)s」看不懂，请写成 分机=用户名。"), params={"line": line[:40]}
                )
            if right.strip() not in known:
                raise forms.ValidationError(
                    _("没有用户名「%(name)s」。"), params={"name": right.strip()[:40]}
                )
        return "\n".join(lines)


class CallForm(Form):
    """A call, entered while talking: who, what about, and whether it becomes a case."""

    hotline = forms.ModelChoiceField(
        Channel.objects.none(), label=_("哪条热线"), widget=forms.Select(attrs=INPUT), empty_label=None
    )
    way = forms.ChoiceField(
        label=_("方向"),
        choices=[("in", _("来电")), ("out", _("去电"))],
        initial="in",
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label=_("对方号码"), max_length=40, required=False, widget=forms.TextInput(attrs={**INPUT, "inputmode": "tel"}),
        help_text=_("来电没有显示号码的可以不填。"),
    )  # fmt: skip
    name = forms.CharField(
        label=_("称呼"), max_length=60, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    summary = forms.CharField(
        label=_("说了什么"),
        max_length=2_000,
        widget=forms.Textarea(attrs={**INPUT, "rows": 5, "autofocus": True}),
    )
    opinion = forms.ChoiceField(
        label=_("客户意见"),
        choices=OPINIONS,
        widget=forms.RadioSelect,
        help_text=_("没有意见也要写明；有意见的同时登记为事项。"),
    )
    type = forms.ChoiceField(
        label=_("登记为事项"),
        required=False,
        widget=forms.Select(attrs=INPUT),
        choices=[("", _("不登记")), *CaseType.choices],
    )
    begun = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, hotlines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hotline"].queryset = hotlines  # type: ignore[attr-defined]

    def clean_opinion(self) -> Opinion:
        return Opinion(self.cleaned_data["opinion"])


class ShiftForm(Form):
    """Somebody on duty, for one day or the same day of several weeks."""

    user = StaffField(label=_("值班人"))
    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={**INPUT, "type": "date"}))
    start = forms.TimeField(label=_("从"), widget=forms.TimeInput(attrs={**INPUT, "type": "time"}))
    end = forms.TimeField(
        label=_("到"),
        widget=forms.TimeInput(attrs={**INPUT, "type": "time"}),
        help_text=_("早于开始就算到第二天；00:00 是当天结束。"),
    )
    days = forms.IntegerField(
        label=_("连续几天"), min_value=1, max_value=31, initial=1, widget=forms.NumberInput(attrs=INPUT)
    )
    weeks = forms.IntegerField(
        label=_("重复几周"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=1,
        widget=forms.NumberInput(attrs=INPUT),
    )
