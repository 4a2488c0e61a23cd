"""周叙白 follows the official account and complains there; who it is an agent finds out; a short message goes on with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.conversations import actions
from keyue.conversations.enums import Delivery, State
from tests.apps.channels.vendors import standin as standin
from tests.apps.channels.wechat.conftest import USER, Customer
from tests.apps.channels.wechat.conftest import customer as customer
from tests.journeys.channel_story import Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db
SENT = "/cgi-bin/message/custom/send"


def test_a_complaint_by_wechat_goes_on_by_short_message_and_is_closed(
    desk: Office, customer: Customer
) -> None:
    # five times the same callback: WeChat asks again where an answer is late
    for _again in range(5):
        taken(customer.says("3# 膜组又报警了，昨天说好来人的", 1))
    talk = desk.talk
    assert (talk.state, talk.customer, talk.agent) == (State.QUEUED, None, None)
    assert "又报警了" in desk.in_queue()
    # what answers by itself is no answer of a person
    desk.now.pass_(minutes=1)
    actions.auto_answer(
        conversation=talk, body="报警先看进水压力。", at=desk.now.at, article="WZ-1", edition="1"
    )
    desk.sends()
    assert desk.first_response(customer.channel) == (1, 0, None)
    assert desk.states(talk, "first_answer") == ["pending"]
    desk.confirms(talk)
    talk.refresh_from_db()
    assert talk.customer == desk.contact.customer
    assert desk.states(talk, "talk_joined") == ["met"]
    desk.now.pass_(minutes=11)
    line = desk.says(talk, "周先生您好，是我们没有派人，今天下午两点到。")
    assert line.delivery == Delivery.SENT
    said = [entry["body"]["text"]["content"] for entry in customer.standin.taken(SENT)]
    assert said == ["报警先看进水压力。", "周先生您好，是我们没有派人，今天下午两点到。"]
    assert customer.standin.taken(SENT)[1]["body"]["touser"] == USER
    assert desk.first_response(customer.channel) == (1, 1, timedelta(minutes=12))
    case = desk.registers(talk, talk.lines.earliest("pk"), "3# 膜组报警，约定未到")
    assert (case.channel, case.customer, case.received_at) == ("wechat", talk.customer, talk.opened_at)
    assert desk.states(case, "first_response") == ["pending"]
    # another channel, the same conversation, and the case hears of it
    desk.now.pass_(hours=3)
    other = desk.goes_on_by_short_message(talk, "人到了，谢谢")
    assert other.case == case
    assert [(kind, who) for kind, who, _body in desk.timeline(talk)] == [
        ("wechat", "in"), ("wechat", "auto"), ("wechat", "out"), ("sms", "in"),
    ]  # fmt: skip
    page = desk.sees(talk)
    assert all(words in page for words in ("又报警了", "今天下午两点到", "人到了，谢谢", case.number))
    # he goes back to WeChat, and is answered there
    taken(customer.says("水也清了", 2))
    assert desk.says(talk, "好的，有事随时找我们。").channel == customer.channel
    assert desk.states(case, "first_response") == ["met"]
    desk.looks_through(customer.channel)
    desk.closes(talk, "膜组报警，已到场处理，转为投诉", "said")
    assert desk.states(talk, "first_answer") == ["met", "met"]
    proof = desk.evidence("answering", "1.1")
    assert "人工回复（wechat 渠道）" in proof and f"/conversations/{talk.pk}/#l{line.pk}" in proof
    desk.misses_a_day(customer.channel)


def test_what_comes_out_of_order_stands_in_one_conversation_once(desk: Office, customer: Customer) -> None:
    for number in (3, 1, 2, 1, 3, 3, 2):
        taken(customer.says(f"第 {number} 句", number))
    assert sorted(body for _channel, _kind, body in desk.timeline(desk.talk)) == [
        "第 1 句",
        "第 2 句",
        "第 3 句",
    ]
    assert desk.kinds(desk.talk.subject).count("conversation.asked") == 1
