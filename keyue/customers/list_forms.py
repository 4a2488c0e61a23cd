"""Forms of the list of customers: what it is narrowed to, and what many customers are given at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import Grade, Kind, Secrecy, Stage
from keyue.customers.lists import MINE, NEWEST, NOBODY, NONE, ORDERS, Filters, categories
from keyue.customers.regions import REGIONS, region_name
from keyue.people import selectors as people
from keyue.people.models import User

# what an address of the list may say, in the order in which it says it
KEYS = (
    *("q", "manager", "stage", "grade", "kind", "category", "region", "department"),
    *("below", "verified", "secrecy", "order"),
)
MORE = ("kind", "category", "region", "department", "below", "verified", "secrecy")
MOST_MANAGERS = 50
ORDER_LABELS = {
    "newest": _("按建档：新的在前"),
    "name": _("按单位名称"),
    "verified": _("按核实：久未核实的在前"),
}
assert ORDER_LABELS.keys() == ORDERS.keys()  # noqa: S101  each order has its words


def _select(label: Any, every: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", every), *choices],
        widget=forms.Select(attrs={"class": "input"}),
    )


class ListForm(forms.Form):
    """The filters above the list. What is not understood is left out."""

    q = forms.CharField(
        label=_("搜索客户"),
        required=False,
        max_length=120,
        widget=forms.SearchInput(
            attrs={
                "class": "input",
                "placeholder": _("名称、姓名、拼音首字母、电话后四位"),
                "data-key": "/",
                "autocomplete": "off",
            }
        ),
    )
    manager = _select(_("客户经理"), _("客户经理：全部"))
    stage = _select(_("阶段"), _("阶段：全部"), Stage.choices)
    grade = _select(_("分级"), _("分级：全部"), [*Grade.choices, (NONE, _("未评定"))])
    kind = _select(_("种类"), _("种类：全部"), Kind.choices)
    category = _select(_("分类"), _("分类：全部"))
    region = _select(_("地区"), _("地区：全部"))
    department = _select(_("归属部门"), _("归属部门：全部"))
    below = _select(
        _("完整度"),
        _("完整度：全部"),
        [("60", _("低于 60%")), ("80", _("低于 80%")), ("100", _("不满 100%"))],
    )
    verified = _select(
        _("最近核实"),
        _("最近核实：全部"),
        [
            ("30", _("30 天以前或从未")),
            ("90", _("90 天以前或从未")),
            ("180", _("180 天以前或从未")),
            ("365", _("一年以前或从未")),
        ],
    )
    secrecy = _select(_("密级"), _("密级：全部"), Secrecy.choices)
    order = forms.ChoiceField(
        label=_("排序"),
        required=False,
        choices=list(ORDER_LABELS.items()),
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, data: Any, *, at: datetime) -> None:
        # the forms of acts open over this one: their ids must differ
        super().__init__(data, auto_id="filter_%s")
        self.at = at
        language = get_language() or "zh"
        offered: Mapping[str, Sequence[tuple[str, Any]]] = {
            "manager": [(MINE, _("我的客户")), (NOBODY, _("没有客户经理")), *_managers(at)],
            "category": [(one, one) for one in categories()],
            "region": [(code, region_name(code, language)) for code in REGIONS],
            "department": [(one.code, one.name) for one in people.open_departments()],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  as declared above
            field.choices = [*list(field.choices)[:1], *choices]  # type: ignore[arg-type]

    def wanted(self) -> dict[str, str]:
        """The conditions that are understood, in the order of `KEYS`; the usual order of the list is none."""
        self.is_valid()
        found = {key: self.cleaned_data.get(key, "") for key in KEYS}
        return {key: value for key, value in found.items() if value and (key, value) != ("order", NEWEST)}

    def filters(self) -> Filters:
        """What the list is narrowed to."""
        wanted = self.wanted()
        same = ("kind", "stage", "grade", "category", "region", "manager", "department", "secrecy")
        days = wanted.get("verified")
        return Filters(
            text=wanted.get("q", ""),
            complete_below=int(wanted["below"]) if "below" in wanted else None,
            verified_before=self.at - timedelta(days=int(days)) if days else None,
            **{key: wanted.get(key, "") for key in same},
        )


def _managers(at: datetime) -> list[tuple[str, str]]:
    found, _next = people.colleagues_page(text="", behind="", at=at, after="", size=MOST_MANAGERS)
    return [(str(user.pk), user.name) for user in found]


def query_of(wanted: Mapping[str, Any]) -> str:
    """The address of a list that is narrowed so, in one order of its parts."""
    return urlencode([(key, wanted[key]) for key in KEYS if wanted.get(key)])


def read_query(text: str, *, at: datetime) -> ListForm:
    """The filters of an address."""
    return ListForm(QueryDict(text), at=at)


class _Reason(forms.Form):
    reason = forms.CharField(
        label=_("原因"),
        max_length=500,
        help_text=_("记入每位客户的档案"),
        widget=forms.Textarea(attrs={"class": "input", "rows": 2}),
    )


class ManagerForm(forms.Form):
    """Who is to look after them; nobody where empty."""

    manager = forms.ChoiceField(label=_("客户经理"), required=False)

    def __init__(self, data: Any, *, user: User, at: datetime) -> None:
        super().__init__(data)
        field = self.fields["manager"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so
        field.choices = [("", _("不指定（没有客户经理）")), *_managers(at)]


class StageForm(_Reason):
    """Into which stage, and why."""

    # who is lost is said of each, with the reason that is asked for there
    stage = forms.ChoiceField(
        label=_("转入阶段"), choices=[(one.value, one.label) for one in Stage if one is not Stage.PAST]
    )
    field_order = ("stage", "reason")

    def __init__(self, data: Any, *, user: User, at: datetime) -> None:
        super().__init__(data)


class CategoryForm(forms.Form):
    """The category; none where empty."""

    category = forms.CharField(
        label=_("分类"),
        required=False,
        max_length=40,
        help_text=_("留空就是去掉分类"),
        widget=forms.TextInput(attrs={"class": "input", "list": "categories", "autocomplete": "off"}),
    )

    def __init__(self, data: Any, *, user: User, at: datetime) -> None:
        super().__init__(data)
        self.known = categories()
