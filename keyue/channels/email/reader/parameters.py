"""Values with parameters: Content-Type and Content-Disposition, with RFC 2231 and all that stands in for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from keyue.channels.email.reader.charsets import codec_of, decode
from keyue.channels.email.reader.headers import Headers, one_line
from keyue.channels.email.reader.words import START, decode_words

_TYPE = re.compile(r"\s*([a-z0-9!#$&^_.+-]{1,80})\s*[/\\]\s*([a-z0-9!#$&^_.+-]{1,100})", re.I)
_VALUE = re.compile(r"\s*([a-z0-9_-]{1,60})\s*(?=[;\s]|$)", re.I)
_PARAMETER = re.compile(r"[\s;,]*([a-z0-9_.-]{1,60})((?:\*\d{0,6}){0,2}\*?)\s*=\s*", re.I)
_NEXT = re.compile(r";|\s{1,20}[a-z0-9_.-]{1,60}(?:\*\d{0,6})?\*?\s{0,20}=(?![=?])", re.I)
_ENDS_QUOTE = re.compile(r"\s*(?:;|$|[a-z0-9_.*-]{1,60}\s{0,20}=)", re.I)
_SECTION = re.compile(r"\*(\d{1,6})")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_BLANKS = re.compile(r"\s*")
_BARE = {
    "text": "text/plain",
    "html": "text/html",
    "plain": "text/plain",
    "multipart": "multipart/mixed",
    "mail": "text/plain",
}
MOST_PARAMETERS = 500


@dataclass(frozen=True, slots=True)
class Parameterised:
    """A value in lower case and its parameters, names in lower case, values as text."""

    value: str
    parameters: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A parameter; empty where there is none."""
        return self.parameters.get(name, "")


@dataclass(slots=True)
class _Pieces:
    plain: str | None = None
    extended: str | None = None
    sections: dict[int, tuple[str, bool]] = field(default_factory=dict)


def content_type(headers: Headers) -> Parameterised:
    """The Content-Type, mended; the value is empty where there is none that says anything.

    Of several the first that names a boundary counts, else the first that names a type.
    """
    found = [_type_of(headers, value) for value in headers.every("content-type")]
    parted = [one for one in found if one.value.startswith("multipart/") and one.get("boundary")]
    named = [one for one in found if one.value]
    return next(iter(parted or named or found), Parameterised(""))


def _type_of(headers: Headers, raw: bytes) -> Parameterised:
    text = headers.unfolded(raw)
    text = text.removeprefix("Content-Type:").strip()
    found = _TYPE.match(text)
    if found:
        return Parameterised(f"{found[1]}/{found[2]}".lower(), _parameters(text, found.end(), headers.hint))
    bare = _VALUE.match(text)
    if bare and bare[1].lower() in _BARE:
        return Parameterised(_BARE[bare[1].lower()], _parameters(text, bare.end(), headers.hint))
    return Parameterised("", _parameters(text, 0, headers.hint))


def disposition(headers: Headers) -> Parameterised:
    """The Content-Disposition; the value is empty where there is none."""
    text = headers.unfolded(headers.raw("content-disposition"))
    found = _VALUE.match(text)
    value, at = (found[1].lower(), found.end()) if found else ("", 0)
    return Parameterised(value, _parameters(text, at, headers.hint))


def _parameters(text: str, at: int, hint: str) -> dict[str, str]:
    found: dict[str, _Pieces] = {}
    for _count in range(MOST_PARAMETERS):
        begin = _PARAMETER.match(text, at)
        if not begin:
            semicolon = text.find(";", at)
            if semicolon < 0:
                break
            at = semicolon + 1
            continue
        value, at = _value_at(text, begin.end())
        pieces = found.setdefault(begin[1].lower(), _Pieces())
        _keep(pieces, begin[2], value)
    return {name: _joined(pieces, hint) for name, pieces in found.items()}


def _keep(pieces: _Pieces, stars: str, value: str) -> None:
    section = _SECTION.match(stars)
    if section:
        pieces.sections.setdefault(int(section[1]), (value, stars.endswith("*")))
    elif stars:
        pieces.extended = pieces.extended if pieces.extended is not None else value
    elif pieces.plain is None:
        pieces.plain = value


def _value_at(text: str, at: int) -> tuple[str, int]:
    """The value of a parameter from its first character, and where the next may begin."""
    if text[at : at + 1] == '"':
        end = _closing(text, at + 1)
        if end >= 0:
            return _unescaped(text[at + 1 : end]), end + 1
        at += 1
        following = text.find(";", at)
        end = following if following >= 0 else len(text)
        return text[at:end].strip(), end
    if text.startswith("=?", at):
        # an encoded word without quotes may have any character in it
        end = at
        while (word := START.match(text, end)) and (close := text.find("?=", word.end())) >= 0:
            end = close + 2
            blanks = _BLANKS.match(text, end)
            if blanks is None or not text.startswith("=?", blanks.end()):
                break
            end = blanks.end()
        following = text.find(";", end)
        stop = following if following >= 0 else len(text)
        return text[at:stop].strip(), stop
    found = _NEXT.search(text, at)
    end = found.start() if found else len(text)
    return text[at:end].strip().strip("'\""), end


def _closing(text: str, at: int) -> int:
    """The quotation mark that ends a value: not one behind a backslash, nor one inside that was not escaped."""
    first = -1
    while True:
        end = text.find('"', at)
        if end < 0:
            return first
        slash = end
        while slash > at and text[slash - 1] == "\\":
            slash -= 1
        if (end - slash) % 2 == 0 or _ENDS_QUOTE.match(text, end + 1):
            if _ENDS_QUOTE.match(text, end + 1):
                return end
            first = end if first < 0 else first
        at = end + 1


def _unescaped(text: str) -> str:
    """A quoted value without its escapes; a backslash before anything but quote and backslash is of a path."""
    if "\\" not in text:
        return text
    return re.sub(r'\\(["\\])', r"\1", text)


def _joined(pieces: _Pieces, hint: str) -> str:
    if pieces.sections:
        return _of_sections(pieces.sections, hint)
    if pieces.extended is not None:
        return _extended(pieces.extended, hint)
    return _readable(pieces.plain or "", hint)


def _of_sections(sections: dict[int, tuple[str, bool]], hint: str) -> str:
    """RFC 2231 continuations in the order of their numbers; the charset stands in the first."""
    ordered = [sections[number] for number in sorted(sections)]
    if not any(is_encoded for _value, is_encoded in ordered) and not _PERCENT.search(ordered[0][0]):
        return _readable("".join(value for value, _is_encoded in ordered), hint)
    charset, first = _charset_of(ordered[0][0])
    if ordered[0][1] or charset:
        ordered[0] = (first, True)
    raw = b"".join(
        unquote_to_bytes(value) if is_encoded or _PERCENT.search(value) else value.encode("utf-8", "replace")
        for value, is_encoded in ordered
    )
    return _words_too(decode(raw, charset, None, hint), hint)


def _extended(value: str, hint: str) -> str:
    charset, rest = _charset_of(value)
    return _words_too(decode(unquote_to_bytes(rest), charset, None, hint), hint)


def _charset_of(value: str) -> tuple[str, str]:
    """The charset before the two apostrophes and the rest; one apostrophe is made do with."""
    parts = value.split("'", 2)
    if len(parts) == 3:
        return parts[0], parts[2]
    if len(parts) == 2 and codec_of(parts[0]):
        return parts[0], parts[1]
    return "", value


def _words_too(text: str, hint: str) -> str:
    return one_line(decode_words(text, None, hint)) if "=?" in text else one_line(text)


def _readable(value: str, hint: str) -> str:
    """A plain value as people read it: encoded words, which do not belong there, and percent escapes of UTF-8 decoded."""
    if "=?" in value:
        return one_line(decode_words(value, None, hint))
    text = one_line(value)
    if re.match(r"(?:utf-?8|gbk?\d*)'[^']{0,8}'", text, re.I):
        return _extended(text, hint)
    if len(_PERCENT.findall(text)) >= 2 and text.isascii():
        raw = unquote_to_bytes(text)
        if not raw.isascii():
            decoded = decode(raw, "", None, hint)
            if "\ufffd" not in decoded:
                return one_line(decoded)
    return text
