"""Who asks for what is held about them gets the notes of contacts and the company's own fields too."""

from __future__ import annotations

from datetime import timedelta

from keyue.customers.actions.fields import define_field
from keyue.customers.actions.notes import record_contact
from keyue.customers.actions.upkeep import set_extra
from keyue.privacy import holdings

from .conftest import BY


def test_a_persons_notes_and_fields_are_theirs_to_see(person, staff, at):
    define_field(key="birthday", label="生日", kind="date", is_personal=True, by=BY, at=at)
    set_extra(customer=person, values={"birthday": "1980-02-03"}, by=BY, at=at)
    record_contact(
        customer=person,
        way="phone",
        contacted_at=at - timedelta(hours=1),
        staff=staff.agent,
        topics="报修",
        by=BY,
        at=at,
    )
    person.refresh_from_db()
    held = {one.key: one.rows for one in holdings.held_about(person, person.contacts.get(), at)}
    assert held["contact_notes"][0]["topics"] == "报修"
    assert held["own_fields"] == [{"field": "生日", "value": "1980-02-03"}]


def test_of_a_company_a_contact_sees_when_they_were_there(company, staff, at):
    first, second = company.contacts.order_by("pk")
    record_contact(
        customer=company, way="visit", contacted_at=at - timedelta(hours=1), staff=staff.agent, topics="商务条件",
        present=[first.pk], by=BY, at=at,
    )  # fmt: skip
    of_first = {one.key: one.rows for one in holdings.held_about(company, first, at)}
    assert [row["way"] for row in of_first["contact_notes"]] == ["上门拜访"]
    assert "商务条件" not in str(of_first)
    assert "contact_notes" not in {one.key for one in holdings.held_about(company, second, at)}
