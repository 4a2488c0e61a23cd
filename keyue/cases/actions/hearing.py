"""Who hears of what has happened to a case, where no promise of theirs tells them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keyue.cases.models import Case
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import actions as promises
from keyue.promises import selectors as promised
from keyue.promises.enums import NoticeKind
from keyue.regulations import selectors as regulations


def tell_urgent(case: Case, at: datetime) -> None:
    """Whoever has to acknowledge an urgent report hears of it at once: its limit is too short for a look at a list."""
    _tell_owners(case, "case.urgent_acknowledged", "urgent", at)


def tell_returned(case: Case, at: datetime) -> None:
    """Whoever assigns hears that a department has given the task back."""
    _tell_owners(case, "case.assigned", "returned", at)


def tell_approver(case: Case, asked_by: int | None, at: datetime) -> None:
    """The nearest who may approve an end other than satisfaction: who neither asked for it nor owes what it cancels."""
    for person in _approvers(case, asked_by, at):
        _tell(case, NoticeKind.REQUESTED, "exit", at, to_user_id=person.pk)


def tell_asker(case: Case, asked_by: int | None, approved: bool, at: datetime) -> None:
    """Who asked for an end hears what was decided."""
    if asked_by is not None:
        _tell(
            case,
            NoticeKind.DECIDED,
            "exit_approved" if approved else "exit_declined",
            at,
            to_user_id=asked_by,
        )


def _tell_owners(case: Case, kind: str, what: str, at: datetime) -> None:
    for code in _owners(kind, at):
        _tell(case, NoticeKind.ASSIGNED, what, at, to_code=code)


def _tell(
    case: Case, kind: str, what: str, at: datetime, *, to_user_id: int | None = None, to_code: str = ""
) -> None:
    promises.tell(
        key=f"{what}:{case.pk}:{to_user_id or to_code}:{at.isoformat()}",
        kind=kind,
        at=at,
        to_user_id=to_user_id,
        to_code=to_code,
        subject=case.subject,
        detail={"what": what},
    )


def _owners(kind: str, at: datetime) -> list[str]:
    """Posts and departments that the regulations in force name for what a kind of fact does, answered or not."""
    found = (
        code
        for reading in regulations.documents_in_force(at)
        if reading.document.subject == "case"
        for control in reading.controls
        if any(occasion.kind == kind for occasion in control.met_by)
        for code in control.owner[:1]
    )
    return [code for code in dict.fromkeys(found) if "." not in code]


def _approvers(case: Case, asked_by: int | None, at: datetime) -> list[User]:
    """The first rung with somebody on it who may approve: who reviews, then whoever stands above them."""
    owners = _owners("case.reviewed", at)
    behind = people.people_behind_many(owners, at)
    rungs: Iterable[list[User]] = [
        *(list(behind.get(code, ())) for code in owners),
        *([person] for code in owners for person in people.ladder_of(code)),
        *(list(people.people_behind(code, at)) for code in _rungs_above("case.reviewed", at)),
    ]
    running = list(promised.promises_of(case.subject).filter(is_open=True))
    for rung in rungs:
        able = [p for p in rung if p.pk != asked_by and allows(p, Permission.CASE_CLOSE_APPROVE)]
        able = [p for p in able if not any(promised.owes(p, promise) for promise in running)]
        if able:
            return able
    return []


def _rungs_above(kind: str, at: datetime) -> list[str]:
    """To whom the regulations take it where nothing is done."""
    found = (
        code
        for reading in regulations.documents_in_force(at)
        if reading.document.subject == "case"
        for control in reading.controls
        if any(occasion.kind == kind for occasion in control.met_by)
        for step in control.escalate
        for code in step.to
    )
    return list(dict.fromkeys(found))
