"""What a clause refuses where it is recorded: a fact without its proof (38), and an act before its approval.

`derive` never looks at evidence: what is recorded was proven, so that every later reading of it agrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Refused
from keyue.ledger.facts import SKEW, Draft, Entry, FactRecord, Subject
from keyue.promises.engine import derive
from keyue.promises.knowledge import fold_state
from keyue.promises.projection import Law
from keyue.promises.subjects import SubjectKind
from keyue.regulations.conditions import Condition, ConditionError
from keyue.regulations.controls import Control

FactsOf = Callable[[Subject], Sequence[FactRecord]]


def check_proofs(
    entry: Entry, *, at: datetime, now: datetime, law: Law, kind: SubjectKind, facts_of: FactsOf
) -> None:
    """Raises Refused with a sentence for the first draft that lacks the proof of a control in force."""
    for draft in entry.drafts:
        unproven = list(_unproven(draft, draft.at or entry.at or at, law))
        if not unproven:
            continue
        # only now are the facts worth reading
        state = fold_state(facts_of(entry.subject), kind.model, now)
        for control in unproven:
            if _asks(control, draft, {kind.model.name: state, "fact": draft.data}):
                words = _("、").join(str(kind.proofs.get(proof, proof)) for proof in control.evidence)
                raise Refused(
                    _("「%(name)s」（%(clause)s）要有凭证：%(proofs)s。请附上凭证再提交。")
                    % {"name": control.name, "clause": control.clause, "proofs": words},
                    code="not_proven",
                )


def check_gates(
    entry: Entry, *, at: datetime, now: datetime, law: Law, kind: SubjectKind, facts_of: FactsOf
) -> None:
    """Raises Refused with a sentence for the first draft that a clause allows only after something else.

    An act that is long done cannot be stopped any more: it is recorded, and judged.
    """
    if not any(
        draft.kind in law.gated and (draft.at or entry.at or at) >= now - SKEW for draft in entry.drafts
    ):
        return
    probes = [
        FactRecord(
            f"probe-{n}", draft.kind, draft.at or entry.at or at, now, draft.data, tuple(draft.evidence)
        )
        for n, draft in enumerate(entry.drafts)
    ]
    found = derive([*facts_of(entry.subject), *probes], law.editions, law.calendars, kind.model, now)
    ours = {probe.id for probe in probes}
    for promise in found.promises:
        edition = law.edition_of(promise)
        control = edition.control(promise.control)
        if (
            promise.triggered_by in ours
            and control is not None
            and control.gate
            and promise.closed_at is None
        ):
            raise Refused(
                _("「%(name)s」（%(clause)s）：还缺前一步，现在不能这样做。")
                % {"name": control.name, "clause": control.clause},
                code="not_approved",
            )


def _unproven(draft: Draft, instant: datetime, law: Law) -> list[Control]:
    shown = {proof.get("type") for proof in draft.evidence if isinstance(proof, Mapping)}
    return [
        control
        for edition, control in law.proven.get(draft.kind, ())
        if not shown & set(control.evidence) and law.edition_at(edition.regulation, instant) is edition
    ]


def _asks(control: Control, draft: Draft, variables: Mapping[str, Any]) -> bool:
    """Whether the fact would perform the control on this subject. What cannot be judged counts as if it would."""
    performed = any(
        occasion.condition is None or _holds(occasion.condition, variables)
        for occasion in control.proven_by
        if occasion.kind == draft.kind
    )
    return performed and all(_holds(condition, variables) for condition in control.when)


def _holds(condition: Condition, variables: Mapping[str, Any]) -> bool:
    try:
        return condition.holds(variables)
    except ConditionError:
        return True
