"""Where two regulations ask the same with different limits (decision 50). Pure Python.

Both stand and both are judged; the stricter one is what people work to. Two controls meet where they are about the same
subject, one's triggers and performances are the other's or among them, and their conditions can hold together. Which is
stricter is found by counting both from the same instants with the calendars that they name; where it is now the one and
now the other, that is said, with an instant for each.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, product

from keyue.kernel.texts import Sentence, sentence
from keyue.regulations.conditions import Condition
from keyue.regulations.controls import Control, Occasion
from keyue.regulations.editions import EditionInForce
from keyue.worktime import rules as worktime
from keyue.worktime.calendar import Calendar

DAYS = 63
STEP = timedelta(hours=5)
"""Starts that are tried: every hour of the day within five days, over nine weeks."""
NO_PAUSE = timedelta(0)
BY_VALUE = re.compile(r"(\w+\.\w+)\s*(?:==\s*('[^']*')|in\s*\[([^\]]*)\])")
FLAG = re.compile(r"(!?)\s*(\w+\.\w+)")
FIRST, SECOND = 0, 1


@dataclass(frozen=True, slots=True)
class Side:
    """A control of a regulation in force."""

    regulation: str
    control: Control

    @property
    def key(self) -> tuple[str, str]:
        return (self.regulation, self.control.id)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two controls that ask the same of the same; `narrower` is the one that asks it of fewer, None where neither."""

    subject: str
    sides: tuple[Side, Side]
    narrower: int | None = None

    def other(self, key: tuple[str, str]) -> Side:
        """The one of the two that is not this one."""
        return self.sides[SECOND] if self.sides[FIRST].key == key else self.sides[FIRST]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pair with different limits. `stricter` is None where it depends; `why` says on what, and `examples` are starts
    at which the first and the second one is due earlier."""

    pair: Pair
    stricter: int | None
    why: Sentence | None = None
    examples: tuple[datetime | None, datetime | None] = (None, None)

    @property
    def side(self) -> Side | None:
        """What people work to, where that is always the same."""
        return None if self.stricter is None else self.pair.sides[self.stricter]


# ── who asks the same ─────────────────────────────────────────────────────────────────────────────────────────


def in_force(editions: Iterable[EditionInForce], at: datetime) -> list[EditionInForce]:
    """Of each regulation and subject the edition that governs what starts at an instant."""
    found: dict[tuple[str, str], EditionInForce] = {}
    for edition in sorted(editions, key=lambda e: e.effective):
        if edition.effective <= at:
            found[edition.regulation, edition.subject] = edition
    return list(found.values())


def pairs(editions: Sequence[EditionInForce]) -> list[Pair]:
    """The controls of different regulations that ask the same, in the order of the editions."""
    return _meetings(combinations(editions, 2))


def pairs_between(some: Iterable[EditionInForce], others: Sequence[EditionInForce]) -> list[Pair]:
    """`pairs` of which one side is among the first, and the other among the second."""
    return _meetings((one, other) for one in some for other in others)


def _meetings(both: Iterable[tuple[EditionInForce, EditionInForce]]) -> list[Pair]:
    found = []
    for one, other in both:
        if one.subject != other.subject or one.regulation == other.regulation:
            continue
        for first, second in product(one.controls, other.controls):
            meet, narrower = _meeting(first, second)
            if meet:
                sides = (Side(one.regulation, first), Side(other.regulation, second))
                found.append(Pair(one.subject, sides, narrower))
    return found


def _meeting(first: Control, second: Control) -> tuple[bool, int | None]:
    """Whether they ask the same, and which of the two asks it in fewer cases."""
    if not (first.runs and second.runs) or first.recurs != second.recurs or first.is_held != second.is_held:
        return False, None
    among = [True, True]
    for mine, theirs in (
        (_occasions(first.on), _occasions(second.on)),
        (_performances(first), _performances(second)),
    ):
        inside, outside = _are_among(mine, theirs), _are_among(theirs, mine)
        if not (inside or outside):
            return False, None
        among = [among[FIRST] and inside, among[SECOND] and outside]
    whens = [frozenset(_said(condition) for condition in control.when) for control in (first, second)]
    if _excluded(first.when, second.when):
        return False, None
    among = [among[FIRST] and whens[FIRST] >= whens[SECOND], among[SECOND] and whens[SECOND] >= whens[FIRST]]
    if among[FIRST] == among[SECOND]:
        return True, None
    return True, FIRST if among[FIRST] else SECOND


Said = frozenset[tuple[str, str]]


def _occasions(occasions: Iterable[Occasion]) -> Said:
    return frozenset((occasion.kind, _said(occasion.condition)) for occasion in occasions)


def _performances(control: Control) -> Said:
    if control.is_held:
        return frozenset((path, "") for path in control.fields)
    return _occasions(control.met_by)


def _said(condition: Condition | None) -> str:
    return "" if condition is None else " ".join(condition.text.split())


def _are_among(mine: Said, theirs: Said) -> bool:
    """Whether each of mine is one of theirs; one without a condition holds those with one."""
    return all((kind, said) in theirs or (kind, "") in theirs for kind, said in mine)


def _excluded(mine: Iterable[Condition], theirs: Iterable[Condition]) -> bool:
    """Whether two sets of conditions plainly never hold together: a field that is one thing here and another there."""
    one, other = (_demands(conditions) for conditions in (mine, theirs))
    return any(not one[name] & other[name] for name in one.keys() & other.keys())


def _demands(conditions: Iterable[Condition]) -> dict[str, frozenset[str]]:
    """What a set of conditions asks of single fields: `case.type in ['a', 'b']`, `case.type == 'a'`, `!case.solved`.

    Anything that says more in one condition demands nothing here: two controls then count as meeting.
    """
    found: dict[str, frozenset[str]] = {}
    texts = [_said(condition) for condition in conditions]
    for part in (part for text in texts if not set("|?()") & set(text) for part in text.split(" && ")):
        match, flag = BY_VALUE.fullmatch(part.strip()), FLAG.fullmatch(part.strip())
        if match is not None:
            values = (match[2] or match[3]).split(",")
            name, allowed = match[1], frozenset(value.strip() for value in values)
        elif flag is not None:
            name, allowed = flag[2], frozenset({"false" if flag[1] else "true"})
        else:
            continue
        found[name] = found[name] & allowed if name in found else allowed
    return found


# ── which is stricter ─────────────────────────────────────────────────────────────────────────────────────────


def conflicts(
    found: Iterable[Pair], calendars: Mapping[str, Calendar], since: datetime
) -> Iterator[Conflict]:
    """Those of these pairs whose limits differ. `calendars` by their codes, the company's own under ""; starts are tried
    from `since` on."""
    for pair in found:
        conflict = compared(pair, calendars, since)
        if conflict is not None:
            yield conflict


def compared(pair: Pair, calendars: Mapping[str, Calendar], since: datetime) -> Conflict | None:
    """Which of a pair is stricter; None where their limits are the same. See `conflicts`."""
    first, second = (side.control for side in pair.sides)
    if (first.until is None) != (second.until is None):
        return Conflict(pair, None, sentence("一边按所定的时刻，另一边按时限"))
    if first.until is not None and second.until is not None:
        if _said(first.until) == _said(second.until):
            return None
        return Conflict(pair, None, sentence("两边所定的时刻不同"))
    if first.recurs and first.window != second.window:
        return Conflict(pair, None, sentence("一边按固定周期，另一边从上一次起算"))
    earlier = _earlier(first, second, calendars, since)
    leads = {n for n, start in enumerate(earlier) if start is not None}
    if _start(first) != _start(second) and not first.recurs:
        return Conflict(pair, None, sentence("两边的起算不同"), earlier)
    for more, less in ((FIRST, SECOND), (SECOND, FIRST)):
        mine, theirs = pair.sides[more].control, pair.sides[less].control
        if mine.count > theirs.count or (mine.max_pause or NO_PAUSE) < (theirs.max_pause or NO_PAUSE):
            leads.add(more)
    if not leads:
        return None
    if len(leads) > 1:
        both_due = all(start is not None for start in earlier)
        why = (
            sentence("看起算的时刻或情形：有时一边先到期，有时另一边")
            if both_due
            else sentence("一边先到期，另一边要求的次数更多，或停表更短")
        )
        return Conflict(pair, None, why, earlier)
    return Conflict(pair, leads.pop(), None, earlier)


def _start(control: Control) -> tuple[str, str] | None:
    return None if control.start is None else (control.start.kind, _said(control.start.condition))


def _earlier(
    first: Control, second: Control, calendars: Mapping[str, Calendar], since: datetime
) -> tuple[datetime | None, datetime | None]:
    """A start at which the first one is due earlier, and one at which the second is."""
    company = calendars[""]
    hours = [calendars.get(control.calendar or "", company) for control in (first, second)]
    found: list[datetime | None] = [None, None]
    for one, other in _rules(first, second):
        for start in _starts(since) if one is not None and other is not None else (since,):
            mine, theirs = (
                worktime.due(start, rule, calendar) if rule is not None else None
                for rule, calendar in ((one, hours[FIRST]), (other, hours[SECOND]))
            )
            lead = _lead(mine, theirs)
            if lead is not None and found[lead] is None:
                found[lead] = start
            if None not in found:
                break
    return (found[FIRST], found[SECOND])


def _lead(mine: datetime | None, theirs: datetime | None) -> int | None:
    """Who is due earlier; what has no limit is due after everything."""
    if mine == theirs:
        return None
    if mine is None or theirs is None:
        return SECOND if mine is None else FIRST
    return FIRST if mine < theirs else SECOND


def _rules(first: Control, second: Control) -> Iterator[tuple[worktime.Rule | None, worktime.Rule | None]]:
    """The rules that can meet: of limits by the same field those of the same value, else each with each."""
    one, other = first.limit, second.limit
    if one is not None and other is not None and one.by is not None and one.by == other.by:
        for value in one.table.keys() & other.table.keys():
            yield one.table[value], other.table[value]
        return
    mine: list[worktime.Rule | None] = list(one.rules()) if one is not None else []
    theirs: list[worktime.Rule | None] = list(other.rules()) if other is not None else []
    yield from product(mine or [None], theirs or [None])


def _starts(since: datetime) -> Iterator[datetime]:
    start, end = since, since + timedelta(days=DAYS)
    while start < end:
        yield start
        start += STEP
