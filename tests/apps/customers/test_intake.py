"""Who is it? Exact identifiers find a customer, names never, and strangers change nothing."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from keyue.customers import actions, selectors
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import opened
from keyue.kernel.errors import Invalid
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values

from .conftest import AT, BY, EMAIL, PHONE


def test_a_stranger_becomes_a_customer(intake):
    customer, contact, matched = intake(name="周叙白", phone="138-1234-6027", region="浙江省杭州市")
    assert not matched
    assert (customer.kind, customer.region, customer.source, customer.legal_basis) == (
        "person", "330000", "portal", "consent",
    )  # fmt: skip
    assert contact.is_self
    assert opened([contact])[0].phone == "+8613812346027"


@pytest.mark.parametrize(
    "given",
    [
        {"name": "周叙白", "phone": "+86 138 1234 6027", "email": "ZHOU@example.com"},
        {"name": "周 叙白", "phone": PHONE},
        {"phone": "１３８１２３４６０２７"},
        {"email": " Zhou@Example.com "},
    ],
)
def test_an_exact_identifier_finds_the_contact(intake, person, own, given):
    assert intake(**given) == (person, own, True)
    assert Contact.objects.count() == 1


def test_a_name_finds_nobody(intake, person):
    customer, _contact, matched = intake(name="周叙白")
    assert not matched
    assert customer != person
    customer, _contact, matched = intake(name="周叙白", phone="13900001111")
    assert not matched


def test_nothing_at_all_is_refused(intake):
    with pytest.raises(Invalid):
        intake(name="  ", region="浙江")
    with pytest.raises(Invalid) as caught:
        intake(name="张三", phone="123", email="x")
    assert set(caught.value.fields) == {"phone", "email"}


@pytest.mark.parametrize(
    "given",
    [{"email": "other@example.com"}, {"name": "李四"}, {"email": "other@example.com", "name": "李四"}],
)
def test_a_stranger_with_a_known_number_changes_nothing_on_file(intake, person, own, given):
    before = opened([own])
    customer, contact, matched = intake(**{"name": "周叙白", "phone": PHONE, **given})
    assert (customer, matched) == (person, True)
    assert contact != own
    assert not contact.is_self
    own.refresh_from_db()
    assert opened([own]) == before
    # the same once more is the contact of last time, not a third one
    assert intake(**{"name": "周叙白", "phone": PHONE, **given}) == (person, contact, True)


def test_the_number_counts_more_than_the_address(intake, make, person):
    other = make(name="李四", phone="13900001111", email="li@example.com")
    customer, _contact, matched = intake(phone=PHONE, email="li@example.com")
    assert (customer, matched) == (person, True)
    assert [card.id for card in selectors.customer_cards([other.pk]).values()] == [other.pk]


def test_an_employee_is_found_as_the_contact_of_the_organisation(intake, company):
    given = {"name": "方既明", "phone": "(0571) 8765 4321 转 802"}
    customer, contact, matched = intake(**given)
    assert (customer, matched) == (company, True)
    assert contact == company.contacts.get()


def test_an_organisation_is_no_person(intake, person):
    given = {"name": "北屿文旅", "contact_name": "周叙白", "phone": PHONE, "kind": "organisation"}
    customer, _contact, matched = intake(**given)
    assert not matched
    assert customer.name == "北屿文旅"


def test_another_name_for_an_organisation_is_kept_as_evidence(intake, company):
    given = {
        "name": "临江水务",
        "contact_name": "方既明",
        "phone": "0571-87654321-802",
        "kind": "organisation",
    }
    customer, _contact, matched = intake(**given)
    assert (customer, customer.name, matched) == (company, company.name, True)
    fact = Fact.objects.get(kind="customer.other_name_given")
    assert "临江水务" not in str(fact.data) + str(fact.sealed)
    assert sealed_values([fact]) == [{"name": "临江水务"}]


def test_somebody_merged_away_is_who_they_are_now(intake, make, person, own):
    winner = make(name="周叙白", phone="13900001111", email="")
    Customer.objects.filter(pk=person.pk).update(merged_into=winner)
    customer, contact, matched = intake(name="周叙白", phone=PHONE)
    assert (customer, contact, matched) == (winner, own, True)
    customer, contact, _matched = intake(name="周叙白", phone=PHONE, email="new@example.com")
    assert (customer, contact.customer) == (winner, winner)


def test_who_was_erased_is_a_stranger(intake, person, at):
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    customer, _contact, matched = intake(name="周叙白", phone=PHONE)
    assert not matched
    assert customer != person


def work(captured: CaptureQueriesContext) -> list[str]:
    return [
        q["sql"].split(None, 1)[0]
        for q in captured.captured_queries
        if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))
    ]


def test_the_hot_path_asks_little(intake, person, own):
    with CaptureQueriesContext(connection) as known:
        intake(name="周叙白", phone=PHONE, email=EMAIL)
    # whose number or address it is, then the contact with the customer
    assert work(known) == ["SELECT", "SELECT"]
    with CaptureQueriesContext(connection) as new:
        intake(name="张三", phone="13900001111")
    statements = work(new)
    # who, the key, the chain, and which regulations are in force
    assert statements.count("SELECT") <= 4
    # customer, key, contact, the words by which it is found (SQLite takes them row by row), chain and fact
    assert sum("INSERT INTO" in q["sql"] for q in new.captured_queries) == 6
    assert statements.count("UPDATE") == 0
    with CaptureQueriesContext(connection) as other:
        intake(name="李四", phone=PHONE)
    # and how complete the file is now: what is asked for, and what its contacts hold; PostgreSQL locks by a statement
    assert work(other).count("SELECT") <= 8 + (connection.vendor == "postgresql")


def test_doubles_are_shown_on_both_sides(make, staff, at):
    first, second = make(), make(name="周先生", email="")
    third = make(name="李四", phone="", email="li@example.com")
    for one, other in ((first, second), (second, first)):
        assert [card.id for card in selectors.possible_duplicates(staff.agent, one)] == [other.pk]
    assert selectors.possible_duplicates(staff.agent, third) == []
    assert selectors.possible_duplicates(staff.north_manager, first) == []


def test_two_at_the_same_moment(fresh_database):
    """One customer on SQLite; on PostgreSQL one, or two that show each other as possible doubles."""
    barrier, found = threading.Barrier(4), []

    def come(name: str) -> None:
        try:
            barrier.wait()
            with transaction.atomic():
                found.append(
                    actions.match_or_create(
                        name=name, phone=PHONE, email="", region="", kind="person", by=BY, at=AT
                    )
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=[name]) for name in ("张三", "张三", "李四", "王五")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    customers = list(Customer.objects.all())
    if connection.vendor == "sqlite":
        assert len(customers) == 1
        assert Contact.objects.count() == 3
    for customer in customers:
        pairs = Contact.objects.filter(customer=customer).values_list("phone_index", flat=True)
        assert len(set(pairs)) == 1
