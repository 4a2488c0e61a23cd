"""Two people publish a calendar at the same instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.promises import actions
from keyue.worktime.models import CalendarVersion
from tests.support.crashing import at_once

OFFICE = {"weekly": {"mon": [["09:00", "18:00"]]}, "holidays": []}
THEN = datetime(2025, 6, 6, 8, 0, tzinfo=UTC)


def publish(definition: object, *, at: datetime, revision: int) -> CalendarVersion:
    return actions.publish_calendar(
        definition=definition, revision=revision, by=Actor("staff", "7"), at=at, source="web"
    )


def test_two_publish_at_once_and_one_is_told(fresh_database):
    """Both have read the first version: one publishes the second, the other hears of it and loses nothing else."""
    publish(OFFICE, at=THEN - timedelta(days=1), revision=0)

    def publishing(day: str):
        def work() -> object:
            try:
                return publish({**OFFICE, "holidays": [day]}, at=THEN, revision=1).n
            except Refused as error:
                return error.code

        return work

    assert sorted(map(str, at_once(publishing("2025-06-09"), publishing("2025-06-10")))) == ["2", "conflict"]
    assert (
        CalendarVersion.objects.count() == 2 and Fact.objects.filter(kind="calendar.published").count() == 2
    )
