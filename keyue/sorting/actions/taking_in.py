"""A case came in: what is proposed for it is kept, its words are indexed, and alike ones raise an alarm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from keyue.cases.models import Case
from keyue.ledger.facts import SYSTEM
from keyue.sorting import alike, selectors
from keyue.sorting.actions.problems import link_case, suspect
from keyue.sorting.enums import ProblemState
from keyue.sorting.model.guessing import Guess
from keyue.sorting.models import CaseTerm, Proposal, TermCount
from keyue.sorting.proposing import Proposer

COLUMNS = ("category", "type", "urgency", "mood")


def take_in(*, now: datetime, size: int = 100) -> int:
    """Work through the cases that came in since the last turn; how many there were. Each by itself: what is done stays."""
    found = selectors.untaken(now, size)
    proposer = Proposer() if found else None
    for case in found:
        if proposer is not None and keep_proposal(case, proposer, at=now) is not None and case.content:
            index(case)
            _look_for_burst(case, now)
    return len(found)


def keep_proposal(case: Case, proposer: Proposer, *, at: datetime) -> Proposal | None:
    """Keep what is proposed for a case; None where somebody else has just done so."""
    answers = proposer.answers(case)
    place = proposer.place(case, answers)
    detail = {question: _kept(guess) for question, guess in answers.by.items()}
    row = Proposal(
        case=case,
        model_id=answers.model_id,
        lead=place.lead if place else "",
        rule_id=place.rule.key if place and place.rule else None,
        detail={**detail, "version": answers.version} if case.content else {"version": answers.version},
        made_at=at,
        **{name: answers.label(name) for name in COLUMNS},
    )
    Proposal.objects.bulk_create([row], ignore_conflicts=True)
    return Proposal.objects.filter(case=case, made_at=at).first()


def _kept(guess: Guess) -> dict[str, object]:
    return {"label": guess.label, "p": round(guess.probability, 4), "why": list(guess.why)}


@transaction.atomic
def index(case: Case) -> None:
    """Keep the words of a case as numbers, once."""
    numbers = sorted({alike.ALL, *(alike.number_of(term) for term in alike.terms_of(case))})
    if len(numbers) == 1 or CaseTerm.objects.filter(case=case).exists():
        return
    CaseTerm.objects.bulk_create(
        [CaseTerm(case=case, term=number) for number in numbers if number != alike.ALL], ignore_conflicts=True
    )
    TermCount.objects.bulk_create([TermCount(term=number) for number in numbers], ignore_conflicts=True)
    # always in one order, so that two workers never wait for each other
    TermCount.objects.filter(term__in=numbers).update(n=F("n") + 1)


def _look_for_burst(case: Case, now: datetime) -> None:
    """Enough alike cases within the days that the company has set: an alarm, and a problem that links them."""
    settings = selectors.alarm_settings()
    since = case.received_at - timedelta(days=settings.days)
    found = alike.of_one_matter(case, since)
    ids = [one.case.pk for one in found]
    problem = selectors.running_problem_of(ids) if ids else None
    if problem is not None:
        # somebody looks at them already, or is asked to: one more is no second alarm
        if problem.state == ProblemState.SUSPECTED:
            link_case(problem=problem, case=case, by=SYSTEM, at=now, source="job")
        return
    told = selectors.dismissed_with(ids)
    fresh = [one for one in found if one.case.pk not in told]
    if len(fresh) + 1 >= settings.alike:
        members: Sequence[Case] = [case, *(one.case for one in fresh)]
        words = _common([one.words for one in fresh])
        suspect(cases=members, words=words, days=settings.days, by=SYSTEM, at=now, source="job")


def _common(found: Sequence[tuple[str, ...]]) -> list[str]:
    """The words that most of the alike cases share."""
    counts: dict[str, int] = {}
    for words in found:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    often = [
        word
        for word in sorted(counts, key=lambda word: (-counts[word], word))
        if 2 * counts[word] >= len(found)
    ]
    return often[:4] or sorted(counts, key=lambda word: (-counts[word], word))[:2]
