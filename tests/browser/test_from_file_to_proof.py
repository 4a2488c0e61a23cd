"""A company's own regulation, from its Word file to a pack that proves how it is kept, each person at a screen of theirs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from playwright.sync_api import Locator, Page, expect

from keyue.kernel import clock
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.regulations import selectors as regulations
from keyue.regulations.document import ControlBlock, read_document
from tests.browser.conftest import Company, download_pack
from tests.journeys.world import quality_manager
from tests.rules.reader.making import WordFile
from tests.support.browser import check_page, check_reading
from tests.support.case_page import begin, finish

WIDTHS = (390, 1100, 1440)
HERE = "/regulations/tousu/"
DRAFT = f"{HERE}editions/1/"
CHAPTERS = {
    "总则": ("为规范客户投诉的处理，制定本办法。", "本办法适用于客户服务部、工程服务部和品质部。"),
    "受理与处理": (
        "客服坐席组收到投诉后2小时内完成分类。",
        "责任部门接到任务后24小时内提出处理方案。",
        "责任部门应当在5个工作日内解决问题。",
        "投诉办结后，客服坐席组及时回访客户。",
    ),
    "改进": ("客户服务部每半年组织一次满意度调查。", "本办法由客户服务部负责解释。"),
}
"""Chapters and articles; Word counts them, no number is written."""
Picture = Callable[..., Path]


def look(page: Page, picture: Picture | None = None, name: str = "") -> None:
    """The page at every width, and a picture for the guide."""
    check_page(page, widths=WIDTHS)
    check_reading(page)
    if picture is not None:
        picture(page, name)


def test_from_a_word_file_to_a_pack_that_proves_itself(
    company: Company, picture: Picture, tmp_path: Path
) -> None:
    set_the_steps(company)
    keeper = quality_manager(clock.now())
    page = company.open(keeper, "/regulations/")
    upload(page, tmp_path, picture)
    decide(page)
    make_the_draft(page, picture)
    change_a_control(page)
    submit(page)
    approve(company.open(company.world.supervisor, "/"), "归口审核", picture)
    approve(company.open(company.world.executive, "/"), "分管领导批准")
    announce(page)
    read_and_pass(company.open(company.world.agent, "/", phone=True))
    count_the_receipts(page, picture)

    assert regulations.edition_in_force("tousu", at=clock.now()) is None
    company.later(25)
    edition = regulations.edition_in_force("tousu", at=clock.now())
    assert edition is not None and edition.n == 1
    keep_one_and_break_one(company)
    see_the_figure(company, keeper)
    target, mark = take_a_pack(company, tmp_path)
    prove(target, mark)


# --- from the file to the draft -----------------------------------------------------------------------------------------


def word_file(folder: Path) -> Path:
    """The regulation as Word keeps it, its numbers counted by lists."""
    word = WordFile(title="客户投诉处理办法")
    for chapter, articles in CHAPTERS.items():
        word.add(chapter, 0)
        for article in articles:
            word.add(article, 1)
    return word.save(folder / "客户投诉处理办法.docx")


def set_the_steps(company: Company) -> None:
    """Who approves regulations sets two steps, to be decided by two people."""
    page = company.open(company.world.executive, "/regulations/")
    page.get_by_role("link", name="审批步骤").click()
    page.get_by_label("第 1 步").fill("归口审核")
    page.get_by_label("审批岗位").first.select_option(label="客户服务部负责人")
    page.get_by_label("第 2 步").fill("分管领导批准")
    page.get_by_label("审批岗位").nth(1).select_option(label="分管领导")
    page.get_by_role("button", name="保存").last.click()
    expect(page.locator("#toasts")).to_contain_text("审批步骤已保存")


def upload(page: Page, folder: Path, picture: Picture) -> None:
    """The file is read in the background, and the numbers that Word counts are there."""
    page.get_by_role("link", name="读入制度").click()
    look(page)
    page.get_by_label("制度原件").set_input_files(word_file(folder))
    page.get_by_role("button", name="读入").click()
    expect(page.locator("h1")).to_have_text("客户投诉处理办法", timeout=60_000)
    expect(page.locator(".kpis")).to_contain_text("条款")
    expect(page.locator("#decided")).to_contain_text("采用 0，不采用 0，共 5 项")
    look(page, picture, "regulation-upload")
    page.get_by_role("link", name="全部条款").click()
    for number in ("第一章 总则", "第一条", "第三章 改进", "第八条"):
        expect(page.get_by_role("heading", name=number, exact=True)).to_be_visible()
    look(page)


def proposal(page: Page, number: str) -> Locator:
    """What is proposed for an article."""
    unit = page.locator(".unit").filter(has=page.get_by_role("heading", name=number, exact=True))
    return unit.locator("form.proposal")


def decide(page: Page) -> None:
    """One is changed, a vague word gets a time, one is declined, the rest is taken as proposed."""
    first = proposal(page, "第三条")
    expect(first.locator("mark")).to_have_text("2小时内")
    expect(first.get_by_label("时限")).to_have_value("2 小时")
    # what is no time is kept, and said
    first.get_by_label("时限").fill("很快")
    first.get_by_role("button", name="采用", exact=True).click()
    expect(first.get_by_role("alert")).to_be_visible()
    expect(first.get_by_label("时限")).to_have_value("很快")
    look(page)
    first.get_by_label("时限").fill("90 分钟")
    first.get_by_label("责任").select_option(label="客户服务部负责人")
    first.get_by_role("button", name="采用", exact=True).click()
    expect(page.locator("#decided")).to_contain_text("采用 1，不采用 0，共 5 项")
    expect(first.get_by_label("时限")).to_have_value("1 小时 30 分")

    vague = proposal(page, "第六条")
    expect(vague.locator("mark")).to_have_text("及时")
    vague.get_by_label("公司的回答").fill("3 天")
    vague.get_by_role("button", name="采用", exact=True).click()
    expect(page.locator("#decided")).to_contain_text("采用 2，不采用 0，共 5 项")

    declined = proposal(page, "第七条")
    declined.get_by_label("不采用的理由").fill("由市场部另行规定")
    declined.get_by_role("button", name="不采用").click()
    expect(declined).to_contain_text("理由：由市场部另行规定")
    page.get_by_role("button", name="其余 2 项都按建议采用").click()
    expect(page.locator("#decided")).to_contain_text("采用 4，不采用 1，共 5 项")


def make_the_draft(page: Page, picture: Picture) -> None:
    expect(page.get_by_label("名称", exact=True).last).to_have_value("客户投诉处理办法")
    page.get_by_label("标识").fill("tousu")
    page.get_by_label("文号").fill("澄川〔2026〕8 号")
    page.get_by_label("归口岗位").select_option(label="客户服务部负责人")
    page.get_by_role("button", name="生成草案").click()
    page.wait_for_url(f"**{DRAFT}")
    expect(page.locator("#toasts")).to_contain_text("已生成草案")
    text = page.locator("#text")
    expect(text).to_contain_text("第三条")
    expect(text.locator(".ctrl").first).to_contain_text("受理后 1 小时 30 分内由客户服务部负责人完成「分类」")
    page.reload()
    look(page, picture, "regulation-draft")


def control_of_the_draft(identity: str) -> ControlBlock:
    blocks = read_document(regulations.edition("tousu", 1).source).blocks
    return next(block for block in blocks if block.id == identity)


def change_a_control(page: Page) -> None:
    """The form of the plan's control: 24 hours become 8."""
    assert control_of_the_draft("plan_filed").raw["within"] == "PT24H"
    plan = page.locator("#text .ctrl").filter(has_text="提出处理方案")
    plan.get_by_role("link", name="修改").click()
    look(page)
    page.locator("#id_within").fill("8 小时")
    expect(page.locator("#control-words")).to_contain_text("8 小时内由牵头部门（没有时由客户服务部负责人）")
    page.get_by_role("button", name="存入草案").click()
    expect(page.locator("#toasts")).to_contain_text("已存入草案")
    assert control_of_the_draft("plan_filed").raw["within"] == "PT8H"


# --- from the draft to its date -----------------------------------------------------------------------------------------


def submit(page: Page) -> None:
    page.goto(page.url.partition("/regulations/")[0] + DRAFT)
    page.get_by_role("button", name="送审").click()
    expect(page.locator("ol.flow")).to_contain_text("归口审核")
    expect(page.locator("#steps")).to_contain_text("许南乔")
    # who wrote it decides nothing
    expect(page.locator("#review")).to_have_count(0)


def approve(page: Page, step: str, picture: Picture | None = None) -> None:
    """From the workbench to the decision."""
    page.get_by_role("link", name=re.compile(f"审批《客户投诉处理办法》第 1 版：{step}")).click()
    page.wait_for_url(f"**{DRAFT}")
    look(page, picture, "regulation-review")
    page.get_by_label("同意", exact=True).check()
    page.get_by_role("button", name="提交决定").click()
    expect(page.locator("#toasts")).to_contain_text("已同意")


def announce(page: Page) -> None:
    """From tomorrow on, to everybody, with a question."""
    page.reload()
    page.get_by_role("link", name="公告").click()
    page.get_by_role("button", name="加一道题").click()
    page.get_by_label("第 1 题").fill("收到投诉后多久完成分类？")
    page.get_by_label("选项").fill("1.5 小时\n2 小时")
    page.get_by_label("正确的是第几个").fill("1")
    page.get_by_label("施行时间").fill(f"{clock.now() + timedelta(days=1, hours=8):%Y-%m-%dT%H:%M}")
    look(page)
    page.get_by_role("button", name="公告这一版").last.click()
    expect(page.locator("#toasts")).to_contain_text("已请 7 人阅读确认")
    expect(page.locator("main")).to_contain_text("已发布，待施行")


def read_and_pass(page: Page) -> None:
    page.get_by_role("link", name="阅读并确认《客户投诉处理办法》第 1 版").click()
    expect(page.locator("#text")).to_contain_text("客服坐席组收到投诉后2小时内完成分类")
    look(page)
    page.get_by_label("1.5 小时", exact=True).check()
    page.get_by_role("button", name="交卷并确认已读").click()
    expect(page.locator("#confirmed")).to_contain_text("答对 1 / 1")


def count_the_receipts(page: Page, picture: Picture) -> None:
    page.reload()
    page.get_by_role("link", name="1 / 7").click()
    expect(page.locator(".kpis")).to_contain_text("14.3%")
    expect(page.locator(".kpis")).to_contain_text("1 / 7 人")
    row = page.get_by_role("row").filter(has_text="林知夏")
    expect(row).to_contain_text("已确认")
    expect(row).to_contain_text("1 / 1")
    look(page, picture, "regulation-receipts")


# --- in force -----------------------------------------------------------------------------------------------------------


def keep_one_and_break_one(company: Company) -> None:
    """Two complaints: one classified within 90 minutes, of the other nobody thinks."""
    kept = company.complaint("膜组漏水")
    company.complaint("维保没有按时到场")
    page = company.open(company.world.agent, f"/cases/{kept.number}/")
    expect(page.locator("#rail")).to_contain_text("完成分类")
    dialog = begin(page, "分类")
    dialog.get_by_label("类别").select_option("product")
    finish(page, dialog, "分类")
    check_page(page, widths=WIDTHS)
    company.later(1.75)
    rows = Promise.objects.filter(regulation="tousu", control="classified")
    assert sorted(row.state for row in rows) == ["breached", "met"]


def see_the_figure(company: Company, keeper: User) -> None:
    """The clause says one of two, and each of the two can be seen."""
    page = company.open(keeper, "/regulations/")
    expect(page.get_by_role("row").filter(has_text="客户投诉处理办法")).to_contain_text("50.0%")
    page.get_by_role("link", name="客户投诉处理办法").first.click()
    expect(page.locator("#figures")).to_contain_text("第 1 版 生效中")
    page.locator("a.gut").filter(has_text="50.0%").click()
    clause = page.locator("#clause")
    expect(clause.locator("h2")).to_contain_text("第三条")
    expect(clause).to_contain_text("1 / 2 条")
    expect(clause).to_contain_text("客户服务部负责人")
    look(page)
    clause.get_by_role("link", name="全部 2 条").click()
    look(page)
    rows = page.get_by_role("row")
    kept, broken = (rows.filter(has_text=title) for title in ("膜组漏水", "维保没有按时到场"))
    expect(kept).to_contain_text("用时")
    expect(kept.get_by_role("link", name="分类单")).to_be_visible()
    expect(broken).to_contain_text("超 15 分")
    page.get_by_role("link", name="逾期").click()
    expect(broken).to_be_visible()
    expect(kept).to_have_count(0)
    # what was declined stands with its reason in its clause
    page.goto(f"{company.server.url}{HERE}第七条/")
    expect(clause).to_contain_text("由市场部另行规定")
    look(page)


def take_a_pack(company: Company, folder: Path) -> tuple[Path, str]:
    """The pack of the whole regulation, and the mark of the company's key."""
    page = company.open(company.world.executive, HERE)
    page.locator("#figures").get_by_role("link", name="导出证据包").click()
    page.get_by_label("用途").select_option(label="内部审计")
    page.get_by_role("button", name="制作证据包").click()
    row = page.locator('tr[id^="pack-"]')
    expect(row).to_contain_text("可下载", timeout=60_000)
    expect(row).to_contain_text("50.0%")
    look(page)
    return download_pack(page, folder)


def prove(target: Path, mark: str) -> None:
    """The file proves itself; with one byte changed it says what is wrong."""
    done = verified(target, mark)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "证据包成立" in done.stdout and "履约率 50.0%：到期 2 条" in done.stdout
    with ZipFile(target) as pack:
        entry = pack.getinfo("facts.jsonl")
    content = bytearray(target.read_bytes())
    content[entry.header_offset + len(entry.FileHeader()) + entry.compress_size // 2] ^= 1
    target.write_bytes(content)
    done = verified(target, mark)
    assert done.returncode == 1
    assert "✗ facts.jsonl 被改动" in done.stdout and "证据包不成立" in done.stdout


def verified(target: Path, mark: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "keyue.config.cli", "verify", "--pack", str(target), "--key", mark]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
