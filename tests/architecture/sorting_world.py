"""Things of the sorting room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.ledger.facts import Actor
from keyue.sorting import actions
from keyue.sorting.actions.tuning import RulePlan

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def sorting_rule(world: World) -> object:
    """Two rules: one of them can be moved."""
    plan = RulePlan(name="膜组", lead=world.elsewhere.code, words="膜组")
    made = actions.keep_rule(plan=plan, by=SYSTEM, at=world.at)
    other = RulePlan(name="水泵", lead=world.elsewhere.code, words="水泵")
    actions.keep_rule(plan=other, by=SYSTEM, at=world.at)
    return made.pk


def sorting_skill(world: World) -> object:
    return actions.give_skill(user=world.somebody, name="反渗透", by=SYSTEM, at=world.at).pk


def problem(world: World) -> object:
    """A department looks for the cause."""
    made = actions.open_problem(title="接头漏水", owner=world.elsewhere.code, by=SYSTEM, at=world.at)
    return made.pk


MAKERS: dict[str, Callable[[World], object]] = {
    "sorting_rule": sorting_rule,
    "sorting_skill": sorting_skill,
    "problem": problem,
}
