"""What this room forgets when a customer is erased: papers, sealed words, checks under way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.ledger.facts import Actor
from keyue.privacy.models import (
    Consent,
    Disclosure,
    LegalHold,
    Proof,
    Provision,
    RetentionCandidate,
    RightRequest,
)

SEALED = (Consent, Proof, RightRequest, LegalHold, RetentionCandidate, Disclosure, Provision)


@transaction.atomic
def forget_customer(*, customer_id: int, by: Actor, at: datetime) -> None:
    """Empty what is sealed, which nobody could open any more. That requests and consents were there stays on record."""
    for model in SEALED:
        rows = model._default_manager.filter(customer=customer_id)
        rows.update(**dict.fromkeys(model.personal, ""))
