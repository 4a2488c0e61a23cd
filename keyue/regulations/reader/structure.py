"""Numbered units of a text: chapters, sections, articles, clauses, items, however they are numbered. Pure Python.

A marker counts where the numbering says so: it begins its kind anew (1) or goes on from the last of its kind that is
open. That tells 第十五条 at the head of an article from 第十五条 in a reference, and lets a text without line breaks be cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from keyue.regulations.numerals import CHINESE, number_of
from keyue.regulations.reader.paragraphs import CELLS

NUMBER = rf"[{CHINESE}\d]{{1,7}}"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
PATTERNS: tuple[tuple[str, str], ...] = (
    ("part", rf"第\s*(?P<n>{NUMBER})\s*(?:编|部分)"),
    ("chapter", rf"第\s*(?P<n>{NUMBER})\s*章"),
    ("appendix", r"附\s*录\s*(?P<n>[A-Z])(?![A-Za-z\d])"),
    ("section", rf"第\s*(?P<n>{NUMBER})\s*节"),
    ("article", rf"第\s*(?P<n>{NUMBER})\s*条(?:之(?P<sub>[{CHINESE}]))?"),
    ("dotted", r"(?P<n>\d{1,2}(?:[.．、]\d{1,2}){1,4})[.．、]?(?!\d|%|％|[日天年月周个小分元人次号倍])"),
    ("bare", r"(?P<n>\d{1,2})[ 　\t]+(?=[一-鿿])"),
    ("comma", rf"(?P<n>[{CHINESE}]{{1,4}})、"),
    ("cn_bracket", rf"[（(](?P<n>[{CHINESE}]{{1,4}})[）)]、?"),
    ("digit", r"(?P<n>\d{1,3})(?:[.．、](?!\d)|[）)](?=\s*\S))"),
    ("bracket", r"[（(](?P<n>\d{1,3})[）)]"),
    ("circled", rf"(?P<n>[{CIRCLED}])"),
    ("letter_dotted", r"(?P<n>[A-Z](?:[.．]\d{1,2}){1,3})[.．、]?(?![\dA-Za-z])"),
    ("letter", r"(?P<n>[A-Z])[.．、](?![A-Za-z])"),
    ("letter_bracket", r"[（(]?(?P<n>[a-z])(?:[）)]|[.．、](?=[\s一-鿿]))"),
)
MARKERS = [(kind, re.compile(pattern)) for kind, pattern in PATTERNS]
RANK = {"part": 0, "chapter": 1, "appendix": 1, "section": 2, "article": 3}
REFERENCE = re.compile(
    r"^(?:款|第[^章节条]{1,6}[款项目]|规定|所列|所称|所述|的(?!确)|和|与|及|以及|、|至|或|之一|要求的|为准)"
)
QUOTED = re.compile(
    r"(?:依照|依据|根据|按照|按|违反|符合|见|本条例|本办法|本规定|本制度|适用|除|有|属于|参照|《[^》]*》)\s*$"
)
ENDS = "。；;!！?？：:\n"
SENTENCE_ENDS = ("。", "；", ";", "！", "!", "？", "?")
SENTENCE_HEADS = re.compile(
    r"^(?:为(?:了|规范|进一步|加强|提高|提升|保障|确保|促进|贯彻|维护|适应|满足|做好|有效|切实|更好)|"
    r"本(?:制度|办法|规定|细则|条例|规程|规范|公司|单位|企业)|凡|公司|企业|各|所有|客户服务部|客服部|对|根据|按照|依据|"
    r"下列|以下|客户经理|接到|收到|定期)"
)
BRACKETED = re.compile(r"[【\[（(]([^】\]）)，。；、\d]{2,16})[】\]）)]\s*")
LONGEST_HEADING = 30
LONGEST_GLUED = 12
"""Characters of a heading that may stand before its first item on one line."""
BEGUN = re.compile(rf"[，。；][^。；;：:！!？?）)」”》.{CELLS.strip()}|]+$")
"""The end of a line in the middle of a sentence."""
SHORTEST_BROKEN = 16
LONGEST_LINE = 300
"""Characters at the end of a text in which its last line is looked for."""
FARTHEST_BACK = 2
"""Numbers by which one at the head of a paragraph may lie behind the one before it."""
FARTHEST_AHEAD = 1500
"""Characters in which the second of a row of numbers stands that begins inside a line."""
MOST_MISSING = 5
"""Numbers that a text may lack before a number at the beginning of a line is no longer taken for the next."""


@dataclass(slots=True)
class Marker:
    kind: str
    number: str
    value: tuple[int, ...]
    start: int
    end: int


@dataclass(slots=True)
class Unit:
    """A numbered part of the text. `text` is its own, without that of the units below it."""

    kind: str
    number: str
    value: tuple[int, ...]
    heading: str = ""
    text: str = ""
    parent: Unit | None = None
    children: list[Unit] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    def ancestors(self) -> Iterator[Unit]:
        """From the outermost to the unit itself."""
        if self.parent is not None:
            yield from self.parent.ancestors()
        yield self


def marker_at(text: str, position: int = 0) -> Marker | None:
    """The number that stands at a position of a text."""
    for kind, pattern in MARKERS:
        found = pattern.match(text, position)
        if found is None:
            continue
        raw = found["n"]
        if kind == "dotted":
            value = tuple(int(part) for part in re.split(r"[.．、]", raw))
            if value[-1] == 0 and len(value) == 2:
                # 1.0 is the chapter 1
                return Marker("top", raw, value[:1], position, found.end())
        elif kind == "letter_dotted":
            letter, *rest = re.split(r"[.．]", raw)
            value = (LETTERS.index(letter.lower()) + 1, *(int(part) for part in rest))
            return Marker("dotted", raw, value, position, found.end())
        elif kind == "circled":
            value = (CIRCLED.index(raw) + 1,)
        elif kind in {"letter", "letter_bracket", "appendix"}:
            value = (LETTERS.index(raw.lower()) + 1,)
        else:
            number = number_of(raw)
            if number is None:
                return None
            value = (number,)
            if kind == "article" and found["sub"]:
                value = (number, number_of(found["sub"]) or 0)
        return Marker(kind, re.sub(r"\s+", "", found[0]), value, position, found.end())
    return None


class Outline:
    """Units as they are read; `follows` says whether a marker may stand here."""

    def __init__(self, begins: Mapping[str, int] | None = None) -> None:
        self.begins = begins or {}
        self.roots: list[Unit] = []
        self.open: list[Unit] = []
        self.kinds: dict[str, list[Unit]] = {}

    def last(self, kind: str) -> Unit | None:
        """The last unit of a kind among the open ones, or the last of the whole text for what is numbered through."""
        for unit in reversed(self.open):
            if unit.kind == kind:
                return unit
        if kind in {"chapter", "article", "part"}:
            found = self.kinds.get(kind)
            return found[-1] if found else None
        return None

    def follows(self, marker: Marker, *, strict: bool) -> bool:
        """Whether the number goes on: 1, the next of its kind, or (unless `strict`) a later one."""
        value = marker.value
        if marker.kind == "dotted":
            return self._dotted(value, strict=strict)
        if marker.kind == "appendix":
            earlier = self.kinds.get("appendix")
            return not strict and marker.value[0] == (earlier[-1].value[0] if earlier else 0) + 1
        if marker.kind in {"bare", "top"}:
            tops = self.kinds.get("top")
            step = value[0] - (tops[-1].value[0] if tops else 0)
            return step == 1 and marker.kind == "top" if strict else 0 < step <= 2
        last = self.last(marker.kind)
        if last is None:
            is_first = value[0] == 1 or self.begins.get(marker.kind) == value[0]
            if is_first or strict:
                return is_first
            # numbered through, whatever part or chapter has begun meanwhile
            earlier = self.kinds.get(marker.kind)
            goes_on = earlier is not None and value[0] == earlier[-1].value[0] + 1
            return goes_on or (marker.kind in RANK and value[0] <= 3)
        if len(value) == 2:
            return value[0] == last.value[0]
        if value[0] == last.value[0] + 1:
            return True
        if value[0] == 1:
            # articles may begin anew with each chapter
            is_anew = (
                marker.kind == "article" and not strict and not any(u.kind == "article" for u in self.open)
            )
            return is_anew or marker.kind not in {"chapter", "article", "part"}
        return not strict and last.value[0] < value[0] <= last.value[0] + MOST_MISSING

    def leaps(self, marker: Marker, before: str) -> bool:
        """Whether one number is missing before it in a row of them, or an article has the number of the one before."""
        articles = self.kinds.get("article")
        if marker.kind == "article" and articles:
            return before == "。" and marker.value[0] - articles[-1].value[0] in {0, 2}
        last = self.last(marker.kind) if marker.kind in BELOW_HEADING else None
        return (
            last is not None
            and marker.value[0] == last.value[0] + 2
            and marker.number[-1:] == last.number[-1:]
        )

    def goes_back(self, marker: Marker) -> bool:
        """Whether the number at the head of a paragraph was given twice, or stands in the wrong place."""
        kind = f"dotted{len(marker.value)}" if marker.kind == "dotted" else marker.kind
        last = self.last(kind)
        if last is None or len(last.value) != len(marker.value) or last.value[:-1] != marker.value[:-1]:
            return False
        return (
            marker.number[-1:] == last.number[-1:] and 0 <= last.value[-1] - marker.value[-1] <= FARTHEST_BACK
        )

    def _dotted(self, value: tuple[int, ...], *, strict: bool) -> bool:
        last = next((unit for unit in reversed(self.open) if unit.kind == f"dotted{len(value)}"), None)
        if last is not None and last.value[:-1] == value[:-1]:
            step = value[-1] - last.value[-1]
            return step == 1 or (not strict and 0 < step <= 3)
        if value[-1] != 1 and strict:
            return False
        above = [unit.value for unit in self.open]
        if not above:
            return value[-1] == 1
        return any(unit == value[: len(unit)] or unit[0] == value[0] for unit in above) or (
            not strict and value[-1] <= 2
        )

    def add(self, marker: Marker) -> Unit:
        kind = f"dotted{len(marker.value)}" if marker.kind == "dotted" else marker.kind
        kind = "top" if kind == "bare" else kind
        unit = Unit(kind, marker.number, marker.value)
        self._close(unit)
        unit.parent = self.open[-1] if self.open else None
        (unit.parent.children if unit.parent else self.roots).append(unit)
        self.open.append(unit)
        self.kinds.setdefault(kind, []).append(unit)
        return unit

    def _close(self, unit: Unit) -> None:
        if unit.kind in RANK:
            while self.open and RANK.get(self.open[-1].kind, 9) >= RANK[unit.kind]:
                self.open.pop()
        elif unit.kind == "top":
            self.open.clear()
        elif unit.kind.startswith("dotted"):
            while self.open and not _contains(self.open[-1], unit):
                self.open.pop()
        elif any(other.kind == unit.kind for other in self.open):
            while self.open and self.open[-1].kind != unit.kind:
                self.open.pop()
            self.open.pop()

    def units(self) -> Iterator[Unit]:
        def walk(units: Sequence[Unit]) -> Iterator[Unit]:
            for unit in units:
                yield unit
                yield from walk(unit.children)

        yield from walk(self.roots)


def _contains(outer: Unit, inner: Unit) -> bool:
    if outer.kind.startswith("dotted") or outer.kind in {"top", "digit", "letter", "appendix"}:
        return len(outer.value) < len(inner.value) and outer.value == inner.value[: len(outer.value)]
    return outer.kind in RANK or outer.kind in {"comma"}


def outline(lines: Sequence[str]) -> tuple[list[str], Outline]:
    """What stands before the first number, and the units; a line is a paragraph of the file."""
    found, front = Outline(begins=_begins(lines)), []
    glued = is_glued(lines)
    stripped = [line for line in (raw.strip() for raw in lines) if line]
    before = ""
    for line, after in zip(stripped, [*stripped[1:], ""], strict=False):
        position, fresh = 0, None
        first = marker_at(line)
        if first is not None and _stands(first, line, found, before):
            fresh, position = found.add(first), first.end
        before = line
        while True:
            marker = _after_heading(line, position, found, fresh) or _next_inside(
                line, position, found, glued=glued, after=after
            )
            chunk = line[position : marker.start if marker else None].strip(" 　\t")
            if fresh is not None:
                fresh.heading, fresh.text = _heading(fresh, chunk, glued=glued)
            elif not found.open:
                front.append(chunk)
            elif chunk:
                _append(found.open[-1], chunk)
            if marker is None:
                break
            fresh, position = found.add(marker), marker.end
    return [line for line in front if line], found


def _stands(marker: Marker, line: str, found: Outline, before: str) -> bool:
    """Whether a number at the head of a line is that of a unit; `before` is the line before it."""
    if _is_reference(marker, line):
        return False
    if found.follows(marker, strict=False):
        return True
    return before[-1:] in SENTENCE_ENDS and found.goes_back(marker)


def _begins(lines: Sequence[str]) -> dict[str, int]:
    """Where the articles or chapters of a part of a text begin that lacks the first: at the number that others follow."""
    values: dict[str, list[int]] = {}
    for line in (raw.strip() for raw in lines):
        marker = marker_at(line)
        if marker is not None and marker.kind in RANK and not _is_reference(marker, line):
            values.setdefault(marker.kind, []).append(marker.value[0])
    return {
        kind: some[0]
        for kind, some in values.items()
        if 1 not in some and (len(some) == 1 or some[0] + 1 in some)
    }


def _append(unit: Unit, chunk: str) -> None:
    """A line below that of the number; what a broken line began goes on in it."""
    before = unit.text[-LONGEST_LINE:].rpartition("\n")[2]
    goes_on = len(before) >= SHORTEST_BROKEN and BEGUN.search(before) and CELLS not in chunk
    between = "" if goes_on or not unit.text else "\n"
    unit.text = f"{unit.text}{between}{chunk}"


def is_glued(lines: Sequence[str]) -> bool:
    """Whether the text has lost its line breaks: most of it is one line, and numbers stand inside that."""
    longest = max(lines, key=len, default="")
    if len(longest) > 600:
        return len(longest) > sum(map(len, lines)) / 2
    inside = re.findall(
        r"(?<=[\s。；])(?:\d{1,2}(?:[.．]\d{1,2})+|第[^\s]{1,3}[章条]|[一二三四五六七八九十]{1,3}、)", longest
    )
    return len(inside) > 3 and len(longest) > 0.6 * sum(map(len, lines))


def _after_heading(line: str, position: int, found: Outline, fresh: Unit | None) -> Marker | None:
    """The first unit of a part, chapter or section that stands on the line of its heading."""
    if fresh is None or RANK.get(fresh.kind, 9) > 2:
        return _first_item(line, position, found, fresh)
    for at in range(position + 1, min(position + LONGEST_HEADING, len(line))):
        if line[at] in "，。；：,;:":
            return None
        if (line[at] not in STARTS and not line[at].isdecimal()) or line[at - 1] in CHINESE + "第（(":
            continue
        marker = marker_at(line, at)
        if marker is None or marker.kind not in FIRST_BELOW or RANK.get(marker.kind, 9) <= RANK[fresh.kind]:
            continue
        strict = marker.kind not in RANK
        if found.follows(marker, strict=strict) and not _is_reference(marker, line):
            return marker
    return None


def _first_item(line: str, position: int, found: Outline, fresh: Unit | None) -> Marker | None:
    """一、总则1、…: the first item of a unit whose heading has lost the end of its line."""
    if fresh is None or not (
        fresh.kind in {"comma", "cn_bracket", "digit", "top"} or fresh.kind.startswith("dotted")
    ):
        return None
    for at in range(position + 2, min(position + LONGEST_GLUED, len(line))):
        if line[at] in "，。；：、,;:":
            return None
        if not ("一" <= line[at - 1] <= "鿿") or line[at - 1] in CHINESE + "第":
            continue
        marker = marker_at(line, at)
        if marker is None or marker.kind == fresh.kind:
            continue
        is_first = marker.value == (1,) if marker.kind in BELOW_HEADING else marker.value == (*fresh.value, 1)
        if is_first and found.follows(marker, strict=True):
            return marker
    return None


BELOW_HEADING = frozenset({"digit", "bracket", "cn_bracket"})
FIRST_BELOW = frozenset({"chapter", "section", "article", "comma", "cn_bracket", "digit"})


def _next_inside(line: str, position: int, found: Outline, *, glued: bool, after: str) -> Marker | None:
    """The next number inside a line: after the end of a sentence, or anywhere in a text without line breaks.

    `after` is the line that follows."""
    for at in range(position + 1, len(line)):
        if line[at] not in STARTS and not line[at].isdecimal():
            continue
        before = line[at - 1]
        if not (before in ENDS or (glued and _may_break(before))):
            continue
        marker = marker_at(line, at)
        if (
            marker is None
            or marker.kind == "bare"
            or not (
                found.follows(marker, strict=True)
                or (before in SENTENCE_ENDS and found.leaps(marker, before))
            )
            or _is_reference(marker, line)
        ):
            continue
        if marker.kind == "letter_bracket" or (marker.kind == "article" and QUOTED.search(line[:at])):
            continue
        if not glued and marker.kind in {"comma", "dotted", "digit"} and not _is_in_row(marker, line, after):
            continue
        return marker
    return None


def _is_in_row(marker: Marker, line: str, after: str) -> bool:
    """Whether a number that may be a mere figure is one of a row: behind the end of a sentence, with the next of its row
    to come where it is the first."""
    if line[marker.start - 1] not in SENTENCE_ENDS and marker.value[-1] != 1:
        return False
    if marker.kind == "comma" and line[marker.end : marker.end + 1] in CHINESE:
        # 二、三级投诉
        return False
    if marker.value[-1] > 1:
        return True
    wanted = (*marker.value[:-1], 2)
    places = (
        at for at in range(marker.end, min(len(line), marker.end + FARTHEST_AHEAD)) if line[at - 1] in ENDS
    )
    others = (marker_at(line, at) for at in places)
    following = marker_at(after)
    return any(
        other is not None and (other.kind, other.value) == (marker.kind, wanted)
        for other in (*others, following)
    )


STARTS = "第（(一" + CHINESE + CIRCLED


def _may_break(before: str) -> bool:
    return not (before.isascii() and before.isalnum()) and before not in "第（(、，,/《“" + CHINESE


def _is_reference(marker: Marker, line: str) -> bool:
    if marker.kind not in {"chapter", "section", "article"}:
        return False
    return bool(REFERENCE.match(line[marker.end :]))


def _heading(unit: Unit, chunk: str, *, glued: bool) -> tuple[str, str]:
    """The heading of a unit and the text after it."""
    chunk = chunk.lstrip(" 　\t：:、.．")
    if not chunk:
        return "", ""
    bracketed = BRACKETED.match(chunk)
    if bracketed is not None and (unit.kind == "article" or chunk[0] in "【[") and chunk[bracketed.end() :]:
        return bracketed[1], chunk[bracketed.end() :].strip()
    if (
        len(chunk) <= LONGEST_HEADING
        and not re.search("[。；;！，,…]|应当", chunk)
        and not chunk.endswith(("：", ":"))
    ):
        is_heading = _wants_heading(unit, chunk) or (not glued and unit.depth < 2)
        return (re.sub(r"\s+", "", chunk), "") if is_heading else ("", chunk)
    if glued and _wants_heading(unit, chunk) and unit.kind != "article":
        for cut in range(2, min(LONGEST_HEADING, len(chunk) - 1)):
            if re.search(r"[：:\d，,]", chunk[:cut]):
                break
            if SENTENCE_HEADS.match(chunk[cut:]) or (cut > 3 and chunk[cut : cut + 2] == "客户"):
                return chunk[:cut], chunk[cut:]
    return "", chunk


def _wants_heading(unit: Unit, chunk: str) -> bool:
    return unit.kind != "digit" and (unit.kind in RANK or unit.depth < 2 or unit.kind.startswith("dotted"))
