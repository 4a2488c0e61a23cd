"""Whose a case is, by a company's own rules. Pure Python.

Rules are asked in their order, the first that fits decides. An empty condition fits everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keyue.sorting.model.features import plain


@dataclass(frozen=True, slots=True)
class Rule:
    """`words`: one of them stands in the text. `lead` is the department's code; `skill` what one of its people must be
    able to do; `person` a member of staff."""

    key: int
    name: str
    lead: str
    category: str = ""
    type: str = ""
    words: tuple[str, ...] = ()
    region: str = ""
    grade: str = ""
    skill: str = ""
    person: int | None = None

    @property
    def conditions(self) -> tuple[tuple[str, object], ...]:
        """What it asks for, without the empty ones."""
        said = (
            ("category", self.category),
            ("type", self.type),
            ("words", self.words),
            ("region", self.region),
            ("grade", self.grade),
        )
        return tuple((name, value) for name, value in said if value)


@dataclass(frozen=True, slots=True)
class Matter:
    """What is known of a case when it is routed."""

    text: str
    category: str = ""
    type: str = ""
    region: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two rules of which the later never decides anything (`is_dead`), or which fit the same cases and name others."""

    earlier: Rule
    later: Rule
    is_dead: bool


def fits(rule: Rule, matter: Matter) -> bool:
    """Whether a rule is about a case."""
    if rule.category and rule.category != matter.category:
        return False
    if rule.type and rule.type != matter.type:
        return False
    if rule.grade and rule.grade != matter.grade:
        return False
    if rule.region and plain(rule.region) not in plain(matter.region):
        return False
    said = plain(matter.text) if rule.words else ""
    return not rule.words or any(plain(word) in said for word in rule.words)


def routed(rules: Sequence[Rule], matter: Matter) -> Rule | None:
    """The first rule that fits, or None."""
    return next((rule for rule in rules if fits(rule, matter)), None)


def also(rules: Sequence[Rule], matter: Matter) -> list[Rule]:
    """Further rules that fit and name another place: what would be decided otherwise in another order."""
    found = [rule for rule in rules if fits(rule, matter)]
    return [rule for rule in found[1:] if _place(rule) != _place(found[0])]


def clashes(rules: Sequence[Rule]) -> list[Clash]:
    """Rules that stand in each other's way, in their order."""
    found = []
    for n, later in enumerate(rules):
        for earlier in rules[:n]:
            if _covers(earlier, later):
                found.append(Clash(earlier, later, is_dead=True))
            elif _place(earlier) != _place(later) and _meet(earlier, later):
                found.append(Clash(earlier, later, is_dead=False))
    return found


def _place(rule: Rule) -> tuple[str, str, int | None]:
    return rule.lead, rule.skill, rule.person


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whether whatever fits the later one fits the earlier one too."""
    for name in ("category", "type", "grade"):
        asked = getattr(earlier, name)
        if asked and asked != getattr(later, name):
            return False
    if earlier.region and plain(earlier.region) not in plain(later.region):
        return False
    if not earlier.words:
        return True
    return bool(later.words) and all(
        any(plain(word) in plain(said) for word in earlier.words) for said in later.words
    )


def _meet(one: Rule, other: Rule) -> bool:
    """Whether a case is likely to fit both: they ask nothing that excludes the other, and share a word if both have some."""
    for name in ("category", "type", "grade"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and mine != theirs:
            return False
    mine, theirs = plain(one.region), plain(other.region)
    if mine and theirs and mine not in theirs and theirs not in mine:
        return False
    if (
        one.words
        and other.words
        and not any(plain(a) in plain(b) or plain(b) in plain(a) for a in one.words for b in other.words)
    ):
        return False
    # a rule that asks for something more is an exception made on purpose, not a clash, where it comes first
    return len(one.conditions) <= len(other.conditions) and bool(one.conditions)
