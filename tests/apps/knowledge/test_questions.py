"""Questions and automatic answers: kept masked, judged, gathered, and turned into articles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.knowledge import actions, asked, jobs, searching
from keyue.knowledge.actions import questions as module
from keyue.knowledge.models import Article, ArticleWording, Question, QuestionGroup
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.selectors import facts_of
from keyue.people.models import User
from tests.apps.knowledge.conftest import AT
from tests.journeys.world import World, browser_of, found

VISITOR = Actor("customer", "help")


def ask(question: str, at=AT, **given):
    return actions.answer(question, via="help", by=VISITOR, at=at, **given)


def test_an_answer_is_kept_with_its_source(house, now, publish):
    article = publish()
    reply = ask("滤芯几个月换一次 13800138000")
    kept = Question.objects.get()
    assert reply.text and reply.uid == kept.uid
    assert (reply.article, reply.edition) == (article.number, "1")
    assert (kept.article, kept.edition, kept.outcome, kept.via) == (article, 1, "answered", "help")
    assert kept.sources == [[article.number, 1, kept.confidence]]
    assert kept.confidence >= 85
    assert "138" not in kept.text
    assert "滤芯几个月换一次" in kept.text
    assert not QuestionGroup.objects.exists()


def test_names_that_the_channel_knows_are_masked(house, now, publish):
    ask("南乔昨天问过的事", names=["南乔"])
    assert Question.objects.get().text == "〔姓名〕昨天问过的事"


def test_what_had_no_answer_is_gathered(house, now, publish):
    publish()
    for question in ("你们公司上市了吗", "贵公司有没有上市", "你们公司上市了吗？", "怎么加盟"):
        assert ask(question).text == ""
    listed, other = QuestionGroup.objects.order_by("-count")
    assert (listed.count, other.count) == (3, 1)
    assert listed.wordings == ["你们公司上市了吗", "贵公司有没有上市", "你们公司上市了吗？"]
    assert listed.questions.count() == 3


@pytest.mark.parametrize(
    "question", ["", "   ", "\0", "？？？", "a" * 5000, "滤" * 5000, "\ud83d\ude00" * 3, "%(x)s {y}"]
)
def test_odd_questions_do_no_harm(house, now, publish, question):
    publish()
    reply = ask(question.encode("utf-8", "replace").decode())
    assert reply.text == ""
    assert all(len(row.text) <= 300 for row in Question.objects.all())


def test_a_flood_is_answered_and_not_kept(house, now, publish, monkeypatch):
    publish()
    monkeypatch.setattr(module, "MOST_A_DAY", 3)
    for _n in range(5):
        assert ask("滤芯几个月换一次").text
    assert Question.objects.count() == 3
    assert ask("滤芯几个月换一次", at=AT + timedelta(days=2)).uid is not None


def test_who_asked_says_whether_it_helped(house, now, publish):
    publish()
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/help/", {"q": "滤芯几个月换一次"}).content.decode()
    kept = Question.objects.get()
    url = f"/help/answers/{kept.uid}/"
    assert url in page
    assert browser.post(url, {"useful": "yes"}).status_code == 403
    token = browser.cookies["csrftoken"].value
    sent = {"useful": "no", "q": "滤芯几个月换一次", "csrfmiddlewaretoken": token}
    answer = browser.post(url, sent)
    assert answer.status_code == 303
    assert "记下了" in browser.get(answer.url).content.decode()
    kept.refresh_from_db()
    assert kept.useful == "no"
    # an answer that did not help waits for the owner like one that was missing, once however often it is said
    browser.post(url, sent)
    group = QuestionGroup.objects.get()
    assert (group.count, group.unhelpful, Question.objects.count()) == (1, 1, 1)
    assert browser.post(url, {**sent, "useful": "maybe"}).status_code == 422
    assert browser.post(f"/help/answers/{group.questions.get().uid}0/", sent).status_code == 404
    with pytest.raises(NotFound):
        actions.judge(uid=ask("怎么加盟").uid, useful="yes", by=VISITOR, at=AT)


def test_attached_wordings_find_the_article_at_once(house, now, publish):
    article = publish(body="净水器底下有水，先关总阀，再看接头。", title="机器底部有水", asked=())
    publish(title="开具发票", topic="发票", body="电子发票当天开出。", asked=("发票怎么弄",))
    question = "厨柜底板泡发了咋整"
    assert ask(question).text == ""
    group = QuestionGroup.objects.get()
    fresh = actions.attach_group(group=group, article=article, by=house.by, at=now.at)
    assert [row.text for row in fresh] == [question]
    found = searching.search("厨柜底板泡发了怎么办", audience="public")
    assert found[0].article_id == article.pk and found[0].is_sure
    assert ask(question).article == article.number
    assert [fact.kind for fact in facts_of(article.subject)][-1] == "article.wording_attached"
    # it is taken back as easily
    actions.remove_wording(article=article, pk=fresh[0].pk, by=house.by, at=now.at)
    assert ask(question).text == ""
    with pytest.raises(NotFound):
        actions.remove_wording(article=article, pk=fresh[0].pk, by=house.by, at=now.at)


def test_a_group_is_decided_once(house, now, publish, write):
    article, draft = publish(), write(title="草稿")
    ask("怎么加盟")
    group = QuestionGroup.objects.get()
    with pytest.raises(Refused, match="已发布"):
        actions.attach_group(group=group, article=draft, by=house.by, at=now.at)
    actions.set_aside(group=group, by=house.by, at=now.at)
    for again in (
        lambda: actions.attach_group(group=group, article=article, by=house.by, at=now.at),
        lambda: actions.draft_from_group(group=group, owner=house.writer, by=house.by, at=now.at),
    ):
        with pytest.raises(Refused, match="别人处理过"):
            again()
    # asked again, it waits again; then the old decision cannot be taken back on top of it
    ask("怎么加盟")
    with pytest.raises(Refused, match="又在待处理"):
        actions.reopen_group(group=group, by=house.by, at=now.at)


def test_an_article_that_was_begun_from_questions_is_not_approved_unwritten(house, now, publish):
    publish()
    ask("你们公司上市了吗")
    ask("贵公司有没有上市")
    made = actions.draft_from_group(
        group=QuestionGroup.objects.get(), owner=house.writer, by=house.by, at=now.at
    )
    edition = made.editions.get()
    assert (edition.title, edition.asked) == ("你们公司上市了吗", ["你们公司上市了吗", "贵公司有没有上市"])
    with pytest.raises(Refused, match="正文还没有写"):
        actions.submit_edition(article=made, by=house.by, at=now.at)


def test_the_pages_of_who_writes_articles(house, now, publish):
    article = publish()
    ask("你们公司上市了吗")
    ask("滤芯多少钱能便宜吗")
    writer, reader = browser_of(house.writer), browser_of(house.reader)
    page = writer.get("/knowledge/questions/").content.decode()
    assert "你们公司上市了吗" in page
    assert reader.get("/knowledge/questions/").status_code == 403
    group = QuestionGroup.objects.get(text="滤芯多少钱能便宜吗")
    wrong = writer.post(f"/knowledge/questions/{group.pk}/attach/", {"article": "ZS-99999"})
    assert (wrong.status_code, "没有编号" in wrong.content.decode()) == (422, True)
    assert (
        writer.post(f"/knowledge/questions/{group.pk}/attach/", {"article": article.number}).status_code
        == 303
    )
    assert "滤芯多少钱能便宜吗" in writer.get(f"/knowledge/{article.pk}/").content.decode()
    assert writer.post(f"/knowledge/questions/{group.pk}/reopen/").status_code == 303
    other = QuestionGroup.objects.get(text="你们公司上市了吗")
    made = writer.post(f"/knowledge/questions/{other.pk}/draft/")
    assert made.url == f"/knowledge/{Article.objects.last().pk}/edit/"
    assert "你们公司上市了吗" in writer.get(made.url).content.decode()
    assert "你们公司上市了吗" in writer.get("/knowledge/questions/?show=decided").content.decode()
    assert writer.post(f"/knowledge/questions/{other.pk}/burn/").status_code == 404
    log = writer.get("/knowledge/answers/").content.decode()
    assert "帮助中心" in log and "你们公司上市了吗" in log
    assert "滤芯多少钱" in writer.get("/knowledge/answers/?show=unanswered").content.decode()
    assert writer.get("/knowledge/answers/?after=abc").status_code == 422


def test_figures(house, now, publish):
    publish()
    actions.judge(uid=ask("滤芯几个月换一次").uid, useful="yes", by=VISITOR, at=AT)
    ask("怎么加盟")
    found = asked.figures(now.at + timedelta(minutes=1))
    assert (found.asked, found.answered, found.answered_share, found.useful_share) == (2, 1, 50, 100)
    assert asked.figures(now.at + timedelta(days=60)).answered_share is None


def test_what_is_over_is_forgotten(house, now, publish):
    publish()
    ask("怎么加盟")
    ask("滤芯几个月换一次")
    jobs.forget(AT + timedelta(days=364))
    assert Question.objects.count() == 2
    jobs.forget(AT + timedelta(days=366))
    assert not Question.objects.exists() and not QuestionGroup.objects.exists()


def test_the_same_question_in_the_same_instant_is_one_group(fresh_database):
    found(at=AT - timedelta(days=30))

    def one(_n: int) -> bool:
        try:
            return ask("你们公司上市了吗").uid is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(one, range(12)))
    group = QuestionGroup.objects.get()
    assert (group.count, Question.objects.filter(group=group).count()) == (12, 12)


def test_wordings_are_bounded(house, now, publish):
    article = publish()
    group = QuestionGroup.objects.create(
        text="甲", wordings=[f"第{n}种说法" * 9 for n in range(40)], key="k", count=1, first_at=AT, last_at=AT
    )
    actions.attach_group(group=group, article=article, by=house.by, at=now.at)
    rows = ArticleWording.objects.filter(article=article)
    assert rows.count() <= 30 and all(len(row.text) <= 80 for row in rows)


def test_a_decision_needs_a_reader_with_the_right(house, now, publish):
    ask("怎么加盟")
    assert asked.groups_for(User.objects.get(pk=house.reader.pk)).count() == 0
    assert asked.open_count(house.writer) == 1
    with pytest.raises(Invalid):
        asked.group_page(house.writer, cursor="-1")
    assert World.actor(house.writer) != SYSTEM
