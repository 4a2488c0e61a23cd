"""The figures of a replay: what would have been kept, clause by clause and owner by owner, and the cases most affected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from keyue.cases import lists as cases
from keyue.compliance.control_words import limit_words, owner_words
from keyue.compliance.models import WhatIf
from keyue.compliance.what_if import Changes, Sides, sides_of
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import subjects
from keyue.promises.replay import BASE, BETTER, CHANGED, OFF_HOURS, WORSE, Affected, Replayed, differing
from keyue.promises.selectors import Score
from keyue.regulations.controls import Control
from keyue.ui.addresses import address


@dataclass(frozen=True, slots=True)
class Pair:
    """A score before and after; the differences are None where one side has no rate."""

    before: Score
    after: Score

    @property
    def rate(self) -> float | None:
        if self.before.rate is None or self.after.rate is None:
            return None
        return self.after.rate - self.before.rate

    @property
    def broken(self) -> int:
        return self.after.broken - self.before.broken

    @property
    def load(self) -> int:
        """How many promises more are owed."""
        return self.total(self.after) - self.total(self.before)

    @staticmethod
    def total(score: Score) -> int:
        return sum(score.by_state.values())

    @property
    def owed_before(self) -> int:
        return self.total(self.before)

    @property
    def owed_after(self) -> int:
        return self.total(self.after)


@dataclass(frozen=True, slots=True)
class ControlFigures:
    """A control on both sides; the words of a side that does not have it are empty."""

    id: str
    name: str
    clause: str
    limit_before: str
    limit_after: str
    owner_before: str
    owner_after: str
    score: Pair
    worse: int
    better: int
    failed: str


@dataclass(frozen=True, slots=True)
class OwnerFigures:
    """What a post, department or person owes on both sides."""

    code: str
    name: str
    score: Pair


@dataclass(frozen=True, slots=True)
class Case:
    """A subject with promises that come out otherwise; `number` is empty where the reader may not see it."""

    number: str
    title: str
    url: str
    worse: int
    better: int
    controls: Sequence[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the page of a replay shows."""

    score: Pair
    controls: Sequence[ControlFigures]
    owners: Sequence[OwnerFigures]
    cases: Sequence[Case]
    subjects: int
    worse: int
    better: int
    off_hours: int
    """Of those that are worse, how many began outside the company's working time."""
    good: int
    """Percent kept from which the regulation calls a clause good."""

    @property
    def short_before(self) -> int:
        """How many more promises would have to be kept for `good`, as it is; 0 where it is reached."""
        return short_of(self.good, self.score.before)

    @property
    def short_after(self) -> int:
        """The same, as it would be."""
        return short_of(self.good, self.score.after)

    @property
    def off_hours_share(self) -> float:
        return 100 * self.off_hours / self.worse if self.worse else 0.0

    @property
    def hardest_hit(self) -> OwnerFigures | None:
        """The owner with the most promises broken that were not."""
        worst = max(self.owners, key=lambda owner: owner.score.broken, default=None)
        return worst if worst is not None and worst.score.broken > 0 else None


def short_of(good: int, score: Score) -> int:
    """How many of the broken promises would have to be kept for a rate of `good` percent."""
    return max(0, -(-good * score.due // 100) - score.kept)


def figures_of(user: User, what_if: WhatIf) -> Figures:
    """The figures of a replay, also of one that goes on. Raises Invalid where the question can be asked no more."""
    sides = sides_of(what_if.edition, Changes.from_json(what_if.changes))
    found = Replayed.from_json(what_if.result)
    ids = differing(sides.base, sides.changed)
    both = [control for identity in ids for control in sides.control(identity) if control is not None]
    owners = {owner for _side, _control, owner, _state in found.counts}
    owners |= {code for control in both for code in control.owner if "." not in code}
    names = people.owner_names(owners)
    controls = [_control(identity, sides, found, names) for identity in ids]
    moved = {how: sum(n for (_c, h), n in found.moves.items() if h == how) for how in (BETTER, OFF_HOURS)}
    return Figures(
        score=_pair(found, lambda _control, _owner: True),
        controls=controls,
        owners=_owners(found, names),
        cases=_cases(user, found.affected, {control.id: control.name for control in both}),
        subjects=found.subjects,
        worse=sum(one.worse for one in controls),
        better=moved[BETTER],
        off_hours=moved[OFF_HOURS],
        good=sides.before.thresholds["good"],
    )


def _control(identity: str, sides: Sides, found: Replayed, names: Mapping[str, str]) -> ControlFigures:
    before, after = sides.control(identity)
    named = after or before
    pair = _pair(found, lambda control, _owner: control == identity)

    def limit(control: Control | None) -> str:
        return limit_words(control) if control is not None else ""

    def owner(control: Control | None) -> str:
        return owner_words(control.owner, names) if control is not None else ""

    return ControlFigures(
        id=identity,
        name=named.name if named is not None else identity,
        clause=named.clause if named is not None else "",
        limit_before=limit(before),
        limit_after=limit(after),
        owner_before=owner(before),
        owner_after=owner(after),
        score=pair,
        worse=found.moves[identity, WORSE],
        better=found.moves[identity, BETTER],
        failed=found.failed.get(identity, ""),
    )


def _pair(found: Replayed, wanted: Callable[[str, str], bool]) -> Pair:
    sides: dict[str, dict[str, int]] = {BASE: {}, CHANGED: {}}
    for (side, control, owner, state), n in found.counts.items():
        if wanted(control, owner):
            sides[side][state] = sides[side].get(state, 0) + n
    return Pair(Score(sides[BASE]), Score(sides[CHANGED]))


def _owners(found: Replayed, names: Mapping[str, str]) -> list[OwnerFigures]:
    """By whose load moves most; who owes as much, with as much broken, is left out."""
    codes = {owner for _side, _control, owner, _state in found.counts}

    def of(code: str) -> Pair:
        return _pair(found, lambda _control, owner: owner == code)

    rows = [OwnerFigures(code, names.get(code, code), of(code)) for code in codes]
    moved = [row for row in rows if row.score.before.by_state != row.score.after.by_state]
    return sorted(moved, key=lambda row: (-abs(row.score.broken), -abs(row.score.load), row.code))


def _cases(user: User, affected: Sequence[Affected], names: Mapping[str, str]) -> list[Case]:
    ids = [int(one.ref) for one in affected if one.kind == "case"]
    visible = {case.pk: case for case in cases.visible_to(user).filter(pk__in=ids)}
    others = subjects.numbers_of((one.kind, int(one.ref)) for one in affected if one.kind != "case")
    found = []
    for one in affected:
        case = visible.get(int(one.ref)) if one.kind == "case" else None
        other = others.get((one.kind, int(one.ref)), "")
        found.append(
            Case(
                number=case.number if case is not None else other,
                title=case.title if case is not None else "" if other else _("您无权查看这个事项"),
                url=address("cases:page", case.number) if case is not None else "",
                worse=one.worse,
                better=one.better,
                controls=[names.get(control, control) for control in one.controls],
            )
        )
    return found
