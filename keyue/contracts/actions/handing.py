"""Handing contracts and projects to a colleague when somebody leaves (S2-4.1a)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.contracts import selectors
from keyue.contracts.actions.contracts import change_staff
from keyue.contracts.actions.projects import assign_manager
from keyue.ledger.facts import Actor
from keyue.people.models import User


@transaction.atomic
def hand_over(*, leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All that the leaver looks after and that is not at its end."""
    for contract in selectors.contracts_of_staff(leaver).iterator(chunk_size=200):
        change_staff(contract=contract, staff=heir, by=by, at=at, via="leaving")
    for project in selectors.projects_of_manager(leaver).iterator(chunk_size=200):
        assign_manager(project=project, manager=heir, by=by, at=at, via="leaving")
