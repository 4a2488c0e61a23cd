"""Training a version and saying how good it is, beside what works now. Pure Python."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyue.sorting.model import base, store
from keyue.sorting.model.guessing import Guess
from keyue.sorting.model.linear import Measured, Sample, Sorter, measure, train

COMPARED = ("category", "type", "urgency", "lead")
"""What decides whether a version is better; scores follow the urgency, and a mood is mostly heard by the lists."""
MOST_MEASURED = 4000
FEWEST_MEASURED = 20
"""With fewer held-back cases nobody can say which of two is better."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A version, what it got right of the held-back cases, and what the one before got right of the same."""

    data: bytes
    learned: int
    held_back: int
    figures: Mapping[str, Any]
    is_better: bool
    seconds: float


def trained(samples: Sequence[Sample], before: bytes | None, lists: base.Lists | None = None) -> Trained:
    """Train on all samples that are not held back, and compare on those that are: with the model `before`, or where there
    is none with the lists of words."""
    started = time.perf_counter()
    sorter = train(samples)
    seconds = time.perf_counter() - started
    held = sorted((one for one in samples if one.is_held_back), key=lambda one: one.key)[:MOST_MEASURED]
    mine = measure(_of_model(sorter, held), held)
    known = base.lists(lists)
    other = (
        _of_model(store.unpacked(before), held)
        if before
        else {one.key: base.guesses(one.text, known) for one in held}
    )
    theirs = measure(other, held)
    total = sum(one.total for one in mine.values())
    is_better = total >= FEWEST_MEASURED and _hits(mine) >= _hits(theirs)
    figures = {
        "questions": {name: _plain(one) for name, one in mine.items()},
        "before": {name: [one.hits, one.total] for name, one in theirs.items()},
    }
    learned = sum(not one.is_held_back for one in samples)
    return Trained(store.packed(sorter), learned, len(held), figures, is_better, seconds)


def _of_model(sorter: Sorter, held: Sequence[Sample]) -> dict[str, dict[str, Guess]]:
    return {one.key: sorter.guesses(one.text, one.marks, why=False) for one in held}


def _hits(found: Mapping[str, Measured]) -> int:
    return sum(found[name].hits for name in COMPARED if name in found)


def _plain(one: Measured) -> dict[str, Any]:
    return {"of": one.of, "right": one.right, "proposed": one.proposed, "promised": round(one.promised, 2)}
