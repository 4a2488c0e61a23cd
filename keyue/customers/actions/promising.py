"""Promises made to a customer in words (S1 3.2): what was said becomes a next step, owed and escalated like any other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, locked
from keyue.customers.actions.intake import current
from keyue.customers.actions.notes import MOST_FOLLOW_UPS, NextStep, owe
from keyue.customers.models import Customer, FollowUp
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor, Subject


@transaction.atomic
def promise_in_words(
    *,
    customer: Customer,
    steps: Sequence[NextStep],
    said_in: Subject,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> list[FollowUp]:
    """Keep what somebody promised this customer, in a conversation or a case: once, whoever sends it again.

    Raises Invalid for an instant that is over, Refused for a customer who is erased.
    """
    if len(steps) > MOST_FOLLOW_UPS:
        raise Invalid(_("一次最多约定 %(most)s 项后续行动。") % {"most": MOST_FOLLOW_UPS})
    if any(step.due <= at for step in steps):
        sentence = _("约定的期限应在现在之后。")
        raise Invalid(sentence, fields={"due": sentence})
    row = locked(current(customer))
    place = f"{said_in.kind}:{said_in.ref}"
    return [owe(row, step, said_in=place, by=by, at=at, via=via) for step in steps]
