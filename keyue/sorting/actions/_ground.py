"""What the actions of this room share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.kernel.events import Event
from keyue.ledger.actions import recording
from keyue.ledger.facts import Actor, Draft, Subject


def tidy(text: str, field: str, *, most: int, missing: str = "") -> str:
    """Text without odd characters and of bounded length. Raises Invalid for the field."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    fault = _("最多 %(most)d 字。") % {"most": most} if len(said) > most else "" if said else missing
    if fault:
        raise Invalid(fault, fields={field: fault})
    return said


def signature(by: Actor) -> str:
    """Who did something, as columns keep it."""
    return f"{by.kind}:{by.id}"


def note(
    subject: Subject,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    source: str,
    sealed: Mapping[str, str] | None = None,
    begins: bool = False,
) -> None:
    """Record what happened, in the caller's transaction; texts are sealed under the subject's own key."""
    draft = Draft(event.kind, event.data(), sealed=dict(sealed or {}))
    seal_for = subject if sealed else None
    recording.record(subject, [draft], by=by, at=at, source=source, seal_for=seal_for, begins=begins)
