"""Everything that happened with a customer in one place: facts of the archive, and what other rooms add.

Rooms above register a source from their AppConfig.ready; this room never imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.customers.events import CustomerFollowUpAgreed
from keyue.customers.fact_words import FACT_WORDS, Topic, told
from keyue.customers.models import Customer
from keyue.kernel.once import recalled
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Subject
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people import selectors as people
from keyue.people.models import User

PAGE = 20
MOST = 100
LONGEST = 80
"""Characters of a next step that the timeline shows."""


class Of(StrEnum):
    """What a row of the timeline is about; the switch above it filters by it."""

    ALL = ""
    CASES = "cases"
    CONTACTS = "contacts"
    BUSINESS = "business"
    FILE = "file"


OF_NAMES = {
    Of.ALL: _t("全部"),
    Of.CASES: _t("反馈"),
    Of.CONTACTS: _t("联络"),
    Of.BUSINESS: _t("商务"),
    Of.FILE: _t("档案"),
}
TOPICS = {
    Topic.CONTACT: Of.CONTACTS,
    Topic.BUSINESS: Of.BUSINESS,
    Topic.FILE: Of.FILE,
    Topic.PRIVACY: Of.FILE,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A thing that happened: `tone` draws a glyph, else `icon` an icon; `note` stands behind the text, lighter, and `due`
    until when something agreed is to be done."""

    at: datetime
    of: Of
    text: str
    who: str = ""
    icon: str = "note"
    tone: str = ""
    url: str = ""
    link: str = ""
    note: str = ""
    due: datetime | None = None


# (viewer, ids of the customer and of those merged into it, instant, how many): the newest before that instant
Source = Callable[[User, Collection[int], datetime, int], Sequence[Row]]
_sources: dict[str, tuple[Of, Source]] = {}


def register(room: str, of: Of, source: Source) -> None:
    """Let a room add what happened in it with a customer; once for each room."""
    _sources[room] = (of, source)


@dataclass(frozen=True, slots=True)
class Dealings:
    """A page of the timeline, the newest first; `before` is where the next one begins, None on the last."""

    rows: list[Row]
    before: datetime | None


def dealings_of(
    viewer: User,
    customer: Customer,
    family: Collection[int],
    *,
    before: datetime,
    of: Of = Of.ALL,
    size: int = PAGE,
) -> Dealings:
    """What happened before an instant, the newest first; each source is asked for one page and no more."""
    rows = _facts(family, before, of, size + 1)
    for kind, source in _sources.values():
        if of in (Of.ALL, kind):
            rows += source(viewer, family, before, size + 1)
    rows.sort(key=lambda row: row.at, reverse=True)
    return Dealings(rows[:size], rows[size - 1].at if len(rows) > size else None)


def _facts(family: Collection[int], before: datetime, of: Of, limit: int) -> list[Row]:
    kinds = [
        kind for kind, words in FACT_WORDS.items() if words.is_shown and of in (Of.ALL, TOPICS[words.topic])
    ]
    subjects = [Subject("customer", str(pk)) for pk in family]
    facts = ledger.newest_facts(subjects, kinds, before=before, limit=limit)
    actors = {
        int(fact.actor_id) for fact in facts if fact.actor_kind == "staff" and fact.actor_id.isdecimal()
    }
    mentioned = {int(pk) for fact in facts for pk in _people(fact.data) if pk.isdecimal()}
    names = recalled("people names", actors | mentioned, people.names_of)
    agreed = _agreed(facts)
    rows = []
    for fact in facts:
        words = FACT_WORDS[fact.kind]
        who = names.get(int(fact.actor_id), "") if fact.actor_kind == "staff" else ""
        what, due = agreed.get(fact.pk, ("", None))
        rows.append(
            Row(
                fact.at,
                TOPICS[words.topic],
                told(fact.kind, fact.data, names, what),
                who or _actor(fact.actor_kind),
                words.icon,
                due=due,
            )
        )
    return rows


def _agreed(facts: Sequence[Fact]) -> dict[int, tuple[str, datetime | None]]:
    """Of the next steps among these facts what was agreed and until when, by the id of the fact; one query for all keys.

    The text stands to be read by whoever may see the customer, as in the note it came with.
    """
    steps = [fact for fact in facts if fact.kind == CustomerFollowUpAgreed.kind]
    texts = sealed_values(steps)
    return {
        fact.pk: (_in_a_line(sealed.get("what") or ""), _due(fact))
        for fact, sealed in zip(steps, texts, strict=True)
    }


def _in_a_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _due(fact: Fact) -> datetime | None:
    said = fact.data.get("due")
    return parse_datetime(said) if isinstance(said, str) else None


def _people(data: object) -> list[str]:
    if not isinstance(data, dict):
        return []
    return [str(data[name]) for name in ("user", "previous") if data.get(name)]


def _actor(kind: str) -> str:
    return {"system": _("系统"), "customer": _("客户本人"), "token": _("接口")}.get(kind, "")
