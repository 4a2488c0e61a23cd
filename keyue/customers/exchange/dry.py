"""The dry run: what would become of a sheet, before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from keyue.customers.actions.importing import missing_columns
from keyue.customers.actions.importing_rows import Fate, fates_of
from keyue.customers.enums import ImportOutcome
from keyue.customers.exchange import selectors
from keyue.customers.exchange.columns import COLUMNS
from keyue.customers.exchange.differing import told
from keyue.customers.exchange.rows import Reader
from keyue.customers.models import CustomerImport
from keyue.customers.rules import number_of
from keyue.ui import sheets

FIRST = 20
MOST_EXAMINED = 5_000
MOST_KINDS = 8
AT_A_TIME = 500
QUOTES = (("「", "」"), ("“", "”"), ("（", "）"))


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as the dry run shows it: `pairs` are (column, old, new), the old ones under their masks."""

    line: int
    outcome: ImportOutcome
    name: str
    number: str = ""
    pairs: Sequence[tuple[str, str, str]] = ()
    reasons: Sequence[str] = ()
    alike: Sequence[str] = ()


@dataclass(slots=True)
class DryRun:
    """`examined` rows were read; the first of each outcome are shown. `kinds` are the commonest faults."""

    examined: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[Shown]] = field(default_factory=dict)
    kinds: list[tuple[str, int]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    # rows to be added that look like somebody on file
    alike: int = 0
    alike_first: list[Shown] = field(default_factory=list)


def examine(run: CustomerImport, *, most: int = MOST_EXAMINED, first: int = FIRST) -> DryRun:
    """Read the rows as they will be read, and compare them with the archive as it is. Raises Invalid where the sheet is
    gone."""
    result = DryRun(missing=[str(COLUMNS[code].label) for code in missing_columns(run)])
    if result.missing:
        return result
    reader = Reader(run.columns, default_kind=run.default_kind)
    kinds: Counter[str] = Counter()
    path = selectors.spool_of(run)
    while result.examined < most:
        lines = list(sheets.rows_of(path, skip=result.examined, most=min(AT_A_TIME, most - result.examined)))
        if not lines:
            break
        result.examined += len(lines)
        for fate in fates_of(run, [reader.read(line.number, line.cells) for line in lines], alike=True):
            _count(result, fate, first)
            kinds.update({kind_of(reason) for reason in fate.reasons})
    result.kinds = kinds.most_common(MOST_KINDS)
    return result


def _count(result: DryRun, fate: Fate, first: int) -> None:
    result.counts[str(fate.outcome)] += 1
    some = result.shown.setdefault(str(fate.outcome), [])
    if len(some) < first:
        some.append(_shown(fate))
    if fate.alike and fate.outcome == ImportOutcome.ADDED:
        result.alike += 1
        if len(result.alike_first) < first:
            result.alike_first.append(_shown(fate))


def _shown(fate: Fate) -> Shown:
    row = fate.row
    said = [text for text in (row.name or row.texts.get("name", ""), row.contact.get("phone", "")) if text]
    return Shown(
        line=row.line,
        outcome=fate.outcome,
        name=" ".join(said) or row.texts.get("number", "") or "—",
        number=number_of(fate.customer) if fate.customer else "",
        pairs=told(row, fate.difference) if fate.difference else (),
        reasons=fate.reasons,
        alike=[number_of(pk) for pk in fate.alike],
    )


def kind_of(fault: str) -> str:
    """A fault without what the row says: what the same faults of other rows have in common."""
    for opening, closing in QUOTES:
        start, mark, rest = fault.partition(opening)
        if mark:
            return f"{start}{opening}…{closing}{rest.partition(closing)[2]}"
    return fault


def samples(run: CustomerImport, rows: int = 3) -> list[tuple[str, str]]:
    """The headings, each with the first things that stand below it."""
    lines = list(sheets.rows_of(selectors.spool_of(run), most=rows))
    width = max([len(run.headings), *(len(line.cells) for line in lines)], default=0)
    found = []
    for place in range(width):
        heading = run.headings[place] if place < len(run.headings) else ""
        texts = [line.cells[place].strip() for line in lines if place < len(line.cells)]
        found.append(
            (
                heading or _("第 %(n)d 列，没有表头") % {"n": place + 1},
                " · ".join(text for text in texts if text)[:80],
            )
        )
    return found
