"""Who writes a regulation picks a kind, fills in its form, reads the sentence, and mends what is wrong; no TOML."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.regulations import actions
from keyue.regulations import selectors as regulations
from keyue.regulations.document import ControlBlock, read_document
from keyue.regulations.models import Edition
from tests.browser.conftest import Company
from tests.journeys.world import quality_manager
from tests.support.browser import check_page, check_reading


def draft_of(name: str) -> Edition:
    newest = regulations.newest_edition(name)
    assert newest is not None
    at = clock.now() - timedelta(minutes=5)
    return actions.draft_edition(text=newest.source, answers=newest.answers, by=SYSTEM, at=at)


def block_of(draft: Edition, identity: str) -> ControlBlock | None:
    document = read_document(regulations.edition(draft.regulation_id, draft.n).source)
    return next((block for block in document.blocks if block.id == identity), None)


def test_a_control_is_written_on_screen(company: Company, picture: Callable[..., Path]) -> None:
    draft = draft_of("feedback")
    start = f"/regulations/feedback/editions/{draft.n}/clauses/4.1.2/new/"
    page = company.open(quality_manager(clock.now()), start)
    check_page(page, widths=(390, 1100, 1440))
    picture(page, "control-kinds")
    page.keyboard.press("1")
    page.wait_for_url(re.compile("kind=deadline"))
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    page.get_by_label("名称").fill("登记")
    page.locator("#id_on-0-fact").select_option(label="分类")
    # another row, and the conditions of the first
    expect(page.locator("#id_on-1-fact")).to_be_visible()
    page.locator("#row-on-0").get_by_text("条件", exact=True).click()
    page.locator("#id_on-0-0-field").select_option(label="这件事的类型")
    expect(page.locator("#id_on-0-1-field")).to_be_visible()
    page.locator("#id_on-0-0-value").fill("投诉")
    page.locator("#id_met_by-0-fact").select_option(label="审核")
    expect(page.locator("#id_met_by-1-fact")).to_be_visible()
    page.locator("#id_owner-0").select_option(label="牵头部门")
    expect(page.locator("#id_owner-1")).to_be_visible()
    page.locator("#id_within").press_sequentially("2 小时内")
    preview = page.locator("#control-preview")
    expect(preview).to_contain_text("分类（这件事的类型是投诉）后 2 小时内由牵头部门完成「审核」")
    expect(page.locator("#fault-owner")).to_contain_text("可能是空的")
    check_page(page, widths=(390, 1440))
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    picture(page, "control-form")
    # the remark stands already: only a new page shows that the button was answered
    with page.expect_navigation():
        page.get_by_role("button", name="存入草案").click()
    expect(page.locator("#fault-owner")).to_contain_text("可能是空的")
    assert block_of(draft, "登记") is None
    page.locator("#id_owner-1").select_option(label="客户服务部坐席组")
    expect(page.locator("#fault-owner")).to_be_empty()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="存入草案").click()
    page.wait_for_url(lambda url: "/new/" not in url)
    expect(page.locator("#toasts")).to_contain_text("「登记」已存入草案")
    block = block_of(draft, "登记")
    assert block is not None
    assert (block.raw["on"], block.raw["within"]) == ("case.classified if fact.type == 'complaint'", "PT2H")
    assert block.raw["owner"] == ["case.lead", "service_desk"]


def test_a_row_and_a_control_are_removed_and_come_back(company: Company) -> None:
    draft = draft_of("feedback")
    page = company.open(
        quality_manager(clock.now()), f"/regulations/feedback/editions/{draft.n}/controls/plan/"
    )
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    expect(page.locator("#control-words")).to_contain_text("24 小时内由牵头部门（没有时由客户服务部负责人）")
    page.get_by_role("button", name="移除这一级").first.click()
    expect(page.locator("#control-form")).to_contain_text("已移除一行")
    expect(page.locator("#control-words")).not_to_contain_text("时限过 75% 时报")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#control-words")).to_contain_text("时限过 75% 时报客户服务部负责人")
    page.get_by_role("button", name="移除这个控制").click()
    page.wait_for_url(lambda url: "/controls/" not in url)
    assert block_of(draft, "plan") is None
    page.locator("#toasts").get_by_role("button", name="撤销").click()
    expect(page.locator("#toasts")).to_contain_text("已放回")
    assert regulations.edition("feedback", draft.n).source == draft.source


def test_what_was_typed_stays_while_it_is_wrong(company: Company) -> None:
    draft = draft_of("feedback")
    page = company.open(
        quality_manager(clock.now()), f"/regulations/feedback/editions/{draft.n}/controls/classify/"
    )
    field = page.locator("#id_within")
    expect(field).to_have_value("2 小时")
    field.fill("很快")
    field.press("Enter")
    expect(page.locator("#fault-within")).to_contain_text("看不懂「很快」")
    expect(field).to_have_value("很快")
    page.get_by_role("link", name="代码块").click()
    page.wait_for_url("**/text/")
    check_page(page, widths=(390, 1440))
    area = page.get_by_label("代码块的内容")
    area.fill(area.input_value().replace("PT2H", "PT1H"))
    page.get_by_role("button", name="存入草案").click()
    expect(page.locator("#toasts")).to_contain_text("已存入草案")
    block = block_of(draft, "classify")
    assert block is not None
    assert block.raw["within"] == "PT1H"
    page.goto(company.server.url + f"/regulations/feedback/editions/{draft.n}/clauses/4.1.1/")
    check_page(page, widths=(390, 1440))
    check_reading(page)
