"""A conversation about a case: what is said in one place stands in the other too."""

from __future__ import annotations

import pytest

from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.conversations import actions
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM
from keyue.ui.uploads import Upload
from tests.apps.conversations.conftest import Desk
from tests.apps.conversations.test_receiving import PICTURE
from tests.journeys.world import World

COMPLAINT = Intake(type="complaint", title="水泵漏水", content="水泵漏水，三天没人来", name="周叙白")


def kinds_of(case: Case) -> list[str]:
    return [fact.kind for fact in ledger.facts_of(case.subject)]


def open_case(desk: Desk, received, intake: Intake = COMPLAINT) -> Case:
    by = World.actor(desk.agent)
    return actions.open_case(
        conversation=received.conversation, lines=[received.line], intake=intake, by=by, at=desk.now.at
    ).case


def test_a_line_becomes_a_case_received_when_it_was_said(desk: Desk):
    asked = desk.mails("水泵漏水，三天没人来", uploads=[Upload("水泵.png", PICTURE)])
    desk.now.pass_(minutes=20)
    case = open_case(desk, asked)
    assert case.received_at == asked.line.at
    assert (case.channel, case.contact) == ("email", desk.contact)
    [message] = case.messages.all()
    assert [file.name for file in message.attachments.all()] == ["水泵.png"]
    asked.line.refresh_from_db()
    asked.conversation.refresh_from_db()
    assert asked.line.case == asked.conversation.case == case


def test_the_same_line_again_is_the_same_case(desk: Desk):
    asked = desk.mails("水泵漏水")
    assert open_case(desk, asked) == open_case(desk, asked)
    assert Case.objects.count() == 1


def test_who_registers_a_strangers_words_says_who_it_is(desk: Desk):
    asked = desk.chats("水泵漏水", visitor="v9")
    intake = Intake(type="complaint", content="水泵漏水", name="岳宁", phone="13700001111")
    case = open_case(desk, asked, intake)
    asked.conversation.refresh_from_db()
    assert asked.conversation.contact == case.contact
    assert desk.chats("还在漏", visitor="v9").conversation.customer == case.customer


def test_what_is_said_afterwards_stands_on_the_case_too(desk: Desk):
    asked = desk.chats("水泵漏水", visitor="v9")
    case = open_case(
        desk, asked, Intake(type="complaint", content="水泵漏水", name="岳宁", phone="13700001111")
    )
    desk.now.pass_(minutes=5)
    line = desk.answers(asked, "师傅下午三点到")
    desk.now.pass_(minutes=5)
    desk.chats("好的，等他", visitor="v9")
    assert kinds_of(case)[-3:] == ["case.first_response", "case.progress_told", "case.message_received"]
    assert [m.body for m in case.messages.order_by("pk")][1:] == ["师傅下午三点到", "好的，等他"]
    line.refresh_from_db()
    assert line.case == case
    [told] = [f for f in ledger.facts_of(case.subject) if f.kind == "case.first_response"]
    assert told.data["via"] == "chat"
    assert [proof["type"] for proof in told.evidence] == ["chat"]


def test_an_automatic_reply_does_not_end_a_wait(desk: Desk):
    asked = desk.mails("水泵漏水")
    case = open_case(desk, asked)
    before = kinds_of(case)
    desk.mails("我正在休假", is_automatic=True)
    assert kinds_of(case) == before


def test_the_number_of_somebody_elses_case_lets_nobody_in(desk: Desk):
    case = open_case(desk, desk.mails("水泵漏水"))
    stranger = desk.mails("我要看", sender="eve@example.net", case=case)
    assert stranger.conversation.case is None
    assert kinds_of(case).count("case.message_received") == 0


def test_the_number_of_an_own_case_goes_on_with_it(desk: Desk):
    by = World.actor(desk.agent)
    intake = Intake(
        type="complaint", content="水泵漏水", contact=desk.contact, customer=desk.contact.customer
    )
    case = register(intake, by=by, at=desk.now.at, source="web").case
    talk = desk.mails("有进展吗", case=case).conversation
    assert talk.case == case
    assert kinds_of(case)[-1] == "case.message_received"


def test_lines_of_another_conversation_and_cases_of_others_are_refused(desk: Desk):
    by = World.actor(desk.agent)
    one, other = desk.chats("水泵漏水", visitor="v1"), desk.chats("膜组堵了", visitor="v2")
    with pytest.raises(Refused, match="不在这个会话里"):
        actions.open_case(
            conversation=one.conversation, lines=[other.line], intake=COMPLAINT, by=by, at=desk.now.at
        )
    with pytest.raises(Invalid, match="哪几句话"):
        actions.open_case(conversation=one.conversation, lines=[], intake=COMPLAINT, by=by, at=desk.now.at)
    case = open_case(desk, one)
    mail = desk.mails("水泵漏水")
    with pytest.raises(Refused, match="别的客户"):
        actions.link_case(conversation=mail.conversation, case=case, by=SYSTEM, at=desk.now.at)
