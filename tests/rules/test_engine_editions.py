"""Editions that follow each other: what one no longer asks is asked no more, and no two promises share a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from keyue.ledger.facts import FactRecord
from keyue.promises.engine import CalendarEdition, Derivation, SubjectModel, derive
from keyue.regulations.document import Document, read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject, subjects_of
from keyue.worktime.calendar import Calendar


@dataclass(frozen=True)
class State:
    round: int = 1
    waiting: bool = False
    ended: bool = False


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


ROOM = SubjectModel("room", lambda state, fact: state or State())
CALENDARS = [CalendarEdition(datetime.min.replace(tzinfo=UTC), Calendar())]
BORN = FactRecord("1", "room.built", at("2026-01-01"), at("2026-01-01"), {})
MONTHLY = 'kind="cadence"\nid="look"\nwindow="fixed"\nevery="P1M"\nmet_by="room.seen"\nowner="desk"'
ANCHORED = MONTHLY + "\nanchor=2026-01-01"
LATER = MONTHLY + "\nanchor=2026-03-15"
ROLLING = 'kind="cadence"\nid="look"\nevery="P1M"\non="room.built"\nmet_by="room.seen"\nowner="desk"'
PARCEL = 'id="sort"\non="parcel.received"\nmet_by="parcel.sorted"\nwithin="PT2H"\nowner="desk"'


def document(subject: str, *blocks: str) -> Document:
    text = f'# 巡查制度\n\n```regulation\nid = "rounds"\nsubject = "{subject}"\n```\n\n'
    for n, block in enumerate(blocks, start=1):
        text += f"## {n} 巡查\n\n定期巡查。\n\n```control\n{block}\n```\n\n"
    found = read_document(text)
    assert not found.faults
    return found


def editions(*said: tuple[str, Document]) -> list[EditionInForce]:
    kinds = frozenset[str]().union(*(subjects_of(d.subject, d.controls()) for _day, d in said))
    return [
        one
        for n, (day, d) in enumerate(said, start=1)
        for one in editions_by_subject(d.id, at(day), d.subject, d.controls(), n, kinds)
    ]


def derived(texts: Sequence[tuple[str, Document]], now: str, facts: Sequence[FactRecord] = ()) -> Derivation:
    found = derive([BORN, *facts], editions(*texts), CALENDARS, ROOM, at(now))
    keys = [promise.key for promise in found.promises]
    assert len(keys) == len(set(keys))
    return found


def months(found: Derivation) -> list[int]:
    return [promise.start.month for promise in found.promises]


def test_what_an_edition_no_longer_asks_of_another_subject_ends_with_it():
    first = document("parcel", PARCEL, MONTHLY + '\nsubject = "room"')
    second = document("parcel", PARCEL)
    # starts in local time: the last evening of the month before
    assert months(derived([("2026-01-01", first)], "2026-06-10")) == [1, 2, 3, 4, 5]
    assert months(derived([("2026-01-01", first), ("2026-03-01", second)], "2026-06-10")) == [1, 2]


def test_an_edition_about_another_subject_takes_the_place_of_the_one_before():
    first, second = document("room", MONTHLY), document("parcel", PARCEL)
    assert months(derived([("2026-01-01", first), ("2026-03-01", second)], "2026-06-10")) == [1, 2]


@pytest.mark.parametrize(
    "texts",
    [
        [ANCHORED, LATER],
        [LATER, ANCHORED, LATER],
        [MONTHLY, ANCHORED],
        [MONTHLY.replace("P1M", "P1D"), MONTHLY],
        [ROLLING, ANCHORED],
        [ANCHORED, ROLLING],
        [ANCHORED, ROLLING, ANCHORED],
        [ROLLING, ANCHORED, ROLLING],
    ],
)
def test_no_two_promises_have_one_number(texts: list[str]):
    days = ["2026-01-01", "2026-04-01", "2026-07-10"]
    facts = [
        FactRecord(f"seen-{month}", "room.seen", at(f"2026-{month:02}-20"), at(f"2026-{month:02}-20"), {})
        for month in range(1, 12)
    ]
    facts += [FactRecord("again", "room.built", at("2026-08-01"), at("2026-08-01"), {})]
    said = [(day, document("room", text)) for day, text in zip(days, texts, strict=False)]
    assert derived(said, "2026-12-01", facts).promises


def test_numbers_of_windows_go_on_from_edition_to_edition():
    said = [("2026-01-01", document("room", ANCHORED)), ("2026-03-10", document("room", LATER))]
    found = derived(said, "2026-06-20")
    assert [promise.seq for promise in found.promises] == [2, 3, 4, 5, 6, 7]
    # a later edition numbers nothing anew that is there already
    before = derived(said[:1], "2026-03-09")
    assert [promise.seq for promise in before.promises] == [2, 3]


def test_a_rolling_cadence_that_becomes_a_fixed_one_is_not_renewed():
    said: list[tuple[str, Any]] = [
        ("2026-01-01", document("room", ROLLING)),
        ("2026-02-01", document("room", MONTHLY)),
    ]
    seen = FactRecord("seen", "room.seen", at("2026-02-10"), at("2026-02-10"), {})
    found = derived(said, "2026-02-20", [seen])
    assert [(p.state, p.is_window) for p in found.promises] == [("met_late", False)]
