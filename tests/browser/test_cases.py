"""The list and the page of a case in Chromium: filters, batches, acts, keys, and what another browser does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people.access import forget
from keyue.people.models import User
from tests.journeys.world import World, found
from tests.support.browser import check_page
from tests.support.server import Server

LONG = "关于进一步规范临江市北岸区第三净水厂扩建工程二期膜处理车间在线监测仪表数据异常处置的投诉与整改要求"
TOPICS = ("3# 膜组产水浊度反复超标", "合同约定备件未按时到货", "上门人员未戴工牌，态度生硬", LONG)


@pytest.fixture
def world(server: Server) -> World:
    return found()


@pytest.fixture
def cases(world: World) -> list[Case]:
    made = []
    for n, title in enumerate(TOPICS):
        intake = Intake(
            type="complaint" if n < 3 else "suggestion",
            title=title,
            content=f"{title}。约好周六上午的维保，人下午才到，当天没有结论。",
            name="周叙白",
            phone=f"138000060{n:02}",
            email=f"zhou{n}@example.com",
        )
        made.append(register(intake, by=Actor("customer", "portal"), at=clock.now(), source="portal").case)
    return made


def act(user: User, case: Case, code: str, **data: Any) -> None:
    forget(user)
    perform(user, case.number, code, data, at=clock.now())


@pytest.fixture
def go(
    server: Server, open_page: Callable[..., Page], sign_in_as: Callable[..., Page]
) -> Callable[..., Page]:
    """`go(user, "/cases/", phone=True)`: the page as this person sees it."""

    def open_at(user: User, path: str, **options: Any) -> Page:
        page = sign_in_as(open_page(**options), user)
        page.goto(server.url + path)
        return page

    return open_at


def rows(page: Page) -> list[str]:
    return page.locator("#list tbody tr .mono").all_inner_texts()


# --- the list ---


def test_the_list_filters_as_one_types_and_its_address_can_be_shared(world, cases, go, server):
    page = go(world.agent, "/cases/")
    check_page(page)
    assert len(rows(page)) == 4
    page.locator("#filter_q").press_sequentially("备件", delay=20)
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "q=" in page.url and page.locator("#filter_q").evaluate("e => e === document.activeElement")
    shared = go(world.supervisor, page.url.removeprefix(server.url))
    assert rows(shared) == [cases[1].number]
    page.locator("#filter_q").fill("")
    expect(page.locator("#list tbody tr")).to_have_count(4)
    page.locator("#filter_type").select_option("suggestion")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text("类型：建议")
    page.locator("#filter_level").select_option("major")
    expect(page.locator("#list")).to_contain_text("没有符合全部条件的事项")
    page.get_by_role("link", name="去掉「级别：重大」").click()
    expect(page.locator("#list tbody tr")).to_have_count(1)


def test_a_view_is_kept_from_the_list(world, cases, go):
    page = go(world.agent, "/cases/?type=suggestion")
    page.get_by_label("保存当前视图").click()
    page.locator("#dialog").get_by_label("视图名称").fill("建议")
    page.locator("#dialog").get_by_role("button", name="保存视图").click()
    tab = page.locator("#views a", has_text="建议")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(page.locator("#toasts")).to_contain_text("已保存")


def test_a_batch_says_what_it_will_do_and_what_it_did(world, cases, go):
    act(world.agent, cases[0], "classify", type="complaint", category="product")
    page = go(world.agent, "/cases/")
    for case in cases[:3]:
        page.get_by_label(f"选择 {case.number}").check()
    expect(page.locator(".bulk")).to_contain_text("已选 3 条")
    page.locator(".bulk").get_by_role("button", name="分类").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("将办理 2 条")
    expect(dialog).to_contain_text("已经分类过")
    dialog.get_by_label("类型").select_option("complaint")
    dialog.get_by_label("类别").select_option("delivery")
    dialog.get_by_role("button", name="办理 2 条").click()
    expect(dialog).to_contain_text("2 条已办妥")
    dialog.get_by_role("link", name="回到列表").click()
    expect(page.locator(f"#case-{cases[1].number}")).to_contain_text("待审核")
    assert Case.objects.get(pk=cases[2].pk).category == "delivery"


def test_the_keys_walk_select_open_and_act(world, cases, go):
    # late in the evening the daily review is due first, and it is for who leads the desk
    page = go(world.supervisor, "/cases/")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    current = page.locator('#list tr[aria-current="true"]')
    second = rows(page)[1]
    expect(current).to_contain_text(second)
    page.keyboard.press("x")
    expect(current.locator("[data-pick]")).to_be_checked()
    page.keyboard.press("Escape")
    expect(current.locator("[data-pick]")).not_to_be_checked()
    page.keyboard.press("e")
    expect(page.locator("#dialog[open]")).to_contain_text(re.compile("分类|审核"))
    page.keyboard.press("Escape")
    expect(page.locator("#dialog[open]")).to_have_count(0)
    page.keyboard.press("k")
    first = rows(page)[0]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{first}/")


def test_another_browsers_change_appears_without_reloading(world, cases, go):
    page = go(world.agent, "/cases/")
    page.evaluate("document.activeElement.blur(); window.unreloaded = true")
    page.wait_for_timeout(500)
    act(world.supervisor, cases[0], "classify", type="complaint", category="product")
    expect(page.locator(f"#case-{cases[0].number}")).to_contain_text("待审核")
    assert page.evaluate("window.unreloaded")


def test_a_row_in_use_stays_where_it_is(world, cases, go):
    page = go(world.agent, "/cases/")
    page.locator("h1").click()
    page.keyboard.press("j")
    act(world.supervisor, cases[0], "classify", type="complaint", category="product")
    bar = page.locator(".fresh-bar")
    expect(bar).to_be_visible(timeout=10_000)
    expect(page.locator(f"#case-{cases[0].number}")).to_contain_text("待分类")
    bar.click()
    expect(page.locator(f"#case-{cases[0].number}")).to_contain_text("待审核")


# --- one case ---


def assigned(world: World, case: Case) -> Case:
    act(world.agent, case, "classify", type="complaint", category="product")
    act(world.supervisor, case, "review", valid="true")
    act(world.supervisor, case, "assess", severity="3", reach="2", consequence="2")
    act(world.supervisor, case, "assign", lead="tech", collaborators=["quality"])
    return Case.objects.get(pk=case.pk)


def test_news_for_a_rail_in_use_leave_the_panes_where_they_are(world, cases, go):
    page = go(world.agent, f"/cases/{cases[0].number}/")
    before = page.locator("#rail").bounding_box()
    page.locator("#rail").get_by_role("link", name="分类").first.focus()
    page.wait_for_timeout(1000)
    act(world.agent, cases[0], "report_urgent", text="客户停产")
    bar = page.locator(".panes > .fresh-bar")
    expect(bar).to_be_visible(timeout=10_000)
    after, shown = page.locator("#rail").bounding_box(), bar.bounding_box()
    assert before and after and shown
    assert (after["x"], after["width"]) == (before["x"], before["width"])
    assert shown["height"] < 60
    bar.click()
    expect(page.locator("#rail")).to_contain_text("上级确认")


def test_the_case_is_worked_from_its_rail(world, cases, go, picture):
    case = cases[0]
    page = go(world.agent, f"/cases/{case.number}/")
    check_page(page)
    page.keyboard.press("e")
    dialog = page.locator("#dialog")
    dialog.get_by_label("类别").select_option("product")
    dialog.get_by_role("button", name="分类").click()
    expect(page.locator("#toasts")).to_contain_text("已分类。下一步")
    expect(page.locator("#rail")).to_contain_text("分类单")
    expect(page.locator("#tab")).to_contain_text("分类为「投诉 / 产品质量」")
    assert Case.objects.get(pk=case.pk).category == "product"


def test_what_is_written_appears_at_once_and_in_other_browsers(world, cases, go):
    case = assigned(world, cases[0])
    writer, reader = go(world.agent, f"/cases/{case.number}/"), go(world.engineer, f"/cases/{case.number}/")
    reader.wait_for_timeout(500)
    writer.keyboard.press("r")
    writer.keyboard.type("周主任您好，工程师明天上午到场。")
    writer.keyboard.press("Control+Enter")
    expect(writer.locator("#tab .msg.out")).to_contain_text("工程师明天上午到场")
    expect(writer.locator("#say_body")).to_have_value("")
    expect(reader.locator("#tab .msg.out")).to_contain_text("工程师明天上午到场")
    writer.locator("h1").click(position={"x": 600, "y": 5}, force=True)
    writer.locator("body").press("m")
    expect(writer.locator("#say_body")).to_be_focused()
    writer.keyboard.type("记得带备件")
    writer.get_by_role("button", name="发送").click()
    expect(writer.locator("#tab .msg.note").last).to_contain_text("客户不可见")
    expect(writer.locator("#tab .msg.note").last).to_contain_text("记得带备件")


def test_with_whom_one_spoke_is_asked_for_calls_only(world, cases, go):
    case = assigned(world, cases[0])
    page = go(world.agent, f"/cases/{case.number}/")
    spoke = page.get_by_placeholder("与谁说的")
    expect(spoke).to_be_hidden()
    page.locator(".composer").get_by_text("电话", exact=True).click()
    expect(spoke).to_be_visible()
    page.locator("#say_body").fill("已在电话里说明")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".composer [role=alert]")).to_contain_text("写明与谁通话或见面")
    expect(page.locator("#say_body")).to_have_value("已在电话里说明")
    spoke.fill("周叙白")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#tab .msg.out")).to_contain_text("对方 周叙白")


def test_a_mistake_in_a_dialog_keeps_what_was_typed(world, cases, go, page_problems):
    case = assigned(world, cases[0])
    page = go(world.agent, f"/cases/{case.number}/")
    page.keyboard.press("t")
    dialog = page.locator("#dialog")
    # the reason is chosen, not taken because it stands first
    expect(dialog.get_by_label("停表原因")).to_have_value("")
    dialog.get_by_label("停表原因").select_option("customer")
    dialog.get_by_label("方式").select_option("visit")
    dialog.get_by_label("内容").fill("请补充水样照片")
    dialog.get_by_role("button", name="停表").click()
    expect(dialog.locator("#id_spoke_to_error")).to_contain_text("写明与谁通话或见面")
    expect(dialog.get_by_label("内容")).to_have_value("请补充水样照片")
    dialog.get_by_label("方式").select_option("portal")
    dialog.get_by_role("button", name="停表").click()
    expect(page.locator("#head")).to_contain_text("停表")
    expect(page.locator("#rail")).to_contain_text("停表，等客户补充资料")


def test_two_people_change_one_title_and_nothing_is_lost(world, cases, go):
    case = cases[0]
    one, two = go(world.agent, f"/cases/{case.number}/"), go(world.supervisor, f"/cases/{case.number}/")
    for page in (one, two):
        page.locator("h1 .editable").click()
        expect(page.locator("h1 input[name=title]")).to_be_focused()
    one.locator("h1 input[name=title]").fill("坐席改的")
    one.keyboard.press("Enter")
    expect(one.locator("h1")).to_contain_text("坐席改的")
    two.locator("h1 input[name=title]").fill("主管改的")
    two.keyboard.press("Enter")
    expect(two.locator("h1 [role=alert]")).to_contain_text("坐席改的")
    expect(two.locator("h1 input[name=title]")).to_have_value("主管改的")
    two.wait_for_timeout(100)  # nobody is quicker than the page settles
    two.keyboard.press("Escape")
    expect(two.locator("h1 input")).to_have_count(0)
    expect(two.locator("h1")).to_contain_text("坐席改的")


def test_a_contact_is_covered_revealed_for_a_purpose_and_covered_again(world, cases, go):
    page = go(world.agent, f"/cases/{cases[0].number}/")
    page.clock.install()
    head = page.locator("#head")
    expect(head).to_contain_text("138****6000")
    head.locator(".reveal").click()
    head.get_by_role("button", name="联系客户").click()
    expect(head).to_contain_text("周叙白 · 138 0000 6000")
    page.clock.run_for(31_000)
    expect(head).to_contain_text("138****6000")
    expect(head).not_to_contain_text("周叙白")


def test_the_menu_has_every_other_act(world, cases, go):
    case = assigned(world, cases[0])
    page = go(world.supervisor, f"/cases/{case.number}/")
    page.get_by_label("更多操作").click()
    menu = page.locator("#head .title .menu")
    for name in ("改分类", "改级别", "告知预计时间", "根因与预防", "申请结束", "客户撤回", "合并"):
        expect(menu.get_by_text(name, exact=True)).to_be_visible()
    # given back by the department that leads it
    expect(menu.get_by_text("退回", exact=True)).to_have_count(0)
    menu.get_by_text("改级别", exact=True).click()
    expect(page.locator("#dialog[open]")).to_contain_text("改级别")
    theirs = go(world.engineer, f"/cases/{case.number}/")
    theirs.get_by_label("更多操作").click()
    expect(theirs.locator("#head .title .menu").get_by_text("退回", exact=True)).to_be_visible()


def test_a_promise_is_taken_and_stands_with_its_holder(world, cases, go):
    case = assigned(world, cases[0])
    page = go(world.engineer, f"/cases/{case.number}/")
    page.locator("#rail").get_by_role("button", name="领取").first.click()
    expect(page.locator("#rail")).to_contain_text("陈砚 · 工程服务部")


# --- telephone, dark, without scripts ---


@pytest.mark.parametrize("path", ["", "?tab=plan", "?tab=evidence", "?tab=cause", "?tab=ledger"])
def test_a_case_fits_a_telephone(world, cases, go, path):
    case = assigned(world, cases[3])
    act(world.engineer, case, "file_plan", body=LONG * 3, steps=f"{LONG},陈砚,明天")
    page = go(world.agent, f"/cases/{case.number}/{path}", phone=True)
    check_page(page, widths=(390,))
    current = page.locator("a.banner.only-narrow")
    expect(current).to_be_visible()
    assert current.bounding_box()["y"] < page.locator("#rail").bounding_box()["y"], (
        "the current promise first"
    )


@pytest.mark.parametrize("path", ["/cases/", "/cases/new/", "/cases/review/"])
def test_the_lists_fit_a_telephone_in_the_dark(world, cases, go, path):
    act(world.agent, cases[3], "classify", type="complaint", category="product")
    page = go(world.supervisor, path, phone=True, dark=True)
    check_page(page, widths=(390,))


def test_without_scripts_an_act_is_a_page(world, cases, go):
    page = go(world.agent, f"/cases/{cases[0].number}/", java_script_enabled=False)
    page.locator("#rail").get_by_role("link", name="分类", exact=False).first.click()
    page.get_by_label("类别").select_option("product")
    page.get_by_role("button", name="分类").click()
    expect(page.locator("#tab")).to_contain_text("分类为「投诉 / 产品质量」")
    page.locator("#say_body").fill("收到，正在核实。")
    page.locator(".composer").get_by_text("进度页留言").click()
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#tab .msg.out")).to_contain_text("收到，正在核实。")


def test_registration_recognises_and_reads_out(world, cases, go):
    page = go(world.agent, "/cases/")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/cases/new/")
    check_page(page)
    expect(page.locator("#id_content")).to_be_focused()
    page.locator("#id_content").fill("除臭风机噪声扰民")
    page.locator("#id_phone").press_sequentially("13800006000", delay=10)
    expect(page.locator("#known")).to_contain_text("已有客户")
    expect(page.locator("#known")).not_to_contain_text("周叙白")
    page.locator("#id_name").fill("周叙白")
    page.locator("#id_content").press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("请把编号和查询码告诉客户")
    case = Case.objects.latest("pk")
    expect(page.locator("main")).to_contain_text(case.number)
