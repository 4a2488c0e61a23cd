"""What is typed wherever an edition is published: from when it is in force, and who reads it and confirms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases.forms import MomentField
from keyue.people.api import YEARS
from keyue.people.forms import SeveralDepartmentsField

ALL, SOME, NOBODY = "all", "departments", "nobody"


class StartForm(forms.Form):
    """From when an edition is in force. A good form has `starts`: the instant of the request where nothing is typed."""

    effective_from = MomentField(
        label=gettext_lazy("施行时间"), required=False, help_text=gettext_lazy("留空＝立即施行")
    )

    at: datetime
    starts: datetime

    def clean_effective_from(self) -> datetime | None:
        """What was typed: not before now, and of a year that there is a calendar for."""
        typed: datetime | None = self.cleaned_data["effective_from"]
        if typed is not None and typed.year not in YEARS:
            raise ValidationError(_("年份要在 2000 与 2100 之间。"))
        if typed is not None and typed < self.at:
            raise ValidationError(_("要晚于现在；现在就施行请留空。"))
        self.starts = typed or self.at
        return typed


class AudienceForm(forms.Form):
    """Who reads an edition and confirms. A good form has the `audience` as an edition keeps it."""

    whom = forms.ChoiceField(
        label=gettext_lazy("由谁阅读并确认"),
        choices=[
            (ALL, gettext_lazy("全体员工")),
            (SOME, gettext_lazy("指定部门及其下级")),
            (NOBODY, gettext_lazy("不需要确认")),
        ],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    departments = SeveralDepartmentsField(
        label=gettext_lazy("部门"), required=False, widget=forms.CheckboxSelectMultiple
    )

    audience: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        whom, chosen = data.get("whom"), data.get("departments") or ()
        if whom == SOME and not chosen:
            self.add_error("departments", _("请选择至少一个部门。"))
        self.audience = {"all": True} if whom == ALL else {}
        if whom == SOME:
            self.audience = {"departments": [unit.code for unit in chosen]}
        return data
