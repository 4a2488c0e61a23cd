"""A form on the web site becomes a case with number and code; its sender goes on at the window and rates what was done."""

from __future__ import annotations

import pytest
from django.test import Client

from keyue.cases.models import Case
from keyue.conversations import actions
from keyue.conversations.models import Conversation
from tests.apps.channels.chat.conftest import At
from tests.apps.channels.conftest import Sender, act, text_of, to_assigned, to_told, token
from tests.apps.channels.vendors import PHONE
from tests.journeys.channel_story import MAIL, Office
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db


def test_a_form_is_answered_gone_on_with_in_chat_and_closed_by_a_satisfied_customer(desk: Office) -> None:
    sender = Sender(Client())
    mark = token()
    number, code = sender.receipt(token=mark, email=MAIL, phone=PHONE)
    # sent again, by a double click or a line that was cut: the same receipt
    for _again in range(4):
        assert sender.receipt(token=mark, email=MAIL, phone=PHONE) == (number, code)
    case = Case.objects.get()
    assert (case.number, case.channel, case.customer) == (number, "webform", desk.contact.customer)
    # the receipt is automatic: it fulfils nothing
    assert desk.states(case, "first_response") == ["pending"]
    desk.now.pass_(minutes=20)
    to_assigned(desk.world, case)
    act(desk.agent, case, "reply", via="portal", body="周主任您好，工程师明天上午到场。")
    assert desk.states(case, "first_response") == ["met"]
    assert "工程师明天上午到场" in text_of(sender.follow(number, code))
    assert sender.act(number, "message", body="请带上备件", once="a1").status_code in {200, 303}
    # the same person comes to the window: what is said there is about this case, and stands on its page
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.4")
    said = visitor.says("工程师出发了吗", email=MAIL)
    talk = said.conversation
    assert talk.contact == desk.contact
    actions.link_case(conversation=talk, case=case, by=desk.world.actor(desk.agent), at=desk.now.at)
    desk.now.pass_(minutes=3)
    desk.says(talk, "已经在路上了。")
    assert visitor.begin()["lines"][-1]["text"] == "已经在路上了。"
    assert visitor.says("好的").case == case
    told = [message.body for message in case.messages.order_by("pk")]
    assert told[-2:] == ["已经在路上了。", "好的"] and "请带上备件" in told
    desk.closes(talk, "问工程师出发没有")
    to_told(desk.world, case)
    page = text_of(sender.follow(number, code))
    assert "已更换元件，恢复正常" in page
    act(desk.agent, case, "follow_up", outcome="satisfied", via="call", spoke_to="周叙白", note="满意")
    assert desk.states(case, "follow_up") == ["met"]
    assert Conversation.objects.count() == 1
    assert "人工回复（chat 渠道）" in desk.evidence("answering", "1.1")
    assert case.number in desk.evidence("feedback", "补1")
