"""Reading identifiers, merges and duplicates. What takes a `viewer` returns only what that person may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.customers import identity_rules, rules
from keyue.customers.cards import CustomerCard
from keyue.customers.enums import Credit, Grade, IdentifierKind, PairState, SearchState
from keyue.customers.likeness import Given, likely
from keyue.customers.models import (
    Customer,
    DuplicatePair,
    DuplicateSearch,
    DuplicateSettings,
    Identifier,
    Merge,
)
from keyue.customers.regions import region_name
from keyue.customers.sealed_identifiers import opened_identifiers
from keyue.customers.selectors import customer_cards, family_of, visible_to
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.models import User

PAGE = 20
MOST_SHOWN = 8
COUNT_TO = 999


# --- identifiers ---


@dataclass(frozen=True, slots=True)
class IdentifierCard:
    """A code or a name as pages show it: a person's number under its mask. `number` is whose file it stands on."""

    id: int
    customer_id: int
    kind: IdentifierKind
    system: str
    value: str
    valid_from: object
    valid_until: object
    created_at: datetime
    ended_at: datetime | None

    @property
    def label(self) -> str:
        """What it is, in words."""
        return str(self.kind.label)

    @property
    def customer_number(self) -> str:
        """On whose file it stands, also where that one has been merged."""
        return rules.number_of(self.customer_id)


def identifiers_of(customer_ids: Sequence[int], *, ended: bool = False) -> list[IdentifierCard]:
    """By what these customers are known, of each kind the oldest first; with `ended` also what is no longer so."""
    rows = Identifier.objects.filter(customer__in=customer_ids).order_by("kind", "pk")
    found = list(rows if ended else rows.filter(ended_at=None))
    return [_identifier(row, text) for row, text in zip(found, opened_identifiers(found), strict=True)]


def _identifier(row: Identifier, text: str) -> IdentifierCard:
    kind = IdentifierKind(row.kind)
    if kind == IdentifierKind.ID_NUMBER:
        text = identity_rules.mask_code(text) if text else ""
    elif row.sealed:
        text = rules.mask_name(text)
    return IdentifierCard(
        id=row.pk,
        customer_id=row.customer_id,
        kind=kind,
        system=row.system,
        value=text,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def identifier_for(viewer: User, pk: int) -> Identifier:
    """An identifier of a customer that `viewer` may see, also through who stands for them. Raises NotFound."""
    row = Identifier.objects.select_related("customer").filter(pk=pk).first()
    if row is not None:
        file = [row.customer_id, row.customer.merged_into_id or row.customer_id]
        if visible_to(viewer).filter(pk__in=file).exists():
            return row
    raise NotFound(_("没有这项标识，或您看不到该客户。"))


# --- a family ---


@dataclass(frozen=True, slots=True)
class Fallback:
    """A field that a customer's own file leaves blank and that of somebody merged into it does not."""

    field: str
    label: str
    value: str
    number: str


WORDED: dict[str, Callable[[Any], str]] = {
    "region": lambda value: region_name(value),
    "grade": lambda value: str(Grade(value).label),
    "credit": lambda value: str(Credit(value).label),
    "credit_limit": lambda value: f"¥{value:,.2f}",
}
BLANKS = ("region", "city", "category", "industry", "scale", "address", "grade", "credit", "credit_limit")


def fallbacks(customer_id: int) -> list[Fallback]:
    """What a customer's file leaves blank and one merged into it knows; for reading, nothing is copied. One query."""
    near = Customer.objects.filter(Q(pk=customer_id) | Q(merged_into=customer_id)).order_by("pk")
    rows = sorted(near, key=lambda row: row.pk != customer_id)
    if not rows or rows[0].pk != customer_id:
        return []
    own, aliases = rows[0], rows[1:]
    found = []
    for field in BLANKS:
        source = next((row for row in aliases if getattr(row, field)), None)
        if source is not None and not getattr(own, field):
            worded = WORDED.get(field, str)(getattr(source, field))
            label = str(getattr(Customer._meta.get_field(field), "verbose_name", field))
            found.append(Fallback(field, label, worded, source.number))
    return found


@dataclass(frozen=True, slots=True)
class MergeCard:
    """A merge as pages show it, with both files as they are now."""

    id: int
    loser: CustomerCard
    into: CustomerCard
    score: int | None
    reasons: tuple[str, ...]
    is_automatic: bool
    merged_at: datetime
    merged_by: str
    undone_at: datetime | None
    undone_by: str


def merges_of(customer: Customer | int) -> list[MergeCard]:
    """What was merged into a customer's family and has not been taken apart, the newest first."""
    rows = Merge.objects.filter(loser__in=family_of(customer), undone_at=None).order_by("-pk")
    return _merge_cards(list(rows))


def merge_for(viewer: User, pk: int) -> Merge:
    """A merge, if `viewer` may see who stands for the two. Raises NotFound."""
    row = Merge.objects.select_related("loser", "into").filter(pk=pk).first()
    if row is not None:
        files = [row.into_id, row.into.merged_into_id or row.into_id]
        if visible_to(viewer).filter(pk__in=files).exists():
            return row
    raise NotFound(_("没有这次合并，或您看不到该客户。"))


def merges_page(viewer: User, *, cursor: str = "", size: int = PAGE) -> tuple[list[MergeCard], str]:
    """The newest merges that `viewer` may see, with those that were taken apart; and the next page's cursor."""
    seen = visible_to(viewer).values("pk")
    rows = Merge.objects.filter(into__in=seen, loser__in=seen).order_by("-pk")
    if cursor:
        rows = rows.filter(pk__lt=_number(cursor))
    found = list(rows[: size + 1])
    return _merge_cards(found[:size]), str(found[size - 1].pk) if len(found) > size else ""


def _merge_cards(rows: Sequence[Merge]) -> list[MergeCard]:
    cards = customer_cards(pk for row in rows for pk in (row.loser_id, row.into_id))
    return [
        MergeCard(
            id=row.pk,
            loser=cards[row.loser_id],
            into=cards[row.into_id],
            score=_percent(row.score),
            reasons=tuple(_(reason) for reason in row.reasons),
            is_automatic=row.is_automatic,
            merged_at=row.merged_at,
            merged_by=row.merged_by,
            undone_at=row.undone_at,
            undone_by=row.undone_by,
        )
        for row in rows
    ]


def _percent(score: float | None) -> int | None:
    # never a full hundred: two files are compared, not two customers
    return None if score is None else min(99, round(score * 100))


# --- the queue ---


@dataclass(frozen=True, slots=True)
class PairCard:
    """Two files that may be of one customer; `a` is the older. Each is who stands for the one that was compared."""

    id: int
    a: CustomerCard
    b: CustomerCard
    score: int
    reasons: tuple[str, ...]
    found_at: datetime
    state: PairState
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of the queue; `next` is the cursor of the page after it, empty on the last."""

    cards: list[PairCard]
    next: str = ""


def open_pairs(viewer: User) -> QuerySet[DuplicatePair]:
    """What waits for a decision, of pairs of which `viewer` may see both files, the surest first."""
    rows = DuplicatePair.objects.filter(state=PairState.OPEN, a__erased_at=None, b__erased_at=None)
    seen = visible_to(viewer).values("pk")
    return (
        rows.annotate(one=Coalesce("a__merged_into_id", "a_id"), other=Coalesce("b__merged_into_id", "b_id"))
        .exclude(one=F("other"))
        .filter(a__in=seen, b__in=seen, one__in=seen, other__in=seen)
        .order_by("-score", "-pk")
    )


def pairs_page(viewer: User, *, cursor: str = "", size: int = PAGE) -> PairPage:
    """A page of the queue. Raises Invalid for a cursor of something else."""
    rows = open_pairs(viewer)
    if cursor:
        score, _tilde, pk = cursor.partition("~")
        try:
            last = float.fromhex(score)
        except ValueError:
            raise _bad_cursor() from None
        rows = rows.filter(Q(score__lt=last) | Q(score=last, pk__lt=_number(pk)))
    found = list(rows[: size + 1])
    last_row = found[size - 1] if len(found) > size else None
    following = f"{last_row.score.hex()}~{last_row.pk}" if last_row else ""
    return PairPage(_pair_cards(found[:size]), following)


def _number(text: str) -> int:
    try:
        return cursors.number(text)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    sentence = _("翻页标记不对，请从第一页重新开始。")
    return Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor")


def count_pairs(viewer: User) -> tuple[int, bool]:
    """How many wait, up to 999, and whether there are more."""
    n = len(open_pairs(viewer).order_by().values_list("pk", flat=True)[: COUNT_TO + 1])
    return min(n, COUNT_TO), n > COUNT_TO


def pair_for(viewer: User, pk: int) -> DuplicatePair:
    """A pair of which `viewer` may see both files, whatever became of it. Raises NotFound."""
    row = DuplicatePair.objects.select_related("a", "b").filter(pk=pk).first()
    if row is not None:
        files = {file for one in (row.a, row.b) for file in (one.pk, one.merged_into_id) if file}
        if visible_to(viewer).filter(pk__in=files).count() == len(files):
            return row
    raise NotFound(_("没有这一对档案，或您看不到其中的客户。"))


def pair_card(pair: DuplicatePair) -> PairCard:
    """One pair, with the contacts of both files."""
    return _pair_cards([pair], contacts=True)[0]


def _pair_cards(pairs: Sequence[DuplicatePair], *, contacts: bool = False) -> list[PairCard]:
    roots = _roots({pk for pair in pairs for pk in (pair.a_id, pair.b_id)})
    cards = customer_cards(roots.values(), contacts=contacts)
    return [
        PairCard(
            id=pair.pk,
            a=cards[roots[pair.a_id]],
            b=cards[roots[pair.b_id]],
            score=_percent(pair.score) or 0,
            reasons=tuple(_(reason) for reason in pair.reasons),
            found_at=pair.found_at,
            state=PairState(pair.state),
            decided_at=pair.decided_at,
        )
        for pair in pairs
    ]


def _roots(ids: Iterable[int]) -> dict[int, int]:
    rows = Customer.objects.filter(pk__in=set(ids)).values_list("pk", "merged_into_id")
    return {pk: into or pk for pk, into in rows}


# --- who is it? ---


@dataclass(frozen=True, slots=True)
class LikelyCard:
    """Somebody on file who may be the one that is being typed."""

    card: CustomerCard
    score: int
    reasons: tuple[str, ...]
    by_identifier: bool


@dataclass(frozen=True, slots=True)
class LikelySame:
    """Who may be the same: those whom the viewer may see, and whether there is a colleague's customer too."""

    cards: list[LikelyCard]
    has_hidden: bool


def likely_same(viewer: User, given: Given) -> LikelySame:
    """Who on file may be the one that is being typed, the surest first.

    Of customers that `viewer` may not see only that there is one is said, and only where an identifier or an
    organisation's name led there: nobody learns so that a person of some name is a customer.
    """
    found = [one for [some] in [likely([given])] for one in some]
    seen = set(
        visible_to(viewer).filter(pk__in=[one.customer_id for one in found]).values_list("pk", flat=True)
    )
    shown = [one for one in found if one.customer_id in seen][:MOST_SHOWN]
    cards = customer_cards(one.customer_id for one in shown)
    hidden = any(one.customer_id not in seen and (one.by_identifier or not given.is_person) for one in found)
    return LikelySame(
        [
            LikelyCard(
                cards[one.customer_id],
                _percent(one.score) or 0,
                tuple(_(reason) for reason in one.reasons),
                one.by_identifier,
            )
            for one in shown
        ],
        hidden,
    )


# --- the search over the whole archive ---


def merges_by_itself() -> bool:
    """Whether the company lets the search merge where an identifier says that two files are one."""
    return DuplicateSettings.objects.filter(merges_by_itself=True).exists()


def newest_search() -> DuplicateSearch | None:
    """The search that runs, or the last one."""
    return DuplicateSearch.objects.order_by("-pk").first()


def running_search() -> DuplicateSearch | None:
    """The search that a worker should go on with."""
    return DuplicateSearch.objects.filter(state=SearchState.RUNNING).first()


def names_of(bys: Iterable[str]) -> Mapping[str, str]:
    """Who acted, in words, by the signature that rows keep (`staff:3`)."""
    ids = {by: int(by.partition(":")[2]) for by in set(bys) if by.startswith("staff:")}
    names = people.names_of(ids.values())
    return {by: names.get(pk, "") for by, pk in ids.items()}
