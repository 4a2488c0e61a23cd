"""Signing in in Chromium: a wrong password, the lock, the second factor, the time-out and the way back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from keyue.kernel import clock
from keyue.people import totp
from keyue.people.authentication import phone_time
from keyue.people.models import User
from tests.browser.conftest import NOW, Company
from tests.support.browser import check_page, check_reading, with_real_password

PASSWORD = "Maple-Stone-7"


@pytest.fixture
def agent(company: Company) -> User:
    return with_real_password(company.world.agent, PASSWORD)


def enter(page: Page, username: str, password: str) -> None:
    """Name, password, Enter: by keyboard alone."""
    page.get_by_label("工号或邮箱").fill(username)
    page.keyboard.press("Tab")
    # the link for forgotten passwords stands between the two
    if page.evaluate("document.activeElement.id") != "id_password":
        page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_a_wrong_password_is_said_and_the_right_one_leads_to_where_one_wanted(company, agent):
    case = company.complaint("产水浊度反复超标")
    page = company.open_page()
    page.goto(f"{company.server.url}/cases/{case.number}/")
    page.wait_for_url("**/login/?next=*")
    expect(page.get_by_label("工号或邮箱")).to_be_focused()
    check_page(page)
    enter(page, "lin", "Wrong-Stone-7")
    expect(page.get_by_role("alert")).to_contain_text("工号或密码不对，还可尝试 4 次。")
    expect(page.get_by_label("工号或邮箱")).to_have_value("lin")
    expect(page.get_by_label("密码", exact=False).first).to_have_value("")
    enter(page, "lin@example.com", PASSWORD)
    page.wait_for_url(f"**/cases/{case.number}/")
    expect(page.locator("h1")).to_contain_text(case.title)


def test_five_wrong_passwords_lock_the_account_until_time_or_an_administrator_opens_it(company, agent):
    page = company.open_page()
    page.goto(company.server.url + "/login/")
    for left in (4, 3, 2, 1):
        enter(page, "lin", "Wrong-Stone-7")
        expect(page.get_by_role("alert")).to_contain_text(f"还可尝试 {left} 次")
    enter(page, "lin", "Wrong-Stone-7")
    expect(page.get_by_role("alert")).to_contain_text("已锁定，10:50 自动解锁（还剩 30 分）")
    # the right one does not help now
    enter(page, "lin", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("已锁定")
    clock.move_to(NOW + timedelta(minutes=31))
    enter(page, "lin", PASSWORD)
    page.wait_for_url(company.server.url + "/")


def test_a_name_nobody_has_is_answered_like_any_other(company):
    page = company.open_page()
    page.goto(company.server.url + "/login/")
    enter(page, "nobody", "Wrong-Stone-7")
    expect(page.get_by_role("alert")).to_have_text(re.compile("工号或密码不对，还可尝试 4 次。"))


def set_up_code(page: Page, company: Company) -> tuple[str, list[str]]:
    """Turn the second factor on, as its page says; the secret and the recovery codes."""
    page.goto(company.server.url + "/me/two-factor/")
    secret = page.locator(".mono.bold").inner_text().replace(" ", "")
    page.get_by_label("应用显示的口令").fill(code_now(secret))
    page.get_by_role("button", name="启用").click()
    expect(page.locator("h1")).to_contain_text("已启用")
    return secret, page.locator("ul.mono > li").all_inner_texts()


def code_now(secret: str, *, ahead: int = 0) -> str:
    """What the phone shows now, or `ahead` half minutes from now."""
    return totp.code_at(secret, totp.step_of(phone_time(clock.now())) + ahead)


def test_the_second_factor_is_set_up_and_asked_for(company, agent):
    page = company.open(agent, "/me/")
    expect(page.locator("main")).to_contain_text("未启用")
    secret, codes = set_up_code(page, company)
    assert len(codes) >= 8
    check_page(page)

    other = company.open_page()
    other.goto(company.server.url + "/login/?next=/cases/")
    enter(other, "lin", PASSWORD)
    code = other.locator("#id_code")
    expect(code).to_be_focused()
    check_page(other)
    code.fill("000000" if code_now(secret) != "000000" else "000001")
    code.press("Enter")
    expect(other.get_by_role("alert")).to_contain_text("口令不对，或已经用过，还可尝试 4 次")
    # one code, one use: the one that turned it on is spent, the next half minute's is good
    code.fill(code_now(secret, ahead=1))
    code.press("Enter")
    other.wait_for_url("**/cases/")

    lost = company.open_page()
    lost.goto(company.server.url + "/login/")
    enter(lost, "lin", PASSWORD)
    lost.locator("#id_code").fill(codes[0])
    lost.locator("#id_code").press("Enter")
    lost.wait_for_url(company.server.url + "/")


def test_half_an_hour_without_doing_anything_ends_the_session_and_leads_back(company, agent):
    case = company.complaint("产水浊度反复超标")
    page = company.open(agent, f"/cases/{case.number}/?tab=ledger")
    company.later(29 / 60)
    page.reload()
    expect(page.locator("h1")).to_contain_text(case.title)
    company.later(31 / 60)
    page.reload()
    expect(page.locator("main")).to_contain_text("长时间没有操作，已自动退出")
    expect(page.locator("main")).not_to_contain_text(case.title)
    enter(page, "lin", PASSWORD)
    page.wait_for_url(f"**/cases/{case.number}/?tab=ledger")
    expect(page.locator("h1")).to_contain_text(case.title)


def test_what_one_clicks_after_the_time_out_leads_to_the_door_and_back(company, agent):
    case = company.complaint("产水浊度反复超标")
    page = company.open(agent, f"/cases/{case.number}/")
    company.later(31 / 60)
    page.keyboard.press("e")
    page.wait_for_url("**/login/?next=*")
    expect(page.locator("main")).to_contain_text("已自动退出")
    enter(page, "lin", PASSWORD)
    page.wait_for_url(f"**/cases/{case.number}/")


def test_signing_out_needs_a_yes_and_is_final(company, agent):
    page = company.open(agent, "/")
    page.locator(".top summary").last.click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/**")
    expect(page.locator("main")).to_contain_text("已退出")
    page.go_back()
    page.reload()
    page.wait_for_url("**/login/**")


@pytest.mark.parametrize("dark", [False, True])
def test_the_door_fits_a_telephone_can_be_read_and_speaks_english(company, dark):
    page = company.open_page(phone=True, dark=dark)
    page.goto(company.server.url + "/login/")
    check_page(page, widths=(390,))
    check_reading(page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"
    check_page(page, widths=(390,))


def test_who_must_change_the_password_does_that_first(company, agent):
    agent.must_change_password = True
    agent.save(update_fields=["must_change_password"])
    page = company.open_page()
    page.goto(company.server.url + "/login/?next=/cases/")
    enter(page, "lin", PASSWORD)
    page.wait_for_url("**/me/password/")

    def change(to: str) -> None:
        page.locator("#id_old").fill(PASSWORD)
        page.locator("#id_password").fill(to)
        page.locator("#id_again").fill(to)
        page.get_by_role("button", name="更改密码").click()

    change("linzhixia1")
    expect(page.locator(".field", has=page.locator("#id_password"))).to_contain_text("三种")
    page.goto(company.server.url + "/cases/")
    page.wait_for_url("**/me/password/")
    change("River-Cloud-92")
    page.wait_for_url(lambda url: "/me/password/" not in url)
    page.goto(company.server.url + "/cases/")
    expect(page.locator("h1")).to_have_text("事项")
