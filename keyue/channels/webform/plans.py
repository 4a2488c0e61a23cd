"""The limit on the public page of service plans, which stands in a room below this one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest

from keyue.channels.actions import take
from keyue.channels.limits import PLAN_OF_ADDRESS
from keyue.channels.webform.http import sender_of
from keyue.ledger.facts import Actor

CUSTOMER = Actor("customer", "portal")


def limit_plans(request: HttpRequest) -> None:
    """Count one request of this sender. Raises TooMany."""
    at: datetime = cast(Any, request).at
    take(PLAN_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=at)
