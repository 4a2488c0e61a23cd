"""Erasing a customer: the key goes, and with it everything that was ever sealed under it, in every table and fact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from keyue.customers import erasure
from keyue.customers.actions._ground import WEB, member, note, signature
from keyue.customers.enums import ErasureReason
from keyue.customers.events import CustomerErased
from keyue.customers.models import Contact, Customer
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor

EMPTY = {field: "" for field in Contact.personal} | dict.fromkeys(Contact.blind)
AT_A_TIME = 500


@transaction.atomic
def erase(*, customer: Customer, reason: str, by: Actor, at: datetime, via: str = WEB) -> Customer:
    """Erase what is personal about a customer and everybody merged into it, for good. Doing it twice does it once.

    The key is destroyed, contacts and their blind indexes are emptied, and the rooms that registered with `erasure`
    forget what they hold. Facts and their chains stay whole. What is not personal stays: region, grade, department,
    source, and an organisation's name.
    """
    why = member(ErasureReason, reason, "reason")
    for row in _with_aliases(customer.pk):
        _erase_one(row, why, by=by, at=at, via=via)
    return Customer.objects.get(pk=customer.pk)


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
