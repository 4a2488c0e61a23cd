"""Pure decisions of the privacy room: which text counts, when a time is over, what a request may become next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_LIFE = timedelta(minutes=10)
"""How long a one-use code is good."""
MOST_ATTEMPTS = 5
"""How often a code may be typed; then a new one has to be sent."""
VISIT_LIFE = timedelta(minutes=30)
"""How long somebody whose code was right is known on that device."""
LINK_LIFE = timedelta(days=7)
"""How long a package may be fetched."""

# the states of a request, and what may follow each: `enums.Step`
NEXT: dict[str, frozenset[str]] = {
    "received": frozenset({"missing", "accepted"}),
    "missing": frozenset({"missing", "accepted"}),
    "accepted": frozenset({"proposed", "answered"}),
    "proposed": frozenset({"accepted", "answered"}),
    "answered": frozenset(),
}


def may_follow(step: str, following: str) -> bool:
    """Whether a request in `step` may come to `following`."""
    return following in NEXT[step]


@dataclass(frozen=True, slots=True)
class TextVersion:
    """A version of a purpose's text, as far as validity goes."""

    n: int
    published_at: datetime
    is_renewing: bool


def current_text(texts: Sequence[TextVersion], at: datetime) -> int | None:
    """The number of the text in force at an instant; None before the first."""
    return max((text.n for text in texts if text.published_at <= at), default=None)


def oldest_valid(texts: Sequence[TextVersion], at: datetime) -> int | None:
    """The oldest version whose consents still count at an instant: the newest that asked everybody anew (article 14).

    None before the first text. The first text always begins the count.
    """
    out = [text for text in texts if text.published_at <= at]
    first = min((text.n for text in out), default=None)
    return max((text.n for text in out if text.is_renewing), default=first)


def years_later(instant: datetime, years: int) -> datetime:
    """The same day `years` on; 29 February becomes 28 February."""
    try:
        return instant.replace(year=instant.year + years)
    except ValueError:
        return instant.replace(year=instant.year + years, day=28)


def years_before(instant: datetime, years: int) -> datetime:
    """The same day `years` earlier; 29 February becomes 28 February."""
    return years_later(instant, -years)


def is_over(since: datetime, years: int, at: datetime) -> bool:
    """Whether `years` have passed since an instant."""
    return years_later(since, years) <= at


def looks_like_email(text: str) -> bool:
    """Whether somebody typed an address rather than a number."""
    return "@" in text or "＠" in text


_CODE = re.compile(r"[^0-9A-Z]")


def plain_code(text: str) -> str:
    """A code as it is compared: capitals, without blanks and strokes."""
    return _CODE.sub("", text.upper())
