"""Questions that the articles cover are answered in the answer to the callback; who wants a person gets one."""

from __future__ import annotations

import pytest

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import Text
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from tests.apps.channels.vendors import Desk, send_all
from tests.apps.channels.wechat.conftest import Customer

pytestmark = pytest.mark.django_db
QUESTION = "滤芯多久更换一次"


@pytest.fixture
def asked(customer: Customer, desk: Desk) -> Customer:
    """A customer of an account that answers by itself, and an article."""
    channel = customer.channel
    plan = ChannelPlan(channel.name, options={**channel.options, "automatic": True})
    actions.change_channel(channel=channel, plan=plan, by=SYSTEM, at=clock.now())
    channel.refresh_from_db()
    text = Text(
        title=QUESTION,
        body="PP 棉滤芯每六个月更换一次，反渗透膜每两年更换一次。",
        topic="维护保养",
        visibility="public",
    )
    by, at = Actor("staff", str(desk.agent.pk)), clock.now()
    row = knowledge.draft_article(text=text, owner=desk.agent, editor=desk.agent, by=by, at=at)
    knowledge.submit_edition(article=row, by=by, at=at)
    knowledge.publish_edition(article=row, by=Actor("staff", str(desk.world.supervisor.pk)), at=at)
    return customer


def said_back(customer: Customer, text: str, number: int) -> str:
    content = customer.says(text, number=number).content
    return "" if content == b"success" else str(customer.account.opened(content)["Content"])


def test_a_covered_question_is_answered_at_once_and_waits_on(asked: Customer) -> None:
    answer = said_back(asked, QUESTION, 1)
    assert answer.startswith("【自动答复】") and "六个月" in answer
    assert QUESTION in answer and "转人工" in answer
    row = Conversation.objects.get()
    assert row.waiting_since is not None and row.answered_at is None
    # delivered again: the same answer, and no line more
    assert said_back(asked, QUESTION, 1) == answer
    assert Line.objects.count() == 2
    # nothing goes by the interface as well
    send_all()
    assert asked.standin.entries("/cgi-bin/message/custom/send") == []


def test_what_is_not_covered_waits_for_a_person(asked: Customer) -> None:
    assert said_back(asked, "你们老板周末钓鱼吗", 1) == ""
    assert Line.objects.filter(kind="auto").count() == 0


def test_who_wants_a_person_gets_no_more_of_it(asked: Customer) -> None:
    assert said_back(asked, QUESTION, 1)
    assert said_back(asked, "转人工", 2) == ""
    assert said_back(asked, QUESTION, 3) == ""
    assert Fact.objects.filter(kind="conversation.person_asked").count() == 1


def test_an_account_that_was_not_asked_to_says_nothing(customer: Customer) -> None:
    assert said_back(customer, QUESTION, 1) == ""
    assert said_back(customer, "我要找真人", 2) == ""
    # and still tells the queue that a person is wanted
    assert Fact.objects.filter(kind="conversation.person_asked").count() == 1
