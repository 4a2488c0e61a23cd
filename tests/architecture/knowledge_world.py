"""Things of the knowledge room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from keyue.knowledge import actions
from keyue.knowledge.actions import ScriptText, Text
from keyue.knowledge.models import Article, ArticleWording, Question, QuestionGroup, Script
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload

if TYPE_CHECKING:
    from tests.architecture.world import World

AUTHOR, BOSS = Actor("system", "test"), Actor("system", "boss")
TEXT = Text(title="滤芯多久更换一次", body="半年。", topic="维护保养", visibility="public")


def article(world: World) -> object:
    """A published article that everybody may read."""
    row = actions.draft_article(
        text=TEXT, owner=world.somebody, editor=world.somebody, by=AUTHOR, at=world.at
    )
    actions.submit_edition(article=row, by=AUTHOR, at=world.at)
    actions.publish_edition(article=row, by=BOSS, at=world.at)
    row.refresh_from_db()
    world.things["article_number"] = row.number
    return row.pk


def draft_article(world: World) -> object:
    """An article that waits for approval."""
    row = actions.draft_article(
        text=TEXT, owner=world.somebody, editor=world.somebody, by=AUTHOR, at=world.at
    )
    actions.submit_edition(article=row, by=AUTHOR, at=world.at)
    return row.pk


CANNED = ScriptText(kind="canned", code="tkjd", title="退款进度", body="您的退款正在处理。")
TREE = ScriptText(kind="tree", code="pcbl", title="不亮", body="灯亮吗？\n  亮\n    换芯\n  不亮\n    查电源")


def script(world: World, text: ScriptText = CANNED) -> object:
    """A canned answer that waits for approval."""
    row = actions.draft_script(text=text, owner=world.somebody, by=AUTHOR, at=world.at)
    actions.submit_script(script=row, by=AUTHOR, at=world.at)
    return row.pk


def tree(world: World) -> object:
    """A troubleshooting tree that everybody may walk."""
    pk = script(world, TREE)
    actions.approve_script(script=Script.objects.get(pk=pk), by=BOSS, at=world.at)
    return pk


def draft_script(world: World) -> object:
    """A canned answer that is being written."""
    text = replace(CANNED, code="cg")
    return actions.draft_script(text=text, owner=world.somebody, by=AUTHOR, at=world.at).pk


def required_line(world: World) -> object:
    """A line that messages must carry."""
    return actions.add_line(text="谢谢", ways=(), mode="add", by=AUTHOR, at=world.at).pk


def question_group(world: World) -> object:
    """Something that had no answer."""
    actions.answer("你们公司上市了吗", via="help", by=AUTHOR, at=world.at)
    return QuestionGroup.objects.get().pk


def answered_question(world: World) -> object:
    """An answer that who asked may judge. It needs the article of `article`."""
    row = Question.objects.create(via="help", text="滤芯", at=world.at, outcome="answered", reply="半年。")
    return row.uid


def wording(world: World) -> object:
    """A wording that was attached to the article of `article`."""
    row = Article.objects.get(number=world.things["article_number"])
    return ArticleWording.objects.create(
        article=row, text="换芯", added_at=world.at, added_by="system:test"
    ).pk


def article_file(world: World) -> object:
    """A file that the article of `article` names."""
    row = Article.objects.get(number=world.things["article_number"])
    uploads = [Upload("说明.txt", b"text")]
    pk = actions.add_files(article=row, uploads=uploads, by=AUTHOR, at=world.at)[0].pk
    row.editions.update(body=f"半年。[说明](file:{pk})")
    return pk


MAKERS: dict[str, Callable[[World], object]] = {
    "article": article,
    "draft_article": draft_article,
    "script": script,
    "tree": tree,
    "draft_script": draft_script,
    "required_line": required_line,
    "question_group": question_group,
    "answered_question": answered_question,
    "wording": wording,
    "article_file": article_file,
}
