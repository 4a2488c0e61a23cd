"""Codes and names by which a customer is known, added and ended. None is ever overwritten: each has its time."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import identity_rules as rules
from keyue.customers.actions._ground import WEB, locked, member, note, signature
from keyue.customers.actions.searching import reindex
from keyue.customers.enums import IdentifierKind
from keyue.customers.events import CustomerIdentifierAdded, CustomerIdentifierEnded
from keyue.customers.models import Customer, Identifier
from keyue.customers.models.identity import UNIQUE_KINDS
from keyue.customers.sealed import key_of
from keyue.customers.sealed_identifiers import CONTEXT, NAMES, is_sealed, key_for
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor

TAKEN = "identifier_taken"


@transaction.atomic
def add_identifier(
    *,
    customer: Customer,
    kind: str,
    value: str,
    by: Actor,
    at: datetime,
    system: str = "",
    valid_from: date | None = None,
    valid_until: date | None = None,
    via: str = WEB,
) -> Identifier:
    """Note a code or a further name of a customer; the same one twice is one.

    `system`: of an external number, whose it is. Raises Invalid (a code whose check sign is wrong), Refused: code
    `identifier_taken` where it is another customer's, who then probably is the same one (`selectors` has their file).
    """
    sort = member(IdentifierKind, kind, "kind")
    customer = locked(customer)
    text, system = clean_identifier(customer, sort, value, system)
    if valid_from and valid_until and valid_until < valid_from:
        raise Invalid(_("有效期的止不能早于起。"), fields={"valid_until": _("不能早于有效自")})
    key = key_for(customer.is_person, sort, text)
    if sort in UNIQUE_KINDS:
        _refuse_taken(customer, sort, system, key)
    known = _known(customer, sort, system, key, text)
    if known is not None:
        return known
    sealed = is_sealed(customer.is_person, sort)
    made = Identifier.objects.create(
        customer=customer,
        kind=sort,
        system=system,
        value="" if sealed else text,
        sealed=key_of(customer.pk).seal(text, CONTEXT) if sealed else "",
        key=key,
        valid_from=valid_from,
        valid_until=valid_until,
        created_at=at,
        created_by=signature(by),
    )
    event = CustomerIdentifierAdded(
        identifier=str(made.pk), type=sort.value, system=system or None, value=None if sealed else text
    )
    note(customer, event, by=by, at=at, via=via, sealed={"value": text} if sealed else None)
    reindex([customer.pk])
    return made


def clean_identifier(customer: Customer, sort: IdentifierKind, value: str, system: str) -> tuple[str, str]:
    """What is kept of a code or name, and of the system it is of. Raises Invalid."""
    wrong = {IdentifierKind.USCC: customer.is_person, IdentifierKind.ID_NUMBER: not customer.is_person}
    if wrong.get(sort):
        text = (
            _("个人客户没有统一社会信用代码。")
            if customer.is_person
            else _("单位客户没有身份证件号码；联系人的证件请不要登记在这里。")
        )
        raise Invalid(text, fields={"kind": text})
    if sort == IdentifierKind.EXTERNAL:
        found = checked({"value": (rules.clean_external, value), "system": (rules.clean_system, system)})
        return found["value"], found["system"]
    if sort in NAMES:
        return _clean_name(customer, value), ""
    rule = rules.clean_uscc if sort == IdentifierKind.USCC else rules.clean_id_number
    return checked({"value": (rule, value)})["value"], ""


def _clean_name(customer: Customer, value: str) -> str:
    def clean(text: str) -> str:
        return rules.clean_other_name(text, is_person=customer.is_person)

    name: str = checked({"value": (clean, value)})["value"]
    return name


def _refuse_taken(customer: Customer, sort: IdentifierKind, system: str, key: bytes) -> None:
    taken = Identifier.objects.filter(kind=sort, system=system, key=key, ended_at=None).exclude(
        customer=customer
    )
    if taken.exists():
        sentence = _(
            "%(what)s已登记在另一份档案上，两份档案可能是同一个客户。请核对，或请客户档案管理员查重。"
        ) % {"what": sort.label}
        raise Refused(sentence, code=TAKEN)


def _known(customer: Customer, sort: IdentifierKind, system: str, key: bytes, text: str) -> Identifier | None:
    """The same one, if the customer has it: names that only sound alike are two."""
    rows = Identifier.objects.filter(customer=customer, kind=sort, system=system, key=key, ended_at=None)
    sealed = is_sealed(customer.is_person, sort)
    return next((row for row in rows if sealed or row.value == text or sort not in NAMES), None)


@transaction.atomic
def end_identifier(*, identifier: Identifier, by: Actor, at: datetime, via: str = WEB) -> Identifier:
    """A code or name is the customer's no more; the row stays. Raises Refused where it has ended already."""
    customer = locked(identifier.customer)
    row = Identifier.objects.select_for_update().get(pk=identifier.pk)
    if row.ended_at is not None:
        raise Refused(_("这一项已经停用。"))
    row.ended_at, row.ended_by = at, signature(by)
    row.save(update_fields=["ended_at", "ended_by"])
    note(customer, CustomerIdentifierEnded(identifier=str(row.pk)), by=by, at=at, via=via)
    reindex([customer.pk])
    return row


def keep_former_name(customer: Customer, former: str, *, by: Actor, at: datetime, via: str) -> None:
    """An organisation's name has changed to what `customer` says now: the old one stays findable.

    A name that is taken up again is no former one any more.
    """
    sounds = key_for(False, IdentifierKind.FORMER_NAME, customer.name)
    rows = Identifier.objects.filter(
        customer=customer, kind=IdentifierKind.FORMER_NAME, key=sounds, ended_at=None, value=customer.name
    )
    for row in rows:
        end_identifier(identifier=row, by=by, at=at, via=via)
    kind = IdentifierKind.FORMER_NAME
    add_identifier(customer=customer, kind=kind, value=former, by=by, at=at, via=via)


def forget_identifiers(customer_id: int, by: Actor, at: datetime) -> None:
    """What a person was known by goes with their key: what is sealed, and the blind index of it."""
    Identifier.objects.filter(customer=customer_id).exclude(sealed="").update(sealed="", key=None)
