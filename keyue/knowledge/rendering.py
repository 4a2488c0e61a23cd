"""Markdown of articles as HTML: no HTML of the writer, no pictures from elsewhere, headings below that of the page."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "code", "pre", "em", "strong", "s"),
    *("a", "hr", "br", "table", "thead", "tbody", "tr", "th", "td", "img"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "img": {"src", "alt"}}
SCHEMES = {"http", "https", "mailto", "tel"}


NAMED = re.compile(r"file:(\d{1,12})")


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # the reader of Markdown knows no addresses of ours; what else may stand in a link is said below
    usual = reader.validateLink
    reader.validateLink = lambda url: bool(NAMED.fullmatch(url)) or usual(url)  # type: ignore[method-assign]
    return reader


@lru_cache(maxsize=512)
def as_html(text: str, files: str = "/knowledge/files/") -> SafeString:
    """A body of an article for a page; `files` is where the pictures and attachments are that it names as `file:<id>`."""
    reader = _reader()
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
        for child in token.children or ():
            _led(child, files)
    html = reader.renderer.render(tokens, reader.options, {})
    clean = nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow"
    )
    return mark_safe(clean)  # noqa: S308  cleaned to the tags above


def _led(token: Token, files: str) -> None:
    """Lead to files of the article; a picture from anywhere else becomes its words."""
    name = {"image": "src", "link_open": "href"}.get(token.type)
    if name is None:
        return
    found = NAMED.fullmatch(str(token.attrs.get(name, "")))
    if found is not None:
        token.attrs[name] = f"{files}{found[1]}/"
    elif token.type == "image":
        token.type, token.tag = "text", ""
