"""The quality manager enters the next year's holidays; somebody else is quicker; nothing that was typed is lost."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.promises import actions
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.worktime import selectors as worktime
from tests.browser.conftest import Company
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading

SPRING = "2027-02-05 至 2027-02-12 春节"


def fill_in(page: Page) -> None:
    page.get_by_role("button", name="双休，8 点半至 17 点半").click()
    expect(page.get_by_label("周一")).to_have_value("08:30-12:00, 13:00-17:30")
    page.get_by_label("休息日", exact=True).fill(
        page.get_by_label("休息日", exact=True).input_value() + "\n" + SPRING
    )
    page.get_by_label("节假日已录到").fill("2027-12-31")
    page.get_by_label("说明").fill("2027 年放假安排的通知")


def test_the_keeper_enters_a_year(company: Company) -> None:
    page = company.open(quality_manager(clock.now()), "/")
    page.get_by_role("link", name="设置").first.click()
    expect(page.locator("main")).to_contain_text("春节")
    check_page(page)
    check_reading(page)
    page.keyboard.press("e")
    page.wait_for_url("**/settings/calendar/edit/")
    check_page(page)
    check_reading(page)
    fill_in(page)
    # Enter in a field previews; it is no ready week
    page.get_by_label("周三").press("Enter")
    preview = page.locator("#preview")
    expect(preview).to_contain_text("增加休息日 8 天")
    expect(preview).to_contain_text("08:30-12:00, 13:00-17:30")
    check_page(page)
    check_reading(page)
    page.get_by_role("button", name="发布第 2 版").click()
    page.wait_for_url("**/settings/calendar/")
    expect(page.locator("#toasts")).to_contain_text("已发布第 2 版")
    expect(page.locator("#versions")).to_contain_text("支若兰")
    check_page(page)


def test_a_mistake_and_a_quicker_colleague_on_a_telephone(company: Company) -> None:
    page = company.open(quality_manager(clock.now()), "/settings/calendar/edit/", phone=True, dark=True)
    fill_in(page)
    page.get_by_label("周六").fill("9-12")
    page.locator(".form-foot").get_by_role("button", name="预览改动").click()
    expect(page.locator("#id_sat_error")).to_contain_text("看不懂")
    check_page(page, widths=(390,))
    check_reading(page)
    page.get_by_label("周六").fill("09:00-12:00")
    page.locator(".form-foot").get_by_role("button", name="预览改动").click()
    expect(page.locator("#preview")).to_contain_text("周六")
    said = {**worktime.newest_version(COMPANY_CALENDAR).definition}
    said["holidays"] = [*said["holidays"], "2026-12-24"]
    actions.publish_calendar(definition=said, note="厂庆", by=SYSTEM, at=clock.now(), source="cli")
    page.get_by_role("button", name="发布第 2 版").click()
    expect(page.get_by_role("alert")).to_contain_text("已有人发布了第 2 版")
    expect(page.locator("#theirs")).to_contain_text("厂庆")
    assert SPRING in page.get_by_label("休息日", exact=True).input_value()
    check_page(page, widths=(390,))
    check_reading(page)
    page.get_by_role("button", name="发布第 3 版").click()
    page.wait_for_url("**/settings/calendar/")
    check_page(page, widths=(390,))
    check_reading(page)
    assert worktime.newest_version(COMPANY_CALENDAR).n == 3
