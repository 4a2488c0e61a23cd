"""Answers from the articles: with their source, never twice too often, and a person within two turns."""

from __future__ import annotations

import pytest

from keyue.conversations import actions
from keyue.conversations.enums import LineKind
from keyue.conversations.models import Line
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import Text
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from tests.apps.channels.chat.conftest import Chat

pytestmark = pytest.mark.django_db
QUESTION = "滤芯多久更换一次"


@pytest.fixture
def article(chat: Chat) -> str:
    text = Text(
        title="滤芯多久更换一次",
        body="PP 棉滤芯每六个月更换一次，反渗透膜每两年更换一次。",
        topic="维护保养",
        visibility="public",
    )
    row = knowledge.draft_article(
        text=text,
        owner=chat.world.agent,
        editor=chat.world.agent,
        by=Actor("staff", str(chat.world.agent.pk)),
        at=chat.now.at,
    )
    knowledge.submit_edition(article=row, by=Actor("staff", str(chat.world.agent.pk)), at=chat.now.at)
    knowledge.publish_edition(article=row, by=Actor("staff", str(chat.world.supervisor.pk)), at=chat.now.at)
    row.refresh_from_db()
    return str(row.number)


def test_a_known_question_is_answered_with_its_source(chat: Chat, article: str) -> None:
    visitor = chat.visitor()
    visitor.says(QUESTION)
    said = visitor.begin()
    _mine, answered = said["lines"]
    assert answered["side"] == "auto" and "六个月" in answered["text"]
    assert answered["source"] == {"title": QUESTION, "url": f"/help/{article}/"}
    assert said["standing"]["robot"] is True and said["standing"]["asked"] is False
    # an automatic answer ends no waiting: a person still sees it in the queue
    assert visitor.talk.waiting_since is not None and visitor.talk.state == "queued"
    assert Fact.objects.filter(kind="conversation.auto_answered").count() == 1


def test_sent_again_it_is_answered_once(chat: Chat, article: str) -> None:
    visitor = chat.visitor()
    for _ in range(3):
        visitor.send(QUESTION, key="the-same-key-01")
    assert Line.objects.filter(kind=LineKind.AUTO).count() == 1


def test_what_no_article_covers_waits_for_a_person(chat: Chat, article: str) -> None:
    visitor = chat.visitor()
    visitor.says("你们老板周末钓鱼吗")
    assert [line["side"] for line in visitor.begin()["lines"]] == ["me"]


@pytest.mark.parametrize(
    "words", ["没有解决，转人工", "轉人工", "找个真人", "我想和人聊", "I want to talk to a human"]
)
def test_who_asks_for_a_person_gets_no_more_of_it(chat: Chat, article: str, words: str) -> None:
    visitor = chat.visitor()
    visitor.says(QUESTION)
    visitor.says(words)
    visitor.says(QUESTION)
    said = visitor.begin()
    assert [line["side"] for line in said["lines"]] == ["me", "auto", "me", "me"]
    assert said["standing"]["asked"] is True and said["standing"]["ahead"] == 0
    assert Fact.objects.filter(kind="conversation.person_asked").count() == 1


def test_after_two_answers_a_person_it_is(chat: Chat, article: str) -> None:
    visitor = chat.visitor()
    for _ in range(4):
        visitor.says(QUESTION)
        chat.now.pass_(seconds=5)
    assert [line["side"] for line in visitor.begin()["lines"]].count("auto") == 2


def test_not_where_somebody_answers_nor_where_it_is_switched_off(chat: Chat, article: str) -> None:
    visitor = chat.visitor()
    visitor.says("你好")
    actions.take(conversation=visitor.talk, user=chat.world.agent, at=chat.now.at)
    visitor.says(QUESTION)
    chat.setup(automatic=False)
    chat.visitor().says(QUESTION)
    assert not Line.objects.filter(kind=LineKind.AUTO).exists()
