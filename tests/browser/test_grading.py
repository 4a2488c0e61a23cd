"""Sales draft a standard, management approves it, and a grade is decided and taken back: on a desk and on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from keyue.customers.actions import create_customer
from keyue.grading import jobs
from keyue.grading.models import GradeProposal, GradingStandard
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

WIDTHS = (390, 1440)


def seller(company: Company) -> User:
    """苏棠, who leads sales."""
    at = clock.now() - timedelta(days=5)
    with clock.telling(at):
        user = people.create_staff(
            username="sutang", name="苏棠", department=company.world.agent.department,
            must_change_password=False, by=SYSTEM, at=at,
        )  # fmt: skip
        people.grant_role(user=user, role="sales_manager", by=SYSTEM, at=at)
        for n, scale in enumerate(("大型", "小型")):
            create_customer(
                kind="organisation", name=f"临江第{'一二'[n]}水务有限公司（演示）", contact_name="方既明",
                phone=f"1380000777{n}", scale=scale, credit="good", grade="B", department=user.department.code,
                source="visit", legal_basis="contract", by=SYSTEM, at=at,
            )  # fmt: skip
    return User.objects.get(pk=user.pk)


def draft(page: Page) -> None:
    """Write a standard from the one that is proposed, with one factor more."""
    expect(page.locator("#weight")).to_have_text("100")
    page.get_by_role("button", name="加一个因素").click()
    fresh = page.locator("#factor-5")
    fresh.get_by_label("因素", exact=False).first.fill("战略客户")
    fresh.get_by_label("取值", exact=False).first.select_option("own:yes_no")
    expect(fresh.get_by_label("「是」得分")).to_be_visible()
    expect(fresh.get_by_label("因素", exact=False).first).to_have_value("战略客户")
    fresh.get_by_label("「是」得分").fill("100")
    fresh.get_by_label("「否」得分").fill("40")
    fresh.get_by_label("权重").fill("10")
    expect(page.locator("#weight")).to_have_text("110")
    expect(page.locator("#live")).to_contain_text("权重合计应为 100，现在是 110。")
    page.locator("#factor-0").get_by_label("权重").fill("20")
    expect(page.locator("#weight")).to_have_text("100")
    expect(page.locator("#live")).to_contain_text("临江第一水务有限公司")
    for grade in "ABCD":
        page.locator(f"#id_t{grade}-resources").fill(f"{grade} 级资源")
        page.locator(f"#id_t{grade}-policy").fill(f"{grade} 级策略")
    expect(page.locator("#live")).not_to_contain_text("没有写明")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_draft_to_a_decision_taken_back(
    company: Company, width: int, picture: Callable[..., Path]
) -> None:
    sales = seller(company)
    page = company.open(sales, "/customers/grading/standards/", phone=width == 390)
    check_page(page, widths=WIDTHS)
    page.get_by_role("link", name="起草标准").first.click()
    page.wait_for_url("**/standards/new/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    draft(page)
    check_page(page, widths=WIDTHS)
    page.evaluate("scrollTo(0, 0)")
    picture(page, f"grading-editor-{width}")
    page.get_by_role("button", name="保存并送审").click()
    page.wait_for_url("**/standards/1/")
    expect(page.locator("main")).to_contain_text("待批准")
    check_page(page, widths=WIDTHS)
    check_reading(page)

    boss = company.open(company.world.executive, "/customers/grading/standards/1/", phone=width == 390)
    boss.get_by_role("button", name="批准").click()
    boss.get_by_role("button", name="启用").click()
    expect(boss.locator("#runs")).to_be_visible()
    assert GradingStandard.objects.get().applied_at is not None
    jobs.start_due_run(clock.now())
    while jobs.work_runs(clock.now()):
        pass

    page.goto(company.server.url + "/customers/grading/proposals/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    picture(page, f"grading-proposals-{width}")
    row = page.locator("tr[id^=proposal-]", has_text="临江第二水务")
    row.get_by_role("link", name="决定").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("合作规模")
    dialog.get_by_role("button", name="决定").click()
    expect(page.locator("#toasts")).to_contain_text("已定为 C 级")
    expect(row).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="撤销").click()
    expect(page.locator("#toasts")).to_contain_text("决定已撤销")
    expect(row).to_have_count(1)
    assert GradeProposal.objects.filter(undone_at__isnull=False).count() == 1

    row.locator("td.cut a").click()
    page.wait_for_url("**/grading/of/**")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_label("战略客户").select_option("no")
    page.get_by_role("button", name="保存并重算").click()
    expect(page.locator("#toasts")).to_contain_text("等级已重新计算")
    page.get_by_role("button", name="客户要求复核").click()
    page.get_by_label("客户的理由").fill("我们今年又签了两个项目")
    page.get_by_role("button", name="登记复核").click()
    expect(page.locator("#proposal")).to_contain_text("我们今年又签了两个项目")
    check_page(page, widths=WIDTHS)
