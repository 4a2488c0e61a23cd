"""WeChat's callbacks: whose they are, what they say, once each, and answered at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from keyue.channels.webhook.models import UnreadCallback
from keyue.channels.wechat import receiving, xml
from keyue.channels.wechat.crypto import signature
from keyue.conversations import actions
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from tests.apps.channels.vendors import Standin, send_all
from tests.apps.channels.wechat.conftest import APP_ID, USER, Customer

pytestmark = pytest.mark.django_db
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def test_the_address_proves_itself_by_an_echo(customer: Customer) -> None:
    query = customer.account.query()
    answer = Client().get(customer.account.url, {**query, "echostr": "5927782489"})
    assert (answer.status_code, answer.content) == (200, b"5927782489")
    wrong = Client().get(customer.account.url, {**query, "signature": "0" * 40, "echostr": "5927782489"})
    assert wrong.status_code == 403
    assert b"5927782489" not in wrong.content
    markup = Client().get(customer.account.url, {**query, "echostr": "<script>alert(1)</script>"})
    assert markup["Content-Type"].startswith("text/plain")


def test_a_message_is_answered_with_success_and_stands_in_a_conversation(customer: Customer) -> None:
    began = time.monotonic()
    answer = customer.says("膜组浊度超标")
    assert (answer.status_code, answer.content) == (200, b"success")
    assert time.monotonic() - began < 5
    line = Line.objects.get()
    assert (line.body, line.external_id) == ("膜组浊度超标", "1")
    assert line.party.scheme == "wechat"
    assert line.party.realm == APP_ID
    assert line.conversation.waiting_since is not None


def test_without_encryption_too(plain_customer: Customer) -> None:
    assert plain_customer.says("明文").content == b"success"
    assert Line.objects.get().body == "明文"


def test_five_times_the_same_and_out_of_order(customer: Customer) -> None:
    at = int(clock.now().timestamp())
    late = {**customer.message(number=12, Content="后说的"), "CreateTime": at - 10}
    early = {**customer.message(number=11, Content="先说的"), "CreateTime": at - 60}
    assert customer.post(late).content == b"success"
    for _turn in range(5):
        assert customer.post(early).content == b"success"
    assert [line.body for line in Line.objects.order_by("at")] == ["先说的", "后说的"]
    assert Conversation.objects.count() == 1


def test_an_event_has_no_number_and_is_known_by_who_when_and_what(customer: Customer) -> None:
    followed = customer.message("event", Event="subscribe", EventKey="qrscene_12")
    for _turn in range(3):
        customer.post(followed)
    customer.post({**followed, "Event": "CLICK", "EventKey": "ASK"})
    assert [line.body for line in Line.objects.order_by("pk")] == ["[关注了公众号]", "[点击菜单] ASK"]
    assert Conversation.objects.get().waiting_since is None
    assert customer.post({**followed, "Event": "VIEW", "EventKey": "https://x"}).content == b"success"
    assert Line.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "values", "text"),
    [
        ("location", {"Location_X": "23.1", "Location_Y": "113.3", "Label": "广州塔"}, "[位置] 广州塔（23.1，113.3）"),
        ("link", {"Title": "说明", "Description": "怎么用", "Url": "http://10.0.0.1/"}, "[链接] 说明\n怎么用\nhttp://10.0.0.1/"),
        ("voice", {"MediaId": "v1", "Format": "amr", "Recognition": "水是浑的"}, "[语音] 水是浑的"),
        ("video", {"MediaId": "x1", "ThumbMediaId": "t"}, "[视频]"),
        ("text", {"Content": "  "}, "[空消息]"),
        ("hologram", {}, "[不支持的消息：hologram]"),
    ],
)  # fmt: skip
def test_each_kind_of_message(customer: Customer, kind: str, values: dict[str, str], text: str) -> None:
    assert customer.post(customer.message(kind, **values)).content == b"success"
    assert Line.objects.get().body == text


def test_wrong_signatures_keys_and_receivers(customer: Customer) -> None:
    message = customer.message(Content="在")
    query = customer.account.query("x")
    assert customer.post(message, query={**query, "signature": "0" * 40}).status_code == 403
    assert customer.post(message, query={}).status_code == 403
    # rightly signed as a call, but not this body
    assert customer.post(message, query=query).status_code == 403
    other = type(customer.account)(
        customer.account.url, customer.account.token, "wxother", customer.account.aes_key
    )
    sealed = other.box.encrypt(xml.write(message))
    body = xml.write({"ToUserName": APP_ID, "Encrypt": sealed})
    assert customer.raw(body, customer.account.query(sealed)).status_code == 403
    assert Line.objects.count() == 0


def test_an_account_with_a_key_takes_nothing_in_the_clear(customer: Customer) -> None:
    """The other signature says nothing of the body: whoever saw one could write anything under it."""
    body = xml.write(customer.message(Content="伪造的"))
    assert customer.raw(body, customer.account.query()).status_code == 403
    assert Line.objects.count() == 0


def test_an_old_call_is_refused(plain_customer: Customer) -> None:
    stamp = str(int(clock.now().timestamp()) - 3600)
    query = {"timestamp": stamp, "nonce": "n", "signature": signature("QDG6eK", stamp, "n")}
    assert plain_customer.post(plain_customer.message(Content="旧的"), query=query).status_code == 403


def test_too_large_and_harmful_bodies(plain_customer: Customer) -> None:
    query = plain_customer.account.query()
    assert plain_customer.raw(b"<xml>" + b"x" * (1024 * 1024) + b"</xml>", query).status_code == 413
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><FromUserName>&a;</FromUserName></xml>'
    assert plain_customer.raw(bomb, query).status_code == 422
    assert plain_customer.raw(b"{}", query).status_code == 422
    assert Line.objects.count() == 0


def test_what_cannot_be_read_is_kept_and_taken_for_received(customer: Customer) -> None:
    strange = {"ToUserName": APP_ID, "CreateTime": 1, "MsgType": "text", "Content": "谁说的？"}
    for _turn in range(3):
        assert customer.post(strange).content == b"success"
    kept = UnreadCallback.objects.get()
    assert "FromUserName" in kept.fault
    assert "谁说的" not in kept.raw


def test_a_database_that_is_out_of_reach_lets_wechat_ask_again(customer: Customer, monkeypatch: Any) -> None:
    def broken(*_args: Any) -> None:
        raise OperationalError("locked")

    monkeypatch.setattr("keyue.channels.wechat.views.receive_xml", broken)
    client = Client(raise_request_exception=False)
    body = xml.write(customer.message(Content="在"))
    sealed = customer.account.box.encrypt(body)
    answer = client.post(
        customer.account.url,
        xml.write({"Encrypt": sealed}),
        content_type="text/xml",
        query_params=customer.account.query(sealed),
    )
    assert answer.status_code >= 500
    monkeypatch.undo()
    assert customer.says("在").content == b"success"
    assert Line.objects.count() == 1
    assert UnreadCallback.objects.count() == 0


# --- files ---


def test_a_picture_is_fetched_after_its_message(customer: Customer) -> None:
    customer.standin.tell("file", id="m1", name="x.jpg", type="image/png", hex=PNG.hex())
    assert customer.post(customer.message("image", MediaId="m1", PicUrl="http://x/")).content == b"success"
    line = Line.objects.get()
    assert (line.body, line.files.count()) == ("[图片]", 0)
    assert send_all().sent == 1
    assert [(file.name, file.content_type) for file in line.files.all()] == [("image.png", "image/png")]
    assert send_all().sent == 0


def test_speech_as_telephones_record_it_is_kept(customer: Customer) -> None:
    amr = b"#!AMR\n" + b"\x3c" * 40
    customer.standin.tell("file", id="v1", name="v.amr", type="audio/amr", hex=amr.hex())
    customer.post(customer.message("voice", MediaId="v1", Format="amr"))
    assert send_all().sent == 1
    assert [(file.name, file.content_type) for file in Line.objects.get().files.all()] == [
        ("voice.amr", "audio/amr")
    ]


def test_a_file_that_pretends_is_not_kept(customer: Customer) -> None:
    page = b"<html><script>alert(1)</script></html>"
    customer.standin.tell("file", id="m1", name="x.jpg", type="image/jpeg", hex=page.hex())
    customer.post(customer.message("image", MediaId="m1"))
    assert send_all().given_up == 1
    assert Line.objects.get().files.count() == 0


def test_a_file_waits_until_wechat_is_there_again(customer: Customer, standin: Standin) -> None:
    customer.post(customer.message("image", MediaId="m1"))
    standin.kill()
    assert send_all().put_off == 1
    standin.start()
    standin.tell("file", id="m1", name="x.png", type="image/png", hex=PNG.hex())
    assert send_all(turns=2).sent == 1
    assert Line.objects.get().files.count() == 1


# --- the answer to the callback itself ---


def answered(customer: Customer, monkeypatch: Any, text: str) -> Any:
    """The callback of a question that is answered by itself at once."""
    real = receiving.conversations.receive

    def receive_and_answer(*args: Any, **options: Any) -> Any:
        received = real(*args, **options)
        if received.is_new:
            actions.auto_answer(conversation=received.conversation, body=text, at=clock.now())
        return received

    monkeypatch.setattr(receiving.conversations, "receive", receive_and_answer)
    return customer.says("怎么反洗？")


def test_an_automatic_answer_that_is_ready_goes_back_at_once_and_only_so(
    customer: Customer, monkeypatch: Any
) -> None:
    first = answered(customer, monkeypatch, "请先关进水阀。")
    values = customer.account.opened(first.content)
    assert (values["ToUserName"], values["FromUserName"]) == (USER, APP_ID)
    assert (values["MsgType"], values["Content"]) == ("text", "请先关进水阀。")
    outer = xml.read(first.content)
    box = customer.account.box
    box.check(outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"], outer["Encrypt"])
    line = Line.objects.get(kind="auto")
    assert line.delivery == Delivery.SENT
    # the same question again, because the answer was lost on the way: the same answer, and no line more
    again = customer.says("怎么反洗？")
    assert customer.account.opened(again.content)["Content"] == "请先关进水阀。"
    assert send_all().sent == 1
    assert customer.standin.entries("/cgi-bin/message/custom/send") == []
    assert Line.objects.count() == 2


def test_an_answer_that_is_too_long_for_that_goes_by_the_interface(
    customer: Customer, monkeypatch: Any
) -> None:
    long = "先关进水阀。" * 150
    assert answered(customer, monkeypatch, long).content == b"success"
    assert send_all().sent == 1
    sent = customer.standin.taken("/cgi-bin/message/custom/send")
    assert "".join(entry["body"]["text"]["content"] for entry in sent) == long
    assert all(len(entry["body"]["text"]["content"].encode()) <= 1_800 for entry in sent)


def test_one_that_is_under_way_already_is_not_said_twice(customer: Customer, monkeypatch: Any) -> None:
    from keyue.channels.wechat import actions as writing
    from keyue.ledger.facts import SYSTEM

    real = receiving.conversations.receive

    def receive_and_send(*args: Any, **options: Any) -> Any:
        received = real(*args, **options)
        line = actions.auto_answer(conversation=received.conversation, body="在", at=clock.now())
        assert writing.claim_line(line=line, how=writing.ACTIVE, by=SYSTEM, at=clock.now())
        return received

    monkeypatch.setattr(receiving.conversations, "receive", receive_and_send)
    assert customer.says("在吗").content == b"success"
