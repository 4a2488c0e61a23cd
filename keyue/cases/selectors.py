"""Reading cases. Fetching is authorising: what a person may see is decided in `visible_to`, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.cases.codes import code_opens
from keyue.cases.models import Attachment, Case, CaseScope, CaseTask, Message, SavedView
from keyue.cases.numbers import identity_of
from keyue.cases.search import matching_ids
from keyue.kernel.errors import NotFound
from keyue.ledger.models import Fact
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

NOT_FOUND = "没有这个事项，或者您无权查看。"


def visible_to(user: User) -> QuerySet[Case]:
    """Cases this person may see: all, those of their departments, those they registered or hold a promise about."""
    if not allows(user, Permission.CASE_VIEW):
        return Case.objects.none()
    departments = people.visible_departments(user, Permission.CASE_VIEW)
    if departments is None:
        return Case.objects.all()
    scoped = CaseScope.objects.filter(case=OuterRef("pk"), department__in=departments)
    own = Q(registered_by=user.pk) | Q(customer__account_manager=user.pk)
    return Case.objects.filter(Exists(scoped) | own)


def case_for(user: User, number: str) -> Case:
    """The case with this number, if this person may see it. Raises NotFound either way."""
    identity = identity_of(number)
    case = None
    if identity is not None:
        case = (
            visible_to(user)
            .select_related("customer", "contact", "next_promise", "registered_by")
            .filter(pk=identity)
            .first()
        )
    if case is None or case.number != number.strip().upper():
        raise NotFound(_(NOT_FOUND))
    return case


def case_by_code(number: str, code: str) -> Case:
    """The case that a sender follows with number and code, without a login. Raises NotFound."""
    identity = identity_of(number)
    case = Case.objects.filter(pk=identity).first() if identity is not None else None
    if case is None or not code_opens(case, code):
        raise NotFound(_("编号或查询码不对。请核对回执上的编号和查询码。"))
    return case


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all. `text` of two characters or more is searched in the contents."""

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
    customer: int | None = None
    due: str = ""

    def conditions(self, now: datetime, week_end: datetime) -> Q:
        found = Q()
        for name in ("type", "category", "stage", "level", "lead", "channel", "phase"):
            value = getattr(self, name)
            if value:
                found &= Q(**{name: value})
        if self.state in {"open", "closed"}:
            found &= Q(is_open=self.state == "open")
        if self.state == "waiting":
            found &= Q(is_open=True, is_waiting=True)
        if self.customer:
            found &= Q(customer=self.customer)
        if self.received_from:
            found &= Q(received_at__gte=self.received_from)
        if self.received_to:
            found &= Q(received_at__lt=self.received_to)
        if self.due == "late":
            found &= Q(is_open=True, queue_at__lt=now)
        if self.due == "week":
            found &= Q(is_open=True, queue_at__lte=week_end)
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, and the cursor of the next one ("" at the end)."""

    cases: Sequence[Case]
    next_cursor: str
    searched: str = ""


def queue(
    user: User, filters: Filters, *, now: datetime, week_end: datetime, cursor: str = "", size: int = 50
) -> Page:
    """The list in the order of the earliest due; with a search word, newest first."""
    if filters.text:
        return _searched(user, filters, now=now, week_end=week_end, cursor=cursor, size=size)
    rows = _queue_rows(user).filter(filters.conditions(now, week_end))
    if filters.state == "open" or filters.state == "waiting" or filters.due:
        ordered = rows.order_by("queue_at", "pk")
        if cursor:
            at, _sep, pk = cursor.partition("~")
            instant = datetime.fromisoformat(at)
            ordered = ordered.filter(Q(queue_at__gt=instant) | Q(queue_at=instant, pk__gt=int(pk)))
        found = list(ordered.select_related("next_promise__holder")[: size + 1])
        last = found[size - 1] if len(found) > size else None
        return Page(found[:size], f"{last.queue_at.isoformat()}~{last.pk}" if last else "")
    ordered = rows.order_by("-pk")
    if cursor:
        ordered = ordered.filter(pk__lt=int(cursor))
    found = list(ordered.select_related("next_promise__holder")[: size + 1])
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def _queue_rows(user: User) -> QuerySet[Case]:
    return visible_to(user)


def _searched(
    user: User, filters: Filters, *, now: datetime, week_end: datetime, cursor: str, size: int
) -> Page:
    """Walk the matches newest first until a page of visible ones is full."""
    identity = identity_of(filters.text)
    below = int(cursor) if cursor else None
    rows = visible_to(user).filter(filters.conditions(now, week_end)).select_related("next_promise__holder")
    if identity is not None and below is None:
        exact = list(rows.filter(pk=identity))
        if exact and exact[0].number == filters.text.strip().upper():
            return Page(exact, "", filters.text)
    found: list[Case] = []
    step = size * 4
    while len(found) <= size:
        ids = matching_ids(filters.text, below=below, limit=step)
        if not ids:
            break
        below = ids[-1]
        by_id = {case.pk: case for case in rows.filter(pk__in=ids)}
        found += [by_id[pk] for pk in ids if pk in by_id]
        step = min(step * 2, 5_000)
    return Page(found[:size], str(found[size - 1].pk) if len(found) > size else "", filters.text)


def counted(rows: QuerySet[Case], most: int = 100) -> int:
    """How many, but no more than `most`."""
    return len(rows.order_by().values_list("pk", flat=True)[:most])


def timeline(case: Case, *, public: bool = False) -> Sequence[Message]:
    """Messages in order, with their files; only what the customer may see if `public`."""
    rows = case.messages.select_related("author").prefetch_related("attachments").order_by("at", "pk")
    return list(rows.filter(is_public=True) if public else rows)


def facts(case: Case) -> Sequence[Fact]:
    """The chain of a case, in the order of recording."""
    return list(Fact.objects.filter(stream__kind="case", stream__ref=str(case.pk)).order_by("rev"))


def tasks(case: Case) -> Sequence[CaseTask]:
    return list(case.tasks.select_related("message").order_by("pk"))


def attachment_for(user: User, pk: int) -> Attachment:
    """A file of a case that this person may see. Raises NotFound."""
    found = Attachment.objects.select_related("message__case").filter(pk=pk, erased_at=None).first()
    if found is None or not visible_to(user).filter(pk=found.message.case_id).exists():
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    return found


def cases_by_id(ids: Iterable[int]) -> Mapping[int, Case]:
    """Cases by id, for rooms that have decided that the reader may see them (promises that are theirs)."""
    return {case.pk: case for case in Case.objects.filter(pk__in=set(ids)).select_related("customer")}


def saved_views(user: User) -> Sequence[SavedView]:
    """The person's own views and everybody's."""
    return list(SavedView.objects.filter(Q(user=user.pk) | Q(user=None)).order_by("position", "pk"))
