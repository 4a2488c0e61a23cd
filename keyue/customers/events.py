"""What happens to customers. Ids and codes only: a value that is evidence is sealed under the customer's key.

The subject is `Subject("customer", id)`. Beside the fields below, a fact may have sealed ones, readable as long as the
key lives: `name_old`, `name_new` and the like for changes, `remark` for what was typed beside a purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class CustomerCreated(Event):
    """A customer is known: S1-4.2, S2-5.1."""

    kind = "customer.created"
    number: str
    type: str
    source: str
    legal_basis: str
    region: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class CustomerChanged(Event):
    """Fields of a customer changed; `old` and `new` hold those that are not personal."""

    kind = "customer.changed"
    fields: tuple[str, ...]
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CustomerContactAdded(Event):
    """A further person, number or address by which a customer is reached."""

    kind = "customer.contact_added"
    contact: str
    source: str | None = None


@dataclass(frozen=True)
class CustomerContactChanged(Event):
    """Fields of a contact changed; the values are sealed."""

    kind = "customer.contact_changed"
    contact: str
    fields: tuple[str, ...]
    preferred_channel: str | None = None


@dataclass(frozen=True)
class CustomerOtherNameGiven(Event):
    """Somebody came with this organisation's number or address and called it by another name (sealed: `name`)."""

    kind = "customer.other_name_given"
    contact: str


@dataclass(frozen=True)
class CustomerRevealed(Event):
    """A personal field was looked at in the clear: S0-4.1.2."""

    kind = "customer.revealed"
    what: str
    purpose: str
    via: str
    contact: str | None = None


@dataclass(frozen=True)
class CustomerAccountManagerAssigned(Event):
    """Somebody is (or, without `user`, nobody is) the customer's account manager: S2-4.1."""

    kind = "customer.account_manager_assigned"
    user: str | None = None
    previous: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class CustomerErased(Event):
    """The customer's key was destroyed: nothing personal can be read any more, here or in any fact."""

    kind = "customer.erased"
    reason: str


EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        CustomerCreated,
        CustomerChanged,
        CustomerContactAdded,
        CustomerContactChanged,
        CustomerOtherNameGiven,
        CustomerRevealed,
        CustomerAccountManagerAssigned,
        CustomerErased,
    )
}

KINDS = kinds_of(EVENTS)
