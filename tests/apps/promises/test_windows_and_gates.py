"""Fixed windows open where nothing happens, and a gate stops an act where it would be recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import transaction

from keyue.cases.models import Case
from keyue.compliance.actions import note_editions_in_force
from keyue.compliance.events import IN_FORCE, THE_COMPANY
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM, Draft
from keyue.ledger.models import Fact
from keyue.promises import actions
from keyue.promises.models import Promise, WindowTurn
from keyue.promises.verification import verify_promises
from keyue.regulations.actions import adopt_pack
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import found

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 10, 2, tzinfo=UTC)

TEXT = """# 公司自查制度

```regulation
id = "self_check"
subject = "company"
```

## 1 每月抽查

```control
kind  = "sampling"
id    = "monthly"
every = "P1M"
met_by = "company.attested if fact.control == 'checked'"
owner = "service_head"
```

## 2 值班声明

```control
kind  = "attestation"
id    = "on_duty"
every = "P1Y"
statement = "值班电话全天有人接听"
owner = "service_head"
```
"""
GATE = """# 结案制度

```regulation
id = "closing"
subject = "case"
```

## 1 先有方案

```control
kind  = "approval"
id    = "plan_first"
name  = "先有方案"
on    = "case.progress_told if fact.via != 'portal'"
after = "case.plan_filed"
gate  = true
owner = "service_desk"
```
"""


def adopt(tmp_path: Path, text: str) -> None:
    file = tmp_path / "regulation.md"
    file.write_text(text, encoding="utf-8")
    now = clock.now()
    adopt_pack(pack=file, effective_from=now, answers={}, by=SYSTEM, at=now)


def windows() -> list[tuple[int, str]]:
    rows = Promise.objects.filter(control="monthly").order_by("seq")
    return [(row.start.astimezone(UTC).month, row.state) for row in rows]


@transaction.atomic
def record(case: Case, *drafts: Draft) -> None:
    actions.record(case.subject, drafts, by=SYSTEM, at=clock.now(), source="test")


def test_a_window_opens_though_nothing_happens(tmp_path: Path):
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, TEXT)
        note_editions_in_force(now=clock.now())
        assert windows() == []
        for _turn in range(3):
            actions.open_windows(now=clock.now())
        assert windows() == []
        now.move_to(datetime(2026, 4, 2, tzinfo=UTC))
        assert actions.open_windows(now=clock.now()) == 1
        assert actions.open_windows(now=clock.now()) == 0
        assert windows() == [(3, "pending")]  # 31 March 16:00 UTC is the first of April in Shanghai
        # two months of nobody looking: each window is a row, and what was missed is broken at its own end
        now.move_to(datetime(2026, 6, 2, tzinfo=UTC))
        actions.open_windows(now=clock.now())
        actions.look(now=clock.now())
        assert windows() == [(3, "breached"), (4, "breached"), (5, "pending")]
        assert [str(fault) for fault in verify_promises(clock.now())] == []


def test_many_subjects_are_opened_in_turns(tmp_path: Path):
    text = GATE.replace("closing", "weekly").split("## 1")[0] + (
        '## 1 每周\n\n```control\nkind = "cadence"\nid = "weekly"\nwindow = "fixed"\nevery = "P1W"\n'
        'met_by = "case.progress_told"\nowner = "service_desk"\n```\n'
    )
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, text)
        cases = [complaint() for _n in range(5)]
        now.shift(timedelta(days=8))
        assert [actions.open_windows(now=clock.now(), limit=2) for _turn in range(4)] == [2, 2, 1, 0]
        assert WindowTurn.objects.get(subject_kind="case").is_done
        opened = Promise.objects.filter(control="weekly").values_list("subject_id", flat=True)
        assert sorted(opened) == [case.pk for case in cases]


def test_an_edition_in_force_is_noted_once_at_its_own_instant(tmp_path: Path):
    with time_machine.travel(START, tick=False) as now:
        found()
        adopt(tmp_path, TEXT)
        now.shift(timedelta(days=3))
        noted = note_editions_in_force(now=clock.now())
        assert noted >= 1
        assert note_editions_in_force(now=clock.now()) == 0
        [ours] = [f for f in ledger.facts_of(THE_COMPANY) if f.data.get("regulation") == "self_check"]
        assert (ours.kind, ours.at) == (IN_FORCE, START)
        statement = Promise.objects.get(control="on_duty")
        assert (statement.subject_kind, statement.owner) == ("company", "service_head")
        assert statement.due == datetime(2027, 3, 10, 16, tzinfo=UTC)


def test_a_gate_refuses_what_comes_before_its_approval(tmp_path: Path):
    found()
    adopt(tmp_path, GATE)
    case = complaint()
    told = Draft("case.progress_told", {"via": "call"})
    before = Fact.objects.count()
    with pytest.raises(Refused, match="先有方案") as caught:
        record(case, told)
    assert caught.value.code == "not_approved"
    assert Fact.objects.count() == before
    # the condition is part of the gate
    portal = Draft("case.progress_told", {"via": "portal"})
    record(case, portal)
    plan = Draft("case.plan_filed", {})
    record(case, plan)
    record(case, told)
    assert Promise.objects.get(control="plan_first").state == "met"
    # together with its approval, in one breath, it is not too early
    other = complaint()
    record(other, plan, told)
    assert Promise.objects.filter(control="plan_first", state="met").count() == 2
