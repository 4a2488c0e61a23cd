"""That an edition has come in force is a fact about the company: what it then owes starts from it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.compliance.events import IN_FORCE, THE_COMPANY
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM, Draft
from keyue.promises import actions as promises
from keyue.regulations import selectors as regulations


@transaction.atomic
def note_editions_in_force(*, now: datetime) -> int:
    """Record each edition that is in force by `now` and not yet recorded, at its own instant; how many."""
    published = regulations.published_by(now)
    if not published:
        return 0
    known = {
        (fact.data["regulation"], fact.data["edition"])
        for fact in ledger.facts_of(THE_COMPANY)
        if fact.kind == IN_FORCE
    }
    drafts = [
        Draft(
            IN_FORCE,
            {"regulation": edition.regulation_id, "edition": edition.n},
            at=edition.effective_from,
            key=f"{IN_FORCE}:{edition.regulation_id}:{edition.n}",
        )
        for edition in published
        if (edition.regulation_id, edition.n) not in known
    ]
    if drafts:
        promises.record(THE_COMPANY, drafts, by=SYSTEM, at=now, source="worker")
    return len(drafts)
