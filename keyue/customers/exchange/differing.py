"""What a row would change of a customer on file: field by field, what stands there and what the sheet says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.enums import IdentifierKind, Kind
from keyue.customers.exchange.columns import COLUMNS
from keyue.customers.exchange.rows import Row
from keyue.customers.models import Contact, Customer, Identifier
from keyue.customers.sealed import OWN, Clear, opened, own_context
from keyue.ledger import sealing

PERSONAL = ("name", "phone", "email", "role", "address")
Pair = tuple[Any, Any]


@dataclass(slots=True)
class Standing:
    """A customer as they stand: the row, the sealed texts, contacts in the clear, and codes."""

    customer: Customer
    own: Mapping[str, str]
    contacts: Sequence[tuple[Contact, Clear]] = ()
    codes: frozenset[tuple[str, str]] = frozenset()


@dataclass(slots=True)
class Difference:
    """What is to be written: pairs of old and new by the names of the columns in the tables.

    `contact` is the one that changes; `new_contact` is added where the row speaks of somebody who is not on file.
    """

    customer: dict[str, Pair] = field(default_factory=dict)
    stage: Pair | None = None
    contact: Contact | None = None
    of_contact: dict[str, Pair] = field(default_factory=dict)
    new_contact: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    manager: tuple[tuple[int | None, str | None], tuple[int | None, str | None]] | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.customer or self.stage or self.of_contact or self.new_contact or self.codes or self.manager
        )


def standing(customer_ids: Sequence[int]) -> dict[int, Standing]:
    """Customers as they stand, by id; five queries for all."""
    customers = Customer.objects.in_bulk(list(customer_ids))
    rows = list(Contact.objects.filter(customer__in=customers, left_at=None).order_by("-is_self", "pk"))
    contacts: dict[int, list[tuple[Contact, Clear]]] = {}
    for contact, clear in zip(rows, opened(rows), strict=True):
        contacts.setdefault(contact.customer_id, []).append((contact, clear))
    texts = sealing.unseal_many(
        [
            (customer.subject, getattr(customer, name), own_context(name))
            for customer in customers.values()
            for name in OWN
        ]
    )
    codes: dict[int, set[tuple[str, str]]] = {}
    held = Identifier.objects.filter(customer__in=customers, ended_at=None).exclude(value="")
    for customer_id, kind, value in held.values_list("customer_id", "kind", "value"):
        codes.setdefault(customer_id, set()).add((kind, value))
    found = {}
    for n, (pk, customer) in enumerate(customers.items()):
        own = {name: texts[n * len(OWN) + i] or "" for i, name in enumerate(OWN)}
        found[pk] = Standing(customer, own, contacts.get(pk, ()), frozenset(codes.get(pk, ())))
    return found


def difference(row: Row, found: Standing) -> Difference:
    """What a row says otherwise than the file. A cell that is empty says nothing."""
    result = Difference()
    customer = found.customer
    if row.kind and row.kind != customer.kind:
        result.faults.append(
            ("kind", _("档案里是%(kind)s，种类不能用导入改") % {"kind": Kind(customer.kind).label})
        )
        return result
    values, of_contact = _sorted(row, customer)
    if "grade" in values and values.pop("grade") != customer.grade:
        result.faults.append(("grade", _("已在档案里的客户，等级要按分级标准评定，不能用导入改")))
    stage = values.pop("stage", None)
    if stage and stage != customer.stage:
        result.stage = (customer.stage, stage)
    if "region" in values and "city" not in values and values["region"] != customer.region:
        # another province's city is not this one's
        values["city"] = ""
    for name, new in values.items():
        old = found.own[name] if name in OWN else getattr(customer, name)
        if old != new:
            result.customer[name] = (old, new)
    _contact(result, of_contact, found)
    uscc = {value for kind, value in found.codes if kind == IdentifierKind.USCC}
    if uscc and row.codes.get(IdentifierKind.USCC.value, next(iter(uscc))) not in uscc:
        result.faults.append(("uscc", _("与档案里登记的不同，请核对是不是同一个单位")))
    result.codes = {kind: value for kind, value in row.codes.items() if (kind, value) not in found.codes}
    manager = row.manager or customer.account_manager_id
    department = row.department or customer.department
    before = (customer.account_manager_id, customer.department)
    if (row.manager or row.department) and (manager, department) != before:
        result.manager = (before, (manager, department))
    return result


def _sorted(row: Row, customer: Customer) -> tuple[dict[str, Any], dict[str, str]]:
    """The row's values of the customer's own row and of a contact, as this kind of customer keeps them."""
    values, of_contact = dict(row.customer), dict(row.contact)
    if customer.is_person:
        if row.name:
            of_contact["name"] = row.name
        if "address" in values:
            of_contact["address"] = values.pop("address")
        return values, of_contact
    if row.name:
        values["name"] = row.name
        if of_contact.get("name") == row.name and not row.texts.get("contact_name"):
            del of_contact["name"]
    if "address" in of_contact:
        values["address"] = of_contact.pop("address")
    return values, of_contact


def _contact(result: Difference, given: Mapping[str, str], found: Standing) -> None:
    if not given:
        return
    whom = _meant(given, found)
    if whom is None:
        result.new_contact = dict(given)
        return
    contact, clear = whom
    old = asdict(clear)
    result.of_contact = {name: (old[name], new) for name, new in given.items() if old[name] != new}
    result.contact = contact if result.of_contact else None


def _meant(given: Mapping[str, str], found: Standing) -> tuple[Contact, Clear] | None:
    """The contact that a row speaks of: a person's own; else the one with its number, address or name; else the only one,
    where the row does not name somebody else."""
    if found.customer.is_person:
        return next(((c, clear) for c, clear in found.contacts if c.is_self), None)
    for name in ("phone", "email", "name"):
        for contact, clear in found.contacts:
            if given.get(name) and getattr(clear, name) == given[name]:
                return contact, clear
    if len(found.contacts) == 1:
        [(contact, clear)] = found.contacts
        # a number of somebody of another name is somebody else's
        if not (given.get("name") and clear.name):
            return contact, clear
    return None


def told(row: Row, found: Difference) -> list[tuple[str, str, str]]:
    """(column, old, new) as the dry run shows them: what is on file of a person stands under its mask."""
    pairs: list[tuple[str, str, str]] = []
    for name, (old, new) in found.customer.items():
        hidden = name in OWN
        pairs.append((_label(name), _("（不显示）") if hidden and old else _shown(old), _shown(new)))
    if found.stage:
        pairs.append((_label("stage"), _shown(found.stage[0]), _shown(found.stage[1])))
    for name, (old, new) in found.of_contact.items():
        pairs.append((_label("contact_name" if name == "name" else name), mask(name, old), new))
    if found.new_contact:
        pairs.append((_("联系人"), "", " ".join(found.new_contact.values())))
    pairs += [(_label(kind), "", value) for kind, value in found.codes.items()]
    if found.manager:
        column = "account_manager" if row.manager else "department"
        pairs.append((_label(column), "", row.texts.get(column, "")))
    return pairs


MASKS = {"name": rules.mask_name, "phone": rules.mask_phone, "email": rules.mask_email}


def mask(name: str, text: str) -> str:
    """What of a personal value on file is shown without saying what one needs it for."""
    if not text:
        return ""
    return MASKS[name](text) if name in MASKS else rules.STARS


def _label(name: str) -> str:
    column = COLUMNS.get(name)
    return str(column.label) if column else name


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
