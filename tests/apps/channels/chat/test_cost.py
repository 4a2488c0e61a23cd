"""What a message costs: as many queries for the hundredth as for the second, both ways, and for telling the windows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keyue.channels.chat import hub
from keyue.conversations import actions, selectors
from keyue.conversations.actions._ground import held, note
from keyue.conversations.enums import State
from keyue.conversations.events import (
    ConversationCallbackAgreed,
    ConversationMessageReceived,
    ConversationPersonAsked,
)
from keyue.conversations.models import Conversation, Line
from keyue.kernel.errors import Denied, NotFound
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from tests.apps.channels.chat.conftest import Chat
from tests.journeys.world import browser_of


def agent_of(chat: Chat, talk: Conversation) -> Client:
    actions.take(conversation=talk, user=chat.world.agent, at=chat.now.at)
    return browser_of(chat.world.agent)


def says(client: Client, talk: Conversation, n: int) -> None:
    answer = client.post(
        reverse("conversations:say", args=[talk.pk]),
        {"body": f"好的，这就查 {n}", "once": f"once-{n}"},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert f"好的，这就查 {n}" in answer.text


def test_a_message_costs_the_same_however_much_was_said(chat: Chat, query_count):
    visitor = chat.visitor()
    visitor.send("请问在吗")
    talk = Conversation.objects.get()
    agent = agent_of(chat, talk)
    says(agent, talk, 0)
    for n in (1, 2, 9):
        while Line.objects.count() < 4 * n:
            visitor.send("还有一件事")
            says(agent, talk, Line.objects.count())
        with query_count("chat, a visitor's message"):
            visitor.send("我想问一下")
        with query_count("chat, an agent's answer"):
            says(agent, talk, 100 + n)


def test_the_windows_are_told_of_many_messages_by_one_reading(
    chat: Chat, query_count, monkeypatch: pytest.MonkeyPatch
):
    # it reads on a thread of its own, not inside the transaction of a test
    monkeypatch.setattr(hub, "close_old_connections", lambda: None)
    talks = []
    for n in range(3):
        visitor = chat.visitor()
        visitor.send("请问在吗")
        talk = Conversation.objects.order_by("-pk")[0]
        says(agent_of(chat, talk), talk, n)
        talks.append(talk.pk)
    with query_count("chat, telling the windows"):
        read = hub._read([], dict.fromkeys(talks, 0), set(talks))
    assert sum(len(lines) for lines in read.lines.values()) == Line.objects.exclude(kind="event").count()


def test_a_fact_that_came_between_is_not_overlooked(chat: Chat):
    answers = {"person_reached.within": "PT2M"}
    adopt_pack(pack="service", effective_from=chat.now.at, answers=answers, by=SYSTEM, at=chat.now.at)
    chat.now.pass_(minutes=1)
    chat.visitor().send("请问在吗")
    row, again = (held(Conversation.objects.get().pk) for _twice in range(2))
    line = str(Line.objects.get().uid)
    note(again, ConversationPersonAsked(line=line), by=SYSTEM, at=chat.now.at, source="test")
    owed = Promise.objects.get(control="person_reached")
    note(row, ConversationMessageReceived(line=line, type="chat"), by=SYSTEM, at=chat.now.at, source="test")
    owed.refresh_from_db()
    assert owed.is_open, "what was recorded between is still promised"
    assert row.held is None, "its facts are read again"
    note(row, ConversationCallbackAgreed(line=line), by=SYSTEM, at=chat.now.at, source="test")
    owed.refresh_from_db()
    assert not owed.is_open


def found(read: Callable[[User, int], Conversation], user: User, pk: int) -> Conversation | str:
    try:
        return read(user, pk)
    except (Denied, NotFound) as refused:
        return refused.code


def test_what_an_act_may_see_is_what_a_page_may_see(chat: Chat):
    chat.visitor().send("请问在吗")
    talk = Conversation.objects.get()
    people.create_staff(
        username="nobody", name="冯无职", must_change_password=False, by=SYSTEM, at=chat.now.at
    )
    seen = set()
    for user in User.objects.all():
        for department in ("", talk.department, "finance", "nowhere"):
            for agent in (None, user):
                Conversation.objects.filter(pk=talk.pk).update(
                    department=department, agent=agent, state=State.OPEN if agent else State.QUEUED
                )
                page = found(selectors.conversation_for, user, talk.pk)
                assert found(selectors.row_for, user, talk.pk) == page, (user, department, agent)
                seen.add(page)
    assert {talk, NotFound.code, Denied.code} <= seen, "all three happened"
