"""The access trail: who looked at, revealed or exported what."""

from __future__ import annotations

from datetime import datetime

from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import AccessEntry


def record_access(
    *, by: Actor, subject: Subject, what: str, purpose: str, via: str, at: datetime
) -> AccessEntry:
    """Note that `by` saw `what` of `subject`, what for, and by which way ("web", "api", "export").

    `what` names fields ("phone"), never their values. Raises ValueError where one of them is missing or too long:
    looking without a purpose is refused before, by the form.
    """
    for text, most in ((what, 200), (purpose, 500), (via, 80)):
        if not 0 < len(text) <= most:
            raise ValueError(f"{text!r} needs 1 to {most} characters")
    return AccessEntry.objects.create(
        at=at,
        actor_kind=by.kind,
        actor_id=by.id,
        subject_kind=subject.kind,
        subject_ref=subject.ref,
        what=what,
        purpose=purpose,
        via=via,
    )
