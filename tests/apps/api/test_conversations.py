"""Conversations and channels over the API: what the console does, within what the token's person may see."""

from __future__ import annotations

import base64
from itertools import count

import pytest

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming, Received
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import ScriptText
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ui.uploads import Upload
from tests.apps.api.conftest import Company, Program

NUMBERS = count(1)
CUSTOMER = Actor("customer", "channel")


def channel(firm: Company, kind: str = "chat", department: str = "service") -> Channel:
    plan = ChannelPlan(f"{kind} {next(NUMBERS)}", department=department, keeper=firm.world.agent)
    return actions.open_channel(kind=kind, plan=plan, by=SYSTEM, at=clock.now())


def says(way: Channel, body: str, handle: str = "visitor-1", **more: object) -> Received:
    incoming = Incoming(external_id=f"m{next(NUMBERS)}", handle=handle, body=body, **more)
    return actions.receive(way, incoming, by=CUSTOMER, at=clock.now(), source=way.kind)


def test_a_conversation_from_the_queue_to_its_summary(firm: Company) -> None:
    way = channel(firm)
    talk = says(way, "订单发货了吗").conversation
    [found] = firm.agent.ok("GET", "/conversations?state=queued")["items"]
    assert (found["id"], found["number"], found["channel_kind"]) == (talk.pk, talk.number, "chat")
    assert found["waiting_since"] and found["agent"] is None
    path = f"/conversations/{talk.pk}"
    whole = firm.agent.ok("GET", path)
    assert [line["body"] for line in whole["lines"]] == ["订单发货了吗"] and whole["place"] == 1
    taken = firm.agent.ok("POST", f"{path}/take")
    assert (taken["state"], taken["agent"], taken["place"]) == ("open", firm.world.agent.pk, 0)
    assert firm.supervisor.refused(409, "POST", f"{path}/take")["code"] == "held"
    line = firm.agent.ok("POST", f"{path}/answers", {"body": "昨天已经发货。"})
    assert (line["kind"], line["body"], line["author"]) == ("out", "昨天已经发货。", firm.world.agent.pk)
    assert firm.supervisor.refused(409, "POST", f"{path}/answers", {"body": "我也说一句"})["code"] == "held"
    ended = firm.agent.ok("POST", f"{path}/end")
    assert ended["state"] == "ended" and ended["answered_at"] and ended["waiting_since"] is None
    assert firm.agent.refused(409, "POST", f"{path}/answers", {"body": "再说一句"})["code"] == "over"
    assert [one["id"] for one in firm.agent.get("/conversations?unrecorded=true")["items"]] == [talk.pk]
    refused = firm.agent.refused(422, "POST", f"{path}/summary", {"summary": "问发货", "opinion": "said"})
    assert refused["errors"][0]["field"] == "opinion", "an opinion is a case first"
    done = firm.agent.ok("POST", f"{path}/summary", {"summary": "问发货", "opinion": "none"})
    assert (done["summary"], done["opinion"]) == ("问发货", "none")
    assert firm.agent.get("/conversations?unrecorded=true")["items"] == []


def test_an_answer_that_is_sent_again_goes_out_once(firm: Company) -> None:
    talk = says(channel(firm), "在吗").conversation
    path, headers = f"/conversations/{talk.pk}/answers", {"Idempotency_Key": "k-1"}
    first = firm.agent.ok("POST", path, {"body": "在的"}, **headers)
    again = firm.agent.ok("POST", path, {"body": "在的"}, **headers)
    assert first == again and firm.agent.last.headers["Idempotent-Replay"] == "true"
    assert Line.objects.filter(conversation=talk, kind="out").count() == 1
    firm.agent.refused(422, "POST", path, {"body": "别的"}, **headers)


def test_the_list_is_narrowed_and_paged(firm: Company) -> None:
    chat, other = channel(firm), channel(firm)
    talks = [says(chat, f"第{n}位", f"visitor-{n}").conversation for n in range(5)]
    far = says(other, "另一个窗口", "visitor-9").conversation
    newest = [far.pk, *(one.pk for one in reversed(talks))]
    assert [one["id"] for one in firm.agent.get("/conversations")["items"]] == newest
    [only] = firm.agent.get(f"/conversations?channel={other.pk}")["items"]
    assert only["id"] == far.pk
    seen, cursor = [], ""
    for _turn in range(3):
        answer = firm.agent.ok("GET", f"/conversations?limit=2&cursor={cursor}")
        seen += [one["id"] for one in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == newest and cursor == ""
    assert firm.agent.refused(422, "GET", "/conversations?cursor=x")["code"] == "bad_cursor"
    firm.agent.refused(404, "GET", "/conversations?customer=KH-99999")
    firm.agent.refused(422, "GET", "/conversations?state=lost")


def test_older_lines_are_pages_before(firm: Company) -> None:
    way = channel(firm)
    for n in range(7):
        talk = says(way, f"第{n}句").conversation
    answer = firm.agent.ok("GET", f"/conversations/{talk.pk}/lines?limit=3")
    assert [one["body"] for one in answer["items"]] == ["第4句", "第5句", "第6句"]
    before = firm.agent.ok("GET", f"/conversations/{talk.pk}/lines?limit=4&cursor={answer['next_cursor']}")
    assert [one["body"] for one in before["items"]] == ["第0句", "第1句", "第2句", "第3句"]
    assert before["next_cursor"] == ""
    firm.agent.refused(422, "GET", f"/conversations/{talk.pk}/lines?cursor=-1")


def test_known_customers_are_found_and_stay_under_their_masks(firm: Company) -> None:
    mail = channel(firm, "email")
    case = firm.agent.ok(
        "POST",
        "/cases",
        {
            "type": "inquiry",
            "content": "几点上班",
            "name": "周叙白",
            "email": "zhou@example.com",
            "consent_version": "1",
        },
    )
    customer = firm.agent.ok("GET", f"/cases/{case['number']}")["customer"]
    talk = says(mail, "还有一个问题", "zhou@example.com", name="周叙白").conversation
    [found] = firm.agent.ok("GET", f"/conversations?customer={customer}")["items"]
    assert (found["id"], found["customer"]) == (talk.pk, customer)
    assert "周叙白" not in str(found) and "zhou@example.com" not in str(found)
    assert "@example.com" in found["handle"] and found["who"].startswith("周")


def test_what_one_may_not_see_is_not_there(firm: Company) -> None:
    talk = says(channel(firm), "在吗").conversation
    path = f"/conversations/{talk.pk}"
    assert firm.engineer.get("/conversations")["items"] == [], "of another department"
    firm.engineer.refused(404, "GET", path)
    firm.engineer.refused(404, "POST", f"{path}/answers", {"body": "在"})
    readonly = firm.issue(firm.world.agent, "conversation.view")
    readonly.ok("GET", path)
    for act in ("take", "end"):
        readonly.refused(403, "POST", f"{path}/{act}")
    firm.agent.refused(404, "GET", "/conversations/999999")
    firm.agent.refused(404, "GET", "/conversations/files/999999")


def test_handing_over(firm: Company) -> None:
    talk = says(channel(firm), "在吗").conversation
    path = f"/conversations/{talk.pk}"
    firm.agent.ok("POST", f"{path}/take")
    refused = firm.agent.refused(422, "POST", f"{path}/hand-over", {})
    assert refused["errors"][0]["field"] == "to"
    for body, field in (({"to": 999999}, "to"), ({"department": "moon"}, "department")):
        assert firm.agent.refused(422, "POST", f"{path}/hand-over", body)["errors"][0]["field"] == field
    given = firm.agent.ok("POST", f"{path}/hand-over", {"to": firm.world.supervisor.pk})
    assert given["agent"] == firm.world.supervisor.pk
    assert firm.agent.refused(403, "POST", f"{path}/hand-over", {"to": firm.world.agent.pk})
    queued = firm.supervisor.ok("POST", f"{path}/hand-over", {"department": "tech"})
    assert (queued["state"], queued["department"], queued["agent"]) == ("queued", "tech", None)


def test_files_go_out_and_come_in(firm: Company) -> None:
    talk = says(channel(firm), "", uploads=[Upload("照片.txt", "照片".encode())]).conversation
    path = f"/conversations/{talk.pk}"
    [file] = firm.agent.ok("GET", path)["lines"][0]["files"]
    answer = firm.agent.get(f"/conversations/files/{file['id']}")
    assert b"".join(answer.streaming_content) == "照片".encode()
    firm.engineer.refused(404, "GET", f"/conversations/files/{file['id']}")
    sent = base64.b64encode("说明".encode()).decode()
    line = firm.agent.ok(
        "POST", f"{path}/answers", {"body": "", "files": [{"name": "说明.txt", "content": sent}]}
    )
    assert [one["name"] for one in line["files"]] == ["说明.txt"]
    firm.agent.refused(422, "POST", f"{path}/answers", {"body": "  "})
    firm.agent.refused(422, "POST", f"{path}/answers", {"body": "在", "channel": 999999})


@pytest.fixture
def canned(firm: Company) -> None:
    text = ScriptText(kind="canned", code="fhjd", title="发货进度", body="您好，已经发货。")
    row = knowledge.draft_script(text=text, owner=firm.world.agent, by=SYSTEM, at=clock.now())
    knowledge.submit_script(script=row, by=SYSTEM, at=clock.now())
    knowledge.approve_script(script=row, by=Actor("system", "boss"), at=clock.now())


def test_an_answer_names_the_ready_words_it_was_made_from(firm: Company, canned: None) -> None:
    talk = says(channel(firm), "发货了吗").conversation
    path = f"/conversations/{talk.pk}/answers"
    [offered] = firm.agent.ok("GET", "/knowledge/scripts/offered?q=fhjd")["items"]
    assert (offered["code"], offered["edition"]) == ("fhjd", 1)
    line = firm.agent.ok("POST", path, {"body": offered["body"], "scripts": ["fhjd"]})
    assert line["scripts"] == [{"code": "fhjd", "edition": 1, "is_changed": False}]
    other = firm.agent.ok("POST", path, {"body": "与话术无关的话", "scripts": ["fhjd"]})
    assert other["scripts"] == [], "none of its words are left"
    refused = firm.agent.refused(422, "POST", path, {"body": "您好", "scripts": ["nichts"]})
    assert refused["errors"][0]["field"] == "body"


def test_channels_with_how_soon_somebody_answered(firm: Company) -> None:
    way = channel(firm)
    talk = says(way, "在吗").conversation
    [found] = [one for one in firm.agent.ok("GET", "/channels")["items"] if one["id"] == way.pk]
    assert (found["arrived"], found["waiting"], found["is_unseen"]) == (1, 1, True)
    assert found["first_response"] == {"days": 30, "begun": 1, "answered": 0, "median_seconds": None}
    firm.agent.ok("POST", f"/conversations/{talk.pk}/answers", {"body": "在"})
    one = firm.agent.ok("GET", f"/channels/{way.pk}")
    assert one["first_response"]["answered"] == 1 and one["first_response"]["median_seconds"] is not None
    assert "secrets" not in one and "options" not in one
    actions.close_channel(channel=way, by=SYSTEM, at=clock.now())
    assert way.pk not in {one["id"] for one in firm.agent.get("/channels")["items"]}
    assert way.pk in {one["id"] for one in firm.agent.get("/channels?closed=true")["items"]}
    firm.agent.refused(404, "GET", "/channels/999999")
    firm.issue(firm.world.agent, "case.view").refused(403, "GET", "/channels")


def test_a_list_costs_the_same_however_long(firm: Company) -> None:
    way = channel(firm)

    def asked(program: Program) -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as found:
            program.ok("GET", "/conversations")
        return len(found)

    says(way, "一", "visitor-a")
    asked(firm.agent)  # what a process reads once
    few = asked(firm.agent)
    for n in range(6):
        says(way, "多", f"visitor-{n}")
    assert asked(firm.agent) == few
    assert Conversation.objects.count() == 7
