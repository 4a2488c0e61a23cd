"""A system of a customer's hands messages in, signed; answers go back to it, and the customer goes on by short message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.channels.webhook.actions import make_channel_secret
from keyue.channels.webhook.signing import is_signed
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel
from keyue.ledger.facts import SYSTEM
from tests.apps.channels.vendors import PHONE, Standin
from tests.apps.channels.vendors import standin as standin
from tests.apps.channels.webhook.conftest import System
from tests.journeys.channel_story import Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now

pytestmark = pytest.mark.django_db


def test_a_message_of_another_system_is_answered_there(desk: Office, standin: Standin) -> None:
    channel = desk.channel("webhook", answer_url=f"{standin.url}/sink/answers")
    secret = make_channel_secret(channel=channel, by=SYSTEM, at=desk.now.at)
    system = System(Channel.objects.get(pk=channel.pk), secret)
    whose = {"id": "u-1", "name": "周叙白", "phone": PHONE}
    for identity in ("m-2", "m-1", "m-2", "m-1", "m-1"):
        taken(system.post({"id": identity, "sender": whose, "text": f"工单 {identity} 没有回音"}))
    talk = desk.talk
    assert sorted(body for _channel, _kind, body in desk.timeline(talk)) == [
        "工单 m-1 没有回音",
        "工单 m-2 没有回音",
    ]
    assert talk.contact == desk.contact
    assert desk.states(talk, "talk_joined") == ["met"]
    desk.now.pass_(minutes=8)
    # the other system has it and its answer is lost: it comes again with the same identity
    standin.misbehave("/sink", status=502, after=True)
    line = desk.says(talk, "查到了，今天下午处理。")
    desk.sends(hours=8)
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT
    entries = standin.entries("/sink/answers")
    assert {entry["body"]["id"] for entry in entries} == {str(line.uid)}
    head, raw = entries[-1]["headers"], entries[-1]["raw"].encode()
    assert is_signed([secret], head["keyue-timestamp"], head["keyue-signature"], raw)
    assert desk.first_response(channel) == (1, 1, timedelta(minutes=8))
    case = desk.registers(talk, talk.lines.earliest("pk"), "工单没有回音")
    desk.now.pass_(hours=1)
    other = desk.goes_on_by_short_message(talk, "处理了，谢谢")
    assert other.case == case
    assert [kind for kind, _who, _body in desk.timeline(talk)] == ["webhook"] * 3 + ["sms"]
    desk.looks_through(channel)
    desk.closes(talk, "工单没有回音，已处理", "said")
    assert f"/conversations/{talk.pk}/#l{line.pk}" in desk.evidence("answering", "1.1")
