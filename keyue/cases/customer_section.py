"""The cases of a customer, as a card on the customer's page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyue.cases import selectors
from keyue.cases.book import face_of
from keyue.cases.enums import Exit, Stage
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.satisfaction import Said, satisfaction_of
from keyue.cases.wording import label
from keyue.customers import selectors as customers
from keyue.customers.dealings import Of, Row
from keyue.customers.header import Act, Flag
from keyue.customers.models import Customer
from keyue.customers.sections import Place
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises.selectors import zone as company_zone

MOST = 10


def render(request: HttpRequest, customer: Customer) -> str:
    """The newest cases that the viewer may see; nothing where there are none."""
    if not isinstance(request.user, User):
        return ""
    cases = selectors.cases_of_customer(request.user, customer, MOST)
    if not cases:
        return ""
    return render_to_string("cases/_of_customer.html", {"rows": [_row(case) for case in cases]}, request)


def satisfaction(request: HttpRequest, customer: Customer) -> str:
    """What the customer said of the cases that the viewer may see; nothing where nothing was said."""
    if not isinstance(request.user, User):
        return ""
    family = customers.family_of(customer)
    zone = company_zone()
    said = [
        Said(
            day=case.received_at.astimezone(zone).date(),
            score=case.rating,
            satisfied=_ended_satisfied(case),
        )
        for case in selectors.newest_cases(request.user, family)
    ]
    found = satisfaction_of(said, request.at.astimezone(zone).date())  # type: ignore[attr-defined]
    if found.mean is None and not found.ended:
        return ""
    return render_to_string("cases/_satisfaction.html", {"found": found}, request)


def _ended_satisfied(case: Case) -> bool | None:
    asked = case.exit in (Exit.SATISFIED, Exit.DECLINED, Exit.UNREACHABLE, Exit.THIRD_PARTY)
    return case.exit == Exit.SATISFIED if asked else None


def _row(case: Case) -> dict[str, object]:
    promise = case.next_promise
    return {
        "case": case,
        "url": case_url(case.number),
        "stage": label(Stage, case.stage),
        "exit": label(Exit, case.exit) if case.exit else "",
        "face": face_of(promise, case) if promise is not None else None,
    }


def acts(user: User, customer: Customer) -> list[Act]:
    """Registering something that this customer said."""
    if not allows(user, Permission.CASE_REGISTER):
        return []
    url = f"{reverse('cases:new')}?{urlencode({'customer': customer.number})}"
    return [Act(_("登记反馈"), url, key="n", is_main=True)]


def flags(user: User, customer: Customer) -> list[Flag]:
    """That major complaints of this customer, of those that the viewer may see, are being handled; one is led to."""
    found = selectors.open_major_complaints(user, customers.family_of(customer))
    if not found:
        return []
    n = len(found)
    said = ngettext("%(n)d 件重大投诉处理中", "%(n)d 件重大投诉处理中", n) % {"n": n}
    if n == 1:
        return [Flag(said, case_url(found[0].number))]
    return [Flag(said, f"{reverse('customers:page', args=[customer.number])}?tab={Place.DEALINGS}")]


def dealings(user: User, family: Collection[int], before: datetime, limit: int) -> list[Row]:
    """The cases of a customer that the viewer may see, where everything that happened stands together."""
    return [
        Row(
            at=case.received_at,
            of=Of.CASES,
            text=case.title,
            icon="case",
            url=case_url(case.number),
            link=case.number,
            note=label(Exit, case.exit) if case.exit else label(Stage, case.stage),
        )
        for case in selectors.cases_received(user, family, before, limit)
    ]
