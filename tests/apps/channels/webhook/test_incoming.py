"""Messages of another system: signed, once each, whatever order and state they come in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.channels.webhook import actions
from keyue.channels.webhook.signing import is_signed, sign
from keyue.conversations.models import Channel, Conversation, Line, LineFile
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from tests.apps.channels.vendors import Desk, Standin, send_all
from tests.apps.channels.webhook.conftest import System

pytestmark = pytest.mark.django_db
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def test_the_signature_is_hmac_sha256_over_timestamp_and_body() -> None:
    import hashlib
    import hmac

    expected = hmac.new(b"key", b"1700000000.{}", hashlib.sha256).hexdigest()
    assert sign("key", "1700000000", b"{}") == expected
    assert is_signed(["key"], "1700000000", f"v1=00,v1={expected}", b"{}")
    assert not is_signed(["key"], "1700000000", f"v0={expected}", b"{}")
    assert not is_signed([], "1700000000", f"v1={expected}", b"{}")


def test_a_message_becomes_a_line_of_a_conversation(system: System) -> None:
    answer = system.says("膜组浊度超标")
    assert answer.status_code == 200, answer.content
    said = answer.json()
    line = Line.objects.get()
    assert said == {"line": str(line.uid), "conversation": line.conversation.number, "new": True}
    assert line.body == "膜组浊度超标"
    assert line.conversation.waiting_since is not None
    assert line.conversation.department == "service"


def test_the_same_five_times_is_one_and_order_does_not_matter(system: System) -> None:
    at = clock.now()
    later, earlier = at - timedelta(minutes=1), at - timedelta(minutes=2)
    system.says("第二句", id="m-2", sent_at=later.isoformat())
    for _turn in range(5):
        answer = system.says("第一句", id="m-1", sent_at=earlier.isoformat())
        assert answer.status_code == 200
    assert answer.json()["new"] is False
    assert Conversation.objects.count() == 1
    assert [line.body for line in Line.objects.order_by("at")] == ["第一句", "第二句"]


def test_who_has_no_signature_gets_nowhere(system: System) -> None:
    content = json.dumps({"id": "m", "sender": {"id": "u"}, "text": "在"}).encode()
    url = f"/hooks/in/{system.channel.pk}/"
    bare = Client().post(url, content, content_type="application/json")
    assert bare.status_code == 401
    assert bare.json()["error"] == "bad_signature"
    assert system.post({}, secret="other").status_code == 401
    assert system.post({}, **{"Keyue-Signature": "v1=签名"}).status_code == 401
    # the body of another request under the signature of this one
    signed = system.post({"id": "a"}, **{"Keyue-Signature": "v1=" + "0" * 64})
    assert signed.status_code == 401
    assert Line.objects.count() == 0


@pytest.mark.parametrize("late", [301, -301, 86_400, 1e9])
def test_an_old_copy_and_a_clock_that_is_wrong_are_refused(system: System, late: float) -> None:
    answer = system.post({"id": "m", "sender": {"id": "u"}, "text": "在"}, late=late)
    assert answer.status_code == 401
    assert answer.json()["error"] == "too_old"
    assert "5 分钟" in answer.json()["message"]


@pytest.mark.parametrize("stamp", ["", "x", "１２", "-1", "1e9", "99999999999999999999", "17000000000000"])
def test_a_timestamp_that_is_none(system: System, stamp: str) -> None:
    body = b"{}"
    signed = {"Keyue-Timestamp": stamp, "Keyue-Signature": f"v1={sign(system.secret, stamp, body)}"}
    url = f"/hooks/in/{system.channel.pk}/"
    answer = Client().post(url, body, content_type="application/json", headers=signed)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({}, {"id", "sender.id", "text"}),
        ({"id": "m", "sender": {"id": "u"}}, {"text"}),
        ({"id": "m", "sender": "u", "text": "在"}, {"sender.id"}),
        ({"id": ["m"], "sender": {"id": "u"}, "text": "在"}, {"id"}),
        ({"id": "m" * 201, "sender": {"id": "u"}, "text": "在"}, {"id"}),
        ({"id": "m", "sender": {"id": "u"}, "text": 12}, {"text"}),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "files": ["x"]}, {"files"}),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "files": {"url": "x"}}, {"files"}),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "files": [{"url": "http://x"}] * 10}, {"files"}),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "sent_at": "2026-01-01T00:00:00"}, {"sent_at"}),
        (
            {"id": "m", "sender": {"id": "u"}, "text": "在", "sent_at": "2099-01-01T00:00:00+08:00"},
            {"sent_at"},
        ),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "sent_at": 10**30}, {"sent_at"}),
        ({"id": "m", "sender": {"id": "u"}, "text": "在", "answers": "m0"}, {"answers"}),
    ],
)
def test_what_is_wrong_is_said_by_field(system: System, body: Any, at_fault: set[str]) -> None:
    answer = system.post(body)
    assert answer.status_code == 422, answer.content
    assert set(answer.json()["fields"]) == at_fault
    assert Line.objects.count() == 0


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff\xfe", b"{", b'{"id":', b"[" * 100_000])
def test_what_is_no_json_object_is_said(system: System, raw: bytes) -> None:
    answer = system.post(None, raw=raw)
    assert answer.status_code == 422
    assert answer.json()["error"] == "not_json"


def test_a_body_that_is_too_large_is_not_read(system: System) -> None:
    answer = system.post(None, raw=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413


def test_a_text_that_is_too_long_for_a_line_is_kept_whole_as_a_file(system: System) -> None:
    text = "字" * 30_000
    assert system.says(text).status_code == 200
    line = Line.objects.get()
    assert len(line.body) == 20_000
    assert line.body.endswith("（全文见附件）")
    assert line.files.get().size == len(text.encode())


def test_control_signs_and_markup_arrive_as_text(system: System) -> None:
    assert system.says("a\0b<script>alert(1)</script>").status_code == 200
    assert Line.objects.get().body == "ab<script>alert(1)</script>"


def test_a_number_that_one_contact_has_makes_the_sender_known(system: System, desk: Desk) -> None:
    body = {"id": "m", "sender": {"id": "u", "phone": "138 1234 6027"}, "text": "在"}
    assert system.post(body).status_code == 200
    assert Conversation.objects.get().contact == desk.contact


def test_a_new_secret_works_beside_the_old_one_for_a_day(system: System, monkeypatch: Any) -> None:
    at = clock.now()
    fresh = actions.make_channel_secret(channel=system.channel, by=SYSTEM, at=at)
    assert fresh != system.secret
    assert system.says("旧的", id="m-1").status_code == 200
    assert system.post({"id": "m-2", "sender": {"id": "u"}, "text": "新的"}, secret=fresh).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=1, seconds=1))
    assert system.says("旧的", id="m-3").status_code == 401
    assert system.post({"id": "m-4", "sender": {"id": "u"}, "text": "新的"}, secret=fresh).status_code == 200


def test_a_closed_channel_and_one_of_another_kind_are_not_there(system: System, desk: Desk) -> None:
    from keyue.conversations import actions as conversations

    chat = desk.channel("chat")
    assert System(chat, system.secret).says("在").status_code == 404
    conversations.close_channel(channel=system.channel, by=SYSTEM, at=clock.now())
    assert system.says("在").status_code == 404
    assert Client().post("/hooks/in/999999/", b"", content_type="application/json").status_code == 404
    assert Client().get(f"/hooks/in/{system.channel.pk}/").status_code == 405


# --- files by their addresses ---


def test_a_file_is_fetched_after_its_message(system: System, standin: Standin) -> None:
    standin.tell("file", id="f1", name="a.png", type="image/png", hex=PNG.hex())
    standin.tell("misbehave", path="/nothing", times=0)
    httpx_token(standin)
    url = f"{standin.url}/cgi-bin/media/get?access_token=token-1&media_id=f1"
    assert system.says("", files=[{"url": url, "name": "现场.png"}]).status_code == 200
    line = Line.objects.get()
    assert line.body == "[文件]"
    assert line.files.count() == 0
    assert send_all().sent == 1
    file = line.files.get()
    assert (file.name, file.content_type, file.size) == ("现场.png", "image/png", len(PNG))


def test_a_file_that_is_not_there_yet_is_asked_for_again(system: System, standin: Standin) -> None:
    standin.misbehave("/sink", times=2, status=503)
    assert system.says("看附件", files=[{"url": f"{standin.url}/sink/x", "name": "a.txt"}]).status_code == 200
    assert send_all().put_off == 1
    assert send_all(turns=3).given_up + LineFile.objects.count() >= 1
    assert LineFile.objects.get().name == "a.txt"


def test_a_file_of_the_own_network_is_never_fetched(system: System, settings: Any, standin: Standin) -> None:
    settings.PRIVATE_HOSTS = frozenset()
    assert system.says("看", files=[{"url": f"{standin.url}/sink/x", "name": "a.txt"}]).status_code == 200
    assert send_all().given_up == 1
    assert standin.entries("/sink") == []
    assert "内网" in OutboxItem.objects.get().last_error


def httpx_token(standin: Standin) -> None:
    """The stand-in hands files to who has its token only."""
    import httpx

    httpx.get(f"{standin.url}/cgi-bin/token?secret=standin-secret", trust_env=False)


# --- the way back ---


def test_answers_go_to_where_the_other_system_wants_them(desk: Desk, standin: Standin) -> None:
    from keyue.ui.uploads import Upload

    channel = desk.channel("webhook", answer_url=f"{standin.url}/sink/answers")
    secret = actions.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    system = System(Channel.objects.get(pk=channel.pk), secret)
    system.says("在吗")
    line = desk.answers(Conversation.objects.get(), "您好", Upload("说明.txt", "好".encode()))
    standin.misbehave("/sink", status=502)
    assert send_all().put_off == 1
    assert send_all(turns=2).sent == 1
    first, second = standin.entries("/sink/answers")
    assert first["raw"] == second["raw"]
    body = second["body"]
    assert (body["id"], body["to"], body["text"]) == (str(line.uid), {"id": "u-1"}, "您好")
    assert body["files"] == [{"name": "说明.txt", "size": 3, "content": "5aW9"}]
    head = second["headers"]
    assert is_signed([secret], head["keyue-timestamp"], head["keyue-signature"], second["raw"].encode())


def test_without_an_address_nobody_can_answer(system: System, desk: Desk) -> None:
    from keyue.kernel.errors import Refused

    system.says("在吗")
    with pytest.raises(Refused, match="只收不回"):
        desk.answers(Conversation.objects.get(), "您好")
