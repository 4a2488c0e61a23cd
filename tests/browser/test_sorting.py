"""Sorting in use: a proposal accepted with one key, on a telephone, and an alarm that becomes a problem."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.sorting import actions
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.models import Problem
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

LEAKS = ("净水机接头漏水", "厨房净水机接头漏水了", "净水机接头又漏水", "净水机接头还是漏水")
LONG = "临江第三水务二期反渗透设备故障，膜组清洗之后产水量只恢复到原来的六成压差还在涨下周一要满负荷运行请尽快安排工程师到现场看一下"


def says(company: Company, text: str) -> Case:
    intake = Intake(
        type="feedback",
        title=text[:120],
        content=f"{text}，地板都泡了，车间已经停产。",
        name="周叙白",
        phone=f"1390000{next(company.numbered)}",
    )
    by = Actor("customer", "portal")
    return register(intake, by=by, at=clock.now(), source="portal").case


def test_one_key_classifies_and_the_next_act_is_proposed(
    company: Company, picture: Callable[[Page, str], None]
) -> None:
    case = says(company, LEAKS[0])
    says(company, LEAKS[1])
    actions.take_in(now=clock.now())
    page = company.open(company.world.supervisor, f"/cases/{case.number}/")
    bar = page.locator("#sorting .banner").first
    expect(bar).to_contain_text("产品质量")
    expect(bar).to_contain_text("因为提到")
    page.locator("#sorting summary").click()
    expect(page.locator("#sorting details")).to_contain_text(LEAKS[1])
    check_page(page)
    check_reading(page)
    picture(page, "sorting-case")
    page.locator("h1").click()
    page.keyboard.press("Escape")
    page.keyboard.press("y")
    expect(page.locator(".toast")).to_contain_text(case.number)
    fresh = Case.objects.get(pk=case.pk)
    assert (fresh.category, fresh.type, fresh.stage) == ("product", "complaint", "review")
    company.act(company.world.supervisor, case, "review", valid="true")
    page.reload()
    expect(page.locator("#sorting .banner").first).to_contain_text("重大")


def test_the_queue_on_a_telephone(company: Company, picture: Callable[[Page, str], None]) -> None:
    cases = [says(company, LONG), says(company, "发票抬头开错了")]
    page = company.open(company.world.agent, "/sorting/", phone=True)
    check_page(page)
    row = page.locator(f"#case-{cases[0].number}")
    row.get_by_role("button", name="采纳").click()
    expect(row).to_have_count(0)
    expect(page.locator(f"#case-{cases[1].number}")).to_be_visible()
    assert Case.objects.get(pk=cases[0].pk).category == "product"
    picture(page, "sorting-phone")


def test_a_burst_becomes_a_problem(company: Company, picture: Callable[[Page, str], None]) -> None:
    actions.change_alarm(alike=4, days=7, by=SYSTEM, at=clock.now())
    cases = [says(company, text) for text in LEAKS]
    actions.take_in(now=clock.now())
    page = company.open(company.world.supervisor, "/")
    page.get_by_text("7 天内有 4 件相似的事项").first.click()
    expect(page.locator("h1")).to_contain_text("4 件相似的事项")
    check_page(page)
    page.get_by_role("link", name="立为问题").click()
    page.get_by_label("什么问题").fill("净水机接头漏水")
    page.get_by_label("负责查找原因的部门").select_option("tech")
    page.get_by_role("button", name="立为问题").click()
    expect(page.locator("#cases")).to_contain_text(cases[0].number)
    check_reading(page)
    picture(page, "sorting-problem")
    assert Problem.objects.get().state == "open"
    page.get_by_role("button", name=f"取消关联 {cases[0].number}").click()
    expect(page.locator("#cases")).not_to_contain_text(cases[0].number)


def test_rules_are_tried_out(company: Company, picture: Callable[[Page, str], None]) -> None:
    plan = RulePlan(name="净水机归工程", lead="tech", words="净水机 滤芯")
    actions.keep_rule(plan=plan, by=SYSTEM, at=clock.now())
    page = company.open(company.world.supervisor, "/sorting/rules/")
    page.get_by_label("试一试").fill("家里净水机漏水")
    page.get_by_role("button", name="看看派给谁").click()
    expect(page.locator("#try [role=status]")).to_contain_text("工程服务部")
    check_page(page)
    check_reading(page)
    picture(page, "sorting-rules")
    for path in ("/sorting/words/", "/sorting/figures/", "/problems/"):
        page.goto(company.server.url + path)
        check_page(page)
