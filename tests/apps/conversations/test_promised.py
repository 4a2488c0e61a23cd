"""What an agent promises in words becomes a promise to the customer (S1 3.2): offered, confirmed, owed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from keyue.conversations.enums import LineKind
from keyue.conversations.models import Conversation, Line
from keyue.customers import notes
from keyue.customers.models import FollowUp
from keyue.ledger.facts import SYSTEM
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from tests.apps.conversations.conftest import Desk
from tests.journeys.world import browser_of

SAID = "您好，明天下午三点前给您答复。"
OFFER = reverse("customers:promised")
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def rules(desk: Desk) -> None:
    adopt_pack(
        pack="customers",
        effective_from=desk.now.at,
        answers={},
        by=SYSTEM,
        at=desk.now.at,
    )


def say(client: Client, talk: Conversation, **data: str):
    return client.post(reverse("conversations:say", args=[talk.pk]), data)


TICKED = {
    "promise_1": "1",
    "promise_what_1": SAID.removeprefix("您好，"),
    "promise_due_1": "2026-03-18T15:00",
}


def test_the_sentence_is_offered_with_its_time(client: Client, desk: Desk):
    part = client.post(OFFER + "?known=1", {"body": SAID}).text
    assert "明天下午三点前给您答复" in part
    assert 'value="2026-03-18T15:00"' in part
    assert "checked" not in part
    # somebody unknown is to be known first; colleagues are promised nothing
    assert "先认出是哪位客户" in client.post(OFFER, {"body": SAID}).text
    assert not client.post(OFFER + "?known=1", {"body": SAID, "whisper": "on"}).text.strip()
    assert not client.post(OFFER + "?known=1", {"body": "您好，请问设备型号是多少？"}).text.strip()


def test_what_was_ticked_stays_while_one_writes_on(client: Client, desk: Desk):
    later = {
        "body": SAID + "请放心。",
        "promise_1": "1",
        "promise_what_1": SAID,
        "promise_due_1": "2026-03-19T09:00",
    }
    part = client.post(OFFER + "?known=1", later).text
    assert "checked" in part
    assert 'value="2026-03-19T09:00"' in part


@pytest.mark.usefixtures("rules")
def test_a_confirmed_one_is_owed_to_the_customer_by_who_wrote_it(client: Client, desk: Desk):
    talk = desk.mails("水泵漏水，什么时候能修").conversation
    assert say(client, talk, body=SAID, once="a", **TICKED).status_code == 303
    # the same form once more changes nothing
    assert say(client, talk, body=SAID, once="a", **TICKED).status_code == 303
    step = FollowUp.objects.get()
    assert step.due == datetime(2026, 3, 18, 15, tzinfo=CHINA)
    assert step.said_in == f"conversation:{talk.pk}"
    assert step.owner == desk.agent
    owed = Promise.objects.get(control__endswith="follow_up_kept")
    assert owed.due == step.due
    assert [one.what for one in notes.open_steps_of(desk.contact.customer)] == ["明天下午三点前给您答复。"]
    file = reverse("customers:page", args=[desk.contact.customer.number])
    page = browser_of(desk.world.supervisor).get(file)
    assert "明天下午三点前给您答复" in page.text


def test_nothing_is_owed_where_nothing_was_ticked(client: Client, desk: Desk):
    talk = desk.mails("在吗").conversation
    say(client, talk, body=SAID, once="a")
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize(
    ("due", "sentence"),
    [("", "什么时候到期"), ("2026-03-17T09:00", "应在现在之后"), ("明天", "什么时候到期")],
)
def test_without_a_time_to_come_neither_is_sent(client: Client, desk: Desk, due: str, sentence: str):
    talk = desk.mails("在吗").conversation
    answer = say(client, talk, body=SAID, once="a", **(TICKED | {"promise_due_1": due}))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert SAID in answer.text
    assert not Line.objects.filter(kind=LineKind.OUTBOUND).exists()


def test_somebody_unknown_is_promised_nothing_and_nothing_is_sent(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    answer = say(client, talk, body=SAID, once="a", **TICKED)
    assert answer.status_code == 422
    assert "还不知道是哪位客户" in answer.text
    assert not Line.objects.filter(kind=LineKind.OUTBOUND).exists()
