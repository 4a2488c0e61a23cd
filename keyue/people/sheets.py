"""Reading a staff list from `.xlsx`, `.xls`, `.ods` or `.csv`. Pure: bytes in, rows out, nothing is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid

LARGEST = 8 * 1024 * 1024
MOST_ROWS = 20_000
COLUMNS: dict[str, tuple[str, ...]] = {
    "username": ("工号", "登录名", "账号", "用户名", "username", "account", "sign-in name"),
    "name": ("姓名", "名字", "name"),
    "email": ("邮箱", "电子邮箱", "邮件", "email", "e-mail", "e-mail address", "email address"),
    "phone": ("手机", "手机号", "电话", "phone", "mobile"),
    "department": ("部门", "所属部门", "department"),
    "title": ("职务", "职位", "title"),
    "roles": ("角色", "系统角色", "roles", "role"),
    "posts": ("岗位", "担任岗位", "posts", "post"),
}
REQUIRED = ("username", "name")


@dataclass(frozen=True, slots=True)
class Row:
    """One person: `line` is the line in the sheet, from 1, as the spreadsheet program counts."""

    line: int
    values: dict[str, str]


def read_rows(content: bytes, filename: str = "") -> list[Row]:
    """The rows of the first sheet. Raises Invalid with a sentence that says what is wrong with the file."""
    if len(content) > LARGEST:
        raise Invalid(_("文件超过 8 MB，请拆分后再导入。"))
    if not content:
        raise Invalid(_("文件是空的。"))
    table = _read_workbook(content) if _is_workbook(content) else _read_csv(content, filename)
    return _rows(table)


def _is_workbook(content: bytes) -> bool:
    # by content, not by name: zip (xlsx, ods) or the old compound file (xls)
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def _read_workbook(content: bytes) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheet = book.get_sheet_by_index(0)
        return [
            [_text(cell) for cell in row]
            for row in sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
        ]
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise Invalid(_("打不开这个表格，请另存为 .xlsx 再试。")) from error


def _text(cell: object) -> str:
    # a sign-in name or telephone number typed as a number arrives as 1001.0
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _read_csv(content: bytes, filename: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Invalid(
            _("看不懂「%(name)s」的文字编码，请另存为 UTF-8 的 .csv 或 .xlsx。") % {"name": filename}
        )
    if "\0" in text:
        raise Invalid(_("「%(name)s」不是表格文件，请用 .xlsx 或 .csv。") % {"name": filename})
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]
    except csv.Error as error:
        raise Invalid(_("看不懂这个 .csv 文件，请另存为 .xlsx 再试。")) from error


def _rows(table: Sequence[Sequence[str]]) -> list[Row]:
    heading, columns = _heading(table)
    body = table[heading + 1 :]
    if len(body) > MOST_ROWS:
        raise Invalid(_("一次最多导入 %(most)s 行，请拆分后再导入。") % {"most": MOST_ROWS})
    rows = []
    for offset, cells in enumerate(body):
        values = {key: cells[index].strip() for key, index in columns.items() if index < len(cells)}
        if any(values.values()):
            rows.append(Row(heading + 2 + offset, values))
    return rows


def _heading(table: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Where the headings are, among the first lines, and which column is which."""
    for number, cells in enumerate(table[:20]):
        columns = _columns(cells)
        if all(key in columns for key in REQUIRED):
            return number, columns
    raise Invalid(
        _("找不到表头：第一行要有「工号」和「姓名」两列，可另有邮箱、手机、部门、职务、角色、岗位。")
    )


def _columns(cells: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        title = cell.strip().lower()
        for key, titles in COLUMNS.items():
            if title in titles and key not in found:
                found[key] = index
    return found
