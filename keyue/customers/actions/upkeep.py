"""Keeping a file true: the company's own fields, what was verified, and what somebody learnt has changed (S1-5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, locked, member, note, signature
from keyue.customers.actions.archive import change_customer
from keyue.customers.actions.measuring import close_learnt, measure_read
from keyue.customers.completing import field_rules, own_values
from keyue.customers.enums import CheckedHow
from keyue.customers.events import (
    CustomerChanged,
    CustomerChangeLearnt,
    CustomerInformationCollected,
    CustomerInformationEntered,
    CustomerVerified,
)
from keyue.customers.extras import PREFIX, put_extra
from keyue.customers.faults import Fault
from keyue.customers.models import Customer, FieldCheck, LearntChange
from keyue.customers.outward_events import CustomerSensitiveRecorded
from keyue.customers.rules import tidy_text
from keyue.customers.upkeep_rules import FieldRule, Unfit, clean_value
from keyue.customers.upkeep_words import EXPECTED, label_of
from keyue.customers.wording import sentence as sentence_for
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.ids import new_id
from keyue.ledger.facts import Actor
from keyue.people.rules import PERSON


@transaction.atomic
def set_extra(
    *,
    customer: Customer,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    change: str = "",
    why: str = "",
    via: str = WEB,
) -> Customer:
    """Set values of the company's own fields, by their keys with or without `extra.`; an empty one takes a value away.

    What is not named stays; nothing changed, nothing recorded. `revision`, `change` and `why` are as in
    `change_customer`. Raises Invalid (unknown, retired or not for this kind of customer, or not of the field's kind),
    Refused (also where a regulation asks for a separate consent before a sensitive field is filled).
    """
    customer = locked(customer, revision=revision)
    rules = {rule.key: rule for rule in field_rules(retired=True) if not rule.is_standard}
    given = {key if key.startswith(PREFIX) else PREFIX + key: value for key, value in values.items()}
    cleaned = _cleaned(customer, rules, given)
    before = own_values([customer])[0]
    changed = sorted(key for key, value in cleaned.items() if before.get(key) != value)
    if not changed:
        return customer
    after = {k: v for k, v in (before | cleaned).items() if v is not None}
    personal = frozenset(key for key, rule in rules.items() if rule.is_personal)
    bare = {key.removeprefix(PREFIX): value for key, value in after.items()}
    put_extra(customer, bare, frozenset(key.removeprefix(PREFIX) for key in personal))
    customer.revision += 1
    customer.save(update_fields=["extra", "extra_sealed", "revision"])
    event = CustomerChanged(
        fields=tuple(changed),
        old={key: before.get(key) for key in changed if key not in personal},
        new={key: cleaned[key] for key in changed if key not in personal},
        change=change or None,
        why=why or None,
    )
    sealed = {f"{key}_old": before.get(key) or "" for key in changed if key in personal}
    sealed |= {f"{key}_new": cleaned[key] or "" for key in changed if key in personal}
    note(customer, event, by=by, at=at, via=via, sealed=sealed)
    sensitive = tuple(key for key in changed if rules[key].is_sensitive and cleaned[key])
    if sensitive:
        note(customer, CustomerSensitiveRecorded(fields=sensitive), by=by, at=at, via=via)
    close_learnt(change, by=by, at=at)
    measure_read(customer)
    return customer


def _cleaned(
    customer: Customer, rules: Mapping[str, FieldRule], given: Mapping[str, Any]
) -> dict[str, str | None]:
    faults: dict[str, str] = {}
    cleaned: dict[str, str | None] = {}
    for key, value in given.items():
        rule = rules.get(key)
        if rule is None or not rule.holds_for(customer.kind):
            faults[key] = _("没有这个字段，或已停用，或不用于这类客户")
            continue
        try:
            text = clean_value(rule, value)
            cleaned[key] = tidy_text(text) or None if text and rule.kind == "text" else text
        except Unfit as error:
            faults[key] = str(EXPECTED[str(error.args[0])])
        except Fault as fault:
            faults[key] = sentence_for(fault)
    if faults:
        named = {key: label_of(rules[key]) if key in rules else key for key in faults}
        said = (
            _("%(what)s：%(detail)s") % {"what": named[key], "detail": text} for key, text in faults.items()
        )
        raise Invalid(_("；").join(said), fields=faults)
    return cleaned


@transaction.atomic
def verify_fields(
    *,
    customer: Customer,
    fields: Collection[str],
    how: str,
    by: Actor,
    at: datetime,
    change: str = "",
    via: str = WEB,
) -> list[FieldCheck]:
    """Say that these fields were checked against the world and are right, and how: one of `enums.CheckedHow`.

    `fields` are keys of the archive's fields, as `completing.field_rules` has them. `change`: the id of the
    `customer.change_learnt` that turned out to be mistaken. Raises Invalid, Refused.
    """
    customer = locked(customer)
    way = member(CheckedHow, how, "how")
    known = [rule.key for rule in field_rules() if rule.holds_for(customer.kind)]
    _refuse_unknown(fields, known)
    named = tuple(key for key in known if key in set(fields))
    if not named:
        raise Invalid(_("请选择核实了哪些字段。"), fields={"fields": _("请选择核实了哪些字段")})
    rows = [
        FieldCheck(customer=customer, field=key, verified_at=at, verified_by=signature(by), how=way)
        for key in named
    ]
    columns = ["verified_at", "verified_by", "how"]
    FieldCheck.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer", "field"], update_fields=columns
    )
    Customer.objects.filter(pk=customer.pk).update(verified_at=at)
    event = CustomerVerified(fields=named, how=way.value, change=change or None)
    note(customer, event, by=by, at=at, via=via)
    close_learnt(change, by=by, at=at)
    return rows


def _refuse_unknown(fields: Collection[str], known: Collection[str]) -> None:
    unknown = sorted(set(fields) - set(known))
    if unknown:
        sentence = _("没有这些字段：%(fields)s") % {"fields": _("、").join(unknown)}
        raise Invalid(sentence, fields={"fields": sentence})


@transaction.atomic
def learn_change(
    *,
    customer: Customer,
    fields: Collection[str],
    learnt_at: datetime,
    by: Actor,
    at: datetime,
    staff: int | None = None,
    via: str = WEB,
) -> LearntChange:
    """Note that these fields of a file are no longer right; when it was learnt is kept apart from when it is entered.

    `change_customer`, `change_contact` and `set_extra` close it with `change=` its id, `verify_fields` where it was
    mistaken. `staff`: who learnt it, where that is not who notes it. Raises Invalid (a time to come), Refused.
    """
    customer = locked(customer)
    known = [rule.key for rule in field_rules() if rule.holds_for(customer.kind)]
    _refuse_unknown(fields, known)
    named = tuple(key for key in known if key in set(fields))
    if not named:
        raise Invalid(_("请选择哪些内容变了。"), fields={"fields": _("请选择哪些内容变了")})
    _refuse_future(learnt_at, at, "learnt_at")
    learnt = LearntChange.objects.create(
        customer=customer,
        change=str(new_id()),
        fields=list(named),
        learnt_at=learnt_at,
        learnt_by=signature(by),
    )
    event = CustomerChangeLearnt(change=learnt.change, fields=named, staff=_owner(by, staff))
    note(customer, event, by=by, at=at, via=via, happened=learnt_at)
    return learnt


def _refuse_future(instant: datetime, at: datetime, field: str) -> None:
    if instant > at:
        sentence = _("时间不能晚于现在。")
        raise Invalid(sentence, fields={field: sentence})


def _owner(by: Actor, staff: int | None) -> str | None:
    """The code of the person who owes what follows."""
    if staff is not None:
        return f"{PERSON}{staff}"
    return f"{PERSON}{by.id}" if by.kind == "staff" else None


@transaction.atomic
def enter_change(
    *,
    customer: Customer,
    change: str,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Customer:
    """Enter what is so now, of columns of the customer's row and of the company's own fields, and close what was learnt.

    `values` by the keys of the fields. Raises Invalid, Refused (entered already, or nothing that differs).
    """
    learnt = LearntChange.objects.select_for_update().filter(change=change, customer=customer.pk).first()
    if learnt is None or learnt.entered_at is not None:
        raise Refused(_("这项变更已经更新过了。"), code="entered")
    own = {key: value for key, value in values.items() if key.startswith(PREFIX)}
    columns = {key: value for key, value in values.items() if not key.startswith(PREFIX)}
    before = customer.revision if revision is None else revision
    changed = customer
    if columns:
        changed = change_customer(
            customer=customer, changes=columns, by=by, at=at, revision=before, change=change, via=via
        )
    if own:
        changed = set_extra(
            customer=changed, values=own, by=by, at=at, revision=changed.revision, change=change, via=via
        )
    if changed.revision == before:
        raise Refused(_("内容和档案里的一样。如果经核实没有变，请用「核实无误」。"), code="nothing_changed")
    return changed


@transaction.atomic
def note_information(
    *, customer: Customer, collected_at: datetime, by: Actor, at: datetime, via: str = WEB
) -> str:
    """Note that information about a customer, got outside the system at `collected_at`, is entered now: S2-5.1d.

    Returns the id that both facts share. Raises Invalid (a time to come), Refused.
    """
    customer = locked(customer)
    _refuse_future(collected_at, at, "collected_at")
    item = str(new_id())
    collected = CustomerInformationCollected(item=item, staff=_owner(by, None))
    note(customer, collected, by=by, at=at, via=via, happened=collected_at)
    note(customer, CustomerInformationEntered(item=item), by=by, at=at, via=via)
    return item
