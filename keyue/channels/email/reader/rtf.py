"""Rich text as Outlook packs it: unpacked (MS-OXRTFCP), and read as HTML where it wraps HTML (MS-OXRTFEX), else as text."""

from __future__ import annotations

import html
import re
import struct
from dataclasses import dataclass

from keyue.channels.email.reader.charsets import decode

_PACKED, _PLAIN = 0x75465A4C, 0x414C454D
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbol"
    rb"ArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
LARGEST = 64 << 20
DEEPEST = 500

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|([\r\n]+)"
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr headerf footerl footerr footerf footnote"
    b" themedata colorschememapping latentstyles datastore xmlnstbl listtable listoverridetable rsidtbl generator"
    b" mmathPr fldinst bkmkstart bkmkend".split()
)
_MARKS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t", b"emdash": "—",
    b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•",
}  # fmt: skip
_CHARSETS = {
    134: "gb18030",
    136: "big5",
    128: "cp932",
    129: "cp949",
    204: "cp1251",
    238: "cp1250",
    161: "cp1253",
}


def unpacked(raw: bytes) -> bytes:
    """The rich text in a compressed one; what can be had where it is cut off. Empty where it is none."""
    if len(raw) < 16:
        return b""
    _packed_size, size, magic, _check = struct.unpack_from("<IIII", raw)
    if magic == _PLAIN:
        return raw[16 : 16 + size]
    if magic != _PACKED:
        return b""
    size = min(size, LARGEST)
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    place = len(_DICTIONARY)
    out = bytearray()
    at = 16
    while at < len(raw) and len(out) < size:
        flags = raw[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 1 >= len(raw):
                    return bytes(out)
                offset, count = (raw[at] << 4) | (raw[at + 1] >> 4), (raw[at + 1] & 15) + 2
                at += 2
                if offset == place:
                    return bytes(out[:size])
                piece = [(offset + n) % _WINDOW for n in range(count)]
            elif at < len(raw):
                window[place] = raw[at]
                out.append(raw[at])
                place = (place + 1) % _WINDOW
                at += 1
                continue
            else:
                return bytes(out[:size])
            for source in piece:
                window[place] = window[source]
                out.append(window[source])
                place = (place + 1) % _WINDOW
    return bytes(out[:size])


@dataclass(slots=True)
class _Group:
    skipped: bool = False
    is_tag: bool = False
    fallback: int = 1
    charset: str = ""
    hidden: bool = False
    starred: bool = False


class _Reader:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.bytes = bytearray()
        self.page = "gb18030"
        self.fonts: dict[int, str] = {}
        self.font = 0
        self.wraps_html = False
        self.to_skip = 0
        self.groups = [_Group()]

    @property
    def group(self) -> _Group:
        return self.groups[-1]

    def put(self, text: str) -> None:
        """Write characters where they are shown."""
        self.settle()
        group = self.group
        if group.skipped or (group.hidden and not group.is_tag):
            return
        self.out.append(text if group.is_tag or not self.wraps_html else html.escape(text, quote=False))

    def settle(self) -> None:
        """Decode the bytes gathered so far: a character may be of two."""
        if self.bytes:
            raw, self.bytes = bytes(self.bytes), bytearray()
            text = decode(raw, self.group.charset or self.page)
            group = self.group
            if not group.skipped and not (group.hidden and not group.is_tag):
                self.out.append(
                    text if group.is_tag or not self.wraps_html else html.escape(text, quote=False)
                )

    def brace(self, mark: bytes) -> None:
        self.settle()
        self.to_skip = 0
        if mark == b"{":
            if len(self.groups) < DEEPEST:
                now = self.group
                self.groups.append(_Group(now.skipped, now.is_tag, now.fallback, now.charset, now.hidden))
        elif len(self.groups) > 1:
            self.groups.pop()

    def word(self, name: bytes, number: int | None) -> None:
        group = self.group
        if name == b"u" and number is not None:
            self.put(chr(number % 0x10000))
            self.to_skip = group.fallback
            return
        self.settle()
        self.to_skip = 0
        if name == b"htmltag":
            group.is_tag, group.skipped = True, False
        elif name == b"htmlrtf":
            group.hidden = number != 0
        elif name == b"fromhtml":
            self.wraps_html = True
        elif name in _SKIPPED or group.starred:
            group.skipped = True
        elif name == b"uc" and number is not None:
            group.fallback = max(0, min(number, 10))
        elif name == b"ansicpg" and number:
            self.page = f"cp{number}"
        elif name == b"f" and number is not None:
            self.font = number
            group.charset = self.fonts.get(number, "")
        elif name in _MARKS:
            self.put("\r\n" if self.wraps_html and _MARKS[name] == "\n" else _MARKS[name])
        group.starred = False
        if name == b"fcharset" and number is not None:
            self.fonts[self.font] = _CHARSETS.get(number, "")

    def byte(self, raw: bytes) -> None:
        if self.to_skip:
            self.to_skip -= 1
        else:
            self.bytes += raw

    def text(self, raw: bytes) -> None:
        if self.to_skip:
            skipped, self.to_skip = self.to_skip, max(0, self.to_skip - len(raw))
            raw = raw[skipped:]
        if raw and raw.isascii() and not self.bytes:
            self.put(raw.decode("ascii"))
        else:
            self.bytes += raw


def read_rtf(raw: bytes) -> tuple[str, bool]:
    """What a rich text says, and whether that is HTML that was wrapped in it. Anything else reads as nothing."""
    if not raw.lstrip().startswith(b"{\\rtf"):
        return "", False
    reader = _Reader()
    at = 0
    while found := _TOKEN.match(raw, at):
        at = found.end()
        name, number, hexed, sign, brace, text, _newline = found.groups()
        if name == b"bin" and number:
            at += max(0, int(number))
        elif name:
            reader.word(name, int(number) if number else None)
        elif hexed:
            reader.byte(bytes.fromhex(hexed.decode("ascii")))
        elif sign == b"*":
            reader.settle()
            reader.group.starred = True
        elif sign:
            _sign(reader, sign)
        elif brace:
            reader.brace(brace)
        elif text:
            reader.text(text)
    reader.settle()
    said = "".join(reader.out)
    return said, reader.wraps_html


def _sign(reader: _Reader, sign: bytes) -> None:
    if sign in b"{}\\":
        reader.byte(sign)
    elif sign == b"~":
        reader.put("\xa0")
    elif sign == b"_":
        reader.put("-")
    elif sign in b"\r\n":
        reader.put("\n")
