"""Reading `.xlsx` row by row, in the same little memory however long the sheet is. Pure: no Django.

A workbook is a zip of XML. The texts of a sheet stand in one table of shared strings, which may be as large as the
sheet: it is copied to a file first and each string is found there by its number. Everything else streams.
"""

from __future__ import annotations

import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO
from xml.parsers import expat

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet knows no zone
CHUNK = 1 << 16
MOST_UNPACKED = 600 * 1024 * 1024
MOST_PARTS = 4_000
LONGEST_CELL = 32_767
MOST_COLUMNS = 256
REMEMBERED = 2_048
MOST_MERGED = 100_000
LONGEST_MERGE = 200
# formats that Excel numbers itself and that are dates or times, the Chinese ones included
DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})

_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?\bref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']"
)
_PLACE = re.compile(r"([A-Z]{1,3})(\d*)")


def serial_text(serial: float, *, from_1904: bool = False) -> str:
    """Excel's number of a moment as text: `2026-11-03 14:05`, a whole day as `2026-11-03`. Raises ValueError."""
    moment = EXCEL_EPOCH + timedelta(days=serial + (1462 if from_1904 else 0))
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    if 0 <= serial < 1:
        return f"{moment:%H:%M:%S}"
    if moment.time() == time(0):
        return f"{moment:%Y-%m-%d}"
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


class Unreadable(ValueError):
    """The file is no workbook that can be read; the text says what is wrong with it, in a word."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that holds anything: its number as the spreadsheet program shows it, and its cells as text."""

    number: int
    cells: list[str]


class _Parser:
    """An expat parser that refuses document types: with them a small file could unfold into a large one."""

    def __init__(self) -> None:
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartDoctypeDeclHandler = self._refuse
        self.expat.StartElementHandler = lambda name, attributes: self.start(
            name.rpartition(":")[2], attributes
        )
        self.expat.EndElementHandler = lambda name: self.end(name.rpartition(":")[2])
        self.expat.CharacterDataHandler = self.text

    def _refuse(self, *_: object) -> None:
        raise Unreadable("doctype")

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, data: str) -> None: ...

    def read(self, stream: IO[bytes]) -> Iterator[None]:
        """Parse; gives way after each piece, so that what was found can be taken."""
        try:
            while piece := stream.read(CHUNK):
                self.expat.Parse(piece, False)
                yield
            self.expat.Parse(b"", True)
            yield
        except (expat.ExpatError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise Unreadable("xml") from error


class _Elements(_Parser):
    """The elements of a small part with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, {key.rpartition(":")[2]: value for key, value in attributes.items()}))


class _Strings(_Parser):
    """The shared strings, written to a file one after the other; another file has the place of each."""

    def __init__(self, texts: IO[bytes], places: IO[bytes]) -> None:
        super().__init__()
        self.texts, self.places = texts, places
        self.count = 0
        self.parts: list[str] | None = None
        self.is_text = self.is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.parts = []
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "t":
            self.is_text = not self.is_phonetic

    def text(self, data: str) -> None:
        if self.is_text and self.parts is not None:
            self.parts.append(data)

    def end(self, name: str) -> None:
        if name == "t":
            self.is_text = False
        elif name == "rPh":
            self.is_phonetic = False
        elif name == "si" and self.parts is not None:
            data = "".join(self.parts)[:LONGEST_CELL].encode(errors="replace")
            self.places.write(struct.pack("<QI", self.texts.tell(), len(data)))
            self.texts.write(data)
            self.count += 1
            self.parts = None


class _Rows(_Parser):
    """The rows of a sheet; `take` gives those that are complete."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self.book = book
        self.rows: list[Line] = []
        self.number = 0
        self.cells: list[str] = []
        self.column = 0
        self.kind = self.style = ""
        self.value: list[str] = []
        self.reading = self.is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = _PLACE.match(attributes.get("r", ""))
            self.column = _column(place[1]) if place else self.column + 1
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.value = []
        elif name in {"v", "t"}:
            self.reading = not self.is_phonetic
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "row":
            given = attributes.get("r", "")
            self.number = int(given) if given.isdigit() else self.number + 1
            self.cells, self.column = [], -1

    def text(self, data: str) -> None:
        if self.reading:
            self.value.append(data)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.reading = False
        elif name == "rPh":
            self.is_phonetic = False
        elif name == "c" and self.column < MOST_COLUMNS:
            text = self.book.text_of("".join(self.value), self.kind, self.style)
            if text:
                self.cells += [""] * (self.column + 1 - len(self.cells))
                self.cells[self.column] = text
        elif name == "row" and self.cells:
            self.rows.append(Line(self.number, self.cells))

    def take(self) -> list[Line]:
        taken, self.rows = self.rows, []
        return taken


@dataclass(frozen=True, slots=True)
class _Merged:
    """Cells merged downwards: by first row their columns with the last row, and what those that are open hold."""

    starts: dict[int, list[tuple[int, int]]]
    open: dict[int, tuple[int, str]]

    def add(self, column: str, first: str, _last_column: str, last: str) -> None:
        """A range of merged cells, of which the first holds what is seen."""
        if int(last) > int(first) and len(self.starts) < MOST_MERGED:
            self.starts.setdefault(int(first), []).append((_column(column), int(last)))


def _filled(lines: Iterable[Line], merged: _Merged) -> Iterator[Line]:
    for line in lines:
        cells = line.cells
        for column, (last, text) in list(merged.open.items()):
            if last < line.number:
                del merged.open[column]
                continue
            cells += [""] * (column + 1 - len(cells))
            cells[column] = cells[column] or text
        for column, last in merged.starts.get(line.number, ()):
            if column < len(cells) and cells[column]:
                merged.open[column] = last, cells[column]
        yield line


def _column(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


class Workbook:
    """The first visible sheet of a workbook. A context manager: it keeps files open."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise Unreadable("zip") from error
        self._texts: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the workbook
        self._places: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed with the workbook
        self.shared = lru_cache(maxsize=REMEMBERED)(self._shared)
        try:
            self._check()
            self._read_parts()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Workbook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        for file in (self._texts, self._places, self.archive):
            file.close()

    def rows(self) -> Iterator[Line]:
        """Every row that holds anything. Cells that are merged downwards hold the same in each of their rows. Raises
        Unreadable where the file breaks off."""
        parser = _Rows(self)
        merged = self._merged()
        with self._open(self.sheet) as stream:
            for _piece in parser.read(stream):
                yield from _filled(parser.take(), merged) if merged.starts else parser.take()

    def _merged(self) -> _Merged:
        """What is merged downwards: a sheet says so behind its rows, so it is looked for before they are read."""
        merged, rest = _Merged({}, {}), b""
        try:
            with self._open(self.sheet) as stream:
                while piece := stream.read(CHUNK):
                    rest += piece
                    if b"mergeCell" not in rest:
                        rest = rest[-LONGEST_MERGE:]
                        continue
                    end = 0
                    for match in _MERGE.finditer(rest):
                        merged.add(*(part.decode() for part in match.groups()))
                        end = match.end()
                    rest = rest[max(end, len(rest) - LONGEST_MERGE) :]
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
            raise Unreadable("xml") from error
        return merged

    def text_of(self, value: str, kind: str, style: str) -> str:
        """A cell's content as text."""
        if kind == "s":
            return self.shared(int(value)) if value.isdigit() else ""
        if kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE" if value.strip() else ""
        if kind == "n":
            return self._number(value.strip(), style)
        return _unescaped(value)[:LONGEST_CELL].strip()

    def _number(self, value: str, style: str) -> str:
        try:
            number = float(value)
        except ValueError:
            return value
        if style in self.dates:
            try:
                return serial_text(number, from_1904=self.from_1904)
            except (ValueError, OverflowError):
                return value
        if number.is_integer() and abs(number) < 1e15:
            return str(int(number))
        return value if len(value) <= 15 else repr(number)

    # --- the parts of the zip ---

    def _check(self) -> None:
        infos = self.archive.infolist()
        if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > MOST_UNPACKED:
            raise Unreadable("size")
        if any(info.flag_bits & 1 for info in infos):
            raise Unreadable("encrypted")
        self.names = {info.filename.lower().lstrip("/"): info.filename for info in infos}

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self.archive.open(self.names[name.lower().lstrip("/")])
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
            raise Unreadable("part") from error

    def _elements(self, name: str) -> Sequence[tuple[str, dict[str, str]]]:
        parser = _Elements()
        with self._open(name) as stream:
            for _piece in parser.read(stream):
                pass
        return parser.found

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Kind and address of what a part refers to, by id."""
        path = PurePosixPath(part)
        name = str(path.parent / "_rels" / f"{path.name}.rels") if part else "_rels/.rels"
        if name.lower() not in self.names:
            return {}
        found = {}
        for element, attributes in self._elements(name):
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                whole = target if target.startswith("/") else str(path.parent / target)
                kind = attributes.get("Type", "").rpartition("/")[2]
                found[attributes.get("Id", "")] = (kind, _straight(whole))
        return found

    def _read_parts(self) -> None:
        main = next((to for kind, to in self._relations("").values() if kind == "officeDocument"), "")
        main = main or "xl/workbook.xml"
        relations = self._relations(main)
        sheets = []
        self.from_1904 = False
        for element, attributes in self._elements(main):
            if element == "sheet" and attributes.get("state", "visible") == "visible":
                sheets.append(relations.get(attributes.get("id", ""), ("", ""))[1])
            elif element == "workbookPr":
                self.from_1904 = attributes.get("date1904") in {"1", "true"}
        if not sheets or not sheets[0]:
            raise Unreadable("sheet")
        self.sheet = sheets[0]
        by_kind = dict(relations.values())
        self.dates = self._date_styles(by_kind.get("styles", ""))
        self.strings = self._copy_strings(by_kind.get("sharedStrings", ""))

    def _date_styles(self, part: str) -> frozenset[str]:
        """The numbers of cell styles that show dates or times."""
        if part.lower() not in self.names:
            return frozenset()
        formats: dict[str, str] = {}
        styles: list[str] = []
        inside = False
        for element, attributes in self._elements(part):
            if element == "numFmt":
                formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
            elif element in {"cellXfs", "cellStyleXfs", "cellStyles", "dxfs"}:
                inside = element == "cellXfs"
            elif element == "xf" and inside:
                styles.append(attributes.get("numFmtId", "0"))
        return frozenset(str(n) for n, form in enumerate(styles) if _is_date(form, formats.get(form, "")))

    def _copy_strings(self, part: str) -> int:
        if part.lower() not in self.names:
            return 0
        parser = _Strings(self._texts, self._places)
        with self._open(part) as stream:
            for _piece in parser.read(stream):
                pass
        self._texts.flush()
        self._places.flush()
        return parser.count

    def _shared(self, number: int) -> str:
        if number >= self.strings:
            return ""
        self._places.seek(number * 12)
        start, size = struct.unpack("<QI", self._places.read(12))
        self._texts.seek(start)
        return _unescaped(self._texts.read(size).decode(errors="replace")).strip()


def _straight(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _is_date(number: str, code: str) -> bool:
    if not code:
        return number.isdigit() and int(number) in DATE_FORMATS
    shown = _QUOTED.sub("", code.casefold().replace("general", ""))
    return any(letter in shown for letter in "ydhms")


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def is_workbook(head: bytes) -> bool:
    """Whether a file begins as a zip does."""
    return head.startswith(b"PK\x03\x04")
