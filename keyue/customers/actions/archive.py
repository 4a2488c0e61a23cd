"""The archive itself: customers and contacts entered and changed, account managers assigned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import managers, rules
from keyue.customers.actions._ground import (
    WEB,
    check_revision,
    clean_contact,
    clean_place,
    contact_checks,
    created,
    locked,
    member,
    new_contact,
    new_customer,
    note,
    refuse_empty,
    refuse_erased,
)
from keyue.customers.enums import Channel, Grade, Kind, LegalBasis, Source
from keyue.customers.events import (
    CustomerAccountManagerAssigned,
    CustomerChanged,
    CustomerContactAdded,
    CustomerContactChanged,
)
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import Clear, columns, key_of, new_key, opened
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.insertion import insert_rows
from keyue.people import selectors as people
from keyue.people.models import User

CUSTOMER_FIELDS = frozenset({"name", "region", "city", "grade", "source", "legal_basis"})
CONTACT_FIELDS = frozenset({"name", "phone", "email", "role", "preferred_channel"})


def clean_organisation(text: str) -> str:
    """An organisation's name. Raises Invalid."""
    name: str = checked({"name": (rules.tidy_organisation, text)})["name"]
    return name


@transaction.atomic
def create_customer(
    *,
    kind: str,
    by: Actor,
    at: datetime,
    source: str,
    legal_basis: str,
    name: str = "",
    contact_name: str = "",
    phone: str = "",
    email: str = "",
    role: str = "",
    preferred_channel: str = "",
    region: str = "",
    city: str = "",
    grade: str | None = None,
    account_manager: User | None = None,
    department: str | None = None,
    via: str = WEB,
) -> Customer:
    """Enter a customer, with the first contact: a person's own, an organisation's where anything of one is given.

    `name` is the customer's: of an organisation the organisation's, whose person is `contact_name`. `department`: a
    code; the account manager's where absent. Does not look for doubles: `match_or_create` does, and
    `selectors.possible_duplicates` shows them. Raises Invalid, Refused (an account manager who has left).
    """
    sort = member(Kind, kind, "kind")
    company = clean_organisation(name) if sort == Kind.ORGANISATION else ""
    first = clean_contact(contact_name if company else name, phone, email, role)
    if not company:
        refuse_empty(first)
    place = clean_place(region, city)
    customer, _contact = insert_customer(
        sort,
        company,
        first,
        by=by,
        at=at,
        via=via,
        region=place.region,
        city=place.city,
        grade=member(Grade, grade, "grade") if grade else None,
        source=member(Source, source, "source"),
        legal_basis=member(LegalBasis, legal_basis, "legal_basis"),
        preferred_channel=member(Channel, preferred_channel, "preferred_channel")
        if preferred_channel
        else "",
        with_contact=not company or any(asdict(first).values()),
    )
    if account_manager is not None or department is not None:
        assign_account_manager(
            customer=customer, user=account_manager, department=department, by=by, at=at, via=via
        )
        customer.refresh_from_db()
    return customer


def insert_customer(
    sort: Kind,
    company: str,
    first: Clear,
    *,
    by: Actor,
    at: datetime,
    via: str,
    with_contact: bool,
    preferred_channel: str = "",
    **fields: Any,
) -> tuple[Customer, Contact | None]:
    """Customer, key, first contact and fact, of cleaned values."""
    customer = new_customer(sort, company, by=by, at=at, **fields)
    insert_rows([customer])
    contact = None
    if with_contact:
        key = new_key(customer.pk)
        contact = new_contact(customer, key, first, by=by, at=at, preferred_channel=preferred_channel)
        contact.is_self = sort == Kind.PERSON
        insert_rows([contact])
    note(customer, created(customer, contact), by=by, at=at, via=via, begins=True)
    return customer, contact


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
    preferred_channel: str = "",
    via: str = WEB,
) -> Contact:
    """Add a person, number or address to a customer. Raises Invalid, Refused (erased, or merged into another)."""
    clear = clean_contact(name, phone, email, role)
    refuse_empty(clear)
    customer = locked(customer)
    if customer.merged_into_id:
        raise Refused(_("该客户已并入另一客户，请在那里添加联系人。"), code="merged")
    channel = member(Channel, preferred_channel, "preferred_channel") if preferred_channel else ""
    contact = new_contact(customer, key_of(customer.pk), clear, by=by, at=at, preferred_channel=channel)
    contact.save(force_insert=True)
    note(customer, CustomerContactAdded(contact=str(contact.pk), source=via), by=by, at=at, via=via)
    return contact


@transaction.atomic
def change_customer(
    *,
    customer: Customer,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Customer:
    """Change name (of an organisation), region, city, grade, source or legal_basis; nothing changed, nothing recorded.

    A person's name is changed with `change_contact`. `revision`: the one that was read, where a change made by somebody
    else meanwhile must not be overwritten. Raises Invalid, Refused.
    """
    _only(changes, CUSTOMER_FIELDS)
    customer = locked(customer, revision=revision)
    cleaned = _clean_customer(customer, changes)
    changed = sorted(field for field, value in cleaned.items() if getattr(customer, field) != value)
    if not changed:
        return customer
    old = {field: getattr(customer, field) for field in changed}
    new = {field: cleaned[field] for field in changed}
    for field, value in new.items():
        setattr(customer, field, value)
    if "name" in new:
        customer.name_key = rules.search_key(customer.name)
    customer.revision += 1
    customer.save(update_fields=[*changed, "name_key", "revision"])
    note(customer, CustomerChanged(fields=tuple(changed), old=old, new=new), by=by, at=at, via=via)
    return customer


def _only(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(changes) - known)
    if unknown:
        raise Invalid(
            _("不能改这些字段：%(fields)s") % {"fields": _("、").join(unknown)},
            fields={field: _("没有这个字段，或不能在这里改") for field in unknown},
        )


def _clean_customer(customer: Customer, changes: Mapping[str, Any]) -> dict[str, Any]:
    cleaned: dict[str, Any] = {}
    if "name" in changes:
        if customer.is_person:
            sentence = _("个人客户的姓名请在本人的联系方式里改。")
            raise Invalid(sentence, fields={"name": sentence})
        cleaned["name"] = clean_organisation(changes["name"])
    if "region" in changes or "city" in changes:
        place = clean_place(changes.get("region", customer.region), changes.get("city", ""))
        cleaned["region"] = place.region
        # another province's city is not this one's
        kept = customer.city if place.region == customer.region and "city" not in changes else ""
        cleaned["city"] = place.city or kept
    rules_of: dict[str, Callable[[str], Any]] = {
        "source": lambda value: member(Source, value, "source"),
        "legal_basis": lambda value: member(LegalBasis, value, "legal_basis"),
        "grade": lambda value: member(Grade, value, "grade") if value else None,
    }
    return cleaned | {field: rule(changes[field]) for field, rule in rules_of.items() if field in changes}


@transaction.atomic
def change_contact(
    *,
    contact: Contact,
    changes: Mapping[str, str],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Contact:
    """Change name, phone, email, role or preferred_channel; the fact seals what each was and what it is now.

    Raises Invalid, Refused (erased, or changed by somebody else since `revision`).
    """
    _only(changes, CONTACT_FIELDS)
    contact = Contact.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contact.pk)
    refuse_erased(contact.customer)
    check_revision(contact, revision)
    new = checked(contact_checks({k: v for k, v in changes.items() if k != "preferred_channel"}))
    [before] = opened([contact])
    old = asdict(before)
    refuse_empty(replace(before, **new))
    new = {field: text for field, text in new.items() if text != old[field]}
    channel = changes.get("preferred_channel", contact.preferred_channel)
    channel = member(Channel, channel, "preferred_channel") if channel else ""
    other = channel != contact.preferred_channel
    changed = sorted([*new, *(["preferred_channel"] if other else [])])
    if not changed:
        return contact
    stored = columns(key_of(contact.customer_id), new) | {"preferred_channel": channel}
    for column, value in stored.items():
        setattr(contact, column, value)
    contact.revision += 1
    contact.save(update_fields=[*stored, "revision"])
    event = CustomerContactChanged(
        contact=str(contact.pk), fields=tuple(changed), preferred_channel=channel if other else None
    )
    values = {f"{f}_old": old[f] for f in new} | {f"{f}_new": text for f, text in new.items()}
    note(contact.customer, event, by=by, at=at, via=via, sealed=values)
    return contact


@transaction.atomic
def assign_account_manager(
    *,
    customer: Customer,
    user: User | None,
    by: Actor,
    at: datetime,
    department: str | None = None,
    via: str = WEB,
) -> Customer:
    """Say who looks after a customer (None: nobody), and which department it belongs to.

    `department`: a code; the new account manager's own where absent, and unchanged where there is none. Raises Refused
    (somebody who has left, an erased customer), NotFound (unknown department).
    """
    customer = locked(customer)
    if user is not None and not user.is_active:
        raise Refused(_("%(name)s 已离职，不能任客户经理。") % {"name": user.name}, code="has_left")
    if department:
        people.find_department(department)
    elif department is None:
        own = user.department if user is not None else None
        department = own.code if own is not None else customer.department
    department = department or None
    previous = customer.account_manager_id
    if (user.pk if user else None, department) == (previous, customer.department):
        return customer
    customer.account_manager, customer.department = user, department
    customer.revision += 1
    customer.save(update_fields=["account_manager", "department", "revision"])
    event = CustomerAccountManagerAssigned(
        user=str(user.pk) if user else None,
        previous=str(previous) if previous else None,
        department=department,
    )
    note(customer, event, by=by, at=at, via=via)
    if customer.account_manager_id != previous:
        managers.follow_everywhere(customer.pk, customer.account_manager_id, by, at)
    return customer


@transaction.atomic
def hand_over_customers(*, leaver: User, heir: User, by: Actor, at: datetime) -> int:
    """Let `heir` be the account manager of all of `leaver`'s customers; how many. Their departments stay.

    Those who have been erased stay as they are.
    """
    n = 0
    for customer in Customer.objects.filter(account_manager=leaver, erased_at=None).order_by("pk"):
        assign_account_manager(
            customer=customer, user=heir, department=customer.department or "", by=by, at=at, via="leaving"
        )
        n += 1
    return n
