"""A sheet of cases onto disk, row by row: the heading is found by the columns that cases have."""

from __future__ import annotations

from pathlib import Path

from keyue.cases.importing.columns import recognised
from keyue.kernel import xlsx as xlsx
from keyue.ui import sheets
from keyue.ui.sheets import MOST_BYTES as MOST_BYTES
from keyue.ui.sheets import MOST_ROWS as MOST_ROWS
from keyue.ui.sheets import Line as Line
from keyue.ui.sheets import Sheet as Sheet
from keyue.ui.sheets import encoding_of as encoding_of
from keyue.ui.sheets import headings_of as headings_of
from keyue.ui.sheets import rows_of as rows_of


def spool(source: Path, target: Path) -> Sheet:
    """Write the rows of `source` into `target`, as `ui.sheets.spool`. Raises Invalid."""
    return sheets.spool(source, target, recognised)
