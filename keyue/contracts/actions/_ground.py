"""What the actions of this room share: recording facts, cleaning input, locking rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from keyue.contracts.models import Contract, Project
from keyue.contracts.rules import TEXT_LONGEST
from keyue.customers import rules as customer_rules
from keyue.customers.faults import Fault
from keyue.customers.models import Customer
from keyue.customers.wording import sentence
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor, Draft
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises import selectors as promise_reading

WEB = "web"
Choice = TypeVar("Choice", bound=TextChoices)
Evidence = Sequence[Mapping[str, str]]


def note(
    of: Contract | Project,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str = WEB,
    happened: datetime | None = None,
    sealed: Mapping[str, str] | None = None,
    evidence: Evidence = (),
    begins: bool = False,
    key: str | None = None,
) -> None:
    """Record one fact about a contract or a project and let its promises follow. `sealed` texts are sealed under the
    customer's key; `happened` is when it was so, where that is not `at`."""
    texts = {name: text for name, text in (sealed or {}).items() if text}
    draft = Draft(event.kind, event.data(), at=happened, sealed=texts, evidence=evidence, key=key)
    owner = of.customer.subject if texts else None
    promises.record(of.subject, [draft], by=by, at=at, source=via, seal_for=owner, begins=begins)


def signature(by: Actor) -> str:
    """An actor as columns keep it."""
    return f"{by.kind}:{by.id}"


def zone() -> ZoneInfo:
    """The zone that decides which day it is."""
    return promise_reading.zone()


def today(at: datetime) -> date:
    """The day of an instant in the company."""
    return at.astimezone(zone()).date()


def member(choices: type[Choice], value: str, field: str) -> Choice:
    """The member of a closed list. Raises Invalid that names what there is to choose from."""
    try:
        return choices(value)
    except ValueError:
        said = _("请从列表中选择：%(known)s") % {
            "known": _("、").join(str(label) for label in choices.labels)
        }
        raise Invalid(said, fields={field: said}) from None


def tidy(text: str, field: str, *, most: int = TEXT_LONGEST, missing: str = "") -> str:
    """What somebody wrote. Raises Invalid for too much and, where `missing` says what is wanted, for nothing."""
    said = text.replace("\0", "").strip()
    fault = _("最多 %(most)d 字。") % {"most": most} if len(said) > most else "" if said else missing
    if fault:
        raise Invalid(fault, fields={field: fault})
    return said


def money(value: Decimal | str | None, field: str) -> Decimal | None:
    """An amount with two places; None for nothing. Raises Invalid."""
    try:
        return customer_rules.parse_money(value)
    except Fault as fault:
        said = sentence(fault)
        raise Invalid(said, fields={field: said}) from fault


def gathered(*checks: tuple[str, Any]) -> dict[str, Any]:
    """The value of each check, by its name. Raises one Invalid that names all the fields at fault."""
    found: dict[str, Any] = {}
    faults: dict[str, object] = {}
    for name, check in checks:
        try:
            found[name] = check()
        except Invalid as error:
            faults.update(error.fields or {name: str(error)})
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found


def held_contract(contract: Contract, revision: int | None = None) -> Contract:
    """The row as it is now, ours alone until the transaction ends. Raises Refused where it has changed since `revision`."""
    row = Contract.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contract.pk)
    _check_revision(row.revision, revision)
    return row


def held_project(project: Project, revision: int | None = None) -> Project:
    """`held_contract` for a project."""
    row = Project.objects.select_for_update(of=("self",)).select_related("customer").get(pk=project.pk)
    _check_revision(row.revision, revision)
    return row


def _check_revision(now: int, read: int | None) -> None:
    if read is not None and read != now:
        raise Refused(_("刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")


def save(row: Contract | Project, *fields: str) -> None:
    """Write these columns, and that the row changed."""
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


def refuse_erased(customer: Customer) -> None:
    """Nothing new is agreed with somebody who was erased."""
    if customer.is_erased:
        raise Refused(
            _("%(number)s 的个人信息已按要求删除，不能再登记。") % {"number": customer.number}, code="erased"
        )


def staff_or_manager(staff: User | None, customer: Customer, field: str, missing: str) -> User:
    """Who is named, else the customer's account manager: somebody always is. Raises Invalid with `missing`."""
    found = staff or customer.account_manager
    if found is None or not found.is_active:
        raise Invalid(missing, fields={field: missing})
    return found


def none_twice(values: Iterable[Any]) -> bool:
    """Whether no value stands there twice."""
    some = list(values)
    return len(some) == len(set(some))
