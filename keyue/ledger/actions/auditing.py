"""What the ledger records of those who check it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.ledger.actions.access import record_access
from keyue.ledger.actions.recording import record
from keyue.ledger.events import LEDGER, Event
from keyue.ledger.facts import Actor, Draft


@transaction.atomic
def note_verification(*, problems: int, sample: int | None, by: Actor, at: datetime) -> None:
    """Record that the ledger and the promises were verified, and how many problems came up."""
    draft = Draft(Event.VERIFIED, {"problems": problems, "sample": sample})
    record(LEDGER, [draft], by=by, at=at, source="verify")


@transaction.atomic
def note_audit_export(*, what: str, rows: int, purpose: str, by: Actor, at: datetime) -> None:
    """Record that audit records leave the house: a fact, and a line of the trail itself."""
    draft = Draft(Event.AUDIT_EXPORTED, {"what": what, "rows": rows, "purpose": purpose})
    record(LEDGER, [draft], by=by, at=at, source="web")
    record_access(by=by, subject=LEDGER, what=f"{what}:{rows}", purpose=purpose, via="export", at=at)
