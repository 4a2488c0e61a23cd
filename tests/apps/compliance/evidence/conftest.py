"""A company on a day in November, its cases with every outcome, and an evidence pack of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyue.cases.models import Case
from keyue.compliance.models import EvidencePack
from keyue.kernel import clock
from keyue.people.models import User
from tests.apps.compliance.evidence.taken import Taken, live_through, made, path_of
from tests.journeys.world import World, found, quality_manager
from tests.support.made_once import made_once

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moved(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    """It is NOW, and the clock can be moved."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(NOW)
    yield


@dataclass
class Lived:
    """The company and what has happened; `files` are those that lie under its home, `now` is when it is over."""

    world: World
    cases: dict[str, Case]
    keeper: User
    pack: EvidencePack | None
    files: dict[str, bytes]
    now: datetime


def live(home: Path, *, with_pack: bool) -> Lived:
    world = found(at=NOW - timedelta(days=30))
    cases = live_through(world)
    keeper = quality_manager(clock.now())
    pack = made(keeper) if with_pack else None
    # what belongs to the process and to the moment is there in each test
    files = {
        str(file.relative_to(home)): file.read_bytes()
        for file in home.rglob("*")
        if file.is_file() and not file.is_relative_to(home / "keys") and file.name != "clock.json"
    }
    return Lived(world, cases, keeper, pack, files, clock.now())


@pytest.fixture
def lived(db: None, home: Path, request: pytest.FixtureRequest) -> Lived:
    with_pack = "pack" in request.fixturenames
    lived = made_once("evidence", lambda: live(home, with_pack=with_pack), with_pack)
    for name, content in lived.files.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    clock.move_to(lived.now)
    return lived


@pytest.fixture
def world(lived: Lived) -> World:
    return lived.world


@pytest.fixture
def cases(lived: Lived) -> dict[str, Case]:
    return lived.cases


@pytest.fixture
def keeper(lived: Lived) -> User:
    return lived.keeper


@pytest.fixture
def pack(lived: Lived) -> EvidencePack:
    assert lived.pack is not None
    return lived.pack


@pytest.fixture
def taken(pack: EvidencePack) -> Taken:
    return Taken(path_of(pack))
