"""Contracts and projects in Chromium: service levels typed into the form, stages told to the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from keyue.contracts import actions
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.contracts.models import Contract, Project
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

WIDTHS = (390, 1100, 1440)


@pytest.fixture
def manager(company: Company) -> User:
    at = clock.now() - timedelta(days=1)
    department = company.world.agent.department
    user = people.create_staff(
        username="jiang", name="江澄", department=department, must_change_password=False, by=SYSTEM, at=at
    )
    people.grant_role(user=user, role="account_manager", by=SYSTEM, at=at)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def customer(manager: User) -> Customer:
    return customers.create_customer(
        kind="organisation", name="北屿文旅发展集团有限责任公司", contact_name="周叙白", phone="13812346027",
        source="phone", legal_basis="contract", account_manager=manager, by=SYSTEM, at=clock.now(),
    )  # fmt: skip


def test_a_contract_with_a_service_level(company: Company, manager: User, customer: Customer) -> None:
    page = company.open(manager, f"/customers/{customer.number}/contracts/new/")
    page.get_by_label("合同编号").fill("HT-2026-001")
    page.get_by_label("合同名称").fill("水厂运维服务（三年），含膜组更换、药剂供应和二十四小时值守")
    page.get_by_label("时限", exact=True).fill("4")
    page.get_by_label("约定什么").select_option("first_response")
    page.get_by_label("投诉").check()
    page.get_by_role("button", name="加一条时限").click()
    expect(page.get_by_role("group", name="第 2 条")).to_be_visible()
    expect(page.get_by_label("合同编号")).to_have_value("HT-2026-001")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("button", name="保存合同").click()
    page.wait_for_url("**/contracts/*/")
    contract = Contract.objects.get()
    actions.review_contract(contract=contract, by=World.actor(company.world.executive), at=clock.now())
    page.reload()
    page.get_by_role("link", name="登记签署").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("不早于现在")
    dialog.get_by_role("button", name="登记签署").click()
    expect(page.locator("main")).to_contain_text("履行中")
    expect(page.locator("#levels")).to_contain_text("4 小时")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.goto(company.server.url + "/contracts/?show=in_force")
    expect(page.locator("tbody tr")).to_contain_text("HT-2026-001")
    check_page(page, widths=WIDTHS)


def test_a_stage_is_finished_and_told(company: Company, manager: User, customer: Customer) -> None:
    by, at = World.actor(manager), clock.now()
    plan = ProjectPlan("3# 膜组扩容", "HT-2026-002", [StagePlan("基础"), StagePlan("安装", 3)])
    project = actions.create_project(customer=customer, plan=plan, by=by, at=at)
    actions.confirm_plan(project=project, how="visit", remark="周工签字。", by=by, at=at)
    actions.start_service(project=Project.objects.get(pk=project.pk), by=by, at=at)
    page = company.open(manager, f"/projects/{project.pk}/")
    page.get_by_role("link", name="完成阶段").first.click()
    page.get_by_role("dialog").get_by_role("button", name="完成阶段").click()
    expect(page.locator("#stages")).to_contain_text("未告知客户")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.locator("#stages").get_by_role("link", name="记录沟通").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("沟通内容和客户的答复").fill("基础已完成，客户知悉。")
    dialog.get_by_role("button", name="记录沟通").click()
    expect(page.locator("#talks")).to_contain_text("客户知悉")
    expect(page.locator("#stages")).not_to_contain_text("未告知客户")
    page.goto(company.server.url + "/projects/")
    expect(page.locator("tbody tr")).to_contain_text("安装 25%")
    check_page(page, widths=WIDTHS)
