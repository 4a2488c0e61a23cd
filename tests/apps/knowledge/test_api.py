"""The knowledge base over the API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.people import actions as people
from keyue.people.actions.tokens import EVERY
from keyue.people.models import User
from tests.journeys.world import World

ARTICLE = {
    "title": "滤芯多久更换一次", "body": "PP 棉半年。", "topic": "维护保养", "visibility": "public",
    "asked": ["几个月换芯"],
}  # fmt: skip


@pytest.fixture
def call(house, now):
    tokens: dict[int, str] = {}

    def ask(user: User, method: str, path: str, body: Any = None) -> Any:
        if user.pk not in tokens:
            _, tokens[user.pk] = people.issue_token(
                user=user, name="t", scopes=EVERY, expires_at=now.at + timedelta(days=30),
                by=World.actor(user), at=now.at,
            )  # fmt: skip
        client = Client(headers={"Authorization": f"Bearer {tokens[user.pk]}"})
        return client.generic(
            method, f"/api/v1/knowledge{path}", json.dumps(body) if body is not None else b"",
            content_type="application/json",
        )  # fmt: skip

    return ask


def test_an_article_is_written_approved_found_and_withdrawn(house, call):
    made = call(house.writer, "POST", "/articles", ARTICLE)
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    assert made.json()["owner"] == house.writer.pk
    assert call(house.writer, "POST", f"/articles/{pk}/submit", {}).status_code == 200
    assert call(house.writer, "POST", f"/articles/{pk}/publish", {}).status_code == 403
    out = call(house.approver, "POST", f"/articles/{pk}/publish", {}).json()
    assert (out["state"], out["editions"][0]["state"]) == ("published", "published")
    [found] = call(house.reader, "GET", "/search?q=芯子几个月换&audience=public").json()["items"]
    assert (found["number"], found["passage"]) == (out["number"], "PP 棉半年。")
    assert call(house.reader, "GET", "/articles?q=lvxin").json()["items"][0]["id"] == pk
    revised = call(house.writer, "PUT", f"/articles/{pk}", {**ARTICLE, "body": "一年。", "revision": 1})
    assert revised.status_code == 409
    revised = call(house.writer, "PUT", f"/articles/{pk}", {**ARTICLE, "body": "一年。"}).json()
    assert [one["n"] for one in revised["editions"]] == [2, 1]
    gone = call(house.approver, "POST", f"/articles/{pk}/withdraw", {"reason": "停售"}).json()
    assert gone["state"] == "withdrawn"
    assert call(house.reader, "GET", "/search?q=芯子几个月换").json()["items"] == []


def test_mistakes_are_named(house, call):
    answer = call(house.writer, "POST", "/articles", {**ARTICLE, "department": "moon", "owner": 999})
    assert answer.status_code == 422
    assert call(house.writer, "POST", "/articles", {**ARTICLE, "title": ""}).status_code == 422
    assert call(house.approver, "PUT", "/synonyms", {"synonyms": "一个"}).status_code == 422
    assert call(house.approver, "PUT", "/synonyms", {"synonyms": "大蓝瓶 滤芯"}).json() == {
        "synonyms": "大蓝瓶 滤芯"
    }
