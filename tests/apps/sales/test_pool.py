"""The public pool: released, picked within limits, recycled after a warning, put back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions as customers
from keyue.customers.events import CustomerContacted
from keyue.kernel.errors import Denied, Refused
from keyue.ledger.selectors import facts_of
from keyue.promises.models import Notice
from keyue.sales import actions, contacting, selectors
from keyue.sales.actions._ground import pool_subject
from keyue.sales.models import Holding, PoolEntry

from .conftest import AT, BY, by

DAY = timedelta(days=1)


def set_rules(**changes):
    actions.change_rules(changes=changes, revision=selectors.company_rules().revision, by=BY, at=AT)


def kinds(customer) -> list[str]:
    return [fact.kind for fact in facts_of(pool_subject(customer.pk))]


def look(now) -> None:
    """As the worker does, until nothing is due."""
    while actions.look_at_holdings(now=now):
        pass


def walk(customer, days: int):
    """A worker that looks every day."""
    for n in range(days + 1):
        look(AT + n * DAY)
    customer.refresh_from_db()


def test_released_and_picked(sales, make):
    customer = make(account_manager=sales.lin)
    entry = actions.release_customer(customer=customer, by=by(sales.lin), at=AT)
    customer.refresh_from_db()
    assert customer.account_manager is None and customer.department == "north"
    assert (entry.previous, entry.locked_until) == (sales.lin, AT + 30 * DAY)
    with pytest.raises(Refused) as error:
        actions.pick_customer(entry=entry, user=sales.lin, by=by(sales.lin), at=AT + DAY)
    assert error.value.code == "locked"
    actions.pick_customer(entry=entry, user=sales.wu, by=by(sales.wu), at=AT + DAY)
    customer.refresh_from_db()
    entry.refresh_from_db()
    assert (customer.account_manager, customer.department) == (sales.wu, "south")
    assert (entry.how, entry.picked_by, entry.left_at) == ("picked", sales.wu, AT + DAY)
    assert kinds(customer) == ["pool.entered", "pool.left"]
    with pytest.raises(Refused) as error:
        actions.pick_customer(entry=entry, user=sales.chen, by=by(sales.chen), at=AT + DAY)
    assert error.value.code == "gone"


def test_picks_a_day_and_customers_in_all_are_limited(sales, make):
    set_rules(pick_per_day=2, most_held=3)
    entries = [
        actions.release_customer(customer=make(f"临江第{n}水务有限公司"), by=BY, at=AT) for n in "一二三四五"
    ]

    def pick(entry, when):
        actions.pick_customer(entry=entry, user=sales.wu, by=by(sales.wu), at=when)

    pick(entries[0], AT)
    pick(entries[1], AT)
    with pytest.raises(Refused) as error:
        pick(entries[2], AT + timedelta(hours=1))
    assert error.value.code == "day_limit"
    # the day ends at the company's midnight, 16:00 in UTC
    pick(entries[2], AT.replace(hour=16))
    with pytest.raises(Refused) as error:
        pick(entries[3], AT + 3 * DAY)
    assert error.value.code == "hold_limit"
    # who has signed takes no place
    held = selectors.pool_entry_for  # the rest lies there still
    assert held(sales.wu, entries[3].pk).customer_id == entries[3].customer_id
    mine = entries[0].customer
    mine.refresh_from_db()
    customers.change_stage(customer=mine, stage="signed", reason="签了合同", by=BY, at=AT + DAY)
    pick(entries[3], AT + 3 * DAY)


def test_nobody_is_recycled_without_a_warning(sales, make):
    set_rules(idle_none=20, warn_days=7)
    customer = make(account_manager=sales.lin)
    walk(customer, 12)
    assert customer.account_manager == sales.lin and not Notice.objects.exists()
    walk(customer, 19)
    assert customer.account_manager == sales.lin
    notice = Notice.objects.get(detail__what="customer_idle")
    assert notice.to_user == sales.lin and notice.detail["number"] == customer.number
    walk(customer, 20)
    assert customer.account_manager is None
    entry = PoolEntry.objects.get()
    assert (entry.reason, entry.previous, entry.entered_at) == ("recycled", sales.lin, AT + 20 * DAY)
    assert kinds(customer) == ["pool.warned", "pool.entered"]
    assert not Holding.objects.exists()
    # looking again does nothing again
    walk(customer, 25)
    assert kinds(customer) == ["pool.warned", "pool.entered"]


def test_a_stricter_rule_warns_first(sales, make):
    set_rules(idle_none=None)
    customer = make(account_manager=sales.lin)
    look(AT + 200 * DAY)
    set_rules(idle_none=30)
    look(AT + 200 * DAY)
    customer.refresh_from_db()
    assert customer.account_manager == sales.lin
    assert Holding.objects.get().due_at == AT + 207 * DAY
    look(AT + 206 * DAY)
    look(AT + 207 * DAY)
    customer.refresh_from_db()
    assert customer.account_manager is None


def test_a_contact_starts_the_days_again(sales, make):
    set_rules(idle_none=20, warn_days=7)
    customer = make(account_manager=sales.lin)
    walk(customer, 15)
    event = CustomerContacted(contact="n1", way="call", staff=str(sales.lin.pk))
    customers.note(customer, event, by=by(sales.lin), at=AT + 16 * DAY, via="test")
    walk(customer, 28)
    assert customer.account_manager == sales.lin
    assert Holding.objects.get().warned_at is None
    walk(customer, 36)
    assert customer.account_manager is None
    assert kinds(customer).count("pool.warned") == 2


def test_other_rooms_know_of_contacts_too(sales, make, monkeypatch):
    set_rules(idle_none=20)
    customer = make(account_manager=sales.lin)
    monkeypatch.setattr(contacting, "_rooms", {})
    contacting.register("visits", lambda ids: dict.fromkeys(ids, AT + 15 * DAY))
    walk(customer, 30)
    assert customer.account_manager == sales.lin


def test_grades_signed_and_secret_customers_are_treated_as_the_rules_say(sales, make):
    set_rules(idle_a=None, idle_b=10, idle_none=10, warn_days=2)
    important = make("临江第一水务有限公司", account_manager=sales.lin, grade="A")
    usual = make("临江第二水务有限公司", account_manager=sales.lin, grade="B")
    signed = make("临江第三水务有限公司", account_manager=sales.lin, stage="signed")
    secret = make("临江第四水务有限公司", account_manager=sales.lin, secrecy="secret")
    walk(usual, 20)
    for customer in (important, signed, secret):
        customer.refresh_from_db()
        assert customer.account_manager == sales.lin, customer.name
    assert usual.account_manager is None
    for customer, code in ((signed, "signed"), (secret, "secret")):
        with pytest.raises(Refused) as error:
            actions.release_customer(customer=customer, by=BY, at=AT)
        assert error.value.code == code


def test_a_wrong_release_is_taken_back(sales, make):
    customer = make(account_manager=sales.lin)
    entry = actions.release_customer(customer=customer, by=by(sales.lin), at=AT)

    def undo(user, minutes, manages=False):
        now = AT + timedelta(minutes=minutes)
        actions.put_back(entry=entry, user=user, manages=manages, by=by(user), at=now)

    with pytest.raises(Denied):
        undo(sales.chen, 1)
    with pytest.raises(Refused) as error:
        undo(sales.lin, 6)
    assert error.value.code == "too_late"
    undo(sales.lin, 4)
    customer.refresh_from_db()
    assert (customer.account_manager, customer.department) == (sales.lin, "north")
    again = actions.release_customer(customer=customer, by=by(sales.lin), at=AT)
    actions.put_back(entry=again, user=sales.head, manages=True, by=by(sales.head), at=AT + 3 * DAY)
    customer.refresh_from_db()
    assert customer.account_manager == sales.lin
    assert [entry.how for entry in PoolEntry.objects.order_by("pk")] == ["undone", "undone"]


def test_assigning_somebody_takes_the_customer_out_of_the_pool(sales, make):
    customer = make()
    entry = actions.release_customer(customer=customer, by=BY, at=AT)
    customers.assign_account_manager(customer=customer, user=sales.chen, by=BY, at=AT + DAY)
    entry.refresh_from_db()
    assert (entry.how, entry.left_at) == ("assigned", AT + DAY)
    assert Holding.objects.get().manager == sales.chen


def test_customers_that_came_in_bulk_are_counted_too(sales, make):
    customer = make(account_manager=sales.lin)
    Holding.objects.all().delete()
    assert actions.begin_holdings(now=AT) == 1
    assert actions.begin_holdings(now=AT) == 0
    assert Holding.objects.get().customer == customer
