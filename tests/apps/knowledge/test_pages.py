"""The pages of articles and the help centre: what they show, to whom, and what their forms take."""

from __future__ import annotations

import pytest
from django.test import Client

from keyue.knowledge import actions
from keyue.knowledge.answering import answer
from keyue.knowledge.enums import Visibility
from keyue.knowledge.models import Article
from tests.apps.knowledge.conftest import text
from tests.journeys.world import browser_of


def filled(house, **more: str) -> dict[str, str]:
    return {
        "act": "save", "title": "滤芯多久更换一次", "topic": "维护保养", "visibility": "public",
        "body": "半年换一次。", "asked": "几个月换芯\n\n几个月换芯", "owner": str(house.writer.pk),
        "editor": str(house.writer.pk), "department": "", "review_months": "3", **more,
    }  # fmt: skip


def test_an_article_goes_from_the_form_to_the_help_centre(house, now):
    writer, approver, stranger = browser_of(house.writer), browser_of(house.approver), Client()
    assert "写文章" in writer.get("/knowledge/new/").content.decode()
    wrong = writer.post("/knowledge/new/", filled(house, title=""))
    assert (wrong.status_code, "请填写标题" in wrong.content.decode()) == (422, True)
    shown = writer.post("/knowledge/new/", filled(house, act="preview", body="- 一\n- **二**"))
    assert "<strong>二</strong>" in shown.content.decode()
    assert not Article.objects.exists()
    answer = writer.post("/knowledge/new/", filled(house, act="submit"))
    article = Article.objects.get()
    assert (answer.status_code, answer.url) == (303, f"/knowledge/{article.pk}/")
    assert stranger.get(f"/help/{article.number}/").status_code == 404
    assert "批准发布" not in writer.get(answer.url).content.decode()
    assert "批准发布" in approver.get(answer.url).content.decode()
    assert approver.post(f"{answer.url}publish/", {}).status_code == 303
    page = stranger.get(f"/help/{article.number}/").content.decode()
    assert "半年换一次" in page
    assert "相关文章" not in page
    assert article.editions.get().asked == ["几个月换芯"]


def test_the_help_centre_lists_by_topic_and_finds(house, now, publish):
    public = publish()
    secret = publish(title="赔付话术", topic="内部口径", visibility="staff", asked=())
    stranger = Client()
    home = stranger.get("/help/").content.decode()
    assert "维护保养" in home
    assert "赔付话术" not in home + stranger.get("/help/?q=赔付").content.decode()
    found = stranger.get("/help/", {"q": "换心子要几个月"}).content.decode()
    assert f"/help/{public.number}/" in found
    assert "PP 棉三到六个月" in found
    assert stranger.get(f"/help/{secret.number}/").status_code == 404
    assert stranger.get(f"/help/{public.number.lower()}/").status_code == 200


def test_a_sure_answer_says_that_it_is_automatic_and_where_it_stands(house, now, publish):
    article = publish()
    publish(title="开具发票", topic="发票", body="电子发票当天开出。", asked=("发票怎么弄",))
    publish(title="退货与退款", topic="退换货", body="三个工作日内原路退款。", asked=("钱什么时候退",))
    page = Client().get("/help/", {"q": "滤芯几个月换一次"}).content.decode()
    assert 'id="answer"' in page
    assert "自动答复" in page
    assert f"/help/{article.number}/" in page.partition('id="answer"')[2]
    for unsure in ("你们公司上市了吗", "怎么办", "换电池多少钱"):
        assert 'id="answer"' not in Client().get("/help/", {"q": unsure}).content.decode()
    found = answer("滤芯几个月换一次", audience=Visibility.PUBLIC)
    assert found is not None
    assert (found.source.article_id, found.source.edition) == (article.pk, 1)
    assert found.text in article.editions.get().body
    assert 0.85 <= found.confidence <= 1


def test_what_people_write_cannot_run(house, now, publish):
    article = publish(
        body="# 一\n\n<script>alert(1)</script> [点](javascript:alert(1)) ![图](https://x.example/a.png)"
    )
    page = Client().get(f"/help/{article.number}/").content.decode()
    assert "<script>alert" not in page
    assert "javascript:alert" not in page.replace("](javascript:", "")
    assert "x.example" not in page
    assert "<h2>一</h2>" in page


def test_editions_stand_side_by_side(house, now, publish):
    article = publish()
    actions.revise_article(article=article, text=text(body="一年换一次。"), by=house.by, at=now.at)
    page = browser_of(house.writer).get(f"/knowledge/{article.pk}/editions/2/").content.decode()
    assert "<ins>" in page
    assert "<del>" in page
    # what is being written is nobody else's
    assert browser_of(house.reader).get(f"/knowledge/{article.pk}/editions/2/").status_code == 404


def test_the_list_is_narrowed(house, now, publish):
    publish()
    reader = browser_of(house.reader)
    assert "滤芯多久更换一次" in reader.get("/knowledge/", {"q": "lvxin"}).content.decode()
    assert "没有符合的文章" in reader.get("/knowledge/", {"show": "due"}).content.decode()
    now.pass_(days=100)
    assert "到期未复核" in browser_of(house.reader).get("/knowledge/", {"show": "due"}).content.decode()
    part = reader.get("/knowledge/", {"q": "换芯"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_suggestions_for_a_composer(house, publish):
    publish()
    reader = browser_of(house.reader)
    part = reader.get(
        "/knowledge/suggestions/", {"q": "芯子几个月该换了"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "滤芯多久更换一次" in part
    assert "<html" not in part
    assert "没有找到" in reader.get("/knowledge/suggestions/", {"q": "董事长是谁"}).content.decode()


@pytest.mark.parametrize(("code", "data"), [
    ("review", {"months": "6", "remark": "仍然正确"}), ("source", {"what": "保修改为两年"}),
    ("withdraw", {"reason": "停售"}),
])  # fmt: skip
def test_acts_from_the_page(house, now, publish, code, data):
    article = publish()
    browser = browser_of(house.approver)
    assert browser.get(f"/knowledge/{article.pk}/{code}/").status_code == 200
    assert browser.post(f"/knowledge/{article.pk}/{code}/", {}).status_code == 422
    assert browser.post(f"/knowledge/{article.pk}/{code}/", data).status_code == 303
    assert browser.get(f"/knowledge/{article.pk}/").status_code == 200


def test_synonyms_from_the_page(house, publish):
    browser = browser_of(house.approver)
    assert browser.get("/knowledge/words/").status_code == 200
    assert browser.post("/knowledge/words/", {"synonyms": "一个"}).status_code == 422
    assert browser.post("/knowledge/words/", {"synonyms": "大蓝瓶 滤芯"}).status_code == 303


def test_pages_ask_the_database_little(house, now, publish, query_count):
    article = publish()
    browser, stranger = browser_of(house.reader), Client()
    for url in ("/knowledge/", "/help/", "/help/?q=换芯"):
        browser.get(url)
    with query_count("knowledge list"):
        browser.get("/knowledge/")
    with query_count("article page"):
        browser.get(f"/knowledge/{article.pk}/")
    with query_count("knowledge suggestions"):
        browser.get("/knowledge/suggestions/", {"q": "换芯"})
    with query_count("help centre"):
        stranger.get("/help/", {"q": "换芯"})
    with query_count("help article"):
        stranger.get(f"/help/{article.number}/")


def test_articles_are_found_by_the_search_of_all_rooms(house, now, publish, write):
    publish()
    draft = write(title="滤芯涨价通知")
    writer, reader = browser_of(house.writer), browser_of(house.reader)
    found = reader.get("/search/", {"q": "滤芯"}).content.decode()
    assert "文章" in found and "更换一次" in found
    assert f"/knowledge/{draft.pk}/" not in found
    assert f"/knowledge/{draft.pk}/" in writer.get("/search/", {"q": "滤芯"}).content.decode()
    assert "更换一次" in reader.get("/search/", {"q": "lvxin"}).content.decode()
