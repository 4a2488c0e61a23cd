"""What is typed to ask for an evidence pack: a clause or the whole regulation, a period, and what it is for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.compliance.coverage import months_to
from keyue.compliance.enums import PackPurpose
from keyue.promises import selectors as promises

MONTHS, QUARTERS = 12, 8
CHOSEN = "chosen"


def month_days(month: str) -> tuple[date, date]:
    """The first and the last day of "2026-11"."""
    year, number = int(month[:4]), int(month[5:])
    following = date(year + number // 12, number % 12 + 1, 1)
    return date(year, number, 1), following - timedelta(days=1)


def quarter_days(quarter: str) -> tuple[date, date]:
    """The first and the last day of "2026-Q4"."""
    year, number = int(quarter[:4]), int(quarter[6:])
    return month_days(f"{year}-{number * 3 - 2:02d}")[0], month_days(f"{year}-{number * 3:02d}")[1]


def periods(at: Any) -> list[Any]:
    """The months and quarters to choose from, newest first, and days of one's own."""
    months = list(reversed(months_to(at, MONTHS)))
    year, number = int(months[0][:4]), (int(months[0][5:]) + 2) // 3
    quarters = []
    for back in range(QUARTERS):
        years, index = divmod(year * 4 + number - 1 - back, 4)
        quarters.append(f"{years}-Q{index + 1}")
    return [
        (_("按月"), [(month, month) for month in months]),
        (_("按季度"), [(quarter, quarter) for quarter in quarters]),
        (_("其他"), [(CHOSEN, _("自选日期"))]),
    ]


class PackForm(forms.Form):
    """A good form has the `days`: the first and the last day, both included."""

    clause = forms.ChoiceField(label=gettext_lazy("范围"), required=False)
    period = forms.ChoiceField(label=gettext_lazy("期间"))
    first = forms.DateField(
        label=gettext_lazy("从"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("到"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("用途"),
        choices=[("", gettext_lazy("请选择用途")), *PackPurpose.choices],
        error_messages={"required": gettext_lazy("请先说明用途。")},
    )

    def __init__(self, *args: Any, clauses: Sequence[tuple[str, str]], at: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        clause, period = self.fields["clause"], self.fields["period"]
        assert isinstance(clause, forms.ChoiceField) and isinstance(period, forms.ChoiceField)  # noqa: S101
        clause.choices = [("", _("全部条款")), *clauses]
        period.choices = periods(at)
        self.fields["first"].help_text = _("选「自选日期」时填写，两天都算在内")
        self.this_month = promises.month_at(at)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("period") == CHOSEN:
            for name in ("first", "last"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("请填写日期。"))
        return said

    @property
    def days(self) -> tuple[date, date]:
        """Of a form that is good."""
        period = str(self.cleaned_data["period"])
        if period == CHOSEN:
            return self.cleaned_data["first"], self.cleaned_data["last"]
        return quarter_days(period) if "Q" in period else month_days(period)
