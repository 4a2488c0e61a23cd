"""The list: who sees what, filters and their addresses, pages, saved views, empty lists."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from keyue.cases import selectors
from keyue.cases.models import Case, SavedView
from keyue.cases.selectors import Filters
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.selectors import find_post
from keyue.promises import actions as promises
from keyue.promises.models import Promise

pytestmark = pytest.mark.django_db


def numbers(answer) -> list[str]:
    return [row.number for row in answer.context["rows"]]


def test_the_first_column_says_what_is_due_and_each_row_leads_to_its_case(desk, as_user):
    case = desk.complaint()
    answer = as_user(desk.world.agent).get("/cases/")
    text = answer.content.decode()
    assert numbers(answer) == [case.number]
    assert "还剩" in text and f'href="/cases/{case.number}/"' in text
    # late in the evening the daily review is due before the sorting
    first = Case.objects.get(pk=case.pk).next_promise
    assert first is not None and f"{first.clause} {first.name}" in text, "the clause of the current promise"
    assert "周*" in text and "周叙白" not in text, "names of persons stand under their masks"


def test_a_department_sees_its_own_cases_only(desk, as_user):
    mine, other = desk.complaint(), desk.complaint(phone="13900001111", title="另一件")
    desk.to_assigned(mine, lead="tech")
    desk.to_assigned(other, lead="service")
    assert numbers(as_user(desk.world.engineer).get("/cases/")) == [mine.number]
    assert numbers(as_user(desk.world.stranger).get("/cases/")) == []
    assert set(numbers(as_user(desk.world.executive).get("/cases/"))) == {mine.number, other.number}


def test_whoever_stands_behind_a_promise_sees_the_case(desk, as_user):
    case = desk.complaint()
    assert numbers(as_user(desk.world.stranger).get("/cases/")) == []
    people.set_holders(
        post=find_post("service_supervisor"),
        holders=[desk.world.supervisor, desk.world.stranger],
        by=SYSTEM,
        at=clock.now(),
    )
    browser = as_user(desk.world.stranger)
    assert numbers(browser.get("/cases/")) == [case.number]
    assert numbers(browser.get("/cases/?mine=1")) == [case.number]
    assert browser.get(f"/cases/{case.number}/").status_code == 200


def test_mine_is_what_one_owes_and_shows_that_promise(desk, as_user):
    first, second = desk.complaint(), desk.complaint(phone="13900001111", title="另一件")
    desk.to_assigned(first)
    supervisor = as_user(desk.world.supervisor).get("/cases/?mine=1")
    # the second waits for the daily review, which the supervisor owes; the first is with the department
    assert numbers(supervisor) == [second.number]
    assert supervisor.context["rows"][0].promise == "审核"
    assert numbers(as_user(desk.world.engineer).get("/cases/?mine=1")) == [first.number]


def test_a_case_of_several_own_promises_stands_once(desk, as_user):
    case = desk.complaint()
    answer = as_user(desk.world.agent).get("/cases/?mine=1")
    assert numbers(answer) == [case.number]
    assert answer.context["rows"][0].promise == "分类", "of classification and first response the earlier one"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("type=complaint", {"a"}),
        ("type=praise", {"b"}),
        ("channel=phone", {"b"}),
        ("phase=after", {"b"}),
        ("stage=classify", {"a", "b"}),
        ("level=major", set()),
        ("received=today", {"a", "b"}),
        ("from=2000-01-01&to=2000-01-02", set()),
        ("state=closed", set()),
        ("q=浊度", {"a"}),
        ("q=周到", {"b"}),
    ],
)
def test_filters_narrow_the_list(desk, as_user, query, found):
    cases = {
        "a": desk.complaint(),
        "b": desk.complaint(
            type="praise",
            title="服务周到",
            content="师傅服务周到。",
            channel="phone",
            phase="after",
            phone="13900001111",
        ),
    }
    answer = as_user(desk.world.agent).get(f"/cases/?{query}")
    assert set(numbers(answer)) == {cases[name].number for name in found}


def test_one_character_is_too_short_to_search_for_and_says_so(desk, as_user):
    desk.complaint()
    browser = as_user(desk.world.agent)
    for answer in (browser.get("/cases/?q=浊&type=complaint"), browser.fragment("/cases/?q=浊")):
        text = answer.content.decode()
        assert text.count("请输入至少 2 个字") == 1 and not numbers(answer)
        # what was not understood is not kept under a name without it
        assert "保存当前视图" not in text and not any(tab.current for tab in answer.context["tabs"])


def test_pages_lead_forwards_and_back_without_a_gap(desk):
    cases = [desk.complaint(phone=f"1390000{n:04}", title=f"第 {n} 件") for n in range(7)]
    when = selectors.moment(clock.now())
    for filters in (Filters(), Filters(mine=True), Filters(state="all")):
        whole = [case.pk for case in selectors.queue(desk.world.agent, filters, when=when).cases]
        assert sorted(whole) == sorted(case.pk for case in cases)
        cursor, walked, pages = "", [], []
        while True:
            page = selectors.queue(desk.world.agent, filters, when=when, cursor=cursor, size=3)
            walked += [case.pk for case in page.cases]
            pages.append(page)
            cursor = page.next_cursor
            if not cursor:
                break
        assert walked == whole
        back = selectors.queue(
            desk.world.agent, filters, when=when, cursor=pages[-1].previous_cursor, back=True, size=3
        )
        assert [case.pk for case in back.cases] == [case.pk for case in pages[-2].cases]
        assert pages[0].previous_cursor == ""


def test_a_department_pages_through_its_cases_in_the_same_order(desk):
    for n in range(5):
        desk.to_assigned(
            desk.complaint(phone=f"1390000{n:04}", title=f"第 {n} 件"), collaborators=("quality",)
        )
    when = selectors.moment(clock.now())
    whole = [case.pk for case in selectors.queue(desk.world.engineer, Filters(), when=when).cases]
    first = selectors.queue(desk.world.engineer, Filters(), when=when, size=2)
    second = selectors.queue(desk.world.engineer, Filters(), when=when, size=2, cursor=first.next_cursor)
    assert [case.pk for case in [*first.cases, *second.cases]] == whole[:4] and len(whole) == 5


@pytest.mark.parametrize("cursor", ["nonsense", "2026-01-01~x", "~", "2026-01-01T00:00:00~1"])
def test_a_broken_page_mark_is_named(desk, as_user, cursor):
    answer = as_user(desk.world.agent).get("/cases/", {"after": cursor})
    assert answer.status_code == 422 and "翻页标记" in answer.content.decode()


def test_an_overdue_case_says_by_how_much(desk, as_user, monkeypatch):
    case = desk.complaint()
    # what falls due first, and when, changes with the hour: the daily review may stand before the classification
    first = min(p.due for p in Promise.objects.filter(subject_id=case.pk, due__isnull=False))
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(first + timedelta(hours=1, minutes=5))
    promises.look(now=clock.now())
    answer = as_user(desk.world.agent).get("/cases/?due=late")
    assert len(numbers(answer)) == 1 and "已超 1 小时" in answer.content.decode()


def test_tabs_count_and_mark_the_current_view(desk, as_user):
    desk.complaint()
    desk.complaint(type="praise", content="好", phone="13900001111")
    tabs = {tab.label: tab for tab in as_user(desk.world.agent).get("/cases/?type=complaint").context["tabs"]}
    assert {label: tab.count for label, tab in tabs.items()} == {
        "待我处理": 2,
        "全部未关闭": 2,
        "未关闭投诉": 1,
        "重大事项": 0,
        "本周到期": tabs["本周到期"].count,
        "已停表": 0,
        "已关闭": 0,
    }
    assert [label for label, tab in tabs.items() if tab.current] == ["未关闭投诉"]


def test_an_empty_list_says_which_condition_is_in_the_way(desk, as_user):
    desk.complaint()
    answer = as_user(desk.world.agent).get("/cases/?type=complaint&level=major")
    assert [(chip.name, chip.count) for chip in answer.context["without"]] == [("level", 1)]
    assert "去掉「级别：重大」会有 1 条" in answer.content.decode()
    with_none = as_user(desk.world.agent).get("/cases/?type=praise&level=major")
    assert "去掉任何一个条件也还是没有" in with_none.content.decode()


def test_a_list_that_was_never_filled_offers_the_first_step(world, as_user):
    text = as_user(world.agent).get("/cases/").content.decode()
    assert "还没有未关闭的事项" in text and 'href="/cases/new/"' in text
    assert 'href="/cases/new/"' not in as_user(world.executive).get("/cases/").content.decode()


def test_a_fragment_brings_rows_and_tabs_only(desk, as_user):
    desk.complaint()
    answer = as_user(desk.world.agent).fragment("/cases/?type=complaint")
    text = answer.content.decode()
    assert "<html" not in text and 'id="list"' in text and 'id="views"' in text
    assert 'hx-swap-oob="true"' in text and "HX-Request" in answer["Vary"]


def test_a_view_is_kept_under_a_name_renamed_and_dropped(desk, as_user):
    world = desk.world
    browser = as_user(world.agent)
    form = browser.get("/cases/views/new/?level=major&type=complaint&after=x").content.decode()
    assert "type=complaint&amp;level=major" in form, "the filters in one order, without the page"
    saved = browser.post("/cases/views/new/", {"name": "重大投诉", "query": "level=major&type=complaint"})
    view = SavedView.objects.get()
    assert saved.status_code == 303 and view.query == "type=complaint&level=major"
    assert parse_qs(urlsplit(saved.url).query) == {"type": ["complaint"], "level": ["major"]}
    tab = browser.get("/cases/?level=major&type=complaint").context["tabs"][-1]
    assert (tab.label, tab.current, tab.count) == ("重大投诉", True, 0)
    again = browser.post("/cases/views/new/", {"name": "重大投诉", "query": ""})
    assert again.status_code == 422 and "您已有一个叫「重大投诉」的视图" in again.content.decode()
    assert browser.post(f"/cases/views/{view.pk}/", {"name": "要紧的"}).status_code == 303
    view.refresh_from_db()
    assert view.name == "要紧的"
    other = as_user(world.supervisor)
    assert "要紧的" not in other.get("/cases/").content.decode()
    assert other.post(f"/cases/views/{view.pk}/delete/").status_code == 404
    assert browser.post(f"/cases/views/{view.pk}/delete/").status_code == 303
    assert not SavedView.objects.exists()


def test_the_number_of_questions_does_not_grow_with_the_rows(desk, as_user, query_count):
    browser = as_user(desk.world.agent)
    for n in range(3):
        desk.complaint(phone=f"1390000{n:04}", title=f"第 {n} 件")
    browser.get("/cases/")
    with query_count("case list"):
        browser.get("/cases/")
    for n in range(3, 12):
        desk.complaint(phone=f"1390000{n:04}", title=f"第 {n} 件")
    with query_count("case list"):
        browser.get("/cases/")


def test_a_department_asks_as_few_questions(desk, as_user, query_count):
    desk.to_assigned(desk.complaint())
    browser = as_user(desk.world.engineer)
    browser.get("/cases/")
    with query_count("case list of a department"):
        browser.get("/cases/")
