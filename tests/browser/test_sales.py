"""The board of opportunities and the public pool in Chromium: by mouse, by keyboard, on a telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import Department, User
from keyue.sales import actions
from keyue.sales.models import Opportunity
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

LONG = "临江市北岸区第三净水厂扩建工程二期膜处理车间在线监测仪表成套供货与五年运行维护服务"


@pytest.fixture
def seller(company: Company) -> User:
    """An account manager with three opportunities and a customer in the pool."""
    at = clock.now() - timedelta(days=2)
    user = people.create_staff(
        username="qiao", name="乔木", department=Department.objects.get(code="tech"),
        must_change_password=False, by=SYSTEM, at=at,
    )  # fmt: skip
    people.grant_role(user=user, role="account_manager", by=SYSTEM, at=at)
    for n, title in enumerate(("二期膜组", "加药设备", LONG)):
        customer = customers.create_customer(
            kind="organisation", name=f"临江第{n + 1}水务有限公司", source="phone", legal_basis="contract",
            account_manager=user, by=SYSTEM, at=at,
        )  # fmt: skip
        actions.open_opportunity(
            customer=customer,
            title=title,
            amount=f"{n + 1}00000",
            owner=user,
            next_step="送样",
            by=SYSTEM,
            at=at,
        )
    free = customers.create_customer(
        kind="organisation", name="西山造纸有限公司", source="phone", legal_basis="contract", grade="B", by=SYSTEM, at=at
    )  # fmt: skip
    actions.release_customer(customer=free, by=SYSTEM, at=at)
    return User.objects.get(pk=user.pk)


def column(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def stage_of(title_part: int) -> str:
    return Opportunity.objects.order_by("pk")[title_part].stage


def test_a_card_is_dragged_and_taken_back(company: Company, seller: User):
    page = company.open(seller, "/customers/opportunities/")
    check_page(page)
    check_reading(page)
    expect(column(page, "初步接触").locator(".hd .n").first).to_have_text("3")
    card = page.locator("[data-card]", has_text="二期膜组")
    card.drag_to(column(page, "方案报价"))
    expect(column(page, "方案报价").locator("[data-card]")).to_have_count(1)
    expect(column(page, "方案报价").locator(".hd")).to_contain_text("¥100,000.00")
    assert stage_of(0) == "offer"
    # the card keeps the focus where it stands now
    expect(column(page, "方案报价").get_by_role("link", name="二期膜组")).to_be_focused()
    page.locator("#toasts").get_by_role("button", name="撤销").click()
    expect(column(page, "初步接触").locator("[data-card]")).to_have_count(3)
    assert stage_of(0) == "contact"


def test_a_card_is_moved_by_keyboard_and_lost_with_a_reason(company: Company, seller: User):
    page = company.open(seller, "/customers/opportunities/")
    menu = page.locator("[data-card]", has_text="加药设备").locator("summary")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="需求确认", exact=True).locator("visible=true").focus()
    page.keyboard.press("Enter")
    expect(column(page, "需求确认").locator("[data-card]")).to_have_count(1)
    assert stage_of(1) == "need"
    # onto the last column: why is asked before anything happens
    page.locator("[data-card]", has_text="二期膜组").drag_to(column(page, "输单"))
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    assert stage_of(0) == "contact"
    dialog.get_by_label("输单原因").select_option("price")
    dialog.get_by_role("button", name="记为输单").click()
    page.wait_for_url("**/SJ-00001/")
    expect(page.get_by_text("价格", exact=True)).to_be_visible()


def test_the_board_is_a_list_on_a_telephone(company: Company, seller: User):
    page = company.open(seller, "/customers/opportunities/", phone=True)
    check_page(page)
    boxes = [column(page, name).bounding_box() for name in ("初步接触", "需求确认")]
    assert boxes[0]["x"] == boxes[1]["x"] and boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"]
    page.locator("[data-card]", has_text="二期膜组").locator("summary").click()
    page.get_by_role("button", name="商务谈判", exact=True).locator("visible=true").click()
    expect(column(page, "商务谈判").locator("[data-card]")).to_have_count(1)


@pytest.mark.parametrize("phone", [False, True])
def test_a_customer_is_picked(company: Company, seller: User, phone: bool):
    page = company.open(seller, "/customers/pool/", phone=phone)
    check_page(page)
    expect(page.get_by_text("西山造纸有限公司")).to_be_visible()
    page.get_by_role("button", name="领取").click()
    page.wait_for_url("**/customers/KH-*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("西山造纸有限公司")


@pytest.mark.parametrize("phone", [False, True])
def test_the_other_pages_hold_together(company: Company, seller: User, phone: bool):
    page = company.open(seller, "/customers/leads/new/", phone=phone)
    check_page(page)
    page.get_by_label("单位名称").fill(LONG)
    page.get_by_role("button", name="报备").click()
    page.wait_for_url("**/customers/leads/XS-*/")
    check_page(page)
    for path in ("leads/", "funnel/", "opportunities/list/", "opportunities/SJ-00003/"):
        page.goto(f"{company.server.url}/customers/{path}")
        check_page(page)


def test_a_plan_is_agreed_to_by_the_customer(company: Company, seller: User):
    customer = customers.create_customer(
        kind="organisation", name="东山药业有限公司", source="phone", legal_basis="contract",
        account_manager=seller, by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    need = actions.note_need(customer=customer, what="两台膜组", user=seller, by=SYSTEM, at=clock.now())
    _plan, token = actions.send_plan(
        need=need, text="六月底前装好。\n质保两年。", items=["膜组两台", "培训一天"], user=seller, by=SYSTEM, at=clock.now()
    )  # fmt: skip
    page = company.open_page(phone=True)
    page.goto(f"{company.server.url}/plan/{token}/")
    check_page(page)
    check_reading(page)
    page.get_by_role("button", name="确认这份方案").click()
    expect(page.get_by_text("您已确认这份方案")).to_be_visible()
