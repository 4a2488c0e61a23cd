"""An evidence pack in Chromium: asked for beside a clause, made while one waits, taken along, and proven."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Company, download_pack
from tests.support.browser import check_page

HOUR = timedelta(hours=1)


def test_from_the_clause_to_a_file_that_proves_itself(company: Company, tmp_path: Path) -> None:
    for title, waited in (("加药泵异响", 1), ("维保没有按时到场", 3)):
        case = company.complaint(title, ago=5 * HOUR)
        company.classified(case, ago=(5 - waited) * HOUR)
    company.look()
    page = company.open(company.world.executive, "/regulations/feedback/4.1.1/")
    page.locator("#clause").get_by_role("link", name="导出证据包").click()
    page.wait_for_url("**/feedback/packs/**")
    check_page(page)
    expect(page.get_by_text("还没有证据包")).to_be_visible()
    expect(page.get_by_label("范围")).to_have_value("4.1.1")
    expect(page.get_by_label("期间")).to_have_value("2026-03")
    # what it is for is said first
    page.get_by_label("用途").evaluate("field => field.removeAttribute('required')")
    page.get_by_role("button", name="制作证据包").click()
    expect(page.get_by_text("请先说明用途。").first).to_be_visible()
    page.get_by_label("用途").select_option(label="监管部门检查")
    page.get_by_role("button", name="制作证据包").click()
    row = page.locator('tr[id^="pack-"]')
    expect(row).to_contain_text("50.0%", timeout=60_000)
    expect(row).to_contain_text("可下载")
    check_page(page)
    target, mark = download_pack(page, tmp_path)
    assert target.name == "keyue-evidence-feedback-4.1.1-20260301-20260331.zip"
    verify = [sys.executable, "-m", "keyue.config.cli", "verify", "--pack", str(target), "--key", mark]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "证据包成立" in done.stdout and "履约率 50.0%：到期 2 条" in done.stdout


def test_narrow_long_and_days_of_ones_own(company: Company) -> None:
    company.complaint("加药泵异响" * 8, ago=5 * HOUR)
    company.look()
    page = company.open(company.world.supervisor, "/regulations/feedback/packs/", phone=True)
    check_page(page)
    page.get_by_label("期间").select_option(label="自选日期")
    page.get_by_label("从", exact=True).fill("2026-03-10")
    page.get_by_label("到", exact=True).fill("2026-03-01")
    page.get_by_label("用途").select_option(label="内部审计")
    page.get_by_role("button", name="制作证据包").click()
    expect(page.get_by_text("要不早于期间的第一天").first).to_be_visible()
    page.get_by_label("到", exact=True).fill("2026-03-17")
    page.get_by_role("button", name="制作证据包").click()
    row = page.locator('tr[id^="pack-"]')
    expect(row).to_contain_text("可下载", timeout=60_000)
    expect(row).to_contain_text("全部条款")
    check_page(page)


def test_who_sees_a_department_only_is_offered_none(company: Company) -> None:
    page = company.open(company.world.engineer_head, "/regulations/feedback/4.1.1/")
    expect(page.get_by_role("link", name="导出证据包")).to_have_count(0)
    page.goto(f"{company.server.url}/regulations/feedback/packs/")
    expect(page.get_by_text("数据范围为「全部」的人")).to_be_visible()
