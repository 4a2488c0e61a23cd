"""From what was read of a file, and what somebody decided about it, to a literate regulation. Pure Python."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from string import ascii_lowercase
from typing import Any

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.regulations.numerals import CHINESE, number_of
from keyue.regulations.reader.damage import AROUND
from keyue.regulations.reader.paragraphs import CELLS
from keyue.regulations.writing import Block, ClauseText, document_text, headed, paragraphs_of

DEEPEST = 6
"""Levels of headings that Markdown has."""
ITEM_DEPTH = 3
"""Numbered units as deep as this are clauses of their own, where the text has no articles."""
VALUE = re.compile(rf"[{CHINESE}0-9０-９]+")


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided about a proposal: a block that is to run, or (`raw` None) why not."""

    raw: Mapping[str, Any] | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the regulation is called and whose it is; `roles` are the posts that the text names, by code."""

    title: str
    id: str
    code: str = ""
    keeper: str = ""
    subject: str = "case"
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """A unit as it is to be written: a clause with its number, or a paragraph of the clause above it."""

    unit: Mapping[str, Any]
    depth: int
    values: tuple[str, ...]
    number: str = ""
    owner: _Place | None = None
    paragraphs: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    declined: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_clause(self) -> bool:
        return self.owner is None


def drafted(
    reading: Mapping[str, Any],
    about: About,
    decisions: Sequence[tuple[int, str, Decision]],
    corrections: Mapping[str, str] | None = None,
) -> str:
    """The text of a draft. Each decision is (unit, what the text says, what was decided).

    `corrections` replace words near an uncertain repair by what is right. Raises Invalid for what cannot be written.
    """
    places = _places(reading["structure"])
    if not places:
        raise Invalid(sentence("没有读出条款：原文要有编号，如「第一条」「1.1」「一、」"))
    for place in places:
        _write(place, corrections or {})
    for unit, said, decision in decisions:
        place = places[unit].owner or places[unit]
        if decision.raw is None:
            place.declined.append({"text": said, "why": decision.why})
        else:
            place.blocks.append(("control", decision.raw))
    regulation = {
        "id": about.id, "code": about.code, "subject": about.subject, "keeper": about.keeper, "roles": dict(about.roles),
    }  # fmt: skip
    clauses = [_clause(place) for place in places if place.is_clause]
    opening = [*reading.get("front", ()), *([reading["closing"]] if reading.get("closing") else ())]
    text = document_text(about.title, {key: value for key, value in regulation.items() if value}, clauses)
    if not opening:
        return text
    head, fence, rest = text.partition("\n```\n")
    said = "\n\n".join(paragraphs_of([_corrected(line, corrections or {}) for line in opening]))
    return f"{head}{fence}\n{said}\n{rest}"


def _clause(place: _Place) -> ClauseText:
    unit = place.unit
    about: dict[str, Any] = {}
    if place.number != unit["number"]:
        about["source"] = [unit["path"]]
    if place.declined:
        about["declined"] = place.declined
    return ClauseText(
        level=min(DEEPEST, 2 + place.depth),
        number=place.number,
        heading=unit["heading"],
        paragraphs=place.paragraphs,
        about=about,
        blocks=place.blocks,
    )


def _write(place: _Place, corrections: Mapping[str, str]) -> None:
    unit = place.unit
    lines = [line for line in str(unit["text"]).replace(CELLS, " | ").split("\n") if line.strip()]
    corrected = [_corrected(line, corrections) for line in lines]
    if place.owner is None:
        place.paragraphs = [*corrected, *place.paragraphs]
        return
    first = " ".join(part for part in (unit["number"], unit["heading"], *corrected[:1]) if part)
    place.owner.paragraphs += [first, *corrected[1:]]


def _corrected(line: str, corrections: Mapping[str, str]) -> str:
    for near, right in corrections.items():
        line = _replaced(line, near, right)
    return line


def _replaced(line: str, near: str, right: str) -> str:
    """The line with the words near a repair put right. Of the words around it the outline took the number away."""
    before = _alike(near, right)
    behind = min(_alike(near[::-1], right[::-1]), len(near) - before, len(right) - before)
    for left in range(before + 1):
        for end in range(behind + 1):
            found = near[left : len(near) - end]
            # a few words are needed to know the place by
            if (len(found) >= AROUND // 2 or (left, end) == (0, 0)) and found in line:
                return line.replace(found, right[left : len(right) - end], 1)
    return line


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


# ── which units are clauses, and what they are numbered ───────────────────────────────────────────────────────


def _places(structure: Sequence[Mapping[str, Any]]) -> list[_Place]:
    """Every unit in its order. Numbers that begin anew below each heading are written whole: 三/(二)/1 as 3.2.1."""
    places: list[_Place] = []
    above: list[_Place] = []
    for unit in structure:
        depth = str(unit["path"]).count("/")
        above = above[:depth]
        place = _Place(unit, depth, (*(above[-1].values if above else ()), _value(unit["number"])))
        owner = next((one for one in reversed(above) if one.is_clause), None)
        in_article = any(one.unit["type"] == "article" for one in above)
        if owner is not None and (in_article or depth >= ITEM_DEPTH):
            place.owner = owner
        places.append(place)
        above.append(place)
    _number([place for place in places if place.is_clause])
    return places


def _number(clauses: Sequence[_Place]) -> None:
    articles = [place for place in clauses if place.unit["type"] == "article"]
    plain = [place for place in clauses if place.unit["type"] != "article"]
    for group in (articles, plain) if articles else (clauses,):
        own = Counter(str(place.unit["number"]) for place in group)
        for place in group:
            number = str(place.unit["number"])
            is_own = own[number] == 1 and _is_number(number)
            if group is clauses:
                is_own = is_own and max(own.values()) == 1
            place.number = number if is_own else ".".join(place.values)
    wanted, used = {place.number for place in clauses}, set[str]()
    for place in clauses:
        if place.number in used:
            # a number that the text gives twice
            place.number = next(name for name in _others(place) if name not in wanted | used)
        used.add(place.number)


def _others(place: _Place) -> Iterator[str]:
    """Numbers that tell a clause from another one of the same number: 3.2b, 3.2c …, then 3.2.27 …"""
    plain = place.number if place.number[-1].isdigit() else ".".join(place.values)
    yield from (f"{plain}{letter}" for letter in ascii_lowercase[1:])
    yield from (f"{plain}.{n}" for n in count(len(ascii_lowercase) + 1))


def _is_number(number: str) -> bool:
    try:
        headed(number, "")
    except Invalid:
        return False
    return True


def _value(number: str) -> str:
    found = VALUE.search(number)
    value = number_of(found[0]) if found else None
    if re.fullmatch(r"[0-9]+(?:\.[0-9]+)+", number):
        # a chapter that is numbered 2.0
        return number.removesuffix(".0").rpartition(".")[2]
    if value is None and (letter := re.search(r"[A-Za-z]", number)):
        return str(ord(letter[0].lower()) - ord("a") + 1)
    return str(value if value is not None else 0)
