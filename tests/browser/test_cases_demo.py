"""List and case page over the demo company, in English and on paper."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from keyue.operations.demo.company import PASSWORD
from tests.support.browser import check_page, sign_in
from tests.support.server import Server


def shown(page: Page, server: Server, path: str, user: str = "xu") -> Page:
    sign_in(page, server, user, PASSWORD)
    page.goto(server.url + path)
    return page


def a_case_at_work(page: Page, server: Server) -> str:
    """The address of a case whose department works on it."""
    page.goto(f"{server.url}/cases/?stage=solve")
    return page.locator("#list tbody tr .cut > a").first.get_attribute("href")


def test_in_english(demo_server, open_page):
    page = open_page(language="en-US")
    shown(page, demo_server, "/cases/")
    check_page(page)
    assert not re.search("[一-鿿]", page.locator("#views").inner_text().split("\n")[0])


def test_a_case_prints_without_buttons(demo_server, page):
    shown(page, demo_server, "/cases/")
    page.goto(demo_server.url + a_case_at_work(page, demo_server))
    page.emulate_media(media="print")
    for gone in (".composer", ".tabs", ".btn", "nav.nav"):
        assert not any(found.is_visible() for found in page.locator(gone).all()), gone
    expect(page.locator("#rail")).to_be_visible()
    expect(page.locator("#tab .msg").first).to_be_visible()
