"""Whose number or address it is, where that is beyond doubt. Reads only."""

from __future__ import annotations

from django.db.models import Q

from keyue.customers import rules
from keyue.customers.faults import Fault
from keyue.customers.models import Contact
from keyue.customers.sealed import index_of


def contact_with(*, phone: str = "", email: str = "") -> Contact | None:
    """The one contact on file with this number or address; None where nobody or more than one has it, or it is none.

    Files merged into one another count as one: the contact of the file that stands is given. A person who is a customer
    of their own and a contact of a company is two people to us: who they speak for now, somebody has to say.
    """
    try:
        marks = {
            "phone_index": index_of("phone", rules.normalise_phone(phone)),
            "email_index": index_of("email", rules.normalise_email(email)),
        }
    except Fault:
        return None
    wanted = Q(pk__in=[])
    for column, mark in marks.items():
        if mark:
            wanted |= Q(**{column: mark})
    rows = Contact.objects.filter(wanted).select_related("customer").order_by("pk")[:20]
    found: dict[int, Contact] = {}
    for row in rows:
        owner = row.customer.merged_into_id or row.customer_id
        if owner not in found or row.customer_id == owner:
            found[owner] = row
    return next(iter(found.values())) if len(found) == 1 else None
