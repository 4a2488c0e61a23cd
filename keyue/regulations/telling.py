"""Telling people what waits for them about an edition: the room above that keeps notices says how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from keyue.regulations.models import Edition

# what, edition, ids of people, at, what tells this time from the others
Teller = Callable[[str, Edition, Iterable[int], datetime, str], None]

_tellers: list[Teller] = []


def register(teller: Teller) -> None:
    """Let `teller` tell people; it is called inside the transaction of the act."""
    if teller not in _tellers:
        _tellers.append(teller)


def tell(what: str, edition: Edition, people: Iterable[int], *, at: datetime, n: str = "") -> None:
    """Tell these people once; `what` is review, returned, approved, read or remind, `n` which time it is, where there are
    several."""
    found = sorted(set(people))
    for teller in _tellers:
        teller(what, edition, found, at, n)
