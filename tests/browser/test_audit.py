"""The auditor of the demo: signs in with the printed password, finds, leafs, exports."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.support.browser import check_page, sign_in
from tests.support.server import Server


def test_the_auditor_finds_what_an_administrator_did(demo_server: Server, page: Page) -> None:
    sign_in(page, demo_server, "aud", "Maple-Stone-77")
    page.get_by_role("link", name="台账").first.click()
    expect(page.get_by_role("heading", name="台账")).to_be_visible()
    check_page(page)
    page.get_by_role("link", name="管理事实").click()
    page.get_by_label("种类", exact=True).select_option("user.role_granted")
    page.get_by_label("人员", exact=True).fill("林知夏")
    page.get_by_label("人员是").select_option("1")
    page.get_by_role("button", name="查找").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("授予角色")
    expect(row).to_contain_text("客服专员")
    check_page(page)
    page.get_by_label("导出目的").select_option("internal_audit")
    with page.expect_download() as started:
        page.get_by_role("button", name="导出 xlsx").click()
    assert started.value.suggested_filename.endswith(".xlsx")
