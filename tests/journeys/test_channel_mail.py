"""周叙白 writes a mail, gets the answer in his own mail program, goes on by short message, and replies."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from keyue.channels.email import fetching
from keyue.channels.email.models import RawMail
from keyue.conversations.enums import Delivery, Known
from keyue.conversations.models import Channel, Line
from tests.apps.channels.mail.conftest import letter
from tests.journeys.channel_story import MAIL, Office
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now
from tests.support.mailserver import CUSTOMER, PASSWORD, SERVICE, MailServer
from tests.support.mailserver import mail_machines as mail_machines
from tests.support.mailserver import mail_server as mail_server

pytestmark = pytest.mark.django_db


def fetch(channel: Channel) -> int:
    """The worker looks into the mailbox; how many mails became something."""
    turn = fetching.fetch(Channel.objects.get(pk=channel.pk))
    assert turn.fault == ""
    return turn.taken


def test_a_mail_is_answered_by_mail_and_goes_on_by_short_message(
    desk: Office, mail_server: MailServer
) -> None:
    assert MAIL == CUSTOMER
    box = desk.channel("email", secrets={"password": PASSWORD}, **mail_server.options())
    mail = letter("水泵漏水，约好昨天来人，没有来。").as_bytes()
    for _again in range(3):
        mail_server.send(mail, SERVICE)
    mail_server.wait_for(3, SERVICE)
    fetch(box)
    talk = desk.talk
    assert [body for _channel, _kind, body in desk.timeline(talk)] == ["水泵漏水，约好昨天来人，没有来。"]
    assert sorted(RawMail.objects.values_list("result", flat=True)) == ["copy", "copy", "line"]
    assert (talk.contact, talk.party.known) == (desk.contact, Known.ADDRESS)
    assert desk.states(talk, "first_answer") == ["pending"]
    # his own program answers our receipt by itself: it asks for nothing and answers nothing
    absent = letter("我在休假", subject="自动回复", Auto_Submitted="auto-replied")
    mail_server.send(absent.as_bytes(), SERVICE)
    mail_server.wait_for(4, SERVICE)
    fetch(box)
    assert desk.states(talk, "first_answer") == ["pending"]
    desk.now.pass_(minutes=14)
    line = desk.says(talk, "周先生您好，今天下午两点王工上门。")
    assert line.delivery == Delivery.SENT
    [raw] = mail_server.wait_for(1, CUSTOMER)
    answer = message_from_bytes(raw, policy=policy.default)
    assert answer["Subject"] == f"Re: 水泵漏水 [{talk.number}]"
    assert "今天下午两点王工上门" in answer.get_body(("plain",)).get_content()
    assert desk.first_response(box) == (1, 1, timedelta(minutes=14))
    case = desk.registers(talk, talk.lines.earliest("pk"), "水泵漏水，约定未到")
    assert case.channel == "email"
    desk.now.pass_(hours=3)
    assert desk.goes_on_by_short_message(talk, "王工到了").case == case
    # and by mail again, as a reply to the answer
    desk.now.pass_(minutes=10)
    reply = letter(
        "修好了，谢谢。\n\n在 2026年3月17日，客服 写道：\n> 今天下午两点王工上门。\n",
        subject=f"回复：{answer['Subject']}",
        In_Reply_To=str(answer["Message-ID"]),
    )
    mail_server.send(reply.as_bytes(), SERVICE)
    mail_server.wait_for(5, SERVICE)
    fetch(box)
    assert Line.objects.filter(conversation=talk).latest("pk").case == case
    assert [(channel, kind) for channel, kind, _body in desk.timeline(talk)] == [
        ("email", "in"), ("email", "in"), ("email", "out"), ("sms", "in"), ("email", "in"),
    ]  # fmt: skip
    page = desk.sees(talk)
    assert all(words in page for words in ("约好昨天来人", "王工到了", "修好了", case.number))
    desk.says(talk, "好的，祝您顺利。")
    desk.looks_through(box)
    desk.closes(talk, "水泵漏水，已修复", "said")
    assert desk.states(talk, "first_answer") == ["met", "met"]
    assert f"/conversations/{talk.pk}/#l{line.pk}" in desk.evidence("answering", "1.1")
    assert desk.states(case, "first_response") == ["met"]
    desk.misses_a_day(box)
