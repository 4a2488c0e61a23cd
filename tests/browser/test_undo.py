"""撤销 in Chromium: by the mouse, by Z, on a telephone, without scripts; and what a screen reader is told."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from keyue.promises.models import Promise
from tests.browser.conftest import Company
from tests.support.browser import check_page

HOUR = timedelta(hours=1)


def taken(company: Company, **options: object) -> Page:
    """The workbench of an engineer who has just taken the plan."""
    company.assigned(company.complaint("产水浊度反复超标", ago=2 * HOUR), ago=1 * HOUR)
    page = company.open(company.world.engineer, "/", **options)
    page.locator(".promise", has_text="方案：").get_by_role("button", name="领取").click()
    expect(page.locator("#toasts")).to_contain_text("已领取")
    assert Promise.objects.get(control="plan").holder == company.world.engineer
    return page


def is_back(page: Page) -> None:
    expect(page.locator("#toasts")).to_contain_text("已撤销，这条约定回到部门。")
    expect(page.locator(".promise", has_text="方案：").get_by_role("button", name="领取")).to_be_visible()
    assert Promise.objects.get(control="plan").holder is None


def test_a_step_is_taken_back_by_its_key_while_the_message_stands(company: Company) -> None:
    page = taken(company)
    check_page(page)
    # a screen reader says what comes into the region, not what stood there when the page came
    page.add_init_script("""new MutationObserver((changes) => { for (const change of changes)
        for (const node of change.addedNodes) if (node.className === "toast" && document.readyState !== "loading")
            document.documentElement.dataset.said = node.querySelector("span").textContent })
        .observe(document, { childList: true, subtree: true })""")
    toast = page.get_by_role("status").filter(has_text="已领取")
    expect(toast.get_by_role("button", name="撤销")).to_be_visible()
    page.keyboard.press("z")
    is_back(page)
    expect(page.locator("html")).to_have_attribute("data-said", "已撤销，这条约定回到部门。")
    # what has been taken back offers no undo of its own
    expect(page.locator("#toasts button")).to_have_count(0)


def test_a_thumb_reaches_it_on_a_telephone(company: Company) -> None:
    page = taken(company, phone=True)
    check_page(page)
    button = page.locator("#toasts").get_by_role("button", name="撤销")
    box = button.bounding_box()
    assert box is not None and box["height"] >= 40 and box["width"] >= 40
    button.tap()
    is_back(page)


def test_it_is_a_form_where_scripts_do_not_run(company: Company) -> None:
    page = taken(company, java_script_enabled=False)
    page.locator("#toasts").get_by_role("button", name="撤销").click()
    is_back(page)
