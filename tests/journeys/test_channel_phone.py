"""周叙白 rings the hotline: told of by the exchange in any order, written down at once, gone on with at the window."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.channels.webhook.actions import make_channel_secret
from keyue.channels.webhook.signing import headers_for
from keyue.conversations.models import Call, Channel, Conversation, Line
from keyue.ledger.facts import SYSTEM
from tests.apps.channels.chat.conftest import At
from tests.apps.channels.vendors import PHONE
from tests.journeys.channel_story import MAIL, Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db


class Exchange:
    """The telephone exchange: a program that signs what it tells."""

    def __init__(self, desk: Office) -> None:
        self.desk = desk
        channel = desk.channel("phone", extensions="801=lin")
        self.secret = make_channel_secret(channel=channel, by=SYSTEM, at=desk.now.at)
        self.channel = Channel.objects.get(pk=channel.pk)

    def tells(self, event: str, call: str, at: datetime | None = None, **more: Any) -> None:
        import json

        body = {"event": event, "call": call, "number": PHONE, "agent": "801", **more}
        body["at"] = (at or self.desk.now.at).isoformat()
        raw = json.dumps(body).encode()
        signed = headers_for([self.secret], raw, self.desk.now.at)
        url = f"/hooks/phone/{self.channel.pk}/"
        taken(Client().post(url, raw, content_type="application/json", headers=signed))


def test_a_call_is_answered_written_down_and_gone_on_with_at_the_window(desk: Office) -> None:
    exchange = Exchange(desk)
    for _again in range(5):
        exchange.tells("ringing", "c1")
    talk = desk.talk
    assert talk.customer == desk.contact.customer
    assert "来电" in desk.browser.get("/calls/ringing/").content.decode()
    assert desk.states(talk, "first_answer") == ["pending"]
    desk.now.pass_(seconds=12)
    exchange.tells("answered", "c1")
    desk.now.pass_(minutes=4)
    # the end arrives, and then the beginning once more
    exchange.tells("ended", "c1")
    exchange.tells("ringing", "c1", at=desk.now.at - timedelta(minutes=4))
    call = Call.objects.get()
    assert desk.states(talk, "call_recorded") == ["pending"]
    assert desk.first_response(exchange.channel) == (1, 1, timedelta(seconds=12))
    assert (
        f"/conversations/{talk.pk}/" in desk.browser.get("/conversations/?show=unrecorded").content.decode()
    )
    # a case made of the call, and the call written down within its ten minutes
    case = desk.registers(talk, call.line, "二期水泵漏水", content="二期水泵漏水，地面全湿了")
    assert (case.channel, case.customer) == ("phone", talk.customer)
    record = {"summary": "二期水泵漏水，约下午上门", "opinion": "said"}
    assert desk.browser.post(f"/calls/{call.pk}/record/", record).status_code == 303
    assert desk.states(talk, "call_recorded") == ["met"]
    assert "登记通话小结" in desk.evidence("feedback", "3.2.2")
    desk.now.pass_(hours=2)
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    said = visitor.says("上午打过电话，师傅到哪了", email=MAIL)
    talk = Conversation.objects.latest("pk")
    assert said.conversation == talk and talk.customer == desk.contact.customer
    desk.says(talk, "已经在路上，十分钟到。")
    page = desk.browser.get(f"/customers/{desk.contact.customer.number}/").content.decode()
    assert case.number in page
    desk.closes(talk, "问师傅到哪了", "none")
    assert "人工回复" in desk.evidence("answering", "1.1")


def test_a_missed_call_is_owed_an_answer_until_somebody_rings_back(desk: Office) -> None:
    exchange = Exchange(desk)
    exchange.tells("ringing", "c1")
    desk.now.pass_(seconds=40)
    exchange.tells("ended", "c1")
    talk = desk.talk
    assert desk.states(talk, "first_answer") == ["pending"]
    # in the meantime he writes: the same conversation, and one asking
    desk.goes_on_by_short_message(talk, "打不通，请回电")
    assert desk.states(talk, "first_answer") == ["pending"]
    desk.now.pass_(minutes=20)
    exchange.tells("ringing", "c2", direction="out")
    desk.now.pass_(seconds=8)
    exchange.tells("answered", "c2", direction="out")
    desk.now.pass_(minutes=2)
    exchange.tells("ended", "c2", direction="out")
    assert desk.states(talk, "first_answer") == ["met"]
    assert [channel for channel, _kind, _body in desk.timeline(talk)] == ["phone", "sms", "phone"]
    for call in Call.objects.filter(answered_at__isnull=False):
        record = {"summary": "回拨，约明天上门", "opinion": "none"}
        assert desk.browser.post(f"/calls/{call.pk}/record/", record).status_code == 303
    desk.closes(talk, "未接来电，已回拨")
    assert desk.states(talk, "call_recorded") == ["met"]
    back = Line.objects.filter(channel=exchange.channel, kind="out").get()
    assert f"#l{back.pk}" in desk.evidence("answering", "1.1")
