"""Charsets that switch by escapes: HZ (RFC 1843) and the ISO-2022 family (RFC 1468, 1557, 1922).

Read leniently: an escape that is missing, broken or unknown costs at most what it stands before.
"""

from __future__ import annotations

import re

_HZ = re.compile(rb"~(\{(?:(?!~\}|~\{)[^\r\n])*(?:~\}|(?=~\{)|(?=[\r\n])|$)|~|\r?\n)")
_HZ_USED = re.compile(rb"~\{(?:[!-w][!-~])+(?:~\}|[\r\n]|$)")
_ESCAPE = re.compile(rb"\x1b(?:\$[()*+]?[@-Z]|[()*+][0-Z]|N|O|\$)|[\x0e\x0f]|[\r\n]+")

_ONE_BYTE = {
    b"\x1b(B": "ascii",
    b"\x1b(J": "ascii",
    b"\x1b(H": "ascii",
    b"\x1b(I": "kana",
    b"\x1b(T": "ascii",
}
_TWO_BYTE = {
    b"\x1b$@": "euc_jisx0213",
    b"\x1b$B": "euc_jisx0213",
    b"\x1b$(B": "euc_jisx0213",
    b"\x1b$(Q": "euc_jisx0213",
    b"\x1b$(O": "euc_jisx0213",
    b"\x1b$(D": "supplement",
    b"\x1b$A": "gb18030",
    b"\x1b$(A": "gb18030",
    b"\x1b$(C": "cp949",
}
_SHIFTED = {b"\x1b$)A": "gb18030", b"\x1b$)E": "gb18030", b"\x1b$)C": "cp949", b"\x1b$)G": "lost"}


def looks_like_hz(raw: bytes) -> bool:
    """Whether there is Chinese between ~{ and ~}."""
    return b"~{" in raw and bool(_HZ_USED.search(raw))


def has_escapes(raw: bytes) -> bool:
    """Whether a set of two-byte characters is called in."""
    return b"\x1b$" in raw


def read_hz(raw: bytes) -> str:
    """HZ-GB-2312 as text; what is not Chinese is left to UTF-8."""
    out: list[str] = []
    at = 0
    for found in _HZ.finditer(raw):
        out.append(raw[at : found.start()].decode("utf-8", "replace"))
        at = found.end()
        kind = found[1]
        if kind.startswith(b"{"):
            out.append(_high(kind[1:].removesuffix(b"~}"), "gb18030"))
        elif kind == b"~":
            out.append("~")
    out.append(raw[at:].decode("utf-8", "replace"))
    return "".join(out)


def read_iso2022(raw: bytes) -> str:
    """Any of ISO-2022-JP, -KR, -CN as text; eight-bit bytes in between as GB 18030."""
    out: list[str] = []
    now, shifted, is_out = "ascii", "gb18030", False
    at = 0
    for found in _ESCAPE.finditer(raw):
        if found.start() > at:
            out.append(_run(raw[at : found.start()], shifted if is_out else now))
        at = found.end()
        escape = found[0]
        if escape in _ONE_BYTE:
            now = _ONE_BYTE[escape]
        elif escape in _TWO_BYTE:
            now = _TWO_BYTE[escape]
        elif escape in _SHIFTED:
            shifted = _SHIFTED[escape]
        elif escape == b"\x0e":
            is_out = True
        elif escape == b"\x0f":
            is_out = False
        elif escape[:1] in b"\r\n":
            out.append(escape.decode("ascii"))
            now, is_out = "ascii", False
    if at < len(raw):
        out.append(_run(raw[at:], shifted if is_out else now))
    return "".join(out)


def _run(raw: bytes, charset: str) -> str:
    if charset == "ascii":
        return raw.decode("gb18030", "replace")
    if charset == "kana":
        return bytes(byte | 0x80 for byte in raw).decode("cp932", "replace")
    if charset == "lost":
        return "\ufffd" * ((len(raw) + 1) // 2)
    if charset == "supplement":
        pairs = [raw[n : n + 2] for n in range(0, len(raw), 2)]
        marked = b"".join(b"\x8f" + bytes(byte | 0x80 for byte in pair) for pair in pairs)
        return marked.decode("euc_jp", "replace")
    return _high(raw, charset)


def _high(raw: bytes, charset: str) -> str:
    """Pairs of seven-bit bytes in their eight-bit form; blanks between pairs stay."""
    raised = bytes(byte | 0x80 if 0x21 <= byte < 0x7F else byte for byte in raw)
    return raised.decode(charset, "replace")
