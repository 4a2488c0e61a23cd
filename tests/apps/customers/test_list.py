"""The list as a page: what it is narrowed to, what it says where nothing is left, and what it costs."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.html import escape

from keyue.customers import actions, lists
from keyue.customers.lists import Filters
from keyue.customers.models import Customer

from .conftest import BY


@pytest.fixture
def enter(client, staff):
    """Sign somebody in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def numbers(answer) -> list[str]:
    text = answer.content.decode()
    return [piece.partition('"')[0] for piece in text.split('<tr id="customer-')[1:]]


@pytest.fixture
def archive(make, staff, at):
    """Four customers who differ in everything that a list can be narrowed to."""
    first = make(
        kind="organisation",
        name="乙厂",
        contact_name="甲",
        legal_basis="contract",
        category="重点",
        secrecy="secret",
    )
    second = make(
        kind="organisation",
        name="甲厂",
        contact_name="乙",
        legal_basis="contract",
        account_manager=staff.agent,
    )
    third = make(name="丙", account_manager=staff.north_manager, stage="signed", region="上海市")
    fourth = make(name="丁", grade="A")
    Customer.objects.filter(pk=first.pk).update(verified_at=at - timedelta(days=200), completeness=90)
    Customer.objects.filter(pk=second.pk).update(verified_at=at - timedelta(days=10), completeness=100)
    return first, second, third, fourth


def test_every_condition_narrows(archive, staff, at):
    whole = staff.agent
    _first, second, third, fourth = (one.pk for one in archive)
    boss = Filters()
    assert set(lists.customer_ids(whole, filters=boss, most=9)) == {second, third, fourth}
    for narrowed, wanted in (
        (Filters(kind="person"), [fourth, third]),
        (Filters(stage="signed"), [third]),
        (Filters(grade="A"), [fourth]),
        (Filters(grade="none"), [third, second]),
        (Filters(region="310000"), [third]),
        (Filters(manager="mine"), [second]),
        (Filters(manager="nobody"), [fourth]),
        (Filters(manager=str(staff.north_manager.pk)), [third]),
        (Filters(department="north"), [third]),
        (Filters(complete_below=100), [fourth, third]),
        (Filters(verified_before=at - timedelta(days=5)), [fourth, third, second]),
        (Filters(secrecy="secret"), []),
        (Filters(secrecy="normal", stage="prospect", kind="organisation"), [second]),
        (Filters(category="重点"), []),
    ):
        assert lists.customer_ids(whole, filters=narrowed, most=9) == wanted, narrowed


def test_a_secret_file_is_found_by_whom_it_is_open_to(archive, staff, at):
    first = archive[0]
    assert first.pk not in lists.customer_ids(staff.agent, filters=Filters(text="乙厂"), most=9)
    actions.assign_account_manager(customer=first, user=staff.south_manager, by=BY, at=at)
    for narrowed in (
        Filters(secrecy="secret"),
        Filters(text="乙厂"),
        Filters(category="重点"),
        Filters(text="yc", kind="organisation"),
    ):
        assert lists.customer_ids(staff.south_manager, filters=narrowed, most=9) == [first.pk], narrowed


def test_the_orders(archive, staff):
    _first, second, third, fourth = archive
    client_orders = {
        "newest": [fourth, third, second],
        "name": [second, fourth, third],
        "verified": [fourth, third, second],
    }
    for order, wanted in client_orders.items():
        pages, cursor = [], ""
        while True:
            page = lists.customer_page(staff.agent, order=order, cursor=cursor, size=1)
            pages += [card.id for card in page.cards]
            cursor = page.next
            if not cursor:
                break
        assert pages == [one.pk for one in wanted], order
    for kind, kept in (("person", [fourth, third]), ("organisation", [second])):
        page = lists.customer_page(staff.agent, order="name", filters=Filters(kind=kind))
        assert [card.id for card in page.cards] == [one.pk for one in kept]


def test_the_page_says_its_conditions(enter, staff, archive):
    client = enter(staff.agent)
    answer = client.get(
        "/customers/",
        {"stage": "signed", "manager": str(staff.north_manager.pk), "nonsense": "1", "grade": "Z"},
    )
    text = answer.content.decode()
    assert numbers(answer) == [archive[2].number]
    assert "阶段：签约客户" in text
    assert "客户经理：林知夏" in text
    assert "分级：Z" not in text
    nothing = client.get("/customers/", {"stage": "intent", "manager": "mine"}).content.decode()
    assert "没有符合全部条件的客户" in nothing
    assert escape("去掉「阶段：意向客户」会有 1 位。") in nothing
    fragment = client.get("/customers/", {"order": "name"}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.content.decode()
    assert numbers(fragment) == [archive[1].number, archive[3].number, archive[2].number]


def test_the_next_page_keeps_the_conditions(enter, staff, make):
    for n in range(30):
        make(kind="organisation", name=f"远山第{n}厂", contact_name="", phone="", email="")
    client = enter(staff.agent)
    text = client.get("/customers/", {"order": "name", "q": "远山"}).content.decode()
    link = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(link).query)
    assert (asked["order"], asked["q"]) == (["name"], ["远山"])
    assert len(numbers(client.get(f"/customers/{link}"))) == 5


def test_what_a_page_costs(enter, staff, make, query_count):
    for n in range(3):
        make(phone=f"1390000000{n}", email="", account_manager=staff.north_manager)
    client = enter(staff.north_manager)
    client.get("/customers/")
    with query_count("customer list"):
        client.get("/customers/")
    with query_count("customer list, searched"):
        client.get("/customers/", {"q": "叙白"})
    for n in range(3, 20):
        make(phone=f"1390000{n:04d}", email="", account_manager=staff.north_manager)
    with query_count("customer list"):
        client.get("/customers/")
    with query_count("customer list, searched"):
        client.get("/customers/", {"q": "叙白"})
