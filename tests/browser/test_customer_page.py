"""A customer's page: who they are, what is owed, what happened; changed in dialogs, refreshed by itself, at a door too."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

PEOPLE = [
    ("周叙白", "运行部主任", "13812346027", "decider", "supports"),
    ("方既明", "总经理", "13955501180", "approver", "neutral"),
    ("苏棠", "采购主管", "13655507742", "influencer", "supports"),
    ("陆青野", "化验室", "", "user", "unknown"),
]


@pytest.fixture
def waterworks(company: Company) -> Customer:
    """An organisation with four contacts, signed two years ago."""
    at = clock.now() - timedelta(days=900)
    customer = customers.create_customer(
        kind="organisation", name="临江第三水务有限公司（演示）", region="浙江省杭州市", address="北岸区净水路 18 号（演示）",
        industry="水务", scale="省属国企", credit="good", credit_limit="500000", grade="A", source="tender",
        legal_basis="contract", by=SYSTEM, at=at,
    )  # fmt: skip
    for name, role, phone, part, stance in PEOPLE:
        customers.add_contact(
            customer=customer, name=name, role=role, phone=phone, part=part, stance=stance, by=SYSTEM, at=at
        )
    for days, stage, reason in ((840, "intent", "要报价"), (760, "signed", "中标")):
        when = clock.now() - timedelta(days=days)
        customers.change_stage(customer=customer, stage=stage, reason=reason, by=SYSTEM, at=when)
    return customer


def test_a_customer_in_one_place(
    company: Company, waterworks: Customer, picture: Callable[..., Path]
) -> None:
    page = company.open(company.world.supervisor, f"/customers/{waterworks.number}/")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    picture(page, "customer")
    expect(page.locator(".flow [aria-current=step]")).to_contain_text("签约客户")
    expect(page.get_by_role("heading", level=1)).to_contain_text("临江第三水务")
    for tab in ("联系人", "合同与项目", "往来", "约定", "档案", "查看记录"):
        page.get_by_label("客户档案的各个部分").get_by_role("link", name=re.compile(tab)).click()
        page.wait_for_url(re.compile("tab="))
        check_page(page, widths=(390, 1440))


def test_what_changes_elsewhere_appears(company: Company, waterworks: Customer) -> None:
    page = company.open(company.world.supervisor, f"/customers/{waterworks.number}/")
    expect(page.locator("#dealings")).to_contain_text("阶段变更")
    customers.change_customer(
        customer=waterworks, changes={"industry": "供排水一体"}, by=SYSTEM, at=clock.now()
    )
    expect(page.locator("#head")).to_contain_text("供排水一体")
    expect(page.locator("#dealings")).to_contain_text("行业")


def test_a_stage_is_changed_in_a_dialog(company: Company, waterworks: Customer) -> None:
    page = company.open(company.world.supervisor, f"/customers/{waterworks.number}/")
    page.get_by_role("link", name="变更阶段").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("转入阶段").select_option(label="历史客户")
    dialog.get_by_role("button", name="变更阶段").click()
    # what is missing is said where it is missing, and what was chosen stays
    expect(dialog).to_contain_text("请选择流失原因")
    expect(dialog.get_by_label("转入阶段")).to_have_value("past")
    dialog.get_by_label("流失原因").select_option(label="价格")
    dialog.get_by_label("原因", exact=True).fill("续约时报价高两成")
    dialog.get_by_role("button", name="变更阶段").click()
    expect(page.locator("#toasts")).to_contain_text("阶段已变更")
    waterworks.refresh_from_db()
    assert waterworks.stage == "past"


def test_a_customer_is_entered_on_screen(company: Company, picture: Callable[..., Path]) -> None:
    page = company.open(company.world.supervisor, "/customers/new/")
    check_page(page, widths=(390, 1440))
    page.get_by_label("单位名称").fill("北屿文旅发展有限公司（演示）")
    page.get_by_label("姓名").fill("林知夏")
    page.get_by_label("电话").fill("138")
    picture(page, "customer-new")
    page.get_by_role("button", name="建档").click()
    expect(page.locator("main")).to_contain_text("手机号应为 11 位")
    expect(page.get_by_label("单位名称")).to_have_value("北屿文旅发展有限公司（演示）")
    page.get_by_label("电话").fill("13812346027")
    page.get_by_role("button", name="建档").click()
    page.wait_for_url(re.compile(r"/customers/KH-\d+/"))
    expect(page.locator("#toasts")).to_contain_text("已建档")
    check_page(page, widths=(390, 1440))
