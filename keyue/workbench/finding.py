"""Search across rooms: a few of each kind at once, as one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.cases import lists as cases
from keyue.cases.excerpts import around, excerpts
from keyue.cases.models import Case
from keyue.customers import lists as customer_lists
from keyue.customers.cards import CustomerCard
from keyue.customers.selectors import customer_cards
from keyue.kernel.errors import KeyueError
from keyue.knowledge import selectors as knowledge
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.regulations import selectors as regulations
from keyue.ui.addresses import address

OF_EACH = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: an icon, a line, what it belongs to, where it is, and the words around what was looked for."""

    icon: str
    text: str
    note: str
    url: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything found for a word; `is_short` where the word has fewer than two characters."""

    is_short: bool
    cases: Sequence[Hit] = ()
    customers: Sequence[Hit] = ()
    clauses: Sequence[Hit] = ()
    articles: Sequence[Hit] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.cases or self.customers or self.clauses or self.articles)


def find(user: User, word: str, now: datetime) -> Found:
    """What this person may see that contains `word`."""
    if len(word) < SHORTEST:
        return Found(is_short=True)
    return Found(
        False,
        _cases(user, word, now),
        _customers(user, word),
        _clauses(user, word, now),
        _articles(user, word, now),
    )


def _cases(user: User, word: str, now: datetime) -> list[Hit]:
    if not allows(user, Permission.CASE_VIEW):
        return []
    page = cases.queue(user, cases.Filters(text=word, state="all"), when=cases.moment(now), size=OF_EACH)
    cards = customer_cards(case.customer_id for case in page.cases if case.customer_id)
    lines = excerpts(page.cases, word)
    return [
        Hit(
            "case",
            case.title,
            " · ".join((_named(cards, case), case.number, case.get_stage_display())),
            address("cases:page", case.number),
            lines.get(case.pk, ""),
        )
        for case in page.cases
    ]


def _named(cards: Mapping[int, CustomerCard], case: Case) -> str:
    card = cards.get(case.customer_id or 0)
    return card.shown_name if card is not None else _("匿名")


def _customers(user: User, word: str) -> list[Hit]:
    if not allows(user, Permission.CUSTOMER_VIEW):
        return []
    try:
        found = customer_lists.found_cards(user, word, OF_EACH)
    except KeyueError:
        return []
    return [Hit("user", card.shown_name, card.number, card.url) for card in found]


def _articles(user: User, word: str, now: datetime) -> list[Hit]:
    """By a part of a word, pinyin or initials, as in the knowledge base itself."""
    if not allows(user, Permission.ARTICLE_VIEW):
        return []
    today = now.astimezone(promises.zone()).date()
    page = knowledge.article_page(user, today=today, text=word, size=OF_EACH)
    bodies = knowledge.bodies_of([(row.article.pk, row.edition.n) for row in page.rows])
    return [
        Hit(
            "book",
            row.edition.title,
            " · ".join((row.article.number, row.edition.topic)),
            address("knowledge:article", row.article.pk),
            around(body, word) if word in body else "",
        )
        for row in page.rows
        for body in [bodies.get((row.article.pk, row.edition.n), "")]
    ]


def _clauses(user: User, word: str, now: datetime) -> list[Hit]:
    if not allows(user, Permission.REGULATION_VIEW):
        return []
    hits = []
    for reading in regulations.documents_in_force(now):
        for clause in reading.document.clauses:
            if word in clause.number or word in clause.heading or word in clause.text:
                url = address("regulations:clause", reading.document.id, clause.number)
                name = f"{clause.number} {clause.heading}"
                line = around(clause.text, word) if word in clause.text else ""
                hits.append(Hit("policy", name, f"《{reading.document.title}》", url, line))
    return hits[:OF_EACH]
