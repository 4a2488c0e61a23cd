"""The menu that asks what a personal field is looked at for: whole on every screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.journeys.world import found
from tests.support.browser import OpenPage, check_page
from tests.support.server import Server


@pytest.mark.parametrize("phone", [True, False], ids=["telephone", "desk"])
def test_the_menu_of_purposes_stays_on_the_screen(
    server: Server, open_page: OpenPage, sign_in_as: Callable[[Page, object], Page], phone: bool
) -> None:
    world = found()
    customer = customers.create_customer(
        kind="person", name="周叙白", phone="13800006027", email="zhou@example.com", source="phone",
        legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    page = sign_in_as(open_page(phone=phone), world.agent)
    page.goto(f"{server.url}/customers/{customer.number}/")
    check_page(page)
    buttons = page.locator("summary.reveal")
    assert buttons.count() >= 3
    width = page.viewport_size["width"] if page.viewport_size else 0
    for n in range(buttons.count()):
        buttons.nth(n).click()
        menu = page.locator("details[open] > .menu").bounding_box()
        assert menu is not None
        assert menu["x"] >= 0 and menu["x"] + menu["width"] <= width, (n, menu)
        page.locator("details[open] > .menu button").first.click(trial=True)
        buttons.nth(n).click()
