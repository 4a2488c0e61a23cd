"""Legal holds, and data that is kept and no longer used: 个人信息保护法 article 47."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.events import CustomerHeld, CustomerPurposeEnded, CustomerReleased, CustomerRestricted
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.privacy import selectors
from keyue.privacy.actions._ground import WEB, actor, locked, member, note, signature, text_of
from keyue.privacy.enums import RestrictReason
from keyue.privacy.models import LegalHold, Purpose, Restriction
from keyue.privacy.sealed import seal


@transaction.atomic
def place_hold(
    *,
    customer: Customer,
    why: str,
    user: User,
    at: datetime,
    review_on: date | None = None,
    via: str = WEB,
) -> LegalHold:
    """Keep a customer's data from being erased; `why` is sealed. `review_on`: when to look whether it is still needed.

    Raises Invalid, Refused (erased).
    """
    said = text_of(why, "why", missing=_("请写明保全的原因，如案号、来函文号。"))
    if review_on is not None and review_on <= at.date():
        sentence = _("复核日期应在今天之后。")
        raise Invalid(sentence, fields={"review_on": sentence})
    customer = locked(customer.pk)
    hold = LegalHold.objects.create(
        customer=customer,
        why=seal(customer.pk, "LegalHold", "why", said),
        placed_at=at,
        placed_by=user,
        review_on=review_on,
    )
    note(customer, CustomerHeld(hold=str(hold.pk)), by=actor(user), at=at, via=via, sealed={"why": said})
    return hold


@transaction.atomic
def release_hold(*, hold: LegalHold, why: str, user: User, at: datetime, via: str = WEB) -> LegalHold:
    """Lift a hold, a step of its own with a reason of its own. Raises Invalid, Refused (lifted before)."""
    said = text_of(why, "why", missing=_("请写明解除的依据。"))
    customer = locked(hold.customer_id)
    hold = LegalHold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if hold.released_at is not None:
        raise Refused(_("这项保全已经解除。"), code="released")
    hold.released_at, hold.released_by = at, user
    hold.release_why = seal(hold.customer_id, "LegalHold", "release_why", said)
    hold.save(update_fields=["released_at", "released_by", "release_why"])
    event = CustomerReleased(hold=str(hold.pk))
    note(customer, event, by=actor(user), at=at, via=via, sealed={"why": said})
    others = LegalHold.objects.filter(customer=customer, released_at=None).exclude(pk=hold.pk).order_by("pk")
    first = others.first()
    if first is not None:
        # the state of a customer knows one hold: while another stands, it is held
        note(customer, CustomerHeld(hold=str(first.pk)), by=actor(user), at=at, via=via)
    return hold


@transaction.atomic
def restrict(*, customer: Customer, reason: str, by: Actor, at: datetime, via: str = WEB) -> Restriction:
    """Keep a customer's data and use it no longer; `selectors.may_use` says no from now on. Twice is once. Raises Invalid,
    Refused."""
    why = member(RestrictReason, reason, "reason")
    customer = locked(customer.pk)
    standing = selectors.restriction_of(customer)
    if standing is not None:
        return standing
    made = Restriction.objects.create(
        customer=customer, reason=why, restricted_at=at, restricted_by=signature(by)
    )
    note(customer, CustomerRestricted(reason=why.value), by=by, at=at, via=via)
    return made


@transaction.atomic
def end_purpose(*, customer: Customer, purpose: Purpose, by: Actor, at: datetime, via: str = WEB) -> None:
    """What the data was kept for is done: from now on it is to be erased, or no longer used. Raises Refused."""
    customer = locked(customer.pk)
    note(customer, CustomerPurposeEnded(purpose=purpose.code), by=by, at=at, via=via)
