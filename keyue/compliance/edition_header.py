"""What the list and the head of a regulation's page say of its editions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from keyue.compliance import edition_access as access
from keyue.compliance import edition_words as words
from keyue.people.models import User
from keyue.regulations import ladder, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.enums import STATE_TONES, EditionState
from keyue.regulations.models import Edition


def header_of(user: User, edition: Edition, at: datetime) -> dict[str, Any]:
    """The way of the edition in force, and how many have confirmed that they have read it."""
    return {
        "stops": words.flow(edition, EditionState.IN_FORCE, ladder.step_views(edition, at)),
        "receipts": readers.receipts(edition, at) if edition.audience else None,
        "may_remind": access.makes(user),
    }


def drafts(user: User) -> list[dict[str, Any]]:
    """What is drafted and not published yet, for those whose business it is."""
    if not access.makes(user):
        return []
    rows = []
    for edition in regulations.drafts():
        state = EditionState(ladder.stage(edition))
        rows.append({"edition": edition, "state": state, "tone": STATE_TONES[state]})
    return rows
