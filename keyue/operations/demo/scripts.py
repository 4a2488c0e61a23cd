"""The demo company's ready words: canned answers and trees with one waiting for approval, what must and must not be said, and
what customers asked that no article answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from keyue.knowledge import actions
from keyue.knowledge.actions import ScriptText
from keyue.knowledge.models import Article, QuestionGroup
from keyue.ledger.facts import Actor
from keyue.operations.demo import desk_texts as said
from keyue.operations.demo.play import Play, Step

ASKER = Actor("customer", "help")


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_acts(play), key=lambda step: step[0])


def _acts(play: Play) -> Iterator[Step]:
    day = play.workday
    for n, (code, title, body, scope, department, ways) in enumerate(said.CANNED):
        text = ScriptText("canned", code, title, body, scope, department, ways)
        yield day(20, 9.3 + 0.1 * n), partial(_write, play, text, True)
    for n, (code, title, body) in enumerate(said.TREES):
        yield day(18, 10.2 + 0.2 * n), partial(_write, play, ScriptText("tree", code, title, body), True)
    yield day(1, 16.4), partial(_write, play, ScriptText("canned", *said.WAITING), False)
    by = play.cast["xu"]
    yield day(19, 9.1), lambda at: actions.forbid_words(forbidden=said.FORBIDDEN, by=by, at=at)
    for n, (line, ways, mode) in enumerate(said.LINES):
        yield day(19, 9.4 + 0.1 * n), partial(_demand, line, ways, mode, by)
    for n, (question, via, ago) in enumerate(said.UNANSWERED):
        yield day(ago, 9.2 + 0.37 * n), partial(_ask, question, via, "")
    for n, (question, via, ago, useful) in enumerate(said.ASKED):
        yield day(ago, 10.1 + 0.6 * n), partial(_ask, question, via, useful)
    yield day(1, 10.2), partial(_attach, play, "可以开收据吗", "开具发票")
    yield day(1, 10.3), partial(_set_aside, play, "今天天气怎么样")


def _write(play: Play, text: ScriptText, is_approved: bool, at: datetime) -> None:
    row = actions.draft_script(text=text, owner=play.cast.users["yu"], by=play.cast["yu"], at=at)
    actions.submit_script(script=row, by=play.cast["yu"], at=at)
    if is_approved:
        actions.approve_script(script=row, by=play.cast["xu"], at=at)


def _demand(line: str, ways: Sequence[str], mode: str, by: Actor, at: datetime) -> None:
    actions.add_line(text=line, ways=ways, mode=mode, by=by, at=at)


def _ask(question: str, via: str, useful: str, at: datetime) -> None:
    reply = actions.answer(question, via=via, by=ASKER, at=at)
    if useful and reply.text and reply.uid is not None:
        actions.judge(uid=reply.uid, useful=useful, by=ASKER, at=at)


def _group(question: str) -> QuestionGroup | None:
    return QuestionGroup.objects.filter(text=question, state="open").first()


def _attach(play: Play, question: str, title: str, at: datetime) -> None:
    group = _group(question)
    if group is not None:
        article = Article.objects.get(editions__title=title, editions__state="published")
        actions.attach_group(group=group, article=article, by=play.cast["yu"], at=at)


def _set_aside(play: Play, question: str, at: datetime) -> None:
    group = _group(question)
    if group is not None:
        actions.set_aside(group=group, by=play.cast["yu"], at=at)
