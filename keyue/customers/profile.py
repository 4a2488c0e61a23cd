"""What a customer's page shows: the head with the life of the relation, the tabs, what is owed, and the timeline."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, Count, F, OuterRef, Subquery, When, Window
from django.db.models.functions import Cast, Coalesce, Substr
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.customers.cards import Capped
from keyue.customers.enums import Stage
from keyue.customers.models import Customer
from keyue.customers.sections import OVERVIEW, Place
from keyue.kernel.once import recalled, remember
from keyue.ledger import selectors as ledger
from keyue.people.models import Department, Post, User
from keyue.people.rules import PERSON
from keyue.promises import selectors as promises
from keyue.promises.models import Promise
from keyue.regulations import scoped
from keyue.ui.components import ClauseTag, Tab

MOST_PROMISES = 100
COUNT_TO = 99
SHOWN_PROMISES = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A tab of the page and the places whose sections it shows."""

    label: str | Lazy
    places: tuple[Place, ...]


PARTS: dict[str, Part] = {
    "": Part(_t("概览"), OVERVIEW),
    "contacts": Part(_t("联系人"), (Place.CONTACTS,)),
    "contracts": Part(_t("合同与项目"), (Place.CONTRACTS,)),
    "dealings": Part(_t("往来"), (Place.DEALINGS,)),
    "promises": Part(_t("约定"), (Place.PROMISES,)),
    "file": Part(_t("档案"), (Place.FILE,)),
    "trail": Part(_t("查看记录"), (Place.TRAIL,)),
}


def tabs(customer: Customer, current: str, counts: dict[str, int]) -> list[Tab]:
    """The tabs of the page; `counts` stand behind those that have one."""
    url = reverse("customers:page", args=[customer.number])
    return [
        Tab(str(part.label), f"{url}?tab={name}" if name else url, counts.get(name), name == current)
        for name, part in PARTS.items()
    ]


# --- the life of the relation ---


@dataclass(frozen=True, slots=True)
class Step:
    """A stage in the life of the relation: `tone` kept where it is behind us, open where we are, idle ahead."""

    label: str
    tone: str
    since: datetime | None


def life(customer: Customer) -> list[Step]:
    """The stages in their order, each with when the customer came to it last; one query."""
    facts = ledger.newest_facts(
        [customer.subject],
        ["customer.created", "customer.stage_changed"],
        before=datetime.max.replace(tzinfo=customer.created_at.tzinfo),
        limit=50,
    )
    reached: dict[str, datetime] = {}
    for fact in facts:
        stage = fact.data.get("new") or fact.data.get("stage")
        if stage:
            reached.setdefault(str(stage), fact.at)
    order = list(Stage)
    here = order.index(Stage(customer.stage))
    steps = []
    for n, stage in enumerate(order):
        tone = "open" if n == here else "kept" if n < here and stage in reached else "idle"
        since = customer.stage_since if n == here else reached.get(stage) if n < here else None
        steps.append(Step(str(stage.label), tone, since))
    return steps


# --- what is owed ---


@dataclass(frozen=True, slots=True)
class Owed:
    """A promise about the customer as a row: what, by whom, until when, and the clause that asks for it."""

    row: Promise
    who: str
    clause: ClauseTag


def open_count(family: Collection[int]) -> Capped:
    """How many promises about a customer and those merged into it are open, counted up to 99."""
    n = recalled("customers open_promises", [tuple(family)], _open_counts)[tuple(family)]
    return Capped(min(n, COUNT_TO), n > COUNT_TO)


def _open_counts(families: Collection[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    found: dict[tuple[int, ...], int] = {}
    for family in families:
        rows = promises.promises_about("customer", family).filter(is_open=True)
        found[family] = len(rows.values_list("pk", flat=True)[: COUNT_TO + 1])
    return found


def owed(family: Collection[int], *, only_open: bool, limit: int) -> list[Owed]:
    """What is promised about a customer and those merged into it: open ones by their due, then the newest closed."""
    number = Cast(Substr("owner", len(PERSON) + 1), BigIntegerField())
    rows = promises.promises_about("customer", family).annotate(
        title=F("edition__regulation__title"),
        person=Case(When(owner__startswith=PERSON, then=number), output_field=BigIntegerField()),
        owner_name=Coalesce(
            Subquery(User.objects.filter(pk=OuterRef("person")).values("name")[:1]),
            Subquery(Post.objects.filter(code=OuterRef("owner")).values("name")[:1]),
            Subquery(Department.objects.filter(code=OuterRef("owner")).values("name")[:1]),
            F("owner"),
        ),
    )
    rows = rows.annotate(of=Window(Count("*")))
    found = list(rows.filter(is_open=True).order_by(F("due").asc(nulls_last=True), "pk")[:limit])
    remember("customers open_promises", {tuple(family): found[0].of if found else 0})
    if not only_open and len(found) < limit:
        found += rows.filter(is_open=False).order_by("-closed_at", "-pk")[: limit - len(found)]
    return [
        Owed(row, row.holder.name if row.holder else str(row.owner_name), clause_tag(row, row.title))
        for row in found
    ]


def clause_tag(row: Promise, title: str) -> ClauseTag:
    """The clause that a promise stands on, at its place in the regulation or in the contract."""
    if scoped.is_scoped(row.regulation):
        url = scoped.place_of(row.regulation, row.clause)
    else:
        url = reverse("regulations:clause", args=[row.regulation, row.clause])
    name = _("《%(title)s》%(clause)s") % {"title": title, "clause": row.clause}
    return ClauseTag(number=row.clause, url=url, title=name)
