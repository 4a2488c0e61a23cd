"""Publishing calendars."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from keyue.kernel.errors import Invalid, Refused
from keyue.worktime.actions import publish_calendar
from keyue.worktime.models import CalendarVersion, WorkCalendar

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
WEEKLY = {"mon": [["09:00", "12:00"], ["11:00", "18:00"]]}


def publish(**changes):
    said = {"code": "company", "name": "公司", "definition": {"weekly": WEEKLY}, "by": "7", "at": AT}
    return publish_calendar(**(said | changes))


def test_the_first_version_makes_the_calendar():
    version = publish(note="建账")
    assert (version.n, version.by, version.recorded_at, version.note) == (1, "7", AT, "建账")
    assert (version.calendar.code, version.calendar.name) == ("company", "公司")


def test_what_is_stored_is_the_calendar_as_it_is_understood():
    version = CalendarVersion.objects.get(pk=publish().pk)
    assert version.definition == {
        "tz": "Asia/Shanghai",
        "weekly": {"mon": [["09:00", "18:00"]]},
        "holidays": [],
        "makeup_days": [],
        "makeup_hours": [],
    }


def test_versions_are_numbered_and_none_replaces_another():
    first = publish()
    second = publish(definition={"weekly": {}}, at=AT + timedelta(days=1))
    other = publish(code="factory", name="工厂")
    assert (first.n, second.n, other.n) == (1, 2, 1)
    assert [row.n for row in CalendarVersion.objects.filter(calendar__code="company")] == [1, 2]


def test_the_same_content_is_no_new_version():
    first = publish()
    again = publish(
        definition={"tz": "Asia/Shanghai", "weekly": {"mon": [["09:00", "18:00"]]}}, at=AT + timedelta(days=1)
    )
    assert again.pk == first.pk
    assert CalendarVersion.objects.count() == 1


def test_a_calendar_can_be_renamed():
    publish()
    publish(name="总部", at=AT + timedelta(days=1))
    assert WorkCalendar.objects.get().name == "总部"


def test_a_version_before_the_newest_is_refused():
    publish()
    with pytest.raises(Refused, match="更晚"):
        publish(definition={"weekly": {}}, at=AT - timedelta(seconds=1))
    assert CalendarVersion.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [{"definition": {"weekly": {"mon": [["18:00", "09:00"]]}}}, {"definition": None}, {"code": ""}, {"code": "公司"}, {"name": " "}],
)  # fmt: skip
def test_nonsense_is_refused_and_leaves_nothing(changes):
    with pytest.raises(Invalid):
        publish(**changes)
    assert not WorkCalendar.objects.exists()
    assert not CalendarVersion.objects.exists()


def test_a_version_is_never_changed_or_deleted():
    version = publish()
    version.note = "另一个说法"
    with pytest.raises(RuntimeError):
        version.save()
    with pytest.raises(RuntimeError):
        CalendarVersion.objects.get().save()
    with pytest.raises(RuntimeError):
        version.delete()
    with pytest.raises(RuntimeError):
        CalendarVersion.objects.all().delete()
    with pytest.raises(RuntimeError):
        CalendarVersion.objects.update(note="另一个说法")
    assert CalendarVersion.objects.get().note == ""


@pytest.mark.parametrize("changes", [{"n": 1}, {"n": 0}, {"n": 2, "by": ""}])
def test_the_database_refuses_nonsense(changes):
    version = publish()
    row = {"n": 2, "by": "7", "calendar": version.calendar, "recorded_at": AT, "definition": {}}
    with pytest.raises(IntegrityError), transaction.atomic():
        CalendarVersion.objects.create(**(row | changes))
    CalendarVersion.objects.create(**row)
