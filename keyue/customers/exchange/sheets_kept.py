"""The refused rows back as a file: all their columns as they came, and why they were not taken in the column 「原因」."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from keyue.customers.exchange import selectors
from keyue.customers.exchange.columns import COLUMNS, REASON, is_reason
from keyue.customers.models import CustomerImport
from keyue.ui.sheets import rows_of
from keyue.ui.workbooks import write_xlsx

AT_A_TIME = 1_000
EXAMPLE = {
    "name": "临江第三水务有限公司",
    "kind": "单位",
    "contact_name": "方既明",
    "phone": "0571-87654321",
    "email": "fang@example.com",
    "role": "设备科长",
    "region": "浙江杭州",
    "address": "文三路 1 号",
    "category": "供水企业",
    "industry": "水务",
    "stage": "签约",
    "account_manager": "林知夏",
}


def refused_table(run: CustomerImport) -> Iterator[list[str]]:
    """The heading and the refused rows; a column of an earlier run's reasons is left out: these are newer."""
    shown = [place for place, heading in enumerate(run.headings) if not is_reason(heading)]
    yield [*(run.headings[place] for place in shown), REASON]
    reasons = selectors.refused_rows(run).values_list("line", "reasons").iterator(AT_A_TIME)
    bad = next(reasons, None)
    with selectors.rows_on_disk(run) as path:
        for line in rows_of(path):
            if bad is None:
                return
            if line.number == bad[0]:
                cells = [line.cells[place] if place < len(line.cells) else "" for place in shown]
                yield [*cells, _("；").join(bad[1])]
                bad = next(reasons, None)


def write_refused(run: CustomerImport, target: Path) -> Path:
    """Write the refused rows of an import as a workbook. Raises Invalid where the sheet is gone."""
    return write_xlsx(refused_table(run), target)


def blank_sheet() -> list[list[str]]:
    """A sheet to fill in: the headings that are understood, and one row that shows how."""
    codes = [code for code in COLUMNS if code != "number"]
    return [[str(COLUMNS[code].label) for code in codes], [EXAMPLE.get(code, "") for code in codes]]
