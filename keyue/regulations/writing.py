"""Writing literate regulations: blocks, clauses and single values, everything else byte for byte as it stood. Pure Python.

What is written is read again before it is handed out: a text that would not say what was meant raises Invalid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence
from keyue.regulations.blocks import edited, parsed, read_toml, same, toml_lines
from keyue.regulations.controls import apply_set
from keyue.regulations.document import CLAUSE_NUMBER, by_control

NEWLINE = re.compile(r"\r\n|\n|\r")
TICKS = re.compile(r"^ {0,3}(`{3,})", re.MULTILINE)
LISTED = re.compile(r"([0-9]{1,9})([.)])(?=\s|$)")
PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

Block = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause to be written: its heading, its block (source, laws, keeper), its text, and the blocks after it."""

    level: int
    number: str
    heading: str
    paragraphs: Sequence[str] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()


# ── a whole document ──────────────────────────────────────────────────────────────────────────────────────────


def document_text(title: str, regulation: Mapping[str, Any], clauses: Sequence[ClauseText]) -> str:
    """A document from its parts. Raises Invalid for a number or a text that Markdown cannot hold."""
    pieces = [f"# {_one_line(title)}\n", toml_block(regulation, "regulation")]
    for clause in clauses:
        pieces.append(f"{'#' * clause.level} {headed(clause.number, clause.heading)}\n")
        if clause.about:
            pieces.append(toml_block(clause.about, "clause"))
        pieces += [f"{text}\n" for text in paragraphs_of(clause.paragraphs)]
        pieces += [toml_block(raw, info) for info, raw in clause.blocks]
    return "\n".join(pieces)


def toml_block(raw: Mapping[str, Any], info: str = "control") -> str:
    """A block as it stands in the text, from its opening to its closing line. Raises TypeError for what is no TOML."""
    return _fenced(toml_lines(raw, info), info)


def headed(number: str, heading: str) -> str:
    """The words of a heading, so that they are read back as this number and this heading. Raises Invalid."""
    words = _one_line(heading)
    if not number:
        return words
    for between in (" ", "、"):
        found = CLAUSE_NUMBER.match(f"{number}{between}{words}".strip())
        if found is not None and found[1] == number and found[2].strip() == words:
            return f"{number}{between}{words}".strip()
    raise Invalid(sentence("「%(number)s」不能作条款号", number=cut(number)), fields={"number": number})


def paragraphs_of(texts: Sequence[str]) -> list[str]:
    """Texts as paragraphs of Markdown: one for each piece between empty lines.

    What Markdown would take for a heading, a list, a table or code gets a backslash in front; a second time nothing
    more is added. Raises Invalid for what cannot be written as a paragraph.
    """
    pieces = [piece for text in texts for piece in re.split(r"\n[ \t]*(?=\n)", _plain(text))]
    return [_paragraph(said) for piece in pieces if (said := _trimmed(piece))]


def _plain(text: str) -> str:
    return NEWLINE.sub("\n", text).replace("\0", "")


def _trimmed(piece: str) -> str:
    return "\n".join(line.strip(" \t") for line in piece.strip().split("\n")).strip()


def _paragraph(text: str) -> str:
    if _is_paragraph(text):
        return text
    said = "\n".join(_escaped(line) for line in text.split("\n"))
    if not _is_paragraph(said):
        raise Invalid(sentence("这一段不能写成正文：%(text)s", text=cut(text)), fields={"text": cut(text)})
    return said


def _is_paragraph(text: str) -> bool:
    tokens = _tokens(text)
    return [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"] and tokens[
        1
    ].content == text


def _escaped(line: str) -> str:
    if not line or line.startswith("\\"):
        return line
    return f"\\{line}" if line[0] in PUNCTUATION else LISTED.sub(r"\1\\\2", line, count=1)


def _one_line(text: str) -> str:
    """A heading's words: on one line, and without the signs at its end that Markdown would drop."""
    words = " ".join(_plain(text).split())
    for said in (words, re.sub(r"(#+)$", r"\\\1", words), _escaped(words)):
        tokens = _tokens(f"## {said}".rstrip())
        if len(tokens) == 3 and tokens[0].type == "heading_open" and tokens[1].content == said:
            return said
    raise Invalid(sentence("「%(text)s」不能作标题", text=cut(words)), fields={"heading": cut(words)})


def _fenced(lines: str, info: str, newline: str = "\n") -> str:
    longest = max((len(found[1]) + 1 for found in TICKS.finditer(lines)), default=3)
    fence = "`" * longest
    body = lines if not lines or lines.endswith("\n") else f"{lines}\n"
    return f"{fence}{info}\n{body}{fence}\n".replace("\n", newline)


# ── controls ──────────────────────────────────────────────────────────────────────────────────────────────────


def with_control(
    source: str, clause_number: str, raw: Mapping[str, Any], replacing: str | None = None
) -> str:
    """The text with a control at the end of a clause, or in the place of another one.

    Replaced in its own clause, what has not changed of its block stays as it stands, with its remarks. Raises Invalid
    where there is no such clause or control.
    """
    text = _Text(source)
    if replacing is None:
        return _inserted(text, clause_number, toml_lines(raw))
    place = text.control(replacing)
    if place.clause != clause_number:
        return _inserted(_Text(without_control(source, replacing)), clause_number, toml_lines(raw))
    return _rewritten(text, place, edited(_unified(place.body), raw))


def with_control_text(source: str, clause_number: str, lines: str, replacing: str | None = None) -> str:
    """`with_control` for a block that somebody wrote: its text is kept as it was typed. Raises Invalid also where it is
    no TOML."""
    typed = _unified(lines).strip("\n") + "\n"
    try:
        read_toml(typed)
    except ValueError as error:
        said = sentence("这一块不是合法的 TOML：%(why)s", why=error)
        raise Invalid(said, fields={"text": said}) from error
    text = _Text(source)
    if replacing is None:
        return _inserted(text, clause_number, typed)
    place = text.control(replacing)
    if place.clause != clause_number:
        return _inserted(_Text(without_control(source, replacing)), clause_number, typed)
    return _rewritten(text, place, typed)


def without_control(source: str, control_id: str) -> str:
    """The text without a control. Raises Invalid where there is none."""
    text = _Text(source)
    return _removed(text, text.control(control_id))


def control_text(source: str, control_id: str) -> str:
    """The lines of a control's block as they stand. Raises Invalid where there is none."""
    return _unified(_Text(source).control(control_id).body)


def clause_of(source: str, control_id: str) -> str:
    """The number of the clause in which a control stands. Raises Invalid where there is none."""
    return _Text(source).control(control_id).clause


def control_values(source: str, control_id: str) -> dict[str, Any]:
    """What a control's block says, also where it does not run. Raises Invalid where there is none."""
    return _Text(source).control(control_id).raw or {}


def with_values(source: str, values: Mapping[str, Any]) -> str:
    """The text with single values of its controls replaced: `{"plan.within": "PT12H"}`, `{"solve.within.normal": …}`.

    Raises Invalid where there is no such control, ControlError where its limit has no such case.
    """
    for control, changes in by_control(values).items():
        if "" in changes:
            raise Invalid(sentence("设置应写成「控制.字段」，得到 %(path)s", path=repr(control)))
        place = _Text(source).control(control)
        source = with_control(source, place.clause, apply_set(place.raw or {}, changes), replacing=control)
    return source


# ── clauses ───────────────────────────────────────────────────────────────────────────────────────────────────


def clause_parts(source: str, number: str) -> tuple[str, list[str], dict[str, Any]]:
    """The heading, the paragraphs and the block of a clause as they stand. Raises Invalid where there is none."""
    text = _Text(source)
    heading, about = text.heading(number), text.about(number)
    paragraphs = [one.content.strip() for one in text.paragraphs_under(heading)]
    return heading.heading, paragraphs, (about.raw or {}) if about else {}


def with_clause_block(source: str, number: str, raw: Mapping[str, Any]) -> str:
    """The text with what is said about a clause (`source`, `laws`, `keeper` …); empty: without. Raises Invalid."""
    text = _Text(source)
    heading = text.heading(number)
    place = text.about(number)
    if place is not None:
        kept = edited(_unified(place.body), raw, "clause")
        return _rewritten(text, place, kept) if raw else _removed(text, place)
    if not raw:
        return source
    at = text.end_of(heading.last)
    return _with_block(text, at, toml_lines(raw, "clause"), "clause")


def with_clause_text(source: str, number: str, heading: str, paragraphs: Sequence[str]) -> str:
    """The text with another heading and other paragraphs of a clause; its blocks stay between the ones they are between.

    Raises Invalid where there is no such clause, and for a paragraph that stands in a list and cannot be replaced.
    """
    text = _Text(source)
    place = text.heading(number)
    old = [one.content.strip() for one in text.paragraphs_under(place)]
    changes: list[tuple[int, int, str]] = []
    if place.heading != _one_line(heading):
        if place.nested:
            raise Invalid(sentence("条款 %(number)s 的标题写在列表里，请在原文中修改", number=number))
        changes.append((*text.span(place), f"{'#' * place.level} {headed(number, heading)}"))
    changes += _paragraph_changes(text, place, old, paragraphs_of(paragraphs))
    changed = source
    for start, end, put in sorted(changes, reverse=True):
        changed = changed[:start] + put.replace("\n", text.newline) + changed[end:]
    _check_clause(changed, text, number, _one_line(heading), paragraphs_of(paragraphs))
    return changed


def _paragraph_changes(
    text: _Text, place: _Place, old: Sequence[str], new: Sequence[str]
) -> list[tuple[int, int, str]]:
    there = text.paragraphs_under(place)
    last = text.about(place.clause) or place
    found: list[tuple[int, int, str]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        pairs = min(j - i, m - k)
        found += [text.replaced(there[i + n], new[k + n]) for n in range(pairs)]
        found += [text.dropped(there[n]) for n in range(i + pairs, j)]
        if extra := new[k + pairs : m]:
            after = there[i + pairs - 1] if i + pairs else last
            at = text.end_of(after.last)
            found.append((at, at, "".join(f"\n\n{one}" for one in extra)))
    return found


def _check_clause(changed: str, before: _Text, number: str, heading: str, paragraphs: Sequence[str]) -> None:
    after = _Text(changed)
    place = after.heading(number)
    said = [one.content.strip() for one in after.paragraphs_under(place)]
    others = before.shape(but=number) == after.shape(but=number)
    if place.heading != heading or said != list(paragraphs) or not others:
        raise Invalid(sentence("条款 %(number)s 不能这样改，请在原文中修改", number=number))


# ── where things stand ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Place:
    """A heading, a paragraph or a block: its lines [first, last], the number of its clause, and what it says."""

    kind: str
    first: int
    last: int
    clause: str
    nested: bool
    content: str = ""
    heading: str = ""
    level: int = 0
    body: str = ""
    raw: dict[str, Any] | None = None


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def _unified(text: str) -> str:
    return NEWLINE.sub("\n", text)


class _Text:
    """A document with the places of its headings, paragraphs and blocks, as the reader walks them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0, *(found.end() for found in NEWLINE.finditer(source))]
        self.newline = "\r\n" if "\r\n" in source else "\n"
        self.places = self._walk()

    def _walk(self) -> list[_Place]:
        tokens, places, clause = _tokens(self.source), [], ""
        for index, token in enumerate(tokens):
            if token.map is None or token.type not in ("heading_open", "fence", "paragraph_open"):
                continue
            first, last = token.map[0], max(token.map[1] - 1, token.map[0])
            place = _Place(token.type, first, last, clause, nested=token.level > 0)
            if token.type == "fence":
                place.content, place.body = token.info.strip(), self._body(place)
                place.raw = parsed(token.content)
            else:
                place.content = tokens[index + 1].content
            if token.type == "heading_open":
                place.level = int(token.tag[1])
                if place.level > 1:
                    found = CLAUSE_NUMBER.match(place.content.strip())
                    clause = found[1] if found else ""
                    place.clause = clause
                    place.heading = found[2].strip() if found else place.content.strip()
            places.append(place)
        return places

    def _body(self, place: _Place) -> str:
        first = place.first + 1
        closed = place.last > place.first and re.fullmatch(r"\s*[`~]{3,}\s*", self.line(place.last))
        end = place.last if closed else place.last + 1
        return self.source[self.start_of(first) : self.start_of(end)]

    def start_of(self, line: int) -> int:
        return self.starts[line] if line < len(self.starts) else len(self.source)

    def end_of(self, line: int) -> int:
        """The place behind what a line says, before the sign that ends it."""
        text = self.source[self.start_of(line) : self.start_of(line + 1)]
        return self.start_of(line) + len(text.rstrip("\r\n"))

    def line(self, n: int) -> str:
        return self.source[self.start_of(n) : self.end_of(n)]

    def span(self, place: _Place) -> tuple[int, int]:
        return self.start_of(place.first), self.end_of(place.last)

    def heading(self, number: str) -> _Place:
        for place in self.places:
            if place.kind == "heading_open" and place.level > 1 and number and place.clause == number:
                return place
        raise Invalid(sentence("制度没有第 %(number)s 条", number=cut(number)), fields={"clause": number})

    def about(self, number: str) -> _Place | None:
        """The clause block of a clause."""
        for place in self.places:
            if place.kind == "fence" and place.content == "clause" and place.clause == number:
                return place
        return None

    def control(self, identity: str) -> _Place:
        for place in self.places:
            if (
                place.kind == "fence"
                and place.content == "control"
                and (place.raw or {}).get("id") == identity
            ):
                return place
        raise Invalid(sentence("没有这个控制：%(names)s", names=cut(identity)), fields={"id": identity})

    def under(self, heading: _Place) -> list[_Place]:
        """What stands under a heading, up to the next one."""
        rest = self.places[self.places.index(heading) + 1 :]
        end = next((n for n, place in enumerate(rest) if place.kind == "heading_open"), len(rest))
        return rest[:end]

    def paragraphs_under(self, heading: _Place) -> list[_Place]:
        return [place for place in self.under(heading) if place.kind == "paragraph_open"]

    def last_line(self, heading: _Place) -> int:
        """The last line under a heading that is not empty."""
        after = self.places[self.places.index(heading) + 1 :]
        following = next((p.first for p in after if p.kind == "heading_open"), len(self.starts))
        lines = range(following - 1, heading.last, -1)
        return next((n for n in lines if self.line(n).strip()), heading.last)

    def replaced(self, place: _Place, text: str) -> tuple[int, int, str]:
        """The change that puts another text in the place of a paragraph. Raises Invalid for one over several lines of a
        list."""
        start, end = self.span(place)
        if place.nested:
            at = self.source.rfind(place.content, start, end)
            if place.first != place.last or at < 0 or "\n" in text:
                raise Invalid(sentence("这一段写在列表里，请在原文中修改：%(text)s", text=cut(place.content)))
            return at, at + len(place.content), text
        return start, end, text

    def dropped(self, place: _Place) -> tuple[int, int, str]:
        """The change that takes a paragraph out, with the empty line before it."""
        if place.nested:
            raise Invalid(sentence("这一段写在列表里，请在原文中修改：%(text)s", text=cut(place.content)))
        return self.before(place), self.end_of(place.last), ""

    def before(self, place: _Place) -> int:
        """Where a removal begins: behind the line before, past one empty line."""
        line = place.first - 1
        if line > 0 and not self.line(line).strip():
            line -= 1
        return self.end_of(line) if line >= 0 else 0

    def shape(self, but: str = "") -> list[tuple[Any, ...]]:
        """What the document says, place by place, so that two of them can be compared; without the words of a clause."""
        return [
            (place.kind, place.clause, place.level, place.content, _unified(place.body))
            for place in self.places
            if not (but and place.clause == but and place.kind != "fence")
        ]


def _inserted(text: _Text, number: str, lines: str) -> str:
    heading = text.heading(number)
    return _with_block(text, text.end_of(text.last_line(heading)), lines, "control", heading)


def _with_block(text: _Text, at: int, lines: str, info: str, heading: _Place | None = None) -> str:
    block = _fenced(lines, info, text.newline).removesuffix(text.newline)
    changed = text.source[:at] + text.newline * 2 + block + text.source[at:]
    after = _Text(changed)
    new = [place for place in after.places if place not in text.places and _is_new(place, info, lines)]
    before = list(text.shape())
    if not any(_without(after, place) == before for place in new):
        raise Invalid(sentence("这里放不下代码块：它会被当作文字，请在原文中修改"))
    return changed


def _is_new(place: _Place, info: str, lines: str) -> bool:
    return place.kind == "fence" and place.content == info and same(place.raw, parsed(lines))


def _without(text: _Text, place: _Place) -> list[tuple[Any, ...]]:
    shape = text.shape()
    del shape[text.places.index(place)]
    return shape


def _rewritten(text: _Text, place: _Place, lines: str) -> str:
    if _unified(place.body) == lines:
        return text.source
    _refuse_nested(place)
    start, end = text.span(place)
    block = _fenced(lines, place.content, text.newline).removesuffix(text.newline)
    changed = text.source[:start] + block + text.source[end:]
    before, after = text.shape(), _Text(changed).shape()
    n = text.places.index(place)
    if len(after) != len(before) or before[:n] != after[:n] or before[n + 1 :] != after[n + 1 :]:
        raise Invalid(sentence("这里放不下代码块：它会被当作文字，请在原文中修改"))
    return changed


def _removed(text: _Text, place: _Place) -> str:
    _refuse_nested(place)
    start, end = text.span(place)
    wanted = _without(text, place)
    joined = text.source[: text.before(place)] + text.source[end:]
    for changed in (joined, text.source[:start] + text.source[text.start_of(place.last + 1) :]):
        if _Text(changed).shape() == wanted:
            return changed
    raise Invalid(sentence("这一块写在列表或引文里，请在原文中修改"))


def _refuse_nested(place: _Place) -> None:
    if place.nested:
        raise Invalid(sentence("这一块写在列表或引文里，请在原文中修改"))
