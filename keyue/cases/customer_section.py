"""The cases of a customer, as a card on the customer's page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from keyue.cases import selectors
from keyue.cases.book import face_of
from keyue.cases.enums import Exit, Stage
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.wording import label
from keyue.customers.models import Customer
from keyue.people.models import User

MOST = 10


def render(request: HttpRequest, customer: Customer) -> str:
    """The newest cases that the viewer may see; nothing where there are none."""
    if not isinstance(request.user, User):
        return ""
    cases = selectors.cases_of_customer(request.user, customer.pk, MOST)
    if not cases:
        return ""
    return render_to_string("cases/_of_customer.html", {"rows": [_row(case) for case in cases]}, request)


def _row(case: Case) -> dict[str, object]:
    promise = case.next_promise
    return {
        "case": case,
        "url": case_url(case.number),
        "stage": label(Stage, case.stage),
        "exit": label(Exit, case.exit) if case.exit else "",
        "face": face_of(promise, case) if promise is not None else None,
    }
