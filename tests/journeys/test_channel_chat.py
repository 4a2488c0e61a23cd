"""A visitor asks at the chat window, gets an answer by itself, wants a person, becomes known and goes on by short message."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.conversations.enums import Known, LineKind, State
from keyue.conversations.models import Conversation, LineFile
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import Text
from tests.apps.channels.chat.conftest import SECRET, At
from tests.journeys.channel_story import MAIL, Office
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db
QUESTION = "滤芯多久更换一次"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def visitor(desk: Office) -> At:
    channel = desk.channel("chat", hours="always", secrets={"identity_secret": SECRET})
    return At(channel, "10.1.2.1")


def publish_article(desk: Office) -> str:
    """What the window knows to answer; gives the article's number."""
    text = Text(title=QUESTION, body="PP 棉滤芯每六个月更换一次。", topic="维护保养", visibility="public")
    by, agent = desk.world.actor, desk.agent
    row = knowledge.draft_article(text=text, owner=agent, editor=agent, by=by(agent), at=desk.now.at)
    knowledge.submit_edition(article=row, by=by(agent), at=desk.now.at)
    knowledge.publish_edition(article=row, by=by(desk.world.supervisor), at=desk.now.at)
    row.refresh_from_db()
    return str(row.number)


def test_from_an_answer_by_itself_to_a_person_a_case_and_another_channel(desk: Office, visitor: At) -> None:
    article = publish_article(desk)
    visitor.says(QUESTION)
    _mine, answered = visitor.begin()["lines"]
    assert answered["side"] == "auto" and "六个月" in answered["text"]
    assert answered["source"]["url"] == f"/help/{article}/"
    talk = desk.talk
    assert desk.first_response(visitor.channel) == (1, 0, None)
    assert desk.states(talk, "first_answer") == ["pending"]
    assert desk.states(talk, "answer_sourced") == ["met"]
    # two words, and a person's queue has it
    desk.now.pass_(minutes=4)
    asked = visitor.says("没解决，换了还是漏水，转人工")
    assert "转人工" in desk.in_queue()
    assert desk.states(talk, "person_reached") == ["pending"]
    desk.now.pass_(minutes=1)
    assert desk.browser.post(f"/conversations/{talk.pk}/act/take/").status_code == 303
    assert desk.states(talk, "person_reached") == ["met"]
    desk.now.pass_(minutes=1)
    line = desk.says(talk, "您好，我是小林。请留个邮箱，我让师傅联系您。")
    assert visitor.begin()["lines"][-1]["text"] == line.body
    assert desk.first_response(visitor.channel) == (1, 1, timedelta(minutes=6))
    # an address that is on file: the visitor is known, and by what
    visitor.says("好，就这个邮箱", email=MAIL)
    talk.refresh_from_db()
    assert (talk.contact, talk.party.known) == (desk.contact, Known.SAID)
    case = desk.registers(talk, asked, "换滤芯后漏水")
    assert (case.channel, case.received_at) == ("chat", asked.at)
    desk.now.pass_(hours=5)
    other = desk.goes_on_by_short_message(talk, "师傅几点到")
    assert other.case == case
    # a known customer's answer goes where they spoke last, or where the agent chooses
    visitor.says("我又上网页了")
    assert desk.says(talk, "师傅十点到。").channel == visitor.channel
    kinds = [channel for channel, _kind, _body in desk.timeline(talk)]
    assert kinds == ["chat"] * 5 + ["sms"] + ["chat"] * 2
    assert "师傅几点到" not in str(visitor.begin()["lines"])
    desk.looks_through(visitor.channel)
    visitor.call("end", {"score": 5})
    talk.refresh_from_db()
    assert talk.state == State.ENDED
    desk.now.pass_(minutes=10)
    assert desk.states(talk, "chat_recorded") == ["breached"]
    assert (
        f"/conversations/{talk.pk}/" in desk.browser.get("/conversations/?show=unrecorded").content.decode()
    )
    record = {"summary": "换滤芯后漏水，已约师傅", "opinion": "said"}
    assert desk.browser.post(f"/conversations/{talk.pk}/act/record/", record).status_code == 303
    assert desk.states(talk, "chat_recorded") == ["met_late"]
    assert "登记会话小结" in desk.evidence("feedback", "3.2.2")
    assert f"/conversations/{talk.pk}/#l{line.pk}" in desk.evidence("answering", "1.1")
    assert "接入会话" in desk.evidence("service", "3.1")


def test_files_and_messages_sent_again_are_there_once(desk: Office, visitor: At) -> None:
    for _again in range(5):
        picture = SimpleUploadedFile("漏水.png", PICTURE, "image/png")
        visitor.says("看这里", key="the-same-key-01", files=picture)
    [line] = desk.talk.lines.filter(kind=LineKind.INBOUND)
    assert [file.name for file in LineFile.objects.all()] == ["漏水.png"]
    assert line.body == "看这里" and Conversation.objects.count() == 1
