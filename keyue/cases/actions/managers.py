"""A customer's open cases follow the account manager, who owes what a regulation lays upon that person (S2 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from keyue.cases.events import CaseCustomerMatched
from keyue.cases.models import Case
from keyue.cases.selectors import open_cases_owed_by
from keyue.customers import selectors as customers
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.people.models import User
from keyue.people.selectors import PERSON
from keyue.promises import actions as promises

AT_A_TIME = 200
NOBODY = ""


@transaction.atomic
def follow_account_manager(customer_id: int, manager_id: int | None, by: Actor, at: datetime) -> None:
    """The open cases of a customer who has another account manager, or none any more."""
    family = customers.family_of(customer_id)
    # an alias's account manager says nothing of the others' cases
    theirs = family if family[0] == customer_id else (customer_id,)
    found = Case.objects.filter(customer__in=theirs, is_open=True).order_by("pk")
    _match(list(found), manager_id, by, at)


@transaction.atomic
def hand_over_cases(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """What a leaver still owes as an account manager, whoever the customer's is now."""
    _match(list(open_cases_owed_by(leaver)), heir.pk, by, at)


def _match(cases: Sequence[Case], manager_id: int | None, by: Actor, at: datetime) -> None:
    code = f"{PERSON}{manager_id}" if manager_id else NOBODY
    event = CaseCustomerMatched(account_manager=code)
    for start in range(0, len(cases), AT_A_TIME):
        entries = [
            Entry(case.subject, [Draft(event.kind, event.data())])
            for case in cases[start : start + AT_A_TIME]
        ]
        promises.record_many(entries, by=by, at=at, source="account_manager")
