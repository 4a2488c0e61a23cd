"""The header of a mail or of one of its parts: where it ends, its fields, and their text."""

from __future__ import annotations

import re
from collections.abc import Callable

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.charsets import decode
from keyue.channels.email.reader.guessing import utf8_of
from keyue.channels.email.reader.mail import sound
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.words import decode_words

_LINE = re.compile(rb"([^\r\n]*)(\r{0,3}\n|\r|\Z)")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,20}:")
_KNOWN = re.compile(
    rb"(?:received|from|to|cc|bcc|subject|date|message-id|mime-version|content-(?:type|transfer-encoding|disposition"
    rb"|id|description|language|location)|return-path|reply-to|references|in-reply-to|sender|dkim-signature"
    rb"|delivered-to|importance|thread-(?:index|topic)|user-agent|auto-submitted|precedence|content-length|status|lines"
    rb"|list-[a-z-]{2,20}|arc-[a-z-]{4,30}|authentication-results|received-spf|errors-to|organization|mail-followup-to"
    rb"|x-(?:mailer|priority|originating-ip|ms-[a-z-]+|qq-[a-z-]+|coremail-[a-z-]+|spam-[a-z-]+|received|sender"
    rb"|mimeole|has-attach|cm-[a-z]+|foxmail-[a-z]+|env-sender))[ \t]{0,3}:",
    re.I,
)
_OFTEN = frozenset({"received", "dkim-signature", "delivered-to", "to", "cc"})
_FOLD = re.compile(r"(?<![ \t])[ \t]*\n[ \t]*")
_FOLD_IN_CHARACTER = re.compile(rb"(?<=[\x80-\xff])\r?\n[ \t](?=[\x80-\xff])")
_FOLDED = re.compile(rb"\r{0,3}\n|\r")
LOOK_AHEAD = 3


class Headers:
    """The fields in their order, names in lower case, values as the bytes that were there, folds as line feeds."""

    def __init__(self) -> None:
        self._fields: dict[str, list[bytes]] = {}
        self._open: tuple[str, list[bytes]] | None = None
        self.hint = ""

    def start(self, name: str, value: bytes) -> None:
        """Begin a field."""
        self.finish()
        self._open = (name, [value])

    def carry_on(self, line: bytes) -> bool:
        """A folded line of the field begun last; False where there is none."""
        if self._open is None:
            return False
        self._open[1].append(line)
        return True

    def finish(self) -> None:
        """End the field begun last."""
        if self._open is not None:
            name, lines = self._open
            self._fields.setdefault(name, []).append(b"\n".join(lines).strip())
            self._open = None

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __bool__(self) -> bool:
        return bool(self._fields)

    @property
    def last(self) -> str:
        """The name of the field begun last."""
        return self._open[0] if self._open else ""

    def raw(self, name: str) -> bytes:
        """The first value of a field; empty where there is none."""
        return next(iter(self._fields.get(name, [])), b"")

    def every(self, name: str) -> list[bytes]:
        """All values of a field."""
        return self._fields.get(name, [])

    def unfolded(self, value: bytes) -> str:
        """A value as characters, encoded words and folds still in it."""
        if value.isascii() and b"\x1b" not in value and b"~{" not in value:
            return value.decode("ascii")
        text = decode(value, "", None, self.hint)
        if b"\n" in value:
            # folded by bytes, in the middle of a character
            joined = _FOLD_IN_CHARACTER.sub(b"", value)
            other = decode(joined, "", None, self.hint)
            if other.count("\ufffd") < text.count("\ufffd") or (
                utf8_of(joined) is not None and utf8_of(value) is None
            ):
                return other
        return text

    def words(self, value: bytes, odd: Oddities | None = None) -> str:
        """A value as people read it, on one line."""
        return one_line(decode_words(self.unfolded(value), odd, self.hint))

    def text(self, name: str, odd: Oddities | None = None) -> str:
        """The first value of a field as people read it."""
        return self.words(self.raw(name), odd)

    def plain(self, name: str) -> str:
        """The first value of a field for machines: lower case, without comments behind a semicolon."""
        return one_line(self.raw(name).decode("ascii", "replace")).lower()


def one_line(text: str) -> str:
    """`text` with folds as single blanks and without control characters."""
    return sound(_FOLD.sub(" ", text).replace("\n", " ").replace("\r", " ").replace("\t", " ")).strip()


def _is_none(_line: bytes) -> bool:
    return False


def _line_at(raw: bytes, at: int) -> tuple[bytes, int]:
    """The line from `at` on without its end, and where the next begins."""
    found = _LINE.match(raw, at)
    return (found[1], found.end()) if found else (b"", len(raw))


def read_headers(
    raw: bytes, start: int, odd: Oddities, is_mark: Callable[[bytes], bool] = _is_none, is_top: bool = False
) -> tuple[Headers, int]:
    """The header that begins at `start`, and where its body begins.

    It ends at an empty line, at a line that is a mark between parts, or where a line cannot be of a header
    and none follows. What stands broken between two fields belongs to the first of them.
    """
    headers = Headers()
    at = start
    while at < len(raw):
        line, after = _line_at(raw, at)
        if not line:
            at = after
            break
        if line[:2] == b"--" and is_mark(line.rstrip()):
            break
        field = _FIELD.match(line)
        if line[:1] in b" \t":
            if not line.strip() and not _is_field_ahead(raw, after, 1, headers, is_mark):
                at = after
                break
            if not headers.carry_on(line):
                break
        elif field:
            headers.start(field[1].decode("ascii").lower(), line[field.end() :])
        elif (headers.last or is_top) and _is_field_ahead(raw, after, LOOK_AHEAD, headers, is_mark):
            headers.carry_on(b" " + line)
            odd.say(oddities.BROKEN_HEADER)
        else:
            if headers.last:
                odd.say(oddities.NO_BLANK_LINE)
            break
        at = after
    headers.finish()
    return headers, at


def _is_field_ahead(
    raw: bytes, at: int, lines: int, headers: Headers, is_mark: Callable[[bytes], bool]
) -> bool:
    """Whether one of the next lines is a field that surely is one, and not one that the header already has."""
    for _line in range(lines):
        line, at = _line_at(raw, at)
        if not line or (line[:2] == b"--" and is_mark(line.rstrip())):
            return False
        known = _KNOWN.match(line)
        if known:
            name = known[0].rstrip(b": \t").decode("ascii").lower()
            return name in _OFTEN or name.startswith("x-") or (name not in headers and name != headers.last)
    return False
