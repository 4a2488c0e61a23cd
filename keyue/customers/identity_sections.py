"""What a customer's page says of identifiers, and of the files that were merged into it."""

from __future__ import annotations

from django.http import HttpRequest
from django.template.loader import render_to_string

from keyue.customers import identity_selectors
from keyue.customers.models import Customer
from keyue.customers.selectors import family_of
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows


def merged_files(request: HttpRequest, customer: Customer) -> str:
    """The files that were merged into this one, what they fill in, and the way back; nothing where there are none."""
    if len(family_of(customer)) < 2:
        return ""
    found = identity_selectors.merges_of(customer)
    context = {
        "merges": found,
        "fallbacks": identity_selectors.fallbacks(customer.pk),
        "may_unmerge": isinstance(request.user, User) and allows(request.user, Permission.CUSTOMER_MERGE),
    }
    return render_to_string("customers/_merged_files.html", context, request)


def identifiers(request: HttpRequest, customer: Customer) -> str:
    """Codes and further names, with what they were before."""
    user = request.user
    may_edit = isinstance(user, User) and allows(user, Permission.CUSTOMER_EDIT) and not customer.is_erased
    found = identity_selectors.identifiers_of(family_of(customer), ended=True)
    context = {
        "customer": customer,
        "identifiers": found,
        "may_edit": may_edit,
        "may_merge": isinstance(user, User) and allows(user, Permission.CUSTOMER_MERGE),
    }
    return render_to_string("customers/_identifiers.html", context, request)
