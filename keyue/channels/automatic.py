"""Answering by itself from the public articles, and seeing who wants a person instead: the same on every channel that asks for it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from keyue.channels.chat import selectors
from keyue.channels.chat.wishes import asks_for_person
from keyue.conversations import actions as conversations
from keyue.conversations import ready_words
from keyue.conversations.actions.receiving import Received
from keyue.kernel.errors import Refused
from keyue.knowledge import actions as knowledge
from keyue.ledger.facts import Actor

MOST_AUTOMATIC = 2
"""Automatic answers in a conversation; what is asked after them waits for a person."""
SHORTEST_QUESTION = 4
"""Characters: what is shorter says hello."""
LONGEST_QUESTION = 300


def note_wish(received: Received, *, by: Actor, at: datetime, source: str) -> bool:
    """Whether this message asks for a person; the first that does puts the conversation where one is waited for."""
    talk, line = received.conversation, received.line
    if not (line.detail.get("person") or asks_for_person(line.body)):
        return False
    if talk.agent_id is None and not selectors.wished_before(talk, line):
        conversations.ask_for_person(conversation=talk, line=line, by=by, at=at, source=source)
    return True


def answer_by_itself(received: Received, *, by: Actor, at: datetime, in_words: bool = False) -> None:
    """Answer from a public article where one is sure enough, at most twice, and never who has asked for a person. What
    was taken in stands already: without an answer it waits for a person.

    `in_words` says in the text itself that it is automatic, what it rests on and how a person is reached: for channels that
    show nothing beside a text."""
    line, talk = received.line, received.conversation
    if talk.agent_id is not None or talk.is_over:
        return
    question = line.body.strip()
    if not SHORTEST_QUESTION <= len(question) <= LONGEST_QUESTION:
        return
    if line.detail.get("email") or line.detail.get("phone"):
        return
    times, asked = selectors.history(talk)
    if asked or times >= MOST_AUTOMATIC or selectors.auto_answer_to(line) is not None:
        return
    # outside of a transaction: a language model may take its time
    names = ready_words.names_of(talk)
    reply = knowledge.answer(question, via=line.channel.kind, by=by, at=at, names=names)
    source = reply.source
    if source is None:
        return
    text = reply.text
    if in_words:
        text = _("【自动答复】%(text)s\n依据：《%(title)s》。要找人工，请回复「转人工」。") % {
            "text": reply.text,
            "title": source.title,
        }
    try:
        conversations.auto_answer(
            conversation=talk,
            body=text,
            at=at,
            article=reply.article,
            edition=reply.edition,
            confidence=round(reply.confidence * 100),
            detail={"answers": str(line.uid), "number": source.number, "title": source.title},
        )
    except Refused:
        # it ended in the same instant
        return
