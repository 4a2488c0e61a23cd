"""What the ledger's tests record, and with whose hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keyue.kernel import clock
from keyue.ledger.facts import Actor, Subject


@pytest.fixture
def case() -> Subject:
    return Subject("case", "142")


@pytest.fixture
def staff() -> Actor:
    return Actor("staff", "7")


@pytest.fixture
def now() -> datetime:
    """The instant at which the test began."""
    return clock.now()


@pytest.fixture
def long_ago() -> datetime:
    return datetime(2026, 8, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def own_keys(settings, tmp_path):
    """A KEYUE_HOME whose keys are of this test alone, to be lost and broken."""
    settings.KEYUE_HOME = tmp_path / "own"
    return settings.KEYUE_HOME / "keys"
