"""The list of customers: searched, narrowed and changed by the keyboard, on a telephone and on a desk."""

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

LONG = "临江市第三自来水与污水处理设施建设运营管理有限责任公司滨江新区分公司"
NAMES = ("临江第三水务有限公司（演示）", "北屿文旅集团", LONG, "澜庭物业管理有限公司", "绿江水务有限公司")


@pytest.fixture
def archive(company: Company) -> list[Customer]:
    """Thirty organisations and a person; the newest first on the list."""
    at = clock.now() - timedelta(days=40)
    made = []
    for n in range(30):
        name = NAMES[n] if n < len(NAMES) else f"远山机械第{n}厂"
        made.append(
            customers.create_customer(
                kind="organisation",
                name=name,
                contact_name="方既明",
                phone=f"139{n:08d}",
                region="浙江省杭州市",
                category="水务" if n % 3 else "",
                source="tender",
                legal_basis="contract",
                by=SYSTEM,
                at=at,
            )
        )
    made.append(
        customers.create_customer(
            kind="person",
            name="周叙白",
            phone="13812346027",
            source="phone",
            legal_basis="contract",
            by=SYSTEM,
            at=at,
        )
    )
    return made


def test_found_and_changed_by_the_keyboard(
    company: Company, archive: list[Customer], picture: Callable[..., Path]
) -> None:
    page = company.open(company.world.supervisor, "/customers/")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    picture(page, "customer-list")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(25)
    page.get_by_role("link", name="下一页").click()
    expect(rows).to_have_count(6)
    page.goto(page.url.partition("?")[0])

    page.keyboard.press("/")
    page.keyboard.type("ljsw")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("绿江水务有限公司")
    expect(page).to_have_url(re.compile("q=ljsw"))
    page.locator("#filter_q").fill("6027")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("周*")
    page.locator("#filter_q").fill("绝无此字")
    expect(page.get_by_text("没有找到这位客户")).to_be_visible()
    check_page(page)
    # as slow as a hand: leaving the search by the click must not fetch the list under it anew
    page.get_by_role("link", name="清除全部条件").click(delay=200)
    expect(rows).to_have_count(25)

    page.locator("body").click(position={"x": 2, "y": 2})
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator(".bulk b")).to_have_text("已选 2 位")
    page.get_by_role("button", name="变更分类").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("选了 2 位客户")
    dialog.get_by_label("分类").fill("重点")
    dialog.get_by_role("button", name="变更分类").click()
    expect(page.get_by_text("已变更 2 位")).to_be_visible()
    check_page(page)
    check_reading(page)
    assert Customer.objects.filter(category="重点").count() == 2
    page.get_by_role("button", name="撤销这次变更").click()
    expect(page.get_by_text("恢复原来的内容")).to_be_visible()
    assert not Customer.objects.filter(category="重点").exists()


def test_on_a_telephone_and_in_the_dark(company: Company, archive: list[Customer]) -> None:
    page = company.open(
        company.world.supervisor, "/customers/?category=水务&order=name", phone=True, dark=True
    )
    check_page(page)
    check_reading(page)
    expect(page.locator("#list tbody tr").first).to_be_visible()
    page.get_by_title("去掉这个条件").click()
    expect(page).not_to_have_url(re.compile("category"))
