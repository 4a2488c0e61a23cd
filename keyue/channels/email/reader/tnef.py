"""winmail.dat (MS-OXTNEF): the text and the files that Outlook and Exchange put into it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from keyue.channels.email.reader.charsets import decode
from keyue.channels.email.reader.rtf import read_rtf, unpacked

SIGNATURE = b"\x78\x9f\x3e\x22"
_ATTACH_BEGIN, _ATTACH_TITLE, _ATTACH_DATA, _ATTACH_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_BODY, _SUBJECT, _PROPERTIES, _CODEPAGE = 0x800C, 0x8004, 0x9003, 0x9007
_TEXT_BODY, _HTML_BODY, _RTF_BODY, _PAGE, _SUBJECT_PROPERTY = 0x1000, 0x1013, 0x1009, 0x3FDE, 0x0037
_DATA, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MIME, _CONTENT_ID = (
    0x3701,
    0x3707,
    0x3704,
    0x3001,
    0x370E,
    0x3712,
)
_SIZES = {1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_TEXT, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_MULTIPLE, _NAMED = 0x1000, 0x8000
DEEPEST = 4
MOST = 5_000


@dataclass(slots=True)
class File:
    """One file of it."""

    name: str = ""
    type: str = ""
    content: bytes = b""
    cid: str = ""


@dataclass(slots=True)
class Tnef:
    """What it holds; `is_damaged` where it broke off."""

    text: str = ""
    html: str = ""
    subject: str = ""
    files: list[File] = field(default_factory=list)
    is_damaged: bool = False


class _BrokenOff(Exception):
    """The bytes end in the middle, or say what cannot be."""


def read_tnef(raw: bytes, depth: int = 0) -> Tnef | None:
    """The contents; None for what is no winmail.dat. Never raises."""
    if raw[:4] != SIGNATURE:
        return None
    found = Tnef()
    page = ""
    try:
        for name, data in _attributes(raw):
            if name == _CODEPAGE and len(data) >= 4:
                page = f"cp{struct.unpack_from('<I', data)[0]}"
            elif name == _BODY:
                found.text = decode(data.rstrip(b"\0"), page)
            elif name == _SUBJECT:
                found.subject = decode(data.rstrip(b"\0"), page)
            elif name == _PROPERTIES:
                _take_message(found, data, page)
            elif len(found.files) < MOST:
                _take_file(found, name, data, page, depth)
    except _BrokenOff:
        found.is_damaged = True
    found.files = [file for file in found.files if file.content or file.name]
    return found


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(raw):
        level, name, _kind, size = struct.unpack_from("<BHHI", raw, at)
        at += 9
        if level not in {1, 2} or at + size > len(raw):
            if level in {1, 2}:
                yield name, raw[at:]
            raise _BrokenOff
        yield name, raw[at : at + size]
        at += size + 2


def _take_message(found: Tnef, data: bytes, page: str) -> None:
    values = dict(_properties(data))
    number = values.get(_PAGE)
    page = f"cp{number}" if isinstance(number, int) and number else page
    text = _worded(values.get(_TEXT_BODY), page)
    found.text = text or found.text
    found.subject = _worded(values.get(_SUBJECT_PROPERTY), page) or found.subject
    found.html = _worded(values.get(_HTML_BODY), page)
    packed = values.get(_RTF_BODY)
    if isinstance(packed, bytes) and not found.html:
        said, is_html = read_rtf(unpacked(packed))
        if is_html:
            found.html = said
        elif not found.text.strip():
            found.text = said


def _take_file(found: Tnef, name: int, data: bytes, page: str, depth: int) -> None:
    if name == _ATTACH_BEGIN:
        found.files.append(File())
        return
    if not found.files:
        found.files.append(File())
    file = found.files[-1]
    if name == _ATTACH_TITLE:
        file.name = file.name or decode(data.rstrip(b"\0"), page)
    elif name == _ATTACH_DATA:
        file.content = data
    elif name == _ATTACH_PROPERTIES:
        _describe(found, file, data, page, depth)


def _describe(found: Tnef, file: File, data: bytes, page: str, depth: int) -> None:
    values = dict(_properties(data))
    for key in (_SHOWN_NAME, _SHORT_NAME, _LONG_NAME):
        file.name = _worded(values.get(key), page) or file.name
    file.type = _worded(values.get(_MIME), page).lower() or file.type
    file.cid = _worded(values.get(_CONTENT_ID), page) or file.cid
    content = values.get(_DATA)
    if not isinstance(content, bytes) or file.content:
        return
    # an object begins with the id of its interface; a message within is a winmail.dat of its own
    inner = read_tnef(content[16:], depth + 1) if depth < DEEPEST and content[16:20] == SIGNATURE else None
    if inner is None:
        file.content = content
        return
    said = inner.text or inner.html
    file.name = (file.name or inner.subject or "message") + (".txt" if inner.text else ".html")
    file.type = "text/plain" if inner.text else "text/html"
    file.content = said.encode("utf-8", "replace")
    found.files.extend(inner.files)


def _worded(value: object, page: str) -> str:
    if isinstance(value, str):
        return value
    return decode(value.rstrip(b"\0"), page) if isinstance(value, bytes) else ""


def _properties(data: bytes) -> Iterator[tuple[int, Any]]:
    """MAPI properties by their number; of several values the first."""
    cursor = _Cursor(data)
    for _count in range(min(cursor.number(), 10_000)):
        kind, name = cursor.pair()
        if name >= _NAMED:
            cursor.take(16)
            if cursor.number() == 0:
                cursor.number()
            else:
                cursor.padded(cursor.number())
        yield name, cursor.value(kind)


class _Cursor:
    """Goes through the bytes of properties. Raises _BrokenOff where they end."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise _BrokenOff
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def pair(self) -> tuple[int, int]:
        kind, name = struct.unpack("<HH", self.take(4))
        return kind, name

    def padded(self, size: int) -> bytes:
        found = self.take(size)
        self.take(min(-size % 4, len(self.data) - self.at))
        return found

    def value(self, kind: int) -> object:
        plain = kind & ~_MULTIPLE
        if plain in {_TEXT, _UNICODE, _OBJECT, _BINARY}:
            several = [self.padded(self.number()) for _count in range(min(self.number(), 10_000))]
            first = several[0] if several else b""
            return first.decode("utf-16-le", "replace").rstrip("\0") if plain == _UNICODE else first
        if plain not in _SIZES:
            raise _BrokenOff
        count = self.number() if kind & _MULTIPLE else 1
        values = [self.take(_SIZES[plain]) for _count in range(min(count, 10_000))]
        return int.from_bytes(values[0], "little") if values and plain in {2, 3} else None
