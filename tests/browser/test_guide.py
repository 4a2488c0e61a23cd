"""The pages of the users' guide over the demo company: each stands up to rich data, and is a picture of the guide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from keyue.operations.demo.company import PASSWORD
from tests.apps.cases.sheets import write_xlsx
from tests.browser.test_first_run import name_administrators
from tests.support.browser import OpenPage, check_page, check_reading, sign_in
from tests.support.server import Server

Picture = Callable[..., Path]


class Guide:
    """People of the demo company, each signed in once."""

    def __init__(self, server: Server, open_page: OpenPage) -> None:
        self.server, self.open_page = server, open_page

    def open(self, user: str, path: str, **options: object) -> Page:
        page = self.open_page(**options)
        sign_in(page, self.server, user, PASSWORD)
        page.goto(self.server.url + path)
        return page

    def checked(self, user: str, path: str, **options: object) -> Page:
        """The page, with every check that holds for all pages."""
        page = self.open(user, path, **options)
        check_page(page, widths=(390,) if options.get("phone") else (390, 1100, 1440))
        check_reading(page)
        return page


@pytest.fixture
def guide(demo_server: Server, open_page: OpenPage) -> Guide:
    return Guide(demo_server, open_page)


def a_case(page: Page, stage: str, *, n: int = 0) -> str:
    """The address of a case that stands at this stage."""
    origin = page.url.split("/", 3)
    page.goto(f"{origin[0]}//{origin[2]}/cases/?stage={stage}")
    return page.locator("#list tbody tr .cut > a").nth(n).get_attribute("href") or ""


# --- signing in ---


def test_login(guide: Guide, picture: Picture) -> None:
    page = guide.open_page()
    page.goto(guide.server.url + "/login/")
    page.get_by_label("工号或邮箱").fill("lin")
    page.locator("#id_password").fill("Wrong-Stone-7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    check_reading(page)
    picture(page, "login")
    sign_in(page, guide.server, "lin", PASSWORD)
    page.goto(guide.server.url + "/me/")
    picture(page, "me")
    page.goto(guide.server.url + "/me/two-factor/")
    check_page(page)


# --- the workbench ---


def test_workbench(guide: Guide, picture: Picture) -> None:
    for user, wanted in (("lin", 4), ("yu", 2)):
        page = guide.open(user, "/")
        for _turn in range(wanted):
            page.get_by_role("button", name="领取").first.click()
            expect(page.locator("#toasts")).to_contain_text("已领取")
    page = guide.checked("lin", "/")
    for _down in range(5):
        page.keyboard.press("j")
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    picture(page, "workbench")
    page.keyboard.press("?")
    expect(page.locator("#keys[open]")).to_be_visible()
    picture(page, "workbench-keys")
    picture(guide.checked("xu", "/?scope=team", dark=True), "workbench-dark")
    picture(guide.checked("lin", "/", phone=True), "workbench-phone")


def test_search_and_notices(guide: Guide, picture: Picture) -> None:
    page = guide.open("xu", "/")
    page.keyboard.press("Control+k")
    page.keyboard.type("维保")
    expect(page.locator("#found a").first).to_contain_text("维保")
    picture(page, "search")
    page.goto(guide.server.url + "/search/?q=" + "浊度")
    check_page(page)
    check_reading(page)
    page.get_by_role("link", name="在事项列表里看全部").click()
    expect(page.locator("#list tbody tr").first).to_contain_text("浊度")
    assert page.locator("#list tbody tr").count() > 8
    page.goto(guide.server.url + "/notices/")
    check_page(page)
    picture(page, "notices")


# --- cases ---


def test_registering(guide: Guide, picture: Picture) -> None:
    page = guide.checked("lin", "/cases/new/")
    page.get_by_text("投诉", exact=True).click()
    page.locator("#id_content").fill(
        "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到，当天没有结论。"
    )
    page.locator("#id_name").fill("周叙白")
    page.locator("#id_phone").fill("13800006027")
    page.locator("#id_email").focus()
    picture(page, "case-new")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("请把编号和查询码告诉客户")
    picture(page, "case-registered")


def test_list(guide: Guide, picture: Picture) -> None:
    page = guide.checked("xu", "/cases/")
    page.locator("[data-pick]").nth(1).check()
    page.locator("[data-pick]").nth(3).check()
    expect(page.locator(".bulk")).to_contain_text("已选 2 条")
    picture(page, "cases")
    page.goto(guide.server.url + "/cases/review/")
    check_page(page)
    picture(page, "review")
    picture(guide.checked("xu", "/cases/", phone=True), "cases-phone")


def test_importing(guide: Guide, picture: Picture, tmp_path: Path) -> None:
    page = guide.checked("xu", "/cases/imports/")
    rows: list[list[object]] = [["外部编号", "受理时间", "类型", "主题", "内容", "客户姓名", "手机号"]]
    for n in range(30):
        kind = "投诉" if n % 10 else "不知道"
        told = [
            "2026-03-16 09:30",
            kind,
            f"水表读数有误 {n + 1}",
            "读数比上月多一倍",
            "周叙白",
            f"1380000{7000 + n}",
        ]
        rows.append([f"旧系统-{n:03}", *told])
    page.locator("input[type=file]").set_input_files(write_xlsx(tmp_path / "历史投诉.xlsx", rows))
    page.get_by_role("button", name="检查文件").click()
    page.wait_for_url("**/cases/imports/*/")
    check_page(page)
    picture(page, "import-columns")
    page.get_by_role("button", name="开始导入").click()
    expect(page.locator("main")).to_contain_text("下载未导入的行", timeout=30_000)
    check_page(page)
    picture(page, "import-done")


def test_case(guide: Guide, picture: Picture) -> None:
    page = guide.open("xu", "/cases/")
    address = a_case(page, "solve")
    page.goto(guide.server.url + address)
    check_page(page)
    check_reading(page)
    expect(page.locator('.prail [aria-current="step"]')).to_be_visible()
    picture(page, "case")
    page.keyboard.press("t")
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("内容").fill("请补充最近三天的水样检测报告，便于判断是否更换膜元件。")
    picture(page, "case-wait")
    page.goto(f"{guide.server.url}{address}?tab=ledger")
    check_page(page)
    picture(page, "case-ledger")
    picture(guide.checked("xu", address, phone=True, dark=True), "case-phone")


def test_asking_for_more_time(guide: Guide, picture: Picture) -> None:
    page = guide.open("he", "/")
    page.locator("#week + .rows .promise .t > a").first.click()
    page.locator("#rail").get_by_role("link", name="申请延期").first.click()
    expect(page.locator("#dialog[open]")).to_contain_text("申请延期")
    picture(page, "case-extension")


def test_telling_a_customer(guide: Guide, picture: Picture) -> None:
    page = guide.open("lin", "/cases/")
    page.goto(guide.server.url + a_case(page, "tell"))
    page.locator("#rail").get_by_role("link", name="告知结果").first.click()
    dialog = page.locator("#dialog[open]")
    dialog.get_by_label("内容").fill("已更换 2 支膜元件，产水浊度稳定在 0.1 NTU，后续按季度做完整性测试。")
    picture(page, "case-tell")


@pytest.fixture
def waterworks(guide: Guide) -> str:
    """The address of the customer of whom the demo knows most."""
    page = guide.open("bai", "/customers/?q=临江第三水务有限公司")
    return page.locator("tbody .cut > a").first.get_attribute("href") or ""


def test_customer(guide: Guide, picture: Picture, waterworks: str) -> None:
    page = guide.checked("ouyang", waterworks)
    # nobody's number stands in the clear
    expect(page.locator("main")).to_contain_text("138****")
    picture(page, "customer")
    picture(guide.checked("ouyang", waterworks, phone=True), "customer-phone")
    picture(guide.checked("bai", f"{waterworks}?tab=file"), "customer-file")


@pytest.mark.parametrize(
    ("user", "path", "name"),
    [
        ("lu", "/customers/", "customer-list"),
        ("lu", "/customers/plan/", "contact-plan"),
        ("bai", "/customers/duplicates/", "duplicates"),
        ("bai", "/customers/fields/", "customer-fields"),
        ("bai", "/customers/imports/", "customer-imports"),
        ("lu", "/customers/exports/new/", "customer-export"),
        ("jian", "/customers/grants/", "customer-grants"),
        ("lu", "/customers/grading/standards/1/", "grading-standard"),
        ("lu", "/customers/grading/proposals/", "grading-proposals"),
        ("lu", "/customers/leads/", "leads"),
        ("lu", "/customers/pool/", "pool"),
        ("lu", "/customers/opportunities/", "opportunities"),
        ("lu", "/customers/funnel/?period=quarter", "funnel"),
        ("lu", "/contracts/", "contracts"),
        ("lu", "/contracts/1/", "contract"),
        ("lu", "/projects/2/", "project"),
        ("jian", "/privacy/", "rights"),
        ("jian", "/privacy/requests/3/", "right"),
        ("jian", "/privacy/consents/", "consents"),
        ("jian", "/privacy/retention/", "retention"),
    ],
)
def test_archive(guide: Guide, picture: Picture, user: str, path: str, name: str) -> None:
    picture(guide.checked(user, path), name)


# --- regulations ---


def test_regulation(guide: Guide, picture: Picture) -> None:
    page = guide.checked("zhi", "/regulations/feedback/4.4.1/#c4.4.1")
    page.goto(guide.server.url + "/regulations/feedback/4.3.2/#c4.2.1")
    picture(page, "regulation")
    page.goto(guide.server.url + "/regulations/feedback/4.2.1/evidence/?state=late")
    check_page(page)
    picture(page, "regulation-evidence")
    picture(guide.checked("gu", "/regulations/feedback/4.3.2/#c4.3.2", dark=True), "regulation-dark")
    phone = guide.checked("gu", "/regulations/feedback/", phone=True)
    phone.locator('[id="c4.1.1"]').scroll_into_view_if_needed()
    picture(phone, "regulation-phone")


def test_regulation_answers(guide: Guide, picture: Picture) -> None:
    page = guide.checked("zhi", "/regulations/feedback/answers/")
    page.get_by_label("告知进展 4.4.2").fill("1 天")
    page.get_by_label("告知进展 4.4.2").press("Enter")
    expect(page.locator("#preview")).to_contain_text("每 1 天")
    check_page(page, widths=(390, 1440))
    check_reading(page)
    picture(page, "regulation-answers")
    page = guide.checked("zhi", "/regulations/adopt/")
    picture(page, "regulation-adopt")


def test_what_if(guide: Guide, picture: Picture) -> None:
    page = guide.open("zhi", "/regulations/feedback/4.3.2/#c4.3.2")
    card = page.locator("#what-if")
    card.get_by_role("button", name="12 小时", exact=True).click()
    expect(card.locator("table")).to_be_visible(timeout=60_000)
    page.set_viewport_size({"width": 1100, "height": 560})
    card.scroll_into_view_if_needed()
    picture(page, "what-if-card")
    page.set_viewport_size({"width": 1440, "height": 900})
    card.get_by_role("link", name="看全部结果").click()
    expect(page.locator("main")).to_contain_text("受影响最大的")
    check_page(page)
    check_reading(page)
    picture(page, "what-if")


# --- administration ---


@pytest.mark.parametrize(
    ("user", "path", "name"),
    [
        ("sys", "/settings/people/", "people"),
        ("sys", "/settings/people/new/", "people-new"),
        ("sys", "/settings/people/departments/", "people-departments"),
        ("sys", "/settings/people/posts/", "people-posts"),
        ("sec", "/settings/people/roles/", "people-roles"),
        ("sec", "/settings/people/security/", "people-security"),
        ("he", "/settings/people/delegations/", "people-delegations"),
    ],
)
def test_administration(guide: Guide, picture: Picture, user: str, path: str, name: str) -> None:
    picture(guide.checked(user, path), name)


def test_calendar(guide: Guide, picture: Picture) -> None:
    page = guide.checked("zhi", "/settings/calendar/")
    picture(page, "calendar")
    picture(guide.checked("sys", "/settings/calendar/", phone=True), "calendar-phone")
    page.get_by_role("link", name="修改日历").click()
    page.get_by_role("button", name="双休，8 点半至 17 点半").click()
    off = page.get_by_label("休息日", exact=True)
    off.fill(off.input_value() + "\n2027-02-05 至 2027-02-12 春节")
    page.get_by_label("调休上班日").fill(
        page.get_by_label("调休上班日").input_value() + "\n2027-02-13 09:00-12:00"
    )
    page.get_by_label("说明").fill("2027 年放假安排的通知；夏季提前半小时上班。")
    page.locator(".form-foot").get_by_role("button", name="预览改动").click()
    expect(page.locator("#preview")).to_contain_text("增加休息日 8 天")
    check_page(page)
    check_reading(page)
    picture(page, "calendar-preview")


def test_a_request_waits_for_a_yes(guide: Guide, picture: Picture) -> None:
    page = guide.open("fang", "/")
    asks = page.locator("#rail").get_by_role("link", name="申请延期")
    addresses = [link.get_attribute("href") for link in page.locator(".promise .t > a").all()]
    for address in addresses:
        # another test may have asked about the first
        page.goto(f"{guide.server.url}{address}")
        if asks.count():
            break
    asks.first.click()
    dialog = page.locator("#dialog[open]")
    dialog.locator("[name=due]").fill("2026-03-20T18:00")
    dialog.locator("[name=reason]").fill("同批次膜元件要从外地仓调货，19 日到。")
    dialog.get_by_role("button", name="提交申请").click()
    expect(page.locator("#dialog[open]")).to_have_count(0)
    page = guide.checked("xu", "/promises/requests/")
    expect(page.locator("main")).to_contain_text("从外地仓调货")
    picture(page, "requests")


def test_a_leaver(guide: Guide, picture: Picture) -> None:
    page = guide.open("chen", "/")
    page.get_by_role("button", name="领取").first.click()
    expect(page.locator("#toasts")).to_contain_text("已领取")
    page = guide.open("sys", "/settings/people/?q=陈砚")
    page.get_by_role("link", name="陈砚").first.click()
    expect(page.locator("h1")).to_have_text("陈砚")
    check_page(page)
    picture(page, "person")
    page.get_by_role("link", name="离职").first.click()
    expect(page.locator("main")).to_contain_text("还在其名下")
    check_page(page)
    picture(page, "people-leave")


def test_audit(guide: Guide, picture: Picture) -> None:
    page = guide.open("aud", "/")
    page.get_by_role("link", name="台账").first.click()
    expect(page.get_by_role("heading", name="台账")).to_be_visible()
    page.get_by_role("link", name="管理事实").click()
    page.get_by_label("种类", exact=True).select_option("user.role_granted")
    page.get_by_role("button", name="查找").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    check_page(page)
    picture(page, "audit")


# --- the first run ---


def test_first_run(server: Server, open_page: OpenPage, picture: Picture) -> None:
    page = open_page()
    page.goto(server.url + "/start/")
    page.fill("[name=company]", "澄川环境科技有限公司")
    page.fill("[name=service_phone]", "400-000-0000")
    picture(page, "start-company", whole=True)

    def on(step: str) -> None:
        page.locator(".form-foot .btn.pri").click()
        page.wait_for_url(f"**/start/{step}/")
        check_page(page)
        check_reading(page)

    on("administrators")
    name_administrators(page)
    on("staff")
    page.fill("[name=departments]", "客户服务部\n工程服务部\n工程服务部/一组\n品质部")
    people = (
        ("林知夏", "lin", "客户服务部"),
        ("许南乔", "xu", "客户服务部"),
        ("陈砚", "chen", "工程服务部/一组"),
    )
    for n, (name, username, department) in enumerate(people):
        page.fill(f"[name=name-{n}]", name)
        page.fill(f"[name=username-{n}]", username)
        page.fill(f"[name=department-{n}]", department)
    picture(page, "start-staff", whole=True)
    on("hours")
    picture(page, "start-hours", whole=True)
    on("regulations")
    picture(page, "start-regulations", whole=True)


def test_knowledge(guide: Guide, picture: Picture) -> None:
    picture(guide.checked("lin", "/knowledge/"), "knowledge")
    page = guide.checked("xu", "/knowledge/?show=changed")
    page.locator("#articles .cut > a").first.click()
    page.wait_for_url("**/knowledge/*/")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    picture(page, "article")
    page = guide.checked("lin", "/help/")
    picture(page, "help-centre")


# --- channels ---


def test_conversations(guide: Guide, picture: Picture) -> None:
    page = guide.open("lin", "/conversations/")
    page.locator("#talks .row").filter(has_text="这次算质保").get_by_role("link").click()
    expect(page.locator("#side")).to_contain_text("答应客户的")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    page.locator("#talk-log").evaluate("log => { log.scrollTop = log.scrollHeight }")
    picture(page, "conversations")
    page = guide.open("lin", "/conversations/?show=queue", dark=True)
    page.locator("#talks .row").filter(has_text="转人工").get_by_role("link").click()
    expect(page.locator("#talk-log")).to_contain_text("自动答复")
    picture(page, "conversations-queue")
    picture(guide.checked("lin", "/conversations/", phone=True), "conversations-phone")


def test_channels(guide: Guide, picture: Picture) -> None:
    page = guide.checked("xu", "/settings/channels/")
    picture(page, "channels")
    page.get_by_role("link", name="客服邮箱").click()
    expect(page.get_by_text("读不了的邮件")).to_be_visible()
    picture(page, "channel-email")
    page.goto(guide.server.url + "/settings/channels/")
    page.get_by_role("link", name="400 服务热线").click()
    page.get_by_role("link", name="排班表").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    picture(page, "shifts")


def test_an_alarm(guide: Guide, picture: Picture) -> None:
    page = guide.checked("xu", "/problems/")
    page.get_by_role("link", name="相似的事项").filter(has_text="净水").click()
    expect(page.get_by_text("相似的事项突然多了")).to_be_visible()
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)
    picture(page, "sorting-alarm")
