"""The archive itself: customers entered and changed, account managers assigned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import managers, rules
from keyue.customers.actions._ground import (
    WEB,
    clean_contact,
    clean_place,
    created,
    filled_of,
    locked,
    member,
    new_contact,
    new_customer,
    note,
    refuse_empty,
)
from keyue.customers.actions.identifiers import keep_former_name
from keyue.customers.actions.measuring import close_learnt, measure_new, measure_read
from keyue.customers.actions.searching import index_new, reindex
from keyue.customers.enums import Channel, Credit, Grade, Kind, LegalBasis, Part, Secrecy, Source, Stage
from keyue.customers.events import CustomerAccountManagerAssigned, CustomerChanged, CustomerManagerLeft
from keyue.customers.matching.sounds import sound_key
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import OWN as SEALED_FIELDS
from keyue.customers.sealed import Clear, key_of, new_key, opened_own, own_context
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.insertion import insert_rows
from keyue.people import selectors as people
from keyue.people.models import User

CUSTOMER_FIELDS = frozenset(
    {"name", "region", "city", "grade", "source", "legal_basis", "category", "industry", "scale", "address"}
    | {"credit", "credit_limit", "secrecy", *SEALED_FIELDS}
)


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
    part: str = "",
    preferred_channel: str = "",
    region: str = "",
    city: str = "",
    address: str = "",
    stage: str = Stage.PROSPECT,
    account_manager: User | None = None,
    department: str | None = None,
    via: str = WEB,
    **more: Any,
) -> Customer:
    """Enter a customer, with the first contact: a person's own, an organisation's where anything of one is given.

    `name` is the customer's: of an organisation the organisation's, whose person is `contact_name`; `address` is a
    person's own where the customer is one. `department`: a code; the account manager's where absent. `more`: any other
    of CUSTOMER_FIELDS. Does not look for doubles: `match_or_create` does, and `selectors.possible_duplicates` shows
    them. Raises Invalid, Refused (an account manager who has left).
    """
    only(more, CUSTOMER_FIELDS)
    sort = member(Kind, kind, "kind")
    company = clean_organisation(name) if sort == Kind.ORGANISATION else ""
    own = "" if company else address
    first = clean_contact(contact_name if company else name, phone, email, role, own)
    if not company:
        refuse_empty(first)
    values = clean_values({**more, "address": address if company else ""})
    customer, _contact = insert_customer(
        sort,
        company,
        first,
        by=by,
        at=at,
        via=via,
        with_contact=not company or any(asdict(first).values()),
        **asdict(clean_place(region, city)),
        **_chosen(stage, source, legal_basis, preferred_channel, part),
        sealed={field: values.pop(field) for field in SEALED_FIELDS if field in values},
        **values,
    )
    if account_manager is not None or department is not None:
        assign_account_manager(
            customer=customer, user=account_manager, department=department, by=by, at=at, via=via
        )
        customer.refresh_from_db()
    return customer


def _chosen(stage: str, source: str, legal_basis: str, channel: str, part: str) -> dict[str, Any]:
    return {
        "stage": member(Stage, stage, "stage"),
        "source": member(Source, source, "source"),
        "legal_basis": member(LegalBasis, legal_basis, "legal_basis"),
        "preferred_channel": member(Channel, channel, "preferred_channel") if channel else "",
        "part": member(Part, part, "part") if part else "",
    }


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
    part: str = "",
    sealed: Mapping[str, str] | None = None,
    **fields: Any,
) -> tuple[Customer, Contact | None]:
    """Customer, key, first contact and fact, of cleaned values; `sealed` those of SEALED_FIELDS."""
    customer = new_customer(sort, company, by=by, at=at, **fields)
    texts = {field: text for field, text in (sealed or {}).items() if text}
    measure_new(customer, first if with_contact else None, part=part, texts=texts)
    insert_rows([customer])
    key = new_key(customer.pk) if with_contact or texts else None
    if key is not None and texts:
        for field, text in texts.items():
            setattr(customer, field, key.seal(text, own_context(field)))
        customer.save(update_fields=list(texts))
    contact = None
    if key is not None and with_contact:
        contact = new_contact(customer, key, first, by=by, at=at, preferred_channel=preferred_channel)
        contact.is_self = sort == Kind.PERSON
        contact.part = part
        insert_rows([contact])
    index_new([(customer, first if contact is not None else None)])
    note(customer, created(customer, contact), by=by, at=at, via=via, begins=True)
    return customer, contact


@transaction.atomic
def change_customer(
    *,
    customer: Customer,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    change: str = "",
    why: str = "",
    via: str = WEB,
) -> Customer:
    """Change any of CUSTOMER_FIELDS; nothing changed, nothing recorded.

    A person's name and address are changed with `change_contact`. `revision`: the one that was read, where a change made
    by somebody else meanwhile must not be overwritten. `change`: the id of the `customer.change_learnt` that this
    answers; `why`: a code of what brought it about. Raises Invalid, Refused.
    """
    only(changes, CUSTOMER_FIELDS)
    customer = locked(customer, revision=revision)
    cleaned = _clean_customer(customer, changes)
    before = {field: getattr(customer, field) for field in cleaned} | opened_own(customer, SEALED_FIELDS)
    changed = sorted(field for field, value in cleaned.items() if before[field] != value)
    if not changed:
        return customer
    held = set(filled_of(customer))
    _set(customer, {field: cleaned[field] for field in changed})
    customer.revision += 1
    customer.save(update_fields=[*changed, "name_key", "sound_key", "revision"])
    if "name" in changed:
        reindex([customer.pk])
    event = CustomerChanged(
        fields=tuple(changed),
        old={field: plain(before[field]) for field in changed if field not in SEALED_FIELDS},
        new={field: plain(cleaned[field]) for field in changed if field not in SEALED_FIELDS},
        change=change or None,
        why=why or None,
        filled=tuple(sorted(set(filled_of(customer)) - held)) or None,
        emptied=tuple(sorted(held - set(filled_of(customer)))) or None,
    )
    texts = {f"{f}_old": before[f] for f in changed if f in SEALED_FIELDS}
    texts |= {f"{f}_new": cleaned[f] for f in changed if f in SEALED_FIELDS}
    note(customer, event, by=by, at=at, via=via, sealed=texts)
    if "name" in changed:
        keep_former_name(customer, before["name"], by=by, at=at, via=via)
    close_learnt(change, by=by, at=at)
    measure_read(customer)
    return customer


def _set(customer: Customer, values: Mapping[str, Any]) -> None:
    """Put cleaned values into the row: texts that may name people sealed, a name with the key it is searched by."""
    for field, value in values.items():
        sealed = field in SEALED_FIELDS and value
        setattr(customer, field, key_of(customer.pk).seal(value, own_context(field)) if sealed else value)
    if "name" in values:
        customer.name_key, customer.sound_key = rules.search_key(customer.name), sound_key(customer.name)


def only(changes: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse fields that are not known here. Raises Invalid that names them."""
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
    if customer.is_person and changes.get("address"):
        sentence = _("个人客户的地址请在本人的联系方式里改。")
        raise Invalid(sentence, fields={"address": sentence})
    return cleaned | clean_values(changes)


CHOICES: dict[str, Callable[[str], Any]] = {
    "source": lambda value: member(Source, value, "source"),
    "legal_basis": lambda value: member(LegalBasis, value, "legal_basis"),
    "grade": lambda value: member(Grade, value, "grade") if value else None,
    "credit": lambda value: member(Credit, value, "credit") if value else "",
    "secrecy": lambda value: member(Secrecy, value, "secrecy"),
}
TEXTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("category", "industry", "scale"), partial(rules.tidy_name, longest=rules.WORD_LONGEST)),
    "address": partial(rules.tidy_name, longest=rules.ADDRESS_LONGEST),
    **dict.fromkeys(SEALED_FIELDS, rules.tidy_text),
    "credit_limit": rules.parse_money,
}


def clean_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the fields that have a rule of their own, cleaned. Raises Invalid."""
    chosen = {field: rule(given[field]) for field, rule in CHOICES.items() if field in given}
    return chosen | checked({field: (TEXTS[field], given[field] or "") for field in TEXTS if field in given})


def plain(value: Any) -> Any:
    """A column's value as a fact keeps it: money as text."""
    return str(value) if isinstance(value, Decimal) else value


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
    if previous and customer.account_manager_id is None:
        note(customer, CustomerManagerLeft(previous=str(previous)), by=by, at=at, via=via)
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
