"""What the actions of this room share."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.knowledge import rules
from keyue.knowledge.models import KnowledgeWords
from keyue.ledger.facts import Actor
from keyue.promises import selectors as promises


def tidy(text: str, field: str, *, most: int = rules.TEXT_LONGEST, missing: str = "") -> str:
    """Text without odd characters and of bounded length. Raises Invalid for the field."""
    said = text.replace("\0", "").replace("\r\n", "\n").strip()
    fault = _("最多 %(most)d 字。") % {"most": most} if len(said) > most else "" if said else missing
    if fault:
        raise Invalid(fault, fields={field: fault})
    return said


def stamp(by: Actor, at: datetime) -> KnowledgeWords:
    """Another stamp: every process finds that what it keeps in memory is no longer what stands in the database."""
    made = {"stamp": uuid4().hex}
    first = {**made, "changed_at": at, "changed_by": signature(by)}
    return KnowledgeWords.objects.update_or_create(pk=1, defaults=made, create_defaults=first)[0]


def signature(by: Actor) -> str:
    """Who did something, as columns keep it."""
    return f"{by.kind}:{by.id}"


def day(at: datetime) -> date:
    """The day of an instant in the company."""
    return at.astimezone(promises.zone()).date()
