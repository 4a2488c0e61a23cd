"""Words in the HTML of a mail that its reader would not see: a style hides them, or they are white on white."""

from __future__ import annotations

import re

from keyue.channels.email.reader.tags import Tag, plain_text, tokens

_GONE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|opacity\s*:\s*0*\.?0+\s*(?:[;\"'!]|$)"
    r"|font-size\s*:\s*0*\.?0+\s*(?:px|pt|em|rem|%)?\s*(?:[;\"'!]|$)|max-height\s*:\s*0+(?:px)?\s*(?:[;\"'!]|$)",
    re.I,
)
_WHITE = re.compile(
    r"(?<![-\w])color\s*[:=]\s*[\"']?\s*(?:#fff(?:fff)?\b|white\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))", re.I
)
_COLOURED = re.compile(r"(?<![-\w])color\s*[:=]", re.I)
_GROUND = re.compile(r"background(?:-color|-image)?\s*[:=]|bgcolor\s*=", re.I)
_WHITE_GROUND = re.compile(
    r"(?:background(?:-color)?|bgcolor)\s*[:=]\s*[\"']?\s*(?:#fff(?:fff)?\b|white\b)", re.I
)
_UNSEEN = re.compile(r"[\s\u00a0\u00ad\u034f\u200b-\u200f\u2007\u2060\ufeff]+")
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
DEEPEST = 500
LONGEST = 2_000_000
FEWEST = 4
"""Signs of hidden words below which they are a counter or a mark."""


def hides_words(html: str) -> bool:
    """Whether there are words that a style hides. Of what is longer than any letter only the beginning is looked at."""
    if "style" not in html.lower() and "color" not in html.lower():
        return False
    open_tags: list[tuple[str, bool, bool, bool]] = []
    hidden = 0
    for token in tokens(html[:LONGEST]):
        if isinstance(token, str):
            if open_tags and _is_unseen(open_tags[-1]):
                hidden += len(_UNSEEN.sub("", plain_text(token)))
                if hidden >= FEWEST:
                    return True
        elif token.closes:
            _close(open_tags, token.name)
        elif token.name not in _VOID and len(open_tags) < DEEPEST:
            open_tags.append(_inside(token, open_tags[-1] if open_tags else ("", False, False, False)))
    return False


def _is_unseen(state: tuple[str, bool, bool, bool]) -> bool:
    _name, gone, white, grounded = state
    return gone or (white and not grounded)


def _inside(tag: Tag, outer: tuple[str, bool, bool, bool]) -> tuple[str, bool, bool, bool]:
    """What holds inside a tag: its name, that it is hidden, that its words are white, that they stand on a colour."""
    said = tag.said
    gone = outer[1] or bool(_GONE.search(said))
    white = bool(_WHITE.search(said)) if _COLOURED.search(said) else outer[2]
    grounded = not _WHITE_GROUND.search(said) if _GROUND.search(said) else outer[3]
    return tag.name, gone, white, grounded


def _close(open_tags: list[tuple[str, bool, bool, bool]], name: str) -> None:
    for place in range(len(open_tags) - 1, -1, -1):
        if open_tags[place][0] == name:
            del open_tags[place:]
            return
