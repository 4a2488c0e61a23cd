"""What happens to regulations, in the past tense."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Kinds of facts about the subject `regulation`, whose ref is the regulation's id."""

    # {edition, title, digest, answers, based_on, writers: [ids]}, sealed: reason
    EDITION_DRAFTED = "regulation.edition_drafted"
    EDITION_REVISED = (
        "regulation.edition_revised"  # {edition, digest, answers, faults, based_on}, sealed: reason
    )
    EDITION_SUBMITTED = "regulation.edition_submitted"  # {edition, digest, turn, steps: [{n, name, post}]}
    # {edition, turn, n, name, post, approved, digest}, sealed: remark
    REVIEW_DECIDED = "regulation.review_decided"
    EDITION_RETURNED = (
        "regulation.edition_returned"  # {edition, digest, step}: a draft again; step: who refused
    )
    EDITION_WITHDRAWN = "regulation.edition_withdrawn"  # {edition, digest}
    EDITION_APPROVED = "regulation.edition_approved"  # {edition, digest, turn} or, without steps, {…, why}
    # {edition, digest, effective_from, audience}; of an announced one also {interpreter, review_on, test}
    EDITION_PUBLISHED = "regulation.edition_published"
    READERS_ASKED = "regulation.readers_asked"  # {edition, people: [ids]}
    READING_CONFIRMED = "regulation.reading_confirmed"  # {edition, person, score, of}
    TEST_FAILED = "regulation.test_failed"  # {edition, person, score, of}
    READERS_REMINDED = "regulation.readers_reminded"  # {edition, people: [ids]}
    RECEIPTS_EXPORTED = "regulation.receipts_exported"  # {edition, rows}
    REBASING_ASKED = "regulation.rebasing_asked"  # {edition, rebasing}, sealed: reason
    # {edition, rebasing, approved, promises}, sealed: remark
    REBASING_DECIDED = "regulation.rebasing_decided"
    # about the subject `approval_steps`: {steps: [{name, post}]}
    STEPS_SET = "approval_steps.set"
