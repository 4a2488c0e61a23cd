"""WeChat customer service: a callback says that there is something, and everything is fetched from where we were."""

from __future__ import annotations

from typing import Any

import pytest

from keyue.channels.webhook.models import UnreadCallback
from keyue.channels.wecom import syncing
from keyue.channels.wecom.models import SyncCursor
from keyue.channels.wecom.sending import line_of, message_id
from keyue.conversations import actions
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel, Conversation, Line
from keyue.conversations.selectors import names_of
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from keyue.promises.models import Notice
from keyue.ui.uploads import Upload
from tests.apps.channels.vendors import SECRET, Desk, Standin, send_all
from tests.apps.channels.wechat.test_callbacks import PNG
from tests.apps.channels.wecom.conftest import ACCOUNT, CORP, USER, Corp
from tests.support.crashing import die_at

SEND = "/cgi-bin/kf/send_msg"


@pytest.mark.django_db
def test_what_customers_write_is_fetched_and_stands_in_a_conversation(kf: Corp) -> None:
    kf.queue(content="设备报警了")
    assert kf.knock().content == b"success"
    assert Line.objects.count() == 0
    assert send_all().sent == 1
    line = Line.objects.get()
    assert (line.body, line.external_id) == ("设备报警了", "msg-1")
    assert names_of([line.conversation])[line.conversation_id] == f"nickname of {USER}"
    assert SyncCursor.objects.get().cursor == "c1"
    [asked] = kf.standin.entries("/cgi-bin/kf/sync_msg")
    assert asked["body"] == {
        "token": "ENCApHxnGDNAVNY4AaSJKj4Tb5", "open_kfid": ACCOUNT, "limit": 1000, "voice_format": 0,
    }  # fmt: skip


@pytest.mark.django_db
def test_five_callbacks_and_many_pages_give_each_message_once(kf: Corp, monkeypatch: Any) -> None:
    monkeypatch.setattr(syncing, "A_PAGE", 2)
    for n in range(5):
        kf.queue(content=f"第 {n} 句")
    for _turn in range(5):
        kf.knock()
    send_all()
    kf.knock(token="another")
    kf.queue(content="第 5 句")
    send_all()
    assert [line.body for line in Line.objects.order_by("pk")] == [f"第 {n} 句" for n in range(6)]
    assert SyncCursor.objects.get().cursor == "c6"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("location", {"latitude": 23.1, "longitude": 113.3, "name": "广州塔", "address": "阅江西路"}, "[位置] 广州塔 阅江西路（23.1，113.3）"),
        ("link", {"title": "说明", "desc": "怎么用", "url": "http://x/"}, "[链接] 说明\n怎么用\nhttp://x/"),
        ("miniprogram", {"title": "报修"}, "[小程序] 报修"),
        ("business_card", {"userid": "u"}, "[名片]"),
        ("hologram", {}, "[不支持的消息：hologram]"),
        ("text", {}, "[空消息]"),
    ],
)  # fmt: skip
def test_each_kind_of_message(kf: Corp, kind: str, content: dict[str, Any], text: str) -> None:
    kf.queue(kind, **content)
    kf.knock()
    send_all()
    assert Line.objects.get().body == text


@pytest.mark.django_db
def test_files_are_fetched_with_their_names(kf: Corp) -> None:
    kf.standin.tell("file", id="f1", name="x.jpg", type="image/png", hex=PNG.hex())
    kf.standin.tell("file", id="f2", name="report.txt", type="application/octet-stream", hex=b"abc".hex())
    kf.queue("image", media_id="f1")
    kf.queue("file", media_id="f2")
    kf.knock()
    send_all()
    send_all()
    names = [file.name for line in Line.objects.order_by("pk") for file in line.files.all()]
    assert names == ["image.png", "report.txt"]


@pytest.mark.django_db
def test_a_message_that_cannot_be_read_keeps_no_other_from_being_read(kf: Corp) -> None:
    kf.queue(content="前")
    kf.standin.tell("kf", messages=[{"origin": 3, "msgtype": "text", "text": {"content": "谁？"}}])
    kf.queue(content="后")
    kf.knock()
    send_all()
    assert [line.body for line in Line.objects.order_by("pk")] == ["前", "后"]
    assert "external_userid" in UnreadCallback.objects.get().fault


@pytest.mark.django_db
def test_what_our_own_people_write_there_is_no_word_of_the_customer(kf: Corp) -> None:
    kf.queue(content="我是同事", origin=5)
    kf.knock()
    send_all()
    assert Line.objects.count() == 0


@pytest.mark.django_db
def test_another_account_of_the_company_is_another_channel(kf: Corp) -> None:
    kf.knock(account="wkother")
    assert OutboxItem.objects.count() == 0


@pytest.mark.django_db
def test_who_comes_in_is_welcomed_once(kf: Corp) -> None:
    event = {
        "event_type": "enter_session",
        "welcome_code": "W1",
        "open_kfid": ACCOUNT,
        "external_userid": USER,
    }
    kf.standin.tell("kf", messages=[{"msgid": "e1", "origin": 4, "msgtype": "event", "event": event}])
    kf.knock()
    send_all()
    [entry] = kf.standin.taken("/cgi-bin/kf/send_msg_on_event")
    assert entry["body"] == {"code": "W1", "msgtype": "text", "text": {"content": "您好，请说。"}}
    assert Line.objects.count() == 0


@pytest.mark.django_db
def test_a_token_that_is_too_old_is_left_out(kf: Corp) -> None:
    kf.queue(content="在")
    kf.knock()
    kf.standin.misbehave(
        "/cgi-bin/kf/sync_msg", status=200, body={"errcode": 95007, "errmsg": "invalid msg token"}
    )
    assert send_all().sent == 1
    assert Line.objects.get().body == "在"


@pytest.mark.django_db
def test_what_no_callback_told_of_is_found_by_looking(kf: Corp) -> None:
    kf.queue(content="没有回调")
    assert syncing.poll(clock.now()) == 0
    assert Line.objects.get().body == "没有回调"


@pytest.mark.django_db
def test_answers_carry_an_identity_and_are_taken_once(kf: Corp, desk: Desk) -> None:
    kf.queue(content="在吗")
    kf.knock()
    send_all()
    line = desk.answers(Conversation.objects.get(), "您好", Upload("说明.txt", b"0123456789"))
    kf.standin.misbehave(SEND, after=True)
    assert send_all().put_off == 1
    assert send_all(turns=2).sent == 1
    taken = kf.standin.taken(SEND)
    taken = [entry for entry in taken if entry["path"] == SEND]
    assert [entry["body"]["msgtype"] for entry in taken] == ["text", "file"]
    assert taken[0]["body"]["msgid"] == message_id(line, 0)
    assert len(taken[0]["body"]["msgid"]) <= 32
    assert line_of(message_id(line, 7)) == line
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT


@pytest.mark.django_db
def test_after_five_answers_the_customer_has_the_word(kf: Corp, desk: Desk) -> None:
    kf.queue(content="在吗")
    kf.knock()
    send_all()
    for n in range(5):
        desk.answers(Conversation.objects.get(), f"{n}")
    with pytest.raises(Refused, match="最多让发 5 条"):
        desk.answers(Conversation.objects.get(), "5")


@pytest.mark.django_db
def test_the_author_hears_of_what_the_customer_refused(kf: Corp, desk: Desk) -> None:
    kf.queue(content="在吗")
    kf.knock()
    send_all()
    line = desk.answers(Conversation.objects.get(), "您好")
    send_all()
    event = {"event_type": "msg_send_fail", "fail_msgid": message_id(line, 0), "fail_type": 4}
    kf.standin.tell("kf", messages=[{"msgid": "e2", "origin": 4, "msgtype": "event", "event": event}])
    kf.knock(token="again")
    send_all()
    assert Notice.objects.get(kind="undelivered").to_user == desk.agent
    assert line_of("nonsense") is None


def test_a_worker_that_dies_while_it_fetches(fresh_database: Any, standin: Standin) -> None:
    """At every moment: what is taken in and the cursor belong together, and nothing is taken in twice."""
    from keyue.conversations.actions.keeping import ChannelPlan

    plan = ChannelPlan(
        "客服",
        options={"corp_id": CORP, "open_kfid": ACCOUNT, "api": standin.url},
        secrets={"secret": SECRET, "token": "t"},
    )
    channel = actions.open_channel(kind="wxkf", plan=plan, by=SYSTEM, at=clock.now())
    channel = Channel.objects.get(pk=channel.pk)
    moment, expected = 0, []
    while True:
        for n in range(2):
            text = f"{moment}-{n}"
            expected.append(text)
            message = {
                "msgid": f"m{text}", "open_kfid": ACCOUNT, "external_userid": "wm1", "send_time": 1, "origin": 3,
                "msgtype": "text", "text": {"content": text},
            }  # fmt: skip
            standin.tell("kf", messages=[message])
        died = die_at(moment, lambda: syncing.fetch_all(channel))
        SyncCursor.objects.update(held_until=None)
        syncing.fetch_all(channel)
        assert [line.body for line in Line.objects.order_by("pk")] == expected, moment
        if not died:
            break
        moment += 4
    assert moment > 20
