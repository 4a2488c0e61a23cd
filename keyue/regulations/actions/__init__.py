"""Adopting, drafting, reviewing, announcing and reading regulations. A published edition is never changed: another one
follows it."""

from keyue.regulations.actions.adopting import adopt_pack, adopt_ready, answer_questions
from keyue.regulations.actions.announcing import announce_edition, ask_newcomers, publish_edition
from keyue.regulations.actions.drafting import approve_edition, draft_edition, revise_draft, withdraw_draft
from keyue.regulations.actions.reading import confirm_reading, note_receipts_export, remind_readers
from keyue.regulations.actions.reviewing import (
    decide_review,
    recall_draft,
    set_approval_steps,
    submit_draft,
)
from keyue.regulations.actions.scoping import publish_scoped

__all__ = [
    "adopt_pack",
    "adopt_ready",
    "announce_edition",
    "answer_questions",
    "approve_edition",
    "ask_newcomers",
    "confirm_reading",
    "decide_review",
    "draft_edition",
    "note_receipts_export",
    "publish_edition",
    "publish_scoped",
    "recall_draft",
    "remind_readers",
    "revise_draft",
    "set_approval_steps",
    "submit_draft",
    "withdraw_draft",
]
