"""The customers' part of the REST API, mounted alone: the same rules as the pages."""

from __future__ import annotations

import json

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from ninja import NinjaAPI

from keyue.customers.api import router
from keyue.customers.models import Customer
from keyue.kernel.errors import KeyueError
from keyue.ledger.models import AccessEntry, Fact
from keyue.people import actions as people
from keyue.people.access import forget

from .conftest import BY

api = NinjaAPI(urls_namespace="customers-alone", auth=lambda request: request.user)
api.add_router("/customers", router)


@api.exception_handler(KeyueError)
def problem(request: HttpRequest, error: KeyueError):
    body = {"detail": str(error), "fields": getattr(error, "fields", {})}
    return api.create_response(request, body, status=error.status)


@pytest.fixture
def call(staff, at):
    """Call the API as somebody: (method, path, body) -> (status, answer)."""

    def send(user, method: str, path: str, body=None):
        request = RequestFactory().generic(
            method, f"/{path}", json.dumps(body) if body is not None else "", "application/json"
        )
        request.user, request.at = user, at
        forget(user)
        match = next(m for p in api.urls[0] if (m := p.pattern.match(path.partition("?")[0])))
        view = next(p for p in api.urls[0] if p.pattern.match(path.partition("?")[0]))
        response = view.callback(request, **match[2])
        return response.status_code, json.loads(response.content)

    return send


def test_enter_read_and_change(call, staff, at):
    status, made = call(
        staff.agent, "POST", "customers",
        {"kind": "person", "name": "周叙白", "phone": "138 1234 6027", "region": "浙江省杭州市"},
    )  # fmt: skip
    assert status == 201
    assert made["name"] == "周*"
    [contact] = made["contacts"]
    assert (contact["phone"], contact["is_self"]) == ("138****6027", True)
    number = made["number"]
    assert call(staff.agent, "GET", f"customers/{number}") == (200, made)
    status, changed = call(staff.agent, "PATCH", f"customers/{number}", {"category": "A", "revision": 1})
    assert (status, changed["category"], changed["revision"]) == (200, "A", 2)
    assert call(staff.agent, "PATCH", f"customers/{number}", {"category": "B", "revision": 1})[0] == 409
    assert call(staff.agent, "PATCH", f"customers/{number}", {"region": None})[0] == 422
    # a grade is for who may decide one
    assert call(staff.agent, "PATCH", f"customers/{number}", {"grade": "A"})[0] == 403
    people.grant_role(user=staff.agent, role="sales_manager", by=BY, at=at)
    status, changed = call(staff.agent, "PATCH", f"customers/{number}", {"grade": "A"})
    assert (status, changed["grade"]) == (200, "A")
    assert {fact.source for fact in Fact.objects.filter(stream__kind="customer")} == {"api"}


def test_contacts(call, staff, company):
    path = f"customers/{company.number}/contacts"
    status, added = call(staff.agent, "POST", path, {"name": "周叙白", "phone": "13812346027"})
    assert (status, added["name"]) == (201, "周*")
    assert [c["name"] for c in call(staff.agent, "GET", path)[1]] == ["方*", "周*"]
    status, changed = call(
        staff.agent, "PATCH", f"customers/contacts/{added['id']}", {"phone": "139 0000 1111"}
    )
    assert (status, changed["phone"], changed["name"]) == (200, "139****1111", "周*")
    status, faults = call(staff.agent, "POST", path, {"phone": "1380000602"})
    assert (status, faults["fields"]) == (422, {"phone": "手机号应为 11 位，现在是 10 位"})


def test_lists(call, staff, make):
    for n in range(5):
        make(phone=f"1390000{n:04d}", email="")
    status, first = call(staff.agent, "GET", "customers?limit=3")
    assert (status, len(first["items"])) == (200, 3)
    assert "contacts" not in first["items"][0]
    _status, second = call(staff.agent, "GET", f"customers?limit=3&cursor={first['next_cursor']}")
    assert (len(second["items"]), second["next_cursor"]) == (2, "")
    _status, found = call(staff.agent, "GET", "customers?q=13900000002")
    assert len(found["items"]) == 1


def test_revealing_and_erasing(call, staff, person, own):
    path = f"customers/contacts/{own.pk}/reveal"
    status, clear = call(staff.agent, "POST", path, {"fields": ["phone"], "purpose": "contact"})
    assert (status, clear["phone"], clear["email"]) == (200, "+8613812346027", None)
    assert AccessEntry.objects.get().via == "api"
    assert call(staff.agent, "POST", path, {"fields": ["phone"], "purpose": ""})[0] == 422
    assert call(staff.agent, "POST", f"customers/{person.number}/erase", {"reason": "requested"})[0] == 403


def test_whoever_sees_only_their_own_looks_after_whom_they_enter(call, staff):
    status, made = call(
        staff.north_manager, "POST", "customers", {"kind": "organisation", "name": "北屿文旅"}
    )
    assert (status, made["account_manager"], made["department"]) == (201, staff.north_manager.pk, "north")
    path = f"customers/{made['number']}"
    assert call(staff.north_manager, "GET", path)[0] == 200
    body = {"account_manager": staff.south_manager.pk}
    assert call(staff.north_manager, "PUT", f"{path}/account-manager", body)[1]["department"] == "south"
    assert call(staff.north_manager, "GET", path)[0] == 404
    assert call(staff.agent, "PUT", f"{path}/account-manager", {"account_manager": 999_999})[0] == 422


def test_another_department_finds_nothing(call, staff, make):
    customer = make(account_manager=staff.north_manager)
    contact = customer.contacts.get().pk
    south = staff.south_manager
    assert call(south, "GET", "customers")[1]["items"] == []
    assert call(south, "GET", "customers?q=13812346027")[1]["items"] == []
    for method, path, body in (
        ("GET", f"customers/{customer.number}", None),
        ("PATCH", f"customers/{customer.number}", {"grade": "A"}),
        ("GET", f"customers/{customer.number}/contacts", None),
        ("POST", f"customers/{customer.number}/contacts", {"name": "张三"}),
        ("PUT", f"customers/{customer.number}/account-manager", {"account_manager": None}),
        ("PATCH", f"customers/contacts/{contact}", {"name": "张三"}),
        ("POST", f"customers/contacts/{contact}/reveal", {"fields": ["phone"], "purpose": "contact"}),
    ):
        assert call(south, method, path, body)[0] == 404, path
    for method, path in (("GET", "customers"), ("GET", f"customers/{customer.number}")):
        assert call(staff.auditor, method, path)[0] == 403
    assert Customer.objects.get().grade is None


def test_the_list_is_narrowed_and_ordered(call, staff, make, company):
    person = make(account_manager=staff.north_manager)
    make(name="李四", phone="13900000009", email="")

    def found(query: str) -> list[str]:
        status, answer = call(staff.agent, "GET", f"customers?{query}")
        assert status == 200, answer
        return [one["number"] for one in answer["items"]]

    assert found(f"manager={staff.north_manager.pk}") == [person.number]
    assert found("kind=organisation&order=name&complete_below=100") == [company.number]
    assert found("q=zxb&stage=prospect") == [person.number]
    assert found("q=zxb&stage=signed") == []
    assert len(found("manager=nobody&order=verified&verified_before=2026-03-16T00:00:00Z")) == 2
    for wrong in ("kind=x", "order=phone", "manager=x", "complete_below=101"):
        assert call(staff.agent, "GET", f"customers?{wrong}")[0] == 422
