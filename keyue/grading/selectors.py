"""Reading standards and proposals. Fetching is authorising: proposals are those of customers that the viewer may see.

What takes no viewer (`in_use`, `treatment_of`, `scored`) is for actions, and for rooms that have already decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.customers import selectors as customers
from keyue.customers.cards import CustomerCard
from keyue.customers.models import Customer
from keyue.grading import measures, sealing
from keyue.grading.enums import StandardState, Why
from keyue.grading.models import FactorValue, GradeProposal, GradingRun, GradingStandard
from keyue.grading.rules import Standard, Treatment
from keyue.grading.scoring import Reason, Scored, months_between, read_reasons, score
from keyue.kernel.cursors import number
from keyue.kernel.errors import Invalid, NotFound
from keyue.kernel.once import recalled, remember
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import selectors as promises

A_DAY = timedelta(days=1).total_seconds()
PAGE = 25
MOST_RUNS = 10
MOST_PAST = 10
MOST_STANDARDS = 200
IN_USE = "grading in_use"


# --- standards ---


def in_use(at: datetime) -> GradingStandard | None:
    """The standard that grades were computed by at an instant; None where there was none.

    While one page is drawn the first answer holds for all its parts: they all ask for the present, each a moment later.
    """
    return recalled(IN_USE, [IN_USE], lambda _name: {IN_USE: _in_use(at)})[IN_USE]


def _in_use(at: datetime) -> GradingStandard | None:
    rows = GradingStandard.objects.filter(applied_at__lte=at).filter(
        Q(retired_at=None) | Q(retired_at__gt=at)
    )
    return rows.order_by("-applied_at", "-n").first()


def treatment_of(grade: str | None, at: datetime) -> Treatment | None:
    """What the standard in use at an instant gives a grade: S1-6.2b. None without a grade or a standard."""
    standard = in_use(at) if grade else None
    return standard.treatment(grade) if standard is not None and grade else None


def standards(viewer: User) -> Sequence[GradingStandard]:
    """The versions of the standard, the newest first. Raises Denied."""
    check(viewer, Permission.CUSTOMER_VIEW)
    return list(GradingStandard.objects.order_by("-n")[:MOST_STANDARDS])


def standard_for(viewer: User, n: int) -> GradingStandard:
    """A version of the standard. Raises Denied, NotFound."""
    check(viewer, Permission.CUSTOMER_VIEW)
    found = GradingStandard.objects.filter(n=n).first()
    if found is None:
        raise NotFound(_("没有这个版本的分级标准。"))
    return found


def runs_of(viewer: User, standard: GradingStandard) -> Sequence[GradingRun]:
    """The newest reviews under a standard. Raises Denied."""
    check(viewer, Permission.CUSTOMER_VIEW)
    return list(GradingRun.objects.filter(standard=standard).order_by("-pk")[:MOST_RUNS])


def run_for(viewer: User, pk: int) -> GradingRun:
    """A review. Raises Denied, NotFound."""
    check(viewer, Permission.CUSTOMER_VIEW)
    found = GradingRun.objects.select_related("standard").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次评估。"))
    return found


def is_due(last: datetime, months: int, now: datetime) -> bool:
    """Whether so many months have passed since the last review, by the company's calendar."""
    zone = promises.zone()
    return months_between(last.astimezone(zone).date(), now.astimezone(zone).date()) >= months


# --- scores ---


def scored(standard: GradingStandard, customer_ids: Collection[int], at: datetime) -> dict[int, Scored]:
    """What these customers come to under a standard, on the day of `at`: a query a measure, whatever their number."""
    return computed(standard.standard, customer_ids, at)


def computed(standard: Standard, customer_ids: Collection[int], at: datetime) -> dict[int, Scored]:
    """`scored` for a standard that need not be kept yet."""
    values = values_of(standard, customer_ids)
    today = at.astimezone(promises.zone()).date()
    return {pk: score(standard, values[pk], today) for pk in customer_ids}


def values_of(standard: Standard, customer_ids: Collection[int]) -> dict[int, dict[str, object]]:
    """What is known of these customers, by the code of the factor."""
    found: dict[int, dict[str, object]] = {pk: {} for pk in customer_ids}
    own = own_values(customer_ids) if any(factor.is_own for factor in standard.factors) else {}
    known, zone = measures.known(), promises.zone()
    for factor in standard.factors:
        measure = known.get(factor.measure)
        if factor.is_own:
            values: dict[int, object] = {pk: own.get(pk, {}).get(factor.code) for pk in customer_ids}
        elif measure is not None and measure.kind == factor.kind:
            values = dict(measure.read(customer_ids))
        else:
            values = {}
        for pk in customer_ids:
            value = values.get(pk)
            found[pk][factor.code] = value.astimezone(zone) if isinstance(value, datetime) else value
    return found


def own_values(customer_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """What people entered for these customers, by the code of the factor."""
    return recalled("grading own_values", list(customer_ids), _own_values)


def _own_values(customer_ids: Collection[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    rows = FactorValue.objects.filter(customer__in=list(customer_ids)).values_list(
        "customer_id", "factor", "value"
    )
    for pk, factor, value in rows:
        found.setdefault(pk, {})[factor] = value
    return {pk: found.get(pk, {}) for pk in customer_ids}


# --- proposals ---


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """A proposal as a list shows it, with its customer under the mask."""

    row: GradeProposal
    customer: CustomerCard
    reasons: tuple[Reason, ...]
    remark: str
    request: str
    decided_by: str
    raised_by: str

    @property
    def measures(self) -> dict[str, str]:
        """Where the values of its factors came from, by code."""
        return {raw["code"]: raw["measure"] for raw in self.row.standard.factors}


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """A page of proposals; `next` is the cursor of the page after it, empty on the last."""

    cards: list[ProposalCard]
    next: str = ""


def proposals_for(viewer: User) -> QuerySet[GradeProposal]:
    """The proposals about customers that `viewer` may see: the one place that decides it."""
    rows = GradeProposal.objects.select_related("standard")
    # asked row by row: as a list of all whom somebody sees, SQLite would gather the whole archive first
    return rows.filter(Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer"))))


def proposal_for(viewer: User, pk: int) -> GradeProposal:
    """A proposal, if `viewer` may see its customer. Raises NotFound."""
    found = proposals_for(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条等级建议，或您看不到该客户。"))
    return found


def proposal_page(
    viewer: User,
    *,
    decided: bool = False,
    why: str = "",
    new: str = "",
    cursor: str = "",
    size: int = PAGE,
) -> ProposalPage:
    """Open proposals, or those that people decided, the newest first. Raises Invalid for a bad cursor."""
    rows = proposals_for(viewer)
    rows = rows.filter(decided_at__isnull=False) if decided else rows.filter(decided_at=None)
    if why in Why.values:
        rows = rows.filter(why=why)
    if new:
        rows = rows.filter(new=new)
    if cursor:
        try:
            rows = rows.filter(pk__lt=number(cursor))
        except ValueError:
            sentence = _("翻页标记不对，请从第一页重新开始。")
            raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None
    found = list(rows.order_by("-pk")[: size + 1])
    return ProposalPage(_cards(found[:size]), str(found[size - 1].pk) if len(found) > size else "")


def proposals_of(viewer: User, pks: Sequence[int]) -> list[ProposalCard]:
    """These proposals, as far as `viewer` may see them, the newest first."""
    return _cards(list(proposals_for(viewer).filter(pk__in=pks).order_by("-pk")))


def open_count(viewer: User, most: int = 99) -> int:
    """How many proposals wait, up to one more than `most`."""
    return len(proposals_for(viewer).filter(decided_at=None).order_by()[: most + 1].values_list("pk"))


def _cards(rows: Sequence[GradeProposal]) -> list[ProposalCard]:
    cards = customers.customer_cards(row.customer_id for row in rows)
    said = sealing.opened(rows)
    names = actor_names([actor for row in rows for actor in (row.decided_by, row.raised_by)])
    return [
        ProposalCard(
            row,
            cards[row.customer_id],
            read_reasons(row.reasons),
            said[row.pk]["remark"],
            said[row.pk]["request"],
            names[row.decided_by],
            names[row.raised_by],
        )
        for row in rows
    ]


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Who stands behind what the columns `…_by` keep; the system where nobody does."""
    wanted = set(actors)
    ids = [
        int(pk)
        for kind, _colon, pk in (a.partition(":") for a in wanted)
        if kind == "staff" and pk.isdecimal()
    ]
    names: Mapping[int, str] = recalled("people names", ids, people.names_of) if ids else {}
    return {actor: _actor_name(actor, names) for actor in wanted}


def _actor_name(actor: str, names: Mapping[int, str]) -> str:
    kind, _colon, pk = actor.partition(":")
    if kind == "staff" and pk.isdecimal():
        return str(names.get(int(pk), ""))
    return {"customer": _("客户"), "": ""}.get(kind, _("系统"))


# --- one customer ---


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a customer has their grade: the sum as it stands now, what is proposed, and what was decided before."""

    standard: GradingStandard | None
    scored: Scored | None
    waiting: ProposalCard | None
    past: list[ProposalCard]
    own: dict[str, str]


def basis_of(viewer: User, customer: Customer, at: datetime, *, past: int = MOST_PAST) -> Basis:
    """The grounds of a grade, for who may see the customer. Raises NotFound for others."""
    return basis_of_seen(customers.customer_for(viewer, customer.pk), at, past=past)


def basis_of_seen(seen: Customer, at: datetime, *, past: int = MOST_PAST) -> Basis:
    """`basis_of` for whose page is drawn already: the viewer may see the customer."""
    rows = list(
        GradeProposal.objects.select_related("standard").filter(customer=seen).order_by("-pk")[: past + 1]
    )
    # one standard works at a time: where a proposal stands on it, it has been read with the proposal
    known = [row.standard for row in rows if row.standard.state == StandardState.APPLIED]
    if known:
        remember(IN_USE, {IN_USE: known[0]})
    standard = known[0] if known else in_use(at)
    cards = _cards(rows)
    return Basis(
        standard=standard,
        scored=scored(standard, [seen.pk], at)[seen.pk] if standard is not None else None,
        waiting=next((card for card in cards if card.row.is_open), None),
        past=[card for card in cards if not card.row.is_open][:past],
        own=own_values([seen.pk]).get(seen.pk, {}),
    )
