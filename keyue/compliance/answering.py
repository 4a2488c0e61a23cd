"""What another set of answers changes, before it is published: controls switched on, off or changed, and what runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keyue.compliance.forms import answer_words
from keyue.promises import selectors as promises
from keyue.regulations.answering import asked
from keyue.regulations.document import Document

CAP = 100
ON, OFF, OTHER = "on", "off", "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A control that a new answer switches on, off or changes; `running` are its open promises, counted up to 100."""

    control: str
    name: str
    clause: str
    kind: str
    before: str
    after: str
    running: int

    @property
    def shown(self) -> str:
        return f"{CAP - 1}+" if self.running >= CAP else str(self.running)


def changes(
    document: Document, regulation: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Change]:
    """What differs between two sets of answers, in the order of the text."""
    new = {
        one.question.key: one for one in asked(document, {k: v for k, v in after.items() if v is not None})
    }
    found = []
    for old in asked(document, before):
        now = new[old.question.key]
        if old.answer == now.answer:
            continue
        kind = ON if not old.is_answered else OTHER if now.is_answered else OFF
        question = old.question
        found.append(
            Change(
                question.control,
                question.name,
                question.clause,
                kind,
                answer_words(old),
                answer_words(now),
                promises.open_under(regulation, question.control, most=CAP),
            )
        )
    return found


def digest(answers: Mapping[str, Any], starts: str, revision: int) -> str:
    """Of what is about to be published, on top of what: the preview was of exactly this."""
    said = json.dumps([answers, starts, revision], sort_keys=True, ensure_ascii=False)
    return sha256(said.encode()).hexdigest()
