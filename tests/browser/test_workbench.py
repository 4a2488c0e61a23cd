"""The workbench in Chromium: what is overdue, due today, due this week; its keys; what another browser does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from keyue.promises.models import Promise
from tests.browser.conftest import NOW, Company
from tests.support.browser import check_page, check_reading

HOUR = timedelta(hours=1)


def group(page: Page, name: str) -> list[str]:
    """The titles under a heading of the list."""
    return page.locator(f"#{name} + .rows > .promise .t > a").all_inner_texts()


def a_morning(company: Company) -> None:
    """One thing overdue, one due today, one due this week, one after that, for who works on the task and at the desk."""
    company.complaint("加药泵异响", ago=3 * HOUR)  # two hours to classify: an hour late
    company.complaint("约好的维保没有按时到场", ago=1 * HOUR)
    company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)  # plan in 24 h
    company.look()


def test_promises_stand_where_they_are_due_and_figures_agree(company):
    a_morning(company)
    page = company.open(company.world.agent, "/")
    check_page(page)
    assert "分类：加药泵异响" in group(page, "late")
    assert "分类：约好的维保没有按时到场" in group(page, "today")
    assert any(title.endswith("产水浊度反复超标") for title in group(page, "week"))
    for name in ("late", "today", "week"):
        figure = page.locator(f'a.kpi[href="#{name}"] > b').inner_text()
        assert int(figure) == len(group(page, name)), name
    late = page.locator("#late + .rows > .promise").first
    expect(late.locator(".due")).to_contain_text("已超 1 小时")
    expect(late.locator(".clause")).to_contain_text("4.1.1")
    # a figure shows what it is a share of: two of three that were due were kept
    kept = page.locator('.kpi[data-s="kept"]')
    expect(kept).to_contain_text("/")
    share, of = (int(n) for n in kept.locator(".n").inner_text().split(" 条")[0].split("/"))
    assert 0 < share < of and kept.locator("b").inner_text() == f"{100 * share / of:.1f}%"
    # and it opens to its rows: the regulation with only one's own share, down to the promises
    kept.click()
    page.wait_for_url("**/regulations/?mine=1")
    page.get_by_role("link", name="客户意见建议收集处理制度").click()
    expect(page.locator("#figures")).to_contain_text(f"按约 {share}")
    expect(page.locator("#figures")).to_contain_text(f"逾期 {of - share}")
    page.locator('[id="c4.1.1"] a.gut').click()
    page.locator("#clause").get_by_role("link", name="全部").click()
    expect(page.locator(".page-head")).to_contain_text("只算我的岗位和部门")
    expect(page.locator("tbody tr", has_text="加药泵异响")).to_have_count(1)


def test_the_clause_and_the_title_lead_on(company):
    a_morning(company)
    page = company.open(company.world.agent, "/")
    page.locator("#late + .rows .clause").first.click()
    page.wait_for_url("**/regulations/feedback/4.1.1/**")
    expect(page.locator("#clause h2")).to_contain_text("4.1.1")
    page.go_back()
    page.get_by_role("link", name="分类：加药泵异响").click()
    expect(page.locator("h1")).to_contain_text("加药泵异响")


def test_a_promise_is_taken_from_its_row(company):
    company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)
    mate = company.open(company.world.engineer_head, "/?scope=team")
    page = company.open(company.world.engineer, "/")
    row = page.locator(".promise", has_text="方案：产水浊度反复超标")
    expect(row).to_contain_text("工程服务部")
    row.get_by_role("button", name="领取").click()
    expect(page.locator("#toasts")).to_contain_text("已领取")
    expect(row).to_contain_text("陈砚")
    expect(row.get_by_role("button", name="领取")).to_have_count(0)
    assert Promise.objects.get(control="plan").holder == company.world.engineer
    # the head sees it with its holder and in the load of the team, without reloading
    expect(mate.locator(".promise", has_text="方案：")).to_contain_text("陈砚")
    expect(mate.get_by_role("img", name="陈砚：逾期 0，今天 0，之后 1")).to_be_visible()


def test_the_keys_walk_act_open_and_help(company):
    a_morning(company)
    page = company.open(company.world.agent, "/")
    page.keyboard.press("?")
    help_ = page.locator("#keys[open]")
    for word in ("登记反馈", "上下移动", "执行当前约定的主要动作", "停表或恢复", "搜索与命令", "制度"):
        expect(help_).to_contain_text(word)
    page.keyboard.press("Escape")
    expect(help_).to_have_count(0)

    titles = page.locator(".promise .t > a").all_inner_texts()
    current = page.locator('.promise[aria-current="true"]')
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(current.locator(".t > a")).to_have_text(titles[place])
    expect(current.locator(".t > a")).to_be_focused()
    page.keyboard.press("e")
    dialog = page.locator("#dialog[open]")
    expect(dialog).to_contain_text("加药泵异响")
    dialog.get_by_label("类别").select_option("product")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("已分类")
    assert page.url == company.server.url + "/"
    expect(page.get_by_role("link", name="分类：加药泵异响")).to_have_count(0)

    page.keyboard.press("j")
    title = current.locator(".t > a").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(title.split("：", 1)[1])


def test_g_and_a_letter_go_n_registers_and_typing_is_left_alone(company):
    page = company.open(company.world.agent, "/")
    for keys, address in (("gc", "/cases/"), ("gp", "/regulations/"), ("gk", "/customers/"), ("gh", "/")):
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_url(company.server.url + address)
    page.keyboard.press("Control+k")
    page.keyboard.type("nj?")
    expect(page.locator("#palette[open] input")).to_have_value("nj?")
    page.keyboard.press("Escape")
    expect(page.locator("#palette input")).not_to_be_focused()
    page.keyboard.press("n")
    page.wait_for_url("**/cases/new/")


def test_the_palette_finds_a_case_a_customer_and_a_clause(company):
    case = company.complaint("产水浊度反复超标")
    page = company.open(company.world.supervisor, "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("浊度")
    found = page.locator("#found")
    expect(found.get_by_role("link", name=case.title)).to_contain_text(case.number)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{case.number}/")
    page.keyboard.press("Control+k")
    page.keyboard.type("初步分类")
    found.get_by_role("link", name="4.1.1").click()
    page.wait_for_url("**/regulations/feedback/4.1.1/**")


def test_who_prefers_turns_single_keys_off(company):
    page = company.open(company.world.agent, "/me/")
    page.get_by_label("启用单键快捷键").uncheck()
    page.get_by_role("button", name="保存偏好").click()
    page.goto(company.server.url + "/")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.locator("#keys[open]")).to_have_count(0)
    assert page.url == company.server.url + "/"
    page.keyboard.press("Control+k")
    expect(page.locator("#palette[open]")).to_be_visible()


def test_what_others_do_appears_and_time_moves_a_row(company):
    page = company.open(company.world.agent, "/")
    expect(page.locator("#home")).to_contain_text("现在没有约定")
    page.evaluate("window.unreloaded = true")
    case = company.complaint("加药泵异响")
    expect(page.locator("#today + .rows .promise")).to_contain_text("加药泵异响")
    company.act(company.world.supervisor, case, "classify", type="complaint", category="product")
    expect(page.get_by_role("link", name="分类：加药泵异响")).to_have_count(0)
    company.complaint("备件报价比合同高", ago=2.5 * HOUR)
    expect(page.locator("#late + .rows .promise")).to_contain_text("备件报价比合同高")
    assert page.evaluate("window.unreloaded")


def test_who_stands_on_a_row_is_not_disturbed(company):
    a_morning(company)
    page = company.open(company.world.agent, "/")
    page.keyboard.press("j")
    before = page.locator(".promise .t > a").all_inner_texts()
    company.complaint("备件报价比合同高", ago=2.5 * HOUR)
    bar = page.locator(".fresh-bar")
    expect(bar).to_be_visible(timeout=10_000)
    assert page.locator(".promise .t > a").all_inner_texts() == before
    bar.click()
    expect(page.locator("#late + .rows")).to_contain_text("备件报价比合同高")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone_and_can_be_read(company, dark):
    a_morning(company)
    company.complaint(
        "关于进一步规范临江市北岸区第三净水厂扩建工程二期膜处理车间在线监测仪表数据异常处置的投诉"
    )
    page = company.open(company.world.agent, "/", phone=True, dark=dark)
    check_page(page, widths=(390,))
    check_reading(page)
    row = page.locator("#late + .rows > .promise").first
    box = row.get_by_role("link", name="分类", exact=True).bounding_box()
    assert box and box["height"] >= 34 and box["x"] + box["width"] <= 390
    page.locator(".tabbar").get_by_role("link", name="事项").click()
    page.wait_for_url("**/cases/")


def test_without_scripts_an_act_and_taking_are_pages(company):
    a_morning(company)
    page = company.open(company.world.agent, "/", java_script_enabled=False)
    page.get_by_role("button", name="领取「分类：加药泵异响」").click()
    expect(page.get_by_text("已领取，这条约定由您办理。")).to_be_visible()
    page.locator("#late + .rows .promise").first.locator(".btn").click()
    page.get_by_label("类别").select_option("product")
    page.get_by_role("button", name="分类").click()
    expect(page.get_by_role("link", name="分类：加药泵异响")).to_have_count(0)


def test_notices_are_counted_read_and_lead_to_the_case(company):
    case = company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)
    page = company.open(company.world.engineer, "/")
    bell = page.get_by_role("link", name="通知")
    expect(bell.locator(".badge")).not_to_have_text("0")
    bell.click()
    expect(page.locator("h1")).to_have_text("通知")
    check_page(page)
    first = page.locator(".rows > .row", has_text="方案").first
    expect(first).to_contain_text(case.number)
    first.get_by_role("link").click()
    page.wait_for_url(f"**/cases/{case.number}/**")
    page.goto(company.server.url + "/notices/")
    expect(page.locator(".rows .tag", has_text="新")).to_have_count(0)


def test_an_extension_is_asked_for_and_decided_by_somebody_else(company):
    case = company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)
    page = company.open(company.world.engineer, f"/cases/{case.number}/")
    page.locator("#rail").get_by_role("link", name="申请延期").first.click()
    dialog = page.locator("#dialog[open]")
    dialog.locator("[name=due]").fill("2026-03-01T18:00")
    dialog.locator("[name=reason]").fill("备件要从外地仓调货")
    dialog.get_by_role("button", name="提交申请").click()
    expect(dialog).to_contain_text("新的到期要晚于原来的到期")
    expect(dialog.locator("[name=reason]")).to_have_value("备件要从外地仓调货")
    dialog.locator("[name=due]").fill("2026-03-20T18:00")
    dialog.get_by_role("button", name="提交申请").click()
    expect(page.locator("#dialog[open]")).to_have_count(0)

    head = company.open(company.world.supervisor, "/")
    head.get_by_role("link", name="1 项").click()
    head.wait_for_url("**/promises/requests/")
    check_page(head)
    row = head.locator(".promise")
    for word in ("产水浊度反复超标", case.number, "陈砚：备件要从外地仓调货", "3月20日 18:00"):
        expect(row).to_contain_text(word)
    head.keyboard.press("j")
    head.keyboard.press("e")
    dialog = head.locator("#dialog[open]")
    dialog.get_by_text("同意", exact=True).click()
    dialog.get_by_role("button", name="提交决定").click()
    expect(head.locator("main")).to_contain_text("没有待审批的申请")
    moved = Promise.objects.get(control="plan")
    assert moved.due is not None and f"{moved.due.astimezone(NOW.tzinfo):%m-%d %H:%M}" == "03-20 18:00"
