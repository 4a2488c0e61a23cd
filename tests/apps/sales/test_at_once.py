"""Colleagues who reach for the same at the same instant, with real transactions: one gets it, the others are told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.sales import actions
from keyue.sales.models import Lead, PoolEntry
from tests.support.crashing import at_once
from tests.support.databases import FreshDatabase

from .conftest import BY, Sales, by, hire_sales, registered


@pytest.fixture
def crew(fresh_database: FreshDatabase) -> Sales:
    return hire_sales(clock.now() - timedelta(days=1))


def tried(work):
    def run():
        try:
            work()
        except Refused as error:
            return error.code
        return "done"

    return run


def test_two_pick_the_same_customer(crew: Sales):
    now = clock.now()
    for n in "一二三四五":
        customer = customers.create_customer(
            kind="organisation", name=f"临江第{n}水务有限公司", source="phone", legal_basis="contract", by=BY, at=now
        )  # fmt: skip
        entry = actions.release_customer(customer=customer, by=BY, at=now)
        results = at_once(
            *(
                tried(
                    lambda user=user, entry=entry: actions.pick_customer(
                        entry=entry, user=user, by=by(user), at=now
                    )
                )
                for user in (crew.lin, crew.chen, crew.wu)
            )
        )
        assert sorted(results) == ["done", "gone", "gone"]
        customer.refresh_from_db()
        entry.refresh_from_db()
        assert customer.account_manager == entry.picked_by
    assert Fact.objects.filter(kind="pool.left").count() == 5
    assert list(verify_ledger()) == []


def test_one_who_picks_twice_at_once_keeps_to_the_limit(crew: Sales):
    now = clock.now()
    actions.change_rules(changes={"pick_per_day": 1}, revision=0, by=BY, at=now)
    entries = [
        actions.release_customer(
            customer=customers.create_customer(
                kind="organisation", name=f"东山第{n}药业有限公司", source="phone", legal_basis="contract",
                by=BY, at=now,
            ),
            by=BY, at=now,
        )
        for n in "一二三"
    ]  # fmt: skip
    works = [
        tried(lambda entry=entry: actions.pick_customer(entry=entry, user=crew.lin, by=by(crew.lin), at=now))
        for entry in entries
    ]
    assert sorted(at_once(*works)) == ["day_limit", "day_limit", "done"]
    assert PoolEntry.objects.filter(picked_by=crew.lin).count() == 1


def test_two_register_the_same_company(crew: Sales):
    now = clock.now()
    leads = at_once(*(lambda user=user: registered(user, at=now) for user in (crew.lin, crew.chen, crew.wu)))
    assert sorted(lead.state for lead in leads) == ["conflict", "conflict", "open"]
    assert Lead.objects.filter(state="open").count() == 1


def test_workers_recycle_once(crew: Sales):
    start = clock.now() - timedelta(days=100)
    for n in range(12):
        customers.create_customer(
            kind="organisation", name=f"北岸{n}号净水有限公司", source="phone", legal_basis="contract",
            account_manager=crew.lin, by=BY, at=start,
        )  # fmt: skip
    for moment in (start + timedelta(days=60), start + timedelta(days=67)):
        at_once(*(lambda moment=moment: _all(moment) for _worker in range(3)))
    assert PoolEntry.objects.count() == 12
    assert Fact.objects.filter(kind="pool.warned").count() == 12
    assert Fact.objects.filter(kind="pool.entered").count() == 12


def _all(now):
    while actions.look_at_holdings(now=now):
        pass
