"""From severity, reach and consequence to a level, by a matrix that is shown on screen. Pure Python."""

from __future__ import annotations

LEVELS = ("ordinary", "serious", "major")


def level_of(severity: int, reach: int, consequence: int) -> str:
    """The level for three scores of 1 to 3 (S3 4.2.2): their sum, but a single 3 is never ordinary.

    3–4 ordinary, 5–6 serious, 7–9 major; three times high gives the top.
    """
    total = severity + reach + consequence
    if total >= 7:
        return "major"
    if total >= 5 or 3 in (severity, reach, consequence):
        return "serious"
    return "ordinary"


def matrix() -> list[tuple[tuple[int, int, int], str]]:
    """All 27 combinations with their level, for the screen and the reference page."""
    scores = (1, 2, 3)
    return [((s, r, c), level_of(s, r, c)) for s in scores for r in scores for c in scores]
