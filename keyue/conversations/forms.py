"""Forms of the conversations room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.cases.actions.intake import CONTENT, TITLE
from keyue.cases.enums import CaseType
from keyue.conversations.console import OPINIONS
from keyue.conversations.enums import Opinion
from keyue.knowledge import used_scripts
from keyue.people import selectors as people
from keyue.people.forms import StaffField
from keyue.people.models import User
from keyue.ui.fields import ask_by_name

INPUT = {"class": "input"}


class Form(forms.Form):
    """Base of all: what is missing is asked for by its name, and faults of an action land beside their fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)

    def take(self, faults: Mapping[str, object]) -> None:
        """Show what an action found wrong."""
        for name, fault in faults.items():
            self.add_error(name if name in self.fields else None, str(fault))


class SayForm(forms.Form):
    """What is said to the customer, or whispered to colleagues; `once` is the identity of this very form, `scripts` the codes
    of the canned answers that were put into it."""

    body = forms.CharField(label=_("回复内容"), required=False, strip=False)
    whisper = forms.BooleanField(label=_("悄悄话"), required=False)
    once = forms.CharField(required=False, max_length=40)
    scripts = forms.CharField(required=False, max_length=120)

    def detail(self, user: User) -> dict[str, Any]:
        """Of which canned answers it was made. Raises Invalid for one that this person must not use."""
        said = self.cleaned_data
        if said.get("whisper") or not said.get("scripts"):
            return {}
        return used_scripts.made_of(user, said["scripts"].split(), said.get("body", ""))


class EmptyForm(Form):
    """An act that asks for nothing."""


class HandOverForm(Form):
    """To a colleague, or into a department's queue."""

    to = StaffField(label=_("转给谁"), required=False)
    department = forms.ChoiceField(
        label=_("或转入部门排队"), required=False, widget=forms.Select(attrs=INPUT)
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.code, one.name) for one in people.open_departments()]
        self.fields["department"].choices = [("", _("不转部门")), *choices]  # type: ignore[attr-defined]


class RecordForm(Form):
    """What it was about, and whether the customer has an opinion."""

    summary = forms.CharField(
        label=_("会话小结"), max_length=2_000, widget=forms.Textarea(attrs={**INPUT, "rows": 3})
    )
    opinion = forms.ChoiceField(
        label=_("客户意见"), choices=OPINIONS, widget=forms.RadioSelect, help_text=_("没有意见也要写明。")
    )

    def clean_opinion(self) -> Opinion:
        return Opinion(self.cleaned_data["opinion"])


class CaseForm(Form):
    """A case made of what the customer said."""

    type = forms.ChoiceField(
        label=_("类型"), choices=CaseType.choices, widget=forms.Select(attrs=INPUT), initial=CaseType.FEEDBACK
    )
    title = forms.CharField(
        label=_("主题"), max_length=TITLE, required=False, widget=forms.TextInput(attrs=INPUT),
        help_text=_("不填就取内容的开头。"),
    )  # fmt: skip
    content = forms.CharField(
        label=_("内容"), max_length=CONTENT, widget=forms.Textarea(attrs={**INPUT, "rows": 6})
    )
    name = forms.CharField(
        label=_("客户姓名"), max_length=60, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    phone = forms.CharField(
        label=_("电话"), max_length=40, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    email = forms.CharField(
        label=_("邮箱"), max_length=254, required=False, widget=forms.TextInput(attrs=INPUT)
    )

    def leave_out_sender(self) -> None:
        """Who it is stands there already."""
        for name in ("name", "phone", "email"):
            del self.fields[name]
