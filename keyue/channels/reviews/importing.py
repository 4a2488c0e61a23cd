"""Reviews out of a file: .xlsx or .csv as platforms hand them out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from keyue.channels.reviews.actions import take_review
from keyue.channels.reviews.reading import HEADINGS, mapping, own_columns, plain, review_of
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor
from keyue.ui import sheets

MOST_ROWS = 500
MOST_BYTES = 5 * 1024 * 1024
MOST_FAULTS = 20


@dataclass(slots=True)
class Imported:
    """What became of the rows of a file; `faults` are (row, what is wrong)."""

    fresh: int = 0
    known: int = 0
    bad: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def import_reviews(channel: Channel, content: bytes, *, by: Actor, at: datetime) -> Imported:
    """Take the reviews of a file in, each row by itself: what is wrong in one keeps no other out, and the same file again
    brings nothing twice. Raises Invalid where it is no sheet, or a column is missing."""
    if len(content) > MOST_BYTES:
        raise Invalid(_("文件超过 %(most)d MB，请拆成几个。") % {"most": MOST_BYTES >> 20})
    own = own_columns(str(channel.options.get("columns") or ""))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "sheet"), Path(folder, "rows")
        source.write_bytes(content)
        sheet = sheets.spool(source, target, lambda cells: len(mapping(cells, own)))
        columns = mapping(sheet.headings, own)
        missing = [name for name in ("rating", "text") if name not in columns]
        if missing:
            raise Invalid(_missing(missing, sheet.headings))
        if sheet.rows > MOST_ROWS:
            raise Invalid(
                _("一次最多 %(most)d 行，现在是 %(n)d 行，请拆成几个文件。")
                % {"most": MOST_ROWS, "n": sheet.rows}
            )
        rows = list(sheets.rows_of(target))
    done = Imported()
    for row in rows:
        cells = {name: str(row.cells[n]) if n < len(row.cells) else "" for name, n in columns.items()}
        if any(value.strip() for value in cells.values()):
            _take(channel, cells, row.number, done, by, at)
    return done


def _take(
    channel: Channel, cells: dict[str, str], number: int, done: Imported, by: Actor, at: datetime
) -> None:
    try:
        taken = take_review(channel=channel, review=review_of(cells, at), by=by, at=at)
    except Invalid as error:
        done.faults.append((number, str(error)))
        return
    if not taken.is_new:
        done.known += 1
        return
    done.fresh += 1
    done.bad += taken.is_bad


def _missing(names: list[str], headings: list[str]) -> str:
    wanted = _("、").join(f"「{HEADINGS[name][0]}」" for name in names)
    there = _("、").join(plain(heading) for heading in headings if heading.strip())[:200]
    return _(
        "表里缺少 %(wanted)s 列。现有的列：%(there)s。列名不同的，请在渠道设置的「表头对应」里写明。"
    ) % {
        "wanted": wanted,
        "there": there,
    }
