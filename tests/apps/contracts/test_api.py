"""Contracts and projects over the REST API, mounted alone: the same rules as the pages."""

from __future__ import annotations

import json

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from ninja import NinjaAPI

from keyue.contracts.api import router as contracts
from keyue.contracts.projects_api import router as projects
from keyue.kernel.errors import KeyueError
from keyue.people.access import forget

api = NinjaAPI(urls_namespace="contracts-alone", auth=lambda request: request.user)
api.add_router("/contracts", contracts)
api.add_router("/projects", projects)


@api.exception_handler(KeyueError)
def problem(request: HttpRequest, error: KeyueError):
    body = {"detail": str(error), "fields": {k: str(v) for k, v in getattr(error, "fields", {}).items()}}
    return api.create_response(request, body, status=error.status)


@pytest.fixture
def call(now):
    """Call the API as somebody: (method, path, body) -> (status, answer)."""

    def send(user, method: str, path: str, body=None):
        request = RequestFactory().generic(
            method, f"/{path}", json.dumps(body) if body is not None else "", "application/json"
        )
        request.user, request.at = user, now.at
        forget(user)
        route = path.partition("?")[0]
        view = next(p for p in api.urls[0] if p.pattern.match(route))
        response = view.callback(request, **view.pattern.match(route)[2])
        return response.status_code, json.loads(response.content)

    return send


def test_a_contract_over_the_api(call, house, now):
    given = {
        "customer": house.customer.number, "number": "HT-2026-001", "title": "水厂运维", "amount": "1280000",
        "duty_post": "service_desk", "duties": "按约响应。",
        "levels": [{"what": "first_response", "amount": 4, "unit": "hours", "types": ["complaint"]}],
        "payments": [{"due_on": "2026-04-01", "amount": "100.50"}],
    }  # fmt: skip
    status, made = call(house.manager, "POST", "contracts", given)
    assert status == 201
    assert (made["number"], made["amount"], made["standing"]) == ("HT-2026-001", "1280000.00", "drafted")
    assert (made["staff"], made["duties"]) == (house.manager.pk, "按约响应。")
    [level] = made["levels"]
    assert (level["clause"], level["score"]) == ("1", {"kept": 0, "broken": 0, "pending": 0, "rate": None})
    here = f"contracts/{made['id']}"
    assert call(house.manager, "POST", "contracts", given)[0] == 422
    assert call(house.manager, "POST", f"{here}/review", {"remark": ""})[0] == 403
    assert call(house.manager, "POST", f"{here}/sign", {"signed_on": now.day.isoformat()})[0] == 409
    status, changed = call(
        house.manager, "PUT", here, {k: v for k, v in given.items() if k != "customer"} | {"title": "运维"}
    )
    assert (status, changed["title"], changed["revision"]) == (200, "运维", 2)
    assert call(house.reviewer, "POST", f"{here}/return", {"remark": ""})[0] == 422
    assert call(house.reviewer, "POST", f"{here}/review", {"remark": ""})[0] == 200
    status, signed = call(house.manager, "POST", f"{here}/sign", {"signed_on": now.day.isoformat()})
    assert (status, signed["standing"], signed["levels_until"]) == (200, "in_force", None)
    [payment] = signed["payments"]
    status, paid = call(
        house.manager, "POST", f"{here}/payments/{payment['id']}/receive",
        {"amount": "100.50", "received_on": now.day.isoformat()},
    )  # fmt: skip
    assert paid["payments"][0]["open"] == "0.00"
    assert [row["id"] for row in call(house.manager, "GET", "contracts?show=in_force")[1]["items"]] == [
        made["id"]
    ]
    assert call(house.manager, "GET", "contracts?show=expired")[1]["items"] == []
    assert call(house.outsider, "GET", here)[0] == 403
    assert (
        call(house.manager, "POST", f"{here}/terminate", {"reason": "agreed"})[1]["standing"] == "terminated"
    )


def test_a_project_over_the_api(call, house):
    given = {
        "customer": house.customer.number, "title": "扩容", "contract_number": "HT-1",
        "stages": [{"name": "基础"}, {"name": "安装", "weight": 3}],
    }  # fmt: skip
    status, made = call(house.manager, "POST", "projects", given)
    assert (status, made["account_manager"], made["progress"]) == (201, house.manager.pk, 0)
    assert call(house.manager, "POST", "projects", given)[0] == 422
    here = f"projects/{made['id']}"
    assert call(house.manager, "POST", f"{here}/start")[0] == 409
    call(house.manager, "POST", f"{here}/confirm", {"how": "visit", "remark": "签字。"})
    call(house.manager, "POST", f"{here}/start")
    first, second = (stage["id"] for stage in made["stages"])
    call(house.manager, "POST", f"{here}/stages/{second}/progress", {"percent": 50})
    _status, found = call(house.manager, "POST", f"{here}/stages/{first}/finish")
    assert (found["progress"], found["untold"]) == (62, 1)
    assert len(call(house.manager, "GET", "projects?show=untold")[1]["items"]) == 1
    talk = {"topic": "stage", "way": "call", "text": "已告知。", "stage": first}
    assert call(house.manager, "POST", f"{here}/talks", talk)[1]["untold"] == 0
    assert call(house.manager, "POST", f"{here}/opinions", {"type": "complaint", "text": "太吵。"})[1][
        "opinions"
    ]
    assert call(house.manager, "POST", f"{here}/complete")[0] == 409
