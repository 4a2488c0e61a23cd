"""Reading notes of contacts, next steps, and the plan of contacts by grade. What takes a viewer returns what they may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case as SqlCase
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models import When as SqlWhen
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.customers import selectors
from keyue.customers.cards import ContactCard
from keyue.customers.enums import ContactWay, Stage
from keyue.customers.guarding import FileLine, file_lines
from keyue.customers.models import ContactNote, Customer, CustomerFile, FollowUp, LastContact, NotePresence
from keyue.customers.notes_rules import Coverage, Delay, entry_delay, next_contact
from keyue.customers.notes_words import note_context
from keyue.customers.treatments import contact_days
from keyue.kernel.errors import Invalid, NotFound
from keyue.kernel.once import recalled
from keyue.ledger.sealing import unseal_many
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import selectors as promised

PAGE = 25
MOST_PAGE = 100
TEXTS = ("attendees", "topics", "feedback", "next_steps")


# --- notes ---


@dataclass(frozen=True, slots=True)
class Step:
    """A next step as a page shows it; `what` is empty where the customer has been erased."""

    id: int
    what: str
    due: datetime
    owner_id: int
    owner: str
    done_at: datetime | None
    outcome: str
    customer_id: int

    def is_late(self, now: datetime) -> bool:
        """Whether it is still owed after its due."""
        return self.done_at is None and self.due < now


@dataclass(frozen=True, slots=True)
class NoteCard:
    """A note as a page shows it, its texts in the clear for whoever may see the customer."""

    id: int
    ref: str
    customer_id: int
    way: ContactWay
    contacted_at: datetime
    entered_at: datetime
    delay: Delay
    staff: str
    is_important: bool
    present: Sequence[ContactCard]
    attendees: str
    topics: str
    feedback: str
    next_steps: str
    steps: Sequence[Step]
    files: Sequence[FileLine] = ()
    no_opinion: bool = False


@dataclass(frozen=True, slots=True)
class NotePage:
    """A page of notes, the newest first; `next` is the cursor of the one after it, empty on the last."""

    cards: list[NoteCard]
    next: str = ""


def notes_of(customer: Customer, *, cursor: str = "", size: int = PAGE) -> NotePage:
    """A page of the notes about one customer and those merged into them, the newest contact first; seven queries.

    The viewer may see the customer.
    """
    size = max(1, min(size, MOST_PAGE))
    rows = _notes_about(selectors.family_of(customer))
    if cursor:
        when, pk = _place(cursor)
        rows = rows.filter(Q(contacted_at__lt=when) | Q(contacted_at=when, pk__lt=pk))
    found = list(rows.select_related("staff").order_by("-contacted_at", "-pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    following = f"{last.contacted_at.isoformat()}~{last.pk}" if last else ""
    return NotePage(note_cards(found[:size]), following)


def _notes_about(family: Collection[int]) -> QuerySet[ContactNote]:
    """Their notes; `has_files` says which of them brought files, so that none are asked for where there are none."""
    kept = CustomerFile.objects.filter(note=OuterRef("pk"), removed_at=None)
    return ContactNote.objects.filter(customer__in=family).annotate(has_files=Exists(kept))


def _files(rows: Sequence[ContactNote]) -> dict[int, list[FileLine]]:
    wanted = [row.pk for row in rows if getattr(row, "has_files", True)]
    found: dict[int, list[FileLine]] = {}
    for line in file_lines(CustomerFile.objects.filter(note__in=wanted)) if wanted else ():
        found.setdefault(line.row.note_id or 0, []).append(line)
    return found


def _place(cursor: str) -> tuple[datetime, int]:
    when, _tilde, pk = cursor.partition("~")
    try:
        return datetime.fromisoformat(when), int(pk)
    except ValueError:
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


def note_cards(rows: Sequence[ContactNote]) -> list[NoteCard]:
    """Notes in the clear, in their order: for rooms that have decided that the reader may see the customer."""
    return _cards(rows, _follow_ups(Q(note__in=[row.pk for row in rows])))[0] if rows else []


@dataclass(frozen=True, slots=True)
class Overview:
    """What a customer's page shows of contacts: the latest notes, whether there are more, and what is still owed."""

    cards: list[NoteCard]
    has_more: bool
    steps: list[Step]


def overview_of(customer: Customer, *, size: int) -> Overview:
    """The latest notes and the open next steps together: five queries, one of them for all keys."""
    family = selectors.family_of(customer)
    rows = _notes_about(family).select_related("staff")
    found = list(rows.order_by("-contacted_at", "-pk")[: size + 1])
    shown = Q(note__in=[row.pk for row in found[:size]])
    cards, steps = _cards(found[:size], _follow_ups(shown | Q(customer__in=family, done_at=None)))
    return Overview(cards, len(found) > size, [step for step in steps if step.done_at is None])


MOST_STEPS = 100


def _follow_ups(which: Q) -> list[FollowUp]:
    return list(FollowUp.objects.filter(which).select_related("owner").order_by("due", "pk")[:MOST_STEPS])


def _cards(rows: Sequence[ContactNote], agreed: Sequence[FollowUp]) -> tuple[list[NoteCard], list[Step]]:
    """Notes and next steps in the clear, with one query for the keys of both."""
    sealed = [
        (Customer(pk=row.customer_id).subject, getattr(row, name), note_context(name))
        for row in rows
        for name in TEXTS
    ]
    sealed += [(Customer(pk=one.customer_id).subject, one.what, note_context("what")) for one in agreed]
    texts = iter(unseal_many(sealed))
    said = [{name: next(texts) or "" for name in TEXTS} for _row in rows]
    steps = [_step(one, text) for one, text in zip(agreed, texts, strict=True)]
    of_note: dict[int, list[Step]] = {}
    for one, step in zip(agreed, steps, strict=True):
        if one.note_id is not None:
            of_note.setdefault(one.note_id, []).append(step)
    there, files = _present(rows), _files(rows)
    calendar = promised.company_calendar() if rows else None
    cards = [
        NoteCard(
            id=row.pk,
            ref=row.ref,
            customer_id=row.customer_id,
            way=ContactWay(row.way),
            contacted_at=row.contacted_at,
            entered_at=row.entered_at,
            delay=entry_delay(row.contacted_at, row.entered_at, calendar),
            staff=row.staff.name if row.staff else "",
            is_important=row.is_important,
            present=there.get(row.pk, ()),
            no_opinion=row.no_opinion,
            steps=of_note.get(row.pk, ()),
            files=files.get(row.pk, ()),
            **texts_of,
        )
        for row, texts_of in zip(rows, said, strict=True)
        if calendar is not None
    ]
    return cards, steps


def _present(rows: Sequence[ContactNote]) -> dict[int, list[ContactCard]]:
    if not rows:
        return {}
    pairs = NotePresence.objects.filter(note__in=[row.pk for row in rows])
    found = list(pairs.order_by("contact_id").values_list("note_id", "contact_id"))
    cards = selectors.contact_cards({contact for _note, contact in found}) if found else {}
    there: dict[int, list[ContactCard]] = {}
    for note, contact in found:
        if contact in cards:
            there.setdefault(note, []).append(cards[contact])
    return there


def steps_of(rows: Sequence[FollowUp]) -> list[Step]:
    """Next steps in the clear, in their order; one query for the keys. Their owners are read with them."""
    sealed = [(Customer(pk=row.customer_id).subject, row.what, note_context("what")) for row in rows]
    return [_step(row, text) for row, text in zip(rows, unseal_many(sealed), strict=True)]


def _step(row: FollowUp, text: str | None) -> Step:
    owner = row.owner
    return Step(row.pk, text or "", row.due, owner.pk, owner.name, row.done_at, row.outcome, row.customer_id)


def note_for(viewer: User, ref: str) -> ContactNote:
    """A note about a customer that the viewer may see. Raises NotFound."""
    row = ContactNote.objects.filter(ref=ref).select_related("customer", "staff").first()
    if row is None or not selectors.visible_to(viewer).filter(pk=row.customer_id).exists():
        raise NotFound(_("没有这条沟通记录，或您看不到该客户。"))
    return row


def follow_up_for(viewer: User, pk: int) -> FollowUp:
    """A next step that is the viewer's own, or about a customer that they may see. Raises NotFound."""
    row = FollowUp.objects.filter(pk=pk).select_related("customer", "owner").first()
    if row is None or (
        row.owner_id != viewer.pk and not selectors.visible_to(viewer).filter(pk=row.customer_id).exists()
    ):
        raise NotFound(_("没有这项后续行动，或您看不到该客户。"))
    return row


def open_steps_of(customer: Customer, *, most: int = 10) -> list[Step]:
    """What is still owed to a customer from contacts, the soonest first."""
    rows = FollowUp.objects.filter(customer__in=selectors.family_of(customer), done_at=None).select_related(
        "owner"
    )
    return steps_of(list(rows.order_by("due", "pk")[:most]))


def steps_owed_by(user: User, *, cursor: str = "", size: int = PAGE) -> tuple[list[Step], str]:
    """A page of the next steps that this person owes, the soonest first, and the cursor of the page after it."""
    size = max(1, min(size, MOST_PAGE))
    rows = FollowUp.objects.filter(owner=user, done_at=None).select_related("owner").order_by("due", "pk")
    if cursor:
        when, pk = _place(cursor)
        rows = rows.filter(Q(due__gt=when) | Q(due=when, pk__gt=pk))
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return steps_of(found[:size]), f"{last.due.isoformat()}~{last.pk}" if last else ""


def last_contacts(customer_ids: Iterable[int]) -> dict[int, datetime]:
    """When each of these customers was last contacted, without those who never were: one query."""
    rows = LastContact.objects.filter(customer__in=set(customer_ids))
    return dict(rows.values_list("customer_id", "contacted_at"))


# --- the plan ---


@dataclass(frozen=True, slots=True)
class Planned:
    """When one customer is to be contacted next. `due` is None where their grade has no interval."""

    customer_id: int
    grade: str
    manager: str
    last: datetime | None
    days: int | None
    due: datetime | None


def plan_of(customer: Customer) -> Planned:
    """The plan for one customer; three queries at most."""
    # whose grade has no interval needs no standard to say so
    days = contact_days().get(customer.grade) if customer.grade else None
    last = recalled("customers last_contact", [customer.pk], last_contacts).get(customer.pk)
    if customer.stage == Stage.PAST:
        days = None
    due = next_contact(last, customer.created_at, days)
    manager = customer.account_manager.name if customer.account_manager else ""
    return Planned(customer.pk, customer.grade or "", manager, last, days, due)


def _planned(rows: QuerySet[Customer], days: Mapping[str, int]) -> QuerySet[Any, Any]:
    """Those who have an interval: graded, in touch, and nobody's alias; `contact_due` is when they are due."""
    per_grade = [
        SqlWhen(grade=grade, then=Value(timedelta(days=n), output_field=DurationField()))
        for grade, n in days.items()
    ]
    kept = rows.filter(grade__in=list(days), merged_into=None, erased_at=None, withdrawn_at=None)
    since = Coalesce(F("last_contact__contacted_at"), F("created_at"))
    return kept.exclude(stage=Stage.PAST).annotate(
        contact_due=ExpressionWrapper(
            since + SqlCase(*per_grade, output_field=DurationField()), output_field=DateTimeField()
        )
    )


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A page of the plan, the longest overdue first; `next` is the cursor of the page after it."""

    rows: list[Planned]
    next: str = ""


def contact_plan(
    viewer: User, *, now: datetime, mine: bool, overdue: bool = False, cursor: str = "", size: int = PAGE
) -> PlanPage:
    """Whom to contact next, of the customers that the viewer may see; with `mine`, those they look after.

    `overdue`: only those whose interval is over. Three queries.
    """
    size = max(1, min(size, MOST_PAGE))
    days = contact_days()
    if not days:
        return PlanPage([])
    rows = _planned(_scope(viewer, mine=mine), days)
    if overdue:
        rows = rows.filter(contact_due__lt=now)
    if cursor:
        when, pk = _place(cursor)
        rows = rows.filter(Q(contact_due__gt=when) | Q(contact_due=when, pk__gt=pk))
    found = list(
        rows.select_related("account_manager", "last_contact").order_by("contact_due", "pk")[: size + 1]
    )
    last = found[size - 1] if len(found) > size else None
    following = f"{_due(last).isoformat()}~{last.pk}" if last else ""
    return PlanPage([_one(row, days) for row in found[:size]], following)


def _due(row: Any) -> datetime:
    due: datetime = row.contact_due
    return due


def _one(row: Any, days: Mapping[str, int]) -> Planned:
    last = getattr(row, "last_contact", None)
    manager = row.account_manager.name if row.account_manager else ""
    grade = row.grade or ""
    return Planned(row.pk, grade, manager, last.contacted_at if last else None, days.get(grade), _due(row))


def _scope(viewer: User, *, mine: bool) -> QuerySet[Customer]:
    rows = selectors.visible_to(viewer)
    return rows.filter(account_manager__in=sorted(people.acting_for(viewer))) if mine else rows


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """Coverage of one person's customers, or of one department's."""

    name: str
    coverage: Coverage


def coverage(viewer: User, *, now: datetime, mine: bool) -> Coverage:
    """How many of the customers that have an interval were contacted within it; one query."""
    days = contact_days()
    if not days:
        return Coverage(0, 0, 0, 0)
    found = _planned(_scope(viewer, mine=mine), days).aggregate(**_counts(now))
    return _coverage(found)


def coverage_by(viewer: User, *, now: datetime, by: str) -> list[CoverageRow]:
    """Coverage by `account_manager` or by `department`, of the customers that the viewer may see, the worst first."""
    days = contact_days()
    if not days:
        return []
    rows = _planned(selectors.visible_to(viewer), days).order_by().values(by).annotate(**_counts(now))
    found = {row[by]: _coverage(row) for row in rows}
    names = _names(found.keys(), by)
    listed = [CoverageRow(names.get(key) or _("未指定"), one) for key, one in found.items()]
    return sorted(listed, key=lambda row: (row.coverage.rate or 0, -row.coverage.total, row.name))


def _counts(now: datetime) -> dict[str, Count]:
    within = Q(last_contact__isnull=False, contact_due__gte=now)
    return {
        "total": Count("pk"),
        "covered": Count("pk", filter=within),
        "overdue": Count("pk", filter=Q(contact_due__lt=now)),
        "never": Count("pk", filter=Q(last_contact=None)),
    }


def _coverage(row: Mapping[str, int]) -> Coverage:
    return Coverage(row["covered"], row["total"], row["overdue"], row["never"])


def _names(keys: Collection[object], by: str) -> dict[object, str]:
    if by == "account_manager":
        ids = [key for key in keys if isinstance(key, int)]
        return {pk: name for pk, name in people.names_of(ids).items()}
    return dict(people.owner_names([str(key) for key in keys if key]).items())
