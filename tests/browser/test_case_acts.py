"""The acts on a case that the main loop does not pass through, each clicked by the person who would do it."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from keyue.cases.actions.intake import Intake, Registered, register
from keyue.cases.models import Case
from keyue.cases.noticing import lines_of
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.promises.models import Notice
from tests.browser.conftest import Company
from tests.support.case_page import (
    begin,
    begin_from_menu,
    begin_on,
    finish,
    offered,
    radio,
    refuse,
    said,
    step,
)

HOUR = timedelta(hours=1)


def case_at(company: Company, user: User, case: Case, **options: object) -> Page:
    return company.open(user, f"/cases/{case.number}/", **options)


def told(to: User | str) -> list[str]:
    """What this person, or the people behind this code, were told so far."""
    mine = {"to_code": to} if isinstance(to, str) else {"to_user": to}
    return lines_of(Notice.objects.filter(**mine).order_by("pk").values_list("pk", flat=True))


def followed(company: Company, ago: timedelta) -> Registered:
    """A complaint with the code by which its sender follows it."""
    at = clock.now() - ago
    intake = Intake(
        type="complaint", title="产水浊度反复超标", content="产水浊度反复超标，请尽快处理。", name="周叙白"
    )
    with clock.telling(at):
        return register(intake, by=Actor("customer", "portal"), at=at, source="portal")


def portal(company: Company, made: Registered, **options: object) -> Page:
    """The progress page, as its sender opens it."""
    page = company.open_page(**options)
    page.goto(f"{company.server.url}/feedback/progress/?number={made.case.number}")
    page.locator("#id_code").fill(made.code)
    page.locator("#id_code").press("Enter")
    expect(page.locator("#rail")).to_be_visible()
    return page


# --- sorting and weighing ---


def test_another_type_brings_the_promises_on_complaints_and_takes_them_back(company):
    case = company.complaint("希望改进维保预约方式", ago=1 * HOUR, type="feedback")
    company.act(company.world.agent, case, "classify", ago=0.5 * HOUR, type="feedback", category="service")
    page = case_at(company, company.world.agent, case)
    expect(step(page, "首次回应")).to_have_count(0)
    dialog = begin_from_menu(page, "改分类")
    expect(dialog.get_by_label("类别")).to_have_value("service")
    refuse(dialog, "type", "类型和类别都没有变化")
    dialog.get_by_label("类型").select_option("complaint")
    finish(page, dialog, "改分类")
    expect(page.locator("#toasts")).to_contain_text("下一步「审核」今天 24:00 到期")
    expect(step(page, "首次回应")).to_have_attribute("data-s", "open")
    expect(step(page, "首次回应").locator(".rt")).to_have_text(re.compile("还剩 2[23] 小时"))
    expect(step(page, "投诉结果")).to_have_attribute("data-s", "idle")
    expect(page.locator("#head")).to_contain_text("投诉 / 服务质量")
    expect(said(page)).to_contain_text("林知夏 改分类为「投诉 / 服务质量」")

    dialog = begin_from_menu(page, "改分类")
    dialog.get_by_label("类型").select_option("feedback")
    finish(page, dialog, "改分类")
    expect(step(page, "首次回应").locator(".rt")).to_have_text("已取消")
    expect(step(page, "投诉结果")).to_have_count(0)


def test_another_level_moves_the_limit_and_says_why(company):
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, company.world.supervisor, case)
    expect(step(page, "解决")).to_contain_text("限 48 小时")
    dialog = begin_from_menu(page, "改级别")
    expect(dialog.get_by_label("级别")).to_have_value("serious")
    refuse(dialog, "reason", "请填写理由")
    dialog.get_by_label("理由").fill("客户是医院")
    refuse(dialog, "level", "现在就是这个级别")
    expect(dialog.get_by_label("理由")).to_have_value("客户是医院")
    dialog.get_by_label("级别").select_option("major")
    finish(page, dialog, "改级别")
    expect(page.locator("#head .lvl")).to_contain_text("重大")
    expect(step(page, "解决")).to_contain_text("限 24 小时")
    expect(step(page, "解决").locator(".rt")).to_have_text(re.compile("还剩 (1 天|23 小时)"))
    # a large impact asks for a meeting, however it became large
    expect(step(page, "专题会议")).to_have_attribute("data-s", "open")
    expect(page.locator("#tab .msg.note").last).to_contain_text("改级别：客户是医院")
    expect(page.locator("#tab")).to_contain_text("许南乔 级别改为重大")

    dialog = begin_from_menu(page, "改级别")
    dialog.get_by_label("级别").select_option("ordinary")
    dialog.get_by_label("理由").fill("已切到备用机组")
    finish(page, dialog, "改级别")
    expect(step(page, "解决")).to_contain_text("限 48 小时")
    expect(step(page, "解决").locator(".rt")).to_have_text(re.compile("还剩 1 天 2[12] 小时"))


# --- who does it ---


def test_another_lead_takes_over_the_clock_and_may_give_it_back(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.supervisor, case)
    due = step(page, "方案").locator(".mt .end").inner_text()
    page.keyboard.press("a")
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("转派理由").fill("原因在来料")
    refuse(dialog, "lead", "牵头和协办都没有变化")
    dialog.get_by_label("牵头部门").select_option(label="品质部")
    dialog.get_by_label("工程服务部").check()
    finish(page, dialog, "转派")
    expect(said(page)).to_contain_text("转派至品质部牵头，协办 工程服务部")
    expect(step(page, "方案")).to_contain_text("品质部")
    expect(step(page, "方案").locator(".mt .end")).to_have_text(due)
    assert any("方案" in line for line in told("quality"))

    # who works in the new lead department sees their own next step under the key, and gives it back
    theirs = case_at(company, world.stranger, case)
    expect(theirs.locator('#rail [data-key="e"]')).to_have_text(re.compile("提交方案"))
    dialog = begin_from_menu(theirs, "退回")
    refuse(dialog, "reason", "请填写理由")
    dialog.get_by_label("理由").fill("不是品质问题")
    finish(theirs, dialog, "退回")
    expect(said(theirs)).to_contain_text("品质部退回任务")
    assert told("service_supervisor")[-1].startswith("新的约定：任务被退回，请重新派单")

    # live: the head of service sees it, owns it on the same clock, and assigns it again with the same key
    expect(page.locator("#head .tag").first).to_have_text("待派单")
    expect(step(page, "方案")).to_contain_text("客户服务部负责人")
    expect(step(page, "方案").locator(".mt .end")).to_have_text(due)
    page.keyboard.press("e")
    expect(page.locator("#dialog[open] h2")).to_have_text("派单")


def test_a_task_of_a_collaborating_department_holds_up_the_solution(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.engineer, case)
    dialog = begin_from_menu(page, "交办协办")
    dialog.get_by_label("要做什么").fill("复检留样")
    dialog.get_by_label("完成时间").fill("2026-03-30T18:00")
    refuse(dialog, "due", "不能晚于牵头部门的时限 2026-03-19 08:20")
    expect(dialog.get_by_label("要做什么")).to_have_value("复检留样")
    dialog.get_by_label("完成时间").fill("2026-03-18T09:00")
    finish(page, dialog, "交办协办")
    expect(step(page, "协办")).to_contain_text("品质部")
    # it cannot be solved now, and is not offered: the rail says who is still at it
    expect(step(page, "解决")).to_contain_text("品质部的协办任务还没有完成，也没有免除，不能登记解决。")
    assert "登记解决" not in offered(page)
    page.goto(f"{company.server.url}/cases/{case.number}/acts/solve/")
    expect(page.locator("main")).to_contain_text("现在不能这样做")

    theirs = case_at(company, world.stranger, case)
    assert "提交方案" not in offered(theirs)
    theirs.keyboard.press("e")
    dialog = theirs.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_have_text("协办完成")
    dialog.get_by_label("完成情况").fill("复检合格")
    finish(theirs, dialog, "协办完成")
    expect(said(theirs)).to_contain_text("品质部完成协办")
    page.goto(f"{company.server.url}/cases/{case.number}/")
    finish_solution(page)


def finish_solution(page: Page) -> None:
    dialog = begin(page, "登记解决")
    dialog.get_by_label("处理结果").fill("更换膜元件")
    finish(page, dialog, "登记解决")
    expect(step(page, "解决")).to_have_attribute("data-s", "kept")


def test_an_urgent_report_reaches_the_superior_who_confirms_it(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.engineer, case)
    dialog = begin_from_menu(page, "上报紧急")
    refuse(dialog, "text", "请填写内容")
    dialog.get_by_label("内容").fill("客户是医院，今晚断水")
    finish(page, dialog, "上报紧急")
    expect(step(page, "上级确认").locator(".rt")).to_have_text(re.compile("还剩 (30|29) 分"))
    expect(said(page)).to_contain_text("陈砚 上报紧急情况")
    assert "确认收到" not in offered(page)
    # what is the superior's to do takes nobody else's key away
    expect(page.locator('#rail [data-key="e"]')).to_have_text(re.compile("提交方案"))
    assert told("service_supervisor")[-1].startswith("新的约定：紧急情况，请确认收到")

    superior = case_at(company, world.supervisor, case)
    superior.keyboard.press("e")
    dialog = superior.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_have_text("确认收到")
    superior.keyboard.press("Control+Enter")
    expect(superior.locator("#dialog[open]")).to_have_count(0)
    expect(step(superior, "上级确认")).to_have_attribute("data-s", "kept")
    expect(said(superior)).to_contain_text("确认收到紧急上报")
    expect(said(superior).locator(".clause")).to_contain_text("3.3.3")
    # the other browser has heard of it
    expect(step(page, "上级确认")).to_have_attribute("data-s", "kept")


def test_a_promise_is_taken_given_and_put_back(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    head = case_at(company, world.engineer_head, case)
    step(head, "方案").get_by_role("link", name="派给").click()
    dialog = head.locator("#dialog[open]")
    # nobody gets it because they stand first in the list
    refuse(dialog, "to", "请选择派给谁")
    dialog.get_by_label("派给谁").select_option(label="陈砚")
    finish(head, dialog, "派给")
    expect(head.locator("#toasts")).to_contain_text("已派给陈砚")
    expect(step(head, "方案")).to_contain_text("陈砚 · 工程服务部")
    expect(said(head)).to_contain_text("「方案」由陈砚负责")
    assert any("方案" in line for line in told(world.engineer))

    page = case_at(company, world.engineer, case)
    step(page, "方案").get_by_role("button", name="放回").click()
    expect(page.locator("#toasts")).to_contain_text("已放回部门")
    expect(said(page)).to_contain_text("「方案」放回部门")
    # a head takes it in another browser meanwhile: the second one hears that it is gone
    stale = case_at(company, world.engineer, case)
    stale.evaluate("document.querySelector('#rail').removeAttribute('data-live')")
    step(head, "方案").get_by_role("button", name="领取").click()
    expect(step(head, "方案")).to_contain_text("何苒 · 工程服务部")
    step(stale, "方案").get_by_role("button", name="领取").click()
    expect(stale.locator("main")).to_contain_text("这条约定已由何苒领取")


# --- asking for more time, or none ---


def test_more_time_is_asked_for_and_granted_a_waiver_is_asked_for_and_not(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.engineer, case)
    dialog = begin_on(page, "解决", "申请延期")
    refuse(dialog, "due", "请填写新的到期")
    dialog.get_by_label("理由").fill("备件在途")
    dialog.get_by_label("新的到期").fill("2026-03-17T11:00")
    refuse(dialog, "due", "新的到期要晚于原来的到期")
    dialog.get_by_label("新的到期").fill("2026-03-20T18:00")
    finish(page, dialog, "提交申请")
    expect(page.locator("#toasts")).to_contain_text("申请已提交，批准前时限不变")
    expect(step(page, "解决")).to_contain_text("陈砚已申请延期，待审批。理由：备件在途")
    dialog = begin_on(page, "方案", "申请免除")
    dialog.get_by_label("理由").fill("现场已经处理")
    finish(page, dialog, "提交申请")
    # whoever may approve it hears of it: not the head of the department, who may not
    asked = told(world.supervisor)
    assert [line.split(" · ")[0] for line in asked] == ["待审批：延期「解决」", "待审批：免除「方案」"]
    assert not told(world.engineer_head)

    superior = case_at(company, world.supervisor, case)
    dialog = begin_on(superior, "解决", "审批延期")
    expect(dialog).to_contain_text("备件在途")
    refuse(dialog, "approve", "请选择决定")
    radio(dialog, "决定", "同意")
    finish(superior, dialog, "提交决定")
    expect(step(superior, "解决")).to_contain_text("3月20日 18:00 到期")
    dialog = begin_on(superior, "方案", "审批免除")
    radio(dialog, "决定", "不同意")
    refuse(dialog, "reason", "请写明不同意的理由")
    dialog.get_by_label("不同意的理由").fill("方案仍要提交")
    finish(superior, dialog, "提交决定")
    expect(step(superior, "方案")).to_contain_text("许南乔没有同意免除")
    expect(step(superior, "方案")).to_have_attribute("data-s", "open")
    answers = [line.split(" · ")[0] for line in told(world.engineer)]
    assert answers == ["已审批：同意延期「解决」", "已审批：没有同意免除「方案」"]


# --- ways to an end ---


def test_what_was_found_invalid_ends_only_when_another_agrees_and_goes_on_otherwise(company):
    world = company.world
    case = company.complaint("与上周同一件事", ago=3 * HOUR)
    company.act(world.agent, case, "classify", ago=2 * HOUR, type="complaint", category="service")
    page = case_at(company, world.supervisor, case)
    find_invalid(page)
    expect(page.locator("#toasts")).to_contain_text("已判为无效，等另一人批准结束")
    expect(page.locator("#head .banner").last).to_contain_text("许南乔已申请结束：无效")
    assert "审批结束" not in offered(page), "nobody is offered to approve what they asked for"
    assert told(world.executive)[-1].startswith("待审批：申请结束")

    other = case_at(company, world.executive, case)
    dialog = begin(other, "审批结束")
    expect(dialog).to_contain_text("许南乔")
    expect(dialog).to_contain_text("与上周的重复")
    radio(dialog, "决定", "不同意")
    refuse(dialog, "reason", "不同意要写明理由")
    dialog.get_by_label("不同意的理由").fill("请先和客户核实")
    finish(other, dialog, "审批结束")
    expect(other.locator("#tab .msg.note").last).to_contain_text("不同意结束：请先和客户核实")
    assert told(world.supervisor)[-1].startswith("已审批：没有同意结束")

    # it goes on: found invalid again, and this time agreed to; the way to valid stands beside it
    expect(page.locator("#head .title .btn", has_text="审核")).to_be_visible(timeout=10_000)
    find_invalid(page)
    dialog = begin(other, "审批结束")
    radio(dialog, "决定", "同意")
    finish(other, dialog, "审批结束")
    expect(other.locator("#head .tag").first).to_have_text("已关闭 · 无效")
    expect(said(other)).to_contain_text("关闭：无效，顾清和批准")
    assert told(world.supervisor)[-1].startswith("已审批：同意结束")
    assert not Case.objects.get(pk=case.pk).is_open


def find_invalid(page: Page) -> None:
    dialog = begin(page, "审核")
    radio(dialog, "审核结论", "无效")
    refuse(dialog, "reason", "判为无效要写明理由")
    dialog.get_by_label("无效的理由").fill("与上周的重复")
    finish(page, dialog, "审核")


def test_after_a_declined_end_a_valid_item_is_assessed(company):
    world = company.world
    case = company.complaint("与上周同一件事", ago=3 * HOUR)
    company.act(world.agent, case, "classify", ago=2 * HOUR, type="complaint", category="service")
    company.act(world.supervisor, case, "review", valid="false", reason="重复")
    company.act(world.executive, case, "decide_exit", approve="false", reason="请核实")
    page = case_at(company, world.supervisor, case)
    finish(page, begin(page, "审核"), "审核")
    expect(step(page, "评估").get_by_role("link", name="评估")).to_be_visible()
    expect(page.locator("#head .tag").first).to_have_text("待评估")


def test_who_cannot_be_reached_is_tried_three_times(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=5 * HOUR), ago=4 * HOUR)
    company.act(world.engineer, case, "solve", ago=3 * HOUR, result="调整参数")
    company.act(world.agent, case, "tell_result", ago=2 * HOUR, via="portal", body="已调整")
    page = case_at(company, world.agent, case)
    for n in range(3):
        if n == 2:
            dialog = begin_from_menu(page, "申请结束")
            dialog.get_by_label("结束方式").select_option("unreachable")
            dialog.get_by_label("理由").fill("电话无人接听")
            refuse(dialog, "exit", "至少要有 3 次联系记录，现在是 2 次")
            expect(dialog.get_by_label("理由")).to_have_value("电话无人接听")
            page.keyboard.press("Escape")
        dialog = begin(page, "回访")
        dialog.get_by_text("没有联系上", exact=True).click()
        dialog.get_by_label("客户怎么说").fill(f"第 {n + 1} 次无人接听")
        finish(page, dialog, "回访")
    # trying is not asking: the promise to follow up stands
    expect(step(page, "回访")).to_have_attribute("data-s", "open")
    dialog = begin_from_menu(page, "申请结束")
    dialog.get_by_label("结束方式").select_option("unreachable")
    dialog.get_by_label("理由").fill("电话无人接听")
    finish(page, dialog, "申请结束")
    superior = case_at(company, world.supervisor, case)
    dialog = begin(superior, "审批结束")
    expect(dialog).to_contain_text("电话无人接听")
    radio(dialog, "决定", "同意")
    finish(superior, dialog, "审批结束")
    expect(superior.locator("#head .tag").first).to_have_text("已关闭 · 多次联系不上")


def test_a_withdrawal_is_recorded_with_what_the_customer_said(company):
    world = company.world
    made = followed(company, 5 * HOUR)
    case = company.assigned(made.case, ago=2 * HOUR)
    page = case_at(company, world.agent, case)
    late = step(page, "分类")
    expect(late).to_have_attribute("data-s", "late")
    dialog = begin_from_menu(page, "客户撤回")
    refuse(dialog, "via", "请选择方式")
    dialog.get_by_label("方式").select_option("call")
    dialog.get_by_label("客户怎么说").fill("已经自己解决，不用来了")
    refuse(dialog, "spoke_to", "写明与谁通话或见面")
    dialog.get_by_label("与谁说的").fill("周叙白")
    finish(page, dialog, "客户撤回")
    expect(page.locator("#head .tag").first).to_have_text("已关闭 · 客户撤回")
    expect(said(page)).to_contain_text("林知夏 记下客户撤回（电话）")
    # what was open has gone, what was late stays late
    expect(step(page, "方案").locator(".rt")).to_have_text("已取消")
    expect(late).to_have_attribute("data-s", "late")
    assert offered(page) == []
    expect(portal(company, made, phone=True).locator("#rail .banner")).to_contain_text("撤回")


def test_two_cases_about_one_matter_become_one(company):
    world = company.world
    first = company.complaint("约好的维保没来", ago=3 * HOUR)
    second = company.complaint("约好的维保没有来", ago=1 * HOUR)
    page = case_at(company, world.supervisor, second)
    dialog = begin_from_menu(page, "合并")
    dialog.get_by_label("并入哪个事项").fill("TS-1")
    refuse(dialog, "into", "没有这个编号的事项，或者您无权查看")
    dialog.get_by_label("并入哪个事项").fill(second.number)
    refuse(dialog, "into", "不能并入自己")
    dialog.get_by_label("并入哪个事项").fill(first.number.lower())
    finish(page, dialog, "合并")
    expect(page.locator("#head .tag").first).to_have_text("已关闭 · 并入其他事项")
    expect(said(page)).to_contain_text(f"并入另一事项 {first.number}")
    page.locator("#tab .ev a", has_text=first.number).click()
    expect(page.locator("#head")).to_contain_text(first.number)
    expect(said(page)).to_contain_text(f"并入本事项的是 {second.number}")
    page.locator("#tab .ev a", has_text=second.number).click()
    expect(page.locator("#head .banner", has_text=first.number)).to_be_visible()


def test_what_was_told_is_taken_up_again_in_a_second_round(company):
    world = company.world
    made = followed(company, 6 * HOUR)
    case = company.assigned(made.case, ago=5 * HOUR)
    company.act(world.engineer, case, "solve", ago=3 * HOUR, result="调整参数")
    company.act(world.agent, case, "tell_result", ago=2 * HOUR, via="portal", body="已调整")
    page = case_at(company, world.agent, case)
    dialog = begin_from_menu(page, "重新处理")
    refuse(dialog, "reason", "请填写理由")
    dialog.get_by_label("理由").fill("客户来电，问题又出现")
    finish(page, dialog, "重新处理")
    expect(page.locator("#head")).to_contain_text("第 2 轮")
    expect(page.locator("#tab .msg.note").last).to_contain_text("重新处理：客户来电，问题又出现")
    expect(step(page, "解决").locator(".rt")).to_have_text(re.compile("还剩 1 天 23 小时|还剩 2 天"))
    old = page.locator("#rail details", has_text="第 1 轮")
    old.locator("summary").click()
    expect(old.locator("li", has_text="解决").first).to_have_attribute("data-s", "kept")
    theirs = portal(company, made)
    expect(theirs.locator("#rail")).to_contain_text("第 2 轮处理")
    expect(theirs.locator("#rail details summary")).to_contain_text("第 1 轮")


def test_the_customer_answers_hurries_and_withdraws_on_the_portal(company):
    world = company.world
    made = followed(company, 3 * HOUR)
    case = company.assigned(made.case, ago=2 * HOUR)
    company.act(world.agent, case, "wait", reason="customer", via="portal", body="请补充水样照片")
    page = case_at(company, world.agent, case)
    expect(step(page, "解决").locator(".rt")).to_have_text("停表，等客户补充资料")
    theirs = portal(company, made, phone=True)
    expect(theirs.locator("#rail .banner")).to_contain_text("正在等您补充资料")
    theirs.locator("#say textarea").fill("照片晚上发，水还是浑的")
    theirs.get_by_role("button", name="发送").click()
    expect(theirs.locator("main")).to_contain_text("照片晚上发，水还是浑的")
    # the answer starts the clock again, live, and says so
    expect(step(page, "解决")).to_have_attribute("data-s", "open")
    expect(page.locator("#tab")).to_contain_text("来信，计时恢复")
    expect(page.locator("#head .btn", has_text="停表")).to_be_visible()
    assert told("tech")[-1].startswith("客户来信")

    theirs.get_by_role("button", name="催一下").click()
    expect(theirs.locator("body")).to_contain_text("已转告办理人员")
    assert "催" in told("tech")[-1]

    theirs.locator("#withdraw summary").click()
    theirs.locator("#withdraw_reason").fill("已经自己解决")
    theirs.get_by_role("button", name="撤回反馈").click()
    expect(theirs.locator("#withdraw_sure_error, #withdraw .err").first).to_be_visible()
    expect(theirs.locator("#withdraw_reason")).to_have_value("已经自己解决")
    theirs.locator("#withdraw_sure").check()
    theirs.get_by_role("button", name="撤回反馈").click()
    expect(theirs.locator("body")).to_contain_text("已撤回，不再处理")
    expect(page.locator("#head .tag").first).to_have_text("已关闭 · 客户撤回")
    expect(said(page)).to_contain_text("撤回了这件事（进度页留言）")


# --- a call that is written down later ---


def test_when_one_spoke_is_asked_for_calls_and_visits_alone(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.agent, case, phone=True)
    when = page.locator("#composer").get_by_label("通话或见面的时间")
    for way, shown in (("进度页留言", False), ("电话", True), ("内部备注", False), ("当面", True)):
        page.locator("#composer").get_by_text(way, exact=True).click()
        expect(when).to_be_visible() if shown else expect(when).not_to_be_visible()
    dialog = begin_from_menu(page, "告知预计时间")
    expect(dialog.get_by_label("通话或见面的时间")).not_to_be_visible()
    dialog.get_by_label("方式").select_option(label="电话")
    expect(dialog.get_by_label("通话或见面的时间")).to_be_visible()
