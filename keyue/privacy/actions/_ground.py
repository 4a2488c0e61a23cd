"""What the actions of this room share: locking, facts about customers and about the company, texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext as _

from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft
from keyue.people.models import User
from keyue.privacy.events import COMPANY
from keyue.promises import actions as promises

WEB = "web"
SAID_LONGEST = 2000
Choice = TypeVar("Choice", bound=TextChoices)


def actor(user: User) -> Actor:
    """A member of staff as the actor of a fact."""
    return Actor("staff", str(user.pk))


def signature(by: Actor) -> str:
    """An actor as columns keep it."""
    return f"{by.kind}:{by.id}"


def note(
    customer: Customer,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str,
    sealed: Mapping[str, str] | None = None,
    happened: datetime | None = None,
) -> UUID:
    """Record one fact about a customer, and let their promises follow; `sealed` texts under the customer's key.

    `happened` is when it was so, where that is not `at`. The fact's identity.
    """
    texts = {name: text for name, text in (sealed or {}).items() if text}
    draft = Draft(event.kind, event.data(), at=happened, sealed=texts)
    owner = customer.subject if texts else None
    [fact] = promises.record(customer.subject, [draft], by=by, at=at, source=via, seal_for=owner)
    return fact.uid


def note_company(event: Event, *, by: Actor, at: datetime, via: str) -> None:
    """Record what the company decided about personal data as a whole."""
    ledger.record(COMPANY, [Draft(event.kind, event.data())], by=by, at=at, source=via)


def locked(customer_id: int) -> Customer:
    """The customer who stands for this one now, its row ours alone until the transaction ends. Raises Refused (erased)."""
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    while customer.merged_into_id:
        customer = Customer.objects.select_for_update().get(pk=customer.merged_into_id)
    if customer.is_erased:
        raise Refused(_("%(number)s 的个人信息已按要求删除。") % {"number": customer.number}, code="erased")
    return customer


def member(choices: type[Choice], value: str, field: str) -> Choice:
    """The member of a closed list. Raises Invalid that names what there is to choose from."""
    try:
        return choices(value)
    except ValueError:
        known = _("、").join(str(label) for label in choices.labels)
        sentence = _("不在可选范围内：%(known)s") % {"known": known}
        raise Invalid(sentence, fields={field: sentence}) from None


def text_of(value: str, field: str, *, missing: str = "", most: int = SAID_LONGEST) -> str:
    """What somebody wrote, tidied. Raises Invalid where it is too long, or empty and `missing` says what to write."""
    text = value.replace("\r\n", "\n").strip()
    if not text and missing:
        raise Invalid(missing, fields={field: missing})
    if len(text) > most:
        sentence = _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": most, "n": len(text)}
        raise Invalid(sentence, fields={field: sentence})
    return text
