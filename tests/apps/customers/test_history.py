"""What changed in a file, and what it said as of any date: the same as if somebody had kept a copy of every day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyue.customers import actions, history
from keyue.customers.actions.fields import define_field, retire_field
from keyue.customers.actions.upkeep import learn_change, set_extra
from keyue.customers.completing import completeness_of
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock

from .conftest import AT, BY


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Callable[[int], datetime]:
    """`days(3)`: it is three days later from now on, for facts too."""

    def go(n: int) -> datetime:
        then = AT + timedelta(days=n)
        monkeypatch.setattr(clock, "now", lambda: then)
        return then

    return go


@pytest.fixture
def fields(at: datetime) -> None:
    """Two fields of the company's own: a plain one and a personal one."""
    define_field(key="meters", label="水表数", kind="number", by=BY, at=at)
    define_field(key="birthday", label="生日", kind="date", is_personal=True, by=BY, at=at)


def test_a_field_reads_as_it_was(company, days, fields):
    t1 = days(1)
    actions.change_customer(
        customer=company, changes={"address": "净水路 18 号", "needs": "要药耗月报"}, by=BY, at=t1
    )
    t2 = days(2)
    actions.change_customer(customer=company, changes={"address": "净水路 20 号", "needs": ""}, by=BY, at=t2)
    set_extra(customer=company, values={"meters": 12, "birthday": "1980-02-03"}, by=BY, at=t2)
    t3 = days(3)
    set_extra(customer=company, values={"meters": "", "birthday": "1981-02-03"}, by=BY, at=t3)
    company.refresh_from_db()

    def said(instant: datetime) -> dict[str, Any]:
        values = history.snapshot(company, instant).values
        return {key: values.get(key) for key in ("address", "needs", "extra.meters", "extra.birthday")}

    assert said(t1 - timedelta(hours=1)) == {
        "address": None, "needs": None, "extra.meters": None, "extra.birthday": None,
    }  # fmt: skip
    assert said(t1)["needs"] == "要药耗月报"
    assert said(t2) == {
        "address": "净水路 20 号", "needs": None, "extra.meters": "12", "extra.birthday": "1980-02-03",
    }  # fmt: skip
    assert said(t3)["extra.birthday"] == "1981-02-03"
    assert said(t3)["extra.meters"] is None
    assert not history.snapshot(company, AT - timedelta(days=1)).exists


def test_contacts_stand_as_they_stood(company, days):
    first = company.contacts.get()
    t1 = days(1)
    second = actions.add_contact(
        customer=company, name="苏棠", phone="13600007742", part="influencer", by=BY, at=t1
    )
    t2 = days(2)
    actions.change_contact(
        contact=second, changes={"phone": "13600008888", "part": "buyer", "reports_to": first}, by=BY, at=t2
    )
    early = history.snapshot(company, AT)
    assert [one.id for one in early.contacts] == [first.pk]
    middle = {one.id: one.values for one in history.snapshot(company, t1).contacts}
    assert (middle[second.pk]["phone"], middle[second.pk]["part"]) == ("+8613600007742", "influencer")
    assert middle[second.pk]["reports_to"] is None
    late = {one.id: one.values for one in history.snapshot(company, t2).contacts}
    assert (late[second.pk]["part"], late[second.pk]["reports_to"]) == ("buyer", first.pk)


def test_stage_manager_and_grade_are_followed(company, staff, days):
    t1 = days(1)
    actions.assign_account_manager(customer=company, user=staff.north_manager, by=BY, at=t1)
    actions.change_customer(customer=company, changes={"grade": "B"}, by=BY, at=t1)
    t2 = days(2)
    actions.change_stage(customer=company, stage="signed", reason="签了合同", by=BY, at=t2)
    before, after = history.snapshot(company, AT).values, history.snapshot(company, t2).values
    assert (before.get("grade"), before.get("account_manager"), before["stage"]) == (None, None, "prospect")
    assert after["account_manager"] == f"user:{staff.north_manager.pk}"
    assert (after["grade"], after["stage"], after["department"]) == ("B", "signed", "north")


def test_a_change_tells_who_what_when_and_when_it_was_learnt(company, days):
    monday, friday = days(0), days(4)
    learnt = learn_change(customer=company, fields=["address"], learnt_at=monday, by=BY, at=friday)
    actions.change_customer(
        customer=company, changes={"address": "新址 1 号"}, by=BY, at=friday, change=learnt.change
    )
    [change] = history.changes_of(company, field="address")[0]
    assert (change.old, change.new, change.actor) == ("", "新址 1 号", ("system", "test"))
    assert (change.learnt_at, change.recorded_at) == (monday, friday)
    learnt.refresh_from_db()
    assert learnt.entered_at == friday


def test_pages_follow_each_other_without_gap_or_repetition(company, days):
    for n in range(1, 24):
        actions.change_customer(
            customer=company, changes={"address": f"{n} 号", "scale": f"{n}"}, by=BY, at=days(n)
        )
    seen: list[tuple[str, str]] = []
    before: int | None = None
    for _page in range(20):
        page, before = history.changes_of(company, before=before, size=7)
        seen += [(one.fact, one.field) for one in page]
        if before is None:
            break
    assert len(seen) == len(set(seen)) == 2 * 23 + 1
    of_scale, more = history.changes_of(company, field="scale", size=50)
    assert [one.new for one in of_scale] == [str(n) for n in range(23, 0, -1)]
    assert more is None


def test_what_was_erased_is_gone_from_history_too(person, own, days):
    actions.change_contact(contact=own, changes={"phone": "13900001111"}, by=BY, at=days(1))
    actions.erase(customer=person, reason="requested", by=BY, at=days(2))
    person.refresh_from_db()
    [change] = history.changes_of(person, field="phone")[0]
    assert change.is_lost
    assert (change.old, change.new) == (None, None)
    then = history.snapshot(person, AT + timedelta(days=1))
    assert not any(one.values["phone"] for one in then.contacts)


def test_a_contact_who_was_cleared_is_gone_from_history_too(company, days):
    second = actions.add_contact(customer=company, name="苏棠", phone="13600007742", by=BY, at=days(1))
    t2 = days(2)
    actions.change_contact(contact=second, changes={"phone": "13600008888"}, by=BY, at=t2)
    actions.clear_contact(contact=second, by=BY, at=days(3))
    company.refresh_from_db()
    [cleared, change] = [
        one for one in history.changes_of(company, field="phone")[0] if one.contact == second.pk
    ]
    assert change.is_lost
    assert (change.old, change.new) == (None, None)
    assert (cleared.old, cleared.new) == (None, None)
    then = {one.id: one.values for one in history.snapshot(company, t2).contacts}
    assert not any(then[second.pk][name] for name in ("name", "phone"))
    assert company.completeness == completeness_of(company).score


def test_a_retired_field_still_has_its_past(company, days, fields):
    t1 = days(1)
    set_extra(customer=company, values={"meters": 7}, by=BY, at=t1)
    retire_field(key="meters", by=BY, at=days(2))
    company.refresh_from_db()
    assert history.snapshot(company, t1).values["extra.meters"] == "7"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("address"), st.sampled_from(["", "甲路 1 号", "乙路 2 号"])),
        st.tuples(st.just("needs"), st.sampled_from(["", "要月报", "要年报"])),
        st.tuples(st.just("credit_limit"), st.sampled_from(["", "100.00", "2500.50"])),
        st.tuples(st.just("grade"), st.sampled_from(["", "A", "C"])),
        st.tuples(st.just("extra.meters"), st.sampled_from(["", "1", "2.5"])),
        st.tuples(st.just("extra.birthday"), st.sampled_from(["", "1990-01-01", "1991-01-01"])),
        st.tuples(st.just("stage"), st.sampled_from(["intent", "signed", "past"])),
        st.tuples(st.just("contact.phone"), st.sampled_from(["+8613600000001", "+8613600000002", ""])),
        st.tuples(st.just("contact.part"), st.sampled_from(["", "decider", "user"])),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_as_of_equals_replaying(make, days, fields, steps):
    """A copy of the file, kept by hand after every act, is what the file says as of that instant."""
    days(0)
    customer = make(
        kind="organisation", name="临江水务", contact_name="方既明", phone="", legal_basis="contract"
    )
    contact = customer.contacts.get()
    copies: list[tuple[datetime, dict[str, Any], dict[str, Any]]] = []
    model: dict[str, Any] = {"stage": "prospect"}
    own: dict[str, Any] = {"phone": "", "part": ""}
    for n, (name, value) in enumerate(steps, start=1):
        then = days(n)
        _act(customer, contact, name, value, then)
        if name.startswith("contact."):
            own = {**own, name.removeprefix("contact."): value}
        else:
            model = {**model, name: value}
        copies.append((then, model, own))
        customer = Customer.objects.get(pk=customer.pk)
    for instant, kept, contact_kept in copies:
        then = history.snapshot(customer, instant)
        said = {key: then.values.get(key, "") for key in kept}
        assert said == kept
        [one] = then.contacts
        assert {key: one.values[key] or "" for key in contact_kept} == contact_kept


def _act(customer: Customer, contact: Contact, name: str, value: str, then: datetime) -> None:
    if name == "stage":
        actions.change_stage(customer=customer, stage=value, reason="约定", by=BY, at=then)
    elif name.startswith("extra."):
        set_extra(customer=customer, values={name: value}, by=BY, at=then)
    elif name.startswith("contact."):
        field = name.removeprefix("contact.")
        actions.change_contact(contact=contact, changes={field: value}, by=BY, at=then)
    else:
        actions.change_customer(customer=customer, changes={name: value}, by=BY, at=then)
