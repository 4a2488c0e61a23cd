"""Who has a conversation, how it ends, and that what was said is written down."""

from __future__ import annotations

from hashlib import sha256

import pytest

from keyue.conversations import actions, selectors
from keyue.conversations.enums import Ending, Opinion, State
from keyue.conversations.models import Line
from keyue.conversations.seeing import hint_of
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.leaving import StillOpen
from keyue.people.selectors import visible_departments
from tests.apps.conversations.conftest import Desk
from tests.journeys.world import World


def test_of_two_who_take_it_one_was_quicker(desk: Desk):
    talk = desk.chats("在吗").conversation
    taken = actions.take(conversation=talk, user=desk.agent, at=desk.now.at)
    assert (taken.agent, taken.state) == (desk.agent, State.OPEN)
    with pytest.raises(Refused, match="林知夏 已经接入"):
        actions.take(conversation=talk, user=desk.world.supervisor, at=desk.now.at)


def test_handed_to_a_colleague_or_back_into_a_queue(desk: Desk):
    talk = desk.chats("膜组怎么清洗").conversation
    by = World.actor(desk.agent)
    actions.take(conversation=talk, user=desk.agent, at=desk.now.at)
    there = actions.hand_over(conversation=talk, to=desk.world.engineer, by=by, at=desk.now.at)
    assert (there.agent, there.state) == (desk.world.engineer, State.OPEN)
    back = actions.hand_over(conversation=talk, department="tech", by=by, at=desk.now.at)
    assert (back.agent, back.state, back.department) == (None, State.QUEUED, "tech")
    assert list(selectors.queue_for(desk.world.engineer)) == [back]
    with pytest.raises(Invalid, match="转给谁"):
        actions.hand_over(conversation=talk, by=by, at=desk.now.at)


def test_the_place_in_the_queue_is_by_who_waits_longest(desk: Desk):
    first = desk.chats("在吗", visitor="v1").conversation
    desk.now.pass_(seconds=30)
    second = desk.chats("你好", visitor="v2").conversation
    assert [selectors.place_in_queue(one) for one in (first, second)] == [1, 2]
    actions.take(conversation=first, user=desk.agent, at=desk.now.at)
    first.refresh_from_db()
    assert [selectors.place_in_queue(one) for one in (first, second)] == [0, 1]


def test_the_end_holds_a_digest_of_all_that_was_said(desk: Desk):
    asked = desk.chats("在吗")
    desk.answers(asked, "在")
    over = actions.end(conversation=asked.conversation, ending=Ending.STAFF, by=SYSTEM, at=desk.now.at)
    [fact] = [f for f in ledger.facts_of(over.subject) if f.kind == "conversation.ended"]
    lines = list(Line.objects.order_by("pk"))
    assert fact.data["lines"] == 2
    said = "".join(f"{line.uid}:{line.digest}\n" for line in lines)
    assert fact.data["digest"] == sha256(said.encode()).hexdigest()
    for line in lines:
        assert line.digest == sha256(f"{line.salt}{line.body}".encode()).hexdigest()


def test_what_ended_without_a_record_stands_on_a_list_until_it_is_recorded(desk: Desk):
    asked = desk.chats("在吗")
    desk.answers(asked, "在")
    talk = actions.end(conversation=asked.conversation, ending=Ending.STAFF, by=SYSTEM, at=desk.now.at)
    assert list(selectors.unrecorded(desk.agent)) == [talk]
    assert not selectors.unrecorded(desk.world.stranger).exists()

    def record(opinion: Opinion, summary: str = "问了进度") -> None:
        actions.record_summary(
            conversation=talk, summary=summary, opinion=opinion, user=desk.agent, at=desk.now.at
        )

    with pytest.raises(Invalid, match="没有也要选"):
        record(Opinion.UNASKED)
    with pytest.raises(Invalid, match="登记为事项"):
        record(Opinion.SAID)
    with pytest.raises(Invalid):
        record(Opinion.NONE, summary="  ")
    record(Opinion.NONE)
    assert not selectors.unrecorded(desk.agent).exists()
    [fact] = [f for f in ledger.facts_of(talk.subject) if f.kind == "conversation.recorded"]
    assert fact.data == {"opinion": "none"}


def test_who_leaves_hands_over_what_they_have(desk: Desk):
    talk = desk.chats("在吗").conversation
    actions.take(conversation=talk, user=desk.agent, at=desk.now.at)
    by = World.actor(desk.world.executive)
    with pytest.raises(StillOpen) as still:
        people.deactivate(user=desk.agent, by=by, at=desk.now.at)
    said = [one.sentence for one in still.value.remainders if one.count]
    assert "还是 2 个渠道的专人" in said
    assert "还在接待 1 个会话" in said
    people.deactivate(user=desk.agent, heir=desk.world.supervisor, by=by, at=desk.now.at)
    talk.refresh_from_db()
    desk.chat.refresh_from_db()
    assert talk.agent == desk.chat.keeper == desk.world.supervisor


def test_who_sees_which_conversations(desk: Desk):
    mine = desk.chats("在吗", visitor="v1").conversation
    assert list(selectors.visible_to(desk.agent)) == [mine]
    assert not selectors.visible_to(desk.world.stranger).exists()
    actions.hand_over(conversation=mine, to=desk.world.stranger, by=World.actor(desk.agent), at=desk.now.at)
    assert list(selectors.visible_to(desk.world.stranger)) == [mine]


def test_who_has_a_conversation_hears_of_it_from_another_department_too(desk: Desk):
    mine = desk.chats("在吗", visitor="v1").conversation
    stranger = desk.world.stranger
    heard = {f"user:{stranger.pk}", *(visible_departments(stranger) or ())}
    assert not selectors.audiences_of([mine.pk])[mine.pk] & heard
    actions.hand_over(conversation=mine, to=stranger, by=World.actor(desk.agent), at=desk.now.at)
    assert selectors.audiences_of([mine.pk])[mine.pk] & heard
    mine.refresh_from_db()
    assert hint_of("typing", mine).departments & heard
