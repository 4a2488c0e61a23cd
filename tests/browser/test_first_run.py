"""The first run as the founder of a company meets it: on a desk and on a telephone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from keyue.company.models import Installation
from keyue.people.models import Post, User
from tests.support.browser import OpenPage, check_page
from tests.support.founders import NAMES, PASSWORDS
from tests.support.server import Server


def on(page: Page, step: str) -> None:
    """The next step."""
    page.locator(".form-foot .btn.pri").click()
    page.wait_for_url(f"**/start/{step}/")
    check_page(page)


def is_beside(page: Page, field: str, said: str) -> None:
    """The sentence stands with its field, for eyes and for screen readers."""
    control = page.locator(f"[name='{field}']")
    expect(control).to_have_attribute("aria-invalid", "true")
    named = (control.get_attribute("aria-describedby") or "").split()
    assert any(said in page.locator(f"id={one}").inner_text() for one in named), (field, named)


def name_administrators(page: Page) -> None:
    for key, (name, username) in NAMES.items():
        page.fill(f"[name={key}_name]", name)
        page.fill(f"[name={key}_username]", username)
        page.fill(f"[name={key}_password]", PASSWORDS[key])
        page.fill(f"[name={key}_again]", PASSWORDS[key])


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "telephone"])
def test_a_company_is_founded_with_mistakes_on_the_way(
    server: Server, open_page: OpenPage, phone: bool
) -> None:
    page = open_page(phone=phone)
    page.goto(server.url + "/cases/")
    assert page.url.endswith("/start/company/")
    check_page(page)
    page.fill("[name=company]", "澄川环境科技有限公司")
    on(page, "administrators")
    administrators_with_a_mistake(page)
    on(page, "staff")
    staff_with_a_mistake(page)
    hours_with_a_mistake(page)
    on(page, "regulations")
    page.fill("[name='feedback:progress.every']", "2 天")
    on(page, "roles")
    expect(page.get_by_text("还没有人")).to_have_count(2)
    page.locator("[name=holders-service_supervisor][value=xu]").check()
    on(page, "check")
    expect(page.get_by_text("有岗位还没有人")).to_be_visible()
    passwords = found_by_a_double_click(page)
    assert Installation.objects.count() == 1
    assert [user.username for user in Post.objects.get(code="service_supervisor").holders.all()] == ["xu"]
    page.get_by_role("button", name="去登录").click()
    page.wait_for_url("**/login/")
    page.fill("[name=username]", "he")
    page.fill("[name=password]", passwords[passwords.index("he") + 1])
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/me/password/")
    assert User.objects.get(username="he").must_change_password


def administrators_with_a_mistake(page: Page) -> None:
    name_administrators(page)
    page.fill("[name=audit_username]", "sys")
    page.locator(".form-foot .btn.pri").click()
    is_beside(page, "audit_username", "每位管理员是不同的人")
    check_page(page)
    page.fill("[name=audit_username]", "aud")
    # the passwords that were good are kept, the page shows none of them
    expect(page.locator("[name=audit_password]")).to_have_value("")


def staff_with_a_mistake(page: Page) -> None:
    page.fill("[name=departments]", "客户服务部\n工程服务部/一组")
    page.fill("[name=name-0]", "林知夏")
    page.fill("[name=department-0]", "客户服务部")
    page.select_option("[name=role-0]", "service_agent")
    page.fill("[name=name-1]", "许南乔")
    page.fill("[name=username-1]", "sys")
    sheet = {"name": "人员.csv", "mimeType": "text/csv", "buffer": "工号,姓名\nhe,何苒\n".encode()}
    page.set_input_files("[name=sheet]", [sheet])  # type: ignore[list-item]
    page.get_by_role("button", name="读入表格").click()
    is_beside(page, "username-1", "已经有人使用")
    expect(page.get_by_text("表格里有 1 人")).to_be_visible()
    check_page(page)
    # back and forth with the mistake in place: nothing is lost
    page.get_by_role("button", name="上一步").click()
    page.wait_for_url("**/start/administrators/")
    page.get_by_role("button", name="下一步").last.click()
    page.wait_for_url("**/start/staff/")
    expect(page.locator("[name=username-1]")).to_have_value("sys")
    page.fill("[name=username-1]", "xu")
    # Enter in a field is the next step, not one of the steps above
    page.locator("[name=username-1]").press("Enter")
    page.wait_for_url("**/start/hours/")
    check_page(page)


def hours_with_a_mistake(page: Page) -> None:
    page.get_by_role("button", name="单休，周日休息").click()
    expect(page.locator("[name=day-sat]")).to_have_value(re.compile("09:00"))
    page.reload()
    expect(page.locator("[name=day-sat]")).to_have_value(re.compile("09:00"))
    page.fill("[name=holidays]", "元旦")
    page.locator(".form-foot .btn.pri").click()
    is_beside(page, "holidays", "看不懂「元旦」")
    page.fill("[name=holidays]", "2026-12-24")


def found_by_a_double_click(page: Page) -> list[str]:
    """The last button, pressed twice, and the last page, reloaded: the same one-time passwords."""
    page.get_by_role("button", name="开始使用").dblclick()
    page.wait_for_url("**/start/done/")
    check_page(page)
    first = page.locator("td.mono").all_inner_texts()
    assert len(first) == 6
    page.reload()
    assert page.locator("td.mono").all_inner_texts() == first
    return first


def test_it_works_without_scripts(server: Server, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(server.url + "/start/")
    page.fill("[name=company]", "澄川环境")
    page.locator("[name=company]").press("Enter")
    page.wait_for_url("**/start/administrators/")
    page.locator("nav .flow").get_by_role("button", name="公司").click()
    page.wait_for_url("**/start/company/")
    expect(page.locator("[name=company]")).to_have_value("澄川环境")
