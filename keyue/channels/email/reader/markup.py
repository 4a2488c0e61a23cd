"""The HTML of a mail as text with sensible lines, and as HTML that is safe to show.

Both go over the tags once. What comes out for showing is nested properly and never deep, so that the sanitizer behind
(nh3), whose parser is slow on what is badly nested, has easy work; it has the last word all the same.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

import nh3

from keyue.channels.email.reader.tags import Tag, plain_text, tokens

_SPACES = re.compile(r"[ \t\r\n\f\v\xa0]+")
_WIDE_BREAK = re.compile(
    r"(?<=[\u2e80-\u9fff\uff00-\uff60\u3000-\u303f])[ \t]*\r?\n[ \t]*(?=[\u2e80-\u9fff\uff00-\uff60\u3000-\u303f])"
)
_INVISIBLE = re.compile("[\u200b\ufeff\u00ad\u034f]")
_NO_SPACE = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0|msonormal|msolistparagraph|msoplaintext", re.I)
_CITED = re.compile(r"type=.?cite|gmail_quote|protonmail_quote|isreplycontent|_quote|cite=|border-left", re.I)
_INTRODUCES = re.compile(r"(?:写道|寫道|写到|wrote|schrieb|a écrit|escribió)\s*[:：]?\s*$")
_TAG_LIKE = re.compile(
    r"</?(?:html|head|body|p|br|div|span|table|tr|td|a|b|i|u|font|ul|ol|li|h[1-6]|img|pre|strong|em|center|blockquote|hr|meta|style)\b[^<>]*>",
    re.I,
)
_WHOLE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]{0,200}-->\s*)?<(?:!doctype\s+html|html|body|head)\b", re.I
)
_PIECE = re.compile(r"\s*<(div|p|table|span|font|center)\b[^<>]{0,500}>", re.I)

_HIDDEN_PARTS = re.compile(
    r"<(script|style|title)\b[^>]{0,2000}>[^<]{0,500000}</\1\s*>|<!--(?:(?!-->).){0,5000}-->", re.I | re.S
)
_BLOCK_TAG = re.compile(r"</?(?:p|div|br|tr|li|table|h[1-6]|ul|ol|blockquote|pre|hr)\b[^<>]{0,2000}>", re.I)
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>@]{0,5000}>|<![^<>]{0,2000}>")
_BLANK_LINES = re.compile(r"\n[ \t\r\xa0]{0,200}\n[\s]{0,2000}")
_BREAKS = frozenset(
    "address article aside body center dd details dir div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header"
    " hgroup html main menu nav section summary table tbody tfoot thead tr caption".split()
)
_SPACED = frozenset("p h1 h2 h3 h4 h5 h6 blockquote ul ol dl pre".split())
_SHOWN = frozenset(
    "a abbr b big blockquote br caption center code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins"
    " li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul".split()
)
_VOID = frozenset({"br", "hr", "img", "col"})
_CLOSES_P = frozenset("blockquote center dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table ul".split())
_SIBLINGS = {
    "li": ({"li"}, {"ul", "ol"}),
    "dd": ({"dd", "dt"}, {"dl"}),
    "dt": ({"dd", "dt"}, {"dl"}),
    "td": ({"td", "th"}, {"tr", "table"}),
    "th": ({"td", "th"}, {"tr", "table"}),
    "tr": ({"tr", "td", "th", "caption"}, {"table"}),
    "a": ({"a"}, {"table"}),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start", "type"},
    "font": {"color"},
    "blockquote": {"type"},
}
_IMAGE = re.compile(
    r"cid:[^\s\"'<>]{1,300}$|data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+$", re.I
)
_LINK = re.compile(r"(?:https?|mailto|tel|ftp):", re.I)
DEEPEST = 80
LONGEST_SHOWN = 5_000_000
LONGEST_DATA = 2_000_000
MOST_BLANK = 2
MOST_REFERENCES = 100_000
DEEPEST_QUOTE = 10


def is_html(text: str) -> bool:
    """Whether a text that calls itself plain is HTML: it begins like one and its tags are closed."""
    head = text[:2000]
    if _WHOLE.match(head):
        return bool(re.search(r"</(?:html|body|div|p|td|font|span|a)\s*>|<br", text[:200_000], re.I))
    piece = _PIECE.match(head)
    return piece is not None and text.rstrip()[-1:] == ">" and f"</{piece[1].lower()}" in text.lower()


def has_tags(text: str) -> bool:
    """Whether there is any tag in what calls itself HTML."""
    return bool(_TAG_LIKE.search(text))


# --- as text ---


@dataclass(slots=True)
class _Writer:
    """Lines as they grow: breaks and tabs wait until there is a word for them."""

    lines: list[str] = field(default_factory=list)
    now: list[str] = field(default_factory=list)
    breaks: int = 0
    tab: bool = False
    space: bool = False
    quotes: int = 0
    pre: int = 0
    fresh: bool = False
    alts: list[str] = field(default_factory=list)

    def words(self, text: str) -> None:
        if self.pre:
            self.preserved(text)
            return
        tidy = _SPACES.sub(" ", _WIDE_BREAK.sub("", text))
        if not tidy or tidy == " ":
            self.space = self.space or bool(tidy)
            return
        self.flush()
        if (self.space or tidy[0] == " ") and self.now and not self.now[-1].endswith((" ", "\t")):
            self.now.append(" ")
        self.space = tidy[-1] == " "
        self.now.append(tidy.strip(" "))

    def preserved(self, text: str) -> None:
        first, *others = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").split("\n")
        if first:
            self.flush()
            self.now.append(first)
        for line in others:
            self.end_line()
            self.breaks = 0
            if line:
                self.now.append(line)
            else:
                self.breaks = 0

    def flush(self) -> None:
        """Write the breaks that waited."""
        if self.breaks and (self.now or self.lines):
            if self.now:
                self.end_line()
            blank = self.prefix.rstrip()
            there = next(
                (n for n, line in enumerate(reversed(self.lines[-MOST_BLANK:])) if line != blank), MOST_BLANK
            )
            self.lines.extend([blank] * (min(self.breaks - 1, MOST_BLANK) - there))
            self.tab = self.space = False
        elif self.tab and self.now:
            self.now.append("\t")
            self.space = False
        self.breaks, self.tab, self.fresh = 0, False, False

    def end_line(self) -> None:
        self.lines.append((self.prefix + "".join(self.now)).rstrip())
        self.now = []
        self.space = False

    @property
    def prefix(self) -> str:
        return "> " * min(self.quotes, DEEPEST_QUOTE)

    def break_line(self, blank: bool = False) -> None:
        """The next word begins a line; with `blank` behind an empty one."""
        if not self.fresh:
            self.breaks = max(self.breaks, 2 if blank else 1)
            self.tab = False

    def quote(self, levels: int) -> None:
        """Begin or end a quotation: what was written before keeps its own marks."""
        if self.now:
            self.end_line()
        self.quotes += levels

    def last_words(self) -> str:
        return "".join(self.now) or next((line for line in reversed(self.lines[-4:]) if line.strip()), "")

    def text(self) -> str:
        if self.now:
            self.end_line()
        return "\n".join(self.lines)


def text_of(html: str) -> str:
    """The words of some HTML in the lines in which they are seen; alternative texts where there are no others.

    Cells of a row are parted by tabs; cited blocks have `> ` before their lines. What is longer than any letter is
    only stripped of its tags.
    """
    if len(html) > LONGEST_SHOWN:
        return _stripped(html)
    out = _Writer()
    cells: list[int] = []
    lists: list[int | None] = []
    cited: list[bool] = []
    for token in tokens(html):
        if isinstance(token, str):
            out.words(_INVISIBLE.sub("", plain_text(token)))
        elif token.name in {"td", "th"}:
            _cell(out, token, cells)
        elif token.name == "blockquote":
            _blockquote(out, token, cited)
        elif token.name in {"ul", "ol", "li"}:
            _list(out, token, lists)
        else:
            _other(out, token)
    text = out.text()
    if not text.strip():
        text = "\n".join(out.alts)
    return text


def _stripped(html: str) -> str:
    """The words of HTML that is too long to be looked at tag by tag: a line for each block, no marks of quotation."""
    bare = _BLOCK_TAG.sub("\n", _HIDDEN_PARTS.sub("", html))
    return _BLANK_LINES.sub("\n\n", _INVISIBLE.sub("", plain_text(_ANY_TAG.sub("", bare))))


def _cell(out: _Writer, tag: Tag, cells: list[int]) -> None:
    if not tag.closes:
        if not out.tab:
            out.flush()
        cells.append(len(out.lines))
        # what begins inside the cell begins on the line of its row
        out.fresh = True
    elif cells:
        if cells.pop() == len(out.lines) and out.now:
            out.breaks, out.tab = 0, True
        else:
            out.break_line()


def _blockquote(out: _Writer, tag: Tag, cited: list[bool]) -> None:
    if tag.closes:
        if cited:
            if cited.pop():
                out.quote(-1)
            out.break_line()
        return
    is_cited = bool(_CITED.search(tag.said)) or bool(_INTRODUCES.search(out.last_words()))
    cited.append(is_cited)
    out.break_line(blank=not is_cited)
    if is_cited:
        out.quote(1)


def _list(out: _Writer, tag: Tag, lists: list[int | None]) -> None:
    out.break_line(blank=tag.name != "li" and not lists)
    if tag.name != "li":
        if not tag.closes:
            lists.append(0 if tag.name == "ol" else None)
        elif lists:
            lists.pop()
    elif not tag.closes:
        number = lists[-1] if lists else None
        if number is not None:
            lists[-1] = number + 1
        out.flush()
        out.now.append("- " if number is None else f"{number + 1}. ")


def _other(out: _Writer, tag: Tag) -> None:
    name = tag.name
    if name == "br":
        if out.pre:
            out.end_line()
        else:
            out.breaks = min(out.breaks + 1, MOST_BLANK + 1)
    elif name == "hr":
        out.break_line()
        out.flush()
        out.now.append("--------")
        out.break_line()
    elif name == "pre":
        out.break_line()
        out.flush() if not tag.closes else None
        out.pre = max(0, out.pre + (-1 if tag.closes else 1))
    elif name in _SPACED:
        out.break_line(blank=not _NO_SPACE.search(tag.said) and (tag.closes or bool(out.now or out.lines)))
    elif name in _BREAKS:
        out.break_line()
    elif name == "img" and not tag.closes:
        alt = tag.attributes().get("alt", "").strip() if "alt" in tag.said.lower() else ""
        if alt and len(out.alts) < 100:
            out.alts.append(alt)


# --- for showing ---


def clean(html: str) -> str:
    """HTML without scripts, styles, forms and pictures from elsewhere, safe to show; links are marked by `rel`.

    Pictures of the mail itself keep their `cid:` address; a form field or a frame leaves its text. Empty where the
    sanitizer would take too long, as its time grows with the square of the character references in one text.
    """
    out: list[str] = []
    open_tags: list[str] = []
    for token in tokens(html):
        if isinstance(token, str):
            out.append(entities.escape(plain_text(token), quote=False))
        elif token.name in _SHOWN:
            _close(out, open_tags, token) if token.closes else _open(out, open_tags, token)
    out.extend(f"</{name}>" for name in reversed(open_tags))
    made = "".join(out)
    # a hard blank is written as a reference too
    if made.count("&") + made.count("\xa0") > MOST_REFERENCES:
        return ""
    return nh3.clean(
        made,
        tags=set(_SHOWN),
        attributes={name: set(some) for name, some in _ATTRIBUTES.items()},
        attribute_filter=_let_through,
        url_schemes={"http", "https", "mailto", "tel", "ftp", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
    ).strip()


def _let_through(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if _IMAGE.match(value) else None
    if name == "href":
        return value if _LINK.match(value.strip()) else None
    return value


def _open(out: list[str], open_tags: list[str], tag: Tag) -> None:
    name = tag.name
    if name in _CLOSES_P:
        _close_until(out, open_tags, {"p"}, {"td", "th", "li", "div", "blockquote", "table"})
    if name in _SIBLINGS:
        _close_until(out, open_tags, *_SIBLINGS[name])
    if name not in _VOID:
        if len(open_tags) >= DEEPEST:
            return
        open_tags.append(name)
    out.append(f"<{name}{_attributes(tag)}>")


def _attributes(tag: Tag) -> str:
    kept = _ATTRIBUTES.get(tag.name)
    if not kept or "=" not in tag.said:
        return ""
    if len(tag.said) > LONGEST_DATA:
        return ""
    return "".join(
        f' {name}="{entities.escape(value)}"'
        for name, value in tag.attributes().items()
        if name in kept and _let_through(tag.name, name, value) is not None
    )


def _close_until(out: list[str], open_tags: list[str], names: set[str], walls: set[str]) -> None:
    """Close the outermost of `names` that is open within the nearest of `walls`, and all in it."""
    found = -1
    for place in range(len(open_tags) - 1, -1, -1):
        if open_tags[place] in names:
            found = place
        elif open_tags[place] in walls:
            break
    if found >= 0:
        out.extend(f"</{name}>" for name in reversed(open_tags[found:]))
        del open_tags[found:]


def _close(out: list[str], open_tags: list[str], tag: Tag) -> None:
    if tag.name in _VOID:
        if tag.name == "br":
            out.append("<br>")
        return
    walls = set() if tag.name in {"table", "tr", "tbody", "thead", "tfoot"} else {"td", "th", "table"}
    for place in range(len(open_tags) - 1, -1, -1):
        if open_tags[place] == tag.name:
            out.extend(f"</{name}>" for name in reversed(open_tags[place:]))
            del open_tags[place:]
            return
        if open_tags[place] in walls:
            return
