"""What stands of consent, holds and requests on a customer's page."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows_any
from keyue.privacy import selectors

MOST = 5


def render(request: HttpRequest, customer: Customer) -> str:
    """A summary with a way to the whole; for who neither handles requests nor keeps the file, a way to report."""
    user = request.user
    if not isinstance(user, User):
        return ""
    if not allows_any(user, *selectors.HANDLING, Permission.LEGAL_HOLD):
        return render_to_string("privacy/_report.html", {"customer": customer}, request)
    consents = selectors.consents_of(customer, MOST)
    names = customers.contact_cards([consent.contact_id for consent in consents])
    may_handle = allows_any(user, Permission.PRIVACY_HANDLE, Permission.LEGAL_HOLD)
    context = {
        "customer": customer,
        "consents": [(consent, names[consent.contact_id].shown_name) for consent in consents],
        "requests": selectors.requests_of(customer, MOST) if allows_any(user, *selectors.HANDLING) else [],
        "holds": [hold for hold in selectors.holds_of(customer) if hold.released_at is None]
        if may_handle
        else [],
        "restriction": selectors.restriction_of(customer),
        "is_leaked": may_handle and selectors.has_open_disclosure(customer),
    }
    return render_to_string("privacy/_of_customer.html", context, request)
