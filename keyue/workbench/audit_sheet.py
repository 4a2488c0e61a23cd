"""Audit records as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.ui import workbooks
from keyue.ui.workbooks import stamp
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
    """Write the records as they come, and the note; their number."""
    rows = (_cells(line, zone) for line in lines)
    return workbooks.write(str(target), rows, name=_("记录"), headings=headings, widths=WIDTHS, note=note)


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
