"""How a chat window is set up: what its channel's options say, read once, with defaults for what they leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

COLOUR = "#145c9e"
SIDES = ("right", "left")
HOURS = ("company", "always", "own")
MOST_SITES = 20
MOST_EACH = 8
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Setup:
    """Looks, hours and limits of one window. `sites` are the origins whose pages may show it, empty for the
    installation's own setting; `most_each` is how many conversations one person answers at a time, 0 for no limit."""

    colour: str = COLOUR
    side: str = "right"
    greeting: str = ""
    sites: tuple[str, ...] = ()
    hours: str = "company"
    own_hours: str = ""
    automatic: bool = True
    most_each: int = MOST_EACH

    @property
    def ink(self) -> str:
        """Black or white, whichever is read better on the colour."""
        return "#000000" if luminance(self.colour) > 0.179 else "#ffffff"


def setup_of(options: dict[str, Any]) -> Setup:
    """What a channel's options say."""
    colour = str(options.get("colour") or COLOUR).lower()
    side, hours = options.get("side"), options.get("hours")
    return Setup(
        colour=colour if _COLOUR.fullmatch(colour) else COLOUR,
        side=side if side in SIDES else "right",
        greeting=str(options.get("greeting") or ""),
        sites=tuple(str(options.get("sites") or "").split()),
        hours=hours if hours in HOURS else "company",
        own_hours=str(options.get("own_hours") or ""),
        automatic=bool(options.get("automatic", True)),
        most_each=int(options.get("most_each", MOST_EACH)),
    )


def luminance(colour: str) -> float:
    """How light `#rrggbb` is, from 0 to 1, as contrast is reckoned (WCAG 2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colour_of(text: str) -> str:
    """A colour as typed. Raises Invalid."""
    plain = text.strip().lower()
    if not _COLOUR.fullmatch(plain):
        raise Invalid(sentence("颜色请写成 #145c9e 这样"))
    return plain


def sites_of(text: str) -> Sequence[str]:
    """Origins as typed, one a line. Raises Invalid."""
    found: list[str] = []
    for word in text.replace(",", " ").replace("，", " ").split():
        try:
            parts = urlsplit(word)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            parts, port = urlsplit(""), ""
        if parts.scheme not in {"http", "https"} or not parts.hostname or not _is_host(parts.hostname):
            raise Invalid(
                sentence("「%(text)s」不是网站地址，请写成 https://www.example.com 这样", text=word[:60])
            )
        found.append(f"{parts.scheme}://{parts.hostname}{port}")
    if len(found) > MOST_SITES:
        raise Invalid(sentence("最多 %(most)d 个网站。", most=MOST_SITES))
    return list(dict.fromkeys(found))


def _is_host(name: str) -> bool:
    # it goes into a header: letters, digits, dots and hyphens only; names in Chinese are written in their ASCII form
    return re.fullmatch(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) is not None
