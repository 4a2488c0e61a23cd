"""One complaint from its first classification to a satisfied customer, by clicking, each person at a screen of theirs."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from keyue.cases.models import Case
from tests.support.browser import check_page, check_reading
from tests.support.case_page import begin, begin_from_menu, finish, radio, step

HOUR = timedelta(hours=1)


def test_a_complaint_walks_through_every_stage_to_satisfied(company):
    case = company.complaint("产水浊度反复超标", ago=0.5 * HOUR)
    path = f"/cases/{case.number}/"
    classify_and_answer(company.open(company.world.agent, path))
    review_assess_and_assign(company.open(company.world.supervisor, path))
    plan(company.open(company.world.engineer, path))
    # two days pass: the solution comes late, and stays written down as late
    company.later(49)
    solve(company.open(company.world.engineer, path))
    tell(company.open(company.world.agent, path))
    company.later(24)
    follow_up(company.open(company.world.agent, path))
    record_the_cause(company.open(company.world.engineer, path))
    page = company.open(company.world.agent, path)
    dialog = begin_from_menu(page, "关闭")
    finish(page, dialog, "关闭")
    expect(page.locator("#head .tag").first).to_have_text("已关闭 · 客户满意")
    after = Case.objects.get(pk=case.pk)
    assert not after.is_open and after.round == 1
    check_page(page)


def classify_and_answer(page: Page) -> None:
    """Registered is not yet classified; the first word to the customer is a promise of its own."""
    check_page(page)
    check_reading(page)
    expect(step(page, "分类")).to_have_attribute("aria-current", "step")
    expect(step(page, "分类").locator(".rt")).to_have_text(re.compile("还剩 1 小时 (30|29|28) 分"))
    expect(page.locator("#head .tag").first).to_have_text("待分类")

    dialog = begin(page, "分类")
    dialog.get_by_label("类别").select_option("product")
    finish(page, dialog, "分类")
    expect(step(page, "分类")).to_have_attribute("data-s", "kept")
    expect(step(page, "分类").locator(".rt")).to_have_text(re.compile("用时 3. 分"))

    # the first word to the customer stops the clock of the clause on complaints; a note does not
    expect(step(page, "首次回应")).to_have_attribute("data-s", "open")
    page.keyboard.press("m")
    page.keyboard.type("已转告班组")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tab .msg.note")).to_contain_text("客户不可见")
    expect(step(page, "首次回应")).to_have_attribute("data-s", "open")
    page.locator(".composer").get_by_text("进度页留言").click()
    page.locator("#say_body").fill("周先生您好，工程师明天上午到场。")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#tab .msg.out")).to_contain_text("工程师明天上午到场")
    expect(step(page, "首次回应")).to_have_attribute("data-s", "kept")


def review_assess_and_assign(page: Page) -> None:
    """The head of service finds it valid, weighs it, and names who leads."""
    dialog = begin(page, "审核")
    finish(page, dialog, "审核")
    expect(step(page, "审核")).to_have_attribute("data-s", "kept")
    dialog = begin(page, "评估")
    radio(dialog, "严重程度", "2 中")
    radio(dialog, "影响范围", "2 中")
    radio(dialog, "可能后果", "1 轻")
    finish(page, dialog, "评估")
    expect(page.locator("#head .lvl")).to_be_visible()
    dialog = begin(page, "派单")
    dialog.get_by_label("牵头部门").select_option(label="工程服务部")
    dialog.get_by_label("品质部").check()
    finish(page, dialog, "派单")
    expect(page.locator("#rail .dl").first).to_contain_text("工程服务部")
    expect(page.locator("#rail .dl").first).to_contain_text("品质部")


def plan(page: Page) -> None:
    """The department takes it and files its plan."""
    expect(step(page, "方案")).to_have_attribute("aria-current", "step")
    expect(step(page, "方案").locator(".rt")).to_have_text(re.compile("还剩 (1 天|23 小时)"))
    step(page, "方案").get_by_role("button", name="领取").click()
    expect(step(page, "方案")).to_contain_text("陈砚")
    dialog = begin(page, "提交方案")
    dialog.get_by_label("处理方案").fill("更换 2 支膜元件并做完整性测试")
    dialog.get_by_label("步骤").fill("更换膜元件，陈砚，明天 18:00")
    finish(page, dialog, "提交方案")
    expect(step(page, "方案")).to_have_attribute("data-s", "kept")
    page.locator("#head .tabs").get_by_role("link", name="方案").click()
    expect(page.locator("#tab")).to_contain_text("更换膜元件")


def solve(page: Page) -> None:
    """Too late, and reported to service in time."""
    expect(step(page, "解决")).to_have_attribute("data-s", "late")
    dialog = begin(page, "登记解决")
    dialog.get_by_label("处理结果").fill("更换 2 支元件，浊度 0.1 NTU")
    finish(page, dialog, "登记解决")
    expect(step(page, "解决")).to_have_attribute("data-s", "late")
    expect(step(page, "解决").locator(".rt")).to_contain_text("超 1 小时")
    dialog = begin(page, "报结果")
    dialog.get_by_label("处理结果").fill("已恢复，浊度 0.1 NTU")
    finish(page, dialog, "报结果")
    expect(step(page, "结果报客服")).to_have_attribute("data-s", "kept")


def tell(page: Page) -> None:
    """By a call, with who was called."""
    dialog = begin(page, "告知结果")
    dialog.get_by_label("方式").select_option("call")
    dialog.get_by_label("内容").fill("已更换 2 支膜元件，浊度稳定在 0.1 NTU。")
    finish_refused(page, dialog)
    dialog.get_by_label("与谁说的").fill("周叙白")
    finish(page, dialog, "告知结果")
    expect(step(page, "结果告知客户")).to_have_attribute("data-s", "kept")
    expect(page.locator("#tab .msg.out").last).to_contain_text("对方 周叙白")


def follow_up(page: Page) -> None:
    """A week at most after the result: is the customer satisfied?"""
    dialog = begin(page, "回访")
    dialog.get_by_text("满意", exact=True).click()
    dialog.get_by_label("与谁说的").fill("周叙白")
    dialog.get_by_label("客户怎么说").fill("水清了，谢谢")
    finish(page, dialog, "回访")
    expect(step(page, "回访")).to_have_attribute("data-s", "kept")


def record_the_cause(page: Page) -> None:
    """Root cause and prevention, before it may be closed."""
    dialog = begin_from_menu(page, "根因与预防")
    dialog.get_by_label("根因").select_option(index=1)
    dialog.get_by_label("原因分析").fill("膜丝断裂")
    dialog.get_by_label("预防措施").fill("季度完整性测试")
    finish(page, dialog, "根因与预防")


def finish_refused(page: Page, dialog: Locator) -> None:
    """A recorded call needs a name: said beside the field, with everything typed still there."""
    dialog.locator("footer .pri").click()
    expect(dialog.locator("#id_spoke_to_error")).to_contain_text("写明与谁通话或见面")
    expect(dialog.get_by_label("内容")).not_to_have_value("")


def test_waiting_stops_the_clock_and_the_answer_starts_it(company):
    case = company.assigned(company.complaint("备件未按时到货", ago=2 * HOUR), ago=1 * HOUR)
    page = company.open(company.world.agent, f"/cases/{case.number}/")
    before = step(page, "解决").locator(".rt").inner_text()
    page.keyboard.press("t")
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("停表原因").select_option("customer")
    dialog.get_by_label("方式").select_option("portal")
    dialog.get_by_label("内容").fill("请补充水样照片")
    finish(page, dialog, "停表")
    expect(step(page, "解决")).to_have_attribute("data-s", "wait")
    expect(page.locator("#tab .msg.out").last).to_contain_text("请补充水样照片")
    company.later(5)
    page = company.open(company.world.agent, f"/cases/{case.number}/")
    expect(step(page, "解决")).to_have_attribute("data-s", "wait")
    page.keyboard.press("t")
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("说明").fill("客户已发来照片")
    finish(page, dialog, "恢复计时")
    # the five hours of waiting do not count
    expect(step(page, "解决").locator(".rt")).to_have_text(before)


def test_an_unsatisfied_customer_begins_a_second_round_and_the_first_stands(company):
    world = company.world
    case = company.assigned(company.complaint("约好的维保没有按时到场", ago=3 * HOUR), ago=2 * HOUR)
    company.act(world.engineer, case, "solve", ago=1 * HOUR, result="调整参数")
    company.act(world.agent, case, "tell_result", ago=1 * HOUR, via="portal", body="已调整")
    page = company.open(world.agent, f"/cases/{case.number}/")
    dialog = begin(page, "回访")
    dialog.get_by_text("不满意，需要重新处理").click()
    dialog.get_by_label("与谁说的").fill("周叙白")
    dialog.get_by_label("客户怎么说").fill("还是没人来")
    finish(page, dialog, "回访")
    expect(page.locator("#head")).to_contain_text("第 2 轮")
    expect(step(page, "方案")).to_have_attribute("data-s", "open")
    old = page.locator("#rail details", has_text="第 1 轮")
    old.locator("summary").click()
    expect(old.locator("li", has_text="解决").first).to_have_attribute("data-s", "kept")


def test_what_somebody_else_did_meanwhile_is_shown_and_nothing_is_lost(company):
    world = company.world
    case = company.complaint("产水浊度反复超标", ago=0.5 * HOUR)
    company.act(world.agent, case, "classify", type="complaint", category="product")
    company.act(world.supervisor, case, "review", valid="true")
    company.act(world.supervisor, case, "assess", severity="2", reach="2", consequence="1")
    page = company.open(world.supervisor, f"/cases/{case.number}/")
    dialog = begin(page, "派单")
    dialog.get_by_label("牵头部门").select_option(label="工程服务部")
    dialog.get_by_label("交办说明").fill("请先看备件库存，再定上门时间")
    company.act(world.supervisor, case, "change_level", level="major", reason="客户是医院")
    with page.expect_response(lambda answer: answer.status == 409):
        dialog.locator("footer .pri").click()
    expect(dialog.get_by_role("alert")).to_contain_text("别人刚改过这个事项，您的内容还在")
    expect(dialog.get_by_role("alert")).to_contain_text("许南乔")
    expect(dialog.get_by_label("交办说明")).to_have_value("请先看备件库存，再定上门时间")
    assert Case.objects.get(pk=case.pk).lead == ""
    # sending again, after a look, makes it hold
    finish(page, dialog, "派单")
    assert Case.objects.get(pk=case.pk).lead == "tech"


def test_a_second_browser_sees_each_step_without_reloading(company):
    case = company.complaint("产水浊度反复超标", ago=0.5 * HOUR)
    page = company.open(company.world.supervisor, f"/cases/{case.number}/")
    page.evaluate("document.activeElement.blur(); window.unreloaded = true")
    expect(step(page, "分类")).to_have_attribute("data-s", "open")
    company.act(company.world.agent, case, "classify", type="complaint", category="product")
    expect(step(page, "分类")).to_have_attribute("data-s", "kept")
    expect(page.locator("#tab")).to_contain_text("分类为「投诉 / 产品质量」")
    company.act(company.world.agent, case, "reply", via="portal", body="已收到，正在核实。")
    expect(page.locator("#tab .msg.out")).to_contain_text("已收到，正在核实。")
    assert page.evaluate("window.unreloaded")


def test_it_prints_with_the_rail_and_can_be_read_in_the_dark(company):
    case = company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)
    page = company.open(company.world.agent, f"/cases/{case.number}/", dark=True)
    check_reading(page)
    page.emulate_media(media="print")
    for gone in (".composer", ".btn", "nav.nav", ".top"):
        assert not any(found.is_visible() for found in page.locator(gone).all()), gone
    expect(step(page, "方案")).to_be_visible()
    expect(page.locator("h1")).to_be_visible()
