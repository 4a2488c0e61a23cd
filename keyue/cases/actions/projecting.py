"""Writing what a derivation says of cases: their columns, and which departments may see them.

The engine calls this inside the transaction of the facts, which says who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from keyue.cases.models import Case
from keyue.cases.projection import columns_of, numbers, sealed_for
from keyue.cases.rules import CASE, CaseState, scopes_of
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.ledger.insertion import update_row
from keyue.promises.subjects import Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """Write the columns of the derived cases, and who may see them."""
    for subject, result in derived.items():
        state = result.derivation.state
        if state is None:
            continue
        columns = columns_of(state, result.rows)
        identity = int(subject.ref)
        ended_at = result.derivation.ended_at if state.ended else None
        update_row(Case, identity, "rev", **columns, ended_at=ended_at)
        _scope(identity, state, columns)


_SCOPE = (
    "INSERT INTO cases_casescope (case_id, department, is_open, queue_at) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (case_id, department) DO NOTHING"
)
_SCOPES = "UPDATE cases_casescope SET is_open = %s, queue_at = %s WHERE case_id = %s"


def _scope(identity: int, state: CaseState, columns: Mapping[str, Any]) -> None:
    departments = {code for code in (state.lead, *state.collaborators) if code}
    due = connection.ops.adapt_datetimefield_value(columns["queue_at"])
    with connection.cursor() as cursor:
        cursor.execute(_SCOPES, [columns["is_open"], due, identity])
        if departments:
            cursor.executemany(
                _SCOPE, [(identity, code, columns["is_open"], due) for code in sorted(departments)]
            )


def show_to(case: Case, department: str) -> None:
    """Let a department see a case that it neither leads nor works on together with who does."""
    due = connection.ops.adapt_datetimefield_value(case.queue_at)
    with connection.cursor() as cursor:
        cursor.execute(_SCOPE, [case.pk, department, case.is_open, due])


SUBJECT = SubjectKind(
    model=CASE, project=project, sealed_for=sealed_for, numbers=numbers, proofs=EVIDENCE, scopes=scopes_of
)
