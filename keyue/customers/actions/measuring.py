"""Keeping `Customer.completeness`: every action that changes what a file holds calls one of these before it ends."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from keyue.customers.actions._ground import signature
from keyue.customers.completing import completeness_of, field_rules, measured, measured_many
from keyue.customers.models import Contact, Customer, LearntChange
from keyue.customers.sealed import Clear
from keyue.customers.upkeep_rules import FieldRule
from keyue.ledger.facts import Actor

AT_A_TIME = 500


def measure_new(
    customer: Customer,
    first: Clear | None,
    *,
    part: str = "",
    texts: Iterable[str] = (),
    rules: Sequence[FieldRule] | None = None,
) -> None:
    """Say how complete the file of a customer will be who is about to be entered with this first contact.

    `texts`: which of the sealed columns will be filled. One query without `rules`.
    """
    contact = Contact(is_self=customer.is_person, part=part, **asdict(first)) if first else None
    known = field_rules() if rules is None else rules
    customer.completeness = measured(customer, [contact] if contact else [], known, {}, texts).score


def measure(customer_id: int) -> None:
    """Keep up with a change of what is on file: of the row, the contacts, or the company's own fields."""
    measure_read(Customer.objects.get(pk=customer_id))


def measure_read(customer: Customer) -> None:
    """`measure` where the row was read in this transaction: two queries, and the key where own fields are sealed.

    It is written only where the score changed.
    """
    customer_id = customer.pk
    score = completeness_of(customer).score
    if score != customer.completeness:
        customer.completeness = score
        Customer.objects.filter(pk=customer_id).update(completeness=score)


def measure_many(customer_ids: Collection[int], rules: Sequence[FieldRule] | None = None) -> int:
    """`measure` for many, 500 at a time; how many scores changed."""
    ids, known, n = sorted(set(customer_ids)), field_rules() if rules is None else rules, 0
    for start in range(0, len(ids), AT_A_TIME):
        customers = list(Customer.objects.filter(pk__in=ids[start : start + AT_A_TIME]))
        changed = []
        for customer, (found, _extra) in zip(customers, measured_many(customers, known), strict=True):
            if found.score != customer.completeness:
                customer.completeness = found.score
                changed.append(customer)
        Customer.objects.bulk_update(changed, ["completeness"])
        n += len(changed)
    return n


def close_learnt(change: str, *, by: Actor, at: datetime) -> None:
    """What had been learnt is entered now; a change that is not known, or was entered already, stays as it is."""
    if change:
        rows = LearntChange.objects.filter(change=change, entered_at=None)
        rows.update(entered_at=at, entered_by=signature(by))
