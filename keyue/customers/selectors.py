"""Reading customers. Fetching is authorising: what takes a `viewer` returns only what that person may see.

What takes no viewer (`customer_cards`, `contact_cards`, `contact_points`) is for rooms that have already decided that
the reader may see the thing the customer belongs to, a case for instance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.cards import Capped, ContactCard, ContactPoint, CustomerCard
from keyue.customers.enums import Kind, LegalBasis, Secrecy, Source
from keyue.customers.models import Contact, Customer
from keyue.customers.opened import opened_to
from keyue.customers.sealed import Clear, opened
from keyue.kernel.errors import NotFound
from keyue.kernel.once import recalled, remember
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import Department, User
from keyue.people.permissions import allows

MOST_CONTACTS = 100
MOST_DUPLICATES = 20
Mark = tuple[str | None, str | None]
"""The keyed digests of a contact's telephone number and e-mail address."""
STANDING = Q(withdrawn_at=None)
"""Of customers that an undone import has not taken back."""


# --- who may see whom ---


def scope_of(viewer: User) -> list[Q] | None:
    """What `viewer` may see, as conditions of which one suffices, each with an index of its own; None: everybody.

    The departments that roles with the right to see customers open, the customers whose account manager is the viewer or
    somebody who has delegated to the viewer, and what a grant opens for a time. Secrecy narrows the first of these: a
    role that sees all does not see internal files, and no department opens secret ones but to who approves access there
    (docs/decisions/1302).
    """
    if not allows(viewer, Permission.CUSTOMER_VIEW):
        return []
    seen = people.visible_departments(viewer, Permission.CUSTOMER_VIEW)
    trusted = people.visible_departments(viewer, Permission.ACCESS_APPROVE)
    if seen is None and trusted is None:
        return None
    opened = opened_to(viewer)
    whole = frozenset(trusted if seen is None else seen if trusted is None else seen & trusted)  # type: ignore[arg-type]
    named = people.named_departments(viewer, Permission.CUSTOMER_VIEW) | opened.departments
    found = [Q(secrecy=Secrecy.NORMAL)] if seen is None else []
    rest = [Secrecy.INTERNAL] if seen is None else [Secrecy.NORMAL, Secrecy.INTERNAL]
    found += [Q(department=code) for code in sorted(whole)]
    found += [Q(department=code, secrecy__in=rest) for code in sorted(named - whole)]
    found += [Q(account_manager_id=person) for person in sorted(people.acting_for(viewer))]
    if opened.customers:
        found.append(Q(pk__in=opened.customers))
    return [one & STANDING for one in found]


def visible_to(viewer: User) -> QuerySet[Customer]:
    """The customers that `viewer` may see: the one place that decides it."""
    scope = scope_of(viewer)
    if scope is None:
        return Customer.objects.filter(STANDING)
    if not scope:
        return Customer.objects.none()
    condition = Q()
    for one in scope:
        condition |= one
    return Customer.objects.filter(condition)


def customer_for(viewer: User, number: str | int) -> Customer:
    """A customer by number (`KH-00317`) or id, if `viewer` may see them. Raises NotFound."""
    pk = number if isinstance(number, int) else rules.parse_number(number)
    found = visible_to(viewer).filter(pk=pk).select_related("account_manager").first() if pk else None
    if found is None:
        raise NotFound(_("没有这个客户，或您看不到该客户。"))
    return found


def customer_for_page(viewer: User, number: str, noted: Callable[[int], QuerySet[Any]]) -> Customer:
    """`customer_for`, with what the parts of the customer's page ask for beside the row: one query for all of it.

    `noted` says by the customer's id in which rows it stands that the page has been opened lately: `is_noted` is whether
    there are any. Raises NotFound.
    """
    pk = rules.parse_number(number) or 0
    named = Department.objects.filter(code=OuterRef("department")).values("name")[:1]
    rows = visible_to(viewer).filter(pk=pk).select_related("account_manager", "last_contact")
    found = rows.annotate(
        department_name=Subquery(named),
        is_noted=Exists(noted(pk)),
        has_aliases=Exists(Customer.objects.filter(merged_into=OuterRef("pk"))),
    ).first()
    if found is None:
        raise NotFound(_("没有这个客户，或您看不到该客户。"))
    if found.merged_into_id is None and not found.has_aliases:
        found._family = (found.pk,)  # type: ignore[attr-defined]
    return found


def contact_for(viewer: User, contact_id: int) -> Contact:
    """A contact of a customer that `viewer` may see. Raises NotFound."""
    contact = Contact.objects.filter(pk=contact_id).select_related("customer").first()
    if contact is None:
        raise NotFound(_("没有这个联系人，或您看不到该客户。"))
    # what is an alias's is seen by whoever sees who stands for it
    file = [contact.customer_id, contact.customer.merged_into_id or contact.customer_id]
    if not visible_to(viewer).filter(pk__in=file).exists():
        raise NotFound(_("没有这个联系人，或您看不到该客户。"))
    return contact


def family_of(customer: Customer | int) -> tuple[int, ...]:
    """Who stands for a customer, and everybody merged into that one: the root first. A query, two for an alias; a row
    that was read for a page is asked for it once."""
    if isinstance(customer, Customer):
        known: tuple[int, ...] | None = getattr(customer, "_family", None)
        if known is None:
            known = customer._family = family_of(customer.pk)  # type: ignore[attr-defined]
        return known
    near = Q(pk=customer) | Q(merged_into=customer)
    rows = list(Customer.objects.filter(near).order_by("pk").values_list("pk", "merged_into_id"))
    root = next((into for pk, into in rows if pk == customer and into), None)
    if root is not None:
        return family_of(root)
    return (customer, *(pk for pk, _into in rows if pk != customer))


def departments_of(ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Which departments may hear that something about these customers has changed."""
    rows = Customer.objects.filter(pk__in=set(ids), department__isnull=False).values_list("pk", "department")
    return {pk: frozenset({code}) for pk, code in rows if code}


# --- masked, for showing ---


def customer_card(customer_id: int) -> CustomerCard:
    """One customer with its contacts. Raises NotFound."""
    cards = customer_cards([customer_id], contacts=True)
    if customer_id not in cards:
        raise NotFound(_("没有这个客户。"))
    return cards[customer_id]


def customer_cards(customer_ids: Iterable[int], *, contacts: bool = False) -> dict[int, CustomerCard]:
    """Many customers by id, in the order asked, unknown ids left out; three queries, one of them for all keys.

    With `contacts` each has its contacts (the first 100), its own before those of whoever was merged into it, for one
    query more; otherwise only the name of a person is read.
    """
    wanted = list(dict.fromkeys(customer_ids))
    if not wanted:
        return {}
    if contacts:
        return _read_cards(wanted, contacts=True)
    return recalled("customers cards", wanted, _read_cards)


def _read_cards(wanted: Collection[int], *, contacts: bool = False) -> dict[int, CustomerCard]:
    found = Customer.objects.select_related("account_manager").in_bulk(wanted)
    customers = [found[pk] for pk in wanted if pk in found]
    return _cards(customers, _aliases_of([c.pk for c in customers]) if contacts else {}, contacts)


def card_of(customer: Customer) -> CustomerCard:
    """A customer who has been read, with its contacts and those of whoever was merged into it; three queries at most."""
    aliases = {pk: customer.pk for pk in family_of(customer) if pk != customer.pk}
    cards = _cards([customer], aliases, contacts=True)
    remember("customers cards", cards)
    return cards[customer.pk]


def _cards(
    customers: Sequence[Customer], aliases: Mapping[int, int], contacts: bool
) -> dict[int, CustomerCard]:
    ids = [c.pk for c in customers]
    of_whom = Contact.objects.filter(customer__in=[*ids, *aliases]).order_by("customer", "-is_self", "pk")
    rows = list(of_whom if contacts else of_whom.filter(is_self=True))
    rows.sort(key=lambda row: row.customer_id in aliases)
    if contacts:
        marks: dict[int, list[Mark]] = {pk: [] for pk in ids}
        for row in rows:
            marks.setdefault(row.customer_id, []).append((row.phone_index, row.email_index))
        remember("customers marks", marks)
        remember("customers contacts", {pk: [row for row in rows if row.customer_id == pk] for pk in marks})
    of_customer: dict[int, list[tuple[Contact, Clear]]] = {}
    for contact, clear in zip(rows, opened(rows), strict=True):
        mine = of_customer.setdefault(aliases.get(contact.customer_id, contact.customer_id), [])
        if len(mine) < MOST_CONTACTS:
            mine.append((contact, clear))
    return {c.pk: _customer_card(c, of_customer.get(c.pk, ()), contacts) for c in customers}


def contacts_of(customer: Customer) -> list[Contact]:
    """The contacts in a customer's own file, the person's own first; read once for a page."""
    return recalled("customers contacts", [customer.pk], _contacts)[customer.pk]


def _contacts(customer_ids: Collection[int]) -> dict[int, list[Contact]]:
    rows = Contact.objects.order_by("-is_self", "pk")
    return {pk: list(rows.filter(customer=pk)) for pk in customer_ids}


def _aliases_of(ids: Sequence[int]) -> dict[int, int]:
    """Who was merged into these customers: the one who stands for each."""
    rows = Customer.objects.filter(merged_into__in=ids).exclude(pk__in=ids)
    return {pk: into for pk, into in rows.values_list("pk", "merged_into_id") if into}


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
        own = (
            clear.name
            for contact, clear in contacts
            if contact.is_self and contact.customer_id == customer.pk
        )
        name = rules.mask_name(next(own, ""))
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
        contacts=_contact_cards(contacts, customer.is_erased) if with_contacts else (),
        stage=customer.stage,
        category=customer.category,
        secrecy=customer.secrecy,
        completeness=customer.completeness,
        verified_at=customer.verified_at,
    )


def _contact_cards(contacts: Sequence[tuple[Contact, Clear]], is_erased: bool) -> tuple[ContactCard, ...]:
    """Contacts of one customer's files; of those who stand in several the first stands for the others."""
    stands = _doubles_among(contacts)
    also: dict[int, list[int]] = {}
    for contact, _clear in contacts:
        if contact.pk in stands:
            also.setdefault(stands[contact.pk], []).append(contact.customer_id)
    return tuple(
        replace(
            _contact_card(contact, clear, is_erased),
            double_of=stands.get(contact.pk),
            also_of=tuple(also.get(contact.pk, ())),
        )
        for contact, clear in contacts
    )


def _doubles_among(contacts: Sequence[tuple[Contact, Clear]]) -> dict[int, int]:
    """Of contacts that files merged into one another hold, each that says nothing that an earlier one of another file
    does not: the same name, a number or address that is the same and none that is another; and the id of that one."""
    kept: list[tuple[Contact, Clear]] = []
    found: dict[int, int] = {}
    for contact, clear in contacts:
        same = next((one for one, said in kept if _is_same(one, said, contact, clear)), None)
        if same is None:
            kept.append((contact, clear))
        else:
            found[contact.pk] = same.pk
    return found


def _is_same(one: Contact, said: Clear, other: Contact, clear: Clear) -> bool:
    if one.customer_id == other.customer_id or not clear.name or said.name != clear.name:
        return False
    marks = [(one.phone_index, other.phone_index), (one.email_index, other.email_index)]
    held = [(mine, theirs) for mine, theirs in marks if theirs]
    return (
        bool(held)
        and all(mine == theirs for mine, theirs in held)
        and bool(one.left_at) == bool(other.left_at)
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
        address=rules.mask_address(clear.address),
        part=contact.part,
        stance=contact.stance,
        reports_to_id=contact.reports_to_id,
        left_at=contact.left_at,
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
    pairs = recalled("customers marks", [customer.pk], _marks_of)[customer.pk]
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


def _marks_of(customer_ids: Collection[int]) -> dict[int, list[Mark]]:
    return {
        pk: list(
            Contact.objects.filter(customer=pk).values_list("phone_index", "email_index")[:MOST_CONTACTS]
        )
        for pk in customer_ids
    }


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
