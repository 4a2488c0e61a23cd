"""The other tabs of a case: plans and tasks, what proves that promises were kept, root causes, the chain of facts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.cases.cards import ActLink, Document, Face, KeptFile, LedgerLine, PlanStep, Proven, TaskLine
from keyue.cases.enums import Cause, MessageKind
from keyue.cases.models import CaseTask, Message
from keyue.cases.selectors import works_for
from keyue.cases.sheet import Sheet
from keyue.cases.timeline import chips, happened, size
from keyue.cases.wording import label, source
from keyue.customers.wording import EVIDENCE
from keyue.ledger.models import Fact

# what is recorded within this time counts as recorded at once
AT_ONCE = timedelta(minutes=1)
MOST_LINES = 500


def documents(sheet: Sheet, kinds: Collection[str]) -> list[Document]:
    """Plans, results, minutes or causes, the newest first."""
    return [_document(message) for message in reversed(sheet.messages) if message.kind in kinds]


def _document(message: Message) -> Document:
    detail = message.detail
    rows: list[tuple[str, str]] = []
    if detail.get("cause"):
        rows.append((_("根因"), label(Cause, detail["cause"])))
    if detail.get("prevention"):
        rows.append((_("预防措施"), str(detail["prevention"])))
    if detail.get("attendees"):
        rows.append((_("参会人"), str(detail["attendees"])))
    steps = detail.get("steps")
    return Document(
        key=f"d{message.pk}",
        title=label(MessageKind, message.kind),
        body=_("内容已按要求擦除。") if message.erased_at else message.body,
        at=message.at,
        who=message.author.name if message.author else "",
        steps=[_plan_step(step) for step in steps if isinstance(step, dict)]
        if isinstance(steps, list)
        else (),
        details=rows,
        files=chips(message.attachments.all()),
    )


def _plan_step(step: dict[str, object]) -> PlanStep:
    return PlanStep(*(str(step.get(name) or "") for name in ("what", "who", "until")))


def task_lines(sheet: Sheet) -> list[TaskLine]:
    """The parts of collaborating departments."""
    return [_task(sheet, task) for task in sheet.tasks]


def _task(sheet: Sheet, task: CaseTask) -> TaskLine:
    act: ActLink | None = None
    theirs = "finish_task" in sheet.possible and works_for(sheet.user, sheet.case, task.department)
    if task.done_at is None and theirs:
        link = sheet.link("finish_task")
        act = ActLink(link.code, link.label, f"{link.url}?task_id={task.pk}", link.icon)
    state = "pending" if task.done_at is None else "met" if task.done_at <= task.due else "met_late"
    return TaskLine(
        pk=task.pk,
        department=sheet.names.owner(task.department),
        what=task.message.body,
        face=Face(state, task.given_at, task.due, task.done_at),
        due=task.due,
        given_by=sheet.names.person(task.given_by_id),
        done_at=task.done_at,
        done_by=sheet.names.person(task.done_by_id),
        act=act,
    )


def proven(sheet: Sheet) -> list[Proven]:
    """The promises that a fact closed, the newest first."""
    found = []
    for promise in sheet.promises:
        fact = sheet.facts_by_id.get(str(promise.closed_by)) if promise.closed_by else None
        if fact is None or promise.state not in {"met", "met_late"}:
            continue
        kinds = [str(proof.get("type", "")) for proof in fact.evidence if isinstance(proof, dict)]
        found.append(
            Proven(
                key=f"e{promise.pk}",
                name=promise.name,
                face=sheet.face(promise),
                clause=sheet.book.tag(promise.regulation, promise.clause),
                fact=sheet.told(fact),
                at=fact.at,
                who=sheet.by_name(fact),
                recorded_at=fact.recorded_at,
                sealed=_is_sealed(fact),
                hash=bytes(fact.hash).hex(),
                evidence=[str(EVIDENCE.get(kind, kind)) for kind in dict.fromkeys(kinds)],
                voided=str(fact.uid) in sheet.voided,
            )
        )
    return sorted(found, key=lambda item: item.at, reverse=True)


def files(sheet: Sheet) -> list[KeptFile]:
    """All files of the case, the newest first."""
    found = []
    for message in reversed(sheet.messages):
        who = message.author.name if message.author else sheet.person.contact or sheet.person.name
        for file in message.attachments.all():
            erased = file.erased_at is not None
            found.append(
                KeptFile(
                    pk=file.pk,
                    name=_("已擦除的文件") if erased else file.name,
                    url="" if erased else reverse("cases:file", args=[file.pk]),
                    size=size(file.size),
                    sha256=file.sha256,
                    at=message.at,
                    who=who,
                    erased=erased,
                )
            )
    return found


def ledger_lines(sheet: Sheet) -> list[LedgerLine]:
    """The chain, the newest first."""
    return [_line(sheet, fact) for fact in reversed(sheet.facts[-MOST_LINES:])]


def _line(sheet: Sheet, fact: Fact) -> LedgerLine:
    late = fact.recorded_at - fact.at
    return LedgerLine(
        rev=fact.rev,
        text=sheet.told(fact),
        who=sheet.by_name(fact),
        at=happened(fact),
        found_at=fact.at if fact.at - happened(fact) > AT_ONCE else None,
        recorded_at=fact.recorded_at,
        delay=late if late > AT_ONCE else None,
        source=source(fact.source),
        sealed=_is_sealed(fact),
        hash=bytes(fact.hash).hex(),
        voided=str(fact.uid) in sheet.voided,
    )


def _is_sealed(fact: Fact) -> bool:
    return fact.rev <= fact.stream.sealed_rev


def unsealed(sheet: Sheet) -> int:
    """How many facts of the chain no checkpoint has sealed yet."""
    return sum(not _is_sealed(fact) for fact in sheet.facts)
