"""What the page of an uploaded regulation shows: its clauses, and of each what is proposed and decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from keyue.compliance import proposing
from keyue.compliance.control_names import FACTS, owner_name
from keyue.compliance.control_words import written_words
from keyue.compliance.models import ReadFile
from keyue.people import selectors as people
from keyue.regulations.durations import typed
from keyue.regulations.kinds import KIND_NAMES, PART_NAMES, ControlKind, Part
from keyue.regulations.reader.paragraphs import CELLS
from keyue.ui import wording

A_PAGE = 60
"""Clauses on a page."""
OPEN, DONE, ALL = "open", "done", "all"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal as it is shown. `limit` is what one would type; "" where it is by priority or asked for."""

    key: str
    said: str
    why: str
    kind: str
    name: str
    on: str
    met_by: str
    statement: str
    awaits: str
    question: str
    limit: str
    limit_by: str
    who: str
    owner: str
    choice: str
    declined_why: str
    is_question: bool

    @property
    def is_decided(self) -> bool:
        return self.choice in ("take", "decline")


DOTTED_OR_ARTICLE = re.compile(r"\w+\.\w|第.+条")
"""Numbers that say by themselves which unit is meant."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A clause of the file with what is proposed for it."""

    number: str
    heading: str
    depth: int
    lines: Sequence[str]
    proposals: Sequence[ProposalRow]


@dataclass(frozen=True, slots=True)
class Owner:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How many proposals there are, and how many are decided."""

    total: int
    taken: int
    declined: int

    @property
    def left(self) -> int:
        return self.total - self.taken - self.declined

    @property
    def percent(self) -> float:
        return 100 * (self.taken + self.declined) / self.total if self.total else 100.0


def owners_for(file: ReadFile) -> list[Owner]:
    """Whom a control can be given to: the lead department of a case, posts, departments, and whom the text names."""
    own = {post.code: post.name for post in people.all_posts()}
    own |= {department.code: department.name for department in people.working_departments()}
    named = proposing.named_by(file.reading)
    return [
        Owner(proposing.OF_CASE, owner_name(proposing.OF_CASE, {})),
        *(Owner(code, name) for code, name in own.items()),
        *(
            Owner(proposing.new_code(name), _("新岗位：%(name)s") % {"name": name[:20]})
            for name in named
            if name not in own.values()
        ),
    ]


def progress_of(file: ReadFile) -> Progress:
    choices = [kept.get("choice") for kept in file.decisions.values()]
    total = len(file.reading.get("suggested_controls", ()))
    return Progress(total, choices.count("take"), choices.count("decline"))


def rows_of(file: ReadFile, owners: Sequence[Owner]) -> dict[str, ProposalRow]:
    """Every proposal of a reading, by key."""
    names = {owner.code: owner.name for owner in owners}
    said = proposing.named_by(file.reading)
    return {
        one["key"]: _row(one, file.decisions.get(one["key"], {}), names, said)
        for one in file.reading["suggested_controls"]
    }


def _row(
    one: Mapping[str, Any], kept: Mapping[str, Any], names: Mapping[str, str], said: Sequence[str]
) -> ProposalRow:
    raw = {**one["control"], **dict(kept.get("control") or {})}
    limit = kept.get("answer") or raw.get("within") or raw.get("every") or raw.get("proposed") or ""
    kind = ControlKind(raw.get("kind", "deadline"))
    is_table = isinstance(limit, Mapping)
    return ProposalRow(
        key=one["key"],
        said=one["raw"],
        why=one["why"],
        kind=str(KIND_NAMES[kind]),
        name=str(raw.get("name", "")),
        on=_facts(raw.get("on")),
        met_by=_facts(raw.get("met_by")),
        statement=str(raw.get("statement", "")),
        awaits=str(PART_NAMES[Part(raw["awaits"])]) if raw.get("awaits") else "",
        question=str(raw.get("question", "")),
        limit="" if is_table or not limit else typed(limit, wording.tongue()),
        limit_by=written_words(limit) if is_table else "",
        who=one["who"],
        owner=str(kept.get("who") or proposing.guess(one["who"], said, names)),
        choice=str(kept.get("choice", "")),
        declined_why=str(kept.get("why", "")),
        is_question=bool(one["is_question"]),
    )


def _facts(kinds: object) -> str:
    named = kinds if isinstance(kinds, list) else [kinds] if kinds else []
    words = [str(FACTS[kind]) for one in named if (kind := str(one).partition(" ")[0]) in FACTS]
    return _("、").join(words)


def units_of(file: ReadFile, rows: Mapping[str, ProposalRow], show: str) -> list[UnitRow]:
    """The clauses to show: all of them, or those with something open or decided."""
    by_unit: dict[int, list[ProposalRow]] = {}
    for one in file.reading["suggested_controls"]:
        row = rows[one["key"]]
        if show == ALL or row.is_decided == (show == DONE):
            by_unit.setdefault(one["at"], []).append(row)
    return [
        UnitRow(
            # among its like below the same heading the number alone says enough
            unit["number"] if show == ALL else called(str(unit["path"])),
            unit["heading"],
            str(unit["path"]).count("/"),
            [line.replace(CELLS, " | ") for line in str(unit["text"]).split("\n") if line.strip()],
            by_unit.get(n, ()),
        )
        for n, unit in enumerate(file.reading["structure"])
        if show == ALL or n in by_unit
    ]


def called(path: str) -> str:
    """A unit by the numbers that say which one is meant: `二 （一） 3`; of `4/4.2/4.2.1` and `第一章/第三条` the last."""
    chain = path.split("/")
    whole = [n for n, number in enumerate(chain) if DOTTED_OR_ARTICLE.match(number)]
    return " ".join(chain[whole[-1] if whole else 0 :])


def proposed_id(title: str) -> str:
    """An id for a regulation: the initials of its title, as a regulation's id may be."""
    from pypinyin import Style, lazy_pinyin  # costs 0.1 s, and few processes need it

    letters = "".join(lazy_pinyin(title, style=Style.FIRST_LETTER)).lower()
    plain = "".join(char for char in letters if char.isascii() and char.isalnum())
    return plain[:40] or "regulation"
