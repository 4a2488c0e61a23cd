"""The list of cases, page by page, over any number of cases. Part of `selectors.py`; see there for who may see what.

Each condition of a viewer's scope has an index in the order of the list, so each gives its first rows by itself and
they are merged: what a page costs depends on its length. A page is found as ids first, then its rows are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from keyue.cases.models import NO_DUE, Case, CaseScope
from keyue.cases.numbers import identity_of
from keyue.cases.search import Walk
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.models import Promise

SIZE = 50
LONG_QUEUE = 3_000
MOST_COUNTED = 100
# SQLite joins no more than 500 selects
MOST_BRANCHES = 400
CHOICES = ("type", "category", "stage", "level", "lead", "channel", "phase")
DETAILS = ("customer", "contact", "next_promise__holder")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all. `text` of two characters or more is searched in the contents.

    `mine`: only cases about which the reader owes a promise; they stand in the order of that promise's due.
    """

    text: str = ""
    state: str = "open"
    type: str = ""
    category: str = ""
    stage: str = ""
    level: str = ""
    lead: str = ""
    channel: str = ""
    phase: str = ""
    received_from: datetime | None = None
    received_to: datetime | None = None
    # a customer with everybody merged into it
    customer: tuple[int, ...] = ()
    due: str = ""
    mine: bool = False

    @property
    def by_due(self) -> bool:
        """Whether the list stands in the order of due instants; otherwise newest first."""
        return not self.text and (self.state in {"open", "waiting"} or bool(self.due) or self.mine)

    def about_case(self) -> Q:
        """The conditions on a case's own columns."""
        found = Q(**{name: getattr(self, name) for name in CHOICES if getattr(self, name)})
        if self.state in {"open", "closed"}:
            found &= Q(is_open=self.state == "open")
        if self.state == "waiting":
            found &= Q(is_open=True, is_waiting=True)
        if self.customer:
            found &= Q(customer__in=self.customer)
        if self.received_from:
            found &= Q(received_at__gte=self.received_from)
        if self.received_to:
            found &= Q(received_at__lt=self.received_to)
        return found

    def about_due(self, column: str, now: datetime, week_end: datetime) -> Q:
        """The condition on the due instant that the list is ordered by."""
        if self.due == "late":
            return Q(**{f"{column}__lt": now})
        if self.due == "week":
            return Q(**{f"{column}__lte": week_end})
        return Q()

    def conditions(self, now: datetime, week_end: datetime) -> Q:
        """Everything that a case itself can answer."""
        found = self.about_case() & self.about_due("queue_at", now, week_end)
        return found & Q(is_open=True) if self.due else found


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, with the cursors of the next and the previous one ("" where there is none)."""

    cases: Sequence[Case]
    next_cursor: str = ""
    searched: str = ""
    previous_cursor: str = ""
    # in a list of what the reader owes: their promise about each case, by the case's id
    owed: Mapping[int, Promise] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """The instant of a list, the end of its week, and the zone that decides which day it is."""

    now: datetime
    week_end: datetime
    zone: ZoneInfo


def moment(now: datetime) -> Moment:
    """`now` with the end of this week (Sunday 24:00) in the company's zone."""
    zone = promises.zone()
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return Moment(now, midnight + timedelta(days=7 - local.weekday()), zone)


# --- who may see what ---


def owing(user: User, *, subject: OuterRef) -> Exists:
    """Whether this person holds an open promise about a case, or one stands with a post or department of theirs."""
    mine = Q(holder__in=people.acting_for(user)) | Q(owner__in=promises.owner_codes(user))
    return Exists(Promise.objects.filter(mine, subject_kind="case", subject_id=subject, is_open=True))


def visible_to(user: User) -> QuerySet[Case]:
    """Cases this person may see: all, those of their departments, those they registered or hold a promise about."""
    if not allows(user, Permission.CASE_VIEW):
        return Case.objects.none()
    departments = people.visible_departments(user, Permission.CASE_VIEW)
    if departments is None:
        return Case.objects.all()
    scoped = CaseScope.objects.filter(case=OuterRef("pk"), department__in=departments)
    own = Q(registered_by=user.pk) | Q(customer__account_manager=user.pk)
    return Case.objects.filter(Exists(scoped) | own | owing(user, subject=OuterRef("pk")))


# --- branches: each an indexed walk in the order of the list, as (at, ref) ---


def _branches(
    user: User, filters: Filters, when: Moment, long_queues: dict[frozenset[str], bool] | None = None
) -> list[QuerySet[Any, Any]]:
    """`long_queues` remembers from one call to the next which departments have one."""
    if not allows(user, Permission.CASE_VIEW):
        return []
    if filters.mine:
        return _owed(user, filters, when)
    departments = people.visible_departments(user, Permission.CASE_VIEW)
    wanted = filters.conditions(when.now, when.week_end)
    if departments is None:
        if filters.lead:
            # the index of a department's queue knows its cases; that of all cases does not
            return [_scoped(filters.lead, filters, when)]
        return [_plain(Case.objects.filter(wanted))]
    if (
        filters.state == "waiting"
        or len(departments) > MOST_BRANCHES
        or _is_rare_among_many(filters, departments, long_queues)
    ):
        # found by an index of the cases that are so: few wait at a time
        return [_plain(visible_to(user).filter(wanted))]
    return [
        *(_scoped(code, filters, when) for code in sorted(departments)),
        *_own(user, wanted),
        *_held(user, wanted, departments),
    ]


def _is_rare_among_many(
    filters: Filters, departments: frozenset[str], known: dict[frozenset[str], bool] | None
) -> bool:
    """Whether the queue of these departments is too long to be walked for what an index of all cases knows."""
    if not (filters.type or filters.level):
        return False
    known = {} if known is None else known
    if departments not in known:
        rows = CaseScope.objects.filter(department__in=departments, is_open=True)
        known[departments] = len(rows.order_by().values_list("pk", flat=True)[:LONG_QUEUE]) == LONG_QUEUE
    return known[departments]


def _plain(rows: QuerySet[Case]) -> QuerySet[Any, Any]:
    return rows.annotate(at=F("queue_at"), ref=F("pk")).values_list("at", "ref")


def _scoped(department: str, filters: Filters, when: Moment) -> QuerySet[Any, Any]:
    # whether it is open and its due instant stand in the row itself, and in its index
    about_case = replace(filters, state="all") if filters.state == "open" else filters
    rows = CaseScope.objects.filter(
        _of_case(about_case.about_case()),
        filters.about_due("queue_at", when.now, when.week_end),
        department=department,
    )
    if filters.state in {"open", "waiting"} or filters.due:
        rows = rows.filter(is_open=True)
    return rows.annotate(at=F("queue_at"), ref=F("case_id")).values_list("at", "ref")


def _own(user: User, wanted: Q) -> list[QuerySet[Any, Any]]:
    """Cases that a person registered, or of customers that they look after.

    Their ids are asked for first: few, by an index of their own. Asked in the order of the queue, the database would
    walk the whole queue to find none.
    """
    own = (Q(registered_by=user.pk), Q(customer__account_manager=user.pk))
    return [_plain(Case.objects.filter(wanted, pk__in=Case.objects.filter(one).values("pk"))) for one in own]


def _held(user: User, wanted: Q, departments: frozenset[str]) -> list[QuerySet[Any, Any]]:
    """Cases that a person sees by a promise in their hands or with a post of theirs."""
    posts = promises.owner_codes(user) - departments
    found = []
    for mine in (Q(holder__in=people.acting_for(user)), Q(owner__in=posts)):
        refs = Promise.objects.filter(mine, subject_kind="case", is_open=True).values_list(
            "subject_id", flat=True
        )
        found.append(_plain(Case.objects.filter(wanted, pk__in=refs)))
    return found


def _of_case(condition: Q) -> Q:
    """A condition on cases as one on rows that belong to a case."""
    moved = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        moved.children.append(
            _of_case(child) if isinstance(child, Q) else (f"case__{child[0]}", child[1])  # type: ignore[index]
        )
    return moved


def _mine(user: User) -> Q:
    return Q(holder__in=people.acting_for(user)) | Q(holder=None, owner__in=promises.owner_codes(user))


def _owed(user: User, filters: Filters, when: Moment) -> list[QuerySet[Any, Any]]:
    """What the person owes, by due: a case stands where the first of their promises about it does."""
    mine = _mine(user)
    of_case = Promise.objects.filter(mine, subject_kind="case", is_open=True)
    same = of_case.filter(subject_id=OuterRef("subject_id"))
    earlier = same.filter(Q(due__lt=OuterRef("due")) | Q(due=OuterRef("due"), pk__lt=OuterRef("pk")))
    endless_before = same.filter(Q(due__isnull=False) | Q(pk__lt=OuterRef("pk")))
    wanted = Exists(Case.objects.filter(filters.about_case(), pk=OuterRef("subject_id")))
    about_due = filters.about_due("due", when.now, when.week_end)
    parts = [Q(holder=person) for person in sorted(people.acting_for(user))]
    parts += [Q(holder=None, owner=code) for code in sorted(promises.owner_codes(user))]
    never = Value(NO_DUE, output_field=DateTimeField())
    found: list[QuerySet[Any, Any]] = []
    for part in parts[: MOST_BRANCHES // 2]:
        rows = Promise.objects.filter(part, wanted, subject_kind="case", is_open=True)
        timed = rows.filter(~Exists(earlier), about_due, due__isnull=False)
        found.append(timed.annotate(at=F("due"), ref=F("subject_id")).values_list("at", "ref"))
        if not filters.due:
            endless = rows.filter(~Exists(endless_before), due=None)
            # walked by the index, in which there is no instant
            endless = endless.annotate(at=never, walk=F("due"), ref=F("subject_id"))
            found.append(endless.values_list("at", "ref"))
    return found


# --- one statement out of branches ---


def _union(branches: Sequence[QuerySet[Any, Any]], order: Sequence[str], limit: int) -> tuple[str, list[Any]]:
    """The first rows of all branches, each cut by itself, without doubles."""
    parts: list[str] = []
    values: list[Any] = []
    for n, branch in enumerate(branches):
        if "walk" in branch.query.annotations:
            branch = branch.order_by(*(name.replace("at", "walk") for name in order))
        else:
            branch = branch.order_by(*order)
        sql, given = branch[:limit].query.sql_with_params()
        parts.append(f"SELECT at, ref FROM ({sql}) AS branch{n}")  # noqa: S608  Django's own SQL
        values += given
    return " UNION ".join(parts), values


def _ids(
    branches: Sequence[QuerySet[Any, Any]], *, by_due: bool, cursor: str, back: bool, limit: int
) -> list[tuple[datetime, int]]:
    """The rows after (or before) a cursor, in the order of the list."""
    if not branches:
        return []
    if cursor:
        bound = _after_due(cursor, back) if by_due else _after_id(cursor, back)
        branches = [branch.filter(bound) for branch in branches]
    names = ("at", "ref") if by_due else ("ref",)
    backwards = back if by_due else not back
    order = [f"-{name}" if backwards else name for name in names]
    sql, values = _union(branches, order, limit)
    ending = ", ".join(f"{name} {'DESC' if backwards else 'ASC'}" for name in names)
    with connection.cursor() as handle:
        handle.execute(f"{sql} ORDER BY {ending} LIMIT {limit:d}", values)
        rows = [(_instant(at), int(ref)) for at, ref in handle.fetchall()]
    return rows[::-1] if back else rows


def _after_due(cursor: str, back: bool) -> Q:
    try:
        instant, identity = cursors.place(cursor)
    except ValueError:
        raise _bad_cursor() from None
    than = "lt" if back else "gt"
    # written so that the first half is a range of the index
    return Q(**{f"at__{than}e": instant}) & (Q(**{f"at__{than}": instant}) | Q(**{f"ref__{than}": identity}))


def _after_id(cursor: str, back: bool) -> Q:
    return Q(**{f"ref__{'gt' if back else 'lt'}": _id_in(cursor)})


def _id_in(cursor: str) -> int:
    try:
        return cursors.number(cursor)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    sentence = _("翻页标记不对，请从第一页重新开始。")
    return Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor")


def _instant(value: Any) -> datetime:
    """An instant as the driver gave it: SQLite's are text, in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# --- pages ---


def queue(
    user: User,
    filters: Filters,
    *,
    when: Moment,
    cursor: str = "",
    back: bool = False,
    size: int = SIZE,
) -> Page:
    """The list in the order of the earliest due, or newest first; with a search word, newest first.

    `cursor` is a page's `next_cursor`, or with `back` its `previous_cursor`. Raises Invalid for one of neither.
    """
    if filters.text:
        return _searched(user, filters, when, cursor, size)
    branches = _branches(user, filters, when)
    rows = _ids(branches, by_due=filters.by_due, cursor=cursor, back=back, limit=size + 1)
    more = len(rows) > size
    rows = rows[-size:] if back else rows[:size]
    cases = _read([ref for _at, ref in rows])
    has_next = bool(rows) if back else more
    has_previous = more if back else bool(cursor and rows)
    return Page(
        cases,
        next_cursor=_mark(rows[-1], filters) if has_next else "",
        previous_cursor=_mark(rows[0], filters) if has_previous else "",
        owed=_owed_about(user, cases) if filters.mine else {},
    )


def _mark(row: tuple[datetime, int], filters: Filters) -> str:
    return cursors.mark(*row) if filters.by_due else str(row[1])


def _read(ids: Sequence[int]) -> list[Case]:
    """Cases in the order of their ids given here; ids come from branches of what the reader may see."""
    found = Case.objects.filter(pk__in=ids).select_related(*DETAILS).in_bulk() if ids else {}
    return [found[pk] for pk in ids if pk in found]


def _owed_about(user: User, cases: Sequence[Case]) -> dict[int, Promise]:
    """The first promise of the reader's about each case."""
    rows = Promise.objects.filter(
        _mine(user), subject_kind="case", subject_id__in=[case.pk for case in cases], is_open=True
    )
    found: dict[int, Promise] = {}
    for row in sorted(rows.select_related("holder"), key=lambda row: (row.due or NO_DUE, row.pk)):
        found.setdefault(row.subject_id, row)
    return found


def _searched(user: User, filters: Filters, when: Moment, cursor: str, size: int) -> Page:
    below = _id_in(cursor) if cursor else None
    identity = identity_of(filters.text)
    if identity is not None and below is None:
        exact = list(_searchable(user, filters, when).filter(pk=identity).select_related(*DETAILS))
        if exact and exact[0].number == filters.text.strip().upper():
            return Page(exact, "", filters.text)
    found = found_ids(user, filters, when=when, below=below, most=size + 1)
    following = str(found[size - 1]) if len(found) > size else ""
    return Page(_read(found[:size]), following, filters.text)


def found_ids(
    user: User, filters: Filters, *, when: Moment, most: int, below: int | None = None
) -> list[int]:
    """Ids of the newest cases with the text of `filters` that this person may see; `below` continues after a page."""
    return Walk(_searchable(user, filters, when), filters.text).newest(most, below=below)


def _searchable(user: User, filters: Filters, when: Moment) -> QuerySet[Case]:
    rows = visible_to(user).filter(filters.conditions(when.now, when.week_end))
    if not filters.mine:
        return rows
    of_case = Promise.objects.filter(
        _mine(user), subject_kind="case", subject_id=OuterRef("pk"), is_open=True
    )
    return rows.filter(Exists(of_case))


# --- counts ---


def counts(user: User, several: Sequence[Filters], *, when: Moment, most: int = MOST_COUNTED) -> list[int]:
    """How many cases each of these filters gives, no more than `most`, in one statement; searches count as none."""
    sums: list[str] = []
    values: list[Any] = []
    long_queues: dict[frozenset[str], bool] = {}
    for filters in several:
        branches = [] if filters.text else _branches(user, filters, when, long_queues)
        if not branches:
            sums.append("0")
            continue
        sql, given = _union(branches, ("at", "ref") if filters.by_due else ("-ref",), most)
        whole = f"SELECT ref FROM ({sql}) AS found GROUP BY ref LIMIT {most:d}"  # noqa: S608
        sums.append(f"(SELECT COUNT(*) FROM ({whole}) AS counted)")  # noqa: S608
        values += given
    if not sums:
        return []
    with connection.cursor() as handle:
        handle.execute(f"SELECT {', '.join(sums)}", values)
        row = handle.fetchone()
    return [int(n) for n in row]


def count_without(user: User, filters: Filters, names: Sequence[str], *, when: Moment) -> dict[str, int]:
    """For each of these conditions how many cases there would be without it."""
    blank = Filters()
    several = [
        replace(filters, **{part: getattr(blank, part) for part in _parts(name)}, text="") for name in names
    ]
    return dict(zip(names, counts(user, several, when=when), strict=True))


def _parts(name: str) -> tuple[str, ...]:
    return ("received_from", "received_to") if name == "received" else (name,)
