"""Canned answers from a sheet: one row an answer, read as a whole before anything is written."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.knowledge.actions.scripts import ScriptText
from keyue.knowledge.enums import Scope, ScriptKind
from keyue.ui import sheets
from keyue.ui.uploads import MOST_BYTES, Upload

MOST_ROWS = 500
CODE, TITLE, BODY, DEPARTMENT = "code", "title", "body", "department"
HEADINGS: Mapping[str, Sequence[str]] = {
    CODE: ("短代码", "快捷码", "代码", "快捷键", "code"),
    TITLE: ("标题", "名称", "主题", "title"),
    BODY: ("内容", "话术", "回复内容", "正文", "文本", "body"),
    DEPARTMENT: ("部门", "归属部门", "department"),
}
"""How sheets head their columns; the first is how our own does."""


def _column(heading: str) -> str:
    bare = heading.strip().casefold()
    return next((column for column, names in HEADINGS.items() if bare in names), "")


def texts_of(upload: Upload, departments: Mapping[str, str]) -> list[tuple[int, ScriptText]]:
    """Row number and text of each answer. `departments` are codes by name. Raises Invalid at `sheet` for a file that cannot be
    read, or lacks a column."""
    if len(upload.content) > MOST_BYTES:
        raise _refusal(_("「%(name)s」超过 %(most)d MB。") % {"name": upload.name, "most": MOST_BYTES >> 20})
    with tempfile.TemporaryDirectory(prefix="keyue-scripts-") as folder:
        source, target = Path(folder, "source"), Path(folder, "rows")
        source.write_bytes(upload.content)
        try:
            sheet = sheets.spool(source, target, lambda headings: sum(bool(_column(one)) for one in headings))
        except Invalid as error:
            raise _refusal(str(error)) from error
        columns = [_column(heading) for heading in sheet.headings]
        missing = [HEADINGS[name][0] for name in (CODE, TITLE, BODY) if name not in columns]
        if missing:
            raise _refusal(_("表头里没有「%(name)s」这一列。") % {"name": missing[0]})
        if sheet.rows > MOST_ROWS:
            raise _refusal(_("一次最多导入 %(most)s 行，请拆成几个文件。") % {"most": MOST_ROWS})
        return [
            (line.number, _text(columns, line.cells, departments, line.number))
            for line in sheets.rows_of(target)
        ]


def _text(
    columns: Sequence[str], cells: Sequence[str], departments: Mapping[str, str], number: int
) -> ScriptText:
    said = {name: cell for name, cell in zip(columns, cells, strict=False) if name}
    named = said.get(DEPARTMENT, "").strip()
    if named and named not in departments:
        raise _refusal(_("第 %(row)d 行：没有「%(name)s」这个部门。") % {"row": number, "name": named})
    return ScriptText(
        kind=ScriptKind.CANNED.value,
        code=said.get(CODE, ""),
        title=said.get(TITLE, ""),
        body=said.get(BODY, ""),
        scope=Scope.DEPARTMENT.value if named else Scope.ALL.value,
        department=departments.get(named, ""),
    )


def _refusal(said: str) -> Invalid:
    return Invalid(said, fields={"sheet": said})
