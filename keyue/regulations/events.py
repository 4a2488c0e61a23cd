"""What happens to regulations, in the past tense."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Kinds of facts about the subject `regulation`, whose ref is the regulation's id."""

    EDITION_DRAFTED = "regulation.edition_drafted"  # {edition, title, digest, answers}
    EDITION_APPROVED = "regulation.edition_approved"  # {edition, digest}
    EDITION_PUBLISHED = "regulation.edition_published"  # {edition, digest, effective_from}
