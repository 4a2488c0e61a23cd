"""How the demo company sorts: rules of routing, who can do what, when there is an alarm, and problems that it found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from keyue.cases.models import Case
from keyue.ledger.facts import Actor
from keyue.operations.demo import desk_texts as said
from keyue.operations.demo.play import Play, Step
from keyue.people.models import User
from keyue.sorting import actions
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.models import Problem

ALARM, DAYS = 6, 2
"""So many alike cases within so many days are an alarm."""
FOUND = "超滤与反渗透膜元件密封圈提前老化"


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_acts(play), key=lambda step: step[0])


def _acts(play: Play) -> Iterator[Step]:
    day, by = play.workday, play.cast["xu"]
    for n, (name, plan) in enumerate(said.RULES):
        yield day(16, 9.5 + 0.1 * n), partial(_rule, RulePlan(name, **plan), by)
    for n, (who, skill) in enumerate(said.SKILLS):
        yield day(16, 10.2 + 0.1 * n), partial(_skill, play.cast.users[who], skill, by)
    yield day(16, 11), lambda at: actions.change_alarm(alike=ALARM, days=DAYS, by=by, at=at)
    for ago in range(15, 0, -1):
        yield day(ago, 18.2), _take_in
    yield play.now - timedelta(minutes=8), _take_in
    yield day(6, 15.2), partial(_open, play)
    yield (
        day(3, 16.3),
        lambda at: actions.find_cause(
            problem=Problem.objects.get(title=FOUND),
            cause="同一批次的端面密封圈硬度不足，运行 8 个月后开裂，浊度反复升高。",
            by=play.cast["wu"],
            at=at,
        ),
    )


def _rule(plan: RulePlan, by: Actor, at: datetime) -> None:
    actions.keep_rule(plan=plan, by=by, at=at)


def _skill(user: User, name: str, by: Actor, at: datetime) -> None:
    actions.give_skill(user=user, name=name, by=by, at=at)


def _take_in(at: datetime) -> None:
    """As the worker does all the time."""
    while actions.take_in(now=at):
        pass


def _open(play: Play, at: datetime) -> None:
    """Somebody of quality looks for the cause of alike complaints."""
    cases = Case.objects.filter(title__contains="产水浊度", received_at__lt=at).order_by("-received_at")[:5]
    actions.open_problem(title=FOUND, owner="quality", cases=list(cases), by=play.cast["xu"], at=at)
