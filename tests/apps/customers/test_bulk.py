"""Many at once: the same rows and facts as one by one, or none at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyue.customers import actions, selectors
from keyue.customers.actions import NewCustomer
from keyue.customers.models import Contact, Customer
from keyue.kernel.errors import Invalid
from keyue.ledger.models import Fact

from .conftest import BY

ROWS = [
    NewCustomer("person", "周叙白", phone="138 1234 6027", region="浙江省杭州市"),
    NewCustomer("organisation", "北屿文旅", contact_name="方既明", phone="0571-87654321", department="north"),
    NewCustomer("organisation", "澜庭物业"),
]


def test_they_are_as_if_entered_one_by_one(make, at):
    made = actions.create_many(customers=ROWS, by=BY, at=at, via="import")
    one = make(name="周叙白", email="", source="import", legal_basis="contract")
    for field in ("kind", "name", "name_key", "region", "city", "source", "legal_basis", "created_at"):
        assert getattr(made[0][0], field) == getattr(one, field), field
    cards = selectors.customer_cards([customer.pk for customer, _contact in made], contacts=True)
    assert [card.name for card in cards.values()] == ["周*", "北屿文旅", "澜庭物业"]
    assert cards[made[0][0].pk].contacts[0].phone == "138****6027"
    first, entered = Fact.objects.filter(kind="customer.created").order_by("id")[0::3]
    assert first.data == {**entered.data, "number": made[0][0].number, "contact": str(made[0][1].pk)}
    assert selectors.contact_cards([made[0][1].pk])[made[0][1].pk].is_self


def test_one_wrong_row_and_nobody_is_entered(at):
    with pytest.raises(Invalid):
        actions.create_many(
            customers=[*ROWS, NewCustomer("person", phone="1380000602")], by=BY, at=at, via="import"
        )
    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    assert actions.create_many(customers=[], by=BY, at=at, via="import") == []


def test_made_up_history_has_its_own_time(at):
    then = at - timedelta(days=30)
    row = NewCustomer("person", "周叙白", at=then)
    actions.create_many(customers=[row], by=BY, at=at, via="demo")
    actions.create_many(customers=[row], by=BY, at=at, via="import")
    demo, real = Fact.objects.filter(kind="customer.created").order_by("id")
    assert (demo.at, demo.recorded_at) == (then, then)
    assert (real.at, real.recorded_at) == (then, at)


def test_many_cost_few_queries(at):
    def asked(n: int, start: int) -> int:
        rows = [NewCustomer("person", "张三", phone=f"139{start + k:08d}") for k in range(n)]
        with CaptureQueriesContext(connection) as captured:
            actions.create_many(customers=rows, by=BY, at=at, via="bench")
        return len(captured)

    asked(1, 0)
    # inserts go fifty or so rows a statement
    assert asked(400, 100) < 60
