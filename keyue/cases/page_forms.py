"""Forms of the pages: the filters of the list, registration, what is said in the composer, names of views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.cases.actions.files import uploads_from
from keyue.cases.actions.intake import CONTENT, TITLE, Intake
from keyue.cases.enums import CaseType, Category, Channel, Level, Phase, Stage, Telling
from keyue.cases.forms import FilesField, MomentField, chosen_by_hand, spoken_at
from keyue.cases.lists import Filters, Moment
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.ui.fields import ask_by_name

# what an address of the list may say, in the order in which it says it
KEYS = (
    *("mine", "state", "due", "q", "type", "stage", "lead", "category", "level", "channel", "phase"),
    *("received", "from", "to"),
)
PERIODS = {"today": 0, "7d": 7, "30d": 30, "90d": 90}


Departments = Sequence[tuple[str, str]]


def department_choices() -> Departments:
    """The departments to choose from, by code and name."""
    return [(department.code, department.name) for department in people.open_departments()]


def _select(label: Any, every: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", every), *choices],
        widget=forms.Select(attrs={"class": "input"}),
    )


class FilterForm(forms.Form):
    """The filters above the list. What is not understood is named and left out."""

    q = forms.CharField(
        label=_("编号、内容"),
        required=False,
        min_length=2,
        max_length=80,
        error_messages={"min_length": _("请输入至少 2 个字。")},
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "input",
                "placeholder": _("筛选编号、标题、内容"),
                "data-key": "/",
                "autocomplete": "off",
            }
        ),
    )
    type = _select(_("类型"), _("类型：全部"), CaseType.choices)
    stage = _select(_("阶段"), _("阶段：全部"), Stage.choices)
    lead = _select(_("牵头部门"), _("牵头部门：全部"))
    received = _select(
        _("受理时间"),
        _("受理：全部时间"),
        [("today", _("今天")), ("7d", _("近 7 天")), ("30d", _("近 30 天")), ("90d", _("近 90 天"))],
    )
    level = _select(_("级别"), _("级别：全部"), Level.choices)
    category = _select(_("类别"), _("类别：全部"), Category.choices)
    channel = _select(_("渠道"), _("渠道：全部"), Channel.choices)
    phase = _select(_("售前售中售后"), _("售前售中售后：全部"), Phase.choices)
    state = _select(
        _("状态"),
        _("状态：未关闭"),
        [("waiting", _("已停表")), ("closed", _("已关闭")), ("all", _("全部"))],
    )
    due = _select(
        pgettext_lazy("约定", "到期"), _("到期：全部"), [("late", _("已逾期")), ("week", _("本周到期"))]
    )

    def __init__(self, data: Any, departments: Departments | None = None) -> None:
        # the forms of acts open over this one: their ids must differ
        super().__init__(data, auto_id="filter_%s")
        self.fields["from"] = forms.DateField(label=_("受理自"), required=False, widget=_date())
        self.fields["to"] = forms.DateField(label=_("受理至"), required=False, widget=_date())
        self.fields["mine"] = forms.BooleanField(
            label=_("只看待我处理"), required=False, widget=forms.CheckboxInput(attrs={"value": "1"})
        )
        self.departments = departments if departments is not None else department_choices()
        self.fields["lead"].choices = [("", _("牵头部门：全部")), *self.departments]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """The conditions that are understood, in the order of `KEYS`."""
        self.is_valid()
        found = {key: self.cleaned_data.get(key) for key in KEYS}
        return {key: value for key, value in found.items() if value}

    def filters(self, when: Moment) -> Filters:
        """What the list is narrowed to."""
        wanted = self.wanted()
        start, end = _period(wanted, when)
        simple = {
            key: wanted[key]
            for key in ("type", "stage", "lead", "category", "level", "channel", "phase")
            if key in wanted
        }
        return Filters(
            text=wanted.get("q", ""),
            state=wanted.get("state", "open"),
            due=wanted.get("due", ""),
            mine=bool(wanted.get("mine")),
            received_from=start,
            received_to=end,
            **simple,
        )


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d")


def _period(wanted: Mapping[str, Any], when: Moment) -> tuple[datetime | None, datetime | None]:
    """From when to when, in the company's zone; a last day is taken whole."""

    def midnight(day: Any) -> datetime:
        return datetime.combine(day, time(), when.zone)

    start = midnight(wanted["from"]) if wanted.get("from") else None
    end = midnight(wanted["to"] + timedelta(days=1)) if wanted.get("to") else None
    days = PERIODS.get(wanted.get("received", ""))
    if days is not None:
        start = midnight(when.now.astimezone(when.zone).date() - timedelta(days=max(days - 1, 0)))
    return start, end


def read_query(text: str, departments: Departments | None = None) -> FilterForm:
    """The filters of an address as they were kept."""
    return FilterForm(QueryDict(text), departments)


def query_of(wanted: Mapping[str, Any]) -> str:
    """The conditions as an address says them: one way for one list, so that equal lists have equal addresses."""
    said = {key: wanted[key] for key in KEYS if wanted.get(key)}
    return urlencode({key: "1" if value is True else value for key, value in said.items()})


class TitleForm(forms.Form):
    """The title in place; `rev` is what the person saw."""

    title = forms.CharField(label=_("主题"), max_length=TITLE)
    rev = forms.IntegerField(widget=forms.HiddenInput)


class ViewForm(forms.Form):
    """A name for the filters of a list."""

    name = forms.CharField(
        label=_("视图名称"), max_length=40, widget=forms.TextInput(attrs={"autofocus": True})
    )
    query = forms.CharField(required=False, widget=forms.HiddenInput)


class GiveForm(forms.Form):
    """To whom the promises go."""

    to = forms.ChoiceField(label=_("派给谁"))

    def __init__(self, *args: Any, colleagues: list[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.colleagues = {str(user.pk): user for user in colleagues}
        # nobody is given it because they stand first in the list
        self.fields["to"].choices = chosen_by_hand(  # type: ignore[attr-defined]
            (str(user.pk), f"{user.name} · {user.department}" if user.department else user.name)
            for user in colleagues
        )
        ask_by_name(self)


NOTE = "note"


@dataclass(frozen=True, slots=True)
class Said:
    """What the composer asks for: the act, and its fields."""

    act: str
    data: dict[str, Any]


class SayForm(forms.Form):
    """The composer: to the customer by one of the ways, or to colleagues only."""

    via = forms.ChoiceField(
        label=_("回复渠道"), choices=[*Telling.choices, (NOTE, _("内部备注"))], widget=forms.RadioSelect
    )
    spoke_to = forms.CharField(label=_("与谁说的"), required=False, max_length=80)
    at = spoken_at()
    body = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs={"rows": 2}))
    as_result = forms.BooleanField(label=_("作为结果告知客户"), required=False)
    scripts = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    files = FilesField(label=_("附件"), required=False)  # type: ignore[assignment]

    def said(self) -> Said:
        """The act that does it; its files come with the request. To be asked once the form is valid."""
        data = dict(self.cleaned_data)
        if data["via"] == NOTE:
            return Said("note", {"text": data["body"]})
        fields = {name: data[name] for name in ("via", "spoke_to", "at", "body", "scripts")}
        return Said("tell_result" if data.get("as_result") else "reply", fields)


# what comes by a sheet or by the API says so by itself
BY_HAND = [item for item in Channel.choices if item[0] not in {Channel.SHEET, Channel.API}]


class IntakeForm(forms.Form):
    """Registration by staff, in one screen while the customer is on the telephone."""

    type = forms.ChoiceField(
        label=_("类型"), choices=CaseType.choices, initial=CaseType.COMPLAINT, widget=forms.RadioSelect
    )
    content = forms.CharField(
        label=_("内容"),
        max_length=CONTENT,
        widget=forms.Textarea(attrs={"rows": 6, "autofocus": True}),
        help_text=_("时间、地点、设备或人员、影响、客户的要求。"),
    )
    title = forms.CharField(
        label=_("主题"), max_length=TITLE, required=False, help_text=_("不写就取内容的开头。")
    )
    channel = forms.ChoiceField(label=_("渠道"), choices=BY_HAND, initial=Channel.PHONE)
    phase = forms.ChoiceField(
        label=_("售前售中售后"), choices=Phase.choices, required=False, initial="", widget=forms.RadioSelect
    )
    region = forms.CharField(
        label=_("地区"), max_length=40, required=False, widget=forms.TextInput(attrs={"list": "regions"})
    )
    name = forms.CharField(label=_("姓名"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("电话"), max_length=40, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    email = forms.CharField(
        label=_("邮箱"), max_length=254, required=False, widget=forms.TextInput(attrs={"inputmode": "email"})
    )
    is_anonymous = forms.BooleanField(
        label=_("匿名"), required=False, help_text=_("不登记姓名与联系方式，客户凭编号和查询码查进度。")
    )
    received_at = MomentField(
        label=_("收到的时间"), required=False, help_text=_("刚刚收到的不用填；补登记的写明何时收到。")
    )
    files = FilesField(label=_("附件"), required=False)  # type: ignore[assignment]

    def intake(self) -> Intake:
        """What is to be registered. Raises Invalid for files that are too large."""
        data = dict(self.cleaned_data)
        data.pop("received_at", None)
        if data["is_anonymous"]:
            data |= {"name": "", "phone": "", "email": ""}
        uploads = uploads_from(data.pop("files", None) or ())
        return Intake(**data, uploads=uploads)
