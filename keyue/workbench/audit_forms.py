"""The search of the audit page, and what records are taken along for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.workbench.audit import FACTS, TRAIL, Search
from keyue.workbench.audit_words import (
    AUDIT_PURPOSES,
    EXPORT_PURPOSES,
    FACT_GROUPS,
    SUBJECT_LABELS,
    TRAIL_KINDS,
)


def _kinds(what: str) -> list[Any]:
    every = [("", _("全部种类"))]
    if what == TRAIL:
        return [*every, *((kind, SUBJECT_LABELS[kind]) for kind in TRAIL_KINDS)]
    return [*every, *((name, list(group.items())) for name, group in FACT_GROUPS)]


class SearchForm(forms.Form):
    """Person, customer or case, kind and time; nothing is required."""

    person = forms.CharField(label=_("人员"), max_length=64, required=False)
    about = forms.ChoiceField(
        label=_("人员是"), choices=[("", _("做的人")), ("1", _("对象"))], required=False
    )
    number = forms.CharField(label=_("客户或事项编号"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("种类"), required=False)
    since = forms.DateField(
        label=_("从"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("到"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: Mapping[str, Any], *, what: str) -> None:
        super().__init__(data, prefix=None)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101  declared above
        kind.choices = _kinds(what)
        if what == TRAIL:
            del self.fields["about"]
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "input"
            if isinstance(field, forms.CharField):
                field.widget.attrs["placeholder"] = PLACEHOLDERS[name]

    def search(self) -> Search:
        """What was asked for; a field that cannot be read asks for nothing, and says so beside itself."""
        said = self.cleaned_data
        return Search(
            person=said.get("person", "").strip(),
            about=said.get("about") == "1",
            number=said.get("number", "").strip(),
            kind=said.get("kind", ""),
            since=said.get("since"),
            until=said.get("until"),
        )


PLACEHOLDERS = {"person": _("姓名或工号"), "number": _("客户或事项编号")}


class ExportForm(forms.Form):
    """What the records are taken along for: said before, kept for ever."""

    what = forms.ChoiceField(
        choices=[(TRAIL, _("查阅记录")), (FACTS, _("管理事实"))], widget=forms.HiddenInput
    )
    purpose = forms.ChoiceField(
        label=_("导出目的"),
        choices=[("", _("请选择目的")), *((code, AUDIT_PURPOSES[code]) for code in EXPORT_PURPOSES)],
        error_messages={"required": _("请先说明导出目的。")},
        widget=forms.Select(attrs={"class": "input"}),
    )
