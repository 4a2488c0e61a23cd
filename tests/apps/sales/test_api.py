"""The sales part of the REST API: the same rules as the pages, personal values under their masks."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from keyue.kernel import clock
from keyue.people import actions as people
from keyue.people.actions.tokens import EVERY
from keyue.people.models import User
from keyue.sales import actions, selectors
from keyue.sales.models import Opportunity

from .conftest import AT, BY, by


@pytest.fixture
def call(client, sales):
    """Call the API as somebody: (user, method, path, body) -> (status, answer)."""
    User.objects.update(must_change_password=False)
    tokens: dict[int, str] = {}

    def send(user: User, method: str, path: str, body=None):
        if user.pk not in tokens:
            _row, tokens[user.pk] = people.issue_token(
                user=user, name="t", scopes=EVERY, expires_at=clock.now() + timedelta(days=30), by=by(user), at=clock.now()
            )  # fmt: skip
        answer = client.generic(
            method, f"/api/v1/{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"Authorization": f"Bearer {tokens[user.pk]}"},
        )  # fmt: skip
        return answer.status_code, answer.json()

    return send


def test_leads_over_the_api(call, sales):
    given = {"kind": "organisation", "name": "远山机械有限公司", "person": "周叙白", "phone": "13812346027"}
    status, made = call(sales.lin, "POST", "leads", given)
    assert (status, made["state"], made["phone"], made["person"]) == (201, "open", "138****6027", "周*")
    status, again = call(sales.chen, "POST", "leads", given)
    assert (status, again["state"]) == (201, "conflict") and again["conflict_reasons"]
    assert call(sales.lin, "POST", "leads", given)[0] == 409
    assert call(sales.wu, "GET", f"leads/{made['number']}")[0] == 404
    assert call(sales.chen, "POST", f"leads/{made['number']}/drop", {"reason": "price"})[0] == 403
    settle = f"leads/{again['number']}/settle"
    assert call(sales.lin, "POST", settle, {"outcome": "both", "why": "分公司"})[0] == 403
    assert call(sales.head, "POST", settle, {"outcome": "first", "why": "先报备"})[1]["state"] == "dropped"
    assert call(sales.lin, "POST", f"leads/{made['number']}/contacts", {"way": "phone"})[0] == 200
    status, done = call(sales.lin, "POST", f"leads/{made['number']}/qualify", {})
    assert (status, done["state"]) == (200, "qualified") and done["customer"]
    assert len(call(sales.head, "GET", "leads?limit=1")[1]["items"]) == 1


def test_the_pool_over_the_api(call, sales, make):
    customer = make(account_manager=sales.lin)
    assert call(sales.chen, "POST", "pool", {"customer": customer.number})[0] == 403
    status, entry = call(sales.lin, "POST", "pool", {"customer": customer.number})
    assert status == 201
    [row] = call(sales.lin, "GET", "pool")[1]["items"]
    assert (row["number"], row["may_pick"]) == (customer.number, False)
    assert call(sales.lin, "POST", f"pool/{entry['id']}/pick")[0] == 409
    assert call(sales.wu, "POST", f"pool/{entry['id']}/pick") == (200, {"number": customer.number})
    assert call(sales.chen, "POST", f"pool/{entry['id']}/pick")[0] == 404


def test_needs_plans_and_opportunities_over_the_api(call, sales, make):
    customer = make(account_manager=sales.lin)
    status, need = call(sales.lin, "POST", "needs", {"customer": customer.number, "what": "两台膜组"})
    assert (status, need["state"]) == (201, "open")
    assert call(sales.wu, "POST", f"needs/{need['id']}/drop", {"reason": "price"})[0] == 404
    status, plan = call(
        sales.lin, "POST", f"needs/{need['id']}/plans", {"text": "六月底前装好", "items": ["培训"]}
    )
    assert status == 201
    token = plan["link"].rstrip("/").rpartition("/")[2]
    assert selectors.plan_by_token(token, clock.now()).number == plan["number"]
    chance = {"customer": customer.number, "title": "二期", "need": need["id"], "amount": "1200.50"}
    status, made = call(sales.lin, "POST", "opportunities", chance)
    assert (status, made["amount"], made["stage"], made["probability"]) == (201, "1200.50", "contact", 10)
    url = f"opportunities/{made['number']}"
    assert call(sales.lin, "PATCH", url, {"amount": "99", "revision": 1})[1]["amount"] == "99.00"
    assert call(sales.lin, "PATCH", url, {"amount": "98", "revision": 1})[0] == 409
    assert call(sales.lin, "POST", f"{url}/move", {"stage": "offer"})[1]["stage_name"] == "方案报价"
    assert call(sales.wu, "GET", url)[0] == 404
    assert call(sales.lin, "POST", f"{url}/lose", {"reason": "price"})[1]["end"] == "lost"
    assert call(sales.lin, "GET", "opportunities?stage=lost")[1]["items"][0]["number"] == made["number"]


def test_lists_and_boards_ask_as_much_for_many_as_for_few(client, sales, make, query_count):
    client.force_login(sales.lin)
    for n in "一二三四五六七八":
        customer = make(f"临江第{n}水务有限公司", account_manager=sales.lin)
        actions.open_opportunity(customer=customer, title=f"{n}期", owner=sales.lin, by=BY, at=AT)
        actions.release_customer(customer=make(f"东山第{n}药业有限公司"), by=BY, at=AT)
    assert Opportunity.objects.count() == 8
    for name, path in (("sales board", "opportunities"), ("sales pool", "pool"), ("sales funnel", "funnel")):
        client.get(f"/customers/{path}/")
        with query_count(name):
            assert client.get(f"/customers/{path}/").status_code == 200
