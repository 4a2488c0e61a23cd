"""Many opinions at once, with what happened to them afterwards: the history of another system, from a sheet.

Every row gives the facts that single acts would have given, each with its own instant and the sheet as its evidence;
the promises are derived once a case, and nobody is told of what is late already.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from keyue.cases.actions.core import Proof, shown_by, staff_id
from keyue.cases.actions.intake import Intake, Registered, _account_manager, _checked
from keyue.cases.enums import MESSAGE_VISIBLE_TO_CUSTOMER, FollowUpOutcome, MessageKind
from keyue.cases.events import (
    CaseClassified,
    CaseFirstResponse,
    CaseFollowUpCall,
    CaseReceived,
    CaseResultToCustomer,
    CaseResultToService,
    CaseSolved,
)
from keyue.cases.models import Case, CaseText, Message
from keyue.cases.search import PARTS_A_CASE
from keyue.customers import actions as customers
from keyue.customers.actions import NewCustomer
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.kernel.events import Event
from keyue.kernel.grams import parts
from keyue.kernel.ids import new_id
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.promises import actions as promises


@dataclass(frozen=True, slots=True)
class Telling:
    """How the customer was told; empty where the sheet does not say."""

    via: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A further fact about a case: `what` is classified, solved, reported, told or followed_up."""

    what: str
    at: datetime
    category: str = ""
    text: str = ""
    outcome: str = ""
    telling: Telling | None = None


@dataclass(frozen=True, slots=True)
class History:
    """An opinion that arrived at `at`, what happened since, and where that is written down.

    `evidence` says where: `{"file": the file's SHA-256, "row": the row's number}`.
    """

    intake: Intake
    at: datetime
    source_key: str
    later: Sequence[Happened] = ()
    evidence: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def register_many(
    rows: Sequence[History], *, by: Actor, at: datetime, source: str, announce: bool = False
) -> list[Registered]:
    """`register` for many, in their order, each with its further facts; a `source_key` that is there stays as it is.

    All of them or, where one is wrong, none: raises Invalid. Nobody gets a code: these senders never saw a form of ours.
    """
    known = {
        case.source_key: case for case in Case.objects.filter(source_key__in=[row.source_key for row in rows])
    }
    fresh = [row for row in rows if row.source_key not in known]
    if fresh:
        made = _insert(fresh, by=by, at=at, source=source, announce=announce)
        new = {case.source_key: case for case in made}
    else:
        new = {}
    return [
        Registered(new[row.source_key], "")
        if row.source_key in new
        else Registered(known[row.source_key], "", is_new=False)
        for row in rows
    ]


def _insert(rows: Sequence[History], *, by: Actor, at: datetime, source: str, announce: bool) -> list[Case]:
    titled = [_checked(row.intake) for row in rows]
    senders = _senders(rows, by=by, at=at)
    now = clock.now()
    cases = [
        Case(
            received_type=row.intake.type,
            type=row.intake.type,
            phase=row.intake.phase,
            channel=row.intake.channel,
            region=row.intake.region,
            title=title,
            content=content,
            customer=customer,
            contact=contact,
            is_anonymous=row.intake.is_anonymous,
            source_key=row.source_key,
            received_at=row.at,
            registered_at=now,
            registered_by_id=staff_id(by),
        )
        for row, (title, content), (customer, contact) in zip(rows, titled, senders, strict=True)
    ]
    Case.objects.bulk_create(cases)
    stories = [
        _Story(case, row, by=by, now=now).tell(customer)
        for case, row, (customer, _contact) in zip(cases, rows, senders, strict=True)
    ]
    Message.objects.bulk_create([message for story in stories for message in story.messages])
    _index(stories)
    entries = [Entry(story.case.subject, story.drafts) for story in stories]
    promises.record_many(entries, by=by, at=at, source=source, announce=announce)
    return cases


def _senders(
    rows: Sequence[History], *, by: Actor, at: datetime
) -> list[tuple[Customer | None, Contact | None]]:
    """The customer and contact of each row; nobody for the anonymous ones."""
    named = [row for row in rows if not row.intake.is_anonymous and row.intake.customer is None]
    people = [
        NewCustomer(
            kind="person",
            name=row.intake.name,
            phone=row.intake.phone,
            email=row.intake.email,
            region=row.intake.region,
            at=row.at,
        )
        for row in named
    ]
    found = iter(customers.match_or_create_many(customers=people, by=by, at=at, via="import"))
    return [
        (None, None)
        if row.intake.is_anonymous
        else (row.intake.customer, row.intake.contact)
        if row.intake.customer is not None
        else next(found)
        for row in rows
    ]


class _Story:
    """One case while it is built: its messages and the facts in their order."""

    def __init__(self, case: Case, row: History, *, by: Actor, now: datetime) -> None:
        self.case, self.row, self.by, self.now = case, row, by, now
        self.messages: list[Message] = []
        self.drafts: list[Draft] = []

    def tell(self, customer: Customer | None) -> _Story:
        """From the receipt on."""
        row = self.row
        message = self._message(MessageKind.INBOUND, self.case.content, row.at, via=row.intake.channel)
        received = CaseReceived(
            type=row.intake.type,
            channel=row.intake.channel,
            phase=row.intake.phase or None,
            customer=str(customer.pk) if customer else None,
            contact=str(self.case.contact_id) if self.case.contact_id else None,
            message=str(message.uid),
            anonymous=row.intake.is_anonymous or None,
            account_manager=_account_manager(customer),
            customer_grade=(customer.grade or None) if customer else None,
        )
        self._draft(received, row.at, shown_by(message, "sheet", **row.evidence))
        for happened in row.later:
            getattr(self, f"_{happened.what}")(happened)
        return self

    def _classified(self, said: Happened) -> None:
        event = CaseClassified(type=self.row.intake.type, category=said.category or None)
        self._draft(event, said.at, Proof("sheet", self.row.evidence))

    def _solved(self, said: Happened) -> None:
        message = self._message(MessageKind.RESULT, said.text, said.at)
        self._draft(CaseSolved(message=str(message.uid)), said.at, self._proof(message))

    def _reported(self, said: Happened) -> None:
        message = self._message(MessageKind.RESULT, said.text, said.at)
        self._draft(CaseResultToService(message=str(message.uid)), said.at, self._proof(message))

    def _told(self, said: Happened) -> None:
        via = said.telling.via if said.telling else ""
        message = self._message(MessageKind.OUTBOUND, said.text, said.at, via=via)
        proofs = [self._proof(message), *([shown_by(message, via)] if via else [])]
        uid = str(message.uid)
        # any word from a person is the first response, if there was none before (22)
        self._draft(CaseFirstResponse(message=uid, via=via or None), said.at, *proofs)
        self._draft(CaseResultToCustomer(message=uid, via=via or None), said.at, *proofs)

    def _followed_up(self, said: Happened) -> None:
        body = str(FollowUpOutcome(said.outcome).label)
        message = self._message(MessageKind.NOTE, body, said.at, detail={"outcome": said.outcome})
        event = CaseFollowUpCall(outcome=said.outcome, message=str(message.uid))
        self._draft(event, said.at, self._proof(message))

    def _proof(self, message: Message) -> Proof:
        return shown_by(message, "sheet", **self.row.evidence)

    def _draft(self, event: Event, at: datetime, *proofs: Proof) -> None:
        evidence = [proof.as_evidence() for proof in proofs]
        self.drafts.append(Draft(kind=event.kind, data=event.data(), at=at, evidence=evidence))

    def _message(
        self,
        kind: MessageKind,
        body: str,
        at: datetime,
        *,
        via: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> Message:
        message = Message(
            uid=new_id(),
            case=self.case,
            kind=kind,
            via=via,
            body=body,
            detail=dict(detail or {}),
            salt=secrets.token_hex(16),
            at=at,
            recorded_at=self.now,
            author_id=staff_id(self.by),
            is_public=MESSAGE_VISIBLE_TO_CUSTOMER[kind],
        )
        self.messages.append(message)
        return message


def _index(stories: Sequence[_Story]) -> None:
    """The search rows of cases that have none yet, numbered from each case's first."""
    rows = []
    for story in stories:
        case = story.case
        texts = [(f"message:{message.pk}", message.body) for message in story.messages]
        texts.append(("title", f"{case.number} {case.title}"))
        pieces = [(source, part, grams) for source, text in texts for part, grams in enumerate(parts(text))]
        rows += [
            CaseText(id=case.pk * PARTS_A_CASE + n, case=case, source=source, part=part, grams=grams)
            for n, (source, part, grams) in enumerate(pieces[:PARTS_A_CASE])
        ]
    CaseText.objects.bulk_create(rows)
