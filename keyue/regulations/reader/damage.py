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
from typing import TYPE_CHECKING

from keyue.kernel.texts import Sentence, sentence

if TYPE_CHECKING:
    from opencc import OpenCC

CJK = "一-鿿㐀-䶿"
READING = re.compile(rf"(?<=[{CJK}A-Za-z])[（(]([a-zàáâǎāèéêěēìíîǐīòóôǒōùúûǔūǘǚǜüńňǹḿɡ]{{1,6}})[）)]")
SHIFTED = re.compile(r"\?{1,2}([^\x00-\x7f]{1,60}[@-~]?)")
# what stands in place of other words: the pattern, what is meant, why, and whether that is certain
WRONG = (
    # a shop's filter
    *(
        (re.compile(phrase), word, sentence("下载网站用广告词换掉了原来的词"), False)
        for phrase, word in (("必威体育官网网址", "保密"), ("必威体育精装版", "最新"), ("必威体育", ""))
    ),
    # what a scanner takes for another of much the same form
    *(
        (re.compile(pattern), right, sentence("扫描时认错的字"), is_certain)
        for pattern, right, is_certain in (
            (
                r"(?<=工作)曰|(?<=自然)曰|(?<=[当次每翌])曰|(?<=[之\d一二三四五六七八九十])曰(?=[内前起])",
                "日",
                True,
            ),
            (r"(?<=投)拆", "诉", True),
            # 月末能 and 期末按 are as they should be
            (r"(?<![年月周季期岁学])末(?=能|按|及时|经|完成|处理|解决|答复|回复|办结)", "未", False),
        )
    ),
)
UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
SPACED = re.compile(
    rf"(?<![^{CJK}\s，。；：、）)])(?:[{CJK}（(][ \u3000]+)(?:[^\s][ \u3000]+){{3,}}[{CJK}，。；：、）)](?!\S[^\s，。；])"
    rf"|^(?:[{CJK}（(）)、][ \u3000]+){{3,}}[{CJK}）)。]$",
    re.MULTILINE,
)
"""A row of single characters that ends with one of Chinese: figures in columns are no number."""
LEADS = [bytes([lead]) for lead in (*range(0xB0, 0xF8), 0xA1, 0xA3)]
SENTENCE_END = "。"
FEWEST_TRADITIONAL = 3
"""Characters: fewer may be names."""
MOST_MIXED = 0.2
"""Of the characters that differ in the two writings, the share of traditional ones from which a text is called so."""


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
    text = _visible(text, repairs)
    text = _unspaced(text, repairs)
    text = _unshifted(text, repairs)
    text = _without_readings(text, repairs)
    text, script = _simplified(text, repairs)
    repairs = _placed(text, repairs, script)
    text = _without_wrong_words(text, repairs)
    return text.split("\n"), repairs, script


def _visible(text: str, repairs: list[Repair]) -> str:
    """Without signs of no width, which stand within words on copied pages."""
    text, count = UNSEEN.subn("", text)
    if count:
        repairs.append(Repair(f"零宽字符 ×{count}", "", sentence("看不见的字符是网站加的"), True))
    return text


def _unspaced(text: str, repairs: list[Repair]) -> str:
    """客 户 服 务 → 客户服务: a row of single characters with spaces between them."""
    count = 0

    def close(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return re.sub(r"[ \u3000]+", "", found[0])

    text = SPACED.sub(close, text)
    if count:
        repairs.append(
            Repair(f"字 间 空 格 ×{count}", "字间空格", sentence("字与字之间的空格是转换时加的"), True)
        )
    return text


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
    from pypinyin import Style, pinyin  # costs 0.1 s, and few processes read files

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
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=1)
def _back() -> OpenCC:
    from opencc import OpenCC

    return OpenCC("s2t")


def _simplified(text: str, repairs: list[Repair]) -> tuple[str, str]:
    plain = _converter().convert(text)
    changed = sum(a != b for a, b in zip(text, plain, strict=False))
    if len(plain) != len(text) or changed < FEWEST_TRADITIONAL:
        return text, "simplified"
    simplified = sum(a != b for a, b in zip(text, _back().convert(text), strict=False))
    is_mixed = changed < MOST_MIXED * (changed + simplified)
    why = sentence("文中夹有繁体字") if is_mixed else sentence("全文是繁体字")
    repairs.append(Repair(f"繁体字 ×{changed}", "简体字", why, True))
    return plain, "mixed" if is_mixed else "traditional"


def _without_wrong_words(text: str, repairs: list[Repair]) -> str:
    """What is certain is told once with its number, what is not is asked at each place."""
    for pattern, right, why, is_certain in WRONG:
        if is_certain:
            found = pattern.findall(text)
            text = pattern.sub(right, text)
            if found:
                repairs.append(Repair(f"{found[0]} ×{len(found)}", right, why, True))
            continue
        position = 0
        while (wrong := pattern.search(text, position)) is not None:
            text = text[: wrong.start()] + right + text[wrong.end() :]
            position = wrong.start() + len(right)
            repairs.append(Repair(wrong[0], right, why, False, _around(text, wrong.start(), position)))
    return text
