"""An edition is announced to those whom it binds; they confirm, with a test where there is one, and are reminded."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.people.models import Department, User
from keyue.promises.models import Notice
from keyue.regulations import actions, readers, selectors
from keyue.regulations.models import Edition, EditionReader
from tests.apps.regulations.conftest import DAY, SYSTEM, TEXT

pytestmark = pytest.mark.django_db

INTAKE = Subject("regulation", "intake")
TEST = {
    "pass": 2,
    "questions": [
        {"text": "多久登记？", "options": ["1 小时", "2 小时"], "answer": 0},
        {"text": "谁登记？", "options": ["门卫", "收发室", "经理"], "answer": 1},
    ],
}


@pytest.fixture
def cast(at) -> dict[str, User]:
    company = people.create_department(code="company", name="澄川环境", by=SYSTEM, at=at)
    service = people.create_department(code="service", name="客户服务部", parent=company, by=SYSTEM, at=at)
    desk = people.create_department(code="hotline", name="热线组", parent=service, by=SYSTEM, at=at)
    tech = people.create_department(code="tech", name="工程部", parent=company, by=SYSTEM, at=at)
    rooms = {"lin": service, "su": desk, "chen": tech, "gu": None}
    return {
        name: people.create_staff(username=name, name=f"员工{name}", department=room, by=SYSTEM, at=at)
        for name, room in rooms.items()
    }


def announce(pack, at: datetime, **more) -> Edition:
    edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=at)
    actions.approve_edition(edition=edition, by=SYSTEM, at=at)
    return actions.announce_edition(
        **{
            "edition": edition,
            "effective_from": at + 5 * DAY,
            "audience": {"all": True},
            "by": SYSTEM,
            "at": at,
            **more,
        }
    )


def confirm(edition: Edition, user: User, at: datetime, *answers: int) -> EditionReader:
    by = Actor("staff", str(user.pk))
    return actions.confirm_reading(edition=edition, answers=answers, by=by, at=at)


def asked(edition: Edition) -> set[str]:
    return set(edition.readers.values_list("user__username", flat=True))


def test_everybody_bound_is_asked_and_told(pack, at, cast):
    edition = announce(pack, at, interpreter="service", review_on=date(2027, 3, 1))
    assert asked(edition) == {"lin", "su", "chen", "gu"}
    assert (edition.interpreter, edition.review_on) == ("service", date(2027, 3, 1))
    assert {n.to_user.username for n in Notice.objects.filter(detail__what="edition_read")} == asked(edition)
    published = facts_of(INTAKE)[2].data
    assert published["audience"] == {"all": True} and published["review_on"] == "2027-03-01"


def test_a_department_stands_for_those_below_it(pack, at, cast):
    assert asked(announce(pack, at, audience={"departments": ["service"]})) == {"lin", "su"}


def test_nobody_need_be_asked(pack, at, cast):
    edition = announce(pack, at, audience={})
    assert asked(edition) == set() and readers.receipts(edition, at).rate is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"audience": {"departments": ["moon"]}}, "audience"),
        ({"audience": {"departments": []}}, "audience"),
        ({"audience": {"some": True}}, "audience"),
        ({"interpreter": "moon"}, "interpreter"),
        ({"review_on": date(2026, 3, 16)}, "review_on"),
        ({"test": {"pass": 3, "questions": TEST["questions"]}}, "pass"),
        ({"test": {"pass": 0, "questions": TEST["questions"]}}, "pass"),
        ({"test": {"pass": 1, "questions": []}}, "test"),
        (
            {"test": {"pass": 1, "questions": [{"text": "", "options": ["甲", "乙"], "answer": 0}]}},
            "question-1",
        ),
        ({"test": {"pass": 1, "questions": [{"text": "题", "options": ["甲"], "answer": 0}]}}, "question-1"),
        (
            {"test": {"pass": 1, "questions": [{"text": "题", "options": ["甲", "甲"], "answer": 0}]}},
            "question-1",
        ),
        (
            {"test": {"pass": 1, "questions": [{"text": "题", "options": ["甲", "乙"], "answer": 2}]}},
            "question-1",
        ),
        ({"test": TEST, "audience": {}}, "audience"),
    ],
)
def test_what_cannot_be_announced_like_this(pack, at, cast, more, field):
    with pytest.raises(Invalid) as caught, transaction.atomic():
        announce(pack, at, **more)
    assert field in caught.value.fields and selectors.newest_edition("intake") is None


def test_what_is_not_approved_is_not_announced(pack, at, cast):
    edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=at)
    with pytest.raises(Refused, match="还没有通过"):
        actions.announce_edition(edition=edition, effective_from=at, audience={}, by=SYSTEM, at=at)


def test_confirming_is_a_fact_and_counts_once(pack, at, cast):
    edition = announce(pack, at)
    first = confirm(edition, cast["lin"], at + DAY)
    again = confirm(edition, cast["lin"], at + 2 * DAY)
    assert first.read_at == again.read_at == at + DAY
    confirmed = [fact for fact in facts_of(INTAKE) if fact.kind == "regulation.reading_confirmed"]
    assert [fact.data["person"] for fact in confirmed] == [str(cast["lin"].pk)]
    found = readers.receipts(edition, at + DAY)
    assert (found.read, found.asked, found.rate) == (1, 4, 25.0)
    stranger = people.create_staff(username="wu", name="吴桐", by=SYSTEM, at=at)
    with pytest.raises(Refused, match="没有请您确认"):
        confirm(edition, stranger, at + DAY)
    with pytest.raises(Refused):
        actions.confirm_reading(edition=edition, by=SYSTEM, at=at)


def test_the_test_is_passed_or_taken_again(pack, at, cast):
    edition = announce(pack, at, test=TEST)
    lin = cast["lin"]
    with pytest.raises(Invalid) as caught:
        confirm(edition, lin, at + DAY, 0)
    assert set(caught.value.fields) == {"question-2"}
    failed = confirm(edition, lin, at + DAY, 0, 2)
    assert (failed.test_score, failed.tries, failed.read_at, failed.passed_at) == (1, 1, None, None)
    assert readers.waiting_for(lin) == [failed]
    passed = confirm(edition, lin, at + 2 * DAY, 0, 1)
    assert (passed.test_score, passed.tries) == (2, 2) and passed.read_at == passed.passed_at == at + 2 * DAY
    assert readers.waiting_for(lin) == []
    scores = [(f.kind, f.data["score"]) for f in facts_of(INTAKE) if "score" in f.data]
    assert scores == [("regulation.test_failed", 1), ("regulation.reading_confirmed", 2)]


def test_reminding_once_a_day(pack, at, cast):
    edition = announce(pack, at)
    confirm(edition, cast["lin"], at + DAY)
    assert actions.remind_readers(edition=edition, by=SYSTEM, at=at + DAY) == 3
    assert Notice.objects.filter(detail__what="edition_remind").count() == 3
    with pytest.raises(Refused, match="没有需要催的人"):
        actions.remind_readers(edition=edition, by=SYSTEM, at=at + DAY + timedelta(hours=23))
    assert actions.remind_readers(edition=edition, by=SYSTEM, at=at + 2 * DAY) == 3
    assert Notice.objects.filter(detail__what="edition_remind").count() == 6


def test_who_joins_later_is_asked_for_what_binds_them(pack, at, cast):
    edition = announce(pack, at, audience={"departments": ["service"]})
    assert actions.ask_newcomers(now=at + DAY) == 0
    hotline = Department.objects.get(code="hotline")
    people.create_staff(username="he", name="何苒", department=hotline, by=SYSTEM, at=at + DAY)
    people.create_staff(username="wu", name="吴桐", by=SYSTEM, at=at + DAY)
    assert actions.ask_newcomers(now=at + DAY) == 1 and asked(edition) == {"lin", "su", "he"}
    # who moves there is bound from then on
    people.change_staff(user=cast["chen"], changes={"department": hotline}, by=SYSTEM, at=at + 2 * DAY)
    assert actions.ask_newcomers(now=at + 2 * DAY) == 1 and "chen" in asked(edition)


def test_what_another_edition_has_replaced_need_not_be_read(pack, at, cast):
    old = announce(pack, at, effective_from=at + DAY)
    new_text = TEXT.replace("PT2H", "PT1H")
    draft = actions.draft_edition(text=new_text, answers={}, by=SYSTEM, at=at + 2 * DAY)
    actions.approve_edition(edition=draft, by=SYSTEM, at=at + 2 * DAY)
    new = actions.announce_edition(
        edition=draft, effective_from=at + 3 * DAY, audience={"all": True}, by=SYSTEM, at=at + 2 * DAY
    )
    assert [row.edition_id for row in readers.waiting_for(cast["lin"])] == [new.pk]
    people.create_staff(username="he", name="何苒", by=SYSTEM, at=at + 4 * DAY)
    assert actions.ask_newcomers(now=at + 4 * DAY) == 1
    assert "he" in asked(new) and "he" not in asked(old)


def test_who_has_left_is_not_in_the_rate(pack, at, cast):
    edition = announce(pack, at)
    confirm(edition, cast["su"], at + DAY)
    people.deactivate(user=cast["chen"], heir=cast["lin"], by=SYSTEM, at=at + DAY)
    found = readers.receipts(edition, at + DAY)
    assert (found.read, found.asked, found.left) == (1, 3, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(read_at=None),
        lambda rows: rows.update(asked_at=None),
        lambda rows: rows._raw_delete(rows.db),
    ],
)
def test_the_database_keeps_a_receipt(pack, at, cast, change):
    edition = announce(pack, at)
    row = confirm(edition, cast["lin"], at + DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(EditionReader.objects.filter(pk=row.pk))


def test_the_day_of_review_comes(pack, at, cast):
    edition = announce(pack, at, effective_from=at + DAY, review_on=date(2026, 4, 1))
    assert selectors.to_review(date(2026, 3, 31), at + 20 * DAY) == []
    assert selectors.to_review(date(2026, 4, 1), at + 20 * DAY) == [edition]
