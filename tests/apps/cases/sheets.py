"""Spreadsheets for tests, as real programs write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

HEADINGS = ["单号", "受理时间", "类型", "内容", "客户姓名", "手机", "地区", "备注"]
HISTORY = [
    *("单号", "受理时间", "类型", "主题", "内容", "姓名", "电话", "类别", "分类时间", "解决时间", "处理结果"),
    *("结果报客服时间", "结果告知时间", "告知方式", "回访时间", "是否满意"),
]


def write_xlsx(path: Path, rows: Iterable[Sequence[object]], **options: object) -> Path:
    """A workbook; datetimes become Excel's own dates."""
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("事项")
        form = book.add_format({"num_format": "yyyy/m/d hh:mm"})
        for r, cells in enumerate(rows):
            for c, cell in enumerate(cells):
                if isinstance(cell, datetime):
                    sheet.write_datetime(r, c, cell, form)
                elif cell is not None:
                    sheet.write(r, c, cell)
    return path


def write_csv(path: Path, rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> Path:
    """A text file with commas."""
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([["" if c is None else str(c) for c in row] for row in rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def read_xlsx(path: Path) -> list[list[str]]:
    """A workbook as another program reads it."""
    from python_calamine import CalamineWorkbook

    return [
        [str(cell) for cell in row]
        for row in CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    ]
