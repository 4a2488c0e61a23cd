"""Reading promises: what is owed, by whom, and how well clauses are kept. A figure comes with its denominator."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.facts import Subject
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import owed
from keyue.promises.enums import BROKEN, KEPT, PromiseState
from keyue.promises.models import Notice, NoticesSeen, Promise, PromiseRequest, Tally, TallyDelta
from keyue.promises.owed import Owed, Today
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import Calendar

EVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands in a cursor for a due instant that there is not."""


KEEPING = frozenset({Permission.CASE_VIEW, Permission.CASE_TAKE})
"""What somebody must be allowed to have a promise in their hands: to open what it is about, and to keep it."""


NOTHING = Owed(())


def company_calendar() -> Calendar:
    """The company's working time; natural time alone where none is published."""
    return worktime.company_calendar()


def zone() -> ZoneInfo:
    """The zone that decides which day it is."""
    return ZoneInfo(company_calendar().tz)


def owner_codes(user: User) -> frozenset[str]:
    """Owner codes under which promises are this person's: posts, departments, delegations, and the person."""
    persons = {f"{people.PERSON}{pk}" for pk in people.acting_for(user)}
    return people.owner_codes_of(user) | persons


def owes(user: User, promise: Promise) -> bool:
    """Whether a promise is this person's: they hold it, or nobody does and they stand behind its post or department.

    Who owes a promise does not decide that it need not be kept, by a waiver or by an end of its case (34, 39).
    """
    if promise.holder_id is not None:
        return promise.holder_id == user.pk
    return promise.owner in owner_codes(user)


def promises_of(subject: Subject) -> QuerySet[Promise]:
    """All promises about a subject, in the order in which they began."""
    return (
        Promise.objects.filter(subject_kind=subject.kind, subject_id=int(subject.ref))
        .select_related("holder")
        .order_by("cycle", "start", "pk")
    )


def promises_about(kind: str, ids: Collection[int]) -> QuerySet[Promise]:
    """All promises about some subjects of a kind."""
    return Promise.objects.filter(subject_kind=kind, subject_id__in=ids).select_related("holder")


def owed_by(user: User) -> Owed:
    """Open promises that are this person's to keep: taken by or given to them, or standing with their post or
    department until somebody takes them. Nothing for who may open no case: its title and customer are in every list."""
    if not allows(user, Permission.CASE_VIEW):
        return NOTHING
    return Owed((*owed.in_hands_of(people.acting_for(user)), *owed.in_nobodys(owner_codes(user))))


def owed_in(user: User) -> Owed:
    """Open promises of the departments and posts that this person belongs to or sees, whoever holds them; nothing for
    who may open no case."""
    if not allows(user, Permission.CASE_VIEW):
        return NOTHING
    visible = people.visible_departments(user)
    return owed.EVERYTHING if visible is None else Owed(tuple(owed.of_owners(owner_codes(user) | visible)))


def seen_by(user: User) -> Q:
    """Promises this person may see: own, and those of the departments and posts they belong to or see."""
    visible = people.visible_departments(user)
    if visible is None:
        return Q()
    return Q(holder__in=people.acting_for(user)) | Q(owner__in=owner_codes(user) | visible)


def is_seen(user: User, promise: Promise) -> bool:
    """Whether `seen_by` holds for a promise at hand."""
    visible = people.visible_departments(user)
    if visible is None or promise.owner in owner_codes(user) | visible:
        return True
    return promise.holder_id is not None and promise.holder_id in people.acting_for(user)


def promise_for(user: User, pk: int) -> Promise:
    """A promise that this person may see. Raises NotFound."""
    found = Promise.objects.filter(seen_by(user), pk=pk).select_related("holder").first()
    if found is None:
        raise NotFound(_("没有这条约定，或者您无权查看。"))
    return found


def request_for(user: User, pk: int) -> PromiseRequest:
    """A request about a promise that this person may see. Raises NotFound."""
    found = PromiseRequest.objects.filter(pk=pk).select_related("promise__holder", "requested_by").first()
    if found is None or not Promise.objects.filter(seen_by(user), pk=found.promise_id).exists():
        raise NotFound(_("没有这个申请，或者您无权查看。"))
    return found


def today_at(now: datetime) -> Today:
    """The end of today, the end of this week (Sunday 24:00) and the month, in the company's zone."""
    local = now.astimezone(zone())
    end, week_end = owed.bounds(local)
    return Today(now, end, week_end, f"{local:%Y-%m}")


def page_by_due(
    rows: Owed, now: datetime, *, due: str = "", cursor: str = "", size: int = 50
) -> tuple[list[Promise], str]:
    """A page of promises with a due instant in its order, and the cursor of the next one ("" at the end).

    `due` narrows to late, today or week. Raises Invalid for a cursor that is none.
    """
    within = owed.within(today_at(now), due)
    found = rows.page(within, after=_place(cursor) if cursor else None, size=size + 1)
    last = found[size - 1] if len(found) > size else None
    return found[:size], cursors.mark(last.due, last.pk) if last and last.due else ""


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        return cursors.place(cursor)
    except ValueError as error:
        raise Invalid(
            _("翻页标记不对，请从第一页开始。"), fields={"cursor": _("翻页标记不对。")}, code="bad_cursor"
        ) from error


def held_counts(people_ids: Collection[int], today: Today) -> dict[int, tuple[int, int, int]]:
    """For each person: promises held that are overdue, due today, and later or without a due. One query."""
    rows = Promise.objects.filter(holder__in=people_ids, is_open=True).values_list("holder_id")
    counted_rows = rows.annotate(
        late=Count("pk", filter=Q(due__lt=today.now)),
        today=Count("pk", filter=Q(due__gte=today.now, due__lte=today.end)),
        all=Count("pk"),
    ).order_by()
    return {person: (late, soon, every - late - soon) for person, late, soon, every in counted_rows}


def earliest_due(subject: Subject, controls: Iterable[str]) -> datetime | None:
    """The earliest due instant of the subject's open promises under these controls."""
    rows = Promise.objects.filter(
        subject_kind=subject.kind,
        subject_id=int(subject.ref),
        control__in=list(controls),
        is_open=True,
        due__isnull=False,
    )
    return rows.order_by("due").values_list("due", flat=True).first()


def overdue(subject: Subject, now: datetime) -> dict[int, Promise]:
    """The subject's promises that were not kept in time, closed since or not, by id."""
    rows = Promise.objects.filter(subject_kind=subject.kind, subject_id=int(subject.ref))
    late = Q(breached_at__isnull=False) | Q(is_open=True, due__lt=now)
    return {promise.pk: promise for promise in rows.filter(late)}


def by_id(ids: Iterable[int]) -> dict[int, Promise]:
    """Those of these promises that there still are."""
    return Promise.objects.in_bulk(list(ids))


def owners_of_open(subject: Subject, control: str) -> frozenset[str]:
    """Who owes the subject's open promises under a control."""
    rows = Promise.objects.filter(
        subject_kind=subject.kind, subject_id=int(subject.ref), control=control, is_open=True
    )
    return frozenset(rows.values_list("owner", flat=True))


def holders_of(rows: Iterable[Promise]) -> dict[str, frozenset[int]]:
    """The people who hold the open ones of these promises, by the post or department that owes them."""
    found: dict[str, frozenset[int]] = {}
    for row in rows:
        if row.is_open and row.holder_id is not None:
            found[row.owner] = found.get(row.owner, frozenset()) | {row.holder_id}
    return found


# ── how well it is kept ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Score:
    """Promises of a month by state. The rate is kept ÷ (kept + broken), None where nothing was due."""

    by_state: dict[str, int]

    @property
    def kept(self) -> int:
        return sum(self.by_state.get(state, 0) for state in KEPT)

    @property
    def broken(self) -> int:
        return sum(self.by_state.get(state, 0) for state in BROKEN)

    @property
    def due(self) -> int:
        return self.kept + self.broken

    @property
    def pending(self) -> int:
        return self.by_state.get(PromiseState.PENDING, 0)

    @property
    def waived(self) -> int:
        return self.by_state.get(PromiseState.WAIVED, 0)

    @property
    def cancelled(self) -> int:
        return self.by_state.get(PromiseState.CANCELLED, 0)

    @property
    def rate(self) -> float | None:
        return 100 * self.kept / self.due if self.due else None


def scores(
    *,
    month: str | None,
    regulation: str = "",
    owners: Collection[str] | None = None,
    regulations: Collection[str] | None = None,
) -> dict[tuple[str, str], Score]:
    """By (regulation, control), for a month such as "2026-11"; tallies and what is not yet folded into them.

    `regulations` are those that a page shows: beside the company's own there may be one for each of many customers.
    Without a month (None) over all their time, which is for single regulations.
    """
    condition = Q() if month is None else Q(month=month)
    if regulation:
        condition &= Q(regulation=regulation)
    if regulations is not None:
        condition &= Q(regulation__in=sorted(regulations))
    if owners is not None:
        condition &= Q(owner__in=owners)
    found: dict[tuple[str, str], dict[str, int]] = {}
    folded, unfolded = (
        model.objects.filter(condition)
        .values_list("regulation", "control", "state")
        .annotate(total=Sum("n"))
        .order_by()
        for model in (Tally, TallyDelta)
    )
    # one statement, so that no tally is folded between the two
    for name, control, state, n in folded.union(unfolded, all=True):
        states = found.setdefault((name, control), {})
        states[state] = states.get(state, 0) + n
    return {key: Score(states) for key, states in found.items()}


def total(parts: Iterable[Score]) -> Score:
    """The sum of scores."""
    states: dict[str, int] = {}
    for part in parts:
        for state, n in part.by_state.items():
            states[state] = states.get(state, 0) + n
    return Score(states)


def open_under(regulation: str, control: str, *, most: int = 100) -> int:
    """How many promises of a control are not settled, counted up to `most`."""
    rows = Promise.objects.filter(regulation=regulation, control=control, is_open=True)
    return rows.order_by()[:most].count()


def month_at(now: datetime) -> str:
    """The month of an instant in the company's zone, as promises are booked."""
    return today_at(now).month


def of_clause(
    regulation: str,
    controls: Collection[str],
    *,
    month: str,
    states: Collection[str],
    owners: Collection[str] | None = None,
) -> QuerySet[Promise]:
    """The promises behind a figure, newest due first; with `owners`, those that count as theirs."""
    rows = Promise.objects.filter(regulation=regulation, control__in=controls, month=month)
    if owners is not None:
        # who owed it when it broke has it on their account
        rows = rows.filter(Q(breach_owner__in=owners) | Q(breach_owner=None, owner__in=owners))
    return (
        (rows.filter(state__in=states) if states else rows).select_related("holder").order_by("-due", "-pk")
    )


def clause_page(
    regulation: str,
    controls: Collection[str],
    *,
    month: str,
    states: Collection[str],
    cursor: str = "",
    size: int = 50,
) -> tuple[list[Promise], str]:
    """A page of `of_clause`, those without a due last, and the cursor of the next one. Raises Invalid."""
    rows = of_clause(regulation, controls, month=month, states=states)
    rows = rows.order_by(F("due").desc(nulls_last=True), "-pk")
    if cursor:
        at, pk = _place(cursor)
        if at == EVER:
            rows = rows.filter(due=None, pk__lt=pk)
        else:
            rows = rows.filter(Q(due__lt=at) | Q(due=at, pk__lt=pk) | Q(due=None))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], cursors.mark(last.due or EVER, last.pk) if last else ""


# ── notices ───────────────────────────────────────────────────────────────────────────────────────────────────


def notices_by_id(ids: Iterable[int]) -> Sequence[Notice]:
    """Notices by id in their order, for the mail that carries them."""
    return list(Notice.objects.filter(pk__in=list(ids)).select_related("promise").order_by("pk"))


def unmailed(before: datetime, limit: int = 500) -> Sequence[Notice]:
    """Notices that no mail has carried yet, oldest first."""
    return list(Notice.objects.filter(mailed_at=None, at__lte=before).order_by("at", "pk")[:limit])


def seen_up_to(user: User) -> int:
    """The newest notice that the person has seen; 0 for none."""
    return NoticesSeen.objects.filter(user=user.pk).values_list("up_to", flat=True).first() or 0


def held_by(user: User) -> QuerySet[Promise]:
    """Open promises that this person has taken or was given."""
    return Promise.objects.filter(holder=user, is_open=True)


def stand_with(codes: Collection[str]) -> bool:
    """Whether any open promise is owed by these posts, departments or people."""
    return Promise.objects.filter(owner__in=codes, is_open=True).exists()


def colleagues(owners: Iterable[str], at: datetime) -> dict[str, list[User]]:
    """For each of these posts and departments those behind it who may be given its promises."""
    able = people.who_may(*KEEPING, at=at)
    behind = people.people_behind_many(owners, at)
    return {code: [person for person in found if person.pk in able] for code, found in behind.items()}


def open_requests(user: User) -> QuerySet[PromiseRequest]:
    """Waivers and extensions that wait for this person's yes or no: about promises that they may see and do not owe
    (`owes`), asked for by somebody else; oldest first."""
    own = Q(promise__holder=user.pk) | Q(promise__holder=None, promise__owner__in=owner_codes(user))
    # asked of each request, of which there are few, and not of all promises
    seen = Promise.objects.filter(seen_by(user), is_open=True, pk=OuterRef("promise"))
    return (
        PromiseRequest.objects.filter(Exists(seen), approved=None)
        .exclude(Q(requested_by=user.pk) | own)
        .select_related("promise__holder", "requested_by")
        .order_by("requested_at", "pk")
    )


def requests_page(user: User, *, cursor: str = "", size: int = 50) -> tuple[list[PromiseRequest], str]:
    """A page of `open_requests` and the cursor of the next one. Raises Invalid for a cursor that is none."""
    rows = open_requests(user)
    if cursor:
        at, pk = _place(cursor)
        rows = rows.filter(Q(requested_at__gt=at) | Q(requested_at=at, pk__gt=pk))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], cursors.mark(last.requested_at, last.pk) if last else ""


def decided_requests(promises: Collection[int]) -> dict[int, PromiseRequest]:
    """The approved request of each of these promises that has one: why it stands apart, and who said so."""
    rows = PromiseRequest.objects.filter(promise__in=promises, approved=True).select_related("decided_by")
    return {row.promise_id: row for row in rows.order_by("pk")}


def requests_of(subject: Subject) -> QuerySet[PromiseRequest]:
    """All requests about a subject's promises."""
    return (
        PromiseRequest.objects.filter(
            promise__subject_kind=subject.kind, promise__subject_id=int(subject.ref)
        )
        .select_related("promise", "requested_by", "decided_by")
        .order_by("pk")
    )


def reasons_of(requests: Iterable[PromiseRequest]) -> dict[int, str]:
    """The sealed reason of each request; "" where the customer's key was destroyed. Two queries."""
    wanted = {made.reason_fact: made.pk for made in requests}
    facts = list(Fact.objects.filter(uid__in=list(wanted)))
    values = sealed_values(facts)
    return {wanted[fact.uid]: said.get("reason") or "" for fact, said in zip(facts, values, strict=True)}
