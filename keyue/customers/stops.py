"""What keeps a customer's data from being used, though it is kept: 个人信息保护法 article 47. Higher rooms register here;
this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from keyue.customers.models import Customer
from keyue.kernel.errors import Refused

# (customer ids) -> the sentence for each whose data may not be used now
Stop = Callable[[Sequence[int]], Mapping[int, str]]

_rooms: dict[str, Stop] = {}


def register(room: str, stop: Stop) -> None:
    """Let `stop` be asked before anything of a customer is revealed or leaves the system; once for each room."""
    _rooms[room] = stop


def stopped(customer_ids: Sequence[int]) -> dict[int, str]:
    """Why the data of each of these customers may not be used now, without those of whom it may."""
    found: dict[int, str] = {}
    for stop in _rooms.values():
        found = {**stop(customer_ids), **found}
    return found


def refuse_stopped(customer: Customer) -> None:
    """Raises Refused with the sentence for a customer whose data may not be used."""
    sentence = stopped([customer.pk]).get(customer.pk)
    if sentence is not None:
        raise Refused(sentence, code="restricted")
