"""Articles in editions: who may publish, what stays as it is, and what regulations make of it."""

from __future__ import annotations

from datetime import date

import pytest

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.knowledge import actions, searching, selectors
from keyue.knowledge.enums import Visibility
from keyue.knowledge.models import Article, KnowledgeWords
from keyue.ledger.selectors import facts_of
from keyue.promises import subjects
from keyue.promises.selectors import promises_of
from keyue.regulations.actions import adopt_pack
from tests.apps.knowledge.conftest import text
from tests.journeys.world import World


def kinds(article: Article) -> list[str]:
    return [fact.kind for fact in facts_of(article.subject)]


def test_somebody_else_approves(house, now, write):
    article = write()
    actions.submit_edition(article=article, by=house.by, at=now.at)
    with pytest.raises(Refused, match="不能批准自己写的文章"):
        actions.publish_edition(article=article, by=house.by, at=now.at)
    actions.publish_edition(article=article, by=house.approving, at=now.at)
    article.refresh_from_db()
    assert (article.state, article.review_on) == ("published", date(2026, 6, 17))
    assert kinds(article) == ["article.drafted", "article.submitted", "article.published"]


def test_who_changed_a_word_of_it_does_not_approve_it(house, now, write):
    article = write()
    actions.revise_article(article=article, text=text(title="换芯"), by=house.approving, at=now.at)
    actions.submit_edition(article=article, by=house.by, at=now.at)
    with pytest.raises(Refused):
        actions.publish_edition(article=article, by=house.approving, at=now.at)


def test_a_published_edition_stays_and_the_next_one_follows_it(house, now, publish):
    article = publish()
    now.pass_(days=10)
    actions.revise_article(article=article, text=text(body="一年。", note="改间隔"), by=house.by, at=now.at)
    first, second = article.editions.order_by("n")
    assert (first.state, second.state, second.n) == ("published", "draft", 2)
    assert first.body != second.body
    publish(article)
    first.refresh_from_db()
    assert (first.state, first.superseded_at) == ("superseded", now.at)
    assert kinds(article)[-2:] == ["article.revised", "article.reviewed"]


def test_what_waits_is_not_changed_and_what_is_returned_says_why(house, now, write):
    article = write()
    with pytest.raises(Refused, match="没有等批准"):
        actions.publish_edition(article=article, by=house.approving, at=now.at)
    actions.submit_edition(article=article, by=house.by, at=now.at)
    with pytest.raises(Refused, match="等批准"):
        actions.revise_article(article=article, text=text(), by=house.by, at=now.at)
    with pytest.raises(Invalid):
        actions.return_edition(article=article, remark=" ", by=house.approving, at=now.at)
    edition = actions.return_edition(article=article, remark="写明从哪天算", by=house.approving, at=now.at)
    assert (edition.state, edition.remark) == ("draft", "写明从哪天算")


def test_what_is_missing_is_named_by_field(house, now):
    with pytest.raises(Invalid) as caught:
        actions.draft_article(
            text=text(title=" ", topic="", asked=("问" * 90,)),
            owner=house.writer,
            editor=house.writer,
            by=house.by,
            at=now.at,
        )
    assert set(caught.value.fields) == {"title", "topic", "asked"}


def test_changed_meanwhile(house, now, write):
    article = write()
    actions.revise_article(article=article, text=text(title="换芯"), by=house.by, at=now.at, revision=1)
    with pytest.raises(Refused) as caught:
        actions.revise_article(article=article, text=text(), by=house.by, at=now.at, revision=1)
    assert caught.value.code == "changed_meanwhile"


def test_a_withdrawn_article_answers_nobody_and_stays_withdrawn(house, now, publish):
    article = publish()
    assert searching.search("几个月换芯子", audience=Visibility.PUBLIC)
    actions.withdraw_article(article=article, reason="停售", by=house.approving, at=now.at)
    assert searching.search("几个月换芯子", audience=Visibility.PUBLIC) == []
    with pytest.raises(NotFound):
        selectors.public_edition(article.number)
    with pytest.raises(Refused, match="已经撤下"):
        actions.revise_article(article=article, text=text(), by=house.by, at=now.at)
    assert "停售" not in str([fact.data for fact in facts_of(article.subject)])


def test_a_source_that_changed_is_noted_until_the_next_edition(house, now, publish):
    article = publish()
    actions.note_source_changed(article=article, what="保修改为两年", by=house.by, at=now.at)
    article.refresh_from_db()
    assert article.source_changed_at == now.at
    now.pass_(hours=3)
    actions.revise_article(article=article, text=text(body="两年。"), by=house.by, at=now.at)
    assert publish(article).source_changed_at is None


def test_the_service_regulation_asks_for_a_review_every_three_months(house, now, publish):
    adopted = adopt_pack(
        pack="service",
        answers={"articles_reviewed.every": "P3M"},
        effective_from=now.at,
        by=World.actor(house.world.executive),
        at=now.at,
    )
    assert adopted is not None
    now.pass_(minutes=1)
    article = publish()
    [promise] = promises_of(article.subject)
    assert (promise.control, promise.state, promise.owner) == (
        "articles_reviewed",
        "pending",
        f"user:{house.writer.pk}",
    )
    about = subjects.abouts_of(house.reader, [promise])[promise.pk]
    assert (about.number, about.url) == (article.number, f"/knowledge/{article.pk}/")
    now.pass_(days=30)
    actions.review_article(article=article, months=6, by=house.by, at=now.at)
    assert [row.state for row in promises_of(article.subject)] == ["met", "pending"]
    article.refresh_from_db()
    assert article.review_on == date(2026, 10, 16)


def test_own_synonyms_hold_at_once_for_everybody(house, now, publish):
    publish()
    assert searching.search("大蓝瓶咋弄", audience=Visibility.PUBLIC) == []
    with pytest.raises(Invalid, match="至少两个词"):
        actions.change_words(synonyms="大蓝瓶", by=house.approving, at=now.at)
    actions.change_words(synonyms="大蓝瓶 滤芯\n", by=house.approving, at=now.at)
    [source] = searching.search("大蓝瓶咋弄", audience=Visibility.PUBLIC)
    assert source.title == "滤芯多久更换一次"
    assert KnowledgeWords.objects.get().synonyms == "大蓝瓶 滤芯"


def test_customers_are_not_answered_from_what_is_for_staff(publish):
    publish(visibility="staff")
    assert searching.search("几个月换芯子", audience=Visibility.PUBLIC) == []
    assert searching.search("几个月换芯子", audience=Visibility.STAFF)


@pytest.mark.parametrize("typed", ["换一次", "lvxin", "lxdjgh", "换芯提醒", "活性炭六", "ZS-"])
def test_the_list_finds_by_a_part_pinyin_or_initials(house, now, publish, typed):
    article = publish()
    typed = article.number.lower() if typed == "ZS-" else typed
    found = selectors.article_page(house.reader, today=now.at.date(), text=typed)
    assert [row.article.pk for row in found.rows] == [article.pk]


def test_drafts_are_for_those_who_write(house, now, write):
    article = write()
    assert selectors.article_page(house.reader, today=now.at.date()).count == 0
    with pytest.raises(NotFound):
        selectors.article_for(house.reader, article.pk)
    assert selectors.article_page(house.writer, today=now.at.date(), show="draft").count == 1


def test_a_leavers_articles_go_to_the_heir(house, now, publish):
    article = publish()
    actions.hand_over(leaver=house.writer, heir=house.approver, by=house.approving, at=now.at)
    article.refresh_from_db()
    assert (article.owner, article.editor) == (house.approver, house.approver)
    assert selectors.articles_kept_by(house.writer).count() == 0
