"""What somebody takes along as a workbook: the rows, and a second sheet that says who took them along and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

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


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant as exports write it: 2026-11-22 14:05:09."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
