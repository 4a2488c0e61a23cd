"""Automatic answers: from an article in use, with its source, or none where nothing is sure enough. Whoever shows one says
that it is automatic, and how a person is reached."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.knowledge import searching
from keyue.knowledge.enums import Visibility
from keyue.knowledge.searching import Source


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: a passage of an article as the edition in use has it, and how sure it is, from 0 to 1."""

    text: str
    source: Source

    @property
    def confidence(self) -> float:
        """How sure it is, from 0 to 1."""
        return self.source.confidence


def answer(question: str, *, audience: Visibility) -> Answered | None:
    """The answer to a question, or None: below the threshold, and where the article has no text to show."""
    return answer_from(searching.search(question, audience=audience, most=1))


def answer_from(found: list[Source]) -> Answered | None:
    """The answer that a search gives, or None."""
    if not found or not found[0].is_sure or not found[0].passage:
        return None
    return Answered(found[0].passage, found[0])
