"""What a text suffers on its way through hosts and converters, and how it is put right. Pure Python.

Each repair says what stood there, what stands there now, why, and whether that is certain. Nothing is put right in
silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, pinyin

from keyue.kernel.texts import Sentence, sentence

CJK = "一-鿿㐀-䶿"
READING = re.compile(rf"(?<=[{CJK}A-Za-z])[（(]([a-zàáâǎāèéêěēìíîǐīòóôǒōùúûǔūǘǚǜüńňǹḿɡ]{{1,6}})[）)]")
SHIFTED = re.compile(r"\?{1,2}([^\x00-\x7f]{1,60}[@-~]?)")
# what a shop's filter put in place of ordinary words
ADVERTS = (("必威体育官网网址", "保密"), ("必威体育精装版", "最新"), ("必威体育", ""))
LEADS = [bytes([lead]) for lead in (*range(0xB0, 0xF8), 0xA1, 0xA3)]
SENTENCE_END = "。"


AROUND = 12
"""Characters shown on each side of a repair that somebody has to look at."""


@dataclass(frozen=True, slots=True)
class Repair:
    """`near`: the words around it in the text as it now stands, where it is not certain."""

    before: str
    after: str
    why: Sentence
    certain: bool
    near: str = ""


def repaired(lines: Sequence[str]) -> tuple[list[str], list[Repair], str]:
    """The lines put right, what was done, and the script they were written in."""
    repairs: list[Repair] = []
    text = "\n".join(lines)
    text = _unshifted(text, repairs)
    text = _without_readings(text, repairs)
    text, script = _simplified(text, repairs)
    repairs = _placed(text, repairs, script)
    text = _without_adverts(text, repairs)
    return text.split("\n"), repairs, script


def _placed(text: str, repairs: Sequence[Repair], script: str) -> list[Repair]:
    """The repairs so far, each uncertain one as the text has it now, with the words around it."""
    placed, position = [], 0
    for repair in repairs:
        word = _converter().convert(repair.after) if script == "traditional" else repair.after
        at = text.find(word, position)
        if repair.certain or at < 0:
            placed.append(repair)
            continue
        position = at + len(word)
        placed.append(replace(repair, after=word, near=_around(text, at, position)))
    return placed


def _around(text: str, start: int, end: int) -> str:
    """Some words on each side, of the same line."""
    first = max(text.rfind("\n", 0, start) + 1, start - AROUND)
    line_end = text.find("\n", end)
    return text[first : min(len(text) if line_end < 0 else line_end, end + AROUND)]


def _without_readings(text: str, repairs: list[Repair]) -> str:
    """關(guān) → 關: the reading in brackets is that of the character before it."""
    count = 0

    def without(found: re.Match[str]) -> str:
        nonlocal count
        if not _reads(text[found.start() - 1], found[1]):
            return found[0]
        count += 1
        return ""

    text = READING.sub(without, text)
    if count:
        repairs.append(Repair(f"關(guān) ×{count}", "關", sentence("括号里的拼音是网站加的"), True))
    return text


@lru_cache(maxsize=4096)
def _readings(char: str) -> frozenset[str]:
    [found] = pinyin(char, style=Style.NORMAL, heteronym=True)
    return frozenset(found)


def _plain(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading.replace("ɡ", "g").replace("ü", "v"))
    return "".join(char for char in letters if not unicodedata.combining(char))


def _reads(char: str, reading: str) -> bool:
    wanted = _plain(reading)
    return wanted in {_plain(found) for found in _readings(char)} or wanted in {
        found.replace("v", "u") for found in _readings(char)
    }


def _unshifted(text: str, repairs: list[Repair]) -> str:
    """Text of which a host cut one byte: every two bytes after it were read as the wrong character."""
    known = _pairs(text)
    result, position = [], 0
    for found in SHIFTED.finditer(text):
        if found.start() < position:
            continue
        done = _shift_back(text, found, known)
        if done is None:
            continue
        end, word, certain = done
        result += [text[position : found.start()], word]
        repairs.append(
            Repair(text[found.start() : end], word, sentence("网站丢了一个字节，后面的字错了位"), certain)
        )
        position = end
    return "".join([*result, text[position:]])


def _pairs(text: str) -> dict[str, int]:
    plain = READING.sub("", text)
    counts: dict[str, int] = {}
    for i in range(len(plain) - 1):
        pair = plain[i : i + 2]
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def _shift_back(text: str, found: re.Match[str], known: dict[str, int]) -> tuple[int, str, bool] | None:
    run = found[1]
    before = text[found.start() - 1] if found.start() else ""
    # the opening bracket of the reading was read as the second half of a character
    reading = re.match(r"\?[（(]?([^（）()\s]{1,6})[）)]", text[found.end() :])
    # a site that turned all into traditional characters did so with the wrong ones, too
    runs = dict.fromkeys((run, _converter().convert(run)))
    for length, said in ((n, said) for n in range(len(run), 0, -1) for said in runs if len(said) == len(run)):
        try:
            tail = b"\xa3\xbf" + said[:length].encode("gb18030")
        except UnicodeEncodeError:
            continue
        # the first byte of what was lost, then pairs again
        word = _decoded(tail[1:])
        if word is None and reading is not None and length == len(run):
            word = _ended_by(tail[1:], reading[1])
            if word is not None:
                return found.end() + reading.end(), _first(before, word, known) + word, False
        if word is not None:
            return found.start(1) + length, _first(before, word, known) + word, False
    return None


def _decoded(raw: bytes) -> str | None:
    try:
        word = raw.decode("gbk")
    except UnicodeDecodeError:
        return None
    return word if all(unicodedata.category(char) == "Lo" for char in word) else None


def _ended_by(raw: bytes, reading: str) -> str | None:
    """The word where the second byte of its last character is lost too, and its reading stands behind it."""
    for trail in range(0x40, 0xFF):
        word = _decoded(raw + bytes([trail]))
        if word is not None and _reads(word[-1], reading) and word[-1] == _commonest(raw[-1:], reading):
            return word
    return None


def _commonest(lead: bytes, reading: str) -> str | None:
    """Of the characters with this first byte and reading the one that texts use most: the first that simplifies to a
    common one."""
    candidates = []
    for trail in range(0x40, 0xFF):
        word = _decoded(lead + bytes([trail]))
        if word is not None and len(word) == 1 and _reads(word, reading):
            candidates.append(word)
    simple = _converter().convert
    # GB2312's first level holds the common characters, and their bytes come first
    return min(candidates, key=lambda char: simple(char).encode("gb18030"), default=None)


def _first(before: str, word: str, known: dict[str, int]) -> str:
    """The lost character before a shifted word: its second byte was A3."""
    best, score = SENTENCE_END, 1
    for lead in LEADS:
        char = _decoded(lead + b"\xa3")
        if char is None:
            continue
        found = 2 * known.get(before + char, 0)
        if found > score:
            best, score = char, found
    return best


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def _simplified(text: str, repairs: list[Repair]) -> tuple[str, str]:
    plain = _converter().convert(text)
    changed = sum(a != b for a, b in zip(text, plain, strict=False))
    if len(plain) != len(text) or changed * 50 < sum(1 for char in text if "一" <= char <= "鿿"):
        return text, "simplified"
    repairs.append(Repair(f"繁体字 ×{changed}", "简体字", sentence("全文是繁体字"), True))
    return plain, "traditional"


def _without_adverts(text: str, repairs: list[Repair]) -> str:
    why = sentence("下载网站用广告词换掉了原来的词")
    for phrase, word in ADVERTS:
        position = 0
        while (at := text.find(phrase, position)) >= 0:
            text = text[:at] + word + text[at + len(phrase) :]
            position = at + len(word)
            repairs.append(Repair(phrase, word, why, False, _around(text, at, position)))
    return text
