"""How the sealed columns of this room are bound, and opened: a standard's under its own key, a proposal's under the
customer's."""

from __future__ import annotations

from collections.abc import Sequence

from keyue.customers.models import subject_of as customer_subject
from keyue.grading.models import GradeProposal, GradingStandard, subject_of
from keyue.ledger import sealing

REFUSAL = "grading.GradingStandard.refusal"


def seal_refusal(standard_id: int, text: str) -> str:
    """Why a standard was given back, sealed."""
    return sealing.key_of(subject_of(standard_id)).seal(text, REFUSAL)


def open_refusal(standard: GradingStandard) -> str:
    """Why a standard was given back the last time; empty where it never was."""
    if not standard.refusal:
        return ""
    return sealing.unseal(standard.subject, standard.refusal, REFUSAL) or ""


def context(field: str) -> str:
    """What a sealed text of a proposal is bound to beside its owner. Never changes."""
    return f"grading.GradeProposal.{field}"


def seal(customer_id: int, field: str, text: str) -> str:
    """A text about a customer, sealed under their key; empty stays empty."""
    return sealing.key_of(customer_subject(customer_id)).seal(text, context(field)) if text else ""


def opened(proposals: Sequence[GradeProposal]) -> dict[int, dict[str, str]]:
    """The sealed texts of proposals, by id; one query for all keys. Empty where there is none or the key is gone."""
    fields = GradeProposal.personal
    values = iter(
        sealing.unseal_many(
            [
                (customer_subject(one.customer_id), getattr(one, field), context(field))
                for one in proposals
                for field in fields
            ]
        )
    )
    return {one.pk: {field: next(values) or "" for field in fields} for one in proposals}
