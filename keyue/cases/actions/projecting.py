"""Writing what a derivation says of cases: their columns, and which departments may see them.

The engine calls this inside the transaction of the facts, which says who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from keyue.cases.models import Case, CaseScope
from keyue.cases.projection import columns_of, numbers, sealed_for
from keyue.cases.rules import CASE, CaseState
from keyue.cases.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.promises.subjects import Derived, SubjectKind


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


SUBJECT = SubjectKind(model=CASE, project=project, sealed_for=sealed_for, numbers=numbers, proofs=EVIDENCE)
