"""What must be handed over before an account closes. Higher rooms register here; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keyue.kernel.errors import Refused

if TYPE_CHECKING:
    from keyue.ledger.facts import Actor
    from keyue.people.models import User


@dataclass(frozen=True, slots=True)
class Remainder:
    """Something still with a leaver: a sentence such as 「3 条约定还在他手上」, how many, and where to see them."""

    sentence: str
    count: int
    url: str = ""


class StillOpen(Refused):
    """The account cannot close yet; `remainders` say why."""

    code = "still_open"

    def __init__(self, message: object, remainders: Sequence[Remainder]) -> None:
        super().__init__(message)
        self.remainders = list(remainders)


# (leaver, at) -> what is still with them
Check = Callable[["User", datetime], Sequence[Remainder]]
# (leaver, heir, by, at): move what is with the leaver to the heir, inside the transaction of the leaving
HandOver = Callable[["User", "User", "Actor", datetime], None]

_checks: list[Check] = []
_hand_overs: list[HandOver] = []


def register(check: Check, hand_over: HandOver | None = None) -> None:
    """Let `check` be asked before anybody's account closes, and `hand_over` be called when an heir is named."""
    if check not in _checks:
        _checks.append(check)
    if hand_over is not None and hand_over not in _hand_overs:
        _hand_overs.append(hand_over)


def remainders_of(user: User, at: datetime) -> list[Remainder]:
    """All that is still with `user`."""
    return [remainder for check in _checks for remainder in check(user, at) if remainder.count]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """Call every registered hand-over."""
    for move in _hand_overs:
        move(leaver, heir, by, at)
