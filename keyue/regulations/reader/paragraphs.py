"""The paragraphs of a file, whatever its form. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

ENDED = re.compile(r"[。；;：:！!？?）)」”》.]$")
MARKED = re.compile(
    r"^(?:第[一二三四五六七八九十百零\d]{1,6}[编章节条]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}(?:[.．、）)]|(?:[.．]\d{1,2})+)|[①-⑳]|[-*•#>|])"
)
CELLS = " ｜ "
"""What parts the cells of a row where it stands among the lines of a text."""
HEADING = re.compile(r"#{1,6}\s")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`level` is that of a heading by style, 0 for none."""

    text: str
    level: int = 0


@dataclass(slots=True)
class Text:
    """What a file holds: its paragraphs, and its tables with the place where they stood."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    tables: list[dict[str, object]] = field(default_factory=list)

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
        text, rows = cls(), list[list[str]]()
        for paragraph in paragraphs:
            cells = row_of(paragraph.text)
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


def row_of(line: str) -> list[str] | None:
    """The cells of a row between strokes; None for any other line."""
    said = line.strip()
    if len(said) < 3 or not (said.startswith("|") and said.endswith("|")):
        return None
    return [cell.strip() for cell in said.strip("|").split("|")]


def joined(lines: Sequence[str]) -> list[str]:
    """Paragraphs of lines that were broken to a width: a line that ends at no end goes on with the next."""
    plain = [line.strip() for line in lines]
    filled = [line for line in plain if line]
    if len(filled) < 8:
        return plain
    lengths = sorted(len(line) for line in filled)
    width = lengths[int(len(lengths) * 0.9)]
    full = [line for line in filled if len(line) >= width - 3]
    if (
        width > 120
        or len(full) * 4 < len(filled)
        or sum(1 for line in full if not ENDED.search(line)) * 2 < len(full)
    ):
        return plain
    result: list[list[str]] = []
    for before, line in zip(["", *plain], plain, strict=False):
        goes_on = len(before) >= width - 3 and not ENDED.search(before) and not HEADING.match(before)
        if before and line and goes_on and not MARKED.match(line):
            # only words of letters are parted by spaces
            result[-1] += [" " if before[-1].isascii() and line[0].isascii() else "", line]
        else:
            result.append([line])
    return ["".join(pieces) for pieces in result]
