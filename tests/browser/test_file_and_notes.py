"""The file of a customer and the notes of contacts in the browser, on a telephone at the customer's door and at a desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from keyue.customers import actions as customers
from keyue.customers.actions.fields import define_field
from keyue.customers.actions.upkeep import verify_fields
from keyue.customers.models import ContactNote, Customer, FieldCheck, FieldDefinition, FollowUp, LearntChange
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading


@pytest.fixture
def waterworks(company: Company) -> Customer:
    """An organisation that is signed, graded A, and whose file lacks its credit and its needs."""
    at = clock.now() - timedelta(days=20)
    with clock.telling(at):
        define_field(
            key="process", label="处理工艺", kind="choice", options=["膜法", "常规"], by=SYSTEM, at=at
        )
        define_field(key="birthday", label="负责人生日", kind="date", is_personal=True, by=SYSTEM, at=at)
        made = customers.create_customer(
            kind="organisation", name="临江第三水务有限公司（演示）", contact_name="方既明", phone="13800006027",
            role="总经理", part="decider", address="临江市北岸区净水路 18 号", history="2022 年加药间改造",
            grade="A", stage="signed", source="tender", legal_basis="contract", by=SYSTEM, at=at,
        )  # fmt: skip
        verify_fields(customer=made, fields=["phone", "address"], how="phone", by=SYSTEM, at=at)
    return made


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_the_file_is_verified_and_changed(company: Company, waterworks: Customer, phone: bool) -> None:
    page = company.open(company.world.agent, f"/customers/{waterworks.number}/?tab=file", phone=phone)
    check_page(page)
    check_reading(page)
    file = page.locator("#archive-file")
    expect(file).to_contain_text("完整度 75%")
    expect(file).to_contain_text("不知道客户要什么，方案无从做起")
    file.get_by_role("link", name="核实", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("名称", exact=True).check()
    dialog.get_by_label("怎么核实的").select_option("visit")
    dialog.get_by_role("button", name="核实无误").click()
    expect(page.locator("#archive-file")).to_contain_text("上门核实")
    assert FieldCheck.objects.filter(customer=waterworks, field="name").exists()
    page.get_by_role("link", name="我得知有变化").click()
    dialog.get_by_label("地址", exact=True).check()
    dialog.get_by_role("button", name="记下").click()
    expect(page.locator("#archive-file")).to_contain_text("得知有变化：地址")
    page.get_by_role("link", name="更新档案").click()
    dialog.get_by_label("地址").fill("临江市南岸区新址 1 号")
    dialog.get_by_role("button", name="更新").click()
    expect(page.locator("#archive-file")).to_contain_text("新址 1 号")
    assert LearntChange.objects.get().entered_at is not None
    page.get_by_label("地址的变更", exact=True).click()
    expect(dialog).to_contain_text("净水路 18 号 → 临江市南岸区新址 1 号")


def test_the_file_as_it_was(company: Company, waterworks: Customer) -> None:
    at = clock.now() - timedelta(days=2)
    with clock.telling(at):
        customers.change_customer(
            customer=waterworks, changes={"address": "临江市南岸区新址 1 号"}, by=SYSTEM, at=at
        )
    page = company.open(company.world.agent, f"/customers/{waterworks.number}/?tab=file")
    file = page.locator("#archive-file")
    expect(file).to_contain_text("新址 1 号")
    page.get_by_label("看哪一天的档案").fill("2026-03-10T09:00")
    page.get_by_role("button", name="看当时的档案").click()
    expect(file).to_contain_text("净水路 18 号")
    expect(file).not_to_contain_text("新址 1 号")
    expect(file).to_contain_text("138****6027")
    page.get_by_role("link", name="回到现在").click()
    expect(file).to_contain_text("新址 1 号")


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_a_note_at_the_customers_door(company: Company, waterworks: Customer, phone: bool) -> None:
    page = company.open(company.world.agent, "/customers/note/", phone=phone)
    check_page(page)
    page.get_by_label("和哪位客户").fill("临江")
    page.get_by_role("link", name=waterworks.name).click()
    check_page(page)
    page.get_by_label("方式").select_option("visit")
    page.get_by_label("谈了什么").fill("现场看了加药间，客户希望每月给药耗报表。")
    page.get_by_label("重要沟通").check()
    page.get_by_role("button", name="记下").click()
    # what an important contact lacks is said beside each field, and nothing typed is lost
    expect(page.get_by_text("重要沟通要写明参加的人").first).to_be_visible()
    expect(page.get_by_label("谈了什么")).to_have_value("现场看了加药间，客户希望每月给药耗报表。")
    page.get_by_role("textbox", name="其他参加人").fill("方既明、林知夏")
    page.get_by_role("textbox", name="客户意见").fill("尽快")
    page.get_by_role("textbox", name="下一步打算").fill("下周给样表")
    _next_step(page)
    page.get_by_role("button", name="记下").click()
    expect(page.locator("#notes")).to_contain_text("下周给样表")
    expect(page.locator("#plan")).to_contain_text("给样表")
    assert ContactNote.objects.get().is_important
    assert FollowUp.objects.get().owner == company.world.agent
    check_page(page)


def _next_step(page: Page) -> None:
    page.get_by_text("约定下一步（到期前会提醒）").click()
    page.get_by_label("下一步做什么").fill("给样表")
    page.get_by_label("期限").fill("2026-03-24T18:00")


def test_the_key_writes_a_note_and_the_step_is_done(company: Company, waterworks: Customer) -> None:
    page = company.open(company.world.agent, f"/customers/{waterworks.number}/")
    page.keyboard.press("m")
    dialog = page.locator("#dialog")
    dialog.get_by_label("谈了什么").fill("电话里确认了停水时间。")
    dialog.get_by_label("客户没有意见").check()
    _next_step(page)
    dialog.get_by_role("button", name="记下").click()
    expect(page.locator("#notes")).to_contain_text("电话里确认了停水时间。")
    page.goto(company.server.url + "/customers/plan/")
    page.get_by_role("link", name="记录结果").click()
    dialog.get_by_role("button", name="记下").click()
    expect(page.locator(".toast").first).to_contain_text("已记下结果。")
    assert FollowUp.objects.get().outcome == "done"


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_the_plan_shows_who_waits(company: Company, waterworks: Customer, phone: bool) -> None:
    page = company.open(company.world.agent, "/customers/plan/?of=all", phone=phone)
    check_page(page)
    check_reading(page)
    expect(page.get_by_role("link", name=waterworks.name)).to_be_visible()
    expect(page.locator(".kpis")).to_contain_text("0 / 1 位在间隔内联系过")


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_a_field_without_code(company: Company, waterworks: Customer, phone: bool) -> None:
    people.grant_role(user=company.world.supervisor, role="archive_keeper", by=SYSTEM, at=clock.now())
    page = company.open(company.world.supervisor, "/customers/fields/", phone=phone)
    check_page(page)
    check_reading(page)
    page.get_by_role("link", name="增加字段").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("字段名称").fill("水表数")
    dialog.get_by_label("字段代码").fill("meters")
    dialog.get_by_label("内容类型").select_option("number")
    dialog.get_by_role("button", name="增加").click()
    expect(page.get_by_role("table")).to_contain_text("水表数")
    assert FieldDefinition.objects.filter(key="meters", kind="number").exists()
    page.goto(f"{company.server.url}/customers/{waterworks.number}/?tab=file")
    page.get_by_role("link", name="填写自定义字段").click()
    dialog.get_by_label("水表数").fill("12")
    dialog.get_by_label("负责人生日").fill("1980-02-03")
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator("#archive-file")).to_contain_text("12")
    expect(page.locator("#archive-file")).not_to_contain_text("1980")
