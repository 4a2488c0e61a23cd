"""How complete files are: the company's fields as they are set up now, and what of them a customer's file holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from keyue.customers.extras import PREFIX, opened_extra
from keyue.customers.filled import held_by
from keyue.customers.models import Contact, Customer, FieldDefinition
from keyue.customers.upkeep_rules import STANDARD, Completeness, FieldRule, completeness


def field_rules(*, retired: bool = False) -> list[FieldRule]:
    """Every field of the archive in the company's order, those of the product with what the company says of them.

    Without `retired` only those in use. One query.
    """
    rows = {row.key: row for row in FieldDefinition.objects.all()}
    standard = [_said(rule, rows.get(rule.key)) for rule in STANDARD]
    own = [rule_of(row) for row in rows.values() if not row.is_standard]
    every = [rule for rule in (*standard, *own) if retired or not rule.is_retired]
    return sorted(every, key=lambda rule: (rule.order, rule.key))


def _said(rule: FieldRule, row: FieldDefinition | None) -> FieldRule:
    if row is None:
        return rule
    return replace(rule, required=row.required, weight=row.weight, order=row.order)


def rule_of(row: FieldDefinition) -> FieldRule:
    """A field of the company's own. Its key has the prefix by which facts name it."""
    return FieldRule(
        key=PREFIX + row.key,
        required=row.required,
        weight=row.weight,
        is_standard=False,
        for_organisations=row.for_organisations,
        for_persons=row.for_persons,
        kind=row.kind,
        label=row.label,
        is_personal=row.is_personal,
        is_sensitive=row.is_sensitive,
        options=tuple(row.options),
        order=row.order,
        is_retired=row.retired_at is not None,
    )


def own_values(customers: Sequence[Customer]) -> list[dict[str, str]]:
    """The values of the company's own fields, by the keys of the rules."""
    return [{PREFIX + key: value for key, value in values.items()} for values in opened_extra(customers)]


def measured(
    customer: Customer,
    contacts: Iterable[Contact],
    rules: Iterable[FieldRule],
    extra: Mapping[str, str] | None = None,
    more: Iterable[str] = (),
) -> Completeness:
    """How complete one file is; `extra` are the values of the company's own fields, `more` what is about to be filled."""
    own = extra if extra is not None else own_values([customer])[0]
    return completeness(rules, customer.kind, held_by(customer, contacts) | own.keys() | set(more))


def completeness_of(customer: Customer) -> Completeness:
    """How complete a customer's file is now, and what is missing; three queries and the key."""
    contacts = Contact.objects.filter(customer=customer.pk)
    return measured(customer, contacts, field_rules())


def measured_many(
    customers: Sequence[Customer], rules: Sequence[FieldRule]
) -> list[tuple[Completeness, dict[str, str]]]:
    """How complete each of these files is, with the values of its own fields: two queries, whatever their number."""
    contacts: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(customer__in=[one.pk for one in customers]):
        contacts.setdefault(contact.customer_id, []).append(contact)
    return [
        (measured(one, contacts.get(one.pk, ()), rules, extra), extra)
        for one, extra in zip(customers, own_values(customers), strict=True)
    ]
