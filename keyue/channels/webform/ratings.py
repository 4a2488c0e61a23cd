"""When a sender may rate and answer: after a result was told, once a round. No database."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from keyue.cases.rules import CaseState, fold
from keyue.ledger.facts import FactRecord
from keyue.promises.knowledge import known_facts


def score_of_round(facts: Sequence[FactRecord]) -> tuple[bool, int | None]:
    """Whether the result of the running round has been told, and the score it was given.

    All that is recorded counts: of two scores in the same instant the second must see the first.
    """
    if not facts:
        return False, None
    state: CaseState | None = None
    score: int | None = None
    for fact in known_facts(facts, max(fact.recorded_at for fact in facts)):
        before = state
        if not (state is not None and state.ended):
            state = fold(state, fact) or state
        if before is not None and state is not None and state.round != before.round:
            score = None
        if fact.kind == "case.rated":
            score = fact.data.get("score")
    return state is not None and state.told, score


def may_rate(facts: Sequence[FactRecord]) -> str:
    """Why no score can be given now; empty where it can."""
    told, score = score_of_round(facts)
    if not told:
        return _("结果还没有告知您，告知以后就可以评价。")
    if score is not None:
        return _("这次处理您已经评过 %(score)d 分。") % {"score": score}
    return ""
