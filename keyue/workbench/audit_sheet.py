"""Audit records as a workbook: the rows, and a second sheet that says who took them along, when and what for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.workbench.audit import Line

MOST_ROWS = 20_000
WIDTHS = (20, 14, 22, 22, 48, 12, 26)


def write(
    lines: Iterable[Line],
    target: Path,
    *,
    headings: Sequence[str],
    note: Sequence[tuple[str, str]],
    zone: ZoneInfo,
) -> int:
    """Write the rows as they come, every cell a text, and the note; the number of rows."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(str(target), options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(_("记录"))
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        # on every printed page: whose copy this is
        sheet.set_header("&L" + " · ".join(value for _name, value in note[:3]).replace("&", "&&"))
        sheet.set_footer("&R&P / &N")
        for place, (heading, width) in enumerate(zip(headings, WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, heading, bold)
        for written, line in enumerate(lines, start=1):
            for place, cell in enumerate(_cells(line, zone)):
                sheet.write_string(written, place, cell)
        about = book.add_worksheet(_("导出说明"))
        about.set_column(0, 0, 16)
        about.set_column(1, 1, 60)
        for row, (name, value) in enumerate([*note, (_("条数"), str(written))]):
            about.write_string(row, 0, name, bold)
            about.write_string(row, 1, value)
    return written


def _cells(line: Line, zone: ZoneInfo) -> Sequence[str]:
    return (
        stamp(line.at, zone),
        line.who,
        line.what,
        line.subject,
        line.detail,
        line.via,
        line.code,
    )


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """An instant as exports write it: 2026-11-22 14:05:09."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
