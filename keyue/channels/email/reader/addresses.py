"""Lists of addresses (RFC 5322) as mailers write them: names with commas, words inside quotes, marks left out.

The characters are looked at before encoded words are decoded, so that a comma inside a name parts nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keyue.channels.email.reader.headers import Headers, one_line
from keyue.channels.email.reader.mail import Address
from keyue.channels.email.reader.words import START, decode_words

_SPECIAL = re.compile(r'["(<>,;:\\，；]|=\?')
_IN_COMMENT = re.compile(r"[()\\]")
_ADDRESS = re.compile(
    r"[^\s<>()\[\]\"',;:，；＜＞、]{1,200}@(?:\[[^\]\s]{1,100}\]|[^\s<>()\[\]\"',;，；＜＞、]{1,255})"
)
_MAILTO = re.compile(r"\[?\s{0,9}mailto:\s{0,9}", re.I)
_LOCAL_WORD = re.compile(r"[a-z0-9][a-z0-9._+-]{0,60}")
_ROUTE = re.compile(r"(?:@[^@,:\s]{1,255}[,:]\s{0,9}){1,20}")
_WHITE = re.compile(r"\s+")
_ANGLED = re.compile(
    r"^(.*?)[<＜〈]\s*([^<>＜＞〈〉\s]{1,200}@[^<>＜＞〈〉\s]{1,255})\s*[>＞〉]\s*(.*)$", re.S
)
_DAEMON = re.compile(r"mailer-daemon|postmaster|root|nobody", re.I)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,60}")
MOST = 100_000
MOST_WORDS = 40


@dataclass(slots=True)
class _Box:
    """One mailbox as it is found: words in front, what stood between angles, comments, words in quotes alone."""

    words: list[str]
    angled: str | None = None
    comments: list[str] = field(default_factory=list)

    def is_empty(self) -> bool:
        return self.angled is None and not self.comments and not "".join(self.words).strip()


def read_addresses(headers: Headers, values: Sequence[bytes]) -> tuple[Address, ...]:
    """The addresses of some fields in their order; members of groups stand among the others."""
    found: list[Address] = []
    for value in values:
        text = headers.unfolded(value)
        boxes = _with_their_commas(list(_boxes(text)))
        for box in boxes[:MOST]:
            one = _address_of(box, headers.hint)
            if one.name or one.address:
                found.append(one)
    return tuple(found)


def address_in(text: str) -> str:
    """The first address in a text that is no list, as in `Return-Path: <a@b>`; empty where there is none."""
    found = _ADDRESS.search(text)
    return found[0] if found else ""


def _boxes(text: str) -> Iterator[_Box]:
    """The text parted at commas and semicolons that stand outside quotes, comments and angles."""
    text = text.replace("\n", " ")
    last_quote, last_angle, last_comment = text.rfind('"'), text.rfind(">"), text.rfind(")")
    last_semicolon = text.rfind(";")
    box, at = _Box([]), 0
    while at < len(text):
        found = _SPECIAL.search(text, at)
        stop = found.start() if found else len(text)
        if stop > at:
            box.words.append(text[at:stop])
        if found is None:
            break
        mark, at = found[0], found.end()
        if mark == "=?":
            at = _past_word(text, stop)
            box.words.append(text[stop:at])
        elif mark == '"' and at <= last_quote and (end := _end_of_quoted(text, at)) >= 0:
            box.words.append(_unescaped(text[at:end]))
            at = _past_quoted_local(text, end + 1, box, stop)
        elif mark == "(" and at <= last_comment and (end := _end_of_comment(text, at)) >= 0:
            box.comments.append(text[at:end])
            at = end + 1
        elif mark == "<" and at <= last_angle:
            at = _angle(text, at, box)
        elif mark in ",;；" or (mark == "，" and _has_address(box)):
            yield box
            box = _Box([])
        elif mark == ":" and box.angled is None and _names_group(box, text, at, last_semicolon):
            box = _Box([])
        elif mark == "\\":
            box.words.append(text[at : at + 1])
            at += 1
        elif mark not in "<>":
            box.words.append(mark)
        elif mark == "<":
            box.angled, at = _rest_of_angle(text, at)
    yield box


def _has_address(box: _Box) -> bool:
    return box.angled is not None or any("@" in word for word in box.words[-3:])


def _past_word(text: str, at: int) -> int:
    """The end of an encoded word at `at`, so that no mark inside it counts; of its first two characters if it is none."""
    word = START.match(text, at)
    if word is None:
        return at + 2
    end = text.find("?=", word.end(), word.end() + 4000)
    return end + 2 if end >= 0 else word.end()


def _end_of_quoted(text: str, at: int) -> int:
    while True:
        end = text.find('"', at)
        if end < 0:
            return -1
        slash = end
        while slash > at and text[slash - 1] == "\\":
            slash -= 1
        if (end - slash) % 2 == 0:
            return end
        at = end + 1


def _past_quoted_local(text: str, at: int, box: _Box, start: int) -> int:
    """`"li lei"@example.com`: what was in quotes is part of the address, and keeps them."""
    if text[at : at + 1] != "@":
        return at
    found = re.compile(r"@[^\s<>(),;:\"]{1,255}").match(text, at)
    if found is None:
        return at
    box.words[-1] = f'"{box.words[-1]}"'
    box.angled = text[start : found.end()]
    box.words.pop()
    return found.end()


def _end_of_comment(text: str, at: int) -> int:
    depth = 1
    for found in _IN_COMMENT.finditer(text, at, at + 10_000):
        if text[found.start() - 1] == "\\" and found.start() > at:
            continue
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
            if depth == 0:
                return found.start()
    return -1


def _angle(text: str, at: int, box: _Box) -> int:
    """What stands between angles becomes the address; a further one in the same box, or one that is none, a word."""
    end = text.find(">", at)
    again = text.find("<", at, end)
    if again >= 0:
        inner = text[at:again].strip()
        if inner:
            box.words.append("<" + text[at:again])
        return again
    if end < 0:
        return at
    said = text[at:end].strip()
    if box.angled and "@" in said:
        # of two the last is the address: the name in front of it was not put in quotes
        box.words.append(f" <{box.angled}>")
        box.angled = said
    elif box.angled or ("@" not in said and "@" in text[end + 1 : end + 300].split(",")[0]):
        box.words.append(f" <{said}>")
    else:
        box.angled = said
    return end + 1


def _rest_of_angle(text: str, at: int) -> tuple[str, int]:
    """An angle that is never closed ends at the next comma."""
    stops = [end for mark in ",;" if (end := text.find(mark, at)) >= 0]
    stop = min(stops, default=len(text))
    return text[at:stop].strip(), stop


def _names_group(box: _Box, text: str, at: int, last_semicolon: int) -> bool:
    """Whether the words before a colon name a group: its end comes, and no address stands in them."""
    if len(box.words) > MOST_WORDS:
        return False
    said = "".join(box.words).strip()
    if not said or "@" in said or said.lower() == "mailto":
        return said.lower() == "mailto"
    return at <= last_semicolon and not text.startswith("//", at)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def _with_their_commas(boxes: list[_Box]) -> list[_Box]:
    """Pieces that are no address of their own belong to the name that follows: `Li, Lei <lilei@example.com>`."""
    out: list[_Box] = []
    waiting: list[_Box] = []
    for box in boxes:
        if box.is_empty():
            continue
        said = "".join(box.words).strip()
        if box.angled is None and "@" not in said and not box.comments:
            if _LOCAL_WORD.fullmatch(said):
                out += [*waiting, box]
                waiting = []
            else:
                waiting.append(box)
            continue
        if waiting and box.angled is not None and said:
            names = ["".join(one.words).strip() for one in waiting]
            box.words = [", ".join([*names, said])]
            waiting = []
        out += [*waiting, box]
        waiting = []
    return out + waiting


def _address_of(box: _Box, hint: str) -> Address:
    said = "".join(box.words)
    name = _worded(said, hint)
    if box.angled is not None:
        address = _tidy(box.angled, hint)
        if not name and box.comments:
            name = _worded(" ".join(box.comments), hint)
        if not address and "@" in name:
            # the address stands in the encoded name, or the angles are empty
            return _address_within(name, "")
        if "@" not in address and "@" in name and (inner := _address_within(name, "")).address:
            return inner
        return Address(name, address)
    comment = _worded(" ".join(box.comments), hint) if box.comments else ""
    return _address_within(name, comment)


def _address_within(text: str, comment: str) -> Address:
    """An address without angles and the words around it."""
    wide = unicodedata.normalize("NFKC", text) if "＠" in text and "@" not in text else text
    angled = _ANGLED.match(wide) if len(wide) < 2000 else None
    if angled:
        return Address(_named(angled[1].strip() or angled[3].strip() or comment), _tidy(angled[2], ""))
    plain = _MAILTO.sub("", wide)
    found = _ADDRESS.search(plain)
    if found:
        around = f"{plain[: found.start()]} {plain[found.end() :]}".strip(" []()<>＜＞:：\"'")
        return Address(_named(around) or comment, found[0].rstrip("."))
    if _LOCAL_WORD.fullmatch(wide) or _DAEMON.fullmatch(wide) or (comment and _WORD.fullmatch(wide)):
        return Address(comment, wide)
    return Address(_named(wide) or comment, "")


def _worded(text: str, hint: str) -> str:
    return _named(one_line(decode_words(text, None, hint)) if "=?" in text else one_line(text))


def _named(text: str) -> str:
    """A name without the quotes that mailers put around it, on one line with single blanks."""
    name = _WHITE.sub(" ", text).strip()
    for _layer in range(3):
        if len(name) >= 2 and (name[0], name[-1]) in {("'", "'"), ('"', '"'), ("“", "”")}:
            name = name[1:-1].strip()
    if name.count('"') == 1:
        name = name.replace('"', "").strip()
    return "" if name in {'"', "'", "''", '""', "\\"} else name


def _tidy(said: str, hint: str) -> str:
    """What stood between angles as an address: no blanks around marks, no route, no mailto."""
    text = decode_words(said, None, hint) if "=?" in said else said
    text = (
        _MAILTO.sub("", one_line(text)).strip(" <>[]'")
        if not text.strip().startswith("[")
        else one_line(text)
    )
    text = _ROUTE.sub("", text, count=1) if text.startswith("@") else text
    if "＠" in text and "@" not in text:
        text = unicodedata.normalize("NFKC", text)
    if not text.startswith('"'):
        text = re.sub(r"\s{0,9}@\s{0,9}", "@", text)
    if text.count("@") > 1 and " " in text and (found := _ADDRESS.search(text)):
        return found[0]
    return _WHITE.sub(" ", text).strip()
