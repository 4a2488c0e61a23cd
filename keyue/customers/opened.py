"""What grants open to a person just now, read once and kept on the user object for the rest of the request."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.customers.enums import GrantState
from keyue.customers.models import AccessGrant
from keyue.people.access import Access, access_of
from keyue.people.models import User

_KEPT = "_customers_opened"


@dataclass(frozen=True, slots=True)
class Opened:
    """Customers of whatever secrecy, and departments as their own people see them."""

    customers: tuple[int, ...] = ()
    departments: frozenset[str] = frozenset()


def opened_to(viewer: User) -> Opened:
    """What grants that are running open to `viewer`: one query a request. Time alone ends them, no job does."""
    access = access_of(viewer)
    kept: tuple[Access, Opened] | None = getattr(viewer, _KEPT, None)
    if kept is None or kept[0] is not access:
        kept = (access, _read(viewer, access))
        setattr(viewer, _KEPT, kept)
    return kept[1]


def _read(viewer: User, access: Access) -> Opened:
    running = AccessGrant.objects.filter(
        user=viewer, state=GrantState.APPROVED, decided_at__lte=access.at, ends_at__gt=access.at
    )
    rows = list(running.values_list("customer_id", "department"))
    return Opened(
        tuple(sorted({customer for customer, _department in rows if customer})),
        frozenset(department for _customer, department in rows if department),
    )
