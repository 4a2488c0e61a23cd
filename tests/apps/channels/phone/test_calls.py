"""Telephone calls: told of by an exchange in any order, entered by hand, recorded, and listed until they are."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from keyue.channels.webhook.actions import make_channel_secret
from keyue.channels.webhook.signing import headers_for
from keyue.conversations import actions, selectors
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.enums import LineKind, State
from keyue.conversations.models import Call, Channel, Conversation, Line
from keyue.ledger.facts import SYSTEM
from keyue.ledger.selectors import facts_of
from tests.apps.conversations.conftest import MAIL, PHONE, Desk
from tests.apps.conversations.conftest import client as client
from tests.apps.conversations.conftest import desk as desk
from tests.apps.conversations.conftest import now as now


class Exchange:
    """A program that tells of calls, rightly signed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        plan = ChannelPlan(
            "400 热线", department="service", keeper=desk.agent, options={"extensions": "801=lin"}
        )
        self.channel = actions.open_channel(kind="phone", plan=plan, by=SYSTEM, at=desk.now.at)
        self.secret = make_channel_secret(channel=self.channel, by=SYSTEM, at=desk.now.at)

    def tells(
        self, event: str, call: str = "c1", secret: str = "", late: int = 0, **more: Any
    ) -> HttpResponse:
        body = {"event": event, "call": call, "number": PHONE, "agent": "801", **more}
        return self.posts(json.dumps(body).encode(), secret or self.secret, late)

    def posts(self, content: bytes, secret: str, late: int = 0) -> HttpResponse:
        signed = headers_for([secret], content, self.desk.now.at - timedelta(seconds=late))
        url = reverse("channels:exchange", args=[self.channel.pk])
        return Client().post(url, content, content_type="application/json", headers=signed)


@pytest.fixture
def exchange(desk: Desk) -> Exchange:
    return Exchange(desk)


def kinds_of(talk: Conversation) -> list[str]:
    return [fact.kind for fact in facts_of(talk.subject)]


def test_a_call_rings_pops_up_is_answered_and_written_down(client: Client, desk: Desk, exchange: Exchange):
    assert exchange.tells("ringing").status_code == 200
    talk = Conversation.objects.get()
    assert talk.customer == desk.contact.customer
    assert talk.waiting_since == desk.now.at
    pop = client.get(reverse("channels:ringing")).text
    assert "来电" in pop
    assert "周叙白" not in pop
    desk.now.pass_(seconds=9)
    exchange.tells("answered")
    talk.refresh_from_db()
    assert talk.agent == desk.agent
    assert talk.waiting_since is None
    assert "通话中" in client.get(reverse("channels:ringing")).text
    desk.now.pass_(minutes=3)
    exchange.tells("ended")
    assert "来电" not in client.get(reverse("channels:ringing")).text
    assert selectors.unrecorded(desk.agent).get() == talk
    page = client.get(reverse("conversations:conversation", args=[talk.pk])).text
    assert "通话 3 分" in page
    assert "写通话小结" in page
    call = Call.objects.get()
    done = client.post(
        reverse("channels:record_call", args=[call.pk]), {"summary": "问营业时间", "opinion": "none"}
    )
    assert done.status_code == 303
    assert not selectors.unrecorded(desk.agent).exists()
    talk.refresh_from_db()
    # nothing but this call was said: the conversation is over with its record
    assert talk.state == State.ENDED
    assert kinds_of(talk)[-4:] == [
        "conversation.call_ended",
        "conversation.call_recorded",
        "conversation.ended",
        "conversation.recorded",
    ]


@pytest.mark.parametrize("order", list(permutations(["ringing", "answered", "ended"])))
def test_events_in_any_order_and_several_times_are_one_call(
    desk: Desk, exchange: Exchange, order: tuple[str, ...]
):
    at = {"ringing": 0, "answered": 8, "ended": 100}
    begin = desk.now.at
    desk.now.pass_(seconds=120)
    for _again in range(3):
        for event in order:
            told = exchange.tells(event, at=(begin + timedelta(seconds=at[event])).isoformat())
            assert told.status_code == 200
    call = Call.objects.get()
    assert Line.objects.count() == 1
    assert call.ended_at == begin + timedelta(seconds=100)
    # what is over is not picked up afterwards; what was picked up before stays so
    answered_first = order.index("answered") < order.index("ended")
    assert (call.answered_at == begin + timedelta(seconds=8)) is answered_first
    assert kinds_of(Conversation.objects.get()).count("conversation.call_ended") == 1


def test_a_missed_call_waits_until_somebody_calls_back(desk: Desk, exchange: Exchange):
    exchange.tells("ringing")
    desk.now.pass_(seconds=40)
    exchange.tells("ended")
    talk = Conversation.objects.get()
    assert talk.waiting_since is not None
    assert not selectors.unrecorded(desk.agent).exists()
    desk.now.pass_(minutes=20)
    exchange.tells("ringing", call="c2", direction="out")
    desk.now.pass_(seconds=10)
    exchange.tells("answered", call="c2", direction="out")
    talk.refresh_from_db()
    assert talk.waiting_since is None
    assert talk.lines.filter(kind=LineKind.OUTBOUND).count() == 1


def test_who_calls_goes_on_with_the_conversation_that_they_had_by_mail(desk: Desk, exchange: Exchange):
    asked = desk.mails("水泵漏水")
    exchange.tells("ringing")
    exchange.tells("answered")
    exchange.tells("ended")
    assert Conversation.objects.get() == asked.conversation
    call = Call.objects.get()
    from keyue.conversations.enums import Opinion

    actions.record_call(
        call=call, summary="约了明天上门", opinion=Opinion.NONE, user=desk.agent, at=desk.now.at
    )
    asked.conversation.refresh_from_db()
    # more than a call was said here: somebody ends it when it is over
    assert asked.conversation.state == State.OPEN
    assert MAIL


def test_callers_who_show_no_number_are_not_one_person(exchange: Exchange):
    exchange.tells("ringing", call="a", number="")
    exchange.tells("ringing", call="b", number="")
    assert Conversation.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [b"", b"[]", b"{", b'{"event": "boom", "call": "1"}', b'{"event": "ringing"}',
     b'{"event": "ringing", "call": "1", "number": "12"}', b'{"event": "ringing", "call": "1", "at": "yesterday"}',
     b'{"event": "recording", "call": "1"}', b"\xff\xfe", b"[" * 5000],
)  # fmt: skip
def test_what_cannot_be_read_gets_a_sentence_and_makes_nothing(exchange: Exchange, wrong: bytes):
    answer = exchange.posts(wrong, exchange.secret)
    assert answer.status_code in {400, 422}
    assert answer.json()["message"]
    assert not Call.objects.exists()


def test_without_the_signature_nothing_is_taken(exchange: Exchange):
    assert exchange.tells("ringing", secret="guessed").status_code == 401
    assert exchange.tells("ringing", late=900).status_code == 401
    assert exchange.tells("recording", call="never", url="https://example.com/a.mp3").status_code == 404
    assert not Call.objects.exists()


def form(exchange: Exchange, **more: str) -> dict[str, str]:
    return {
        "hotline": str(exchange.channel.pk), "way": "in", "number": PHONE, "name": "周叙白", "summary": "二期水泵漏水",
        "opinion": "none", "type": "", "begun": "", "once": "x1",
    } | more  # fmt: skip


def test_a_call_is_entered_in_one_form_with_its_case(client: Client, desk: Desk, exchange: Exchange):
    new = reverse("channels:new_call")
    assert "记一通电话" in client.get(new).text
    begun = desk.now.at.isoformat()
    desk.now.pass_(minutes=6)
    sent = form(exchange, opinion="said", type="complaint", begun=begun)
    for _twice in range(2):
        assert client.post(new, sent).status_code == 303
    call = Call.objects.get()
    assert (call.ended_at - call.answered_at) == timedelta(minutes=6)
    talk = call.line.conversation
    assert talk.case.customer == desk.contact.customer
    assert talk.case.channel == "phone"
    assert talk.state == State.ENDED
    assert not selectors.unrecorded(desk.agent).exists()


def test_what_lacks_in_the_form_is_said_and_nothing_kept(client: Client, exchange: Exchange):
    new = reverse("channels:new_call")
    answer = client.post(new, form(exchange, opinion="said"))
    assert answer.status_code == 422
    assert "请先把客户的话登记为事项" in answer.text
    assert "二期水泵漏水" in answer.text
    assert client.post(new, form(exchange, number="12")).status_code == 422
    assert client.post(new, form(exchange, way="out", number="")).status_code == 422
    assert not Channel.objects.filter(kind="phone", conversations__isnull=False).exists()
    assert not Call.objects.exists()


def test_the_number_says_who_it_is_only_to_who_may_see_it(client: Client, desk: Desk, exchange: Exchange):
    caller = reverse("channels:caller")
    assert "北屿文旅" in client.post(caller, {"number": PHONE}).text
    assert "档案里没有这个号码" in client.post(caller, {"number": "13900000000"}).text
    assert client.post(caller, {"number": "1"}).text.strip() == ""
