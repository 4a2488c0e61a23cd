"""A regulation is amended: drafted, approved by two people, announced with a test, read, and in force."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from keyue.kernel import clock
from keyue.people.models import User
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition
from tests.browser.conftest import NOW, Company
from tests.journeys.desk import AMENDED, TEXT, publish, set_steps
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading

Picture = Callable[..., Path]
WIDTHS = (390, 1100, 1440)
EDITIONS = "/regulations/desk/editions/"


def with_steps(company: Company) -> None:
    """The company has a regulation of its own, a lawyer's post and two steps of approval."""
    at = clock.now() - timedelta(days=1)
    publish(TEXT, at)
    set_steps(company.world.supervisor, at)


def look(page: Page) -> None:
    check_page(page, widths=WIDTHS)
    check_reading(page)


def approve(page: Page, step: str) -> None:
    """From the workbench to the decision."""
    page.get_by_role("link", name=re.compile(f"审批《意见受理制度》第 2 版：{step}")).click()
    page.wait_for_url("**" + EDITIONS + "2/")
    look(page)
    page.get_by_label("同意", exact=True).check()
    page.get_by_role("button", name="提交决定").click()
    expect(page.locator("#toasts")).to_contain_text("已同意")


def draft(company: Company, keeper: User, picture: Picture) -> Page:
    """The keeper amends the text, with a slip at first, and submits it."""
    page = company.open(keeper, EDITIONS)
    look(page)
    page.get_by_role("button", name="起草新的一版").click()
    page.wait_for_url("**" + EDITIONS + "2/")
    page.get_by_role("link", name="修改文本").click()
    look(page)
    text = page.get_by_label("制度文本")
    # a slip is kept, named with its line, and bars the way
    text.fill(AMENDED.replace('"PT8H"', '"soon"'))
    page.get_by_label("修订缘由").fill("两小时内分不清楚，常要返工。")
    page.get_by_role("button", name="保存草案").click()
    expect(page.locator("#faults")).to_contain_text("有 1 处错误")
    expect(page.get_by_role("button", name="送审")).to_be_disabled()
    page.get_by_role("link", name="修改文本").click()
    page.get_by_label("制度文本").fill(AMENDED)
    page.get_by_role("button", name="保存草案").click()
    difference = page.locator("#difference")
    expect(difference.locator("del").first).to_have_text("2")
    expect(difference.locator("ins").first).to_have_text("8")
    # on a telephone the two stand below each other
    page.set_viewport_size({"width": 390, "height": 844})
    old, new = (difference.locator(".version").nth(n).bounding_box() for n in (0, 1))
    assert old and new and new["y"] > old["y"] and new["x"] == old["x"] and old["height"] < 300
    page.set_viewport_size({"width": 1440, "height": 900})
    old, new = (difference.locator(".version").nth(n).bounding_box() for n in (0, 1))
    assert old and new and new["y"] == old["y"] and new["x"] > old["x"]
    look(page)
    picture(page, "edition-draft")
    page.get_by_role("button", name="送审").click()
    expect(page.locator("ol.flow")).to_contain_text("法务审核")
    return page


def announce(page: Page, picture: Picture) -> None:
    """From tomorrow on, to everybody, with a test of one question."""
    page.reload()
    page.get_by_role("link", name="公告").click()
    page.get_by_role("button", name="加一道题").click()
    page.get_by_label("第 1 题").fill("接到意见后多久完成初步分类？")
    page.get_by_label("选项").fill("2 小时\n8 小时")
    page.get_by_label("正确的是第几个").fill("2")
    page.get_by_label("施行时间").fill(f"{NOW + timedelta(days=1):%Y-%m-%dT09:00}")
    look(page)
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    picture(page, "edition-announce")
    page.get_by_role("button", name="公告这一版").last.click()
    expect(page.locator("#toasts")).to_contain_text("已请 7 人阅读确认")
    expect(page.locator("main")).to_contain_text("已发布，待施行")


def read_and_pass(company: Company, picture: Picture) -> None:
    """One of the staff reads it, fails the test, and passes it."""
    reader = company.open(company.world.agent, "/")
    reader.get_by_role("link", name="阅读并确认《意见受理制度》第 2 版").click()
    look(reader)
    picture(reader, "edition-read", whole=True)
    reader.get_by_label("2 小时", exact=True).check()
    reader.get_by_role("button", name="交卷并确认已读").click()
    expect(reader.get_by_role("alert")).to_contain_text("答对 0 / 1")
    look(reader)
    reader.get_by_label("8 小时", exact=True).check()
    reader.get_by_role("button", name="交卷并确认已读").click()
    expect(reader.locator("#confirmed")).to_contain_text("您已确认阅读")


def test_an_edition_from_its_draft_to_its_date(company: Company, picture: Picture) -> None:
    with_steps(company)
    keeper = quality_manager(clock.now())
    page = draft(company, keeper, picture)
    approve(company.open(company.world.supervisor, "/"), "法务审核")
    approve(company.open(company.world.executive, "/"), "分管领导批准")

    announce(page, picture)
    read_and_pass(company, picture)
    page.goto(company.server.url + EDITIONS + "2/receipts/")
    expect(page.locator(".kpis")).to_contain_text("14.3%")
    expect(page.locator(".kpis")).to_contain_text("1 / 7 人")
    look(page)
    page.get_by_role("button", name="催 6 人").click()
    expect(page.locator("#toasts")).to_contain_text("已催 6 人")
    # narrowed, and the counts stay those of all
    page.get_by_role("combobox", name="确认").select_option(label="已确认")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.locator("#rows")).to_contain_text("林知夏")
    expect(page).to_have_url(re.compile("show=read"))
    expect(page.locator(".kpis")).to_contain_text("1 / 7 人")
    page.get_by_role("combobox", name="部门").select_option(label="　工程服务部")
    expect(page.locator("#rows")).to_contain_text("没有符合条件的人")
    look(page)

    company.later(25)
    # who was signed in yesterday signs in again
    page = company.open(keeper, "/regulations/desk/")
    expect(page.locator("#figures")).to_contain_text("第 2 版 生效中")
    expect(page.locator("#figures")).to_contain_text("1 / 7")
    look(page)
    # two editions beside each other, chosen on a telephone by the keyboard, in the wrong order
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("link", name="各版与对照").click()
    look(page)
    page.get_by_label("旧的一版").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/regulations/desk/editions/2/difference/?with=1")
    expect(page.locator("main")).to_contain_text("第 1 版与第 2 版对照")
    in_force = regulations.edition_in_force("desk", at=clock.now())
    assert in_force is not None and in_force.n == 2
    assert Edition.objects.get(regulation="desk", n=2).approved_by == f"staff:{company.world.executive.pk}"


def test_what_runs_follows_the_new_edition_only_after_somebody_else_has_approved(
    company: Company, picture: Picture
) -> None:
    with_steps(company)
    at = clock.now()
    company.complaint("膜组漏水")
    publish(TEXT.replace("PT2H", "PT8H"), at, since=at + timedelta(minutes=1))
    company.later(0.1)
    page = company.open(quality_manager(clock.now()), EDITIONS)
    page.get_by_role("link", name="查看").click()
    look(page)
    page.get_by_label("理由").fill("这一批意见按同一口径分类。")
    page.get_by_role("button", name="列出改动").click()
    expect(page.locator("#rebasing table")).to_contain_text("18:20")
    look(page)
    approver = company.open(company.world.executive, "/")
    approver.get_by_role("link", name=re.compile("批准改按")).click()
    approver.get_by_label("同意", exact=True).check()
    look(approver)
    picture(approver, "edition-rebasing")
    approver.get_by_role("button", name="提交决定").click()
    expect(approver.locator("main")).to_contain_text("改了 1 条，共 1 条")


def test_the_steps_are_set_on_their_page(company: Company, picture: Picture) -> None:
    page = company.open(company.world.executive, "/regulations/")
    page.get_by_role("link", name="审批步骤").click()
    expect(page.get_by_label("第 1 步")).to_have_value("法务审核")
    look(page)
    page.get_by_label("审批岗位").first.select_option(label="客户服务部负责人")
    picture(page, "edition-steps")
    page.get_by_role("button", name="加一步").click()
    expect(page.get_by_label("第 3 步")).to_be_visible()
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator("#toasts")).to_contain_text("审批步骤已保存")
    check_page(page, widths=WIDTHS)
