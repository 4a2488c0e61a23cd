"""What the actions of this room share: recording facts, the company's rules, rows held against others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from keyue.customers import rules as names
from keyue.customers.models import Customer, subject_of
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.promises import actions as promises
from keyue.sales.models import Lead, SalesRules

WEB = "web"


def code_of(user: User) -> str:
    """A person as an owner of promises."""
    return f"{PERSON}{user.pk}"


def note_lead(
    lead: Lead,
    *events: Event,
    by: Actor,
    at: datetime,
    via: str,
    sealed: Mapping[str, str] | None = None,
    happened: datetime | None = None,
    begins: bool = False,
) -> None:
    """Record facts about a lead and let its promises follow; `sealed` and `happened` belong to the first."""
    drafts = [
        Draft(
            event.kind,
            event.data(),
            at=happened if n == 0 else None,
            sealed={k: v for k, v in (sealed or {}).items() if v} if n == 0 else {},
        )
        for n, event in enumerate(events)
    ]
    owner = lead.subject if any(draft.sealed for draft in drafts) else None
    promises.record(lead.subject, drafts, by=by, at=at, source=via, seal_for=owner, begins=begins)


def note(
    subject: Subject,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str,
    customer_id: int | None = None,
    sealed: Mapping[str, str] | None = None,
) -> None:
    """Record one fact; `sealed` texts under the customer's key."""
    texts = {name: text for name, text in (sealed or {}).items() if text}
    owner = subject_of(customer_id) if texts and customer_id is not None else None
    ledger.record(
        subject, [Draft(event.kind, event.data(), sealed=texts)], by=by, at=at, source=via, seal_for=owner
    )


def pool_subject(customer_id: int) -> Subject:
    """The chain that tells when a customer lay in the public pool."""
    return Subject("pool", str(customer_id))


def rules_locked() -> SalesRules:
    """The company's rules, ours alone until the transaction ends: registrations stand in one line, so that of two
    colleagues who register the same company at the same instant one is the first."""
    SalesRules.objects.get_or_create(pk=1)
    return SalesRules.objects.select_for_update().get(pk=1)


def person_locked(user: User) -> User:
    """A colleague's row, ours alone until the transaction ends: limits per person are counted behind it."""
    return User.objects.select_for_update(of=("self",)).get(pk=user.pk)


def customer_locked(customer: Customer) -> Customer:
    """A customer's row as it is now, ours alone. Raises Refused for one that is erased or merged."""
    row = (
        Customer.objects.select_for_update(of=("self",)).select_related("account_manager").get(pk=customer.pk)
    )
    if row.is_erased or row.merged_into_id:
        raise Refused(_("该客户的个人信息已删除，或已并入另一客户。"), code="gone")
    return row


def words(field: str, text: str, *, missing: str = "") -> str:
    """A longer text, tidied. Raises Invalid where it is too long, or empty and `missing` says so."""
    tidy: str = checked({field: (names.tidy_text, text)})[field]
    if not tidy and missing:
        raise Invalid(missing, fields={field: missing})
    return tidy


def money(field: str, value: Decimal | str | None) -> Decimal | None:
    """An amount of yuan, exact to the fen; None of nothing. Raises Invalid."""
    found: Decimal | None = checked({field: (names.parse_money, value)})[field]  # type: ignore[dict-item]
    return found


def days(n: int) -> timedelta:
    """A number of days."""
    return timedelta(days=n)


def works_here(user: User) -> None:
    """Who has left follows nobody."""
    if not user.is_active:
        raise Refused(_("%(name)s 已离职。") % {"name": user.name}, code="has_left")
