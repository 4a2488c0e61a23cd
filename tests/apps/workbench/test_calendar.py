"""The page of the company's calendar: reading it, typing another one, seeing what changes, publishing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from keyue.people.models import User
from keyue.promises import actions
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.workbench.calendar_forms import CalendarForm, typed_of
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import WEEKDAYS, Calendar
from keyue.worktime.holidays import chinese_calendar
from keyue.worktime.models import CalendarVersion
from keyue.worktime.typed import PRESET_LABELS
from tests.journeys.world import ANSWERS, WEEKLY, World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
VIEW, EDIT = "/settings/calendar/", "/settings/calendar/edit/"
HOURS = "09:00-12:00, 13:30-18:00"
WEEK = dict.fromkeys(WEEKDAYS[:5], HOURS)


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    """It is NOW, whatever day it is."""
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db) -> World:
    return found(at=NOW - timedelta(days=30), answers={**ANSWERS, "plan.within": "4 working hours"})


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW)


@pytest.fixture
def browser(keeper: User) -> Client:
    return browser_of(keeper)


def text_of(response) -> str:
    """What a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def typed(**said: str) -> dict[str, str]:
    """What the form sends."""
    return {
        **WEEK,
        "off": "",
        "worked": "",
        "horizon": "2026-12-31",
        "note": "按通知录入",
        "revision": "1",
        **said,
    }


def seen(response) -> str:
    found_in = re.search(r'name="seen" value="([0-9a-f]*)"', response.content.decode())
    assert found_in
    return found_in[1]


def publish(browser: Client, **said: str):
    """Preview, then publish what was seen."""
    preview = browser.post(EDIT, {**typed(**said), "act": "preview"})
    assert preview.status_code == 200, text_of(preview)
    return browser.post(EDIT, {**typed(**said), "act": "publish", "seen": seen(preview)})


def someone_publishes(*, holidays: list[str], note: str = "别人先改") -> CalendarVersion:
    definition = {**worktime.newest_version(COMPANY_CALENDAR).definition}
    definition["holidays"] = [*definition["holidays"], *holidays]
    return actions.publish_calendar(
        definition=definition, note=note, by=Actor("system", "cli"), at=NOW, source="cli"
    )


# --- reading ------------------------------------------------------------------------------------------------------


def test_what_holds_is_said(browser):
    page = text_of(browser.get(VIEW))
    for said in (
        "周一至周五 09:00-12:00, 13:30-18:00",
        "周六、周日 休息",
        "37.5 小时",
        "Asia/Shanghai",
        "第 1 版",
    ):
        assert said in page, said
    for said in (
        "2026 年的放假与调休",
        "春节 9 天 2月15日 周日 至 2月23日 周一 调休上班： 2月14日 周六 、 2月28日 周六",
        "国庆节",
        "10月10日 周六",
        "2027 年的放假与调休 还没有录入",
    ):
        assert said in page, said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW, "放假与调休录到 2026-12-31，还有 39 天"),
        (datetime(2026, 10, 3, 2, 0, tzinfo=UTC), "还有 89 天"),
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "放假与调休只录到 2026-12-31"),
    ],
)
def test_how_far_the_holidays_are_known(browser, at, said):
    with clock.telling(at):
        page = text_of(browser.get(VIEW))
    assert said in page and "标为「暂定」" in page
    with clock.telling(datetime(2026, 10, 1, 2, 0, tzinfo=UTC)):
        assert "标为「暂定」；录入" not in text_of(browser.get(VIEW))


def test_who_may_read_reads_and_nothing_else(world, browser):
    reader = browser_of(world.agent)
    page = reader.get(VIEW)
    assert page.status_code == 200 and EDIT not in page.content.decode()
    assert reader.get(EDIT).status_code == reader.post(EDIT, typed()).status_code == 403
    assert EDIT in browser.get(VIEW).content.decode()


def test_the_keeper_finds_it_in_the_navigation(browser, world):
    home = browser.get("/").content.decode()
    [side] = re.findall(r'<nav class="nav".*?</nav>', home, re.S)
    assert f'href="{VIEW}"' in side
    [side] = re.findall(r'<nav class="nav".*?</nav>', browser.get(VIEW).content.decode(), re.S)
    assert re.findall(r'aria-current="page"[^>]*>.*?<span>([^<]+)</span>', side, re.S) == ["设置"]
    assert VIEW not in browser_of(world.agent).get("/").content.decode()


def test_a_company_without_a_calendar_fills_one_in(db):
    user = quality_manager(NOW)
    browser = browser_of(user)
    assert "还没有工作日历" in text_of(browser.get(VIEW))
    form = browser.get(EDIT).content.decode()
    assert f'value="{HOURS}"' in form and 'name="revision" value="0"' in form
    answer = publish(browser, revision="0")
    assert answer.status_code == 303
    version = worktime.newest_version(COMPANY_CALENDAR)
    assert version.n == 1 and version.by == str(user.pk)


# --- typing -------------------------------------------------------------------------------------------------------


def test_what_there_is_comes_back_as_it_would_be_typed(browser):
    """Nothing changed is no change, whatever the calendar says."""
    definition = chinese_calendar((2025, 2026), WEEKLY)
    definition["makeup_days"] = {
        **{day: definition["makeup_hours"] for day in definition["makeup_days"]},
        "2027-02-13": [["09:00", "12:00"]],
        "2027-02-14": [],
    }
    definition["holidays"] += ["2027-02-13", *(str(date(2027, 6, 1) + timedelta(days=n)) for n in range(90))]
    old = Calendar.from_dict(definition)
    for today in (date(2026, 11, 22), date(2026, 2, 17), date(2027, 6, 30)):
        first = {**typed_of(old, today), "revision": 1}
        form = CalendarForm({name: str(value) for name, value in first.items()}, old=old, today=today)
        assert form.is_valid(), form.errors
        n = (date(2028, 1, 1) - date(2025, 1, 1)).days
        for day in (date(2025, 1, 1) + timedelta(days=k) for k in range(n)):
            assert form.calendar.windows_on(day) == old.windows_on(day), day
        assert form.calendar.horizon == old.horizon


def test_a_ready_week_replaces_the_hours_and_nothing_else(browser):
    page = browser.post(
        EDIT, typed(act="preset:six", off="2027-02-05 春节", note="写了一半")
    ).content.decode()
    assert (
        re.search(rf'name="sat" value="{HOURS}"', page) and "2027-02-05 春节" in page and "写了一半" in page
    )
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1


def test_taking_over_adds_what_is_missing(db):
    """In February, with a calendar that ends with the year before."""
    at = datetime(2026, 2, 16, 2, 0, tzinfo=UTC)
    with clock.telling(at):
        found(at=at - timedelta(days=400))
        browser = browser_of(quality_manager(at))
        without = {**chinese_calendar((2024, 2025), WEEKLY)}
        before = worktime.newest_version(COMPANY_CALENDAR).definition
        # what was known of the year until yesterday stays
        without["holidays"] += [day for day in before["holidays"] if "2026-01-01" <= day < "2026-02-16"]
        without["makeup_days"] += [day for day in before["makeup_days"] if "2026-01-01" <= day < "2026-02-16"]
        actions.publish_calendar(definition=without, by=SYSTEM, at=at, source="test")
        assert "take:2026" in browser.get(EDIT).content.decode()
        page = browser.post(
            EDIT, typed(act="take:2026", off="2026-12-24 厂庆", revision="2")
        ).content.decode()
    assert "2026-12-24 厂庆\n2026-02-16 至 2026-02-23 春节" in page
    assert "2026-02-28 春节调休" in page and "2026-02-14" not in page
    assert 'value="2026-12-31"' in page


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"mon": "9-18"}, "mon", "看不懂「9-18」"),
        ({"tue": "18:00-09:00"}, "tue", "结束要在开始之后"),
        (dict.fromkeys(WEEKDAYS, ""), "mon", "一周至少要有一天上班"),
        ({"off": "元旦"}, "off", "看不懂「元旦」"),
        ({"off": "2027-02-30"}, "off", "没有「2027-02-30」这一天"),
        ({"off": "2026-11-20"}, "off", "2026-11-20 已经过去"),
        ({"worked": "2026-11-21"}, "worked", "2026-11-21 已经过去"),
        ({"worked": "2027-02-13 25:00"}, "worked", "看不懂"),
        ({"off": "2027-02-13", "worked": "2027-02-13"}, "worked", "同时写在休息日里"),
        ({**dict.fromkeys(WEEKDAYS, ""), "sat": HOURS, "worked": "2027-02-10"}, "worked", "写明时段"),
        ({"horizon": "9999-12-31"}, "horizon", "2000 至 2100"),
        ({"horizon": "去年"}, "horizon", ""),
        ({"note": "长" * 501}, "note", ""),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(browser, said, field, sentence):
    answer = browser.post(EDIT, {**typed(**said), "act": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 422
    beside = re.search(rf'id="id_{field}_error"[^>]*>(.*?)</(?:span|ul|div)>\s*', page, re.S)
    assert beside, field
    assert sentence in text_of(answer)
    for value in said.values():
        assert value.replace("「", "") in page
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1


def test_an_unfinished_text_is_not_taken_over(browser):
    answer = browser.post(EDIT, typed(act="take:2026", off="元旦前后"))
    assert answer.status_code == 422 and "元旦前后" in answer.content.decode()
    for act in ("take:1999", "take:x", "preset:none", "else"):
        assert browser.post(EDIT, typed(act=act)).status_code == 200


# --- seeing, and publishing -----------------------------------------------------------------------------------------


def test_what_changes_is_seen_before_it_is_published(browser, keeper):
    said = {"off": "2027-02-05 至 2027-02-12 春节", "worked": "2027-02-13 09:00-12:00", "mon": "08:30-12:00"}
    preview = browser.post(EDIT, {**typed(**said), "act": "preview"})
    page = text_of(preview)
    for line in (
        "周一 09:00-12:00, 13:30-18:00",
        "08:30-12:00",
        "增加休息日 8 天",
        "2027-02-05 至 2027-02-12 春节",
        "增加调休上班 1 天 2027-02-13 09:00-12:00",
        "没有进行中的约定会因此换到期时刻",
        "停在 2026-12-31",
        "发布第 2 版",
    ):
        assert line in page, line
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1
    answer = publish(browser, **said)
    assert (answer.status_code, answer.headers["Location"]) == (303, VIEW)
    version = worktime.newest_version(COMPANY_CALENDAR)
    assert (version.n, version.by, version.recorded_at, version.note) == (
        2,
        str(keeper.pk),
        NOW,
        "按通知录入",
    )
    new = Calendar.from_dict(version.definition)
    assert new.windows_on(date(2027, 2, 13)) == ((540, 720),) and not new.is_working_day(date(2027, 2, 8))
    assert new.windows_on(date(2026, 10, 10)) and not new.is_working_day(date(2026, 10, 1))
    assert Fact.objects.filter(kind="calendar.published", actor_id=str(keeper.pk)).count() == 1
    page = text_of(browser.get(VIEW))
    assert "已发布第 2 版" in page
    for line in ("第 2 版 现在 支若兰", "按通知录入", "增加休息日 8 天", "第 1 版", "第一版"):
        assert line in page, line


def test_what_was_not_seen_is_not_published(browser):
    preview = browser.post(EDIT, {**typed(off="2027-02-05"), "act": "preview"})
    other = {**typed(off="2027-02-05\n2027-02-06"), "act": "publish", "seen": seen(preview)}
    answer = browser.post(EDIT, other)
    assert answer.status_code == 200 and "增加休息日 2 天" in text_of(answer)
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1
    assert browser.post(EDIT, {**typed(off="2027-02-05"), "act": "publish"}).status_code == 200
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1
    assert browser.post(EDIT, {**other, "seen": seen(answer)}).status_code == 303


def test_without_a_reason_nothing_is_published(browser):
    preview = browser.post(EDIT, {**typed(off="2027-02-05", note=""), "act": "preview"})
    assert preview.status_code == 200
    said = {**typed(off="2027-02-05", note=" "), "act": "publish", "seen": seen(preview)}
    answer = browser.post(EDIT, said)
    assert answer.status_code == 422 and "写明为什么改" in text_of(answer)


def test_nothing_changed_is_no_version(browser):
    assert "没有改动" in text_of(browser.post(EDIT, {**typed(), "act": "preview"}))
    assert publish(browser).status_code == 303
    assert worktime.newest_version(COMPANY_CALENDAR).n == 1


@pytest.mark.parametrize("act", ["preview", "publish"])
def test_somebody_else_was_quicker(browser, act):
    preview = browser.post(EDIT, {**typed(off="2027-02-05"), "act": "preview"})
    someone_publishes(holidays=["2027-01-01"], note="元旦")
    answer = browser.post(EDIT, {**typed(off="2027-02-05"), "act": act, "seen": seen(preview)})
    page = text_of(answer)
    assert answer.status_code == 409 and worktime.newest_version(COMPANY_CALENDAR).n == 2
    # both are there: what they did, and what was typed, on top of theirs
    for said in (
        "您修改期间，已有人发布了第 2 版",
        "命令行",
        "2027-01-01 元旦",
        "增加休息日 1 天 2027-02-05",
        "取消休息日 1 天 2027-01-01",
    ):
        assert said in page, said
    assert "按通知录入" in answer.content.decode() and 'name="revision" value="2"' in answer.content.decode()
    # the next press is meant
    again = browser.post(
        EDIT, {**typed(off="2027-02-05", revision="2"), "act": "publish", "seen": seen(answer)}
    )
    assert again.status_code == 303 and worktime.newest_version(COMPANY_CALENDAR).n == 3


def test_a_mistake_and_somebody_quicker_at_once(browser):
    someone_publishes(holidays=["2027-01-01"])
    answer = browser.post(EDIT, {**typed(off="元旦"), "act": "publish"})
    assert answer.status_code == 409
    assert "看不懂「元旦」" in text_of(answer) and "已有人发布了第 2 版" in text_of(answer)


# --- many -----------------------------------------------------------------------------------------------------------


def test_many_versions_are_leafed_through(browser, query_count):
    # the first look notes that the session is in use
    browser.get(VIEW)
    with query_count("calendar page"):
        browser.get(VIEW)
    for n in range(1, 13):
        someone_publishes(holidays=[f"2027-03-{n:02d}"], note="长" * 500)
    # an eleventh version costs no question more
    with query_count("calendar page"):
        page = browser.get(VIEW)
    first = text_of(page)
    assert "第 13 版" in first and "第 4 版" in first and "第 3 版" not in first
    more = re.search(r'href="([^"]*before=\d+)#versions"', page.content.decode())
    assert more
    rest = text_of(browser.get(more[1]))
    assert "第 3 版" in rest and "第一版" in rest and "第 4 版" not in rest
    assert browser.get(VIEW, {"before": "x"}).status_code == 200
    with query_count("calendar page, typing"):
        browser.get(EDIT)
    said = {**typed(off="2027-04-05", revision="13"), "act": "preview"}
    browser.post(EDIT, said)
    with query_count("calendar page, preview"):
        browser.post(EDIT, said)


def test_the_first_run_types_the_same(browser):
    """One parser and one set of ready weeks for both."""
    page = browser.get(EDIT).content.decode()
    for code, label in PRESET_LABELS.items():
        assert f'value="preset:{code}"' in page and str(label) in page
    assert reverse("workbench:calendar") == VIEW
