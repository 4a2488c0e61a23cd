"""Reading cases. Fetching is authorising: what a person may see is decided in `visible_to`, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keyue.cases.codes import code_opens
from keyue.cases.enums import CaseType, Exit, Level
from keyue.cases.lists import Filters, Moment, Page, count_without, counts, moment, queue, visible_to
from keyue.cases.models import NO_DUE, Attachment, Case, CaseScope, CaseTask, Message, SavedView
from keyue.cases.numbers import identity_of
from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import NotFound
from keyue.kernel.once import recalled
from keyue.ledger.models import Fact, OutboxItem
from keyue.ledger.sealing import sealed_values
from keyue.ledger.selectors import chain_of
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.people.selectors import PERSON
from keyue.promises import selectors as promises
from keyue.promises.models import Promise

__all__ = [
    "Filters",
    "Moment",
    "Page",
    "attachment_for",
    "case_by_code",
    "case_for",
    "cases_by_id",
    "cases_of",
    "cases_of_customer",
    "count_without",
    "counted",
    "counts",
    "facts",
    "moment",
    "open_cases_owed_by",
    "open_major_complaints",
    "other_cases",
    "queue",
    "saved_view_for",
    "saved_views",
    "sent_states",
    "tasks",
    "timeline",
    "unheld_promises",
    "visible_to",
    "works_for",
]


_HOLDERS = "_holders"


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
        raise NotFound(_("没有这个事项，或者您无权查看。"))
    return case


def cases_of(user: User, numbers: Sequence[str]) -> list[Case]:
    """Those of these cases that this person may see, in the order of the numbers."""
    ids = {identity_of(number): number for number in numbers}
    rows = visible_to(user).select_related("next_promise__holder").filter(pk__in=[pk for pk in ids if pk])
    found = {case.number: case for case in rows}
    return [found[number] for number in numbers if number in found]


def unheld_promises(cases: Sequence[Case]) -> Mapping[int, Sequence[Promise]]:
    """The open promises about these cases that nobody has taken yet, by the case's id, the earliest due first."""
    rows = Promise.objects.filter(
        subject_kind="case", subject_id__in=[case.pk for case in cases], is_open=True, holder=None
    )
    found: dict[int, list[Promise]] = {}
    for promise in sorted(rows, key=lambda row: (row.due or NO_DUE, row.pk)):
        found.setdefault(promise.subject_id, []).append(promise)
    return found


def case_by_code(number: str, code: str) -> Case:
    """The case that a sender follows with number and code, without a login. Raises NotFound."""
    identity = identity_of(number)
    case = Case.objects.filter(pk=identity).first() if identity is not None else None
    if case is None or not code_opens(case, code):
        raise NotFound(_("编号或查询码不对。请核对回执上的编号和查询码。"))
    return case


def counted(rows: QuerySet[Case], most: int = 100) -> int:
    """How many, but no more than `most`."""
    return len(rows.order_by().values_list("pk", flat=True)[:most])


def timeline(case: Case, *, public: bool = False, most: int | None = None) -> Sequence[Message]:
    """Messages in order, with their files; only what the customer may see if `public`; the newest `most`."""
    rows = case.messages.select_related("author").prefetch_related("attachments").order_by("-at", "-pk")
    shown = rows.filter(is_public=True) if public else rows
    return list(shown[:most])[::-1]


def sent_states(messages: Iterable[Message]) -> Mapping[int, str]:
    """For each message that went out by mail: `sent`, `failed` or `waiting`; one query, none without mails."""
    keys = {message.outbox_key: message.pk for message in messages if message.outbox_key}
    if not keys:
        return {}
    rows = OutboxItem.objects.filter(key__in=keys).values_list("key", "sent_at", "failed_at")
    return {
        keys[key]: "sent" if sent_at else "failed" if failed_at else "waiting"
        for key, sent_at, failed_at in rows
    }


def facts(case: Case) -> Sequence[Fact]:
    """The chain of a case, in the order of recording."""
    return chain_of(case.subject)


@dataclass(frozen=True, slots=True)
class ExitAsked:
    """An end that waits for its approver: which, who asked when, and why ("" where the key was destroyed)."""

    exit: str
    by: str
    at: datetime
    reason: str


def exit_asked(case: Case) -> ExitAsked | None:
    """The end that was asked for and is not yet decided."""
    if not case.exit_requested:
        return None
    chain = facts(case)
    asked = [fact for fact in chain if fact.kind == "case.exit_requested"]
    if not asked:
        return None
    last = asked[-1]
    # of a review and the request that follows from it, the first carries the reason of both
    told = [fact for fact in chain if fact.at == last.at and fact.sealed.get("values")]
    reasons = [said.get("reason") or "" for said in sealed_values(told)]
    name = (
        people.names_of([int(last.actor_id)]).get(int(last.actor_id), "") if last.actor_id.isdecimal() else ""
    )
    return ExitAsked(str(Exit(case.exit_requested).label), name, last.at, next(iter(reasons), ""))


def works_for(user: User, case: Case, department: str) -> bool:
    """Whether this person does a department's work on a case: they belong to it or lead it, or hold one of its promises."""
    if people.works_in(user, department):
        return True
    holders: dict[str, frozenset[int]] | None = getattr(case, _HOLDERS, None)
    if holders is None:
        holders = know_holders(case, promises.promises_of(case.subject).filter(is_open=True))
    return bool(holders.get(department, frozenset()) & people.acting_for(user))


def know_holders(case: Case, rows: Iterable[Promise]) -> dict[str, frozenset[int]]:
    """Keep who holds promises about a case with it: `works_for` is asked for every act of a page."""
    holders = promises.holders_of(rows)
    setattr(case, _HOLDERS, holders)
    return holders


def tasks(case: Case) -> Sequence[CaseTask]:
    """The parts of the work that collaborating departments were given."""
    return list(case.tasks.select_related("message").order_by("pk"))


def attachment_for(user: User, pk: int) -> Attachment:
    """A file of a case that this person may see. Raises NotFound."""
    found = Attachment.objects.select_related("message__case").filter(pk=pk, erased_at=None).first()
    if found is None or not visible_to(user).filter(pk=found.message.case_id).exists():
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    return found


def departments_of(ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Which departments may see each of these cases."""
    found: dict[int, set[str]] = {}
    rows = CaseScope.objects.filter(case__in=set(ids)).values_list("case_id", "department")
    for case_id, department in rows:
        found.setdefault(case_id, set()).add(department)
    return {case_id: frozenset(codes) for case_id, codes in found.items()}


def open_cases_owed_by(user: User) -> Sequence[Case]:
    """Open cases about which this very person owes something as their customers' account manager."""
    owed = Promise.objects.filter(subject_kind="case", owner=f"{PERSON}{user.pk}", is_open=True)
    return list(Case.objects.filter(pk__in=owed.values("subject_id"), is_open=True).order_by("pk"))


def message_by_id(pk: int) -> Message | None:
    """A message with its case, for the outbox, which sends what was already allowed."""
    return Message.objects.select_related("case").filter(pk=pk).first()


def cases_by_id(ids: Iterable[int]) -> Mapping[int, Case]:
    """Cases by id, for rooms that have decided that the reader may see them (promises that are theirs)."""
    return {case.pk: case for case in Case.objects.filter(pk__in=set(ids)).select_related("customer")}


def saved_views(user: User) -> Sequence[SavedView]:
    """The person's own views and everybody's."""
    return list(SavedView.objects.filter(Q(user=user.pk) | Q(user=None)).order_by("position", "pk"))


def saved_view_for(user: User, pk: int) -> SavedView:
    """A view of this person's own. Raises NotFound."""
    found = SavedView.objects.filter(user=user.pk, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个视图。"))
    return found


MOST_NEWEST = 200
"""Of whom more has come in lately, satisfaction counts these."""


def cases_of_customer(user: User, customer: Customer | int, most: int) -> Sequence[Case]:
    """The newest cases of a customer, and of everybody merged into it, that this person may see."""
    family = customers.family_of(customer)
    rows = visible_to(user).select_related("next_promise").filter(customer__in=family)
    return list(rows.order_by("-pk")[:most])


def newest_cases(user: User, family: Collection[int]) -> Sequence[Case]:
    """The newest cases of some customers that this person may see, `MOST_NEWEST` at most; read once for a page."""

    def read(keys: Collection[tuple[int, ...]]) -> dict[tuple[int, ...], list[Case]]:
        return {key: list(_received(user, key[1:])[:MOST_NEWEST]) for key in keys}

    key = (user.pk, *sorted(family))
    return recalled("cases newest", [key], read)[key]


def cases_received(user: User, customers: Collection[int], before: datetime, most: int) -> Sequence[Case]:
    """The cases of some customers received before an instant that this person may see, the newest first."""
    newest = newest_cases(user, customers)
    found = [case for case in newest if case.received_at < before][:most]
    if len(found) == most or len(newest) < MOST_NEWEST:
        return found
    return list(_received(user, customers).filter(received_at__lt=before)[:most])


def open_major_complaints(user: User, family: Collection[int], most: int = 100) -> Sequence[Case]:
    """The open major complaints of some customers that this person may see, the newest first; of whom no more has come
    in than `newest_cases` reads, without asking again."""
    newest = newest_cases(user, family)
    if len(newest) < MOST_NEWEST:
        return [case for case in newest if case.is_open and _is_major_complaint(case)][:most]
    rows = _received(user, family).filter(is_open=True, type=CaseType.COMPLAINT, level=Level.MAJOR)
    return list(rows[:most])


def _is_major_complaint(case: Case) -> bool:
    return case.type == CaseType.COMPLAINT and case.level == Level.MAJOR


def _received(user: User, customers: Collection[int]) -> QuerySet[Case]:
    return visible_to(user).filter(customer__in=list(customers)).order_by("-received_at", "-pk")


def other_cases(user: User, case: Case, most: int = 5) -> Sequence[Case]:
    """The newest other cases of the same customer that this person may see."""
    if case.customer_id is None:
        return []
    found = cases_of_customer(user, case.customer_id, most + 1)
    return [other for other in found if other.pk != case.pk][:most]
