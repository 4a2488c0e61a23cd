"""Notes of contacts, next steps, and who was contacted often enough."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions, dealings, notes
from keyue.customers.actions.fields import set_upkeep
from keyue.customers.actions.notes import NextStep, agree_follow_up, finish_follow_up, record_contact
from keyue.customers.dealings import Of
from keyue.customers.models import ContactNote, Customer, FollowUp
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.sealing import sealed_values

from .conftest import BY
from .test_archive import facts


@pytest.fixture
def write(company: Customer, staff, at):
    """A note with everything that an important one must say; `write(topics="")` without the topics."""

    def note(customer: Customer = company, **more):
        given = {
            "way": "phone", "contacted_at": at - timedelta(hours=2), "staff": staff.north_manager,
            "attendees": "方既明、周叙白", "topics": "药耗月报", "feedback": "希望每月 5 日前", "next_steps": "下周给样表",
        }  # fmt: skip
        return record_contact(customer=customer, by=BY, at=at, **{**given, **more})

    return note


def test_a_note_is_sealed_and_tells_two_facts(write, company, at):
    note = write(is_important=True, present=[company.contacts.get().pk])
    assert "药耗" not in note.topics
    contacted, recorded = facts(company)[-2:]
    assert (contacted.kind, contacted.at) == ("customer.contacted", at - timedelta(hours=2))
    assert (recorded.kind, recorded.at) == ("customer.contact_recorded", at)
    assert contacted.data["contact"] == recorded.data["contact"] == note.ref
    assert recorded.data["attendees"] == 3
    assert recorded.data["topics"] is True
    assert "药耗" not in str(recorded.data)
    [card] = notes.notes_of(company).cards
    assert (card.topics, card.feedback) == ("药耗月报", "希望每月 5 日前")
    assert [one.id for one in card.present] == [company.contacts.get().pk]
    assert (card.delay.hours, card.delay.working_days) == (2.0, 0)


@pytest.mark.parametrize("lacks", ["attendees", "topics", "feedback", "next_steps"])
def test_an_important_note_lacks_nothing(write, lacks):
    with pytest.raises(Invalid) as caught:
        write(is_important=True, **{lacks: ""})
    assert set(caught.value.fields) == {lacks}
    assert not ContactNote.objects.exists()
    write(is_important=False, **{lacks: ""})


def test_who_was_there_may_be_on_file(write, company):
    write(is_important=True, attendees="", present=[company.contacts.get().pk])


def test_what_makes_no_sense_is_refused(write, company, person, at):
    own = person.contacts.get().pk
    for wrong in (
        {"contacted_at": at + timedelta(minutes=1)}, {"way": "pigeon"}, {"present": [own]},
        {"attendees": "", "topics": "", "feedback": "", "next_steps": ""}, {"topics": "长" * 2001},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            write(**wrong)
    actions.erase(customer=company, reason="requested", by=BY, at=at)
    with pytest.raises(Refused):
        write()


def test_three_days_late_shows_three_days(write, company, at):
    write(contacted_at=at - timedelta(days=3))
    [card] = notes.notes_of(company).cards
    assert card.delay.hours == 72


def test_next_steps_are_owed_and_done(write, company, staff, at):
    due = at + timedelta(days=7)
    note = write(
        follow_ups=[NextStep("给样表", due), NextStep("报价", due + timedelta(days=1), staff.south_manager)]
    )
    agreed = facts(company)[-2:]
    assert [fact.kind for fact in agreed] == ["customer.follow_up_agreed"] * 2
    assert [values["what"] for values in sealed_values(agreed)] == ["给样表", "报价"]
    assert agreed[0].data["staff"] == f"user:{staff.north_manager.pk}"
    first, _second = notes.open_steps_of(company)
    assert (first.what, first.owner) == ("给样表", "林知夏")
    row = FollowUp.objects.get(pk=first.id)
    finish_follow_up(follow_up=row, outcome="done", by=BY, at=at)
    finish_follow_up(follow_up=row, outcome="needless", by=BY, at=at)
    assert [step.what for step in notes.open_steps_of(company)] == ["报价"]
    assert facts(company)[-1].data == {"follow_up": row.ref, "outcome": "done"}
    agree_follow_up(row=note, step=NextStep("再电话一次", due), by=BY, at=at)
    assert [step.what for step in notes.steps_owed_by(staff.north_manager)[0]] == ["再电话一次"]
    with pytest.raises(Invalid):
        agree_follow_up(row=note, step=NextStep("昨天", at - timedelta(days=1)), by=BY, at=at)


def test_the_timeline_says_what_was_agreed_and_until_when(write, company, staff, client, at, monkeypatch):
    due = at + timedelta(days=3)
    write(follow_ups=[NextStep("送样表，\n并约下次走访", due, staff.agent)])
    later = at + timedelta(minutes=1)
    found = dealings.dealings_of(staff.agent, company, [company.pk], before=later, of=Of.CONTACTS)
    [row] = [row for row in found.rows if row.due]
    assert (row.text, row.due) == ("约定下一步：送样表， 并约下次走访", due)
    monkeypatch.setattr(clock, "now", lambda: later)
    client.force_login(staff.agent)
    url = f"/customers/{company.number}/?part=dealings&of=contacts"
    page = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "约定下一步：送样表， 并约下次走访" in page
    assert "3月19日 10:00 前" in page


def test_a_long_step_is_cut_and_one_of_an_erased_person_says_nothing(write, person, staff, at):
    write(person, follow_ups=[NextStep("再约" * 60, at + timedelta(days=3), staff.agent)])
    later = at + timedelta(minutes=1)

    def agreed():
        found = dealings.dealings_of(staff.agent, person, [person.pk], before=later, of=Of.CONTACTS)
        return [row.text for row in found.rows if row.due]

    assert agreed() == ["约定下一步：" + "再约" * 39 + "再…"]
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert agreed() == ["约定下一步"]


def test_erasure_leaves_no_text_behind(write, person, at):
    write(person, follow_ups=[NextStep("给样表", at + timedelta(days=1))], attendees="", present=[])
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    [note], [step] = ContactNote.objects.all(), FollowUp.objects.all()
    assert (note.topics, note.feedback, step.what) == ("", "", "")


def test_notes_and_steps_are_seen_by_who_sees_the_customer(write, make, staff, at):
    south = make(kind="organisation", name="南区水厂", legal_basis="contract", department="south")
    note = write(south, follow_ups=[NextStep("报价", at + timedelta(days=1), staff.agent)])
    assert notes.note_for(staff.south_manager, note.ref) == note
    with pytest.raises(NotFound):
        notes.note_for(staff.north_manager, note.ref)
    step = FollowUp.objects.get()
    assert notes.follow_up_for(staff.agent, step.pk) == step
    with pytest.raises(NotFound):
        notes.follow_up_for(staff.north_manager, step.pk)


def test_pages_of_notes_follow_each_other(write, company, at):
    for n in range(7):
        write(topics=f"第 {n} 次", contacted_at=at - timedelta(hours=n))
    first = notes.notes_of(company, size=3)
    second = notes.notes_of(company, size=3, cursor=first.next)
    third = notes.notes_of(company, size=3, cursor=second.next)
    said = [card.topics for page in (first, second, third) for card in page.cards]
    assert said == [f"第 {n} 次" for n in range(7)]
    assert third.next == ""
    with pytest.raises(Invalid):
        notes.notes_of(company, cursor="昨天~1")


# --- the plan ---


@pytest.fixture
def graded(make, staff, at):
    """`graded("A", "north")`: a signed organisation of that grade, looked after there."""

    def customer(grade: str, department: str, name: str = "水厂") -> Customer:
        made = make(
            kind="organisation", name=f"{department}{name}{grade}", phone="", email="", legal_basis="contract",
            grade=grade, account_manager=getattr(staff, f"{department}_manager"),
        )  # fmt: skip
        return actions.change_stage(customer=made, stage="signed", reason="签约", by=BY, at=at)

    return customer


def test_coverage_has_its_denominator(graded, write, staff, at):
    late, fresh, never, without = (graded("A", "north", str(n)) for n in range(4))
    actions.change_customer(customer=without, changes={"grade": None}, by=BY, at=at)
    write(late, contacted_at=at - timedelta(days=31))
    write(fresh, contacted_at=at - timedelta(days=29))
    whole = notes.coverage(staff.agent, now=at, mine=False)
    assert (whole.covered, whole.total, whole.overdue, whole.never) == (1, 3, 1, 1)
    assert round(whole.rate or 0, 1) == 33.3
    assert notes.coverage(staff.south_manager, now=at, mine=False).rate is None
    page = notes.contact_plan(staff.north_manager, now=at, mine=True)
    assert [row.customer_id for row in page.rows] == [late.pk, fresh.pk, never.pk]
    overdue = notes.contact_plan(staff.north_manager, now=at, mine=True, overdue=True)
    assert [row.customer_id for row in overdue.rows] == [late.pk]
    first = notes.contact_plan(staff.agent, now=at, mine=False, size=2)
    second = notes.contact_plan(staff.agent, now=at, mine=False, size=2, cursor=first.next)
    assert [row.customer_id for row in (*first.rows, *second.rows)] == [late.pk, fresh.pk, never.pk]


def test_coverage_by_person_and_department(graded, write, staff, at):
    write(graded("B", "north"), contacted_at=at - timedelta(days=10))
    graded("B", "south")
    by_person = {
        row.name: row.coverage for row in notes.coverage_by(staff.agent, now=at, by="account_manager")
    }
    assert by_person["林知夏"].rate == 100
    assert by_person["陈砚"].rate == 0
    by_department = {
        row.name: row.coverage.total for row in notes.coverage_by(staff.agent, now=at, by="department")
    }
    assert by_department == {"北区": 1, "南区": 1}
    [only] = notes.coverage_by(staff.north_manager, now=at, by="department")
    assert only.name == "北区"


def test_the_company_sets_the_intervals(graded, staff, at):
    customer = graded("D", "north")
    assert notes.plan_of(customer).due == customer.created_at + timedelta(days=180)
    set_upkeep(stages=["signed"], contact_days={"A": 7}, by=BY, at=at)
    assert notes.plan_of(customer).due is None
    assert notes.coverage(staff.agent, now=at, mine=False).rate is None
    with pytest.raises(Invalid):
        set_upkeep(stages=["signed"], contact_days={"A": 0}, by=BY, at=at)


def test_past_customers_are_not_planned(graded, staff, at):
    customer = graded("A", "north")
    actions.lose_customer(customer=customer, reason="price", win_back=False, remark="", by=BY, at=at)
    customer.refresh_from_db()
    assert notes.plan_of(customer).due is None
    assert notes.contact_plan(staff.agent, now=at, mine=False).rows == []


def test_last_contacts_for_others(write, company, person, at):
    write(contacted_at=at - timedelta(days=1))
    write(contacted_at=at - timedelta(days=5))
    assert notes.last_contacts([company.pk, person.pk]) == {company.pk: at - timedelta(days=1)}
