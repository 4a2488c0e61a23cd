"""Reading spreadsheets: what programs write, and what happens to files that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from keyue.cases.importing import cells, reading
from keyue.cases.importing.columns import COLUMNS, guess
from keyue.kernel.errors import Invalid
from tests.apps.cases.sheets import write_csv, write_xlsx

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROWS = [["受理时间", "内容", "手机"], [datetime(2026, 11, 3, 14, 5), "浊度超标", 13800006027]]


def spooled(tmp_path, source):
    target = tmp_path / "rows"
    sheet = reading.spool(source, target)
    return sheet, [(line.number, line.cells) for line in reading.rows_of(target)]


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}, {"in_memory": True, "date_1904": True}])
def test_a_workbook_with_dates_numbers_and_shared_or_inline_texts(tmp_path, options):
    sheet, rows = spooled(tmp_path, write_xlsx(tmp_path / "a.xlsx", ROWS, **options))
    assert (sheet.kind, sheet.headings, sheet.rows) == ("xlsx", ["受理时间", "内容", "手机"], 1)
    assert rows == [(2, ["2026-11-03 14:05", "浊度超标", "13800006027"])]


def test_what_else_cells_hold(tmp_path):
    rows = [["内容", "受理时间"], [True, 46000], [None, None], [" 前后空格 ", 1.5], ["=1+1", "2026-11-03"]]
    _sheet, found = spooled(tmp_path, write_xlsx(tmp_path / "a.xlsx", rows, strings_to_formulas=False))
    assert found == [(2, ["TRUE", "46000"]), (4, ["前后空格", "1.5"]), (5, ["=1+1", "2026-11-03"])]


def test_the_heading_is_found_below_a_title(tmp_path):
    rows = [["2026 年客户反馈登记表"], ["制表：客服部"], *ROWS]
    sheet, found = spooled(tmp_path, write_xlsx(tmp_path / "a.xlsx", rows))
    assert sheet.headings == ["受理时间", "内容", "手机"]
    assert found[0][0] == 4


def test_a_hidden_sheet_is_not_read(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        hidden = book.add_worksheet("字典")
        hidden.write_row(0, 0, ["甲", "乙"])
        hidden.write_row(1, 0, ["丙", "丁"])
        shown = book.add_worksheet("事项")
        shown.write_row(0, 0, ["受理时间", "内容"])
        shown.write_row(1, 0, ["2026-11-03", "浊度超标"])
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
    sheet, found = spooled(tmp_path, tmp_path / "a.xlsx")
    assert sheet.headings == ["受理时间", "内容"]
    assert found == [(2, ["2026-11-03", "浊度超标"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_files_in_every_encoding(tmp_path, encoding):
    rows = [["受理时间", "内容"], ["2026/11/3 14:05", "他说“𠮷祥”，要求\n尽快处理"]]
    sheet, found = spooled(tmp_path, write_csv(tmp_path / "a.csv", rows, encoding))
    assert (sheet.kind, sheet.headings) == ("csv", ["受理时间", "内容"])
    assert found == [(2, ["2026/11/3 14:05", "他说“𠮷祥”，要求\n尽快处理"])]


def test_semicolons_and_tabs(tmp_path):
    for mark in ";\t":
        file = tmp_path / "a.csv"
        file.write_text(f"受理时间{mark}内容\n2026-11-03{mark}水，电,气\n", encoding="utf-8")
        assert spooled(tmp_path, file)[1] == [(2, ["2026-11-03", "水，电,气"])]


def workbook(parts: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


BOMB = """<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;">]>
<workbook xmlns:r="r"><sheets><sheet name="&b;" r:id="rId1"/></sheets></workbook>"""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空的"),
        (b"\xd0\xcf\x11\xe0rest", ".xls"),
        (b"PK\x03\x04 but no zip", "打不开"),
        (workbook({"word/document.xml": "<w/>"}), "不是 .xlsx"),
        (workbook({"xl/workbook.xml": BOMB}), "不完整或已损坏"),
        (workbook({"xl/workbook.xml": "<workbook><sheets/></workbook>"}), "没有可见的工作表"),
        (b"\xff\xfe\xff\x00\xd8", "编码"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "编码"),
        ('受理时间,内容\n2026-11-03,"没有结尾\n'.encode(), "引号"),
        ("受理时间,内容\n".encode(), "没有数据行"),
        (b"\n\n\n", "没有"),
    ],
)
def test_what_is_no_sheet_gets_a_sentence(tmp_path, content, said):
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(Invalid, match=said):
        reading.spool(file, tmp_path / "rows")
    assert not list(tmp_path.glob("rows*"))


def test_a_workbook_cut_off_in_the_middle(tmp_path):
    whole = write_xlsx(tmp_path / "a.xlsx", [ROWS[0], *([f"第{n}行", "内容", n] for n in range(3000))])
    whole.write_bytes(whole.read_bytes()[:-400])
    with pytest.raises(Invalid):
        reading.spool(whole, tmp_path / "rows")


def test_cells_merged_downwards_hold_the_same_in_every_row(tmp_path):
    import xlsxwriter

    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 1, 3, "2026 年台账")
        sheet.write_row(2, 0, ["受理时间", "内容", "姓名"])
        sheet.merge_range(3, 0, 5, 0, "2026-11-03 14:05")
        sheet.merge_range(4, 2, 6, 2, "周叙白")
        for place, text in enumerate(["甲", "乙", "丙", "丁", "戊"]):
            sheet.write(3 + place, 1, text)
        sheet.merge_range(8, 0, 9, 1, "以下空白")
    found = spooled(tmp_path, file)[1]
    assert [cells for _number, cells in found] == [
        ["2026-11-03 14:05", "甲"],
        ["2026-11-03 14:05", "乙", "周叙白"],
        ["2026-11-03 14:05", "丙", "周叙白"],
        ["", "丁", "周叙白"],
        ["", "戊"],
        ["以下空白"],
    ]


def test_what_unfolds_too_far_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("keyue.kernel.xlsx.MOST_UNPACKED", 10_000)
    source = write_xlsx(tmp_path / "a.xlsx", [ROWS[0], *([f"第{n}行", "内容", n] for n in range(500))])
    with pytest.raises(Invalid, match="太大"):
        reading.spool(source, tmp_path / "rows")


def test_memory_does_not_grow_with_the_file(tmp_path):
    import tracemalloc

    def peak(rows: int) -> int:
        lines = ([f"第{n}行的内容，每行都不一样，写得长一些" * 4, n, f"k{n}"] for n in range(rows))
        source = write_xlsx(tmp_path / f"{rows}.xlsx", [ROWS[0], *lines])
        tracemalloc.start()
        try:
            reading.spool(source, tmp_path / "rows")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(200)
    small, large = peak(3_000), peak(12_000)
    assert large < small * 1.3, (small, large)


def test_rows_are_read_from_any_place(tmp_path):
    source = write_csv(
        tmp_path / "a.csv", [["内容", "受理时间"], *([f"第{n}行", "x"] for n in range(1, 101))]
    )
    target = tmp_path / "rows"
    reading.spool(source, target)
    for skip, most in ((0, 10), (10, 10), (20, 5), (95, 10), (3, 2), (100, 10)):
        found = [line.number for line in reading.rows_of(target, skip=skip, most=most)]
        assert found == list(range(skip + 2, min(skip + most, 100) + 2))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-03 14:05", "2026-11-03T14:05"),
        ("2026-11-3 9:05:07", "2026-11-03T09:05:07"),
        ("2026/11/03 14:05", "2026-11-03T14:05"),
        ("2026.11.3", "2026-11-03T00:00"),
        ("2026年11月3日 14:05", "2026-11-03T14:05"),
        ("2026年11月3日14时5分", "2026-11-03T14:05"),
        ("2026年11月3日 下午 2:05", "2026-11-03T14:05"),
        ("2026-11-03 12:05 AM", "2026-11-03T00:05"),
        ("2026-11-03 2:05 pm", "2026-11-03T14:05"),
        ("2026-11-03T14:05:00+08:00", "2026-11-03T14:05"),
        ("2026-11-03T06:05:00Z", "2026-11-03T14:05"),
        ("２０２６－１１－０３　１４：０５", "2026-11-03T14:05"),
        ("20261103", "2026-11-03T00:00"),
        ("2026-11-03 星期二 14:05", "2026-11-03T14:05"),
        ("46329.586805556", "2026-11-03T14:05"),
        ("46329", "2026-11-03T00:00"),
        ("2026-11-03 24:00", "2026-11-04T00:00"),
        ("2026年12月31日24点", "2027-01-01T00:00"),
        ("2026/11/3 9:5", "2026-11-03T09:05"),
    ],
)
def test_instants_as_people_write_them(text, said):
    assert cells.instant(text, SHANGHAI).at == datetime.fromisoformat(said).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "昨天",
        "11/3/2026",
        "2026-13-03",
        "2026-11-31",
        "2026-11-03 25:00",
        "2026-11-03 24:01",
        "20/11/2026",
        "1626-11-03",
        "12",
        "14:05",
        "2026",
    ],
)
def test_what_is_no_instant_is_not_guessed(text):
    with pytest.raises(cells.Unreadable):
        cells.instant(text, SHANGHAI)


def test_headings_in_many_words():
    headings = [
        "序号",
        "登记日期*",
        "投诉内容（必填）",
        "客户 姓名",
        "联系电话",
        "E-mail",
        "是否满意",
        "备注",
        "原因",
    ]
    assert guess(headings) == {"at": 1, "content": 2, "name": 3, "phone": 4, "email": 5, "satisfied": 6}


def test_every_column_is_recognised_by_its_own_name():
    assert guess([str(column.label) for column in COLUMNS.values()]) == {
        code: place for place, code in enumerate(COLUMNS)
    }
