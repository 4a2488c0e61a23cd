"""What must be handed over before an account closes. Higher rooms register here; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keyue.kernel.errors import Refused

if TYPE_CHECKING:
    from keyue.ledger.facts import Actor
    from keyue.people.enums import Permission
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
# (leaver, at) -> what an heir must be allowed, to work on what is with the leaver
Needs = Callable[["User", datetime], Collection["Permission"]]

_checks: list[Check] = []
_hand_overs: list[HandOver] = []
_needs: list[Needs] = []


def register(check: Check, hand_over: HandOver | None = None, needs: Needs | None = None) -> None:
    """Let `check` be asked before anybody's account closes, `hand_over` be called when an heir is named, and nobody be
    heir who may not what `needs` says."""
    if check not in _checks:
        _checks.append(check)
    if hand_over is not None and hand_over not in _hand_overs:
        _hand_overs.append(hand_over)
    if needs is not None and needs not in _needs:
        _needs.append(needs)


def needed(leaver: User, at: datetime) -> frozenset[Permission]:
    """All that an heir must be allowed."""
    return frozenset(permission for ask in _needs for permission in ask(leaver, at))


def remainders_of(user: User, at: datetime) -> list[Remainder]:
    """All that is still with `user`."""
    return [remainder for check in _checks for remainder in check(user, at) if remainder.count]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """Call every registered hand-over."""
    for move in _hand_overs:
        move(leaver, heir, by, at)
