"""The bad rows as a file: all their columns as they came, and why they were not taken in the column 「原因」."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from keyue.cases.importing import selectors
from keyue.cases.importing.columns import COLUMNS, REASON, is_reason
from keyue.cases.importing.reading import rows_of
from keyue.cases.models import ImportRun

# what a spreadsheet program would run as a formula; a sign before digits is a number or a telephone
RISKY = ("=", "@", "\t", "\r")
AT_A_TIME = 1_000
WIDEST = 40


def table_of(run: ImportRun) -> Iterator[list[str]]:
    """The heading and the bad rows. Columns of an earlier run's reasons are left out: these are newer."""
    shown = [place for place, heading in enumerate(run.headings) if not is_reason(heading)]
    yield [*(run.headings[place] for place in shown), REASON]
    reasons = selectors.bad_rows(run).values_list("line", "reasons").iterator(AT_A_TIME)
    bad = next(reasons, None)
    with selectors.rows_on_disk(run) as path:
        for line in rows_of(path):
            if bad is None:
                return
            if line.number == bad[0]:
                cells = [line.cells[place] if place < len(line.cells) else "" for place in shown]
                yield [*cells, _("；").join(bad[1])]
                bad = next(reasons, None)


def write(run: ImportRun, target: Path, *, form: str) -> Path:
    """Write the bad rows of an import as `.xlsx`, or as `.csv` where a text file came."""
    return (write_csv if form == "csv" else write_xlsx)(table_of(run), target)


def write_csv(rows: Iterable[Sequence[str]], target: Path) -> Path:
    """A text file that spreadsheet programs read as UTF-8 and run nothing of."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for cells in rows:
            writer.writerow([f"'{cell}" if cell.startswith(RISKY) else cell for cell in cells])
    return target


def write_xlsx(rows: Iterable[Sequence[str]], target: Path, *, widths: Sequence[int] = ()) -> Path:
    """A workbook with one sheet, every cell a text; a row at a time, so that its length does not matter."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        sheet.freeze_panes(1, 0)
        for number, cells in enumerate(rows):
            if number == 0:
                for place, cell in enumerate(cells):
                    width = widths[place] if place < len(widths) else min(len(cell) * 2 + 4, WIDEST)
                    sheet.set_column(place, place, width)
            for place, cell in enumerate(cells):
                sheet.write_string(number, place, cell[:32_767], bold if number == 0 else None)
    return target


def blank_sheet() -> list[list[str]]:
    """A sheet to fill in: the headings that are understood, and one row that shows how."""
    example = {
        "at": "2026-11-03 14:05",
        "content": "出水浊度超标，请派人检查",
        "type": "投诉",
        "title": "出水浊度超标",
        "name": "周叙白",
        "phone": "13800000000",
        "email": "zhou@example.com",
        "region": "浙江杭州",
        "channel": "电话",
        "phase": "售后",
        "number": "GD-0001",
        "category": "产品质量",
        "classified_at": "2026-11-03 15:00",
        "solved_at": "2026-11-04 10:30",
        "result": "更换膜元件，复测合格",
        "reported_at": "2026-11-04 11:00",
        "told_at": "2026-11-04 16:20",
        "told_via": "电话",
        "followed_at": "2026-11-07 09:30",
        "satisfied": "是",
    }
    columns = [(column.code, str(column.label)) for column in COLUMNS.values()]
    return [[label for _code, label in columns], [example.get(code, "") for code, _label in columns]]
