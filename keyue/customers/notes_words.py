"""Sentences about notes of contacts, and what their sealed texts are bound to."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MISSING: Mapping[str, Promise] = {
    "attendees": _("重要沟通要写明参加的人"),
    "topics": _("重要沟通要写明主要议题"),
    "feedback": _("重要沟通要写明客户反馈，没有就写「无」"),
    "next_steps": _("重要沟通要写明下一步打算，没有就写「无」"),
}
"""What to do about each thing that an important contact lacks: S1-8.3."""


def note_context(field: str) -> str:
    """What a sealed text of a note or a next step is bound to beside its owner. Never changes."""
    return f"customers.ContactNote.{field}"
