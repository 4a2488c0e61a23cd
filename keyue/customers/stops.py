"""What keeps a customer's data from being used, though it is kept: 个人信息保护法 article 47. Higher rooms register here;
this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from keyue.customers.models import Customer
from keyue.kernel.errors import Refused

# (customer ids) -> the sentence for each whose data may not be used now
Stop = Callable[[Sequence[int]], Mapping[int, str]]
# () -> the ids of all customers whose data may not be used now, with those merged into them
Everybody = Callable[[], Collection[int]]

_rooms: dict[str, tuple[Stop, Everybody]] = {}


def register(room: str, stop: Stop, everybody: Everybody) -> None:
    """Let `stop` be asked before anything of a customer is revealed or leaves the system, and `everybody` before a file
    with many of them does again; once for each room."""
    _rooms[room] = (stop, everybody)


def stopped(customer_ids: Sequence[int]) -> dict[int, str]:
    """Why the data of each of these customers may not be used now, without those of whom it may."""
    found: dict[int, str] = {}
    for stop, _everybody in _rooms.values():
        found = {**stop(customer_ids), **found}
    return found


def all_stopped() -> frozenset[int]:
    """All customers whose data may not be used now."""
    return frozenset(pk for _stop, everybody in _rooms.values() for pk in everybody())


def refuse_stopped(customer: Customer) -> None:
    """Raises Refused with the sentence for a customer whose data may not be used."""
    sentence = stopped([customer.pk]).get(customer.pk)
    if sentence is not None:
        raise Refused(sentence, code="restricted")
