"""Search against a plain scan: every word of two characters and more, nothing missing and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from django.db import connection

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


def later_numbers() -> None:
    """Cases from here on belong to another block of PostgreSQL's index, now the next one and now one far away."""
    newest = Case.objects.order_by("-pk").values_list("pk", flat=True)[0]
    skipped = newest + (1 << search_index.BLOCK) // search_index.PARTS_A_CASE * (1 + newest % 3 * 4)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), %s)", [skipped])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'cases_case'", [skipped])


@pytest.fixture
def readers(world) -> Sequence[User]:
    """Somebody who sees all, somebody of one department, somebody who sees nothing; and many cases."""
    chance = random.Random(7)

    def text(most: int) -> str:
        return "".join(chance.choices(ALPHABET, k=chance.randint(2, most))).strip() or "水泵"

    for n in range(CASES):
        if n % 7 == 6:
            later_numbers()
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


def test_what_a_scan_finds_is_found(readers):
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


@pytest.mark.postgres
@pytest.mark.django_db
@pytest.mark.parametrize("operator", ["@>", "&&"])
def test_the_index_is_of_what_is_asked(operator):
    with connection.cursor() as cursor:
        # so few texts are read sooner than an index is
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN SELECT id FROM cases_casetext WHERE {search_index.TOKENS} {operator} %s",
            [["0:6c34x6cf5"]],
        )
        assert "cases_casetext_grams" in str(cursor.fetchall())
