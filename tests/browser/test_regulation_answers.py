"""The keeper of the regulations answers what one leaves open and adopts another, with and without a mistake."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import expect

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import Post
from keyue.regulations import actions
from keyue.regulations import selectors as regulations
from tests.browser.conftest import Company
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading

ANSWERS = "/regulations/feedback/answers/"


def leave_open(company: Company, key: str) -> None:
    """The company has not answered this yet."""
    at = clock.now() - timedelta(hours=1)
    actions.answer_questions(
        regulation="feedback", answers={key: None}, effective_from=at, by=SYSTEM, at=at, source="test"
    )


def newest_number(regulation: str) -> int:
    edition = regulations.newest_edition(regulation)
    return edition.n if edition is not None else 0


def test_the_keeper_answers_an_open_question(company: Company) -> None:
    leave_open(company, "progress.every")
    page = company.open(quality_manager(clock.now()), "/regulations/")
    page.get_by_role("link", name=re.compile(r"还有 \d+ 个问题没有回答")).click()
    page.wait_for_url("**" + ANSWERS)
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    field = page.get_by_label("告知进展 4.4.2")
    field.fill("很快")
    field.press("Enter")
    expect(page.locator(".err")).to_contain_text("看不懂「很快」")
    expect(field).to_have_value("很快")
    field.fill("2 天")
    field.press("Enter")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("每 2 天")
    expect(preview).to_contain_text("期限不变")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    assert newest_number("feedback") == 2
    page.get_by_role("button", name="发布新的一版").click()
    page.wait_for_url(re.compile(r"/regulations/$"))
    expect(page.locator("#toasts")).to_contain_text("第 3 版已发布并施行")
    left = len(regulations.open_questions("feedback"))
    expect(page.locator("main")).to_contain_text(f"还有 {left} 个问题没有回答")
    assert newest_number("feedback") == 3


def test_somebody_else_was_quicker(company: Company) -> None:
    page = company.open(quality_manager(clock.now()), ANSWERS)
    page.get_by_label("告知进展 4.4.2").fill("3 天")
    page.get_by_role("button", name="预览改动").last.click()
    expect(page.locator("#preview")).to_contain_text("每 3 天")
    leave_open(company, "meeting.within")
    page.get_by_role("button", name="发布新的一版").click()
    expect(page.locator("#theirs")).to_contain_text("停用")
    expect(page.get_by_role("alert").first).to_contain_text("已有人发布了第 2 版")
    expect(page.get_by_label("告知进展 4.4.2")).to_have_value("3 天")
    check_page(page)
    assert newest_number("feedback") == 2


def test_the_keeper_adopts_another_regulation(company: Company) -> None:
    people.set_holders(post=Post.objects.get(code="service_head"), holders=[], by=SYSTEM, at=clock.now())
    page = company.open(quality_manager(clock.now()), "/regulations/")
    page.keyboard.press("n")
    page.wait_for_url("**/regulations/adopt/")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    page.get_by_role("link", name="建筑施工企业客户关系管理制度").click()
    page.wait_for_url("**/regulations/adopt/?pack=construction")
    check_page(page, widths=(390, 1100, 1440))
    page.get_by_label("客户经理告知进展 5.3c").fill("2 天")
    page.get_by_label("分管领导").select_option(
        label=[
            option
            for option in page.get_by_label("分管领导").locator("option").all_inner_texts()
            if "顾清和" in option
        ]
    )
    expect(page.get_by_label("全体员工")).to_be_checked()
    page.get_by_label("指定部门及其下级").check()
    page.get_by_label("工程服务部").check()
    page.get_by_text("看全文").click()
    check_page(page, widths=(390, 1440))
    page.get_by_role("button", name="采用这项制度").click()
    page.wait_for_url(re.compile(r"/regulations/$"))
    expect(page.locator("main")).to_contain_text("建筑施工企业客户关系管理制度")
    expect(page.locator("#toasts")).to_contain_text("已请 2 人阅读确认")
    assert newest_number("construction") == 1
    assert Post.objects.get(code="service_head").holders.get().name == "顾清和"
    page.goto(company.server.url + "/regulations/adopt/")
    expect(page.locator("main")).not_to_contain_text("建筑施工企业客户关系管理制度")
    check_page(page)
