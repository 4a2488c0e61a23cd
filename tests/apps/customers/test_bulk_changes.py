"""Many customers given something at once: each by itself, taken back by a second one, gone on with by a worker."""

from __future__ import annotations

import pytest

from keyue.customers import actions
from keyue.customers.actions import changing_many
from keyue.customers.actions.changing_many import start_change, undo_change, work_changes
from keyue.customers.models import BulkChangeItem, Customer
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.access import forget

from .conftest import BY


@pytest.fixture
def keeper(staff, at):
    """Somebody who sees everybody and may assign."""
    user = people.create_staff(username="keeper", name="朱管", department=staff.north, by=BY, at=at)
    people.grant_role(user=user, role="service_supervisor", by=BY, at=at)
    forget(user)
    return user


@pytest.fixture
def five(make, staff):
    return [
        make(phone=f"1390000000{n}", email="", account_manager=(None, staff.south_manager)[n % 2])
        for n in range(5)
    ]


def ids(customers):
    return [one.pk for one in customers]


def test_account_managers_are_given_and_given_back(keeper, five, staff, at):
    change = start_change(
        user=keeper, kind="manager", value=str(staff.north_manager.pk), customer_ids=ids(five), by=BY, at=at
    )
    assert (change.total, change.finished_at) == (5, at)
    assert set(Customer.objects.values_list("account_manager", "department")) == {
        (staff.north_manager.pk, "north")
    }
    assert Fact.objects.filter(kind="customer.account_manager_assigned", source="bulk").count() == 5
    # somebody has looked at one of them since
    actions.assign_account_manager(customer=five[0], user=staff.south_manager, by=BY, at=at)
    back = undo_change(change=change, user=keeper, by=BY, at=at)
    managers = [Customer.objects.get(pk=pk).account_manager_id for pk in ids(five)]
    south = staff.south_manager.pk
    assert managers == [south, south, None, south, None]
    assert [Customer.objects.get(pk=pk).department for pk in ids(five)] == [
        "south",
        "south",
        None,
        "south",
        None,
    ]
    [kept] = back.items.filter(state="skipped")
    assert (kept.customer_id, kept.problem) == (five[0].pk, "之后又有人改过，保留现在的内容。")
    with pytest.raises(Refused):
        undo_change(change=change, user=keeper, by=BY, at=at)
    with pytest.raises(Refused):
        undo_change(change=back, user=keeper, by=BY, at=at)


def test_a_stage_asks_why_and_seals_it(keeper, five, at):
    with pytest.raises(Invalid):
        start_change(user=keeper, kind="stage", value="signed", customer_ids=ids(five), by=BY, at=at)
    with pytest.raises(Invalid):
        start_change(
            user=keeper, kind="stage", value="past", reason="x", customer_ids=ids(five), by=BY, at=at
        )
    change = start_change(
        user=keeper,
        kind="stage",
        value="signed",
        reason="周叙白来电确认",
        customer_ids=ids(five),
        by=BY,
        at=at,
    )
    assert "周叙白" not in change.reason
    assert set(Customer.objects.values_list("stage", flat=True)) == {"signed"}
    undo_change(change=change, user=keeper, by=BY, at=at)
    assert set(Customer.objects.values_list("stage", flat=True)) == {"prospect"}


def test_one_fault_stops_none(keeper, five, at):
    actions.erase(customer=five[1], reason="requested", by=BY, at=at)
    actions.change_customer(customer=five[2], changes={"category": "重点"}, by=BY, at=at)
    change = start_change(user=keeper, kind="category", value="重点", customer_ids=ids(five), by=BY, at=at)
    states = dict(change.items.values_list("customer_id", "state"))
    assert [states[pk] for pk in ids(five)] == ["done", "failed", "skipped", "done", "done"]
    assert "已按要求删除" in BulkChangeItem.objects.get(state="failed").problem


def test_a_worker_goes_on(keeper, make, at, monkeypatch):
    monkeypatch.setattr(changing_many, "AT_ONCE", 2)
    monkeypatch.setattr(changing_many, "AT_A_TIME", 2)
    many = [make(phone=f"1390000000{n}", email="") for n in range(7)]
    change = start_change(user=keeper, kind="category", value="重点", customer_ids=ids(many), by=BY, at=at)
    assert change.finished_at is None
    assert Customer.objects.filter(category="重点").count() == 2
    with pytest.raises(Refused):
        undo_change(change=change, user=keeper, by=BY, at=at)
    assert [work_changes(at) for _turn in range(4)] == [2, 2, 1, 0]
    change.refresh_from_db()
    assert change.finished_at == at
    assert Customer.objects.filter(category="重点").count() == 7


def test_whoever_lost_sight_of_one_changes_it_no_more(keeper, five, staff, at, monkeypatch):
    """What is not done yet when a role is taken away stays undone."""
    monkeypatch.setattr(changing_many, "AT_ONCE", 0)
    start_change(user=keeper, kind="category", value="重点", customer_ids=ids(five), by=BY, at=at)
    people.revoke_role(user=keeper, role="service_supervisor", by=BY, at=at)
    while work_changes(at):
        pass
    assert not Customer.objects.filter(category="重点").exists()


def test_who_may_not(staff, five, at):
    forget(staff.agent)
    with pytest.raises(Denied):
        start_change(user=staff.agent, kind="manager", value="", customer_ids=ids(five), by=BY, at=at)
    with pytest.raises((Denied, Invalid, NotFound)):
        start_change(user=staff.auditor, kind="category", value="x", customer_ids=ids(five), by=BY, at=at)


def test_over_the_pages(client, keeper, five, staff, at):
    keeper.must_change_password = False
    keeper.save(update_fields=["must_change_password"])
    client.force_login(keeper)
    numbers = [one.number for one in five[:2]]
    asked = client.post("/customers/bulk/category/", {"pick": numbers}, headers={"HX-Request": "true"})
    assert asked.status_code == 200
    assert "选了 2 位客户" in asked.content.decode()
    assert client.post("/customers/bulk/category/", {"pick": []}).status_code == 422
    assert client.post("/customers/bulk/nonsense/", {"pick": numbers}).status_code == 404
    done = client.post("/customers/bulk/category/", {"pick": numbers, "go": "1", "category": "重点"})
    assert done.status_code == 303
    shown = client.get(done["Location"]).content.decode()
    assert "已变更 2 位" in shown
    everybody = client.post(
        "/customers/bulk/category/",
        {"pick": numbers, "all": "1", "query": "kind=person", "go": "1", "category": "普通"},
    )
    assert "已变更 5 位" in client.get(everybody["Location"]).content.decode()
    undone = client.post(everybody["Location"] + "undo/")
    assert undone.status_code == 303
    assert sorted(Customer.objects.values_list("category", flat=True)) == ["", "", "", "重点", "重点"]
    client.force_login(staff.agent)
    assert client.get(everybody["Location"]).status_code in {302, 404}
