"""Search across rooms: a few of each kind at once, as one types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keyue.cases import lists as cases
from keyue.customers import lists as customer_lists
from keyue.kernel.errors import KeyueError
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.regulations import selectors as regulations
from keyue.workbench.home import address

OF_EACH = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: an icon, a line, what it belongs to, and where it is."""

    icon: str
    text: str
    note: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """Everything found for a word; `is_short` where the word has fewer than two characters."""

    is_short: bool
    cases: Sequence[Hit] = ()
    customers: Sequence[Hit] = ()
    clauses: Sequence[Hit] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.cases or self.customers or self.clauses)


def find(user: User, word: str, now: datetime) -> Found:
    """What this person may see that contains `word`."""
    if len(word) < SHORTEST:
        return Found(is_short=True)
    return Found(False, _cases(user, word, now), _customers(user, word), _clauses(user, word, now))


def _cases(user: User, word: str, now: datetime) -> list[Hit]:
    if not allows(user, Permission.CASE_VIEW):
        return []
    page = cases.queue(user, cases.Filters(text=word, state="all"), when=cases.moment(now), size=OF_EACH)
    return [
        Hit(
            "case",
            case.title,
            f"{case.number} · {case.get_stage_display()}",
            address("cases:page", case.number),
        )
        for case in page.cases
    ]


def _customers(user: User, word: str) -> list[Hit]:
    if not allows(user, Permission.CUSTOMER_VIEW):
        return []
    try:
        found = customer_lists.customer_page(user, text=word, size=OF_EACH)
    except KeyueError:
        return []
    return [Hit("user", card.shown_name, card.number, card.url) for card in found.cards]


def _clauses(user: User, word: str, now: datetime) -> list[Hit]:
    if not allows(user, Permission.REGULATION_VIEW):
        return []
    hits = []
    for reading in regulations.documents_in_force(now):
        for clause in reading.document.clauses:
            if word in clause.number or word in clause.heading or word in clause.text:
                url = address("regulations:clause", reading.document.id, clause.number)
                hits.append(
                    Hit("policy", f"{clause.number} {clause.heading}", f"《{reading.document.title}》", url)
                )
    return hits[:OF_EACH]
