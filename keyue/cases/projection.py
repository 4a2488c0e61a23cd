"""From a case's folded state and promises to its columns: what lists and filters read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from keyue.cases.models import NO_DUE, Case, CaseScope
from keyue.cases.rules import CASE, CaseState, stage_of
from keyue.ledger.facts import Subject
from keyue.promises.models import Promise
from keyue.promises.subjects import Derived, SubjectKind


def columns_of(state: CaseState, rows: Sequence[Promise]) -> dict[str, Any]:
    """The projected columns of a case."""
    running = [row for row in rows if row.is_open]
    first = min(running, key=lambda row: (row.due or NO_DUE, row.pk), default=None)
    return {
        "type": state.type,
        "category": state.category or "",
        "stage": stage_of(state),
        "priority": state.priority,
        "level": state.level or "",
        "lead": state.lead or "",
        "collaborators": list(state.collaborators),
        "round": state.round,
        "is_valid": state.valid,
        "is_solved": state.solved,
        "is_waiting": state.waiting,
        "is_told": state.told,
        "is_open": not state.ended,
        "exit": state.exit or "",
        "queue_at": (first.due or NO_DUE) if first and not state.ended else NO_DUE,
        "next_promise_id": first.pk if first and not state.ended else None,
    }


def project(derived: Mapping[Subject, Derived]) -> None:
    """Write the columns of the derived cases, and who may see them."""
    for subject, result in derived.items():
        state = result.derivation.state
        if state is None:
            continue
        columns = columns_of(state, result.rows)
        identity = int(subject.ref)
        Case.objects.filter(pk=identity).update(
            **columns, ended_at=_ended_at(result) if state.ended else None, rev=F("rev") + 1
        )
        _scope(identity, state, columns)


def _ended_at(result: Derived) -> Any:
    return result.derivation.ended_at


def _scope(identity: int, state: CaseState, columns: Mapping[str, Any]) -> None:
    departments = {code for code in (state.lead, *state.collaborators) if code}
    CaseScope.objects.filter(case_id=identity).update(
        is_open=columns["is_open"], queue_at=columns["queue_at"]
    )
    if departments:
        CaseScope.objects.bulk_create(
            [
                CaseScope(
                    case_id=identity,
                    department=code,
                    is_open=columns["is_open"],
                    queue_at=columns["queue_at"],
                )
                for code in sorted(departments)
            ],
            ignore_conflicts=True,
        )


def sealed_for(subject: Subject) -> Subject:
    """Whose key seals texts about a case."""
    return Case.objects.only("customer_id").get(pk=int(subject.ref)).seal_owner


SUBJECT = SubjectKind(model=CASE, project=project, sealed_for=sealed_for)

__all__ = ["SUBJECT", "columns_of", "project", "sealed_for"]
