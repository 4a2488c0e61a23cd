"""Who is speaking: matched across channels, and a wrong match undone."""

from __future__ import annotations

from keyue.conversations import actions, selectors
from keyue.conversations.enums import Known
from keyue.conversations.models import Conversation
from keyue.customers import actions as customers
from keyue.ledger import selectors as ledger
from tests.apps.conversations.conftest import Desk
from tests.journeys.world import World


def test_once_known_a_visitor_is_known_from_then_on(desk: Desk):
    talk = desk.chats("在吗", visitor="v1").conversation
    by = World.actor(desk.agent)
    known = actions.know(conversation=talk, contact=desk.contact, by=by, at=desk.now.at)
    assert known.customer == desk.contact.customer
    again = desk.chats("还在吗", visitor="v1").conversation
    assert (again.pk, again.contact, again.party.known) == (talk.pk, desk.contact, Known.STAFF)


def test_a_wrong_match_is_taken_back_and_not_made_again(desk: Desk):
    talk = desk.mails("我是他同事").conversation
    assert talk.contact == desk.contact
    undone = actions.unknow(conversation=talk, by=World.actor(desk.agent), at=desk.now.at)
    assert (undone.pk, undone.contact, undone.customer) == (talk.pk, None, None)
    assert desk.mails("再说一句").conversation.contact is None
    kinds = [fact.kind for fact in ledger.facts_of(talk.subject)]
    assert "conversation.customer_unknown" in kinds


def test_words_of_somebody_else_leave_the_conversation_that_they_were_joined_to(desk: Desk):
    by = World.actor(desk.agent)
    chat = desk.chats("方案呢", visitor="v1")
    actions.know(conversation=chat.conversation, contact=desk.contact, by=by, at=desk.now.at)
    joined = desk.mails("其实我是他同事")
    assert joined.conversation == chat.conversation
    apart = actions.unknow(conversation=joined.conversation, party=joined.line.party, by=by, at=desk.now.at)
    assert apart != chat.conversation
    assert [line.body for line in selectors.lines_of(apart)] == ["其实我是他同事"]
    chat.conversation.refresh_from_db()
    assert [line.body for line in selectors.lines_of(chat.conversation)] == ["方案呢"]
    assert chat.conversation.contact == desk.contact
    assert (apart.contact, apart.channel) == (None, desk.mail)
    assert Conversation.objects.count() == 2


def test_the_first_speaker_may_be_the_wrong_one(desk: Desk):
    by = World.actor(desk.agent)
    chat = desk.chats("方案呢", visitor="v1")
    actions.know(conversation=chat.conversation, contact=desk.contact, by=by, at=desk.now.at)
    desk.mails("补充一张照片")
    apart = actions.unknow(conversation=chat.conversation, party=chat.line.party, by=by, at=desk.now.at)
    chat.conversation.refresh_from_db()
    assert [line.body for line in selectors.lines_of(apart)] == ["方案呢"]
    assert [line.body for line in selectors.lines_of(chat.conversation)] == ["补充一张照片"]
    assert chat.conversation.contact == desk.contact
    assert apart.contact is None


def test_an_erased_customer_leaves_no_word_and_a_whole_chain(desk: Desk):
    received = desk.mails("我的病历在附件里")
    desk.answers(received, "已收到")
    customer = desk.contact.customer
    by = World.actor(desk.world.supervisor)
    customers.erase(customer=customer, reason="withdrawn", by=by, at=desk.now.at)
    for line in selectors.lines_of(received.conversation):
        assert (line.body, line.salt, line.detail) == ("", "", {})
        assert line.erased_at == desk.now.at
    assert desk.mails("我又来了").conversation.contact is None
