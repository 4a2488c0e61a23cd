"""Search against a plain scan: every word of two characters and more, nothing missing and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from keyue.cases import lists
from keyue.cases import search as search_index
from keyue.cases.actions.core import write_message
from keyue.cases.actions.intake import Intake, register
from keyue.cases.enums import MessageKind
from keyue.cases.models import Case, Message
from keyue.kernel import clock
from keyue.kernel.grams import folded
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User

CASES = 90
# few characters, so that words overlap, repeat and touch the ends; width, case and blanks fold
# 丑 and 酉 are 4e11 and 9149: pairs that look like numbers
ALPHABET = "水泵漏水丑酉异响A a１1，\n𠮷"
LONG = 700


def texts_of() -> dict[int, list[str]]:
    """Every text of every case, as texts are compared."""
    found = {case.pk: [folded(f"{case.number} {case.title}")] for case in Case.objects.all()}
    for case, body in Message.objects.values_list("case_id", "body"):
        found[case].append(folded(body))
    return found


def search(user: User, word: str, *, size: int) -> list[int]:
    """All pages of a search, one after the other."""
    when, filters = lists.moment(clock.now()), lists.Filters(text=word, state="all")
    found: list[int] = []
    below = None
    while page := lists.found_ids(user, filters, when=when, most=size, below=below):
        found += page
        below = page[-1]
    return found


@pytest.fixture
def readers(world) -> Sequence[User]:
    """Somebody who sees all, somebody of one department, somebody who sees nothing; and many cases."""
    chance = random.Random(7)

    def text(most: int) -> str:
        return "".join(chance.choices(ALPHABET, k=chance.randint(2, most))).strip() or "水泵"

    for n in range(CASES):
        intake = Intake(
            type="feedback",
            title=text(12)[:40],
            content=text(LONG if n % 9 == 0 else 40),
            is_anonymous=True,
            departments=frozenset({"tech"} if n % 6 == 0 else ()),
        )
        case = register(intake, by=Actor("customer", "portal"), at=clock.now(), source="portal").case
        if n % 4 == 0:
            write_message(case, MessageKind.NOTE, text(30), by=SYSTEM, at=clock.now())
    return (world.supervisor, world.engineer, world.stranger)


@pytest.mark.parametrize(("looked_through", "read_first"), [(6, 2000), (240, 3)])
def test_what_a_scan_finds_is_found(readers, monkeypatch, looked_through, read_first):
    monkeypatch.setattr(lists, "LOOKED_THROUGH", looked_through)
    # few texts read, so that the index finds the others; and more than one piece from it
    monkeypatch.setattr(search_index, "READ_FIRST", read_first)
    monkeypatch.setattr(search_index, "MOST_AT_ONCE", 40)
    chance = random.Random(11)
    texts = list(Message.objects.values_list("body", flat=True))
    everything = texts_of()
    visible = {r: set(lists.visible_to(r).values_list("pk", flat=True)) for r in readers}
    words = []
    for _ in range(40):
        whole = folded(chance.choice(texts))
        start = chance.randrange(max(len(whole) - 1, 1))
        words.append(whole[start : start + chance.randint(2, 7)])
    words += ["".join(chance.choices(ALPHABET, k=3)).strip() for _ in range(10)]
    hits = 0
    for word in words:
        # a blank at an end means nothing to who searches
        word = folded(word)
        if len(word) < 2:
            continue
        for reader in readers:
            matching = [pk for pk in visible[reader] if any(word in text for text in everything[pk])]
            expected = sorted(matching, reverse=True)
            assert search(reader, word, size=chance.randint(2, 30)) == expected, (word, reader.name)
            hits += len(expected)
    assert hits > 300


def test_too_short_a_word_finds_nothing(readers):
    assert search(readers[0], "水", size=10) == []
    assert search(readers[0], " ", size=10) == []
