"""A short message of a number on file: known at once, answered by an approved template, gone on with at the window."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from keyue.conversations.enums import Delivery, Known
from keyue.conversations.jobs import report_unsent
from keyue.conversations.models import Channel, Line
from keyue.promises.models import Notice
from tests.apps.channels.chat.conftest import At
from tests.apps.channels.sms.conftest import made as made
from tests.apps.channels.sms.conftest import push
from tests.apps.channels.vendors import PHONE, Standin
from tests.apps.channels.vendors import standin as standin
from tests.journeys.channel_story import MAIL, Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db


def sent(desk: Office, text: str, number: int) -> dict[str, object]:
    """An entry as the provider posts it, with its time as clocks in China show it."""
    at = f"{desk.now.at + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"
    return {"phone_number": PHONE, "send_time": at, "content": text, "sequence_id": number, "dest_code": "1"}


def test_a_short_message_is_answered_by_a_template_and_goes_on_in_chat(
    desk: Office, made: Callable[..., Channel], standin: Standin
) -> None:
    channel = made("aliyun")
    second, first = sent(desk, "上次的师傅没带零件", 2), sent(desk, "水还是浑的", 1)
    for batch in ([second], [first, second], [first], [second, first], [first]):
        taken(push(channel, batch))
    talk = desk.talk
    assert sorted(body for _channel, _kind, body in desk.timeline(talk)) == [
        "上次的师傅没带零件",
        "水还是浑的",
    ]
    assert (talk.contact, talk.party.known) == (desk.contact, Known.ADDRESS)
    assert desk.states(talk, "talk_joined") == ["met"]
    desk.now.pass_(minutes=5)
    case = desk.registers(talk, talk.lines.earliest("pk"), "水质浑浊")
    assert case.channel == "sms"
    line = desk.says(talk, f"您好，周先生，您的事项{case.number}已处理。")
    assert line.delivery == Delivery.SENT
    [entry] = standin.entries("/")
    assert json.loads(entry["query"]["TemplateParam"]) == {"name": "周先生", "number": case.number}
    assert desk.first_response(channel) == (1, 1, timedelta(minutes=5))
    # words that no template allows do not go out, and the agent hears of it
    loose = desk.says(talk, "好的马上安排")
    report_unsent(desk.now.at)
    loose.refresh_from_db()
    assert loose.delivery == Delivery.FAILED and len(standin.entries("/")) == 1
    assert Notice.objects.filter(kind="undelivered", to_user=desk.agent).count() == 1
    # he comes to the window and leaves his address: the same conversation
    desk.now.pass_(hours=1)
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.9")
    said = visitor.says("短信收到了，什么时候再来？", email=MAIL)
    assert said.conversation == talk and said.case == case
    desk.says(talk, "周四上午九点。")
    assert visitor.begin()["lines"][-1]["text"] == "周四上午九点。"
    assert [channel for channel, _kind, _body in desk.timeline(talk)] == ["sms"] * 4 + ["chat"] * 2
    desk.looks_through(channel)
    desk.closes(talk, "水质浑浊，约周四再上门", "said")
    assert desk.states(talk, "first_answer") == ["met", "met"]
    assert f"/conversations/{talk.pk}/#l{line.pk}" in desk.evidence("answering", "1.1")
    assert Line.objects.filter(conversation=talk, kind="in").count() == 3
