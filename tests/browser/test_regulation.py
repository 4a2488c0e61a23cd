"""A regulation in Chromium: read like a coverage report, each figure opening to what stands behind it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

HOUR = timedelta(hours=1)
PAGE = "/regulations/feedback/"


@pytest.fixture
def month(company: Company) -> Company:
    """Four complaints to classify: two in time, one too late, one whose two hours are not over; one is being worked."""
    for title, waited in (("加药泵异响", 1), ("备件报价比合同高", 1), ("维保没有按时到场", 3)):
        case = company.complaint(title, ago=5 * HOUR)
        company.classified(case, ago=(5 - waited) * HOUR)
    company.complaint("产水浊度反复超标", ago=1 * HOUR)
    company.look()
    return company


def clause(page: Page, number: str):
    return page.locator(f'[id="c{number}"]')


def test_each_clause_has_its_rate_with_what_it_is_a_share_of(month):
    page = month.open(month.world.executive, "/regulations/")
    check_page(page)
    page.get_by_role("link", name="客户意见建议收集处理制度").click()
    page.wait_for_url("**/regulations/feedback/")
    check_page(page)
    classify = clause(page, "4.1.1")
    expect(classify.locator(".gut b")).to_have_text("66.7%")
    expect(classify.locator(".gut")).to_contain_text("4 条")
    expect(classify.locator(".gut em")).to_have_text("逾期 1")
    expect(classify).to_have_attribute("data-s", "late")
    # the same for who cannot see the bar
    page.get_by_role("link", name="4.1.1 初步分类：履约 66.7%，2 / 3 条").click()
    page.wait_for_url("**/4.1.1/")
    pane = page.locator("#clause")
    expect(pane).to_contain_text("2 / 3 条")
    expect(pane).to_contain_text("客服坐席组")
    expect(pane).to_contain_text("时限：2 小时")
    # where nothing was due there is no rate, which is not a hundred per cent
    expect(clause(page, "4.5.2").locator(".gut b")).to_have_text("—")
    expect(clause(page, "1")).to_contain_text("叙述条款")
    expect(page.locator("#strip a[aria-current]")).to_have_attribute("href", "#c4.1.1")
    expect(page.locator(".cl[aria-current]")).to_have_attribute("id", "c4.1.1")
    assert page.locator("#clause").count() == 1


def test_a_figure_opens_to_its_rows_and_each_row_to_its_case(month):
    page = month.open(month.world.supervisor, PAGE + "4.1.1/")
    page.get_by_role("link", name="全部 4 条").click()
    page.wait_for_url("**/4.1.1/evidence/**")
    check_page(page)
    expect(page.locator(".page-head")).to_contain_text("履约 66.7%，2 / 3 条")
    rows = page.locator("tbody tr")
    for tab, count in (("按约", 2), ("逾期", 1), ("进行中", 1), ("全部", 4)):
        page.get_by_role("navigation", name="状态").get_by_role("link", name=tab).click()
        expect(rows).to_have_count(count)
    page.get_by_role("navigation", name="状态").get_by_role("link", name="逾期").click()
    expect(rows).to_contain_text(["超 1 小时"])
    rows.get_by_role("link", name="维保没有按时到场").click()
    expect(page.locator("h1")).to_contain_text("维保没有按时到场")
    page.go_back()
    page.get_by_role("navigation", name="月份").get_by_role("link", name="2026-02").click()
    expect(page.locator("main")).to_contain_text("没有这样的约定")


def test_who_may_not_see_a_case_sees_that_there_is_one(month):
    page = month.open(month.world.stranger, PAGE + "4.1.1/evidence/")
    expect(page.locator("tbody tr")).to_have_count(4)
    expect(page.locator("tbody")).not_to_contain_text("维保没有按时到场")
    expect(page.locator("tbody tr").first).to_contain_text("您无权查看这个事项")


def test_words_are_found_in_the_text(month):
    page = month.open(month.world.executive, PAGE)
    page.locator("h1").click()
    page.keyboard.press("/")
    page.keyboard.type("回访")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=**")
    expect(page.locator(".doc-find")).to_contain_text(re.compile("[1-9]+ 条提到「回访」"))
    expect(clause(page, "4.5.2").locator("mark").first).to_have_text("回访")
    expect(clause(page, "4.1.1")).to_have_count(0)
    check_reading(page)
    clause(page, "4.5.2").locator("a.gut").click()
    expect(page.locator("#clause h2")).to_contain_text("4.5.2")
    assert "find=" in page.url
    page.get_by_role("link", name="显示全部条款").click()
    expect(clause(page, "4.1.1")).to_be_visible()
    page.locator("input[name=find]").fill("<b>没有这个词</b>")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("没有条款提到这个词")


def test_figures_follow_what_others_do_and_the_text_stays_where_it_is(month):
    page = month.open(month.world.executive, PAGE)
    clause(page, "4.5.2").scroll_into_view_if_needed()
    page.evaluate("window.unreloaded = true")
    where = clause(page, "4.5.2").bounding_box()
    month.complaint("除臭风机噪声扰民", ago=3 * HOUR)
    month.look()
    expect(clause(page, "4.1.1").locator(".gut b")).to_have_text("50.0%")
    expect(page.locator("#figures")).to_contain_text("逾期 2")
    assert clause(page, "4.5.2").bounding_box() == where
    assert page.evaluate("window.unreloaded")


def test_by_keyboard_a_clause_opens_and_the_reader_is_taken_there(month):
    page = month.open(month.world.executive, PAGE)
    clause(page, "4.2.1").locator("a.gut").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#clause h2")).to_contain_text("4.2.1")
    expect(page.locator("#clause h2")).to_be_focused()


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone_and_can_be_read(month, dark):
    page = month.open(month.world.executive, PAGE, phone=True, dark=dark)
    check_page(page)
    check_reading(page)
    clause(page, "4.1.1").locator("a.gut").tap()
    expect(page.locator("#clause h2")).to_contain_text("4.1.1")
    expect(page.locator("#clause h2")).to_be_in_viewport()
    page.get_by_role("link", name="回到正文").tap()
    expect(clause(page, "4.1.1").locator("p").first).to_be_in_viewport()
    page.goto(month.server.url + PAGE + "4.1.1/evidence/")
    check_page(page, widths=(390,))


def test_what_stands_beside_a_clause_stays_in_its_column_in_english_too(month):
    page = month.open(month.world.executive, PAGE, phone=True, language="en-US")
    expect(clause(page, "1").locator(".gut")).to_contain_text("Narrative clause")
    beyond = """all => all.filter(it => it.scrollWidth > it.clientWidth
        || it.getBoundingClientRect().right > it.closest('.gut').getBoundingClientRect().right - 10).length"""
    assert page.locator(".gut small").evaluate_all(beyond) == 0


def test_it_prints_as_text_with_its_bars(month):
    page = month.open(month.world.executive, PAGE + "4.1.1/")
    page.evaluate("() => { window.print = () => { window.printed = (window.printed || 0) + 1 } }")
    page.get_by_role("button", name="打印").click()
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    for gone in (".top", ".nav", ".btn", ".doc-find", "#clause", ".outline-pane", ".seg"):
        assert not any(found.is_visible() for found in page.locator(gone).all()), gone
    expect(clause(page, "4.1.1").locator(".cov")).to_be_visible()
    expect(clause(page, "4.1.1").locator(".gut b")).to_have_text("66.7%")
    expect(clause(page, "7")).to_be_visible()


def test_without_scripts_clauses_are_pages(month):
    page = month.open(month.world.executive, PAGE, java_script_enabled=False)
    clause(page, "4.1.1").locator("a.gut").click()
    expect(page.locator("#clause h2")).to_contain_text("4.1.1")
    page.locator("input[name=find]").fill("24 小时")
    page.keyboard.press("Enter")
    expect(clause(page, "4.3.2").locator("mark")).to_have_text("24 小时")
