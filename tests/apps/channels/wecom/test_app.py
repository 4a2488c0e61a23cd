"""Colleagues who write to an application of WeCom."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from keyue.channels.wecom.kind import check
from keyue.conversations.models import Conversation, Line
from keyue.ledger.models import OutboxItem
from keyue.ui.uploads import Upload
from tests.apps.channels.vendors import Desk, send_all
from tests.apps.channels.wechat.test_crypto import ECHO, MESSAGE
from tests.apps.channels.wecom.conftest import CORP, Corp

pytestmark = pytest.mark.django_db


def test_the_published_example_is_refused_only_because_it_is_old(app: Corp) -> None:
    """Its signature and key are right: what is wrong with it is that it is of 2014."""
    query = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "timestamp": "1409659589",
        "nonce": "263014780",
        "echostr": ECHO,
    }
    answer = Client().get(app.account.url, query)
    assert (answer.status_code, answer.json()["error"]) == (403, "too_old")
    wrong = Client().get(app.account.url, {**query, "nonce": "263014781"})
    assert (wrong.status_code, wrong.json()["error"]) == (403, "denied")
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt>{MESSAGE}</Encrypt></xml>"
    query = {
        "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
        "timestamp": "1409659813",
        "nonce": "1372623149",
    }
    answer = Client().post(app.account.url, body.encode(), content_type="text/xml", query_params=query)
    assert answer.json()["error"] == "too_old"
    assert Line.objects.count() == 0


def test_the_address_proves_itself_with_the_decrypted_echo(app: Corp) -> None:
    encrypted = app.account.box.encrypt(b"1616140317555161061")
    answer = Client().get(app.account.url, {**app.account.query(encrypted), "echostr": encrypted})
    assert (answer.status_code, answer.content) == (200, b"1616140317555161061")


def test_five_times_the_same_message_is_one_line(app: Corp) -> None:
    for _turn in range(5):
        assert app.writes("打印机坏了").content == b"success"
    assert [line.body for line in Line.objects.all()] == ["打印机坏了"]


def test_a_callback_in_json(app: Corp) -> None:
    plain = {
        "msgid": "CAIQ16HMjQYY", "aibotid": "AIBOTID", "chattype": "single", "from": {"userid": "zhangsan"},
        "msgtype": "text", "text": {"content": "在吗"},
    }  # fmt: skip
    assert app.call(json.dumps(plain).encode(), as_json=True).content == b"success"
    assert Line.objects.get().body == "在吗"


def test_what_is_not_encrypted_or_wrongly_signed(app: Corp) -> None:
    url, signed = app.account.url, app.account.query("x")
    for body, kind in ((b"<xml/>", "text/xml"), (b"{}", "application/json"), (b"{", "application/json")):
        assert Client().post(url, body, content_type=kind, query_params=signed).status_code == 422
    assert app.post({"MsgType": "text"}, msg_signature="0" * 40).status_code == 403
    assert app.post({"MsgType": "text"}, timestamp="1").status_code == 403
    assert Line.objects.count() == 0


def test_coming_and_going_of_colleagues_says_nothing(app: Corp) -> None:
    for event in ("subscribe", "enter_agent", "view"):
        message = {"FromUserName": "a", "CreateTime": "1", "MsgType": "event", "Event": event}
        assert app.post(message).content == b"success"
    assert Line.objects.count() == 0


def test_answers_and_files_go_to_the_colleague(app: Corp, desk: Desk) -> None:
    app.writes("打印机坏了")
    desk.answers(Conversation.objects.get(), "请看", Upload("说明.txt", b"0123456789"))
    assert send_all().sent == 1
    first, second = app.standin.taken("/cgi-bin/message/send")
    assert first["body"] == {
        "touser": "mycreate",
        "agentid": 218,
        "msgtype": "text",
        "text": {"content": "请看"},
    }
    assert second["body"]["msgtype"] == "file"
    assert "都对" in check(app.channel)


def test_a_colleague_whom_the_application_cannot_reach(app: Corp, desk: Desk) -> None:
    app.writes("打印机坏了", user="nobody")
    desk.answers(Conversation.objects.get(), "请看")
    assert send_all().given_up == 1
    assert "可见范围" in OutboxItem.objects.get().last_error
