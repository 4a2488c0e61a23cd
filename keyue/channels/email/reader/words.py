"""Encoded words of headers (RFC 2047), as mailers really write them.

Bytes of neighbouring words in one charset are joined before they are decoded, as characters are split between them;
folds, blanks and missing marks inside a word are seen over; a word may stand in quotes, in a file name, or touch text.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from keyue.channels.email.reader.charsets import codec_of, decode
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.transfers import loose_base64

START = re.compile(r"=\?[ \t\n]{0,4}([^?\s]{0,60})[ \t\n]{0,4}\?[ \t\n]{0,4}([bBqQ])[ \t\n]{0,4}\?")
_FOLD = re.compile(r"(?<![ \t])[ \t]*\n[ \t]*")
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_WHITE = re.compile(r"\s+")
_END_OF_BROKEN = re.compile(r"[\s<>\"(),;]")
_APART = {"utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32"}
MOST_LAYERS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    charset: str
    is_base64: bool
    payload: str

    @property
    def content(self) -> bytes:
        if self.is_base64:
            return loose_base64(self.payload.encode("ascii", "ignore"))
        return _unquoted(self.payload, self.charset)


def decode_words(text: str, odd: Oddities | None = None, hint: str = "") -> str:
    """`text`, which may still have its folds as line feeds, with all encoded words decoded and on one line.

    A word that cannot be decoded stays as it is written. Words within words are decoded too.
    """
    for _layer in range(MOST_LAYERS):
        if "=?" not in text:
            break
        decoded = _one_layer(text, odd, hint)
        if decoded == text:
            break
        text = decoded
    return text


def _one_layer(text: str, odd: Oddities | None, hint: str) -> str:
    words = _found(text)
    if not words:
        return text
    out: list[str] = []
    at = 0
    group: list[_Word] = []
    for word in words:
        if group and not text[at : word.start].strip():
            if _joins(group[-1], word):
                group.append(word)
            else:
                out.append(_text_of(group, odd, hint))
                group = [word]
        else:
            if group:
                out.append(_text_of(group, odd, hint))
            out.append(text[at : word.start])
            group = [word]
        at = word.end
    out.append(_text_of(group, odd, hint))
    out.append(text[at:])
    return "".join(out)


def _joins(before: _Word, after: _Word) -> bool:
    codec = codec_of(before.charset.split("*")[0])
    return codec == codec_of(after.charset.split("*")[0]) and codec not in _APART


def _found(text: str) -> list[_Word]:
    words: list[_Word] = []
    at = 0
    last = text.rfind("?=")
    while found := START.search(text, at):
        is_base64 = found[2] in "bB"
        end = text.find("?=", found.end()) if found.end() <= last else -1
        if end >= 0 and not is_base64:
            end = _end_of_quoted(text, end)
        following = START.search(text, found.end(), end if end >= 0 else len(text))
        if end < 0 or following:
            # not closed: it ends where the next begins, or at the first character that no word has
            limit = following.start() if following else len(text)
            broken = _END_OF_BROKEN.search(text, found.end(), limit)
            stop = broken.start() if broken else limit
            payload, after = text[found.end() : stop], stop
        else:
            payload, after = text[found.end() : end], end + 2
        words.append(_Word(found.start(), after, found[1], is_base64, _FOLD.sub("", payload)))
        at = after
    return words


def _end_of_quoted(text: str, end: int) -> int:
    """The end of a word in Q: a question mark that was not encoded may stand before an escape."""
    for _try in range(8):
        if not _HEX.match(text, end + 2):
            return end
        further = text.find("?=", end + 2)
        if further < 0 or any(mark in text[end + 2 : further] for mark in ("=?", " ", "\n")):
            return end
        end = further
    return end


def _unquoted(payload: str, charset: str) -> bytes:
    if not payload.isascii():
        codec = codec_of(charset.split("*")[0]) or "utf_8"
        try:
            raw = payload.encode("cp950" if codec == "big5" else codec)
        except (LookupError, UnicodeError):
            raw = payload.encode("utf-8", "replace")
    else:
        raw = payload.encode("ascii")
    return binascii.a2b_qp(raw.replace(b"\r", b"").replace(b"\n", b""), header=True)


def _text_of(group: list[_Word], odd: Oddities | None, hint: str) -> str:
    charset = group[0].charset.split("*")[0]
    text = decode(b"".join(word.content for word in group), charset, odd, hint)
    if len(group) > 1 and all(word.is_base64 for word in group):
        payloads = [_WHITE.sub("", word.payload) for word in group]
        split = any(len(payload.rstrip("=")) % 4 == 1 for payload in payloads[:-1])
        if split or "\ufffd" in text:
            # cut anywhere, so that only all of it together is base64
            whole = loose_base64(
                "".join(payload.rstrip("=") for payload in payloads).encode("ascii", "ignore")
            )
            other = decode(whole, charset, None, hint)
            if split or other.count("\ufffd") < text.count("\ufffd"):
                text = other
    if not text and any(word.payload.strip() for word in group):
        return " ".join(word.payload for word in group)
    return _WHITE.sub(" ", text) if "\n" in text or "\r" in text else text
