"""What is owed, as walks along an index, against one plain condition."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Q

from keyue.cases import lists
from keyue.cases.actions.intake import Intake, register
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import actions
from keyue.promises import selectors as reading
from keyue.promises.models import Promise
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Complaints of the last two weeks, some of whose promises somebody has taken, some without a due instant."""
    made = found()
    now = clock.now()
    for n in range(24):
        at = now - timedelta(hours=13 * n + 1)
        with clock.telling(at):
            intake = Intake(
                type="complaint" if n % 3 else "inquiry",
                content=f"第{n}条：水泵异响。",
                is_anonymous=True,
                departments=frozenset({"tech"} if n % 2 else ()),
            )
            register(intake, by=Actor("customer", "portal"), at=at, source="portal")
    while actions.look(now=now).subjects:
        pass
    rows = list(Promise.objects.filter(is_open=True).order_by("pk"))
    Promise.objects.filter(pk__in=[row.pk for row in rows[::5]]).update(holder=made.agent)
    # what is overdue keeps its due instant
    timely = [row.pk for row in rows if row.breached_at is None]
    Promise.objects.filter(pk__in=timely[::3]).update(due=None)
    Promise.objects.filter(pk__in=timely[1::4]).update(due=now + timedelta(days=40))
    return made


def plain(user: User) -> Q:
    mine = Q(holder__in=people.acting_for(user))
    return (mine | Q(holder=None, owner__in=reading.owner_codes(user))) & Q(is_open=True)


@pytest.mark.parametrize("limit", [3, 50])
@pytest.mark.parametrize("name", ["agent", "supervisor", "engineer", "stranger"])
def test_the_buckets_are_those_of_the_plain_condition(world, name, limit):
    user, today = getattr(world, name), reading.today_at(clock.now())
    rows = Promise.objects.filter(plain(user))
    expected = {
        "late": rows.filter(due__lt=today.now),
        "today": rows.filter(due__gte=today.now, due__lte=today.end),
        "week": rows.filter(due__gt=today.end, due__lte=today.week_end),
        "later": rows.filter(Q(due__gt=today.week_end) | Q(due=None)),
    }
    owed = reading.owed_by(user)
    shown = owed.buckets(today, limit=limit)
    for bucket, wanted in expected.items():
        assert shown.counts[bucket] == wanted.count(), bucket
        first = list(wanted.exclude(due=None).order_by("due", "subject_id", "pk")[:limit])
        listed = list(getattr(shown, bucket))
        assert listed[: len(first)] == first, bucket
        assert set(listed) <= set(wanted)
        assert len(listed) == min(limit, wanted.count())
    assert owed.count() == rows.count()
    assert owed.count(most=2) == min(2, rows.count())
    if name == "supervisor":
        assert rows.count() > 10


@pytest.mark.parametrize("due", ["", "late", "week"])
def test_pages_follow_one_another(world, due):
    user, now = world.supervisor, clock.now()
    owed = reading.owed_by(user)
    found: list[Promise] = []
    cursor = ""
    while True:
        page, cursor = reading.page_by_due(owed, now, due=due, cursor=cursor, size=4)
        found += page
        if not cursor:
            break
    whole = owed.first(500)
    assert [row.pk for row in found] == [
        row.pk
        for row in whole
        if row.due
        and (not due or (row.due < now if due == "late" else row in owed.buckets(reading.today_at(now)).week))
    ]


def test_everybody_sees_all_that_is_open(world):
    assert reading.owed_in(world.supervisor).count() == Promise.objects.filter(is_open=True).count()
    assert reading.owed_in(world.stranger).count() == 0


@pytest.mark.parametrize(
    "filters", [lists.Filters(type="complaint"), lists.Filters(level="major"), lists.Filters()]
)
def test_a_long_queue_lists_the_same(world, monkeypatch, filters):
    when = lists.moment(clock.now())
    short = [case.pk for case in lists.queue(world.engineer, filters, when=when).cases]
    counted = lists.counts(world.engineer, [filters], when=when)
    monkeypatch.setattr(lists, "LONG_QUEUE", 1)
    assert [case.pk for case in lists.queue(world.engineer, filters, when=when).cases] == short
    assert lists.counts(world.engineer, [filters], when=when) == counted == [len(short)]
