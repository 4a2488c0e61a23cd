"""A file that is no regulation: it is kept in the list with the reason, and another one can be taken."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from keyue.kernel import clock
from tests.browser.conftest import Company
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading

WIDTHS = (390, 1100, 1440)


def test_a_file_that_cannot_be_read_says_so(company: Company, tmp_path: Path) -> None:
    page = company.open(quality_manager(clock.now()), "/regulations/")
    page.keyboard.press("u")
    page.wait_for_url("**/regulations/upload/")
    file = tmp_path / "制度.pdf"
    file.write_bytes(b"%PDF-1.4 nothing")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="读入", exact=True).click()
    expect(page.locator("main")).to_contain_text("读不出这个文件", timeout=60_000)
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("link", name="换一个文件").click()
    expect(page.locator("tbody tr")).to_contain_text("制度.pdf")
