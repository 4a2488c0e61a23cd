"""HTML taken apart into texts and tags, in one pass and without a tree: what is damaged costs only itself.

No word is lost to damage: a comment or a style that never ends hides nothing, and `<lilei@example.com>` is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_BEGIN = re.compile(r"<(?:(/?)([a-zA-Z][^\s/>\"'<]{0,60})|!--|[!?/])")
_STOP = re.compile(r"[>\"'<]")
_ATTRIBUTE = re.compile(r"([^\s=\"'/<>]{1,60})\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LONG_NUMBER = re.compile(r"&#(?:\d{8,}|[xX][0-9a-fA-F]{7,});?")
_AFTER_UNCLOSED = re.compile(r"</head|<body|<div|<p\b|<table|<br", re.I)
_HIDDEN = {name: re.compile(f"</{name}(?=[\\s/>])", re.I) for name in ("script", "style", "title")}
SCAN_BUDGET = 8


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag by its name in lower case; `said` is what stands in it behind the name."""

    name: str
    closes: bool
    said: str

    def attributes(self) -> dict[str, str]:
        """Its attributes, the first of a name, entities decoded."""
        found: dict[str, str] = {}
        for one in _ATTRIBUTE.finditer(self.said):
            value = next((part for part in one.groups()[1:] if part is not None), "")
            found.setdefault(one[1].lower(), plain_text(value))
        return found


def plain_text(text: str) -> str:
    """`text` with its entities as characters."""
    if "&" not in text:
        return text
    return unescape(_LONG_NUMBER.sub("\ufffd", text))


class _Scanner:
    """Finds the ends of tags; remembers what does not come any more, so that nothing is looked for twice."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.last_end = html.rfind(">")
        self.last = {'"': html.rfind('"'), "'": html.rfind("'")}
        self.last_comment_end = html.rfind("-->")
        self.budget = len(html) * SCAN_BUDGET
        self.unclosed: set[str] = set()

    def end_of_tag(self, at: int) -> int:
        """Behind the `>` that ends a tag, quotes minded; at a `<` that shows it was never ended; -1 for none."""
        if at > self.last_end:
            return -1
        begin = at
        while self.budget > 0:
            found = _STOP.search(self.html, at)
            if found is None:
                break
            mark, at = found[0], found.end()
            if mark == ">":
                return at
            if mark == "<":
                return found.start()
            close = self.html.find(mark, at) if at <= self.last[mark] else -1
            if close >= 0:
                at = close + 1
        self.budget -= len(self.html) - begin
        return self.html.find(">", begin) + 1

    def end_of_comment(self, start: int) -> int:
        """Behind a comment that begins at `start`; -1 where it has no end."""
        if start + 2 > self.last_comment_end:
            return -1
        return self.html.find("-->", start + 2) + 3

    def end_of_hidden(self, name: str, at: int) -> int:
        """Where the text of a script, style or title ends."""
        if name not in self.unclosed:
            found = _HIDDEN[name].search(self.html, at)
            if found:
                return found.start()
            self.unclosed.add(name)
        following = _AFTER_UNCLOSED.search(self.html, at) if "body" not in self.unclosed else None
        if following is None:
            self.unclosed.add("body")
            return at
        return following.start()


def tokens(html: str) -> Iterator[str | Tag]:
    """The texts, entities still in them, and the tags of some HTML. Comments, scripts, styles and titles are left out."""
    scanner = _Scanner(html)
    at = 0
    while True:
        found = _BEGIN.search(html, at)
        if found is None:
            break
        if found.start() > at:
            yield html[at : found.start()]
        at = found.end()
        name = (found[2] or "").lower()
        if not name:
            end = (
                scanner.end_of_comment(found.start()) if found[0] == "<!--" else html.find(">", at) + 1 or -1
            )
            if end >= 0:
                at = end
            elif found[0] == "</":
                yield found[0]
            continue
        end = scanner.end_of_tag(at)
        if end < 0 or _is_no_tag(name):
            yield found[0]
            continue
        said = html[at:end].removesuffix(">")
        at = end
        yield Tag(name, bool(found[1]), said)
        if name in _HIDDEN and not found[1] and not said.endswith("/"):
            at = scanner.end_of_hidden(name, at)
    if at < len(html):
        yield html[at:]


def _is_no_tag(name: str) -> bool:
    return "@" in name or name.endswith(":") or not name.isascii() or "," in name
