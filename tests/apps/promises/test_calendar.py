"""Another calendar for the company: one recorded act, which moves what is open and not overdue and nothing else (27)."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM, Actor, Draft
from keyue.ledger.models import Fact
from keyue.promises import actions, selectors
from keyue.promises.actions.publishing import SUBJECT, digest_of
from keyue.promises.models import Promise
from keyue.promises.moving import may_move
from keyue.promises.verification import verify_calendars
from keyue.regulations.actions import adopt_pack
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import Calendar
from keyue.worktime.models import CalendarVersion
from tests.apps.ledger.tampering import tamper

pytestmark = pytest.mark.django_db
OFFICE = {
    "tz": "Asia/Shanghai",
    "weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "horizon": "2025-12-31",
}
BEFORE = datetime(2025, 6, 2, 1, 0, tzinfo=UTC)
FRIDAY = datetime(2025, 6, 6, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai
MONDAY_OFF = {**OFFICE, "holidays": ["2025-06-09"]}
BY = Actor("staff", "7")


@pytest.fixture
def company(db) -> None:
    adopt_pack(
        pack="feedback",
        effective_from=BEFORE,
        answers={"plan.within": "4 working hours"},
        by=SYSTEM,
        at=BEFORE,
    )
    publish(OFFICE, at=BEFORE)


def publish(definition: object, *, at: datetime, **said: object) -> CalendarVersion:
    return actions.publish_calendar(**{"definition": definition, "by": BY, "at": at, "source": "web", **said})


def assigned(at: datetime) -> Promise:
    """The promise of a plan for a case that was assigned then."""
    early = datetime(2024, 1, 1, tzinfo=UTC)
    case = Case.objects.create(
        received_type="feedback", type="feedback", channel="phone", title="a", content="a",
        received_at=early, registered_at=early,
    )  # fmt: skip
    facts = [Draft("case.received", {"type": "feedback"}), Draft("case.assigned", {"lead": "tech"})]
    with clock.telling(at):
        actions.record(case.subject, facts, by=SYSTEM, at=at, source="test")
        work(at)
    return Promise.objects.get(subject_id=case.pk, control="plan")


def work(now: datetime) -> None:
    """What the worker does until there is nothing left to do."""
    with clock.telling(now):
        while actions.follow_calendars(now=now) or actions.look(now=now).subjects:
            pass


def verified(now: datetime) -> str:
    """What `keyue verify` prints; it fails where it finds anything."""
    out = io.StringIO()
    with clock.telling(now):
        call_command("verify", stdout=out)
    return out.getvalue()


def facts() -> list[Fact]:
    rows = Fact.objects.filter(kind="calendar.published").order_by("pk")
    return [row for row in rows if row.stream.subject == SUBJECT]


# --- what moves ---------------------------------------------------------------------------------------------------


def test_open_promises_move_and_verdicts_stay(company):
    """An open promise gets another due, a broken one and a kept one stay as they are, and verify accepts it."""
    broken = assigned(BEFORE + timedelta(days=1))
    kept = assigned(BEFORE + timedelta(days=1))
    with clock.telling(FRIDAY - timedelta(days=3)):
        plan = [Draft("case.plan_filed", {"text": "x"}, evidence=[{"type": "call"}])]
        actions.record(
            Case.objects.get(pk=kept.subject_id).subject, plan, by=SYSTEM,
            at=BEFORE + timedelta(days=1, hours=1), source="test",
        )  # fmt: skip
    still = assigned(FRIDAY)
    evening = FRIDAY + timedelta(hours=6)
    work(evening)
    before = {pk: Promise.objects.filter(pk=pk).values().get() for pk in (broken.pk, kept.pk)}
    assert before[broken.pk]["state"] == "breached" and before[kept.pk]["state"] == "met"
    still.refresh_from_db()
    assert still.due == datetime(2025, 6, 9, 3, 0, tzinfo=UTC)  # Monday 11:00

    assert may_move(Calendar.from_dict(OFFICE), Calendar.from_dict(MONDAY_OFF), evening) == 1
    publish(MONDAY_OFF, at=evening, note="端午补休", revision=1)
    work(evening)

    still.refresh_from_db()
    assert still.due == datetime(2025, 6, 10, 3, 0, tzinfo=UTC) and still.state == "pending"  # Tuesday 11:00
    for pk, row in before.items():
        assert Promise.objects.filter(pk=pk).values().get() == row
    assert "台账完整" in verified(evening)
    # on the Monday nothing is overdue, on the Tuesday it is
    work(datetime(2025, 6, 9, 12, 0, tzinfo=UTC))
    still.refresh_from_db()
    assert still.state == "pending"
    work(still.due + timedelta(seconds=1))
    still.refresh_from_db()
    assert still.state == "breached" and still.breached_at == still.due
    assert "台账完整" in verified(still.due + timedelta(minutes=1))


def test_what_was_provisional_is_so_no_more_once_the_notice_is_entered(company):
    late = datetime(2025, 12, 31, 8, 0, tzinfo=UTC)
    plan = assigned(late)
    assert plan.provisional and plan.due == datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
    known = {**OFFICE, "holidays": ["2026-01-01", "2026-01-02"], "horizon": "2026-12-31"}
    publish(known, at=late + timedelta(minutes=5))
    work(late + timedelta(minutes=6))
    plan.refresh_from_db()
    assert not plan.provisional and plan.due == datetime(2026, 1, 5, 3, 0, tzinfo=UTC)


# --- how many may move --------------------------------------------------------------------------------------------


def test_the_count_is_of_what_may_move(company):
    old = Calendar.from_dict(OFFICE)
    assigned(FRIDAY)
    assigned(FRIDAY)
    now = FRIDAY + timedelta(hours=1)

    def count(**said: object) -> int:
        return may_move(old, Calendar.from_dict({**OFFICE, **said}), now)

    assert count() == count(horizon="2026-12-31") == 0
    assert count(holidays=["2025-06-09"]) == 2
    # after they are due
    assert count(holidays=["2025-06-10"]) == 0
    assert count(weekly={**OFFICE["weekly"], "mon": [["08:00", "18:00"]]}) == 2
    assert count(makeup_days=["2025-06-07"], makeup_hours=[["09:00", "12:00"]]) == 2
    # promises in natural time stay: classification, assessment and all else that is open
    assert Promise.objects.filter(is_open=True).count() > 2
    # another zone moves whatever has a limit
    assert count(tz="Asia/Tokyo") > 2
    assert may_move(old, Calendar.from_dict(MONDAY_OFF), FRIDAY + timedelta(days=9)) == 0


def test_the_count_stops_at_a_hundred(company, monkeypatch):
    monkeypatch.setattr("keyue.promises.moving.MOST_COUNTED", 3)
    for _n in range(4):
        assigned(FRIDAY)
    assert may_move(Calendar.from_dict(OFFICE), Calendar.from_dict(MONDAY_OFF), FRIDAY) == 3


# --- the act ------------------------------------------------------------------------------------------------------


def test_it_is_recorded_who_and_when(company):
    version = publish(MONDAY_OFF, at=FRIDAY, note=" 端午补休 ", revision=1)
    assert (version.n, version.by, version.recorded_at, version.note) == (2, "7", FRIDAY, "端午补休")
    fact = facts()[-1]
    assert (fact.actor_kind, fact.actor_id, fact.at, fact.source) == ("staff", "7", FRIDAY, "web")
    assert fact.data == {"n": 2, "digest": digest_of(version)}
    assert len(facts()) == 2
    assert selectors.company_calendar() == Calendar.from_dict(MONDAY_OFF)


def test_the_same_again_is_no_version_and_no_fact(company):
    assert publish(OFFICE, at=FRIDAY).n == 1
    assert len(facts()) == 1


@pytest.mark.parametrize("revision", [0, 2])
def test_another_version_came_meanwhile(company, revision):
    with pytest.raises(Refused) as found:
        publish(MONDAY_OFF, at=FRIDAY, revision=revision)
    assert found.value.code == "conflict"
    assert worktime.newest_version("company").n == 1 and len(facts()) == 1


def test_a_day_that_is_over_stays(company):
    with pytest.raises(Invalid) as found:
        publish({**OFFICE, "holidays": ["2025-06-05"]}, at=FRIDAY)
    assert "2025-06-05" in str(found.value) and "holidays" in found.value.fields
    # which day it is, the calendar's zone says: it is Saturday there
    publish({**OFFICE, "holidays": ["2025-06-06"]}, at=FRIDAY)
    with pytest.raises(Invalid):
        publish(OFFICE, at=FRIDAY + timedelta(hours=9))
    assert worktime.newest_version("company").n == 2


@pytest.mark.parametrize(
    "definition", [None, [], {}, {"weekly": {}}, {"weekly": {"mon": "9-5"}}, {**OFFICE, "x": 1}]
)
def test_what_is_no_calendar_is_none(company, definition):
    with pytest.raises(Invalid) as found:
        publish(definition, at=FRIDAY)
    assert str(found.value)
    assert worktime.newest_version("company").n == 1


# --- nothing changes what was published ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM worktime_calendarversion",
        "UPDATE worktime_calendarversion SET note = 'x'",
        "UPDATE worktime_workcalendar SET code = 'x'",
    ],
)
def test_the_database_refuses_to_change_a_version(company, statement):
    with (
        pytest.raises((IntegrityError, OperationalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert "台账完整" in verified(FRIDAY)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM worktime_calendarversion WHERE n = 2", "第 2 版不见了"),
        ("UPDATE worktime_calendarversion SET n = 3 WHERE n = 2", "第 3 版没有发布它的事实"),
        ("UPDATE worktime_calendarversion SET definition = '{}' WHERE n = 2", "第 2 版与发布时记下的不同"),
        (
            "UPDATE worktime_calendarversion SET recorded_at = '2024-01-01 00:00:00' WHERE n = 2",
            "第 2 版与发布时记下的不同",
        ),
    ],
)
def test_verify_finds_a_version_that_was_changed_past_its_protection(company, statement, said):
    publish(MONDAY_OFF, at=FRIDAY)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table cannot be altered yet
    tamper(statement, table="worktime_calendarversion")
    assert said in [str(problem).split(" ", 1)[1] for problem in verify_calendars()]
