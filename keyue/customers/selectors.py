"""Reading customers. Fetching is authorising: what takes a `viewer` returns only what that person may see.

What takes no viewer (`customer_cards`, `contact_cards`, `contact_points`) is for rooms that have already decided that
the reader may see the thing the customer belongs to, a case for instance.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.cards import Capped, ContactCard, ContactPoint, CustomerCard
from keyue.customers.enums import Kind, LegalBasis, Source
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import Clear, opened
from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

MOST_CONTACTS = 100
MOST_DUPLICATES = 20


# --- who may see whom ---


def scope_of(viewer: User) -> list[Q] | None:
    """What `viewer` may see, as conditions of which one suffices, each with an index of its own; None: everybody.

    The departments that roles with the right to see customers open, and the customers whose account manager is the
    viewer or somebody who has delegated to the viewer.
    """
    if not allows(viewer, Permission.CUSTOMER_VIEW):
        return []
    departments = people.visible_departments(viewer, Permission.CUSTOMER_VIEW)
    if departments is None:
        return None
    own = [Q(account_manager_id=person) for person in sorted(people.acting_for(viewer))]
    return [*(Q(department=code) for code in sorted(departments)), *own]


def visible_to(viewer: User) -> QuerySet[Customer]:
    """The customers that `viewer` may see: the one place that decides it."""
    scope = scope_of(viewer)
    if scope is None:
        return Customer.objects.all()
    if not scope:
        return Customer.objects.none()
    condition = Q()
    for one in scope:
        condition |= one
    return Customer.objects.filter(condition)


def customer_for(viewer: User, number: str | int) -> Customer:
    """A customer by number (`KH-00317`) or id, if `viewer` may see them. Raises NotFound."""
    pk = number if isinstance(number, int) else rules.parse_number(number)
    found = visible_to(viewer).filter(pk=pk).first() if pk else None
    if found is None:
        raise NotFound(_("没有这个客户，或您看不到该客户。"))
    return found


def contact_for(viewer: User, contact_id: int) -> Contact:
    """A contact of a customer that `viewer` may see. Raises NotFound."""
    contact = Contact.objects.filter(pk=contact_id).select_related("customer").first()
    if contact is None or not visible_to(viewer).filter(pk=contact.customer_id).exists():
        raise NotFound(_("没有这个联系人，或您看不到该客户。"))
    return contact


# --- masked, for showing ---


def customer_card(customer_id: int) -> CustomerCard:
    """One customer with its contacts. Raises NotFound."""
    cards = customer_cards([customer_id], contacts=True)
    if customer_id not in cards:
        raise NotFound(_("没有这个客户。"))
    return cards[customer_id]


def customer_cards(customer_ids: Iterable[int], *, contacts: bool = False) -> dict[int, CustomerCard]:
    """Many customers by id, in the order asked, unknown ids left out; three queries, one of them for all keys.

    With `contacts` each has its contacts (the first 100), otherwise only the name of a person is read.
    """
    wanted = list(dict.fromkeys(customer_ids))
    if not wanted:
        return {}
    found = Customer.objects.select_related("account_manager").in_bulk(wanted)
    customers = [found[pk] for pk in wanted if pk in found]
    of_whom = Contact.objects.filter(customer__in=[c.pk for c in customers]).order_by(
        "customer", "-is_self", "pk"
    )
    rows = list(of_whom if contacts else of_whom.filter(is_self=True))
    of_customer: dict[int, list[tuple[Contact, Clear]]] = {}
    for contact, clear in zip(rows, opened(rows), strict=True):
        mine = of_customer.setdefault(contact.customer_id, [])
        if len(mine) < MOST_CONTACTS:
            mine.append((contact, clear))
    return {c.pk: _customer_card(c, of_customer.get(c.pk, ()), contacts) for c in customers}


def contact_cards(contact_ids: Iterable[int]) -> dict[int, ContactCard]:
    """Many contacts by id, masked; two queries."""
    rows = list(Contact.objects.filter(pk__in=set(contact_ids)).select_related("customer"))
    return {
        contact.pk: _contact_card(contact, clear, contact.customer.is_erased)
        for contact, clear in zip(rows, opened(rows), strict=True)
    }


def _customer_card(
    customer: Customer, contacts: Sequence[tuple[Contact, Clear]], with_contacts: bool
) -> CustomerCard:
    name = customer.name
    if customer.is_person:
        name = next((rules.mask_name(clear.name) for contact, clear in contacts if contact.is_self), "")
    return CustomerCard(
        id=customer.pk,
        kind=Kind(customer.kind),
        name=name,
        region=customer.region,
        city=customer.city,
        grade=customer.grade or "",
        account_manager_id=customer.account_manager_id,
        account_manager=customer.account_manager.name if customer.account_manager else "",
        department=customer.department or "",
        source=Source(customer.source),
        legal_basis=LegalBasis(customer.legal_basis),
        revision=customer.revision,
        created_at=customer.created_at,
        erased_at=customer.erased_at,
        merged_into_id=customer.merged_into_id,
        contacts=tuple(_contact_card(c, clear, customer.is_erased) for c, clear in contacts)
        if with_contacts
        else (),
    )


def _contact_card(contact: Contact, clear: Clear, is_erased: bool) -> ContactCard:
    return ContactCard(
        id=contact.pk,
        customer_id=contact.customer_id,
        is_self=contact.is_self,
        name=rules.mask_name(clear.name),
        phone=rules.mask_phone(clear.phone),
        email=rules.mask_email(clear.email),
        # sealed at rest, and shown to whoever may see the customer: without it nobody knows whom to reveal
        role=clear.role,
        preferred_channel=contact.preferred_channel,
        is_erased=is_erased,
        revision=contact.revision,
    )


# --- in the clear, for sending ---


def contact_points(contact_ids: Iterable[int]) -> dict[int, ContactPoint]:
    """Where messages to these contacts go, by id: in the clear, for the outbox at the moment of sending.

    Those who have been erased are left out: there is nobody to send to any more. Two queries.
    """
    rows = list(Contact.objects.filter(pk__in=set(contact_ids), customer__erased_at=None))
    return {
        contact.pk: ContactPoint(
            contact_id=contact.pk,
            customer_id=contact.customer_id,
            name=clear.name,
            phone=clear.phone,
            email=clear.email,
            preferred_channel=contact.preferred_channel,
        )
        for contact, clear in zip(rows, opened(rows), strict=True)
    }


# --- doubles, counts ---


def possible_duplicates(viewer: User, customer: Customer) -> list[CustomerCard]:
    """Other customers, of those that `viewer` may see, with a number or address of this one: the oldest 20."""
    pairs = Contact.objects.filter(customer=customer).values_list("phone_index", "email_index")[
        :MOST_CONTACTS
    ]
    phones = {phone for phone, _email in pairs if phone}
    emails = {email for _phone, email in pairs if email}
    if not phones and not emails:
        return []
    same = Contact.objects.filter(Q(phone_index__in=phones) | Q(email_index__in=emails)).exclude(
        customer=customer
    )
    others = set(same.values_list("customer_id", flat=True)[:500]) - {customer.merged_into_id}
    seen = visible_to(viewer).filter(pk__in=others, merged_into=None).order_by("pk")
    ids = list(seen.values_list("pk", flat=True)[:MOST_DUPLICATES])
    cards = customer_cards(ids)
    return [cards[pk] for pk in ids]


def customers_of_manager(user: User) -> int:
    """How many customers have `user` as their account manager, without those who have been erased."""
    return Customer.objects.filter(account_manager=user, erased_at=None).count()


def contact_counts(customer_ids: Collection[int]) -> dict[int, int]:
    """How many contacts each of these customers has."""
    rows = Contact.objects.filter(customer__in=list(customer_ids)).order_by().values_list("customer")
    return dict(rows.annotate(n=Count("pk")))


def counted(ids: Sequence[int], most: int) -> Capped:
    """A count of at most `most`, of ids of which at most one more was asked for."""
    return Capped(min(len(ids), most), len(ids) > most)
