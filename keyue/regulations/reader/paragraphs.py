"""The paragraphs of a file, whatever its form. Pure Python."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ENDED = re.compile(r"[。；;：:！!？?）)」”》.]$")
MARKED = re.compile(
    r"^(?:第[一二三四五六七八九十百零\d]{1,6}[编章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}(?:[.．、）)]|(?:[.．]\d{1,2})+)|[①-⑳]|[-*•#>|])"
)
CELLS = " ｜ "
"""What parts the cells of a row where it stands among the lines of a text."""
HEADING = re.compile(r"#{1,6}\s")
PAGE_NUMBER = re.compile(
    r"^(?:第\s*\d{1,4}\s*页(?:\s*[/,，、]?\s*共\s*\d{1,4}\s*页)?|共\s*\d{1,4}\s*页\s*[,，]?\s*第\s*\d{1,4}\s*页|"
    r"[Pp]age\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?|\d{1,3}\s*/\s*\d{1,3}|[-—–－―·]+\s*\d{1,4}\s*[-—–－―·]+)$"
)
NAMED_PAGE = re.compile(
    r"[^。；，\s]\s*(?:第\s*\d{1,4}\s*页(?:\s*[/,，、]?\s*共\s*\d{1,4}\s*页)?|[-—–－]\s*\d{1,4}\s*[-—–－])$"
)
LONGEST_ROW = 1000
UNEVEN = 3
"""Characters by which lines broken to one width differ: none begins with a comma."""
SHORTEST_WIDTH = 12
LONGEST_WIDTH = 120
LONGEST_MARGIN = 40
"""Characters of a line above or below the text of a page."""
TITLE_LINES = 3
"""Lines at the head of a text, where the title stands that pages repeat."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`level` is that of a heading by style, 0 for none."""

    text: str
    level: int = 0


@dataclass(slots=True)
class Text:
    """What a file holds: its paragraphs, its tables with the place where they stood, and what its pages had around them."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    tables: list[dict[str, object]] = field(default_factory=list)
    margins: list[str] = field(default_factory=list)

    def add_table(self, rows: Sequence[Sequence[str]]) -> None:
        filled = [list(row) for row in rows if any(row)]
        if not filled:
            return
        self.tables.append(
            {"rows": filled, "after": self.paragraphs[-1].text[:60] if self.paragraphs else ""}
        )
        self.paragraphs += [Paragraph(CELLS.join(cell for cell in row if cell)) for row in filled]

    @classmethod
    def of(cls, paragraphs: Iterable[Paragraph]) -> Text:
        """Paragraphs of a plain text, of which rows between strokes are tables."""
        text, rows, listed = cls(), list[list[str]](), list(paragraphs)
        bars = [_bars(paragraph.text) for paragraph in listed]
        for n, paragraph in enumerate(listed):
            # without strokes around it a row is known by the next
            is_row = bars[n] > 1 and bars[n] in bars[max(0, n - 1) : n] + bars[n + 1 : n + 2]
            cells = row_of(paragraph.text, is_open=is_row)
            if cells is None:
                text.add_table(rows)
                rows = []
                text.paragraphs.append(paragraph)
            elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                rows.append(cells)
        text.add_table(rows)
        return text

    @property
    def lines(self) -> list[str]:
        return [paragraph.text for paragraph in self.paragraphs]


def _bars(line: str) -> int:
    return len(re.findall(r"\S\s*\|(?=\s*\S)", line)) if len(line) <= LONGEST_ROW else 0


def row_of(line: str, *, is_open: bool = False) -> list[str] | None:
    """The cells of a row between strokes, `is_open` of one without strokes at its ends; None for any other line."""
    said = line.strip()
    if not is_open and (len(said) < 3 or not (said.startswith("|") and said.endswith("|"))):
        return None
    return [cell.strip() for cell in said.strip("|").split("|")]


def joined(lines: Sequence[str]) -> list[str]:
    """Paragraphs of lines that were broken to a width: a line that ends at no end goes on with the next."""
    plain = [line.strip() for line in lines]
    filled = [line for line in plain if line]
    if len(filled) < 8:
        return plain
    width = _width(filled)
    if width is None:
        return plain
    result: list[list[str]] = []
    for before, line in zip(["", *plain], plain, strict=False):
        goes_on = len(before) >= width - UNEVEN and not ENDED.search(before) and not HEADING.match(before)
        if before and line and goes_on and not MARKED.match(line):
            # only words of letters are parted by spaces
            result[-1] += [" " if before[-1].isascii() and line[0].isascii() else "", line]
        else:
            result.append([line])
    return ["".join(pieces) for pieces in result]


def _width(filled: Sequence[str]) -> int | None:
    """To how many characters most lines were broken; None where they were not."""
    counts = Counter(len(line) for line in filled)
    width = max(counts, key=lambda wide: (sum(counts[wide - less] for less in range(UNEVEN + 1)), wide))
    full = [line for line in filled if len(line) >= width - UNEVEN]
    if 4 * sum(len(line) > width for line in filled) > len(filled):
        return None
    is_broken = len(full) * 4 >= len(filled) and 2 * sum(not ENDED.search(line) for line in full) >= len(full)
    return width if is_broken and SHORTEST_WIDTH <= width <= LONGEST_WIDTH else None


def without_margins(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines without what stood above and below the text on each page, and what was left out: lines that say a
    number of a page, and lines that come again beside those."""
    said = [line.strip() for line in lines]
    numbers = {n for n, line in enumerate(said) if PAGE_NUMBER.match(line) or _names_page(line)}
    plain = [n for n, line in enumerate(said) if re.fullmatch(r"\d{1,3}", line)]
    if len(plain) > 1 and all(int(said[b]) == int(said[a]) + 1 for a, b in pairwise(plain)):
        numbers |= set(plain)
    places: dict[str, list[int]] = {}
    filled = [n for n, line in enumerate(said) if line]
    for n in filled:
        if (
            len(re.sub(r"\s", "", said[n])) <= LONGEST_MARGIN
            and not MARKED.match(said[n])
            and not ENDED.search(said[n])
        ):
            places.setdefault(re.sub(r"\s", "", said[n]), []).append(n)
    beside = {around for a, b in pairwise(filled) if a in numbers or b in numbers for around in (a, b)}
    again = {
        n
        for some in places.values()
        if len(some) > 1 and sum(n in beside for n in some) * 2 >= len(some)
        for n in (some if some[0] > filled[min(len(filled), TITLE_LINES) - 1] else some[1:])
    }
    left_out = numbers | again
    return [line for n, line in enumerate(lines) if n not in left_out], [said[n] for n in sorted(left_out)]


def _names_page(line: str) -> bool:
    return (
        len(re.sub(r"\s", "", line)) <= LONGEST_MARGIN
        and not MARKED.match(line)
        and bool(NAMED_PAGE.search(line))
    )
