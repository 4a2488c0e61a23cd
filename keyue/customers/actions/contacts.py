"""Contacts entered and changed: persons, numbers and addresses, the part they play and whom they report to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import (
    WEB,
    check_revision,
    clean_contact,
    contact_checks,
    contact_filled,
    locked,
    member,
    new_contact,
    note,
    refuse_empty,
    refuse_erased,
)
from keyue.customers.actions.archive import only
from keyue.customers.actions.measuring import close_learnt, measure_read
from keyue.customers.actions.searching import index_contact, reindex
from keyue.customers.enums import Channel, LegalBasis, Part, Source, Stance
from keyue.customers.events import CustomerContactAdded, CustomerContactChanged
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import columns, key_of, opened
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor

TEXTS = frozenset({"name", "phone", "email", "role", "address"})
CHOICES: dict[str, type[TextChoices]] = {
    "preferred_channel": Channel,
    "part": Part,
    "stance": Stance,
    "source": Source,
    "legal_basis": LegalBasis,
}
FIELDS = TEXTS | CHOICES.keys() | {"reports_to"}
MOST_LEVELS = 20


@transaction.atomic
def add_contact(
    *,
    customer: Customer,
    by: Actor,
    at: datetime,
    name: str = "",
    phone: str = "",
    email: str = "",
    role: str = "",
    address: str = "",
    preferred_channel: str = "",
    part: str = "",
    stance: str = "",
    source: str = "",
    legal_basis: str = "",
    reports_to: Contact | None = None,
    via: str = WEB,
) -> Contact:
    """Add a person, number or address to a customer. Source and legal basis are the customer's where not given.

    Raises Invalid, Refused (erased, or merged into another).
    """
    clear = clean_contact(name, phone, email, role, address)
    refuse_empty(clear)
    customer = locked(customer)
    if customer.merged_into_id:
        raise Refused(_("该客户已并入另一客户，请在那里添加联系人。"), code="merged")
    given = {
        "preferred_channel": preferred_channel, "part": part, "stance": stance,
        "source": source, "legal_basis": legal_basis,
    }  # fmt: skip
    chosen = _chosen(given)
    contact = new_contact(customer, key_of(customer.pk), clear, by=by, at=at)
    for column, value in chosen.items():
        setattr(contact, column, value)
    contact.reports_to = _superior(contact, reports_to)
    contact.save(force_insert=True)
    index_contact(customer.pk, clear)
    event = CustomerContactAdded(
        contact=str(contact.pk),
        source=contact.source or customer.source,
        legal_basis=contact.legal_basis or customer.legal_basis,
        part=contact.part or None,
        filled=contact_filled(contact) or None,
    )
    note(customer, event, by=by, at=at, via=via)
    measure_read(customer)
    return contact


@transaction.atomic
def change_contact(
    *,
    contact: Contact,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    change: str = "",
    via: str = WEB,
) -> Contact:
    """Change any of FIELDS; the fact seals what each personal one was and what it is now.

    `change`: the id of the `customer.change_learnt` that this answers. Raises Invalid, Refused (erased, or changed by
    somebody else since `revision`).
    """
    only(changes, FIELDS)
    contact = Contact.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contact.pk)
    refuse_erased(contact.customer)
    check_revision(contact, revision)
    new = checked(contact_checks({field: text for field, text in changes.items() if field in TEXTS}))
    [before] = opened([contact])
    old = asdict(before)
    refuse_empty(replace(before, **new))
    new = {field: text for field, text in new.items() if text != old[field]}
    chosen = _chosen({field: value for field, value in changes.items() if field in CHOICES})
    if "reports_to" in changes:
        superior = _superior(contact, changes["reports_to"])
        chosen["reports_to_id"] = superior.pk if superior else None
    chosen = {column: value for column, value in chosen.items() if getattr(contact, column) != value}
    if not new and not chosen:
        return contact
    held = _held(contact.customer_id)
    was = {column: getattr(contact, column) for column in chosen}
    stored = columns(key_of(contact.customer_id), new) | chosen
    for column, value in stored.items():
        setattr(contact, column, value)
    contact.revision += 1
    contact.save(update_fields=[*stored, "revision"])
    if new.keys() & {"name", "phone"}:
        reindex([contact.customer_id])
    event = _changed(contact, new, was, chosen, held, change)
    values = {f"{f}_old": old[f] for f in new} | {f"{f}_new": text for f, text in new.items()}
    note(contact.customer, event, by=by, at=at, via=via, sealed=values)
    close_learnt(change, by=by, at=at)
    measure_read(contact.customer)
    return contact


def _changed(
    contact: Contact,
    new: Mapping[str, str],
    was: Mapping[str, Any],
    chosen: Mapping[str, Any],
    held: frozenset[str],
    change: str,
) -> CustomerContactChanged:
    holds = _held(contact.customer_id)
    fields = sorted([*new, *(column.removesuffix("_id") for column in chosen)])
    superior = chosen.get("reports_to_id")
    return CustomerContactChanged(
        contact=str(contact.pk),
        fields=tuple(fields),
        preferred_channel=chosen.get("preferred_channel"),
        part=chosen.get("part"),
        stance=chosen.get("stance"),
        reports_to=str(superior) if superior else None,
        old={column.removesuffix("_id"): value for column, value in was.items()} or None,
        change=change or None,
        filled=tuple(sorted(holds - held)) or None,
        emptied=tuple(sorted(held - holds)) or None,
    )


def _held(customer_id: int) -> frozenset[str]:
    """What all contacts together give the customer's file."""
    rows = Contact.objects.filter(customer=customer_id, left_at=None)
    return frozenset(field for contact in rows for field in contact_filled(contact))


def _chosen(given: Mapping[str, str]) -> dict[str, Any]:
    return {field: member(CHOICES[field], value, field) if value else "" for field, value in given.items()}


def _superior(contact: Contact, superior: Contact | None) -> Contact | None:
    """Whom a contact reports to: somebody of the same customer, and nobody who reports to them. Raises Invalid."""
    sentence = ""
    one = superior
    for _level in range(MOST_LEVELS):
        if one is None:
            return superior
        if one.customer_id != contact.customer_id:
            sentence = _("上级应是同一客户的联系人。")
            break
        if one.pk == contact.pk:
            break
        one = one.reports_to
    sentence = sentence or _("上级不能是本人或本人的下级。")
    raise Invalid(sentence, fields={"reports_to": sentence})
