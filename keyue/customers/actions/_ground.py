"""What the actions of this room share: cleaning input, inserting rows, recording facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from keyue.customers import changes, rules
from keyue.customers.enums import Kind, Stage
from keyue.customers.events import CustomerCreated
from keyue.customers.faults import shown
from keyue.customers.filled import contact_filled as contact_filled
from keyue.customers.filled import filled_of as filled_of
from keyue.customers.matching.sounds import sound_key
from keyue.customers.models import Contact, Customer
from keyue.customers.regions import Place, clean_city, parse_place
from keyue.customers.sealed import Clear, columns
from keyue.customers.wording import Checks, checked
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor, Draft
from keyue.ledger.sealing import OwnerKey
from keyue.people.rules import PERSON
from keyue.promises import actions as promises

WEB = "web"
Choice = TypeVar("Choice", bound=TextChoices)


def note(
    customer: Customer,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str,
    sealed: Mapping[str, str] | None = None,
    begins: bool = False,
    happened: datetime | None = None,
    evidence: Sequence[str] = (),
) -> None:
    """Record one fact about a customer, who has just been entered if it `begins`, and let their promises follow.

    `sealed` texts are sealed under their key; `happened` is when it was so, where that is not `at`.
    """
    draft = Draft(event.kind, event.data(), at=happened, sealed=sealed or {}, evidence=evidence)
    owner = customer.subject if sealed else None
    promises.record(customer.subject, [draft], by=by, at=at, source=via, seal_for=owner, begins=begins)
    changes.follow_everywhere(customer.pk, event, by, at)


def signature(by: Actor) -> str:
    """An actor as the columns created_by and erased_by keep it."""
    return f"{by.kind}:{by.id}"


def contact_checks(values: Mapping[str, str]) -> Checks:
    """The rule of each of these personal fields."""
    rule: dict[str, Callable[[str], str]] = {
        "name": rules.tidy_person,
        "phone": rules.normalise_phone,
        "email": rules.normalise_email,
        "role": partial(rules.tidy_name, longest=rules.ROLE_LONGEST),
        "address": partial(rules.tidy_name, longest=rules.ADDRESS_LONGEST),
    }
    return {field: (rule[field], text) for field, text in values.items()}


def clean_contact(
    name: str = "", phone: str = "", email: str = "", role: str = "", address: str = ""
) -> Clear:
    """What was typed, normalised. Raises Invalid that names every field at fault."""
    given = {"name": name, "phone": phone, "email": email, "role": role, "address": address}
    return Clear(**checked(contact_checks(given)))


def refuse_empty(clear: Clear) -> None:
    """A contact without a name, number or address is nobody."""
    if not any((clear.name, clear.phone, clear.email)):
        raise Invalid(_("请至少填写姓名、电话、邮箱中的一项。"), fields={"name": _("请填写姓名、电话或邮箱")})


def clean_place(region: str, city: str = "") -> Place:
    """The region as a code; a city written behind the region counts where none is given apart. Raises Invalid."""
    cleaned = checked({"region": (parse_place, region), "city": (clean_city, city)})
    place: Place = cleaned["region"]
    return Place(place.region, cleaned["city"] or place.city)


def member(choices: type[Choice], value: str, field: str) -> Choice:
    """The member of a closed list. Raises Invalid that names what there is to choose from."""
    try:
        return choices(value)
    except ValueError:
        known = _("、").join(str(label) for label in choices.labels)
        sentence = _("「%(value)s」不在可选范围内：%(known)s") % {"value": shown(str(value)), "known": known}
        raise Invalid(sentence, fields={field: sentence}) from None


def new_customer(sort: Kind, company: str, *, by: Actor, at: datetime, **fields: Any) -> Customer:
    """A customer's row, not yet inserted; `company` is an organisation's name, empty for a person."""
    fields.setdefault("stage", Stage.PROSPECT)
    return Customer(
        stage_since=at,
        kind=sort,
        name=company,
        name_key=rules.search_key(company) if company else None,
        sound_key=sound_key(company) if company else None,
        created_at=at,
        created_by=signature(by),
        **fields,
    )


def new_contact(
    customer: Customer, key: OwnerKey, clear: Clear, *, by: Actor, at: datetime, preferred_channel: str = ""
) -> Contact:
    """A contact's row, sealed under the customer's key, not yet inserted."""
    return Contact(
        customer=customer,
        preferred_channel=preferred_channel,
        created_at=at,
        created_by=signature(by),
        **columns(key, asdict(clear)),
    )


def created(customer: Customer, contact: Contact | None) -> CustomerCreated:
    """What is recorded of a new customer."""
    return CustomerCreated(
        number=customer.number,
        type=customer.kind,
        source=customer.source,
        legal_basis=customer.legal_basis,
        region=customer.region or None,
        contact=str(contact.pk) if contact else None,
        stage=customer.stage,
        account_manager=f"{PERSON}{customer.account_manager_id}" if customer.account_manager_id else None,
        department=customer.department or None,
        grade=customer.grade or None,
        category=customer.category or None,
        filled=(*filled_of(customer), *(contact_filled(contact) if contact else ())),
    )


def locked(customer: Customer, *, revision: int | None = None) -> Customer:
    """The customer's row as it is now, ours alone until the transaction ends; not for somebody erased.

    Raises Refused where it has been changed since `revision` was read.
    """
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    refuse_erased(row)
    check_revision(row, revision)
    return row


def refuse_erased(customer: Customer) -> None:
    """An erased customer stays as it is."""
    if customer.is_erased:
        raise Refused(
            _("%(number)s 的个人信息已按要求删除，不能再改。") % {"number": customer.number}, code="erased"
        )


def check_revision(row: Customer | Contact, revision: int | None) -> None:
    """Two people changed the same thing: the second one looks again."""
    if revision is not None and revision != row.revision:
        raise Refused(_("这份资料刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
