"""A file of rows, as it came, onto disk as one line of JSON a row: what every later step reads, at its own pace.

Checked by content, not by name. Nothing here holds a file in memory, whatever its length.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel import xlsx
from keyue.kernel.errors import Invalid
from keyue.kernel.xlsx import Line

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
HEADING_AMONG = 20
CHUNK = 1 << 16
ENCODINGS = ("utf-8-sig", "gb18030")
CANNOT: dict[str, Promise] = {
    "zip": gettext_lazy("打不开这个表格，文件可能不完整。请重新另存为 .xlsx 再试。"),
    "part": gettext_lazy("这个文件不是 .xlsx 表格。请在表格软件里另存为 .xlsx 再试。"),
    "sheet": gettext_lazy("这个文件里没有可见的工作表。"),
    "size": gettext_lazy("这个表格解开后太大，请拆成几个文件。"),
    "encrypted": gettext_lazy("这个表格有打开密码，请去掉密码后再试。"),
}
BROKEN = gettext_lazy("这个表格的内容不完整或已损坏。请在表格软件里打开，另存为 .xlsx 再试。")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file is: `kind` is xlsx or csv, `rows` the number of rows below the heading."""

    kind: str
    headings: list[str]
    rows: int


Recognised = Callable[[Sequence[str]], int]
"""How many headings of a row are known: what tells the heading from the rows above it."""


def spool(source: Path, target: Path, recognised: Recognised) -> Sheet:
    """Write the rows of `source` into `target`, whole or not at all. Raises Invalid with what is wrong and what to do."""
    with source.open("rb") as file:
        head = file.read(8)
    if not head:
        raise Invalid(_("文件是空的。"))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(_("这是旧的 .xls 格式或加密的表格，请另存为不加密的 .xlsx 再试。"))
    kind = "xlsx" if xlsx.is_workbook(head) else "csv"
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        sheet = _write(fresh, kind, _lines(source, kind), recognised)
        fresh.replace(target)
    except xlsx.Unreadable as error:
        raise Invalid(str(CANNOT.get(str(error), BROKEN))) from error
    finally:
        fresh.unlink(missing_ok=True)
    return sheet


def _lines(source: Path, kind: str) -> Iterator[Line]:
    if kind == "csv":
        yield from _csv_lines(source)
        return
    with xlsx.Workbook(source) as book:
        yield from book.rows()


def _write(target: Path, kind: str, lines: Iterable[Line], recognised: Recognised) -> Sheet:
    walk = iter(lines)
    first = list(islice(walk, HEADING_AMONG))
    if not first:
        raise Invalid(_("表格里没有内容。"))
    place = max(range(len(first)), key=lambda n: (recognised(first[n].cells), -n))
    if not recognised(first[place].cells):
        place = 0
    headings = [cell.strip() for cell in first[place].cells]
    rows = 0
    target.touch(mode=0o600)
    with target.open("w", encoding="utf-8") as file:
        file.write(json.dumps(headings, ensure_ascii=False) + "\n")
        for line in _below(first[place + 1 :], walk):
            rows += 1
            if rows > MOST_ROWS:
                raise Invalid(_("一次最多导入 %(most)s 行，请拆成几个文件。") % {"most": f"{MOST_ROWS:,}"})
            file.write(json.dumps([line.number, line.cells], ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if not rows:
        raise Invalid(_("表头下面没有数据行。"))
    return Sheet(kind, headings, rows)


def _below(rest: Iterable[Line], walk: Iterator[Line]) -> Iterator[Line]:
    for lines in (rest, walk):
        for line in lines:
            if any(cell.strip() for cell in line.cells):
                yield line


# --- text files ---


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 with its mark, else GB 18030. Raises Invalid for anything else."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates: tuple[str, ...] = ("utf-16",)
    else:
        candidates = ENCODINGS
    for encoding in candidates:
        if _decodes(path, encoding):
            return encoding
    raise Invalid(_("看不懂这个文件的文字编码，请另存为 UTF-8 的 .csv 或 .xlsx。"))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(CHUNK):
                if "\0" in decoder.decode(piece):
                    return False
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _csv_lines(path: Path) -> Iterator[Line]:
    encoding = encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        mark = _separator(file)
        # strict: an open quote would otherwise swallow the rest of the file into one cell
        reader = csv.reader(file, delimiter=mark, strict=True)
        try:
            for number, cells in enumerate(reader, 1):
                yield Line(number, [cell.strip() for cell in cells[: xlsx.MOST_COLUMNS]])
        except csv.Error as error:
            raise Invalid(
                _("第 %(line)d 行附近的引号不成对或内容过长，看不懂。请核对，或另存为 .xlsx 再试。")
                % {"line": reader.line_num}
            ) from error


def _separator(file: io.TextIOWrapper) -> str:
    """Comma, semicolon or tab, whichever the first line has most of."""
    first = file.readline(CHUNK)
    file.seek(0)
    return max(",;\t", key=first.count)


# --- reading back ---

_places: dict[Path, tuple[int, int]] = {}
"""Where a file's row stands: (rows before it, byte), of the place last read in this process."""


def headings_of(path: Path) -> list[str]:
    """The headings of rows that were put on disk."""
    with path.open(encoding="utf-8") as file:
        found: list[str] = json.loads(file.readline())
        return found


def rows_of(path: Path, *, skip: int = 0, most: int | None = None) -> Iterator[Line]:
    """Rows after the first `skip`, at most `most` of them."""
    with path.open("rb") as file:
        before, place = _places.get(path, (0, 0))
        if place == 0 or before > skip:
            before = 0
            file.readline()
        else:
            file.seek(place)
        for _row in range(skip - before):
            file.readline()
        taken = 0
        while most is None or taken < most:
            text = file.readline()
            if not text:
                break
            number, cells = json.loads(text)
            taken += 1
            yield Line(number, cells)
        if most is not None:
            _places.clear()
            _places[path] = (skip + taken, file.tell())
