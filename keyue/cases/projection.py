"""From a case's folded state and promises to its columns: what lists and filters read. `actions/projecting` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from keyue.cases.models import NO_DUE, Case
from keyue.cases.rules import CaseState, stage_of
from keyue.ledger.facts import Subject
from keyue.promises.models import Promise


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
        # what the clocks do: a case may wait longer than the rules let them stand still
        "is_waiting": state.waiting and any(row.paused for row in running),
        "is_told": state.told,
        "is_open": not state.ended,
        "exit": state.exit or "",
        "queue_at": (first.due or NO_DUE) if first and not state.ended else NO_DUE,
        "next_promise_id": first.pk if first and not state.ended else None,
    }


def sealed_for(subject: Subject) -> Subject:
    """Whose key seals texts about a case."""
    return Case.objects.select_related("customer").get(pk=int(subject.ref)).seal_owner


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """Numbers of cases by id."""
    rows = Case.objects.filter(pk__in=set(ids)).only("received_type", "registered_at")
    return {case.pk: case.number for case in rows}
