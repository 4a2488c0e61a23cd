"""Who is on duty: an hour that nobody covers shows ahead, and is a fact once it has come to pass (S3 3.1.2a)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from keyue.channels.phone import actions, selectors
from keyue.channels.phone.models import Shift
from keyue.channels.phone.roster import Span, gaps, hours_of, joined, required, within
from keyue.conversations import actions as conversations
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.selectors import facts_of
from keyue.people.models import User
from keyue.promises.company import THE_COMPANY
from tests.apps.conversations.conftest import Desk
from tests.apps.conversations.conftest import client as client
from tests.apps.conversations.conftest import desk as desk
from tests.apps.conversations.conftest import now as now
from tests.journeys.world import browser_of

CHINA = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 17, tzinfo=CHINA)
spans = st.lists(
    st.tuples(st.integers(0, 200), st.integers(1, 40)).map(
        lambda pair: Span(START + timedelta(hours=pair[0]), START + timedelta(hours=pair[0] + pair[1]))
    ),
    max_size=12,
)


def hours(found: list[Span]) -> set[datetime]:
    return {
        span.start + timedelta(hours=n)
        for span in found
        for n in range(int((span.end - span.start).total_seconds() // 3600))
    }


@given(spans, spans)
def test_each_hour_is_needed_and_uncovered_or_no_gap(needed: list[Span], covered: list[Span]):
    found = gaps(needed, covered)
    assert hours(found) == hours(joined(needed)) - hours(joined(covered))
    assert found == joined(found)


def test_round_the_clock_is_one_span_over_midnight():
    days = required([["00:00", "24:00"]], date(2026, 3, 17), date(2026, 3, 18), CHINA)
    assert days == [Span(START, START + timedelta(days=2))]
    assert hours_of(within(days, START + timedelta(hours=1), START + timedelta(hours=3))) == 2


@pytest.fixture
def hotline(desk: Desk) -> Channel:
    plan = ChannelPlan("400 热线", department="service", keeper=desk.agent, options={"hours": "00:00-24:00"})
    return conversations.open_channel(kind="phone", plan=plan, by=SYSTEM, at=desk.now.at)


def plan(channel: Channel, user: User, start: datetime, length: float, at: datetime) -> Shift:
    return actions.plan_shift(
        channel=channel, user=user, start=start, end=start + timedelta(hours=length), by=SYSTEM, at=at
    )


def watch(desk: Desk, channel: Channel, at: datetime) -> None:
    desk.now.at = at
    actions.watch(channel=channel, by=SYSTEM, at=at)


def gap_facts() -> list[tuple[str, datetime]]:
    return [
        (fact.kind.rpartition("_")[2], fact.at) for fact in facts_of(THE_COMPANY) if "shift_gap" in fact.kind
    ]


def test_a_removed_night_shows_ahead_and_is_a_fact_when_it_comes(
    desk: Desk, hotline: Channel, client: Client
):
    begin = desk.now.at
    plan(hotline, desk.agent, begin, 10, begin)
    night = plan(hotline, desk.world.supervisor, begin + timedelta(hours=10), 12, begin)
    page = reverse("channels:shifts", args=[hotline.pk])
    assert selectors.gaps_between(hotline, begin, begin + timedelta(hours=22)) == []
    actions.remove_shift(shift=night, by=SYSTEM, at=begin)
    assert selectors.gaps_between(hotline, begin, begin + timedelta(hours=22)) == [
        Span(begin + timedelta(hours=10), begin + timedelta(hours=22))
    ]
    assert "小时没有人值班" in client.get(page).text
    # not yet: nothing has come to pass
    watch(desk, hotline, begin + timedelta(hours=9))
    assert gap_facts() == []
    # somebody steps in after two hours; a worker that slept for a day finds the same instants
    plan(hotline, desk.world.supervisor, begin + timedelta(hours=12), 12, begin + timedelta(hours=11))
    for _again in range(2):
        watch(desk, hotline, begin + timedelta(hours=20))
    assert gap_facts() == [("found", begin + timedelta(hours=10)), ("filled", begin + timedelta(hours=12))]


def test_the_facts_are_the_same_however_often_somebody_looked(desk: Desk, hotline: Channel):
    begin = desk.now.at
    plan(hotline, desk.agent, begin + timedelta(hours=1), 2, begin)
    plan(hotline, desk.agent, begin + timedelta(hours=5), 2, begin)
    for minutes in range(0, 8 * 60 + 1, 30):
        watch(desk, hotline, begin + timedelta(minutes=minutes))
    expected = [("found", 0), ("filled", 1), ("found", 3), ("filled", 5), ("found", 7)]
    assert gap_facts() == [(kind, begin + timedelta(hours=n)) for kind, n in expected]


def test_what_cannot_be_planned_is_said(desk: Desk, hotline: Channel):
    begin = desk.now.at
    plan(hotline, desk.agent, begin, 8, begin)
    for start, length, user, word in (
        (begin - timedelta(hours=2), 1, desk.agent, "过去"),
        (begin, 25, desk.world.supervisor, "24 小时"),
        (begin + timedelta(hours=7), 2, desk.agent, "已经排了班"),
        (begin, 8, desk.world.executive, "没有接待客户的权限"),
    ):
        with pytest.raises(Invalid, match=word):
            plan(hotline, user, start, length, begin)
    over = Shift.objects.get()
    with pytest.raises(Refused, match="过去"):
        actions.remove_shift(shift=over, by=SYSTEM, at=begin + timedelta(hours=9))


def test_a_shift_that_goes_on_is_cut_not_undone(desk: Desk, hotline: Channel):
    begin = desk.now.at
    row = plan(hotline, desk.agent, begin, 8, begin)
    actions.remove_shift(shift=row, by=SYSTEM, at=begin + timedelta(hours=3))
    row.refresh_from_db()
    assert row.end_at == begin + timedelta(hours=3)


def test_a_week_is_planned_on_the_page_all_or_nothing(client: Client, desk: Desk, hotline: Channel):
    page = reverse("channels:shifts", args=[hotline.pk])
    sent = {
        "user": desk.agent.pk,
        "day": "2026-03-18",
        "start": "20:00",
        "end": "08:00",
        "days": "5",
        "weeks": "2",
    }
    assert client.post(page, sent).status_code == 303
    rows = list(Shift.objects.order_by("start_at"))
    assert len(rows) == 10
    assert rows[0].end_at - rows[0].start_at == timedelta(hours=12)
    assert rows[5].start_at.astimezone(CHINA) == datetime.combine(date(2026, 3, 25), time(20), CHINA)
    # the fourth of these is taken already: none is made
    clash = client.post(page, sent | {"day": "2026-03-15", "days": "5", "weeks": "1"})
    assert clash.status_code == 422
    again = client.post(
        page, sent | {"day": "2026-04-01", "days": "7", "weeks": "1", "start": "07:00", "end": "21:00"}
    )
    assert again.status_code == 303
    assert Shift.objects.count() == 17
    text = client.get(page + "?week=2026-03-18").text
    assert "林知夏" in text


def test_only_the_keeper_and_supervisors_plan(desk: Desk, hotline: Channel):
    page = reverse("channels:shifts", args=[hotline.pk])
    worker = browser_of(desk.world.engineer)
    assert worker.get(page).status_code == 200
    assert worker.post(page, {}).status_code == 403
    row = plan(hotline, desk.agent, desk.now.at, 8, desk.now.at)
    assert worker.post(reverse("channels:remove_shift", args=[row.pk])).status_code == 403
    assert (
        browser_of(desk.world.supervisor).post(reverse("channels:remove_shift", args=[row.pk])).status_code
        == 303
    )
