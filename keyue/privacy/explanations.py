"""How a decision about a customer came to be, and how a person looks at it again: 个人信息保护法 articles 24 and 48.

Rooms that decide something about customers register here; a grade is one such thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from keyue.customers.models import Customer
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor

# (customer, at) -> sentences that say what counted, for the customer to read
Explain = Callable[[Customer, datetime], Sequence[str]]
# (customer, what the customer says, by, at): opens a review; raises Refused where there is nothing to review
Review = Callable[[Customer, str, Actor, datetime], None]


@dataclass(frozen=True, slots=True)
class Reasons:
    """What one room says."""

    title: str
    sentences: Sequence[str]


_explain: dict[str, tuple[object, Explain]] = {}
_review: dict[str, Review] = {}


def register(room: str, title: object, explain: Explain) -> None:
    """Let `explain` say how the room decided about a customer."""
    _explain[room] = (title, explain)


def register_review(room: str, review: Review) -> None:
    """Let `review` open a review by a person, where a customer asks for one."""
    _review[room] = review


def reasons_of(customer: Customer, at: datetime) -> list[Reasons]:
    """What every room says of this customer, without those that have nothing to say."""
    found = [Reasons(str(title), explain(customer, at)) for title, explain in _explain.values()]
    return [one for one in found if one.sentences]


def open_reviews(customer: Customer, said: str, by: Actor, at: datetime) -> list[str]:
    """Let every room open its review; the sentences of those that had nothing to review."""
    refused = []
    for review in _review.values():
        try:
            with transaction.atomic():
                review(customer, said, by, at)
        except Refused as error:
            refused.append(str(error))
    return refused
