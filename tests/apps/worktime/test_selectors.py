"""Reading calendars, and remembering them no longer than they hold."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from keyue.kernel.errors import NotFound
from keyue.worktime.actions import publish_calendar
from keyue.worktime.calendar import Calendar
from keyue.worktime.holidays import chinese_calendar
from keyue.worktime.selectors import calendar_versions, calendars, current_calendar, versions_of

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
OFFICE = {"weekly": {"mon": [["09:00", "18:00"]]}}
SHORT = {"weekly": {"mon": [["10:00", "16:00"]]}}


def publish(definition, *, days=0, code="company"):
    at = AT + timedelta(days=days)
    return publish_calendar(code=code, name=code, definition=definition, by="7", at=at)


def test_versions_are_told_oldest_first():
    publish(OFFICE)
    publish(SHORT, days=2)
    publish({"weekly": {}}, code="other")
    assert calendar_versions("company") == [
        (AT, Calendar.from_dict(OFFICE)),
        (AT + timedelta(days=2), Calendar.from_dict(SHORT)),
    ]
    assert [row.n for row in versions_of("company")] == [2, 1]
    assert [calendar.code for calendar in calendars()] == ["company", "other"]


def test_the_current_calendar_is_the_newest():
    publish(OFFICE)
    assert current_calendar("company") == Calendar.from_dict(OFFICE)
    publish(SHORT, days=2)
    assert current_calendar("company") == Calendar.from_dict(SHORT)


def test_where_none_is_published_there_is_none():
    assert calendar_versions("company") == []
    with pytest.raises(NotFound, match="company"):
        current_calendar("company")


def test_a_calendar_is_parsed_once(django_assert_num_queries):
    publish(OFFICE)
    first = current_calendar("company")
    with django_assert_num_queries(1):
        assert current_calendar("company") is first


def test_what_a_caller_does_to_the_list_is_his_own():
    publish(OFFICE)
    calendar_versions("company").clear()
    assert len(calendar_versions("company")) == 1


def test_a_version_rolled_back_is_forgotten():
    publish(OFFICE)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        publish(SHORT, days=1)
        assert current_calendar("company") == Calendar.from_dict(SHORT)
        raise ZeroDivisionError
    assert current_calendar("company") == Calendar.from_dict(OFFICE)
    publish({"weekly": {}}, days=1)
    assert current_calendar("company") == Calendar.from_dict({"weekly": {}})


def test_china_s_holidays_can_be_published():
    publish(chinese_calendar([2025, 2026], OFFICE["weekly"]))
    assert not current_calendar("company").is_working_day(datetime(2025, 10, 6).date())
