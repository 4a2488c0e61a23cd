"""Entering and changing customers and contacts."""

from __future__ import annotations

import pytest

from keyue.customers import actions, selectors
from keyue.customers.models import Customer
from keyue.customers.sealed import opened
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people import actions as people
from keyue.people.leaving import hand_over, remainders_of

from .conftest import BY


def facts(customer: Customer) -> list[Fact]:
    return list(Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk)).order_by("rev"))


def test_a_person_is_entered_with_an_own_contact(person, own):
    assert person.number == f"KH-{person.pk:05d}"
    assert (person.name, person.region, person.city) == ("", "330000", "杭州市")
    assert own.is_self
    [fact] = facts(person)
    assert fact.kind == "customer.created"
    assert fact.data == {
        "number": person.number,
        "type": "person",
        "source": "phone",
        "legal_basis": "consent",
        "region": "330000",
        "contact": str(own.pk),
        "stage": "prospect",
        "filled": ["region", "city", "phone", "email", "contact", "name"],
    }


def test_an_organisation_needs_no_contact(make):
    empty = {"phone": "", "email": "", "contact_name": ""}
    customer = make(kind="organisation", name=" 北屿  文旅（演示） ", **empty)
    assert customer.name == "北屿文旅（演示）"
    assert not customer.contacts.exists()


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"name": "", "phone": "", "email": ""}, {"name"}),
        ({"phone": "1380000602"}, {"phone"}),
        ({"phone": "1380000602", "email": "zhou"}, {"phone", "email"}),
        ({"kind": "organisation", "name": ""}, {"name"}),
        ({"kind": "dog"}, {"kind"}),
        ({"region": "火星"}, {"region"}),
        ({"source": "dream"}, {"source"}),
        ({"legal_basis": ""}, {"legal_basis"}),
        ({"grade": "S"}, {"grade"}),
        ({"preferred_channel": "pigeon"}, {"preferred_channel"}),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(make, given, fields):
    with pytest.raises(Invalid) as caught:
        make(**given)
    assert set(caught.value.fields) == fields
    assert not Customer.objects.exists()


def test_the_sentence_of_the_design_guide(make):
    with pytest.raises(Invalid) as caught:
        make(phone="1380000602")
    assert caught.value.fields["phone"] == "手机号应为 11 位，现在是 10 位"


def test_a_change_keeps_old_and_new(person, company, own, at):
    actions.change_customer(
        customer=company, changes={"name": "临江水务集团", "region": "江苏 苏州", "grade": "A"}, by=BY, at=at
    )
    company.refresh_from_db()
    assert (company.name, company.region, company.city, company.grade) == (
        "临江水务集团",
        "320000",
        "苏州",
        "A",
    )
    [data] = [fact.data for fact in facts(company) if fact.kind == "customer.changed"]
    assert data["fields"] == ["city", "grade", "name", "region"]
    assert data["old"]["name"] == "临江第三水务有限公司（演示）"
    actions.change_contact(contact=own, changes={"phone": "139 0000 1111", "email": ""}, by=BY, at=at)
    fact = facts(person)[-1]
    assert fact.kind == "customer.contact_changed"
    assert fact.data == {"contact": str(own.pk), "fields": ["email", "phone"], "emptied": ["email"]}
    assert sealed_values([fact]) == [
        {
            "phone_old": "+8613812346027",
            "phone_new": "+8613900001111",
            "email_old": "zhou@example.com",
            "email_new": "",
        }
    ]
    own.refresh_from_db()
    assert opened([own])[0].phone == "+8613900001111"
    assert own.email_index is None


def test_nothing_changed_is_no_fact(person, own, at):
    before = len(facts(person))
    actions.change_contact(contact=own, changes={"phone": "+86 138-1234-6027"}, by=BY, at=at)
    actions.change_customer(customer=person, changes={"region": "33"}, by=BY, at=at)
    assert len(facts(person)) == before
    person.refresh_from_db()
    assert (person.city, person.revision) == ("杭州市", 1)


def test_another_province_leaves_no_city_behind(person, at):
    actions.change_customer(customer=person, changes={"region": "江苏省"}, by=BY, at=at)
    person.refresh_from_db()
    assert (person.region, person.city) == ("320000", "")


def test_two_who_change_the_same_thing(person, own, at):
    actions.change_contact(contact=own, changes={"name": "周叙"}, revision=1, by=BY, at=at)
    with pytest.raises(Refused) as caught:
        actions.change_contact(contact=own, changes={"name": "周白"}, revision=1, by=BY, at=at)
    assert caught.value.code == "changed_meanwhile"


def test_fields_that_cannot_be_changed(person, own, at):
    for action, thing, changes in (
        (actions.change_customer, {"customer": person}, {"erased_at": None}),
        (actions.change_customer, {"customer": person}, {"name": "周叙白"}),
        (actions.change_contact, {"contact": own}, {"customer": 1}),
        (actions.change_contact, {"contact": own}, {"name": "", "phone": "", "email": ""}),
    ):
        with pytest.raises(Invalid):
            action(**thing, changes=changes, by=BY, at=at)


def test_contacts_are_added(company, at):
    contact = actions.add_contact(customer=company, name="周叙白", phone="13812346027", by=BY, at=at)
    assert facts(company)[-1].data == {
        "contact": str(contact.pk),
        "source": company.source,
        "legal_basis": company.legal_basis,
        "filled": ["phone", "contact"],
    }
    with pytest.raises(Invalid):
        actions.add_contact(customer=company, role="运行部主任", by=BY, at=at)


def test_an_account_manager_brings_the_department(company, staff, at):
    actions.assign_account_manager(customer=company, user=staff.north_manager, by=BY, at=at)
    company.refresh_from_db()
    assert (company.account_manager, company.department) == (staff.north_manager, "north")
    assert facts(company)[-1].data == {"user": str(staff.north_manager.pk), "department": "north"}
    actions.assign_account_manager(customer=company, user=None, by=BY, at=at)
    company.refresh_from_db()
    assert (company.account_manager, company.department) == (None, "north")
    with pytest.raises(NotFound):
        actions.assign_account_manager(customer=company, user=None, department="nowhere", by=BY, at=at)


def test_a_leaver_hands_customers_over(make, staff, at):
    mine = make(account_manager=staff.north_manager)
    gone = make(account_manager=staff.north_manager)
    actions.erase(customer=gone, reason="requested", by=BY, at=at)
    [remainder] = remainders_of(staff.north_manager, at)
    assert remainder.count == 1
    assert "1 位客户" in remainder.sentence
    hand_over(staff.north_manager, staff.south_manager, BY, at)
    mine.refresh_from_db()
    # the heir looks after them, and they stay where they belong
    assert (mine.account_manager, mine.department) == (staff.south_manager, "north")
    assert remainders_of(staff.north_manager, at) == []
    people.deactivate(user=staff.north_manager, by=BY, at=at)
    staff.north_manager.refresh_from_db()
    with pytest.raises(Refused):
        actions.assign_account_manager(customer=mine, user=staff.north_manager, by=BY, at=at)


def test_contact_points_are_for_sending(person, own, company, at):
    point = selectors.contact_points([own.pk])[own.pk]
    assert (point.name, point.phone, point.email) == ("周叙白", "+8613812346027", "zhou@example.com")
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert selectors.contact_points([own.pk]) == {}
