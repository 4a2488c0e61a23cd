"""The dry run: what would become of a file, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from keyue.cases.importing import selectors
from keyue.cases.importing.columns import COLUMNS, REQUIRED
from keyue.cases.importing.reading import rows_of
from keyue.cases.importing.rows import Reader, Row
from keyue.cases.models import ImportRun
from keyue.promises import selectors as promises

FIRST = 20
MOST_EXAMINED = 20_000
MOST_KINDS = 8
MOST_COUNTED = 200
LONGEST_COUNT = 6
# what the sentences of both languages put around a value of the row
QUOTES = (("「", "」"), ("“", "”"))


@dataclass(slots=True)
class DryRun:
    """`examined` rows were read; `first` are shown. `kinds` are the commonest faults with how many rows have each."""

    first: list[Row] = field(default_factory=list)
    examined: int = 0
    bad: int = 0
    bad_first: list[Row] = field(default_factory=list)
    kinds: list[tuple[str, int]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def good(self) -> int:
        return self.examined - self.bad


def reader_of(run: ImportRun, now: datetime) -> Reader:
    """How the rows of this import are read."""
    return Reader(
        run.columns,
        zone=promises.zone(),
        now=now,
        default_type=run.default_type,
        default_via=run.default_via,
        headings=run.headings,
    )


def examine(run: ImportRun, *, now: datetime, most: int = MOST_EXAMINED) -> DryRun:
    """Read the rows as they will be read, without touching the tables. Raises Invalid where the file is gone."""
    result = DryRun(missing=[str(COLUMNS[code].label) for code in REQUIRED if code not in run.columns])
    if result.missing:
        result.first = _bare(run)
        return result
    reader = reader_of(run, now)
    counted: Counter[str] = Counter()
    for line in islice(rows_of(selectors.spool_of(run)), most):
        row = reader.read(line.number, line.cells)
        result.examined += 1
        if len(result.first) < FIRST:
            result.first.append(row)
        if row.faults:
            result.bad += 1
            if len(result.bad_first) < FIRST:
                result.bad_first.append(row)
            counted.update({kind_of(fault) for fault in row.faults})
    result.kinds = counted.most_common(MOST_KINDS)
    return result


def _bare(run: ImportRun) -> list[Row]:
    lines = rows_of(selectors.spool_of(run), most=FIRST)
    return [Row(line.number, "", None, None) for line in lines]


def counts_rows(spool: Path, place: int, total: int) -> bool:
    """Whether a column only counts the rows of its file: from 1 up, or down to 1."""
    cells = [
        line.cells[place].strip() if place < len(line.cells) else ""
        for line in rows_of(spool, most=MOST_COUNTED)
    ]
    if not all(cell.isdecimal() and len(cell) <= LONGEST_COUNT for cell in cells):
        return False
    counted = [int(cell) for cell in cells]
    up = list(range(1, len(cells) + 1))
    return counted in (up, [total + 1 - n for n in up])


def kind_of(fault: str) -> str:
    """A fault without what the row says: what the same faults of other rows have in common."""
    for opening, closing in QUOTES:
        start, mark, rest = fault.partition(opening)
        if mark:
            return f"{start}{opening}…{closing}{rest.partition(closing)[2]}"
    return fault


def samples(run: ImportRun, rows: int = 3) -> Sequence[tuple[str, str]]:
    """The headings, each with the first things that stand below it."""
    lines = list(rows_of(selectors.spool_of(run), most=rows))
    width = max([len(run.headings), *(len(line.cells) for line in lines)], default=0)
    found = []
    for place in range(width):
        heading = run.headings[place] if place < len(run.headings) else ""
        texts = [line.cells[place].strip() for line in lines if place < len(line.cells)]
        found.append((heading, " · ".join(text for text in texts if text)[:80]))
    return found
