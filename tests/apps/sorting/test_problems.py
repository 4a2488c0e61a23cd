"""Alike cases, the alarm that a burst of them raises, and the problem that links them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.promises.models import Notice
from keyue.sorting import actions
from keyue.sorting.alike import alike_open
from keyue.sorting.models import Problem
from tests.apps.cases.conftest import Desk
from tests.journeys.world import World

AsUser = Callable[[Any], Any]
# ten people about one thing, each in their own words
LEAKS = (
    "净水机滤芯接头漏水，地板泡了",
    "家里净水机接头一直漏水，麻烦来看",
    "滤芯接头处漏水，刚换上的",
    "新换的滤芯，接头又漏水了",
    "净水机底下漏水，好像是接头松了",
    "接头漏水，厨房地板都湿了",
    "你们的滤芯接头质量太差，漏水",
    "净水机接头漏水，找人拧紧也没用",
    "滤芯装好以后接头渗漏，漏水不停",
    "厨房净水机接头漏水三天了",
)
# three about one thing in nearly the same words
SAME = (
    "净水机接头漏水",
    "厨房净水机接头漏水了",
    "净水机接头又漏水",
    "净水机接头还是漏水",
    "家里净水机接头漏水",
    "净水机接头漏水严重",
    "净水机的接头漏水",
)
OTHERS = (
    "发票抬头开错了",
    "业务员态度恶劣，问两句就不耐烦",
    "快递一个星期没有发货",
    "请问保修期多长",
    "合同价格多收了两千",
)


def came_in(desk: Desk, *texts: str) -> list[Case]:
    found = []
    for n, text in enumerate(texts):
        many = f"1390000{len(texts):02d}{n:02d}"
        found.append(desk.complaint(title=text[:40], content=text, name=f"客户{n}", phone=many, email=""))
        actions.take_in(now=clock.now())
    return found


def test_alike_cases_are_found_with_the_words_that_both_say(desk: Desk, world: World) -> None:
    leaks = came_in(desk, *LEAKS[:4], *OTHERS)[:4]
    found = alike_open(world.agent, leaks[0], clock.now())
    assert {one.case.pk for one in found} == {case.pk for case in leaks[1:]}
    assert all(any("漏水" in word or "接头" in word for word in one.words) for one in found)
    assert alike_open(world.stranger, leaks[0], clock.now()) == [], (
        "what one may not see is not alike to anything"
    )


def test_a_closed_or_old_case_is_not_shown(desk: Desk, world: World) -> None:
    leaks = came_in(desk, *LEAKS[:3])
    assert len(alike_open(world.agent, leaks[0], clock.now())) == 2
    assert alike_open(world.agent, leaks[0], clock.now() + timedelta(days=91)) == []


def test_ten_alike_within_a_week_raise_one_alarm(desk: Desk, world: World) -> None:
    """S3-5.1.2: 10 alike items in a week: alarm."""
    nine = came_in(desk, *LEAKS[:9], *OTHERS)[:9]
    assert not Problem.objects.exists()
    tenth = came_in(desk, LEAKS[9])[0]
    problem = Problem.objects.get()
    assert problem.state == "suspected"
    assert set(problem.links.values_list("case_id", flat=True)) == {tenth.pk, *(case.pk for case in nine)}
    assert "漏水" in problem.title
    told = Notice.objects.filter(detail__what="sorting_alarm")
    assert {row.to_user_id for row in told} == {world.executive.pk, world.supervisor.pk}
    # more of the same is no second alarm; it is linked to the first
    more = came_in(desk, "接头漏水，滤芯刚换的，净水机")[0]
    assert Problem.objects.count() == 1 and problem.links.filter(case=more).exists()
    assert told.count() == 2
    assert {case.stage for case in Case.objects.all()} == {"classify"}, "nothing is merged or changed"
    kinds = Fact.objects.filter(stream__kind="problem").values_list("kind", flat=True)
    assert sorted(kinds) == ["problem.case_linked", "problem.suspected"]


def test_the_company_says_how_many_within_how_long(desk: Desk, world: World) -> None:
    actions.change_alarm(alike=3, days=2, by=SYSTEM, at=clock.now())
    came_in(desk, *SAME[:2])
    assert not Problem.objects.exists()
    came_in(desk, SAME[2])
    assert Problem.objects.get().links.count() == 3
    with pytest.raises(Invalid):
        actions.change_alarm(alike=1, days=0, by=SYSTEM, at=clock.now())
    with pytest.raises(Refused):
        actions.change_alarm(alike=4, days=2, rev=0, by=SYSTEM, at=clock.now())


def test_what_was_dismissed_raises_no_alarm_again(desk: Desk) -> None:
    actions.change_alarm(alike=3, days=7, by=SYSTEM, at=clock.now())
    came_in(desk, *SAME[:3])
    actions.dismiss(problem=Problem.objects.get(), reason="各有各的原因", by=SYSTEM, at=clock.now())
    came_in(desk, SAME[3])
    assert Problem.objects.count() == 1
    came_in(desk, *SAME[4:7])
    assert Problem.objects.count() == 2, "as many new ones are an alarm of their own"


def test_a_problem_from_suspicion_to_its_end(desk: Desk, world: World, as_user: AsUser) -> None:
    actions.change_alarm(alike=3, days=7, by=SYSTEM, at=clock.now())
    cases = came_in(desk, *SAME[:3])
    other = came_in(desk, OTHERS[0])[0]
    problem = Problem.objects.get()
    browser = as_user(world.supervisor)
    url = f"/problems/{problem.pk}/"
    assert "请确认" in browser.get(url).content.decode()

    def act(code: str, **data: str) -> Any:
        return browser.post(f"{url}{code}/", data)

    assert act("cause", cause="密封圈").status_code == 409, "first somebody has to look for it"
    assert act("open", title="", owner="").status_code == 422
    assert act("open", title="滤芯接头漏水", owner="tech").status_code == 303
    assert act("solve", action="换密封圈").status_code == 409, "the cause comes first"
    assert act("cause", cause="一批密封圈偏硬").status_code == 303
    assert act("link", number=other.number).status_code == 303
    assert act("link", number="TS-0000-000000").status_code == 409
    assert act("unlink", number=other.number).status_code == 303
    assert act("solve", action="召回这批密封圈").status_code == 303
    problem.refresh_from_db()
    assert (problem.state, problem.cause, problem.owner) == ("solved", "一批密封圈偏硬", "tech")
    assert problem.links.count() == 3
    assert act("reopen", reason="又来了").status_code == 303
    part = browser.fragment(f"/sorting/cases/{cases[0].number}/").content.decode()
    assert "滤芯接头漏水" in part
    facts = list(Fact.objects.filter(stream__kind="problem").order_by("pk").values_list("kind", flat=True))
    assert facts == [
        *("problem.suspected", "problem.opened", "problem.cause_found", "problem.case_linked"),
        *("problem.case_unlinked", "problem.solved", "problem.reopened"),
    ]


def test_who_may_work_on_a_problem(desk: Desk, world: World, as_user: AsUser) -> None:
    cases = came_in(desk, *SAME[:2])
    problem = actions.open_problem(title="接头漏水", owner="tech", cases=cases, by=SYSTEM, at=clock.now())
    url = f"/problems/{problem.pk}/cause/"
    assert as_user(world.stranger).post(url, {"cause": "x"}).status_code == 403
    assert as_user(world.engineer).post(url, {"cause": "密封圈"}).status_code == 303
    shown = as_user(world.engineer).get(f"/problems/{problem.pk}/").content.decode()
    assert all(case.number not in shown for case in cases) and "另有 2 件您无权查看" in shown


def test_a_problem_from_a_case_links_what_is_ticked(desk: Desk, world: World, as_user: AsUser) -> None:
    cases = came_in(desk, *SAME[:3])
    browser = as_user(world.supervisor)
    page = browser.get(f"/problems/new/?case={cases[0].number}").content.decode()
    assert cases[1].number in page and cases[2].number in page
    data = {"case": cases[0].number, "pick": [cases[1].number], "title": "接头漏水", "owner": "tech"}
    assert browser.post("/problems/new/", data).status_code == 303
    linked = set(Problem.objects.get().links.values_list("case_id", flat=True))
    assert linked == {cases[0].pk, cases[1].pk}


def test_two_at_once_do_not_write_over_each_other(desk: Desk) -> None:
    problem = actions.open_problem(title="漏水", owner="tech", by=SYSTEM, at=clock.now())
    theirs = Problem.objects.get(pk=problem.pk)
    actions.find_cause(problem=problem, cause="密封圈", by=SYSTEM, at=clock.now())
    with pytest.raises(Refused):
        actions.find_cause(problem=theirs, cause="别的", by=SYSTEM, at=clock.now())
    assert Problem.objects.get(pk=problem.pk).cause == "密封圈"
