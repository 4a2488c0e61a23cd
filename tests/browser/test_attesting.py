"""Who stands behind a post signs a statement of the company, from the workbench, and takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from keyue.compliance.actions import note_editions_in_force
from keyue.compliance.models import Statement
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.regulations import actions
from tests.apps.compliance.test_attesting import TEXT, WORDS
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading


def test_a_statement_from_the_workbench(
    company: Company, tmp_path: Path, picture: Callable[..., Path]
) -> None:
    at = clock.now() - timedelta(hours=1)
    with clock.telling(at):
        edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=at)
        actions.approve_edition(edition=edition, by=SYSTEM, at=at)
        actions.publish_edition(edition=edition, effective_from=at, by=SYSTEM, at=at)
    note_editions_in_force(now=clock.now())
    page = company.open(company.world.supervisor, "/")
    row = page.locator(".row.promise", has_text="保密承诺：《客户信息保密制度》1.1")
    row.locator("a.btn").click()
    page.wait_for_url("**/regulations/secrecy/attest/pledge/")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    expect(page.locator("blockquote")).to_have_text(WORDS)
    page.get_by_label("说明").fill("三人新签")
    page.get_by_role("button", name="署名声明").click()
    expect(page.get_by_role("alert").first).to_contain_text("要有凭证")
    expect(page.get_by_label("说明")).to_have_value("三人新签")
    proof = tmp_path / "承诺书.txt"
    proof.write_text("已签", "utf-8")
    page.locator("input[type=file]").set_input_files(proof)
    picture(page, "statement")
    page.get_by_role("button", name="署名声明").click()
    expect(page.locator("#toasts")).to_contain_text("声明已签署")
    signed = page.locator("#statements")
    expect(signed).to_contain_text("有效至")
    expect(signed).to_contain_text("承诺书.txt")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    picture(page, "statement-signed")
    signed.get_by_role("link", name="收回").click()
    check_page(page, widths=(390, 1440))
    page.get_by_label("为什么收回").fill("名单有误")
    page.get_by_role("button", name="收回声明").click()
    expect(signed).to_contain_text("名单有误")
    assert Statement.objects.get().withdrawn_at is not None
    page.goto(company.server.url + "/")
    expect(page.locator(".row.promise", has_text="保密承诺：")).to_be_visible()
