"""Fields without code, completeness kept by every action, what was verified, what was learnt, and the daily check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keyue.customers import actions
from keyue.customers.actions.checking import check_archive, check_customer
from keyue.customers.actions.fields import change_field, define_field, restore_field, retire_field, set_upkeep
from keyue.customers.actions.measuring import measure_many
from keyue.customers.actions.upkeep import (
    enter_change,
    learn_change,
    note_information,
    set_extra,
    verify_fields,
)
from keyue.customers.completing import completeness_of, field_rules
from keyue.customers.enums import Kind
from keyue.customers.extras import opened_extra
from keyue.customers.models import CheckRun, Customer, Defect, FieldCheck, LastContact, LearntChange
from keyue.customers.upkeep_verification import verify_upkeep
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.people.models import User

from .conftest import BY
from .test_archive import facts

MORNING = datetime(2026, 3, 16, 21, 30, tzinfo=UTC)  # 05:30 on the 17th where the company is


@pytest.fixture(autouse=True)
def _weeks_pass(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests tell of days after `at`: the ledger takes no fact of a day to come."""
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=30))


@pytest.fixture
def full(company: Customer, at: datetime) -> Customer:
    """An organisation with everything that is asked for, and signed."""
    actions.change_customer(
        customer=company,
        changes={"address": "净水路 18 号", "needs": "药耗月报", "history": "三年运维", "credit": "good"},
        by=BY,
        at=at,
    )
    actions.change_contact(contact=company.contacts.get(), changes={"part": "decider"}, by=BY, at=at)
    return actions.change_stage(customer=company, stage="signed", reason="签约", by=BY, at=at)


def score(customer: Customer) -> int:
    customer.refresh_from_db()
    assert customer.completeness == completeness_of(customer).score
    return customer.completeness


# --- completeness ---


def test_every_action_keeps_the_score(make, at):
    customer = make(kind="organisation", name="临江水务", phone="", email="", legal_basis="contract")
    assert score(customer) == 10
    contact = actions.add_contact(customer=customer, name="方既明", by=BY, at=at)
    assert score(customer) == 25
    actions.change_contact(
        contact=contact, changes={"phone": "13600007742", "part": "approver"}, by=BY, at=at
    )
    assert score(customer) == 55
    actions.change_customer(customer=customer, changes={"credit": "good", "needs": "药耗月报"}, by=BY, at=at)
    assert score(customer) == 80
    actions.change_customer(customer=customer, changes={"needs": ""}, by=BY, at=at)
    assert score(customer) == 65


def test_a_file_without_a_decision_maker_is_not_complete(full, at):
    assert score(full) == 100
    actions.change_contact(contact=full.contacts.get(), changes={"part": "user"}, by=BY, at=at)
    assert score(full) == 90
    assert completeness_of(full).missing == ("decision_makers",)


def test_those_entered_together_are_scored_like_the_others(at):
    rows = [
        actions.NewCustomer(
            kind="organisation", name=f"水厂 {n}", contact_name="周叙白", phone=f"1380000{n:04d}"
        )
        for n in range(3)
    ]
    made = actions.create_many(customers=rows, by=BY, at=at, via="test")
    assert [score(customer) for customer, _contact in made] == [45, 45, 45]


def test_whoever_writes_in_is_scored_too(intake):
    customer, _contact, _known = intake(name="周叙白", phone="13812346027")
    assert score(customer) > 0
    again, _contact, known = intake(name="周叙白", phone="13812346027", email="zhou@example.com")
    assert known
    assert score(again) == score(customer)


# --- the company's own fields ---


def test_a_field_without_code(company, at):
    define_field(
        key="process",
        label="处理工艺",
        kind="choice",
        options=["膜法", "常规"],
        required=True,
        weight=20,
        by=BY,
        at=at,
    )
    measure_many([company.pk])
    assert "extra.process" in completeness_of(company).missing
    before = score(company)
    set_extra(customer=company, values={"process": "膜法"}, by=BY, at=at)
    assert score(company) > before
    with pytest.raises(Invalid) as caught:
        set_extra(customer=company, values={"process": "土法", "nothing": 1}, by=BY, at=at)
    assert set(caught.value.fields) == {"extra.process", "extra.nothing"}
    fact = facts(company)[-1]
    assert fact.data["fields"] == ["extra.process"]
    assert fact.data["new"] == {"extra.process": "膜法"}


def test_a_personal_field_stands_sealed_everywhere(person, at):
    define_field(key="birthday", label="生日", kind="date", is_personal=True, by=BY, at=at)
    set_extra(customer=person, values={"birthday": "1980-02-03"}, by=BY, at=at)
    person.refresh_from_db()
    assert person.extra == {}
    assert "1980" not in person.extra_sealed
    assert opened_extra([person]) == [{"birthday": "1980-02-03"}]
    fact = facts(person)[-1]
    assert "1980" not in str(fact.data)
    assert "1980" not in str(fact.sealed)
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    person.refresh_from_db()
    assert person.extra_sealed == ""
    assert opened_extra([person]) == [{}]


def test_keys_and_options_are_checked(at):
    define_field(key="meters", label="水表数", kind="number", by=BY, at=at)
    for wrong in ({"key": "phone"}, {"key": "meters"}, {"key": "9x"}, {"key": "大"}):
        with pytest.raises(Invalid):
            define_field(**{"key": "ok", "label": "甲", "kind": "text", "by": BY, "at": at, **wrong})
    with pytest.raises(Invalid):
        define_field(key="ok", label="甲", kind="choice", by=BY, at=at)
    with pytest.raises(Invalid):
        define_field(key="ok", label="", kind="text", by=BY, at=at)


def test_what_the_regulation_names_stays_required(at):
    with pytest.raises(Refused):
        change_field(key="phone", changes={"required": False}, by=BY, at=at)
    change_field(key="phone", changes={"weight": 40}, by=BY, at=at)
    change_field(key="email", changes={"required": True}, by=BY, at=at)
    rules = {rule.key: rule for rule in field_rules()}
    assert rules["phone"].weight == 40
    assert rules["email"].required
    with pytest.raises(NotFound):
        change_field(key="dream", changes={"weight": 1}, by=BY, at=at)


def test_a_retired_field_is_asked_for_no_more_and_keeps_its_values(company, at):
    define_field(key="meters", label="水表数", kind="number", required=True, by=BY, at=at)
    set_extra(customer=company, values={"meters": 3}, by=BY, at=at)
    retire_field(key="meters", by=BY, at=at)
    assert "extra.meters" not in {rule.key for rule in field_rules()}
    with pytest.raises(Invalid):
        set_extra(customer=company, values={"meters": 4}, by=BY, at=at)
    restore_field(key="meters", by=BY, at=at)
    company.refresh_from_db()
    assert opened_extra([company]) == [{"meters": "3"}]
    kinds = [f.kind for f in Fact.objects.filter(stream__kind="archive").order_by("rev")]
    assert kinds == ["archive.field_defined", "archive.field_retired", "archive.field_restored"]


# --- verified and learnt ---


def test_verified_on_by_and_how(company, at):
    verify_fields(customer=company, fields=["phone", "address"], how="phone", by=BY, at=at)
    later = at + timedelta(days=3)
    verify_fields(customer=company, fields=["phone"], how="visit", by=BY, at=later)
    rows = {row.field: row for row in FieldCheck.objects.filter(customer=company)}
    assert (rows["phone"].verified_at, rows["phone"].how) == (later, "visit")
    assert (rows["address"].verified_at, rows["address"].how) == (at, "phone")
    company.refresh_from_db()
    assert company.verified_at == later
    assert facts(company)[-1].data == {"fields": ["phone"], "how": "visit"}
    for wrong in ({"fields": []}, {"fields": ["dream"]}, {"how": "guess"}):
        with pytest.raises(Invalid):
            verify_fields(
                **{"customer": company, "fields": ["phone"], "how": "phone", "by": BY, "at": later, **wrong}
            )


def test_learnt_monday_entered_friday(company, at):
    friday = at + timedelta(days=4)
    learnt = learn_change(
        customer=company, fields=["address"], learnt_at=at, by=BY, at=at + timedelta(days=1)
    )
    assert facts(company)[-1].at == at
    with pytest.raises(Refused):
        enter_change(customer=company, change=learnt.change, values={"address": ""}, by=BY, at=friday)
    company.refresh_from_db()
    enter_change(customer=company, change=learnt.change, values={"address": "新址 1 号"}, by=BY, at=friday)
    row = LearntChange.objects.get()
    assert (row.learnt_at, row.entered_at) == (at, friday)
    assert facts(company)[-1].data["change"] == learnt.change
    with pytest.raises(Refused):
        enter_change(
            customer=company, change=learnt.change, values={"address": "新址 2 号"}, by=BY, at=friday
        )


def test_what_was_learnt_by_mistake_is_closed_by_looking(company, at):
    learnt = learn_change(customer=company, fields=["phone"], learnt_at=at, by=BY, at=at)
    verify_fields(customer=company, fields=["phone"], how="phone", change=learnt.change, by=BY, at=at)
    assert LearntChange.objects.get().entered_at == at
    with pytest.raises(Invalid):
        learn_change(customer=company, fields=["phone"], learnt_at=at + timedelta(days=1), by=BY, at=at)


def test_information_got_outside_is_entered_with_its_own_time(company, at):
    item = note_information(customer=company, collected_at=at - timedelta(days=3), by=BY, at=at)
    collected, entered = facts(company)[-2:]
    assert (collected.at, entered.at) == (at - timedelta(days=3), at)
    assert collected.data["item"] == entered.data["item"] == item


# --- the daily check ---


def run_through(now: datetime) -> int:
    n = 0
    while done := check_archive(now):
        n += done
    return n


def test_a_phone_deleted_today_is_a_defect_tomorrow(full, staff, at):
    actions.assign_account_manager(customer=full, user=staff.north_manager, by=BY, at=at)
    run_through(MORNING)
    assert not Defect.objects.exists()
    actions.change_contact(contact=full.contacts.get(), changes={"phone": ""}, by=BY, at=MORNING)
    run_through(MORNING + timedelta(days=1))
    [defect] = Defect.objects.all()
    assert (defect.kind, defect.fields, defect.mended_at) == ("incomplete", ["phone"], None)
    assert facts(full)[-1].kind == "customer.defect_found"
    actions.change_contact(contact=full.contacts.get(), changes={"phone": "13600007742"}, by=BY, at=MORNING)
    run_through(MORNING + timedelta(days=2))
    defect.refresh_from_db()
    assert defect.mended_at == MORNING + timedelta(days=2)
    assert facts(full)[-1].data == {"defect": defect.ref}


def test_a_day_is_checked_once(full, at):
    assert run_through(MORNING) == 1
    assert run_through(MORNING + timedelta(hours=3)) == 0
    [fact] = Fact.objects.filter(kind="archive.checked")
    assert fact.data == {"day": "2026-03-17", "checked": 1, "found": 0, "mended": 0}
    assert check_archive(MORNING - timedelta(hours=3)) == 0
    assert CheckRun.objects.count() == 1


def test_only_the_stages_that_the_company_named_are_checked(company, at):
    run_through(MORNING)
    assert not Defect.objects.exists()
    set_upkeep(stages=["prospect"], contact_days={"A": 30}, by=BY, at=at)
    run_through(MORNING + timedelta(days=1))
    assert Defect.objects.get().customer_id == company.pk


def test_the_same_defect_is_found_once_and_grows(full, at):
    actions.change_customer(customer=full, changes={"credit": ""}, by=BY, at=at)
    run_through(MORNING)
    actions.change_customer(customer=full, changes={"needs": ""}, by=BY, at=at)
    run_through(MORNING + timedelta(days=1))
    [defect] = Defect.objects.all()
    assert defect.fields == ["credit", "needs"]
    assert sum(fact.kind == "customer.defect_found" for fact in facts(full)) == 1


def test_a_manager_who_left_and_an_option_that_went(full, staff, at):
    define_field(key="process", label="工艺", kind="choice", options=["膜法"], by=BY, at=at)
    set_extra(customer=full, values={"process": "膜法"}, by=BY, at=at)
    actions.assign_account_manager(customer=full, user=staff.north_manager, by=BY, at=at)
    change_field(key="process", changes={"options": ["常规"]}, by=BY, at=at)
    User.objects.filter(pk=staff.north_manager.pk).update(is_active=False, left_at=at)
    check_customer(customer=full, by=BY, at=at)
    assert sorted(Defect.objects.values_list("kind", flat=True)) == ["irregular", "unattended"]


def test_the_check_puts_a_wrong_score_right(full):
    Customer.objects.filter(pk=full.pk).update(completeness=3)
    run_through(MORNING)
    assert score(full) == 100


def test_the_check_asks_as_much_for_many_as_for_few(query_count, at):
    rows = [
        actions.NewCustomer(
            kind="organisation", name=f"水厂 {n}", contact_name="周叙白", phone=f"1380000{n:04d}"
        )
        for n in range(40)
    ]
    actions.create_many(customers=rows, by=BY, at=at, via="test")
    set_upkeep(stages=["prospect"], contact_days={}, by=BY, at=at)
    with query_count("daily check of 40 files"):
        check_archive(MORNING)
    assert Defect.objects.filter(customer__kind=Kind.ORGANISATION).count() == 40


def test_verification_finds_what_was_tampered_with(full, at):
    verify_fields(customer=full, fields=["phone"], how="phone", by=BY, at=at)
    assert list(verify_upkeep()) == []
    Customer.objects.filter(pk=full.pk).update(completeness=3, verified_at=None)
    LastContact.objects.create(customer=full, contacted_at=at)
    said = [str(one) for one in verify_upkeep(sample=1)]
    assert len(said) == 3
    assert f"{full.number}：完整度记为 3，按档案应为 100" in said
