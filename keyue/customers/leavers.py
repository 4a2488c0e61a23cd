"""What of this room must be handed over before somebody's account closes: the customers they look after."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from keyue.customers import actions, selectors
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """The customers whose account manager is leaving."""
    n = selectors.customers_of_manager(leaver)
    sentence = ngettext("还是 %(n)d 位客户的客户经理", "还是 %(n)d 位客户的客户经理", n) % {"n": n}
    return [Remainder(sentence, n)]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All of them to the heir."""
    actions.hand_over_customers(leaver=leaver, heir=heir, by=by, at=at)


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes over customers can see them."""
    managed = selectors.customers_of_manager(leaver)
    return frozenset({Permission.CUSTOMER_VIEW}) if managed else frozenset()
