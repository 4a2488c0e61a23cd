"""What can be known of customers for their scores: measures. This room brings those of the customer's own row; rooms
above (cases, contracts) register theirs from AppConfig.ready, and this room never imports them.

    measures.register("signed_amount", _("近 12 个月合同额"), Kind.NUMBER, contracts.selectors.signed_amounts)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import Credit, Stage
from keyue.customers.models import Customer
from keyue.grading.rules import Kind as Kind
from keyue.kernel.once import recalled, remember

# what people call the measures of the rooms above, so that all sources of a standard read alike
SIGNED_AMOUNT = _("已签合同总额（元）")
COMPLAINTS = _("投诉件数")

# (customer ids) -> what is known: a number, a text of the table, a bool, a day or an instant; who is left out is unknown
Read = Callable[[Collection[int]], Mapping[int, object]]


@dataclass(frozen=True, slots=True)
class Measure:
    """A thing that can be known of each customer. `choices` are the values that there are, with their words."""

    code: str
    label: str | Promise
    kind: Kind
    read: Read
    choices: Sequence[tuple[str, str | Promise]] = ()

    def word(self, value: str) -> str:
        """What people call a value."""
        return str(dict(self.choices).get(value, value))


_measures: dict[str, Measure] = {}
_columns: dict[str, str] = {}


def register(
    code: str,
    label: str | Promise,
    kind: Kind,
    read: Read,
    *,
    choices: Sequence[tuple[str, str | Promise]] = (),
) -> None:
    """Let standards weigh this; `read` answers for many customers with few queries. Again with one code replaces."""
    _measures[code] = Measure(code, label, kind, read, choices)


def known() -> Mapping[str, Measure]:
    """All measures by code, in the order in which they were registered."""
    return _measures


def columns_read() -> frozenset[str]:
    """The columns of a customer that some measure reads: a change of them may change the grade."""
    return frozenset(_columns.values())


def _column(name: str, ids: Collection[int]) -> Mapping[int, object]:
    rows = recalled("grading columns", ids, _columns_of)
    return {pk: row[name] for pk, row in rows.items() if row[name] not in (None, "")}


def know(customer: Customer) -> None:
    """Let the measures of the customer's own row be taken from a row that is read already, while a page is drawn."""
    remember("grading columns", {customer.pk: {name: getattr(customer, name) for name in _columns.values()}})


def _columns_of(ids: Collection[int]) -> dict[int, dict[str, object]]:
    rows = Customer.objects.filter(pk__in=ids).order_by().values("pk", *sorted(set(_columns.values())))
    return {row["pk"]: row for row in rows}


def _register_column(
    code: str,
    label: str | Promise,
    kind: Kind,
    column: str,
    choices: Sequence[tuple[str, str | Promise]] = (),
) -> None:
    _columns[code] = column
    register(code, label, kind, partial(_column, column), choices=choices)


def register_columns() -> None:
    """The measures that stand in the customer's own row: S1-4.2, S2-5.1."""
    _register_column("scale", _("规模"), Kind.CHOICE, "scale")
    _register_column("credit", _("信用状况"), Kind.CHOICE, "credit", list(Credit.choices))
    _register_column("credit_limit", _("信用额度（元）"), Kind.NUMBER, "credit_limit")
    _register_column("stage", _("客户阶段"), Kind.CHOICE, "stage", list(Stage.choices))
    _register_column("since", _("建档至今"), Kind.MONTHS, "created_at")
    _register_column("industry", _("行业"), Kind.CHOICE, "industry")
    _register_column("category", _("分类"), Kind.CHOICE, "category")
