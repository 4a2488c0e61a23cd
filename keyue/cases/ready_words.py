"""What the knowledge room asks of cases: by which ways answers go out, and what placeholders of ready words mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise

from keyue.cases import selectors
from keyue.cases.enums import Telling
from keyue.cases.models import Case
from keyue.customers import selectors as customers
from keyue.kernel.errors import NotFound
from keyue.knowledge import speech, used_scripts
from keyue.knowledge.placeholders import CUSTOMER, NUMBER, TITLE
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.models import User

# what goes out as it is written; of a call or a visit only a record is kept
WAYS: dict[str, str] = {Telling.MAIL.value: "email", Telling.PORTAL.value: "portal"}


def ways() -> list[tuple[str, str | Promise]]:
    """Mail, and the page on which customers follow their case."""
    return [(WAYS[one.value], str(one.label)) for one in (Telling.MAIL, Telling.PORTAL)]


def about(user: User, number: str) -> Mapping[str, str]:
    """What may be shown while an answer is written; a name under a mask is filled in only as the answer leaves."""
    try:
        case = selectors.case_for(user, number)
    except NotFound:
        return {}
    return {**speech.own_values(user), NUMBER: case.number, TITLE: case.title}


def said(case: Case, via: str, body: str, by: Actor) -> str:
    """What goes out to the customer of what a person wrote. Raises Invalid at `body` for what must not be said so."""
    if via not in WAYS or by.kind != "staff":
        return body
    user = people.find_user(int(by.id))
    return speech.sayable(body, WAYS[via], values=lambda: _values(case, user), user=user)


def made_of(codes: Sequence[str], body: str, by: Actor) -> dict[str, Any]:
    """What a message keeps of the canned answers in it. Raises Invalid at `body` for one that they must not use."""
    return (
        used_scripts.made_of(people.find_user(int(by.id)), codes, body)
        if codes and by.kind == "staff"
        else {}
    )


def _values(case: Case, user: User | None) -> Mapping[str, str]:
    points = customers.contact_points([case.contact_id]) if case.contact_id else {}
    name = next((point.name for point in points.values()), "")
    return {**speech.own_values(user), NUMBER: case.number, TITLE: case.title, CUSTOMER: name}
