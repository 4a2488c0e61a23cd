"""List and case page over the demo company: they stand up to rich data, and are the pictures of the user's guide."""

from __future__ import annotations

import re

import pytest
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


def test_the_list_in_a_company_at_work(demo_server, page, picture):
    shown(page, demo_server, "/cases/")
    check_page(page)
    page.locator("[data-pick]").nth(1).check()
    page.locator("[data-pick]").nth(3).check()
    expect(page.locator(".bulk")).to_contain_text("已选 2 条")
    picture(page, "cases")


def test_a_case_in_a_company_at_work(demo_server, page, picture):
    shown(page, demo_server, "/cases/")
    page.goto(demo_server.url + a_case_at_work(page, demo_server))
    check_page(page)
    expect(page.locator('.prail [aria-current="step"]')).to_be_visible()
    picture(page, "case")


@pytest.mark.parametrize("name", ["cases", "case"])
def test_on_a_telephone_and_in_the_dark(demo_server, open_page, picture, name):
    page = open_page(phone=True, dark=name == "case")
    shown(page, demo_server, "/cases/")
    if name == "case":
        page.goto(demo_server.url + a_case_at_work(page, demo_server))
    check_page(page, widths=(390,))
    picture(page, f"{name}-phone")


def test_in_english(demo_server, open_page):
    page = open_page(language="en-US")
    shown(page, demo_server, "/cases/")
    check_page(page)
    assert not re.search("[一-鿿]", page.locator("#views").inner_text().split("\n")[0])


def test_a_case_prints_without_buttons(demo_server, page, picture):
    shown(page, demo_server, "/cases/")
    page.goto(demo_server.url + a_case_at_work(page, demo_server))
    page.emulate_media(media="print")
    for gone in (".composer", ".tabs", ".btn", "nav.nav"):
        assert not any(found.is_visible() for found in page.locator(gone).all()), gone
    expect(page.locator("#rail")).to_be_visible()
    expect(page.locator("#tab .msg").first).to_be_visible()
