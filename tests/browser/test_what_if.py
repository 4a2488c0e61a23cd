"""What if, in Chromium: a shorter limit tried on the card of a clause and on the page, worked on by the real worker."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.regulations.actions import adopt_pack
from tests.apps.compliance.test_conflicts import LAW
from tests.browser.conftest import Company
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CLAUSE = "/regulations/feedback/4.1.1/"
PAGE = "/regulations/feedback/what-if/"
WAIT = 60_000


@pytest.fixture
def past(company: Company) -> Company:
    """Four complaints of two days ago: classified after half an hour, a little later, and after one and a half and three hours."""
    for n, waited in enumerate((0.5, 0.8, 1.5, 3)):
        case = company.complaint(f"水泵异响 {n}", ago=2 * DAY)
        company.classified(case, ago=2 * DAY - waited * HOUR)
    company.look()
    return company


def test_a_shorter_limit_is_tried_on_the_card_of_the_clause(past):
    page = past.open(past.world.supervisor, CLAUSE)
    card = page.locator("#what-if")
    expect(card).to_contain_text("现行 2 小时")
    card.get_by_role("button", name="1 小时", exact=True).click()
    expect(card.locator("table")).to_be_visible(timeout=WAIT)
    rows = card.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("75.0%")
    expect(rows.nth(0)).to_contain_text("50.0%")
    expect(rows.nth(1)).to_contain_text("1 / 4")
    expect(rows.nth(1)).to_contain_text("2 / 4")
    expect(card).to_contain_text("推演不改变任何现行约定")
    expect(card).to_contain_text("受影响最大：客服坐席组 1 条")
    check_page(page)
    check_reading(page)
    # the figures of the month come anew, the ones that were tried stay
    past.complaint("加药泵异响", ago=HOUR)
    past.look()
    expect(page.locator("#figures")).to_contain_text("进行中")
    expect(card.locator("table")).to_be_visible()
    card.get_by_role("link", name="看全部结果").click()
    expect(page.locator("h1")).to_have_text("推演结果")


def test_a_typed_limit_and_one_that_is_none(past):
    page = past.open(past.world.supervisor, CLAUSE)
    card = page.locator("#what-if")
    card.get_by_role("textbox").fill("很快")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("看不懂「很快」")
    card.get_by_role("textbox").fill("4 小时")
    page.keyboard.press("Enter")
    expect(card.locator("tbody tr").nth(0)).to_contain_text("100%", timeout=WAIT)
    assert page.url.endswith(CLAUSE)


def test_from_the_form_to_figures_and_a_draft(past):
    author = quality_manager(past.world.founded_at)
    page = past.open(author, PAGE)
    check_page(page)
    check_reading(page)
    page.locator("summary").filter(has_text="4.1.1").first.click()
    page.locator('[name="classify.within"]').fill("1 小时")
    page.get_by_role("button", name="开始推演").click()
    page.wait_for_url(re.compile(r"/what-if/\d+/$"))
    expect(page.locator("main")).to_contain_text("按条款", timeout=WAIT)
    check_page(page)
    check_reading(page)
    expect(page.locator("main")).to_contain_text("75.0% → 50.0%")
    affected = page.locator("section.card").filter(has=page.get_by_role("heading", name="受影响最大的"))
    expect(affected.locator("tbody tr")).to_have_count(1)
    expect(affected).to_contain_text("水泵异响 2")
    page.get_by_role("button", name="生成修订草案").click()
    expect(page.locator("body")).to_contain_text("已起草第 2 版")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone(past, dark):
    page = past.open(past.world.supervisor, PAGE, phone=True, dark=dark)
    check_page(page)
    check_reading(page)
    page.locator("summary").filter(has_text="4.1.1").first.tap()
    page.locator('[name="classify.within"]').fill("1 小时")
    page.get_by_role("button", name="开始推演").tap()
    expect(page.locator("main")).to_contain_text("按责任方", timeout=WAIT)
    check_page(page, widths=(390,))
    check_reading(page)


def test_without_scripts_the_page_comes_anew_by_itself(past):
    page = past.open(past.world.supervisor, CLAUSE, java_script_enabled=False)
    page.locator("#what-if").get_by_role("button", name="1 小时", exact=True).click()
    page.wait_for_url(re.compile(r"/what-if/\d+/$"))
    expect(page.locator("main")).to_contain_text("按条款", timeout=WAIT)


def test_conflicts_have_a_page(past):
    page = past.open(past.world.supervisor, "/regulations/conflicts/")
    expect(page.locator("main")).to_contain_text("没有冲突")
    check_page(page)
    check_reading(page)


def test_two_regulations_that_ask_the_same_stand_side_by_side(
    company: Company, tmp_path: Path, picture: Callable[..., Path]
) -> None:
    file = tmp_path / "law.md"
    file.write_text(LAW, encoding="utf-8")
    with clock.telling(clock.now() - DAY):
        adopt_pack(pack=file, effective_from=clock.now(), answers={}, by=SYSTEM, at=clock.now())
    page = company.open(company.world.supervisor, CLAUSE)
    page.locator("#conflicts").get_by_role("link", name="全部冲突").click()
    page.wait_for_url("**/regulations/conflicts/")
    sides = page.locator("main .ctrl")
    expect(sides.nth(0)).to_contain_text("快速分类 以较严为准")
    expect(sides.nth(0)).to_contain_text("30 分钟")
    expect(sides.nth(1)).to_contain_text("2 小时")
    expect(page.locator("main")).to_contain_text("只在《快速受理办法》第三条管到的情形里同时适用")
    check_page(page)
    check_reading(page)
    picture(page, "conflicts")
