"""What is known of a subject at an instant: which facts count, and in which order. Pure Python.

Numbers such as (37) name decisions of the engine specification, S its rules of a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keyue.ledger.facts import SKEW, FactRecord

if TYPE_CHECKING:
    from keyue.promises.engine import SubjectModel


def known_facts(facts: Iterable[FactRecord], now: datetime) -> list[FactRecord]:
    """Facts recorded by `now`, each id once, skew treated, without the voided ones, in order (S1–S3, 37, 41, 43)."""
    by_id: dict[str, FactRecord] = {}
    for fact in facts:
        if fact.recorded_at > now:
            continue
        held = by_id.get(fact.id)
        if held is None or _precedence(fact) < _precedence(held):
            by_id[fact.id] = fact
    clamped = [_without_skew(fact) for fact in by_id.values()]
    accepted = [fact for fact in clamped if fact is not None]
    voided = _voided(accepted)
    return sorted(
        (fact for fact in accepted if fact.id not in voided), key=lambda f: (f.at, f.recorded_at, f.id)
    )


def latest(moment: datetime, facts: Iterable[FactRecord]) -> datetime:
    """The moment from which to look at facts that are stored: none of them is still to come.

    Who asked for the time and then waited, or whose clock is behind another's, finds facts recorded after it.
    """
    return max((fact.recorded_at for fact in facts if fact.recorded_at > moment), default=moment)


def fold_state(facts: Iterable[FactRecord], model: SubjectModel, now: datetime) -> Any:
    """The subject's state as known at `now`, without its promises; None where it does not exist yet."""
    state = None
    for fact in known_facts(facts, now):
        if not fact.kind.startswith("promise.") and not (state is not None and state.ended):
            after = model.fold(state, fact)
            state = state if after is None else after
    return state


def _voided(facts: Sequence[FactRecord]) -> set[str]:
    """Ids taken back by a fact that itself stands. Of facts that void each other the one recorded last stands."""
    voiders: dict[str, list[FactRecord]] = {}
    for fact in facts:
        if fact.voids and fact.voids != fact.id:
            voiders.setdefault(fact.voids, []).append(fact)
    stands: dict[str, bool] = {}

    def stand(fact: FactRecord) -> bool:
        if fact.id not in stands:
            stands[fact.id] = True  # while its voiders are asked, so that a circle ends
            stands[fact.id] = not any(stand(voider) for voider in voiders.get(fact.id, ()))
        return stands[fact.id]

    latest_first = sorted(
        (voider for group in voiders.values() for voider in group),
        key=lambda f: (f.recorded_at, f.id),
        reverse=True,
    )
    return {str(fact.voids) for fact in latest_first if stand(fact)}


def _precedence(fact: FactRecord) -> tuple[datetime, datetime, str]:
    return (fact.recorded_at, fact.at, repr((fact.kind, sorted(fact.data.items(), key=repr))))


def _without_skew(fact: FactRecord) -> FactRecord | None:
    if fact.at <= fact.recorded_at:
        return fact
    if fact.at - fact.recorded_at > SKEW:
        return None
    return FactRecord(
        fact.id, fact.kind, fact.recorded_at, fact.recorded_at, fact.data, fact.evidence, fact.voids
    )
