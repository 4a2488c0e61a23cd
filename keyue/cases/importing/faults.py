"""The bad rows as a file: all their columns as they came, and why they were not taken in the column 「原因」."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from keyue.cases.importing import selectors
from keyue.cases.importing.columns import COLUMNS, REASON, is_reason
from keyue.cases.importing.reading import rows_of
from keyue.cases.models import ImportRun
from keyue.ui.workbooks import write_csv, write_xlsx

AT_A_TIME = 1_000


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
