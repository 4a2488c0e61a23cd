"""The board of opportunities and their list: cards by stage, with counts and sums. Part of `selectors.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from keyue.customers import selectors as customers
from keyue.people.models import User
from keyue.sales.models import Opportunity
from keyue.sales.rules import Stage
from keyue.sales.sealed import opened_texts
from keyue.sales.selectors import MOST_PAGE, PAGE, company_stages, opportunities_visible_to, place

MOST_CARDS = 30
"""Cards of a stage on the board; the list has them all."""


@dataclass(frozen=True, slots=True)
class Card:
    """An opportunity in the clear, for who may see the customer; a person's name under its mask."""

    row: Opportunity
    title: str
    next_step: str
    customer: str
    customer_url: str
    stage: Stage

    @property
    def url(self) -> str:
        """The opportunity's page."""
        return reverse("sales:opportunity", args=[self.row.number])

    @property
    def expected(self) -> Decimal | None:
        """The amount times the chance of the stage; None where no amount is known."""
        if self.row.amount is None:
            return None
        return (self.row.amount * self.stage.probability / 100).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Column:
    """A stage of the board: all that stand there counted and summed, of which the newest are cards."""

    stage: Stage
    cards: Sequence[Card]
    n: int
    amount: Decimal

    @property
    def more(self) -> int:
        """How many have no card here."""
        return self.n - len(self.cards)


def filtered(viewer: User, *, owner: int | None = None) -> QuerySet[Opportunity]:
    """What the board and the list show to `viewer`; of one owner where that is asked for."""
    rows = opportunities_visible_to(viewer)
    return rows.filter(owner_id=owner) if owner is not None else rows


def board(viewer: User, *, owner: int | None = None) -> list[Column]:
    """The columns of the board, in the company's order; as many queries as stages, and three."""
    rows = filtered(viewer, owner=owner)
    stages = company_stages()
    totals = {
        stage: (n, amount or Decimal("0.00"))
        for stage, n, amount in rows.order_by()
        .values_list("stage")
        .annotate(n=Count("pk"), sum=Sum("amount"))
    }
    shown = [
        row
        for stage in stages
        if stage.code in totals
        for row in rows.filter(stage=stage.code).select_related("owner").order_by("-pk")[:MOST_CARDS]
    ]
    by_stage: dict[str, list[Card]] = {}
    for card in cards_of(shown, stages):
        by_stage.setdefault(card.row.stage, []).append(card)
    return [
        Column(stage, by_stage.get(stage.code, []), *totals.get(stage.code, (0, Decimal("0.00"))))
        for stage in stages
    ]


def cards_of(rows: Sequence[Opportunity], stages: Sequence[Stage] | None = None) -> list[Card]:
    """Opportunities as cards, in their order; rows come with their owners."""
    known: Mapping[str, Stage] = {stage.code: stage for stage in stages or company_stages()}
    people = customers.customer_cards([row.customer_id for row in rows])
    texts = opened_texts(rows, "title", "next_step")
    return [
        Card(
            row,
            text["title"],
            text["next_step"],
            people[row.customer_id].shown_name,
            people[row.customer_id].url,
            known.get(row.stage, Stage(row.stage, row.stage, 0, row.end)),
        )
        for row, text in zip(rows, texts, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class OpportunityPage:
    """A page of opportunities; `next` is the cursor of the page after it, empty on the last."""

    cards: list[Card]
    next: str


def opportunity_page(
    viewer: User, *, stage: str = "", owner: int | None = None, cursor: str = "", size: int = PAGE
) -> OpportunityPage:
    """A page of the opportunities that `viewer` may see, the newest first."""
    rows = filtered(viewer, owner=owner)
    if stage:
        rows = rows.filter(stage=stage)
    if cursor:
        rows = rows.filter(pk__lt=place(cursor))
    size = max(1, min(size, MOST_PAGE))
    found = list(rows.select_related("owner").order_by("-pk")[: size + 1])
    return OpportunityPage(cards_of(found[:size]), str(found[size - 1].pk) if len(found) > size else "")
