"""Customers in and out at a telephone and a desk: a dry run and its import; an export asked for, approved, taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from keyue.customers import actions as customers
from keyue.customers.actions import granting, watching
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from tests.journeys.world import found
from tests.support.browser import OpenPage, check_page
from tests.support.server import Server

SignIn = Callable[[Page, object], Page]
BOTH = pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
LONG = "远山机械设备制造安装工程技术服务（浙江杭州）股份有限公司第三分公司水处理设备事业部"
SHEET = (
    "客户名称,联系人,电话,行业,客户经理备注一列没有人认得的很长的表头\n"
    f"{LONG},周叙白,13800006027,环保,随便\n临江水务一厂,方既白,13800001111,水务,\n号码不对的公司,,12345,,\n"
)


@BOTH
def test_a_sheet_is_checked_imported_and_undone(
    server: Server, open_page: OpenPage, sign_in_as: SignIn, phone: bool
) -> None:
    world = found()
    customers.create_customer(
        kind="organisation", name="临江水务一厂", contact_name="方既明", phone="13800001111", source="phone",
        legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    page = sign_in_as(open_page(phone=phone), world.supervisor)
    page.goto(f"{server.url}/customers/imports/")
    check_page(page)
    page.set_input_files(
        "input[type=file]", {"name": "客户.csv", "mimeType": "text/csv", "buffer": SHEET.encode()}
    )
    page.get_by_role("button", name="检查文件").click()
    expect(page.get_by_role("heading", name="检查结果")).to_be_visible()
    check_page(page)
    # what is on file of a person stays masked in the dry run
    expect(page.get_by_text("方*")).to_be_visible()
    expect(page.get_by_text("方既明")).to_have_count(0)
    expect(page.locator("tr[data-s=late]")).to_contain_text("电话")
    page.get_by_role("button", name="开始导入").click()
    expect(page.get_by_text("已导入").first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("link", name="下载未导入的行")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="撤销整批导入").click()
    page.get_by_role("button", name="撤销导入").click()
    expect(page.locator("#progress h2")).to_contain_text("已撤销", timeout=30_000)
    check_page(page)


@BOTH
def test_an_export_is_asked_for_approved_and_taken(
    server: Server, open_page: OpenPage, sign_in_as: SignIn, phone: bool
) -> None:
    world = found()
    customers.create_customer(
        kind="person", name="周叙白", phone="13800006027", source="phone", legal_basis="contract",
        by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    page = sign_in_as(open_page(phone=phone), world.agent)
    page.goto(f"{server.url}/customers/exports/")
    check_page(page)
    page.get_by_role("link", name="申请导出").click()
    check_page(page)
    page.get_by_label("用在哪里，谁会看到").fill("月度对账，只给财务")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("等待批准").first).to_be_visible()
    address = page.url
    boss = sign_in_as(open_page(phone=phone), world.executive)
    boss.goto(address)
    check_page(boss)
    boss.get_by_role("button", name="批准导出").click()
    expect(boss.get_by_text("可以下载").first).to_be_visible(timeout=30_000)
    page.goto(address)
    check_page(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="下载文件").click()
    assert taken.value.suggested_filename.startswith("EX-")


@BOTH
def test_access_is_asked_for_and_approved(
    server: Server, open_page: OpenPage, sign_in_as: SignIn, phone: bool
) -> None:
    world = found()
    at = clock.now()
    secret = customers.create_customer(
        kind="organisation",
        name="密厂",
        source="phone",
        legal_basis="contract",
        secrecy="secret",
        by=SYSTEM,
        at=at,
    )
    granting.ask_access(
        user=world.engineer, number="KH-99999", purpose="joint", remark="联合投标", until=at + timedelta(days=2),
        by=Actor("staff", str(world.engineer.pk)), at=at,
    )  # fmt: skip
    watching.set_limits(limits={"an_hour": 1}, by=SYSTEM, at=at)
    page = sign_in_as(open_page(phone=phone), world.agent)
    page.goto(f"{server.url}/customers/{secret.number}/")
    expect(page.get_by_text("密厂")).to_have_count(0)
    page.goto(f"{server.url}/customers/grants/")
    check_page(page)
    page.get_by_label("客户编号").fill(secret.number)
    page.get_by_label("用到哪一天").fill(f"{at + timedelta(days=2):%Y-%m-%d}")
    page.get_by_label("理由", exact=True).fill("联合投标，要看合同")
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_text("等待批准").first).to_be_visible()
    boss = sign_in_as(open_page(phone=phone), world.executive)
    boss.goto(f"{server.url}/customers/grants/")
    check_page(boss)
    boss.get_by_role("button", name=f"批准查看 {secret.number}").click()
    expect(boss.get_by_role("button", name=f"收回 {secret.number} 的授权")).to_be_visible()
    page.goto(f"{server.url}/customers/{secret.number}/")
    expect(page.get_by_text("密厂").first).to_be_visible()
