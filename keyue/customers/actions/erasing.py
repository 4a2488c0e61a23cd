"""Erasing a customer: the key goes, and with it everything that was ever sealed under it, in every table and fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import erasure, holds
from keyue.customers.actions._ground import WEB, member, note, signature
from keyue.customers.actions.measuring import measure_read
from keyue.customers.actions.searching import forget_keyed, reindex
from keyue.customers.enums import ErasureReason
from keyue.customers.events import CustomerContactChanged, CustomerErased
from keyue.customers.filled import held_by
from keyue.customers.models import Contact, Customer
from keyue.kernel.errors import Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor

EMPTY = {field: "" for field in Contact.personal} | dict.fromkeys(Contact.blind)
AT_A_TIME = 500


@transaction.atomic
def erase(*, customer: Customer, reason: str, by: Actor, at: datetime, via: str = WEB) -> Customer:
    """Erase what is personal about a customer and everybody merged into it, for good. Doing it twice does it once.

    The key is destroyed, contacts and their blind indexes are emptied, and the rooms that registered with `erasure`
    forget what they hold. Facts and their chains stay whole. What is not personal stays: region, grade, department,
    source, and an organisation's name. Raises Refused (`held`) while anything keeps one of them, as a legal hold does.
    """
    why = member(ErasureReason, reason, "reason")
    rows = _with_aliases(customer.pk)
    if why != ErasureReason.REPEATED:
        # what was erased before a restore is erased again, whatever has been held since
        refuse_held([row.pk for row in rows if not row.is_erased])
    for row in rows:
        _erase_one(row, why, by=by, at=at, via=via)
    return Customer.objects.get(pk=customer.pk)


def refuse_held(customer_ids: Sequence[int]) -> None:
    """Pass, or raise Refused with why one of them is kept."""
    for sentence in holds.standing(customer_ids).values():
        raise Refused(sentence, code="held")


@transaction.atomic
def clear_contact(*, contact: Contact, by: Actor, at: datetime, via: str = WEB) -> Contact:
    """Take everything personal out of one contact of an organisation, whose other contacts stay.

    What facts have sealed about them stays sealed under the organisation's key, and is no longer used. Raises Refused
    for a person, who is erased as a whole (`whole`), and while a hold stands (`held`).
    """
    customer = Customer.objects.select_for_update().get(pk=contact.customer_id)
    if customer.is_person:
        raise Refused(_("个人客户请按「删除个人信息」整体删除。"), code="whole")
    refuse_held([customer.pk])
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    gone = tuple(field for field in Contact.personal if getattr(contact, field))
    if not gone:
        return contact
    held = held_by(customer, customer.contacts.all())
    for column, value in EMPTY.items():
        setattr(contact, column, value)
    contact.left_at = contact.left_at or at
    contact.revision += 1
    contact.save(update_fields=[*EMPTY, "left_at", "revision"])
    reindex([customer.pk])
    emptied = tuple(sorted(held - held_by(customer, customer.contacts.all())))
    event = CustomerContactChanged(contact=str(contact.pk), fields=gone, emptied=emptied or None)
    note(customer, event, by=by, at=at, via=via)
    measure_read(customer)
    return contact


def _with_aliases(customer_id: int) -> list[Customer]:
    found: dict[int, Customer] = {}
    level = list(Customer.objects.select_for_update().filter(pk=customer_id))
    while level:
        found |= {row.pk: row for row in level}
        aliases = Customer.objects.select_for_update().filter(merged_into__in=[row.pk for row in level])
        level = [row for row in aliases if row.pk not in found]
    return list(found.values())


def _erase_one(customer: Customer, reason: ErasureReason, *, by: Actor, at: datetime, via: str) -> None:
    # also where it is marked as erased already: a restored backup may have brought part of it back
    ledger.destroy_key(customer.subject, by=by, at=at, source=via)
    Contact.objects.filter(customer=customer).update(**EMPTY)
    forget_keyed(customer.pk)
    Customer.objects.filter(pk=customer.pk).update(**dict.fromkeys(Customer.personal, ""))
    erasure.forget_everywhere(customer.pk, by, at)
    if customer.is_erased:
        return
    customer.erased_at, customer.erased_by = at, signature(by)
    customer.revision += 1
    customer.save(update_fields=["erased_at", "erased_by", "revision"])
    note(customer, CustomerErased(reason=reason.value), by=by, at=at, via=via)


def reapply_erasures(destroyed_owner_ids: Iterable[int | str], *, at: datetime, by: Actor = SYSTEM) -> int:
    """After a restore: erase again whoever is not erased in this database; how many.

    `destroyed_owner_ids`: the customers whose keys have been destroyed since the backup, as the ledger's journal of
    erasures has them (`owner` of kind "customer"). Ids that are not in this database are passed over. Whether
    `ledger.actions.repeat_erasures` has run before does not matter.
    """
    ids = sorted({int(ref) for ref in destroyed_owner_ids})
    n = 0
    for start in range(0, len(ids), AT_A_TIME):
        some = ids[start : start + AT_A_TIME]
        for customer in Customer.objects.filter(pk__in=some, erased_at=None).order_by("pk"):
            erase(customer=customer, reason=ErasureReason.REPEATED, by=by, at=at, via="restore")
            n += 1
    return n
