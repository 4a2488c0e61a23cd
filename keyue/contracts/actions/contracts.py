"""Drafting, changing and reviewing contracts: until both sides have signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.contracts import rules
from keyue.contracts.actions._ground import (
    WEB,
    gathered,
    held_contract,
    member,
    money,
    note,
    refuse_erased,
    save,
    signature,
    staff_or_manager,
    tidy,
)
from keyue.contracts.actions._parts import (
    check_levels,
    check_payments,
    first_unpaid,
    set_levels,
    set_payments,
)
from keyue.contracts.enums import ContractKind, Status
from keyue.contracts.events import (
    ContractArchived,
    ContractChanged,
    ContractDrafted,
    ContractRenewalPlanned,
    ContractReturned,
    ContractReviewed,
    ContractStaffChanged,
)
from keyue.contracts.folding import TERMS
from keyue.contracts.levels import Level
from keyue.contracts.models import Contract
from keyue.contracts.sealed import key_of, opened, sealed
from keyue.contracts.selectors import levels_of
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.people.rules import PERSON

TEXTS = ("title", *TERMS)


@dataclass(frozen=True, slots=True)
class Terms:
    """All that a contract says, as it was typed: `payments` are (day, amount), `levels` without their numbers."""

    number: str
    title: str
    kind: str = ContractKind.SERVICE.value
    amount: Decimal | str | None = None
    effective_on: date | None = None
    ends_on: date | None = None
    renew_on: date | None = None
    rights: str = ""
    duties: str = ""
    term: str = ""
    limits: str = ""
    credit_limit: Decimal | str | None = None
    staff: User | None = None
    duty_post: str = ""
    levels: Sequence[Level] = ()
    payments: Sequence[tuple[date, Decimal | str]] = field(default=())


@transaction.atomic
def draft_contract(
    *,
    customer: Customer,
    terms: Terms,
    by: Actor,
    at: datetime,
    renews: Contract | None = None,
    via: str = WEB,
) -> Contract:
    """Enter a contract that is being negotiated (S1 补4).

    Raises Invalid by field (a number that is taken, levels that do not run, days out of order, nobody who looks after
    it), Refused for a customer who was erased.
    """
    refuse_erased(customer)
    values = _checked(terms, customer, None)
    key = key_of(customer.pk)
    row = Contract(
        customer=customer,
        renews=renews,
        created_at=at,
        created_by=signature(by),
        changed_at=at,
        changed_by=signature(by),
        **_columns(values),
        **sealed(key, Contract, {name: values[name] for name in TEXTS}),
    )
    _insert(row)
    set_levels(row, values["levels"])
    set_payments(row, values["payments"])
    event = ContractDrafted(
        number=row.number,
        customer=str(customer.pk),
        type=row.kind,
        staff=f"{PERSON}{row.staff_id}",
        amount=str(row.amount) if row.amount is not None else None,
        currency=row.currency,
        renews=str(renews.pk) if renews else None,
        levels=len(values["levels"]),
        filled=_filled(values),
    )
    note(row, event, by=by, at=at, via=via, sealed={"title": values["title"]}, begins=True)
    return row


@transaction.atomic
def change_contract(
    *,
    contract: Contract,
    terms: Terms,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Contract:
    """Change what a contract says before anybody has signed it; what had been reviewed is reviewed anew.

    Raises Invalid by field, Refused for one that is signed or was changed meanwhile.
    """
    row = held_contract(contract, revision)
    _refuse_signed(row)
    values = _checked(terms, row.customer, row)
    before = opened([(row.customer_id, row)], TEXTS)[0] | {name: getattr(row, name) for name in PLAIN}
    before |= {"levels": _kept_levels(row), "payments": _kept_payments(row)}
    changed = tuple(sorted(name for name, old in before.items() if old != values[name]))
    if not changed:
        return row
    key = key_of(row.customer_id)
    columns = {**_columns(values), **sealed(key, Contract, {name: values[name] for name in TEXTS})}
    columns |= {"status": Status.DRAFTED, "reviewed_at": None, "reviewed_by": ""}
    columns |= {"changed_at": at, "changed_by": signature(by)}
    for name, value in columns.items():
        setattr(row, name, value)
    _update(row, *columns)
    if "levels" in changed:
        set_levels(row, values["levels"])
    if "payments" in changed:
        set_payments(row, values["payments"])
    event = ContractChanged(fields=changed, filled=_filled(values))
    note(row, event, by=by, at=at, via=via, sealed={"title": values["title"]} if "title" in changed else None)
    return row


@transaction.atomic
def review_contract(
    *,
    contract: Contract,
    by: Actor,
    at: datetime,
    remark: str = "",
    revision: int | None = None,
    via: str = WEB,
) -> Contract:
    """Agree to the signing of a contract as it stands (S1 补4). Who wrote it does not review it.

    Raises Refused for the own one, for one that is not being drafted, and where it was changed since `revision`.
    """
    row = _to_review(contract, by, revision)
    said = tidy(remark, "remark")
    row.status, row.reviewed_at, row.reviewed_by = Status.REVIEWED, at, signature(by)
    save(row, "status", "reviewed_at", "reviewed_by")
    note(row, ContractReviewed(reviewed_by=by.id), by=by, at=at, via=via, sealed={"remark": said})
    return row


@transaction.atomic
def return_contract(
    *, contract: Contract, remark: str, by: Actor, at: datetime, revision: int | None = None, via: str = WEB
) -> Contract:
    """Ask for changes instead. Raises as `review_contract`, and Invalid without a reason."""
    row = _to_review(contract, by, revision)
    said = tidy(remark, "remark", missing=_("请写明要改什么。"))
    row.status, row.reviewed_at, row.reviewed_by = Status.DRAFTED, None, ""
    save(row, "status", "reviewed_at", "reviewed_by")
    note(row, ContractReturned(reviewed_by=by.id), by=by, at=at, via=via, sealed={"remark": said})
    return row


@transaction.atomic
def archive_contract(*, contract: Contract, place: str, by: Actor, at: datetime, via: str = WEB) -> Contract:
    """The signed contract was put away, and where (S1 补4). Raises Refused for one that is not signed or lies there."""
    row = held_contract(contract)
    if row.archived_at is not None:
        raise Refused(_("这份合同已经归档。"))
    if not row.is_signed:
        raise Refused(_("签署后才能归档。"))
    said = tidy(place, "place", most=200, missing=_("请写明存放位置。"))
    row.archived_at, row.place = at, sealed(key_of(row.customer_id), Contract, {"place": said})["place"]
    if row.status == Status.SIGNED:
        row.status = Status.ARCHIVED
    save(row, "archived_at", "place", "status")
    note(row, ContractArchived(), by=by, at=at, via=via, sealed={"place": said})
    return row


@transaction.atomic
def change_staff(*, contract: Contract, staff: User, by: Actor, at: datetime, via: str = WEB) -> Contract:
    """Let somebody else look after a contract; the same one changes nothing."""
    row = held_contract(contract)
    if staff.pk == row.staff_id:
        return row
    previous, row.staff = row.staff_id, staff
    save(row, "staff")
    note(row, ContractStaffChanged(str(staff.pk), str(previous)), by=by, at=at, via=via)
    return row


@transaction.atomic
def plan_renewal(*, contract: Contract, on: date | None, by: Actor, at: datetime, via: str = WEB) -> Contract:
    """Set, or take away, the day on which to speak with the customer about going on."""
    row = held_contract(contract)
    if on == row.renew_on:
        return row
    if on is not None and row.ends_on is not None and on > row.ends_on:
        said = _("续约沟通日要在到期日之前。")
        raise Invalid(said, fields={"renew_on": said})
    row.renew_on = on
    save(row, "renew_on")
    note(row, ContractRenewalPlanned(on.isoformat() if on else None), by=by, at=at, via=via)
    return row


@transaction.atomic
def renew_contract(*, contract: Contract, terms: Terms, by: Actor, at: datetime, via: str = WEB) -> Contract:
    """Draft the contract that follows a signed one, with the same customer. Raises as `draft_contract`."""
    if not contract.is_signed:
        raise Refused(_("还没有签署的合同不能续签，直接修改即可。"))
    return draft_contract(customer=contract.customer, terms=terms, by=by, at=at, renews=contract, via=via)


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────────────

PLAIN = (
    *("number", "kind", "amount", "effective_on", "ends_on", "renew_on", "credit_limit", "staff"),
    "duty_post",
)


def _checked(terms: Terms, customer: Customer, row: Contract | None) -> dict[str, Any]:
    texts: Mapping[str, str] = {name: getattr(terms, name) for name in TERMS}
    missing_staff = _("请指定合同负责人：这位客户还没有客户经理。")
    values = gathered(
        ("number", lambda: _free_number(terms.number, row)),
        (
            "title",
            lambda: tidy(terms.title, "title", most=rules.TITLE_LONGEST, missing=_("请填写合同名称。")),
        ),
        ("kind", lambda: member(ContractKind, terms.kind, "kind").value),
        ("amount", lambda: money(terms.amount, "amount")),
        ("credit_limit", lambda: money(terms.credit_limit, "credit_limit")),
        ("staff", lambda: staff_or_manager(terms.staff, customer, "staff", missing_staff)),
        ("levels", lambda: check_levels(terms.levels, terms.duty_post, terms.number, customer.pk)),
        ("payments", lambda: check_payments(terms.payments)),
        ("days", lambda: _check_days(terms)),
        *((name, lambda text=text, name=name: tidy(text, name)) for name, text in texts.items()),
    )
    values |= {name: getattr(terms, name) for name in ("effective_on", "ends_on", "renew_on", "duty_post")}
    return values


def _free_number(text: str, row: Contract | None) -> str:
    number = rules.tidy_number(text)
    others = Contract.objects.filter(number_key=rules.number_key(number))
    if (others.exclude(pk=row.pk) if row else others).exists():
        raise _taken(number)
    return number


def _taken(number: str) -> Invalid:
    said = _("合同编号 %(number)s 已登记在另一份合同上，编号不能重复：请核对，或到合同列表按编号查找。") % {
        "number": number
    }
    return Invalid(said, fields={"number": said}, code="number_taken")


def _check_days(terms: Terms) -> None:
    faults: dict[str, object] = {}
    if terms.ends_on is not None and terms.effective_on is not None and terms.ends_on < terms.effective_on:
        faults["ends_on"] = _("到期日不能早于生效日。")
    if terms.renew_on is not None and terms.ends_on is not None and terms.renew_on > terms.ends_on:
        faults["renew_on"] = _("续约沟通日要在到期日之前。")
    if faults:
        raise Invalid(_("日期前后不符。"), fields=faults)


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: values[name] for name in PLAIN}
    unpaid = first_unpaid([(day, amount, None) for day, amount in values["payments"]])
    return {**found, "number_key": rules.number_key(values["number"]), "unpaid_from": unpaid}


def _filled(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in TERMS if values[name])


def _kept_levels(row: Contract) -> list[Level]:
    return levels_of(row)


def _kept_payments(row: Contract) -> list[tuple[date, Decimal]]:
    return list(row.payments.order_by("n").values_list("due_on", "amount"))


def _insert(row: Contract) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        # somebody else was quicker with the same number
        if Contract.objects.filter(number_key=row.number_key).exists():
            raise _taken(row.number) from None
        raise


def _update(row: Contract, *columns: str) -> None:
    try:
        with transaction.atomic():
            save(row, *columns)
    except IntegrityError:
        if Contract.objects.filter(number_key=row.number_key).exclude(pk=row.pk).exists():
            raise _taken(row.number) from None
        raise


def _refuse_signed(row: Contract) -> None:
    if row.is_signed or row.status == Status.TERMINATED:
        raise Refused(_("合同签署后不能改内容：要变更，请终止后另签，或续签一份。"), code="signed")


def _to_review(contract: Contract, by: Actor, revision: int | None) -> Contract:
    row = held_contract(contract, revision)
    if row.status not in (Status.DRAFTED, Status.REVIEWED) or row.is_signed:
        raise Refused(_("这份合同不在评审阶段。"))
    if signature(by) in (row.changed_by, row.created_by):
        raise Refused(_("自己起草或修改的合同，要请别人评审。"), code="own_contract")
    return row
