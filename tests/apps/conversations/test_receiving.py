"""What comes in, by whichever channel, becomes a line of the conversation that it belongs to."""

from __future__ import annotations

import pytest

from keyue.conversations import actions, selectors
from keyue.conversations.enums import Ending, Known, State
from keyue.conversations.models import Conversation, Line, Party
from keyue.conversations.sealed import handles_of
from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM
from keyue.ui.uploads import Upload
from tests.apps.conversations.conftest import AT, MAIL, PHONE, Desk

PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def kinds_of(conversation: Conversation) -> list[str]:
    return [fact.kind for fact in ledger.facts_of(conversation.subject)]


def test_a_stranger_begins_a_conversation_and_waits_for_an_answer(desk: Desk):
    received = desk.chats("你们有县城的售后点吗", name="访客 7F2C")
    talk = received.conversation
    assert received.is_new
    assert (talk.state, talk.customer, talk.waiting_since) == (State.QUEUED, None, AT)
    assert talk.department == "service"
    assert kinds_of(talk) == ["conversation.opened", "conversation.asked"]
    assert handles_of([talk.party]) == [("visitor-1", "访客 7F2C")]
    assert "visitor-1" not in talk.party.handle


def test_further_words_before_an_answer_are_one_asking(desk: Desk):
    first = desk.chats("在吗")
    desk.now.pass_(minutes=3)
    second = desk.chats("投诉 2931 到哪一步了")
    assert second.conversation == first.conversation
    assert second.conversation.waiting_since == AT
    assert kinds_of(first.conversation).count("conversation.asked") == 1


def test_the_same_message_again_is_one_line(desk: Desk):
    first = desk.mails("水泵漏水", external_id="<same@example.com>")
    for _again in range(5):
        again = desk.mails("水泵漏水", external_id="<same@example.com>")
        assert (again.line, again.is_new) == (first.line, False)
    assert Line.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_an_address_on_file_is_known_at_once(desk: Desk):
    talk = desk.mails("水泵漏水", sender=MAIL).conversation
    assert talk.contact == desk.contact
    assert talk.customer == desk.contact.customer
    assert talk.party.known == Known.ADDRESS


def test_an_address_that_two_customers_have_is_nobodys(desk: Desk):
    customers.create_customer(
        kind="organisation", name="远山机械", contact_name="周叙白", phone="13912346028", email=MAIL,
        source="phone", legal_basis="contract", by=SYSTEM, at=AT,
    )  # fmt: skip
    assert desk.mails("水泵漏水", sender=MAIL).conversation.contact is None


def test_begun_in_chat_and_gone_on_by_mail_it_is_one_conversation(desk: Desk):
    chat = desk.chats("今天能给方案吗")
    actions.know(
        conversation=chat.conversation, contact=desk.contact, by=SYSTEM, at=desk.now.at, source="test"
    )
    mail = desk.mails("补充一张照片", uploads=[Upload("水泵.png", PICTURE)])
    assert mail.conversation == chat.conversation
    assert mail.conversation.channel == desk.mail
    lines = selectors.lines_of(mail.conversation)
    assert [line.channel.kind for line in lines] == ["chat", "email"]
    assert [file.name for file in lines[1].files.all()] == ["水泵.png"]


def test_an_answer_to_an_ended_conversation_goes_on_with_it(desk: Desk):
    first = desk.mails("水泵漏水", external_id="<1@example.com>")
    desk.answers(first, "明天到")
    actions.end(conversation=first.conversation, ending=Ending.STAFF, by=SYSTEM, at=desk.now.at)
    later = desk.mails("没有来", answers=["<1@example.com>"])
    assert later.conversation != first.conversation
    assert later.conversation.follows == first.conversation


def test_a_stranger_who_names_somebody_elses_message_begins_his_own(desk: Desk):
    first = desk.mails("水泵漏水", external_id="<1@example.com>")
    other = desk.mails("我也是", sender="eve@example.net", answers=["<1@example.com>"])
    assert other.conversation != first.conversation
    assert other.conversation.follows is None


def test_an_automatic_reply_is_kept_and_asks_for_nothing(desk: Desk):
    talk = desk.mails("我正在休假", is_automatic=True).conversation
    assert talk.waiting_since is None
    assert kinds_of(talk) == ["conversation.opened", "conversation.message_received"]
    assert Line.objects.get().body == "我正在休假"


def test_a_message_without_words_and_files_is_refused_and_leaves_nothing(desk: Desk):
    with pytest.raises(Invalid):
        desk.chats("   ")
    assert not Conversation.objects.exists()
    assert desk.chats("", uploads=[Upload("水泵.png", PICTURE)]).line.files.count() == 1


def test_nobody_reads_an_address_without_the_key(desk: Desk):
    party = desk.mails("水泵漏水", sender="nobody@example.net").conversation.party
    row = Party.objects.values().get(pk=party.pk)
    assert not [value for value in row.values() if "nobody" in str(value)]
    assert PHONE not in str(row)
