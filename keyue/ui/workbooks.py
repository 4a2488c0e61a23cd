"""What somebody takes along as a workbook: the rows, and a second sheet that says who took them along and when."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

# what a spreadsheet program would run as a formula; a sign before digits is a number or a telephone
RISKY = ("=", "@", "\t", "\r")
WIDEST = 40
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(
    target: str | BytesIO,
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    headings: Sequence[str],
    widths: Sequence[int],
    note: Sequence[tuple[str, str]],
) -> int:
    """Write the rows as they come, every cell a text, and the note, whose first three values stand on every printed
    page: whose copy this is; the number of rows. Widths are in characters."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_header("&L" + " · ".join(value for _name, value in note[:3]).replace("&", "&&"))
        sheet.set_footer("&R&P / &N")
        for place, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, bold)
        for written, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells):
                sheet.write_string(written, place, cell)
        about = book.add_worksheet(_("导出说明"))
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 60)
        for row, (what, value) in enumerate([*note, (_("条数"), str(written))]):
            about.write_string(row, 0, what, bold)
            about.write_string(row, 1, value)
    return written


def write_marked(
    target: str,
    rows: Iterable[Sequence[str]],
    *,
    name: str,
    headings: Sequence[str],
    widths: Sequence[int],
    mark: str,
    note: Sequence[tuple[str, str]],
) -> int:
    """Write the rows as they come, every cell a text, with a mark that says whose copy this is: above the headings, on
    every printed page, in the properties of the file, and beside the note on a second sheet; the number of rows."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": name, "subject": mark, "comments": mark, "keywords": mark[:255]})
        bold, grey = book.add_format({"bold": True}), book.add_format({"font_color": "#777777"})
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(2, 0)
        sheet.repeat_rows(0, 1)
        sheet.set_landscape()
        printed = mark.replace("&", "&&")[:200]
        sheet.set_header("&L" + printed)
        sheet.set_footer(f"&L{printed}&R&P / &N")
        sheet.write_string(0, 0, mark, grey)
        for place, (heading, width) in enumerate(zip(headings, widths, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(1, place, heading, bold)
        for written, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells):
                sheet.write_string(written + 1, place, cell[:32_767])
        about = book.add_worksheet(_("导出说明"))
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 60)
        for row, (what, value) in enumerate([*note, (_("条数"), str(written)), (_("导出标记"), mark)]):
            about.write_string(row, 0, what, bold)
            about.write_string(row, 1, value)
    return written


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant as exports write it: 2026-11-22 14:05:09."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


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
