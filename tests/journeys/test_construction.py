"""The construction regulation lays complaints upon the customer's account manager, beside what the company adopted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keyue.cases.models import Case
from keyue.channels.email.digests import recipients
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.people.leaving import StillOpen
from keyue.people.models import Department, User
from keyue.promises import actions as promises
from keyue.promises import inbox
from keyue.promises import selectors as reading
from keyue.promises.enums import NoticeKind
from keyue.promises.models import Notice, Promise
from keyue.promises.verification import verify_promises
from tests.journeys.test_complaint_loop import act, complaint, states
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return found(packs=("feedback", "construction"))


def hire(username: str, name: str, at) -> User:
    user = people.create_staff(
        username=username,
        name=name,
        department=Department.objects.get(code="quality"),
        email=f"{username}@example.com",
        must_change_password=False,
        by=SYSTEM,
        at=at,
    )
    people.grant_role(user=user, role="account_manager", by=SYSTEM, at=at)
    return user


@pytest.fixture
def manager(world: World) -> User:
    return hire("lu", "陆渐鸿", world.founded_at)


@pytest.fixture
def successor(world: World) -> User:
    return hire("ou", "欧阳若水", world.founded_at)


@pytest.fixture
def customer(world: World, manager: User) -> Customer:
    return customers.create_customer(
        kind="organisation",
        name="澄江水务有限公司",
        contact_name="周叙白",
        phone="13800006027",
        source="phone",
        legal_basis="contract",
        account_manager=manager,
        by=SYSTEM,
        at=world.founded_at,
    )


def theirs(customer: Customer) -> Case:
    return complaint(customer=customer, contact=customer.contacts.get(), name="", phone="", email="")


def owners(case: Case, regulation: str = "construction") -> dict[str, str]:
    rows = Promise.objects.filter(subject_kind="case", subject_id=case.pk, regulation=regulation)
    return {row.control: row.owner for row in rows}


def sound() -> None:
    assert [str(difference) for difference in verify_promises(clock.now())] == []


def test_both_regulations_ask_and_one_word_answers_both(world: World, customer: Customer, manager: User):
    case = theirs(customer)
    assert {"first_response", "manager_response"} <= {control for control, _round in states(case)}
    assert owners(case) == {"manager_response": f"user:{manager.pk}"}
    assert owners(case, "feedback")["first_response"] == "service_desk"
    # the account manager answers: one act, two obligations (22)
    act(manager, case, "reply", via="call", body="已与客户通话，今天到场", spoke_to="周叙白")
    assert states(case)["first_response", 1] == states(case)["manager_response", 1] == "met"
    sound()


def test_without_an_account_manager_the_head_of_service_owes_it(world: World):
    assert owners(complaint()) == {"manager_response": "service_head"}


def test_feedback_is_no_complaint(world: World, customer: Customer):
    case = complaint(customer=customer, contact=customer.contacts.get(), type="feedback")
    assert owners(case) == {}
    act(world.agent, case, "classify", type="complaint", category="service")
    assert owners(case).keys() == {"manager_response"}


def test_the_promise_is_the_person_s_and_bears_the_name(world: World, customer: Customer, manager: User):
    case = theirs(customer)
    promise = Promise.objects.get(subject_kind="case", subject_id=case.pk, control="manager_response")
    assert promise in reading.owed_by(manager).first()
    assert promise not in reading.owed_by(world.stranger).first()
    notice = Notice.objects.get(promise=promise, kind=NoticeKind.ASSIGNED)
    assert notice in inbox.newest(manager, size=50)
    assert recipients(notice, clock.now()) == [manager]
    # others read the name, not the code
    client = Client()
    client.force_login(world.supervisor)
    for address in (f"/cases/{case.number}/", "/?scope=team"):
        page = client.get(address).content.decode()
        assert "陆渐鸿" in page
        assert f"user:{manager.pk}" not in page


def test_late_answers_are_told_to_the_person_and_the_next_rung(
    world: World, customer: Customer, manager: User, monkeypatch
):
    case = theirs(customer)
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(clock.now() + timedelta(hours=25))
    promises.look(now=clock.now())
    promise = Promise.objects.get(subject_kind="case", subject_id=case.pk, control="manager_response")
    assert (promise.state, promise.breach_owner) == ("breached", f"user:{manager.pk}")
    told = {(n.kind, n.to_code) for n in Notice.objects.filter(promise=promise, level=100)}
    assert told == {("remind", f"user:{manager.pk}"), ("escalate", "service_head")}


def test_open_cases_follow_the_account_manager(
    world: World, customer: Customer, manager: User, successor: User, monkeypatch
):
    ended, late, running = theirs(customer), theirs(customer), theirs(customer)
    act(world.agent, ended, "withdraw", via="call", spoke_to="周叙白", note="自己解决了，不用来了")
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(clock.now() + timedelta(hours=25))
    fresh = theirs(customer)
    act(world.agent, running, "reply", via="portal", body="收到，我们在查")
    at = clock.now()
    customers.assign_account_manager(customer=customer, user=successor, by=SYSTEM, at=at)
    new, old = f"user:{successor.pk}", f"user:{manager.pk}"
    assert owners(fresh) == {"manager_response": new}
    assert [f.data for f in facts_of(fresh.subject) if f.kind == "case.customer_matched"] == [
        {"account_manager": new}
    ]
    # a breach stays with who owned it when it fell due, what is closed with who closed it
    breached = Promise.objects.get(subject_kind="case", subject_id=late.pk, control="manager_response")
    assert (breached.owner, breached.breach_owner) == (new, old)
    assert owners(running) == {"manager_response": old}
    assert owners(ended) == {"manager_response": old}
    assert (
        Notice.objects.filter(promise__subject_kind="case", to_code=new, kind=NoticeKind.ASSIGNED).count()
        == 2
    )
    # nobody any more: the head of service, by the clause
    customers.assign_account_manager(customer=customer, user=None, by=SYSTEM, at=at)
    assert owners(fresh) == {"manager_response": "service_head"}
    sound()


def test_another_department_alone_moves_nothing(world: World, customer: Customer):
    case = theirs(customer)
    before = len(facts_of(case.subject))
    customers.assign_account_manager(
        customer=customer,
        user=customer.account_manager,
        department="service",
        by=SYSTEM,
        at=clock.now(),
    )
    assert len(facts_of(case.subject)) == before


def test_a_leaver_s_cases_go_with_the_customers(
    world: World, customer: Customer, manager: User, successor: User
):
    case, orphan = theirs(customer), theirs(customer)
    # a case whose customer is somebody else's by now still names the leaver
    Case.objects.filter(pk=orphan.pk).update(customer=None, contact=None)
    with pytest.raises(StillOpen) as caught:
        people.deactivate(user=manager, by=SYSTEM, at=clock.now())
    said = [str(remainder.sentence) for remainder in caught.value.remainders]
    assert any("2 个事项由陆渐鸿以客户经理身份负责" in sentence for sentence in said)
    people.deactivate(user=manager, heir=successor, by=SYSTEM, at=clock.now())
    assert owners(case) == owners(orphan) == {"manager_response": f"user:{successor.pk}"}
    promise = Promise.objects.get(subject_kind="case", subject_id=case.pk, control="manager_response")
    assert promise in reading.owed_by(successor).first()
    sound()


def test_the_person_cannot_let_themselves_off(world: World, customer: Customer, manager: User):
    promise = Promise.objects.get(subject_id=theirs(customer).pk, control="manager_response")
    people.grant_role(user=manager, role="executive", by=SYSTEM, at=clock.now())
    manager = User.objects.get(pk=manager.pk)
    made = promises.request(promise.pk, kind="waiver", reason="客户在外地", user=world.agent, at=clock.now())
    with pytest.raises(Refused, match="责任人不能批准"):
        promises.decide(made.pk, approve=True, user=manager, at=clock.now())
