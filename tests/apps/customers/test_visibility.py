"""Who may see whom, on every way to a customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions, selectors
from keyue.customers.lists import count_customers, customer_page
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import actions as people
from keyue.people.access import forget

from .conftest import BY


@pytest.fixture
def archive(make, staff) -> dict[str, Customer]:
    """One customer of each department, one of nobody's."""
    return {
        "north": make(name="北方人", phone="13900000001", email="", account_manager=staff.north_manager),
        "south": make(name="南方人", phone="13900000002", email="", account_manager=staff.south_manager),
        "nobody": make(name="无主人", phone="13900000003", email=""),
    }


def seen(viewer, **search) -> list[int]:
    return [card.id for card in customer_page(viewer, **search).cards]


def test_another_departments_customers_do_not_exist(archive, staff):
    north = archive["north"]
    assert seen(staff.agent) == sorted((c.pk for c in archive.values()), reverse=True)
    assert seen(staff.north_manager) == [north.pk]
    assert seen(staff.south_manager) == [archive["south"].pk]
    assert seen(staff.auditor) == []
    contact = north.contacts.get()
    for text in ("13900000001", "北方人", north.number):
        assert seen(staff.north_manager, text=text) == [north.pk], text
        assert seen(staff.south_manager, text=text) == [], text
        assert str(count_customers(staff.south_manager, text=text)) == "0"
    for viewer in (staff.south_manager, staff.auditor):
        assert not selectors.visible_to(viewer).filter(pk=north.pk).exists()
        with pytest.raises(NotFound):
            selectors.customer_for(viewer, north.number)
        with pytest.raises(NotFound):
            selectors.contact_for(viewer, contact.pk)
    assert selectors.customer_for(staff.north_manager, north.pk) == north
    assert selectors.contact_for(staff.north_manager, contact.pk) == contact


def test_an_account_manager_sees_own_customers_of_other_departments(archive, staff, at):
    customer = archive["south"]
    actions.assign_account_manager(
        customer=customer, user=staff.north_manager, department="south", by=BY, at=at
    )
    assert set(seen(staff.north_manager)) == {archive["north"].pk, customer.pk}
    assert seen(staff.south_manager) == [customer.pk]


def test_whoever_stands_in_sees_what_the_absent_one_sees(archive, staff, at):
    people.delegate(
        giver=staff.north_manager, taker=staff.south_manager, since=at, until=at + timedelta(days=3),
        reason="休假", by=BY, at=at,
    )  # fmt: skip
    forget(staff.south_manager)
    assert set(seen(staff.south_manager)) == {archive["north"].pk, archive["south"].pk}


def test_unknown_numbers(staff):
    for number in ("", "KH-", "KH-99999999", "KH-0", "1; DROP", "KH-" + "9" * 30):
        with pytest.raises(NotFound):
            selectors.customer_for(staff.agent, number)


def walk(viewer, size, **search) -> list[list[int]]:
    pages, cursor = [], ""
    while True:
        page = customer_page(viewer, cursor=cursor, size=size, **search)
        pages.append([card.id for card in page.cards])
        cursor = page.next
        if not cursor:
            return pages


def test_pages_follow_each_other(make, staff):
    made = []
    for n in range(7):
        manager = (staff.north_manager, staff.south_manager, None)[n % 3]
        made.append(make(phone=f"1390000{n:04d}", email="", account_manager=manager).pk)
    newest = made[::-1]
    assert walk(staff.agent, 3) == [newest[:3], newest[3:6], newest[6:]]
    assert walk(staff.north_manager, 2) == [[made[6], made[3]], [made[0]]]
    assert walk(staff.agent, 7) == [newest]


def test_organisations_are_found_by_a_part_of_their_name(make, staff):
    names = ["临江水务集团", "临江（第三）水务", "临江第一水务", "北屿文旅", "Linjiang Water", "江临水务"]
    empty = {"contact_name": "", "phone": "", "email": ""}
    ids = {name: make(kind="organisation", name=name, **empty).pk for name in names}
    make(kind="organisation", name="临江别处", **empty, account_manager=staff.south_manager)
    mine = make(kind="organisation", name="临江我的", **empty, account_manager=staff.north_manager).pk
    found = [pk for page in walk(staff.agent, 2, text="临江") for pk in page]
    assert len(found) == len(set(found)) == 5
    assert found == sorted(found, reverse=True)
    assert ids["江临水务"] not in found
    assert seen(staff.agent, text="临江(第三") == [ids["临江（第三）水务"]]
    assert seen(staff.agent, text="JIANG WATER") == [ids["Linjiang Water"]]
    assert seen(staff.north_manager, text="临江") == [mine]
    assert seen(staff.agent, text="！！") == []


def test_a_whole_name_stands_before_the_names_that_begin_so(make, staff):
    organisation = make(
        kind="organisation", name="张三丰茶叶店", contact_name="", phone="", email="", account_manager=None
    )
    person = make(name="张三", phone="13900000009", email="")
    page = customer_page(staff.agent, text="张三")
    assert [card.id for card in page.cards] == [person.pk, organisation.pk]
    assert page.exact == 1


def test_a_common_name_does_not_hide_ones_own(make, staff, monkeypatch):
    monkeypatch.setattr("keyue.customers.lists.MOST_EXACT", 1)
    mine = make(name="张伟", phone="13900000000", email="", account_manager=staff.north_manager)
    others = [make(name="张伟", phone=f"1390000{n:04d}", email="") for n in range(1, 5)]
    assert seen(staff.north_manager, text="张伟") == [mine.pk]
    page = customer_page(staff.agent, text="张伟")
    assert page.exact == 1
    assert [card.id for card in page.cards] == [*(one.pk for one in others[::-1]), mine.pk]


def test_the_merged_and_the_erased(make, staff, at):
    winner = make(phone="13900000001", email="")
    loser = make(phone="13900000002", email="")
    Customer.objects.filter(pk=loser.pk).update(merged_into=winner)
    actions.erase(customer=winner, reason="requested", by=BY, at=at)
    assert seen(staff.agent) == [winner.pk]
    assert seen(staff.agent, text="13900000001") == []


def test_a_broken_cursor(staff):
    for cursor, text in (("x", ""), ("9" * 40, ""), ("5~zz", "临"), ("x~00", "临"), ("-1", "")):
        with pytest.raises(Invalid) as caught:
            customer_page(staff.agent, cursor=cursor, text=text)
        assert caught.value.code == "bad_cursor"


def test_counts_stop_counting(make, staff):
    for n in range(5):
        make(phone=f"1390000{n:04d}", email="", account_manager=staff.north_manager)
    assert str(count_customers(staff.agent)) == "5"
    assert str(count_customers(staff.north_manager, most=3)) == "3+"
    assert str(count_customers(staff.south_manager)) == "0"


@pytest.mark.parametrize("n", [3, 40])
def test_a_page_costs_the_same_however_many_there_are(make, staff, django_assert_max_num_queries, n):
    for k in range(n):
        make(phone=f"1390000{k:04d}", email="", account_manager=staff.north_manager)
    # who may what, who acts for whom, the tree; then ids, customers, contacts and keys
    for viewer in (staff.agent, staff.north_manager):
        forget(viewer)
        with django_assert_max_num_queries(7):
            customer_page(viewer)
    with django_assert_max_num_queries(7):
        customer_page(staff.north_manager, text="13900000001")
