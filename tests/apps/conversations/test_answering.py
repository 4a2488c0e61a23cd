"""Answers: who may give them, what they end, and that each goes out once."""

from __future__ import annotations

import pytest

from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.enums import Delivery, Ending, LineKind
from keyue.conversations.models import Line
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from tests.apps.conversations.conftest import Desk
from tests.apps.conversations.test_receiving import kinds_of


def test_whoever_answers_first_has_it(desk: Desk):
    asked = desk.chats("投诉到哪一步了")
    desk.now.pass_(seconds=24)
    line = desk.answers(asked, "正在制定方案")
    talk = line.conversation
    assert (talk.agent, talk.waiting_since) == (desk.agent, None)
    assert talk.answered_at == desk.now.at
    assert kinds_of(talk)[2:] == ["conversation.person_joined", "conversation.answered"]
    with pytest.raises(Refused, match="林知夏 正在接待"):
        desk.answers(asked, "我来答", user=desk.world.supervisor)


def test_only_the_first_answer_is_the_first(desk: Desk):
    asked = desk.chats("在吗")
    desk.answers(asked, "在")
    desk.chats("能修吗")
    line = desk.answers(asked, "能")
    from keyue.ledger import selectors as ledger

    answered = [
        f.data for f in ledger.facts_of(line.conversation.subject) if f.kind == "conversation.answered"
    ]
    assert [data.get("is_first") for data in answered] == [True, None]


def test_an_automatic_answer_is_no_answer_of_a_person(desk: Desk):
    asked = desk.chats("质保多久")
    line = actions.auto_answer(
        conversation=asked.conversation,
        body="24 个月",
        article="7",
        edition="4",
        confidence=91,
        at=desk.now.at,
    )
    assert line.kind == LineKind.AUTO
    assert line.conversation.waiting_since is not None
    assert line.conversation.answered_at is None


def test_a_whisper_is_never_sent(desk: Desk):
    asked = desk.mails("水泵漏水")
    line = actions.whisper(
        conversation=asked.conversation,
        words=Words("他昨天投诉过"),
        user=desk.world.supervisor,
        at=desk.now.at,
    )
    assert line.delivery == Delivery.NONE
    assert not OutboxItem.objects.exists()
    assert line.conversation.waiting_since is not None


def test_chat_is_seen_where_it_stands_and_mail_goes_into_the_outbox(desk: Desk):
    assert desk.answers(desk.chats("在吗"), "在").delivery == Delivery.SENT
    line = desk.answers(desk.mails("水泵漏水"), "明天上门")
    assert line.delivery == Delivery.WAITING
    assert [item.payload for item in OutboxItem.objects.all()] == [{"line": line.pk}]


def test_the_same_form_again_is_one_answer(desk: Desk):
    asked = desk.mails("水泵漏水")
    first = desk.answers(asked, "明天上门", once="n1")
    assert desk.answers(asked, "明天上门", once="n1") == first
    assert Line.objects.filter(kind=LineKind.OUTBOUND).count() == 1


def test_one_is_not_answered_where_the_customer_never_was(desk: Desk):
    with pytest.raises(Invalid, match="没有用「客服邮箱」联系过"):
        desk.answers(desk.chats("在吗"), "在", channel=desk.mail)


def test_nothing_goes_out_by_a_closed_channel_or_after_the_end(desk: Desk):
    asked = desk.mails("水泵漏水")
    actions.close_channel(channel=desk.mail, by=SYSTEM, at=desk.now.at)
    with pytest.raises(Refused, match="已经停用"):
        desk.answers(asked, "明天上门")
    other = desk.chats("在吗")
    actions.end(conversation=other.conversation, ending=Ending.CUSTOMER, by=SYSTEM, at=desk.now.at)
    with pytest.raises(Refused, match="已经结束"):
        desk.answers(other, "在")


def test_delivery_never_goes_back(desk: Desk):
    line = desk.answers(desk.mails("水泵漏水"), "明天上门")
    for step in (Delivery.READ, Delivery.SENT, Delivery.WAITING, Delivery.FAILED):
        actions.note_delivery(line=line, delivery=step, by=SYSTEM, at=desk.now.at)
    line.refresh_from_db()
    assert (line.delivery, line.read_at) == (Delivery.READ, desk.now.at)
