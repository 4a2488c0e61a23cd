"""Paragraphs and tables of a Word file, with the numbers that Word counts itself and does not write. Pure Python.

Only the text, the styles and the lists are read, so pictures and broken links in the package do no harm. All changes
that were tracked are taken as accepted.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

from lxml import etree

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.regulations.reader.paragraphs import Paragraph, Text

LARGEST_PART = 64 << 20
LARGEST_XML = 32 << 20
MOST_PARTS = 4000
MOST_NODES = 400_000
"""Paragraphs, rows, cells and runs of a text."""
DEEPEST_LEVEL = 8
NOWHERE = 99
MOST_BASES = 32
HIGHEST = 9999
"""No list counts further; what claims to is shown in digits."""
TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
W = f"{{{TRANSITIONAL.decode()}}}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
WRAPPERS = {
    "sdt",
    "sdtContent",
    "customXml",
    "ins",
    "moveTo",
    "smartTag",
    "hyperlink",
    "fldSimple",
    "dir",
    "bdo",
}
UNSEEN = {
    "del", "moveFrom", "delText", "instrText", "delInstrText", "fldData", "rt", "pPr", "rPr", "tblPr", "tblGrid",
    "trPr", "tcPr", "sdtPr", "sdtEndPr", "sectPr",
}  # fmt: skip
CHARACTERS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
CHINESE_FORMS = {
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting",
    "taiwaneseCountingThousand", "chineseLegalSimplified",
}  # fmt: skip
CHINESE_DIGITS = "〇一二三四五六七八九"
CHINESE_UNITS = ((1000, "千"), (100, "百"), (10, "十"))
CIRCLED_ONE = ord("①")


def read_word(path: Path) -> Text:
    """Raises Invalid for what is no Word file, or one that unpacks to more than a text can be."""
    try:
        document, styles, lists = _parts(path)
    except Invalid:
        raise
    except etree.LxmlError as error:
        raise Invalid(sentence("这个 Word 文件读不出来，可能已经损坏。")) from error
    except Exception as error:  # zipfile raises many kinds for damaged archives
        raise Invalid(sentence("这不是 Word 文件，或者已经损坏。")) from error
    body = document.find(f"{W}body")
    if body is None:
        raise Invalid(sentence("这不是 Word 文件，或者已经损坏。"))
    counted = body.iter(f"{W}p", f"{W}tr", f"{W}tc", f"{W}r")
    if next(islice(counted, MOST_NODES, None), None) is not None:
        raise Invalid(sentence("这个 Word 文件解开以后太大，可能有问题。"))
    story = Story(Styles.of(styles), Numbering.of(lists, styles))
    story.read(body)
    if story.carried:
        story.text.paragraphs.append(Paragraph(story.carried))
    return story.text


# --- the package ---


def _parts(path: Path) -> tuple[Any, Any, Any]:
    """The text, the styles and the lists of a package; the latter two are empty where there are none."""
    with ZipFile(path) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_PARTS or any(info.file_size > LARGEST_PART for info in infos):
            raise Invalid(sentence("这个 Word 文件解开以后太大，可能有问题。"))
        parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        main = _related(archive, parts, "").get("officeDocument", "word/document.xml")
        document = _parsed(archive, parts[main])
        related = _related(archive, parts, main)
        folder = posixpath.dirname(main)
        others = []
        for kind in ("styles", "numbering"):
            info = parts.get(related.get(kind, f"{folder}/{kind}.xml"))
            others.append(_parsed(archive, info) if info is not None else etree.Element(kind))
    return document, others[0], others[1]


def _related(archive: ZipFile, parts: dict[str, ZipInfo], name: str) -> dict[str, str]:
    """The parts that a part refers to, by the last word of their kind; "" stands for the package."""
    folder, own = posixpath.split(name)
    info = parts.get(posixpath.join(folder, "_rels", f"{own}.rels"))
    found: dict[str, str] = {}
    for node in _parsed(archive, info).iter(RELATIONS) if info is not None else ():
        target = posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))).lstrip("/").lower()
        if node.get("TargetMode") != "External" and target in parts:
            found.setdefault(node.get("Type", "").rpartition("/")[2], target)
    return found


def _parsed(archive: ZipFile, info: ZipInfo) -> Any:
    if info.file_size > LARGEST_XML:
        raise Invalid(sentence("这个 Word 文件解开以后太大，可能有问题。"))
    # nothing is fetched and no entity is put in; Word itself writes none
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(archive.read(info).replace(STRICT, TRANSITIONAL), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid(sentence("这个 Word 文件读不出来，可能已经损坏。"))
    return root


# --- the text ---


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _value(node: Any, path: str, default: str = "") -> str:
    """The value of a property: `numPr/ilvl` of the properties of a paragraph."""
    found = _property(node, path)
    return default if found is None else found.get(f"{W}val", default)


def _property(node: Any, path: str) -> Any:
    return None if node is None else node.find("/".join(W + step for step in path.split("/")))


def _whole(said: str, default: int) -> int:
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 5 else default


def _shown(node: Any) -> Iterator[Any]:
    """What stands in a node, out of the wrappers of controls, links and tracked changes."""
    for child in node:
        name = _name(child)
        if name == "AlternateContent":
            # the same thing in several ways, the best first
            yield from _shown(next(iter(child), child))
        elif name == "sdt" and _value(child, "sdtPr/docPartObj/docPartGallery") == "Table of Contents":
            continue
        elif name in WRAPPERS:
            yield from _shown(child)
        elif name not in UNSEEN:
            yield child


def _gather(node: Any, said: list[str], boxes: list[Any]) -> None:
    """The characters in a node, and the text boxes that are fixed to it."""
    for child in _shown(node):
        name = _name(child)
        if name == "t":
            said.append(child.text or "")
        elif name in CHARACTERS:
            said.append(CHARACTERS[name])
        elif name == "txbxContent":
            boxes.append(child)
        else:
            _gather(child, said, boxes)


@dataclass(frozen=True, slots=True)
class Style:
    name: str
    base: str
    number: str
    level: str


@dataclass(slots=True)
class Styles:
    """The styles of paragraphs, each with those it is based on."""

    known: dict[str, Style]
    default: str
    chains: dict[str, list[tuple[str, Style]]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Any) -> Styles:
        known, default = {}, ""
        for node in root.findall(f"{W}style"):
            if node.get(f"{W}type", "paragraph") != "paragraph":
                continue
            identity = node.get(f"{W}styleId", "")
            if node.get(f"{W}default") in {"1", "true", "on"}:
                default = identity
            known[identity] = Style(
                _value(node, "name").lower(),
                _value(node, "basedOn"),
                _value(node, "pPr/numPr/numId"),
                _value(node, "pPr/numPr/ilvl"),
            )
        return cls(known, default)

    def chain(self, paragraph: Any) -> list[tuple[str, Style]]:
        """The style of a paragraph and its bases, with their identities."""
        first = _value(paragraph, "pPr/pStyle", self.default)
        first = first if first in self.known else self.default
        if first not in self.chains:
            chain: list[tuple[str, Style]] = []
            identity = first
            while identity in self.known and len(chain) < MOST_BASES:
                chain.append((identity, self.known[identity]))
                identity = self.known[identity].base
            self.chains[first] = chain
        return self.chains[first]


def _heading(chain: list[tuple[str, Style]]) -> int:
    """The level of a heading by its style, 0 for none."""
    found = (re.fullmatch(r"(?:heading|标题) ?([1-9])", style.name) for _identity, style in chain)
    return next((int(match[1]) for match in found if match), 0)


def _is_contents(chain: list[tuple[str, Style]]) -> bool:
    """Whether a paragraph is a line of the table of contents."""
    return bool(chain) and bool(re.fullmatch(r"(?:toc|目录) ?(?:[1-9]|heading|标题)", chain[0][1].name))


@dataclass(slots=True)
class Story:
    """A document as it is read."""

    styles: Styles
    numbering: Numbering
    text: Text = field(default_factory=Text)
    carried: str = ""
    """Text of a paragraph whose end was deleted: it goes on with the next."""

    def read(self, parent: Any) -> None:
        for block in _shown(parent):
            name = _name(block)
            if name == "p":
                chain = self.styles.chain(block)
                lines, boxes = self._lines(block, chain)
                if not _is_contents(chain):
                    level = _heading(chain)
                    self.text.paragraphs += [Paragraph(line, level) for line in lines]
                for box in boxes:
                    self.read(box)
            elif name == "tbl":
                self._table(block)

    def _lines(self, paragraph: Any, chain: list[tuple[str, Style]]) -> tuple[list[str], list[Any]]:
        """The lines of a paragraph, the first with the number that Word shows, and its text boxes."""
        pieces: list[str] = [self.carried]
        boxes: list[Any] = []
        _gather(paragraph, pieces, boxes)
        said, self.carried = "".join(pieces), ""
        if _property(paragraph, "pPr/rPr/del") is not None:
            self.carried = said
            return [], boxes
        label = self.numbering.label(_property(paragraph, "pPr"), chain)
        lines = [line.strip() for line in said.split("\n") if line.strip()]
        if label and lines:
            lines[0] = f"{label} {lines[0]}"
        return lines, boxes

    def _table(self, table: Any) -> None:
        rows: list[list[str]] = []
        above: dict[int, str] = {}
        for row in _shown(table):
            if _name(row) != "tr" or _property(row, "trPr/del") is not None:
                continue
            cells = [cell for cell in _shown(row) if _name(cell) == "tc"]
            if len(cells) == 1 and _is_frame(cells[0]):
                self.text.add_table(rows)
                rows = []
                self.read(cells[0])
            else:
                rows.append(self._row(row, cells, above))
        self.text.add_table(rows)

    def _row(self, row: Any, cells: list[Any], above: dict[int, str]) -> list[str]:
        """The texts of a row; a cell that is one with that above it says the same."""
        texts = []
        column = _whole(_value(row, "trPr/gridBefore"), 0)
        for cell in cells:
            said = self._cell(cell)
            merged = _property(cell, "tcPr/vMerge")
            if merged is not None and merged.get(f"{W}val") != "restart":
                said = above.get(column, said)
            above[column] = said
            column += max(_whole(_value(cell, "tcPr/gridSpan"), 1), 1)
            texts.append(said)
        return texts

    def _cell(self, cell: Any) -> str:
        said = []
        for block in _shown(cell):
            if _name(block) == "p":
                lines, boxes = self._lines(block, self.styles.chain(block))
                said += [*lines, *(self._cell(box) for box in boxes)]
            else:
                # a table in the cell
                said.append(self._cell(block))
        return " ".join(" ".join(said).split())


def _is_frame(cell: Any) -> bool:
    """Whether the only cell of a row is a frame around text."""
    filled = (block for block in _shown(cell) if any(node.text for node in block.iter(f"{W}t")))
    return sum(1 for _block in filled) > 2


# --- the lists ---


@dataclass(frozen=True, slots=True)
class Level:
    form: str
    template: str
    start: int
    restart: int
    """It begins anew when a level above this one is used, counted from 1; 0 for never."""
    is_legal: bool
    style: str
    is_started_anew: bool = False


@dataclass(slots=True)
class Numbering:
    """The counters of a document's lists: `label` is what Word shows before a paragraph."""

    levels: dict[str, dict[int, Level]]
    """Of each list its levels."""
    abstract: dict[str, str]
    """Of each list the definition that it counts with: lists of one definition count on."""
    counters: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, root: Any, styles: Any) -> Numbering:
        definitions = {
            node.get(f"{W}abstractNumId", ""): node for node in reversed(root.findall(f"{W}abstractNum"))
        }
        # a definition may stand for that of a style of lists
        styled = {_value(node, "styleLink"): key for key, node in definitions.items()}
        found = cls({}, {})
        known: dict[str, dict[int, Level]] = {}
        for num in root.findall(f"{W}num"):
            key = _value(num, "abstractNumId")
            if key in definitions and (link := _value(definitions[key], "numStyleLink")):
                key = styled.get(link, key)
            if key not in known:
                known[key] = _levels(definitions[key]) if key in definitions else {}
            identity = num.get(f"{W}numId", "")
            found.abstract[identity] = key
            found.levels[identity] = _overridden(known[key], num)
        return found

    def label(self, properties: Any, chain: list[tuple[str, Style]]) -> str:
        place = self._place(properties, chain)
        if place is None:
            return ""
        identity, at = place
        levels = self.levels[identity]
        one = levels[at]
        counters = self.counters.setdefault(self.abstract[identity], {})
        if at not in counters or (one.is_started_anew and place not in self.begun):
            counters[at] = one.start
        else:
            counters[at] += 1
        self.begun.add(place)
        for deeper in [n for n in counters if n > at and (n not in levels or at < levels[n].restart)]:
            del counters[deeper]
        if one.form == "bullet":
            return ""

        def number(match: re.Match[str]) -> str:
            n = int(match[1]) - 1
            if n > at or n not in levels:
                return ""
            form = "decimal" if one.is_legal else levels[n].form
            return numeral(counters.get(n, levels[n].start), form)

        return re.sub(r"%([1-9])", number, one.template).strip()

    def _place(self, properties: Any, chain: list[tuple[str, Style]]) -> tuple[str, int] | None:
        """The list and the level of a paragraph: its own, or those of its style."""
        identity, level = _value(properties, "numPr/numId"), _value(properties, "numPr/ilvl")
        is_own = bool(identity)
        if not is_own:
            identity = next((style.number for _key, style in chain if style.number), "")
        if identity not in self.levels:
            # 0 takes the number away
            return None
        levels = self.levels[identity]
        at = _whole(level or "0", NOWHERE) if is_own or level else _level_of_style(levels, chain)
        return (identity, at) if at in levels else None


def _level_of_style(levels: dict[int, Level], chain: list[tuple[str, Style]]) -> int:
    """The level that names a style, or that the style names."""
    for key, style in chain:
        for at, level in levels.items():
            if level.style == key:
                return at
        if style.level:
            return _whole(style.level, NOWHERE)
    return 0


def _levels(definition: Any) -> dict[int, Level]:
    found = ((_whole(node.get(f"{W}ilvl", "0"), NOWHERE), node) for node in definition.findall(f"{W}lvl"))
    return {at: _one(node, at) for at, node in found if at <= DEEPEST_LEVEL}


def _one(node: Any, at: int) -> Level:
    legal = _property(node, "isLgl")
    return Level(
        form=_value(node, "numFmt", "decimal"),
        template=_value(node, "lvlText"),
        start=_whole(_value(node, "start"), 1),
        restart=min(_whole(_value(node, "lvlRestart"), at), at),
        is_legal=legal is not None and legal.get(f"{W}val", "1") not in {"0", "false", "off"},
        style=_value(node, "pStyle"),
    )


def _overridden(base: dict[int, Level], num: Any) -> dict[int, Level]:
    """The levels of a list that says otherwise than its definition."""
    levels = dict(base)
    for override in num.findall(f"{W}lvlOverride"):
        at = _whole(override.get(f"{W}ilvl", "0"), NOWHERE)
        own = _property(override, "lvl")
        if own is not None and at <= DEEPEST_LEVEL:
            levels[at] = _one(own, at)
        start = _property(override, "startOverride")
        if start is not None and at in levels:
            first = _whole(start.get(f"{W}val", ""), 1)
            levels[at] = replace(levels[at], start=first, is_started_anew=True)
    return levels


def numeral(n: int, form: str) -> str:
    """A counter as Word writes it in a form."""
    if form == "none":
        return ""
    if not 0 <= n <= HIGHEST:
        return str(n)
    if form in CHINESE_FORMS:
        return chinese(n)
    if form in {"upperLetter", "lowerLetter"} and n:
        letter = chr(ord("A") + (n - 1) % 26) * ((n - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in {"upperRoman", "lowerRoman"} and n:
        roman = _roman(n)
        return roman if form == "upperRoman" else roman.lower()
    if form.startswith("decimalEnclosedCircle") and 1 <= n <= 20:
        return chr(CIRCLED_ONE + n - 1)
    return f"{n:02d}" if form == "decimalZero" else str(n)


def chinese(n: int) -> str:
    """0 to 9999 in Chinese: 十, 二十一, 一百零五, 一百一十."""
    if n < 10:
        return CHINESE_DIGITS[n]
    said = ""
    for unit, word in CHINESE_UNITS:
        digit, n = divmod(n, unit)
        if digit:
            said += ("" if (unit == 10 and digit == 1 and not said) else CHINESE_DIGITS[digit]) + word
        elif said and n and not said.endswith("零"):
            said += "零"
    return said + (CHINESE_DIGITS[n] if n else "")


def _roman(n: int) -> str:
    result = ""
    for value, letters in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while n >= value:
            result, n = result + letters, n - value
    return result
