"""Windows while their turn is under way, and where one subject cannot be derived."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.promises import actions
from keyue.promises.actions import opening
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.worktime import selectors as worktime
from tests.apps.promises.test_windows_and_gates import GATE, START, adopt
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import found

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
WEEKLY = GATE.replace("closing", "weekly").split("## 1")[0] + (
    '## 1 每周\n\n```control\nkind = "cadence"\nid = "weekly"\nwindow = "fixed"\nevery = "P1W"\n'
    'met_by = "case.progress_told"\nowner = "service_desk"\n```\n'
)
DAILY = (
    WEEKLY.replace('"P1W"', '"P1D"\ndays = ["working"]')
    .replace("weekly", "daily")
    .replace("closing", "checks")
)


def differences() -> list[str]:
    return [str(fault) for fault in verify_promises(clock.now())]


def test_a_window_whose_turn_is_still_to_come_is_no_difference(tmp_path: Path):
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, WEEKLY)
        cases = [complaint() for _n in range(5)]
        now.shift(timedelta(days=8))
        # the worker has slept: nothing is opened yet
        assert differences() == []
        assert actions.open_windows(now=clock.now(), limit=2) == 2
        assert differences() == []
        while actions.open_windows(now=clock.now(), limit=2):
            pass
        assert differences() == []
        # what is opened and then gone is one
        Promise.objects.filter(control="weekly", subject_id=cases[1].pk).delete()
        assert any("weekly" in said for said in differences())


def test_one_that_cannot_be_derived_does_not_hold_up_the_others(tmp_path: Path, monkeypatch):
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, WEEKLY)
        cases = [complaint() for _n in range(3)]
        now.shift(timedelta(days=8))
        whole = opening.rederive

        def broken(moments: Any, *more: Any, **options: Any) -> Any:
            if any(subject.ref == str(cases[1].pk) for subject in moments):
                raise ValueError("no")
            return whole(moments, *more, **options)

        monkeypatch.setattr(opening, "rederive", broken)
        actions.open_windows(now=clock.now())
        opened = Promise.objects.filter(control="weekly").values_list("subject_id", flat=True)
        assert sorted(opened) == [cases[0].pk, cases[2].pk]
        # the turn is over: the next one begins with the next window
        assert actions.open_windows(now=clock.now()) == 0


def work() -> None:
    """What the worker does until there is nothing left to do."""
    now = clock.now()
    while (
        actions.open_windows(now=now) or actions.follow_calendars(now=now) or actions.look(now=now).subjects
    ):
        pass


def republish(*worked: str, **said: object) -> None:
    """The calendar with more days of work, and with what is `said` otherwise."""
    newest = worktime.newest_version("company")
    assert newest is not None
    definition = {**newest.definition, **said}
    definition["makeup_days"] = [*definition["makeup_days"], *worked]
    actions.publish_calendar(
        definition=definition, revision=newest.n, by=SYSTEM, at=clock.now(), source="test"
    )


def settled() -> list[dict[str, Any]]:
    """Every window that is over or closed, as it is stored."""
    over = Promise.objects.filter(control="daily").exclude(state="pending")
    return list(over.order_by("start").values())


def test_a_calendar_of_later_changes_nothing_that_is_over(tmp_path: Path):
    """Fridays are given up for Saturdays: what was broken on a Friday stays, and no Saturday is broken in hindsight."""
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, DAILY)
        complaint()
        now.shift(timedelta(days=10))
        work()
        before = settled()
        assert [row["state"] for row in before] == ["breached"] * 7
        assert {f"{row['start'].astimezone(ZONE):%a}" for row in before} == {
            "Mon",
            "Tue",
            "Wed",
            "Thu",
            "Fri",
        }
        now.shift(timedelta(minutes=1))
        hours = [["09:00", "18:00"]]
        republish(weekly={**{day: hours for day in ("mon", "tue", "wed", "thu", "sat")}, "fri": []})
        # the worker has not come to it yet, then it has
        assert differences() == []
        assert settled() == before
        work()
        assert differences() == []
        assert settled() == before
        now.shift(timedelta(days=3))
        work()
        assert differences() == []
        assert settled()[: len(before)] == before
        assert [f"{row['start'].astimezone(ZONE):%a}" for row in settled()[len(before) :]] == ["Sat"]


def test_a_day_that_becomes_one_of_work_while_it_lasts_opens_its_window(tmp_path: Path):
    with time_machine.travel(START + timedelta(days=4), tick=False) as now:  # a Saturday
        found()
        adopt(tmp_path, DAILY)
        adopt(
            tmp_path,
            DAILY.replace('days = ["working"]\n', "")
            .replace('"daily"', '"every_day"')
            .replace("checks", "all"),
        )
        complaint()
        now.shift(timedelta(days=7))
        work()
        today = f"{clock.now().astimezone(ZONE):%Y-%m-%d}"
        assert not Promise.objects.filter(control="daily", state="pending").exists()
        assert Promise.objects.filter(control="every_day", state="pending").exists()
        now.shift(timedelta(minutes=1))
        republish(today)
        assert differences() == []
        work()
        assert Promise.objects.filter(control="daily", state="pending").exists()
        assert differences() == []
