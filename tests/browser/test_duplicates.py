"""The queue of duplicates on a telephone and on a desk: compare, merge, take it back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from tests.journeys.world import found
from tests.support.browser import OpenPage, check_page, check_reading
from tests.support.server import Server

LONG = "临江市第三自来水与污水处理设施建设运营管理有限责任公司滨江新区分公司"


def file(name: str, phone: str) -> Customer:
    return customers.create_customer(
        kind="organisation", name=name, contact_name="方既明", phone=phone, email="fang@example.com",
        region="浙江省杭州市", source="phone", legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_two_files_are_compared_merged_and_taken_apart(
    server: Server, open_page: OpenPage, sign_in_as: Callable[[Page, object], Page], phone: bool
) -> None:
    found()
    keeper = people.create_staff(username="keeper", name="档案员", department=None, by=SYSTEM, at=clock.now())
    people.grant_role(user=keeper, role="archive_keeper", by=SYSTEM, at=clock.now())
    first, second = file("临江第三水务有限公司", "0571-87654321"), file(LONG, "0571-87654321")
    proposal = customers.Proposal(first.pk, second.pk, 0.93, ("电话相同", "邮箱相同"))
    customers.propose(proposal=proposal, by=SYSTEM, at=clock.now())
    page = sign_in_as(open_page(phone=phone), keeper)

    page.goto(f"{server.url}/customers/duplicates/")
    check_page(page)
    check_reading(page)
    page.locator("table a.btn").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("是不是同一个客户")
    check_page(page)
    check_reading(page)
    page.get_by_text(second.number, exact=True).last.click()
    page.get_by_role("button", name="合并", exact=True).click()
    expect(page.locator(".toast")).to_contain_text(second.number)
    first.refresh_from_db()
    assert first.merged_into_id == second.pk

    page.goto(f"{server.url}/customers/{first.number}/")
    expect(page).to_have_url(f"{server.url}/customers/{second.number}/")
    expect(page.locator("#merged, section:has-text('并入的档案')").first).to_contain_text(first.number)
    check_page(page)

    page.goto(f"{server.url}/customers/merges/")
    check_page(page)
    page.get_by_role("button", name=f"拆开 {first.number}").click()
    expect(page).to_have_url(f"{server.url}/customers/{first.number}/")
    first.refresh_from_db()
    assert first.merged_into_id is None
