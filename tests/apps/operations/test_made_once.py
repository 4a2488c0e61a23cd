"""What the tests of all rooms begin with is the same whether it was made for this test or for an earlier one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.people import actions as people
from keyue.people.models import User
from keyue.regulations.models import Edition
from tests.journeys.world import found
from tests.support.made_once import FROM_THE_START

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_seen: list[dict[str, list[str]]] = []


def everything() -> dict[str, list[str]]:
    """All rows of all tables, as the database itself writes them."""
    rows = {}
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names()) - FROM_THE_START):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = sorted(map(repr, cursor.fetchall()))
    return {table: held for table, held in rows.items() if held}


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second", "third"])
def test_each_time_every_row_is_there(time: str) -> None:
    world = found(at=AT)
    _seen.append(everything())
    assert {"people_user", "people_rolegrant", "regulations_edition", "ledger_fact"} <= _seen[-1].keys()
    assert _seen[-1] == _seen[0]
    assert world.agent == User.objects.get(username="lin") and world.agent.department.code == "service"
    assert world.founded_at == AT


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_what_follows_goes_on_from_there(time: str) -> None:
    found(at=AT)
    before, facts = User.objects.latest("pk").pk, Fact.objects.latest("pk").pk
    new = people.create_staff(username="new", name="新人", by=SYSTEM, at=clock.now())
    assert new.pk > before and Fact.objects.latest("pk").pk > facts
    assert list(verify_ledger()) == []


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_another_company_is_another_one(time: str) -> None:
    found(at=AT, packs=())
    assert not Edition.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_where_somebody_is_already_it_is_made_beside_them(time: str) -> None:
    people.create_staff(username="first", name="第一人", by=SYSTEM, at=AT)
    world = found(at=AT)
    assert User.objects.count() == 7 and world.agent.username == "lin"


def test_in_a_database_of_its_own_other_processes_see_it(fresh_database: Any, keyue: Any) -> None:
    found(at=AT)
    done = keyue("verify", environment=fresh_database.environment)
    assert done.returncode == 0, done.stdout + done.stderr
