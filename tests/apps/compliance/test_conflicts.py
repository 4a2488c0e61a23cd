"""Two regulations in force that ask the same with different limits: shown, both judged, the stricter one first."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User
from keyue.promises.selectors import promises_of
from keyue.regulations.actions import adopt_pack
from keyue.regulations.conflicting import conflicts_in_force
from tests.journeys.world import World, found

DAY = timedelta(days=1)
LAW = """# 快速受理办法

```regulation
id      = "express_intake"
code    = "KS-001"
subject = "case"
keeper  = "service_head"
when    = "case.type in ['complaint', 'praise']"
```

## 第二章 分类

### 第三条 半小时内分类

投诉应当在半小时内完成分类。

```control
id     = "sort_fast"
name   = "快速分类"
on     = "case.received"
met_by = "case.classified"
within = "PT30M"
owner  = "service_desk"
```
"""


@pytest.fixture
def world(db: None) -> World:
    return found()


@pytest.fixture
def law(world: World, tmp_path: Path) -> None:
    file = tmp_path / "law.md"
    file.write_text(LAW, encoding="utf-8")
    at = clock.now() - 20 * DAY
    adopt_pack(pack=file, effective_from=at, answers={}, by=SYSTEM, at=at)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def complaint() -> Case:
    intake = Intake(
        type="complaint", title="水泵异响", content="请尽快处理。", name="周叙白", phone="13800006027"
    )
    return register(intake, by=Actor("customer", "portal"), at=clock.now(), source="portal").case


def test_without_a_second_regulation_there_is_none(world: World) -> None:
    assert list(conflicts_in_force(clock.now())) == []
    page = browser(world.supervisor).get("/regulations/conflicts/").content.decode()
    assert "没有冲突" in page
    assert "1 项制度" in page
    assert "冲突" not in browser(world.supervisor).get("/regulations/feedback/4.1.1/").content.decode()


def test_before_it_is_in_force_it_conflicts_with_nothing(world: World, law: None) -> None:
    assert list(conflicts_in_force(clock.now() - 25 * DAY)) == []
    assert len(conflicts_in_force(clock.now())) == 1


def test_both_are_shown_and_the_stricter_first(world: World, law: None) -> None:
    page = browser(world.supervisor).get("/regulations/conflicts/").content.decode()
    assert page.index("《快速受理办法》第三条") < page.index("4.1.1")
    assert page.count("以较严为准") == 1
    assert "30 分钟" in page
    assert "2 小时" in page
    for clause in ("feedback/4.1.1", "express_intake/第三条"):
        pane = browser(world.supervisor).get(f"/regulations/{clause}/").content.decode()
        assert "全部冲突" in pane
        assert pane.count("以较严为准") == 1
    assert "全部冲突" not in browser(world.supervisor).get("/regulations/feedback/4.3.1/").content.decode()


def test_without_one_the_list_leads_nowhere(world: World) -> None:
    assert "/regulations/conflicts/" not in browser(world.supervisor).get("/regulations/").content.decode()


def test_the_list_of_regulations_leads_there(world: World, law: None) -> None:
    assert "/regulations/conflicts/" in browser(world.supervisor).get("/regulations/").content.decode()


def test_both_are_judged_and_the_case_page_says_which_counts(world: World, law: None) -> None:
    case = complaint()
    assert {row.control for row in promises_of(case.subject)} >= {"classify", "sort_fast"}
    page = browser(world.agent).get(f"/cases/{case.number}/").content.decode()
    assert page.count("以较严为准") == 1
    rail = page[page.index("prail") :]
    assert rail.index("快速分类") < rail.index("以较严为准") < rail.index("限 2 小时")


def test_without_a_conflict_no_step_is_marked(world: World) -> None:
    case = complaint()
    assert "以较严为准" not in browser(world.agent).get(f"/cases/{case.number}/").content.decode()
