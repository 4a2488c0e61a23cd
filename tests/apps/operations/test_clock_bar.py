"""The test clock and its bar: for the staff of a demo in test mode, never on real data."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keyue.kernel import clock
from keyue.promises.selectors import zone
from tests.journeys.world import World, found, install

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=1)


@pytest.fixture
def world() -> World:
    return found()


@pytest.fixture
def staff(world: World) -> Client:
    client = Client()
    client.force_login(world.agent)
    return client


@pytest.fixture
def movable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")


def test_the_bar_moves_time_for_all(staff, movable):
    install(is_demo=True)
    assert 'action="/clock/"' in staff.get("/").content.decode()
    before = clock.now()
    answer = staff.post("/clock/", {"by": "1d", "next": "/notices/"})
    assert (answer.status_code, answer["Location"]) == (302, "/notices/")
    assert timedelta(days=1) <= clock.now() - before < timedelta(days=1) + SOON
    # a day has passed for the house, and who moved it is still signed in
    page = staff.get("/")
    assert page.status_code == 200
    assert "快 1 天" in page.content.decode()
    staff.post("/clock/", {"by": "1h"})
    assert clock.now() - before > timedelta(hours=25)


def test_an_instant_is_the_company_s_wall_clock(staff, movable):
    install(is_demo=True)
    target = (clock.now() + timedelta(days=3)).astimezone(zone()).replace(hour=9, minute=0, second=0)
    staff.post("/clock/", {"to": f"{target:%Y-%m-%dT%H:%M}"})
    assert abs(clock.now() - target.replace(microsecond=0)) < SOON


@pytest.mark.parametrize("asked", [{}, {"by": "2w"}, {"to": "2020-01-01T09:00"}, {"to": "9999-12-31T09:00"}])
def test_time_goes_forward_and_not_too_far(staff, movable, asked):
    install(is_demo=True)
    answer = staff.post("/clock/", asked, follow=True)
    assert "时钟只能往前拨" in answer.content.decode()
    assert clock.offset() == timedelta(0)


def test_real_time_stays_as_it_is(staff, monkeypatch):
    install(is_demo=True)
    assert staff.post("/clock/", {"by": "1d"}).status_code == 404
    assert "/clock/" not in staff.get("/").content.decode()
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    assert Client().post("/clock/", {"by": "1d"}).status_code == 302
    assert clock.offset() == timedelta(0)


def test_a_real_company_has_no_clock_to_move(staff, monkeypatch):
    install(is_demo=False)
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    assert staff.post("/clock/", {"by": "1d"}).status_code == 404
    assert 'action="/clock/"' not in staff.get("/").content.decode()
    assert clock.offset() == timedelta(0)
