"""Content-Transfer-Encoding undone (RFC 2045): base64, quoted-printable and uuencode, as damaged as they come."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.guessing import plausibility, utf8_of
from keyue.channels.email.reader.oddities import Oddities

_WHITE = b"\r\n\t \0\x0b\x0c"
_NOT_BASE64 = bytes(
    byte for byte in range(256) if not (chr(byte).isascii() and chr(byte).isalnum()) and byte not in b"+/="
)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_RUN = re.compile(rb"[A-Za-z0-9+/]+")
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{4,}={0,2}|={1,2}")
_BASE64_BODY = re.compile(rb"\s*(?:[A-Za-z0-9+/]{20,}\s+)*[A-Za-z0-9+/]{4,}={0,2}\s*")
_NEWLINE = re.compile(rb"\r{0,3}\n|\r")
_SOFT_WITH_BLANKS = re.compile(rb"=[ \t]{1,200}(?=\r?\n|\Z)")
_ESCAPED = re.compile(rb"=[0-9A-Fa-f]{2}")
_HIGH_ESCAPED = re.compile(rb"=[89A-Fa-f][0-9A-Fa-f]")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,300})\r?$", re.M)
_UU_LINE = re.compile(rb"[ -`]{1,90}")
_NAMES = re.compile(r"[^a-z0-9]+")
_PLAIN = {
    "",
    "7bit",
    "8bit",
    "binary",
    "none",
    "plain",
    "7bits",
    "8bits",
    "ascii",
    "usascii",
    "utf8",
    "text",
    "identity",
}
_KNOWN = {
    "base64": "base64",
    "xbase64": "base64",
    "b64": "base64",
    "b": "base64",
    "quotedprintable": "qp",
    "qp": "qp",
    "q": "qp",
    "quotedprint": "qp",
    "printable": "qp",
    "xuuencode": "uu",
    "uuencode": "uu",
    "xuue": "uu",
    "uue": "uu",
    "xuu": "uu",
}
SHORTEST_UNDECLARED = 40
MOST_TRIES = 1_000
MOST_PIECES = 10_000


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file that stands uuencoded in a text."""

    name: bytes
    content: bytes


def kind_of(said: str) -> str | None:
    """`base64`, `qp`, `uu`, empty for none; None for an encoding that nobody knows."""
    plain = _NAMES.sub("", said.split(";")[0].split("(")[0].lower())
    if plain in _PLAIN:
        return ""
    if plain in _KNOWN:
        return _KNOWN[plain]
    return next((kind for name, kind in _KNOWN.items() if len(name) > 2 and plain.startswith(name)), None)


def undo(raw: bytes, said: str, is_text: bool, odd: Oddities) -> bytes:
    """The content behind a transfer encoding; what is not encoded as declared is given as it stands."""
    kind = kind_of(said)
    if kind is None:
        odd.say(oddities.transfer_unknown(said))
    if kind == "base64":
        return read_base64(raw, is_text, odd)
    if kind == "qp":
        return read_qp(raw)
    if kind == "uu":
        return read_uu(raw, odd)
    return undeclared(raw, odd) if is_text else raw


def loose_base64(text: bytes) -> bytes:
    """base64 with whatever it has of junk, missing padding or several pieces; empty where there is nothing in it."""
    tidy = text.translate(_URL_SAFE, b"").translate(None, _NOT_BASE64)
    out = []
    runs = _RUN.findall(tidy) if tidy.count(b"=") <= MOST_PIECES else [tidy.replace(b"=", b"")]
    for run in runs:
        whole = run[:-1] if len(run) % 4 == 1 else run
        out.append(binascii.a2b_base64(whole + b"=" * (-len(whole) % 4)))
    return b"".join(out)


def read_base64(raw: bytes, is_text: bool, odd: Oddities) -> bytes:
    """base64 of a body: strict at full speed, and where that fails what can be had."""
    tidy = raw.translate(None, _WHITE)
    try:
        return binascii.a2b_base64(tidy, strict_mode=True)
    except binascii.Error:
        pass
    head = raw[:8000]
    strange = len(head.translate(None, _WHITE)) - len(head.translate(None, _WHITE + _NOT_BASE64))
    inner = sum(b" " in line.strip() for line in head.splitlines())
    if strange * 8 > len(head) or inner * 3 > len(head.splitlines()) + 1:
        odd.say(oddities.NOT_BASE64)
        return raw
    if is_text:
        cut = _end_of_base64(raw)
        if cut < len(raw):
            odd.say(oddities.BASE64_TRAILING)
            return loose_base64(raw[:cut]) + b"\n" + raw[cut:].lstrip(b"\r\n")
    odd.say(oddities.BASE64_DAMAGED)
    return loose_base64(raw)


def _end_of_base64(raw: bytes) -> int:
    """Where the lines of base64 end and something readable begins; the length where it never does."""
    at, padded, tries = 0, False, 0
    for line in raw.splitlines(keepends=True):
        tidy = line.strip()
        is_clean = bool(_BASE64_LINE.fullmatch(tidy))
        if padded and at and not is_clean and tries < MOST_TRIES:
            tries += 1
            if _reads_as_words(raw[at : at + 2000]):
                return at
        if tidy:
            if b" " in tidy and not padded and at:
                words = tidy.split()
                if len(words) > 2 and max(map(len, words)) < 30:
                    return at
            padded = padded or (is_clean and (tidy.endswith(b"=") or len(tidy) % 4 != 0))
        at += len(line)
    return len(raw)


def _reads_as_words(rest: bytes) -> bool:
    return any(b" " in line.strip() or not line.strip().isascii() for line in rest.splitlines()[:20])


def read_qp(raw: bytes) -> bytes:
    """quoted-printable; what is no escape stays, eight-bit bytes too."""
    if b"=" not in raw:
        return raw
    tidy = _SOFT_WITH_BLANKS.sub(b"=", raw)
    # the C function takes a bare CR for the beginning of a line end and drops all up to the next LF
    if b"=\r" in tidy and b"=\r\n" not in tidy:
        tidy = _NEWLINE.sub(b"\n", tidy)
    elif b"=\r\r" in tidy:
        tidy = tidy.replace(b"\r\r\n", b"\r\n")
    return binascii.a2b_qp(re.sub(rb"=\r(?!\n)", b"", tidy))


def undeclared(raw: bytes, odd: Oddities) -> bytes:
    """A text body that is base64 or quoted-printable though nothing says so; any other as it is."""
    if len(raw) < SHORTEST_UNDECLARED or not raw[:SHORTEST_UNDECLARED].isascii():
        return raw
    if b" " not in raw[:2000].strip() and _looks_like_base64(raw):
        odd.say(oddities.BASE64_UNDECLARED)
        return loose_base64(raw)
    escapes = len(_HIGH_ESCAPED.findall(raw, 0, 200_000))
    if (
        escapes >= 6
        and raw.isascii()
        and len(_ESCAPED.findall(raw, 0, 200_000)) * 3 > raw.count(b"=", 0, 200_000) * 2
    ):
        decoded = read_qp(raw)
        if utf8_of(decoded) is not None or plausibility(decoded[:4000].decode("gb18030", "replace")) > 0.5:
            odd.say(oddities.QP_UNDECLARED)
            return decoded
    return raw


def _looks_like_base64(raw: bytes) -> bool:
    tidy = raw.translate(None, _WHITE)
    if len(tidy) % 4 or not _BASE64_BODY.fullmatch(raw[:2_000_000]):
        return False
    try:
        decoded = binascii.a2b_base64(tidy, strict_mode=True)
    except binascii.Error:
        return False
    text = utf8_of(decoded[:4000])
    if text is None:
        text = decoded[:4000].decode("gb18030", "replace")
        return plausibility(text) > 0.5
    return sum(character < " " and character not in "\r\n\t" for character in text) == 0


def read_uu(raw: bytes, odd: Oddities) -> bytes:
    """uuencode of a whole body, its begin and end lines there or not."""
    begin = _UU_BEGIN.search(raw)
    lines = raw[begin.end() if begin else 0 :].splitlines()
    out, sound = [], True
    for line in lines:
        if line.strip() == b"end":
            break
        if line.strip(b" `\t"):
            piece = _uu_line(line)
            sound = sound and piece is not None
            out.append(piece or b"")
    if not sound or not begin:
        odd.say(oddities.UU_DAMAGED)
    found = b"".join(out)
    return found if found or not raw.strip() or begin else raw


def _uu_line(line: bytes) -> bytes | None:
    """One line; None where nothing can be had from it. Mailers cut blanks off its end, and add check characters."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        size = ((((line[0] - 32) & 63) * 4) + 5) // 3
        try:
            return binascii.a2b_uu(line[:size])
        except binascii.Error:
            return None


def embedded_files(raw: bytes) -> tuple[bytes, list[Embedded]]:
    """A text without the uuencoded files in it, and those files. A begin without an end is only text."""
    if b"begin " not in raw:
        return raw, []
    kept: list[bytes] = []
    files: list[Embedded] = []
    at = 0
    for begin in _UU_BEGIN.finditer(raw):
        if begin.start() < at:
            continue
        found = _one_embedded(raw, begin.end())
        if found is None:
            continue
        content, end = found
        kept.append(raw[at : begin.start()])
        files.append(Embedded(begin[1].strip(), content))
        at = end
    return (b"".join(kept) + raw[at:], files) if files else (raw, [])


def _one_embedded(raw: bytes, at: int) -> tuple[bytes, int] | None:
    """What stands from `at`, the end of a begin line, to the end line, and where that ends; None if it is not uuencoded."""
    out: list[bytes] = []
    for line in re.compile(rb"\r?\n([^\r\n]*)").finditer(raw, at):
        said = line[1].rstrip()
        if said == b"end":
            after = line.end()
            return b"".join(out), after + (2 if raw[after : after + 2] == b"\r\n" else 1)
        if not said:
            continue
        if not _UU_LINE.fullmatch(said) or (piece := _uu_line(line[1])) is None:
            return None
        out.append(piece)
    return None
