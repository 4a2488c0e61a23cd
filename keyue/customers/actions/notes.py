"""Notes of contacts with a customer, and the next steps agreed in them (S1-8.3, S1-4.1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, locked, member, note, refuse_erased, signature
from keyue.customers.actions.attaching import add_files
from keyue.customers.actions.measuring import measure
from keyue.customers.enums import ContactWay, FollowUpEnd
from keyue.customers.events import (
    CustomerContacted,
    CustomerContactOpinionRecorded,
    CustomerContactRecorded,
    CustomerFollowUpAgreed,
    CustomerFollowUpDone,
)
from keyue.customers.models import Contact, ContactNote, Customer, FollowUp, LastContact, NotePresence
from keyue.customers.notes_rules import missing_of_important
from keyue.customers.notes_words import MISSING, note_context
from keyue.customers.rules import tidy_text
from keyue.customers.sealed import key_of
from keyue.customers.selectors import family_of
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.kernel.ids import new_id
from keyue.ledger.facts import Actor, Subject
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.ui.uploads import Upload

# by lines, commas and semicolons, of either script
PARTED = re.compile(r"[\n,;\uff0c\u3001\uff1b]")
TEXTS = ("attendees", "topics", "feedback", "next_steps")
MOST_FOLLOW_UPS = 10
MOST_PRESENT = 50


@dataclass(frozen=True, slots=True)
class NextStep:
    """A next step agreed in a contact: what, until when, and by whom (None: whoever was in touch)."""

    what: str
    due: datetime
    owner: User | None = None


@transaction.atomic
def record_contact(
    *,
    customer: Customer,
    way: str,
    contacted_at: datetime,
    by: Actor,
    at: datetime,
    staff: User | None,
    is_important: bool = False,
    present: Collection[int] = (),
    attendees: str = "",
    topics: str = "",
    feedback: str = "",
    next_steps: str = "",
    no_opinion: bool = False,
    follow_ups: Sequence[NextStep] = (),
    uploads: Sequence[Upload] = (),
    said_in: Subject | None = None,
    via: str = WEB,
) -> ContactNote:
    """Enter the note of a contact; its texts and files are sealed under the customer's key.

    `staff` is who was in touch; `present` are ids of contacts of this customer, `attendees` names others who were there.
    An important one must say who was there, topics, feedback and next steps. Raises Invalid with a sentence for every
    field that lacks, Refused (erased or merged).
    """
    customer = locked(customer)
    if customer.merged_into_id:
        raise Refused(_("该客户已并入另一客户，请在那里记录。"), code="merged")
    texts = _texts(attendees, topics, feedback, next_steps)
    there = _present(customer, present)
    _refuse_incomplete(texts, bool(there), is_important, no_opinion)
    _refuse_times(customer, contacted_at, at, follow_ups)
    key = key_of(customer.pk)
    row = ContactNote.objects.create(
        customer=customer,
        ref=str(new_id()),
        contacted_at=contacted_at,
        entered_at=at,
        entered_by=signature(by),
        way=member(ContactWay, way, "way"),
        staff=staff,
        is_important=is_important,
        said_in=f"{said_in.kind}:{said_in.ref}" if said_in else "",
        no_opinion=no_opinion and not texts["feedback"],
        **{name: key.seal(text, note_context(name)) if text else "" for name, text in texts.items()},
    )
    NotePresence.objects.bulk_create([NotePresence(note=row, contact=one) for one in there])
    _keep_last(customer, contacted_at)
    _record(customer, row, len(there) + len(_lines(texts["attendees"])), texts, by=by, at=at, via=via)
    for step in follow_ups:
        _agree(row, step, by=by, at=at, via=via)
    if uploads:
        add_files(customer=customer, uploads=uploads, of_note=row, by=by, at=at, via=via)
    return row


def _texts(attendees: str, topics: str, feedback: str, next_steps: str) -> dict[str, str]:
    given = dict(zip(TEXTS, (attendees, topics, feedback, next_steps), strict=True))
    found: dict[str, str] = checked({name: (tidy_text, text) for name, text in given.items()})
    return found


def _lines(attendees: str) -> list[str]:
    """The people whom a text names."""
    return [name.strip() for name in PARTED.split(attendees) if name.strip()]


def _present(customer: Customer, ids: Collection[int]) -> list[Contact]:
    wanted = sorted(set(ids))
    found = list(Contact.objects.filter(customer=customer, pk__in=wanted).order_by("pk")[:MOST_PRESENT])
    if len(found) != len(wanted):
        sentence = _("在场的人应是这位客户的联系人。")
        raise Invalid(sentence, fields={"present": sentence})
    return found


def _refuse_incomplete(
    texts: Mapping[str, str], anybody_present: bool, is_important: bool, no_opinion: bool
) -> None:
    if not is_important and not any(texts.values()):
        raise Invalid(_("请写下谈了什么。"), fields={"topics": _("请写下谈了什么")})
    filled = {name: bool(text) for name, text in texts.items()}
    filled["attendees"] = filled["attendees"] or anybody_present
    filled["feedback"] = filled["feedback"] or no_opinion
    missing = missing_of_important(filled) if is_important else []
    if missing:
        fields = {name: str(MISSING[name]) for name in missing}
        raise Invalid(_("；").join(fields.values()), fields=fields)


def _refuse_times(
    customer: Customer, contacted_at: datetime, at: datetime, follow_ups: Sequence[NextStep]
) -> None:
    if contacted_at > at:
        sentence = _("沟通时间不能晚于现在。")
        raise Invalid(sentence, fields={"contacted_at": sentence})
    if len(follow_ups) > MOST_FOLLOW_UPS:
        raise Invalid(_("一次最多约定 %(most)s 项后续行动。") % {"most": MOST_FOLLOW_UPS})
    if any(step.due <= contacted_at for step in follow_ups):
        sentence = _("后续行动的期限应在沟通之后。")
        raise Invalid(sentence, fields={"due": sentence})


def _keep_last(customer: Customer, contacted_at: datetime) -> None:
    last, made = LastContact.objects.get_or_create(customer=customer, defaults={"contacted_at": contacted_at})
    if not made and last.contacted_at < contacted_at:
        LastContact.objects.filter(pk=last.pk).update(contacted_at=contacted_at)


def _record(
    customer: Customer,
    row: ContactNote,
    people: int,
    texts: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    via: str,
) -> None:
    staff = f"{PERSON}{row.staff_id}" if row.staff_id else None
    contacted = CustomerContacted(contact=row.ref, way=row.way, staff=staff, is_important=row.is_important)
    note(customer, contacted, by=by, at=at, via=via, happened=row.contacted_at)
    recorded = CustomerContactRecorded(
        contact=row.ref,
        way=row.way,
        staff=staff,
        is_important=row.is_important,
        contacted_at=row.contacted_at,
        attendees=people or None,
        topics=bool(texts["topics"]) or None,
        feedback=bool(texts["feedback"]) or None,
        next_steps=bool(texts["next_steps"]) or None,
        opinion="said" if texts["feedback"] else "none" if row.no_opinion else None,
    )
    note(customer, recorded, by=by, at=at, via=via)


@transaction.atomic
def record_opinion(
    *, row: ContactNote, feedback: str = "", no_opinion: bool = False, by: Actor, at: datetime, via: str = WEB
) -> ContactNote:
    """Add what the customer thinks, or that they have no opinion, to a note that left it open (S3 3.2.3). Raises Invalid."""
    refuse_erased(row.customer)
    found = ContactNote.objects.select_for_update(of=("self",)).select_related("customer").get(pk=row.pk)
    if found.feedback or found.no_opinion:
        return found
    text = checked({"feedback": (tidy_text, feedback)})["feedback"]
    if not text and not no_opinion:
        sentence = _("写下客户的意见；没有意见的，请勾选「客户没有意见」。")
        raise Invalid(sentence, fields={"feedback": sentence})
    found.feedback = key_of(found.customer_id).seal(text, note_context("feedback")) if text else ""
    found.no_opinion = not text
    found.save(update_fields=["feedback", "no_opinion"])
    event = CustomerContactOpinionRecorded(contact=found.ref, opinion="said" if text else "none")
    note(found.customer, event, by=by, at=at, via=via)
    return found


@transaction.atomic
def agree_follow_up(*, row: ContactNote, step: NextStep, by: Actor, at: datetime, via: str = WEB) -> FollowUp:
    """Agree a further next step after a note was entered. Raises Invalid, Refused."""
    refuse_erased(row.customer)
    _refuse_times(row.customer, row.contacted_at, at, [step])
    return _agree(row, step, by=by, at=at, via=via)


def _agree(row: ContactNote, step: NextStep, *, by: Actor, at: datetime, via: str) -> FollowUp:
    return owe(row.customer, step, of_note=row, by=by, at=at, via=via)


def owe(
    customer: Customer,
    step: NextStep,
    *,
    of_note: ContactNote | None = None,
    said_in: str = "",
    by: Actor,
    at: datetime,
    via: str,
) -> FollowUp:
    """Write a next step down, sealed under the customer's key. Raises Invalid."""
    what = checked({"what": (tidy_text, step.what)})["what"]
    owner = step.owner or (of_note.staff if of_note else None)
    if not what:
        raise Invalid(_("请写明下一步要做什么。"), fields={"what": _("请写明下一步要做什么")})
    if owner is None or not owner.is_active:
        raise Invalid(_("请指定一位在职的责任人。"), fields={"owner": _("请指定一位在职的责任人")})
    follow_up = FollowUp.objects.create(
        note=of_note,
        said_in=said_in,
        customer=customer,
        ref=str(new_id()),
        what=key_of(customer.pk).seal(what, note_context("what")),
        due=step.due,
        owner=owner,
        agreed_at=at,
    )
    event = CustomerFollowUpAgreed(
        follow_up=follow_up.ref,
        contact=of_note.ref if of_note else None,
        due=step.due,
        staff=f"{PERSON}{owner.pk}",
        said_in=said_in or None,
    )
    note(customer, event, by=by, at=at, via=via, sealed={"what": what})
    return follow_up


@transaction.atomic
def finish_follow_up(
    *, follow_up: FollowUp, outcome: str, by: Actor, at: datetime, via: str = WEB
) -> FollowUp:
    """Say that a next step was done, or is needless now: one of `enums.FollowUpEnd`. Doing it twice does it once.

    Raises Invalid.
    """
    end = member(FollowUpEnd, outcome, "outcome")
    row = FollowUp.objects.select_for_update(of=("self",)).select_related("customer").get(pk=follow_up.pk)
    if row.done_at is not None:
        return row
    row.outcome, row.done_at, row.done_by = end, at, signature(by)
    row.save(update_fields=["outcome", "done_at", "done_by"])
    event = CustomerFollowUpDone(follow_up=row.ref, outcome=end.value)
    note(row.customer, event, by=by, at=at, via=via)
    return row


def follow_merges(customer_id: int, event: Event, by: Actor, at: datetime) -> None:
    """With a merge or its undoing, the last contact and the score are those of the file as it reads now."""
    if event.kind not in {"customer.merged", "customer.unmerged"}:
        return
    rows = ContactNote.objects.filter(customer__in=family_of(customer_id))
    last = rows.aggregate(last=Max("contacted_at"))["last"]
    LastContact.objects.filter(customer=customer_id).delete()
    if last is not None:
        LastContact.objects.create(customer_id=customer_id, contacted_at=last)
    measure(customer_id)


def forget_notes(customer_id: int, by: Actor, at: datetime) -> None:
    """Empty what notes said about a customer who is erased. The ledger tells of the erasure."""
    ContactNote.objects.filter(customer=customer_id).update(**dict.fromkeys(TEXTS, ""))
    FollowUp.objects.filter(customer=customer_id).update(what="")
    Customer.objects.filter(pk=customer_id).update(extra_sealed="")
