"""Windows while their turn is under way, and where one subject cannot be derived."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from keyue.kernel import clock
from keyue.promises import actions
from keyue.promises.actions import opening
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from tests.apps.promises.test_windows_and_gates import GATE, START, adopt
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import found

pytestmark = pytest.mark.django_db
WEEKLY = GATE.replace("closing", "weekly").split("## 1")[0] + (
    '## 1 每周\n\n```control\nkind = "cadence"\nid = "weekly"\nwindow = "fixed"\nevery = "P1W"\n'
    'met_by = "case.progress_told"\nowner = "service_desk"\n```\n'
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
