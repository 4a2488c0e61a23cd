"""Rules of retention: whom they find, that they find them once, and that a person decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import selectors as ledger
from keyue.privacy import actions, last_dealings, selectors
from keyue.privacy.actions import retention
from keyue.privacy.models import RetentionCandidate

from .conftest import AT, BY, kinds, last

YEARS_ON = datetime(2030, 4, 1, tzinfo=UTC)


@pytest.fixture
def past(make):
    """Somebody who has been a past customer since AT."""
    customer = make(name="许知远", phone="13700001111", email="")
    return customers.lose_customer(
        customer=customer, reason="closed", win_back=False, remark="停业", by=BY, at=AT
    )


@pytest.fixture
def rule(staff):
    return actions.set_rule(
        name="历史客户三年", kind="past", years=3, ground="个人信息保护法第十九条", user=staff.officer, at=AT
    )


def look(now):
    turns = 0
    while actions.look_on(now=now):
        turns += 1
    return turns


def found():
    return [
        row.customer_id for row in RetentionCandidate.objects.filter(decided_at=None).order_by("customer")
    ]


def test_a_rule_finds_whose_time_is_over_once_and_deletes_nothing(rule, past, person, go_to):
    go_to(YEARS_ON)
    assert actions.look_on(now=AT + timedelta(days=3 * 365)) == 0 and found() == []
    look(YEARS_ON)
    assert found() == [past.pk]
    assert last(past, "customer.retention_ended").data == {"rule": str(rule.pk)}
    look(YEARS_ON + timedelta(days=2))
    assert found() == [past.pk] and kinds(past).count("customer.retention_ended") == 1
    past.refresh_from_db()
    assert not past.is_erased
    assert "customer.retention_ended" not in kinds(person)


def test_the_archive_is_looked_through_in_turns_and_once_a_day(rule, past, make, monkeypatch, go_to):
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    for n in range(4):
        make(name="甲乙", phone=f"1370000222{n}", email="")
    go_to(YEARS_ON + timedelta(days=3))
    assert actions.look_on(now=YEARS_ON) == 2
    assert look(YEARS_ON) >= 1
    assert found() == [past.pk]
    assert actions.look_on(now=YEARS_ON + timedelta(hours=23)) == 0
    assert actions.look_on(now=YEARS_ON + timedelta(days=1)) == 2


def test_persons_count_from_their_last_dealing(staff, make, monkeypatch, go_to):
    go_to(YEARS_ON)
    monkeypatch.setattr(last_dealings, "_rooms", {})
    quiet, busy, running = (make(phone=f"1370000333{n}", email="") for n in range(3))
    make(kind="organisation", name="远山机械有限公司", phone="", email="")
    last_dealings.register("cases", lambda ids: {busy.pk: YEARS_ON - timedelta(days=90)})
    last_dealings.register("contracts", lambda ids: {running.pk: YEARS_ON + timedelta(days=900)})
    actions.set_rule(
        name="无往来三年", kind="without_dealings", years=3, ground="个保法十九条", user=staff.officer, at=AT
    )
    look(YEARS_ON)
    assert found() == [quiet.pk]


def test_keeping_takes_a_ground_and_a_day_and_takes_the_finding_back(rule, past, staff, go_to):
    go_to(YEARS_ON)
    look(YEARS_ON)
    candidate = RetentionCandidate.objects.get()
    values = {
        "candidate": candidate,
        "decision": "keep",
        "said": "保修到年底",
        "user": staff.officer,
        "at": YEARS_ON,
    }
    with pytest.raises(Invalid, match="选择依据"):
        actions.decide_candidate(**values)
    with pytest.raises(Invalid, match="哪一天"):
        actions.decide_candidate(**values, ground="contract_runs", keep_until=date(2030, 1, 1))
    with pytest.raises(Invalid, match="理由"):
        actions.decide_candidate(
            **{**values, "said": ""}, ground="contract_runs", keep_until=date(2030, 12, 31)
        )
    kept = actions.decide_candidate(**values, ground="contract_runs", keep_until=date(2030, 12, 31))
    assert kept.decision == "keep" and "保修" not in kept.said
    voided = {fact.voids for fact in ledger.facts_of(past.subject)}
    assert str(candidate.uid) in voided
    look(YEARS_ON + timedelta(days=2))
    assert found() == []
    go_to(datetime(2031, 1, 2, tzinfo=UTC))
    look(datetime(2031, 1, 2, tzinfo=UTC))
    assert found() == [past.pk]


def test_erasing_and_restricting_are_done_by_the_decision(rule, past, staff, go_to):
    go_to(YEARS_ON)
    look(YEARS_ON)
    hold = actions.place_hold(customer=past, why="诉讼", user=staff.officer, at=YEARS_ON)
    values = {
        "candidate": RetentionCandidate.objects.get(),
        "said": "期满",
        "user": staff.officer,
        "at": YEARS_ON,
    }
    with pytest.raises(Refused, match="法律保全"):
        actions.decide_candidate(**values, decision="erase")
    assert RetentionCandidate.objects.get().decision == ""
    actions.release_hold(hold=hold, why="已结案", user=staff.officer, at=YEARS_ON)
    done = actions.decide_candidate(**values, decision="erase")
    past.refresh_from_db()
    assert past.is_erased and done.said == ""
    with pytest.raises(Refused):
        actions.decide_candidate(**values, decision="restrict")


def test_whoever_is_restricted_is_not_found_again(rule, past, staff, go_to):
    go_to(YEARS_ON + timedelta(days=2))
    look(YEARS_ON)
    actions.decide_candidate(
        candidate=RetentionCandidate.objects.get(),
        decision="restrict",
        said="法定期限未满",
        user=staff.officer,
        at=YEARS_ON,
    )
    assert selectors.is_restricted(past.pk)
    look(YEARS_ON + timedelta(days=2))
    assert found() == []


def test_a_rule_that_ended_finds_nobody(rule, past, staff, go_to):
    actions.end_rule(rule=rule, user=staff.officer, at=AT)
    go_to(YEARS_ON)
    look(YEARS_ON)
    assert found() == []
    with pytest.raises(Refused):
        actions.end_rule(rule=rule, user=staff.officer, at=AT)


def test_candidates_come_page_by_page_to_those_who_see_them(rule, past, staff, go_to):
    go_to(YEARS_ON)
    look(YEARS_ON)
    rows, cursor = selectors.candidates_page(staff.officer, size=1)
    assert [row.customer_id for row in rows] == [past.pk] and cursor == ""
    assert selectors.candidates_page(staff.worker)[0] == []
