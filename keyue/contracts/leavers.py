"""What of this room must be handed over before somebody's account closes: contracts and projects they look after."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from keyue.contracts import actions, selectors
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """What is not at its end yet."""
    contracts = selectors.contracts_of_staff(leaver).count()
    projects = selectors.projects_of_manager(leaver).count()
    return [
        Remainder(
            ngettext("还负责 %(n)d 份合同", "还负责 %(n)d 份合同", contracts) % {"n": contracts}, contracts
        ),
        Remainder(
            ngettext("还是 %(n)d 个项目的客户经理", "还是 %(n)d 个项目的客户经理", projects)
            % {"n": projects},
            projects,
        ),
    ]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All of them to the heir."""
    actions.hand_over(leaver=leaver, heir=heir, by=by, at=at)


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes them over can see customers and contracts."""
    left = selectors.contracts_of_staff(leaver).exists() or selectors.projects_of_manager(leaver).exists()
    return frozenset({Permission.CUSTOMER_VIEW, Permission.CONTRACT_VIEW}) if left else frozenset()
