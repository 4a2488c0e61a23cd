"""A company on a day in November, its cases with every outcome, and an evidence pack of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyue.cases.models import Case
from keyue.compliance.models import EvidencePack
from keyue.kernel import clock
from keyue.people.models import User
from tests.apps.compliance.evidence.taken import Taken, live_through, made, path_of
from tests.journeys.world import World, found, quality_manager

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def moved(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    """It is NOW, and the clock can be moved."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(NOW)
    yield


@pytest.fixture
def world(db: None) -> World:
    return found(at=NOW - timedelta(days=30))


@pytest.fixture
def cases(world: World) -> dict[str, Case]:
    return live_through(world)


@pytest.fixture
def keeper(cases: dict[str, Case]) -> User:
    return quality_manager(clock.now())


@pytest.fixture
def pack(keeper: User) -> EvidencePack:
    return made(keeper)


@pytest.fixture
def taken(pack: EvidencePack) -> Taken:
    return Taken(path_of(pack))
