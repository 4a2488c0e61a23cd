"""Of two clauses that ask the same of a case, the one that people work to stands first (decision 50)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from keyue.promises.enums import PromiseState
from keyue.promises.models import Promise
from keyue.regulations.conflicts import Pair

Key = tuple[str, str]


def stricter(pairs: Iterable[Pair], rows: Sequence[Promise]) -> dict[int, Promise]:
    """By the id of a promise, the one that asks the same of the same round and is due later."""
    by_key: dict[Key, list[Promise]] = {}
    for row in rows:
        if row.state != PromiseState.CANCELLED:
            by_key.setdefault((row.regulation, row.control), []).append(row)
    found: dict[int, Promise] = {}
    for pair in pairs:
        first, second = (by_key.get(side.key, []) for side in pair.sides)
        for one in first:
            for other in second:
                if (one.cycle, one.seq) == (other.cycle, other.seq) and one.due != other.due:
                    early, late = sorted((one, other), key=lambda row: (row.due is None, row.due))
                    found[early.pk] = late
    return found


def strictest_first(ordered: Sequence[Promise], later: Mapping[int, Promise]) -> list[Promise]:
    """The same with each promise that people work to right before the one that asks the same later."""
    rows = list(ordered)
    for early in ordered:
        late = later.get(early.pk)
        if late in rows and rows.index(late) < rows.index(early):
            rows.remove(early)
            rows.insert(rows.index(late), early)
    return rows
