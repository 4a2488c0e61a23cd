"""The knowledge base and the help centre in Chromium: written, approved, found, on a telephone and without scripts."""

from __future__ import annotations

from playwright.sync_api import expect

from keyue.kernel import clock
from keyue.knowledge import actions
from keyue.knowledge.actions import Text
from keyue.knowledge.models import Article
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

WIDTHS = (390, 1100, 1440)
BODY = "PP 棉三到六个月。\n\n# 步骤\n\n1. 关阀\n2. 取芯\n\n| 滤芯 | 间隔 |\n|---|---|\n| PP 棉 | 半年 |"


def publish(
    company: Company, title: str = "滤芯多久更换一次，以及红灯亮了以后还能不能继续用的说明"
) -> Article:
    agent, supervisor = company.world.agent, company.world.supervisor
    by, at = World.actor(agent), clock.now()
    text = Text(title=title, body=BODY, topic="维护保养", visibility="public", asked=("几个月换芯",))
    article = actions.draft_article(text=text, owner=supervisor, editor=agent, by=by, at=at)
    actions.submit_edition(article=article, by=by, at=at)
    actions.publish_edition(article=article, by=World.actor(supervisor), at=at)
    return article


def test_an_article_is_written_approved_and_changed(company: Company) -> None:
    page = company.open(company.world.agent, "/knowledge/")
    check_page(page, widths=WIDTHS)
    page.get_by_role("link", name="写文章").first.click()
    page.get_by_label("标题", exact=True).fill("滤芯多久更换一次")
    page.get_by_label("主题", exact=True).fill("维护保养")
    page.get_by_label("谁能看").select_option("public")
    page.get_by_label("正文").fill(BODY)
    page.get_by_label("客户的问法").fill("几个月换芯")
    page.get_by_role("button", name="预览").click()
    expect(page.locator("#preview table")).to_be_visible()
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("button", name="保存并送审").click()
    page.wait_for_url("**/knowledge/*/")
    article = Article.objects.get()
    other = company.open(company.world.supervisor, f"/knowledge/{article.pk}/")
    other.get_by_role("link", name="批准发布").click()
    other.get_by_role("dialog").get_by_role("button", name="批准发布").click()
    expect(other.get_by_text("已发布").first).to_be_visible()
    check_page(other, widths=WIDTHS)
    check_reading(other)
    actions.revise_article(
        article=article,
        text=Text(title="滤芯多久更换一次", body="一年。", topic="维护保养", visibility="public"),
        by=World.actor(company.world.agent),
        at=clock.now(),
    )
    page.goto(page.url + "editions/2/")
    check_page(page, widths=WIDTHS)
    check_reading(page)


def test_suggestions_and_lists(company: Company) -> None:
    publish(company)
    page = company.open(company.world.agent, "/knowledge/?q=lvxin")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.goto(page.url.partition("/knowledge/")[0] + "/knowledge/suggestions/?q=芯子几个月换")
    expect(page.get_by_text("PP 棉 半年")).to_be_visible()
    check_page(page, widths=WIDTHS)
    check_reading(page)


def test_the_help_centre(company: Company, open_page) -> None:
    article = publish(company)
    page = open_page()
    page.goto(company.server.url + "/help/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("searchbox").fill("换心子要几个月")
    page.get_by_role("button", name="搜索").click()
    page.get_by_role("link", name="滤芯多久更换一次").first.click()
    page.wait_for_url(f"**/help/{article.number}/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
