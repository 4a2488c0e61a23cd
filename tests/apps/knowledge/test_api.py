"""The knowledge base over the API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.knowledge import actions
from keyue.knowledge.actions import ScriptText
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


def script(house, now, code: str, owner: User | None = None, **more: Any) -> Any:
    text = ScriptText(kind="canned", code=code, title=f"标题{code}", body="您好，已经处理。", **more)
    by = World.actor(house.writer)
    row = actions.draft_script(text=text, owner=owner or house.writer, by=by, at=now.at)
    actions.submit_script(script=row, by=by, at=now.at)
    actions.approve_script(script=row, by=World.actor(house.approver), at=now.at)
    return row


def test_ready_words_are_listed_searched_and_read(house, now, call):
    for n in range(3):
        script(house, now, f"tk{n}")
    own = script(house, now, "mine", scope="person")
    listed = call(house.reader, "GET", "/scripts?limit=2").json()
    assert [one["code"] for one in listed["items"]] == ["tk0", "tk1"]
    rest = call(house.reader, "GET", f"/scripts?limit=2&cursor={listed['next_cursor']}").json()
    assert ([one["code"] for one in rest["items"]], rest["next_cursor"]) == (["tk2"], ""), (
        "not the writer's own"
    )
    assert "mine" in [one["code"] for one in call(house.writer, "GET", "/scripts").json()["items"]]
    [found] = call(house.reader, "GET", "/scripts?q=biaotitk1").json()["items"]
    one = call(house.reader, "GET", f"/scripts/{found['id']}").json()
    assert one["body"] == "您好，已经处理。" and [edition["n"] for edition in one["editions"]] == [1]
    assert call(house.reader, "GET", f"/scripts/{own.pk}").status_code == 404
    assert call(house.reader, "GET", "/scripts?cursor=x").json()["code"] == "bad_cursor"
    assert call(house.reader, "GET", "/scripts?kind=poem").status_code == 422
    assert call(house.reader, "GET", "/scripts?kind=tree").json()["items"] == []


def test_what_is_not_approved_is_not_offered(house, now, call):
    script(house, now, "tkjd")
    draft = ScriptText(kind="canned", code="tkcg", title="草稿", body="还没批准的话")
    actions.draft_script(text=draft, owner=house.writer, by=World.actor(house.writer), at=now.at)
    offered = call(house.reader, "GET", "/scripts/offered?q=tk").json()["items"]
    assert [(one["code"], one["edition"]) for one in offered] == [("tkjd", 1)]


def test_what_had_no_answer_is_decided_on(house, now, call):
    made = call(house.writer, "POST", "/articles", ARTICLE).json()
    call(house.writer, "POST", f"/articles/{made['id']}/submit", {})
    number = call(house.approver, "POST", f"/articles/{made['id']}/publish", {}).json()["number"]
    for text in ("你们公司上市了吗", "可以参观工厂吗", "能帮我浇花吗"):
        actions.answer(text, via="help", by=World.actor(house.writer), at=now.at)
    found = call(house.writer, "GET", "/questions").json()
    assert found["count"] == 3 and {one["state"] for one in found["items"]} == {"open"}
    assert call(house.reader, "GET", "/questions").status_code == 403
    one, two, three = (one["id"] for one in found["items"])
    attached = call(house.writer, "POST", f"/questions/{one}/attach", {"article": number}).json()
    assert (attached["state"], attached["article"]) == ("attached", number)
    assert call(house.writer, "POST", f"/questions/{one}/attach", {"article": number}).status_code == 409
    assert call(house.writer, "POST", f"/questions/{two}/attach", {"article": "ZS-99999"}).status_code == 422
    assert call(house.writer, "POST", f"/questions/{two}/set-aside", {}).json()["state"] == "not_ours"
    drafted = call(house.writer, "POST", f"/questions/{three}/draft", {})
    assert drafted.status_code == 201 and drafted.json()["state"] == "draft"
    assert call(house.writer, "GET", "/questions").json()["items"] == []
    assert call(house.writer, "GET", "/questions?show=decided").json()["count"] == 3
    assert call(house.writer, "POST", f"/questions/{two}/reopen", {}).json()["state"] == "open"
    assert call(house.writer, "POST", "/questions/999999/reopen", {}).status_code == 404
