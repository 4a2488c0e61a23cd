"""WeChat customer service and an application of WeCom: fetched after a knock, answered once, gone on with by telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.channels.wecom.sending import message_id
from keyue.conversations import actions
from keyue.conversations.enums import Delivery, State
from tests.apps.channels.vendors import standin as standin
from tests.apps.channels.wecom.conftest import USER, Corp
from tests.apps.channels.wecom.conftest import app as app
from tests.apps.channels.wecom.conftest import kf as kf
from tests.journeys.channel_story import Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db
SENT = "/cgi-bin/kf/send_msg"


def test_a_customer_of_wechat_service_is_answered_and_goes_on_by_short_message(
    desk: Office, kf: Corp
) -> None:
    kf.queue(content="设备报警了，急")
    for _again in range(5):
        taken(kf.knock())
    desk.sends()
    talk = desk.talk
    assert [line.body for line in talk.lines.all()] == ["设备报警了，急"]
    assert talk.customer is None and "设备报警了" in desk.in_queue()
    desk.now.pass_(minutes=2)
    actions.auto_answer(conversation=talk, body="请先断电。", at=desk.now.at, article="WZ-1", edition="1")
    desk.sends()
    assert desk.first_response(kf.channel) == (1, 0, None)
    assert desk.states(talk, "first_answer") == ["pending"]
    desk.confirms(talk)
    desk.now.pass_(minutes=5)
    # the network drops after WeCom has taken it: its identity keeps it from being sent twice
    kf.standin.misbehave(SENT, after=True)
    line = desk.says(talk, "已派王工，一小时内到。")
    desk.sends(hours=8)
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT
    sent = [entry["body"] for entry in kf.standin.taken(SENT)]
    assert [body["text"]["content"] for body in sent] == ["请先断电。", "已派王工，一小时内到。"]
    assert (sent[1]["touser"], sent[1]["msgid"]) == (USER, message_id(line, 0))
    assert desk.first_response(kf.channel) == (1, 1, timedelta(minutes=7))
    case = desk.registers(talk, talk.lines.earliest("pk"), "设备报警")
    assert case.channel == "wechat"
    desk.now.pass_(hours=2)
    assert desk.goes_on_by_short_message(talk, "王工到了").case == case
    kf.queue(content="修好了")
    taken(kf.knock(token="another"))
    desk.sends()
    assert [channel for channel, _kind, _body in desk.timeline(talk)] == ["wxkf"] * 3 + ["sms", "wxkf"]
    desk.says(talk, "好的，谢谢您告知。")
    assert desk.states(case, "first_response") == ["met"]
    desk.looks_through(kf.channel)
    desk.closes(talk, "报警已处理", "said")
    assert desk.states(talk, "first_answer") == ["met", "met"]
    proof = desk.evidence("answering", "1.1")
    assert "人工回复（wxkf 渠道）" in proof and f"#l{line.pk}" in proof
    desk.misses_a_day(kf.channel)


def test_a_dealer_in_wecom_is_answered_in_the_application(desk: Office, app: Corp) -> None:
    for _again in range(5):
        taken(app.writes("客户要的备件什么时候到", number=7))
    taken(app.writes("上午问的", number=6))
    talk = desk.talk
    assert [body for _channel, _kind, body in desk.timeline(talk)] == ["客户要的备件什么时候到", "上午问的"]
    desk.confirms(talk)
    desk.now.pass_(minutes=3)
    desk.says(talk, "周四到，单号稍后发您。")
    [entry] = app.standin.taken("/cgi-bin/message/send")
    assert (entry["body"]["touser"], entry["body"]["text"]["content"]) == (
        "mycreate",
        "周四到，单号稍后发您。",
    )
    assert desk.first_response(app.channel) == (1, 1, timedelta(minutes=3))
    assert desk.goes_on_by_short_message(talk, "收到").conversation == talk
    desk.looks_through(app.channel)
    desk.closes(talk, "备件到货时间")
    talk.refresh_from_db()
    assert talk.state == State.ENDED and talk.opinion == "none"
    # the second word was never answered: ending it is no answer
    assert desk.states(talk, "first_answer") == ["met", "pending"]
    desk.now.pass_(minutes=40)
    assert desk.states(talk, "first_answer") == ["met", "breached"]
