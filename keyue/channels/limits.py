"""How often the public may do what: plain values. Who did it is known by a keyed digest alone, for a day at most."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.conf import settings

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
KEPT = 2 * DAY
"""Seconds after which a row of counts is of no use to any limit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times within `seconds` from the first time on."""

    name: str
    most: int
    seconds: int


FORM_OF_ADDRESS = Limit("form", 10, 10 * MINUTE)
FORM_OF_ALL = Limit("form of all", 600, 10 * MINUTE)
CODE_OF_ADDRESS = Limit("code", 20, 10 * MINUTE)
MESSAGE_OF_CASE = Limit("message", 20, HOUR)
REMINDER_OF_CASE = Limit("reminder", 1, 4 * HOUR)
RIGHTS_OF_ADDRESS = Limit("rights", 10, 10 * MINUTE)
RIGHTS_OF_SOMEBODY = Limit("rights of somebody", 3, HOUR)
"""Codes sent for the same number or address; beyond it nothing is sent, and nothing is said of that."""
RIGHTS_REQUESTS = Limit("rights requests", 10, DAY)
PLAN_OF_ADDRESS = Limit("plan", 60, 10 * MINUTE)
"""Looks at service plans, and answers to them, through the links that customers have."""
ONCE = Limit("once", 1, DAY)
"""The same form sent twice."""


def digest_of(limit: Limit, who: object) -> str:
    """The key of a row: nobody can tell the address from it, nor try all addresses without the secret."""
    return hmac.new(
        f"limit:{settings.SECRET_KEY}".encode(), f"{limit.name}:{who}".encode(), "sha256"
    ).hexdigest()


def network_of(address: str) -> str:
    """What counts as one sender: the address, of IPv6 the /64 that a household or telephone has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
