"""The pages of channels, conversations, ready words and sorting over the demo company: rich data, every width, both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from keyue.operations.demo.company import PASSWORD
from tests.support.browser import OpenPage, check_page, check_reading, sign_in
from tests.support.server import Server

AGENT = ("/conversations/", "/conversations/?show=queue", "/conversations/?show=unrecorded", "/calls/new/")
LEAD = (
    "/settings/channels/", "/sorting/", "/sorting/figures/", "/sorting/words/", "/sorting/rules/", "/sorting/rules/new/",
    "/problems/", "/knowledge/scripts/canned/", "/knowledge/scripts/canned/new/", "/knowledge/scripts/tree/",
    "/knowledge/questions/", "/knowledge/answers/", "/knowledge/speech/",
)  # fmt: skip
ADMINISTRATOR = (
    "/settings/channels/",
    "/settings/outlets/",
    "/settings/outlets/new/feishu/",
    "/settings/language-model/",
)
PUBLIC = ("/help/", "/help/?q=滤芯多久换一次", "/help/ZS-00012/")


class Shown:
    def __init__(self, server: Server, open_page: OpenPage) -> None:
        self.server, self.open_page = server, open_page

    def as_(self, user: str, **options: object) -> Page:
        page = self.open_page(**options)
        if user:
            sign_in(page, self.server, user, PASSWORD)
        return page

    def check(self, page: Page, path: str, *, phone: bool = False) -> None:
        page.goto(self.server.url + path)
        check_page(page, widths=(390,) if phone else (390, 1100, 1440))
        check_reading(page)

    def every_channel(self, page: Page) -> list[str]:
        page.goto(self.server.url + "/settings/channels/")
        links = page.locator("#channels td.cut > a")
        return [str(links.nth(n).get_attribute("href")) for n in range(links.count())]


@pytest.fixture
def shown(demo_server: Server, open_page: OpenPage) -> Shown:
    return Shown(demo_server, open_page)


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["desktop", "phone in the dark"])
@pytest.mark.parametrize(
    ("user", "paths"),
    [("lin", AGENT), ("xu", LEAD), ("sys", ADMINISTRATOR), ("", PUBLIC)],
    ids=["agent", "lead", "administrator", "public"],
)
def test_pages_of_channels_and_knowledge(
    shown: Shown, user: str, paths: tuple[str, ...], look: dict[str, bool]
) -> None:
    page = shown.as_(user, **look)
    for path in paths:
        shown.check(page, path, phone=bool(look))


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["desktop", "phone in the dark"])
def test_each_channel(shown: Shown, look: dict[str, bool]) -> None:
    page = shown.as_("xu", **look)
    paths = shown.every_channel(page)
    assert len(paths) == 7
    for path in paths:
        shown.check(page, path, phone=bool(look))
    hotline = next(path for path in paths if _is_hotline(page, shown, path))
    shown.check(page, f"{hotline}shifts/", phone=bool(look))
    expect(page.get_by_text("没有人值班")).to_be_visible()


def _is_hotline(page: Page, shown: Shown, path: str) -> bool:
    page.goto(shown.server.url + path)
    return page.get_by_role("link", name="排班表").count() > 0


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["desktop", "phone in the dark"])
def test_every_kind_of_conversation(shown: Shown, look: dict[str, bool]) -> None:
    """One by each channel of those that are listed, in whatever state, and what opens from a line."""
    page = shown.as_("xu", **look)
    page.goto(shown.server.url + "/conversations/?show=all")
    rows = page.locator("#talks .row")
    assert rows.count() >= 40
    ways: dict[str, str] = {}
    for n in range(rows.count()):
        way = rows.nth(n).locator("p.n").inner_text()
        ways.setdefault(way, str(rows.nth(n).locator("a").first.get_attribute("href")))
    assert len(ways) == 7
    for path in ways.values():
        shown.check(page, path, phone=bool(look))


def test_forms_that_open_from_a_line(shown: Shown) -> None:
    page = shown.as_("lin")
    page.goto(shown.server.url + "/conversations/")
    page.locator("#talks .row").filter(has_text="22 点到 24 点").get_by_role("link").click()
    line = page.locator("#talk-log time").filter(has=page.get_by_role("link", name="记为需求")).last
    for name in ("登记为事项", "记为需求", "记为沟通记录"):
        line.get_by_role("link", name=name).click()
        expect(page.locator("#dialog h2")).to_be_visible()
        check_page(page)
        check_reading(page)
        page.keyboard.press("Escape")
    # of a stranger: who it is, and a newcomer
    page.goto(shown.server.url + "/conversations/?show=queue")
    page.locator("#talks .row").filter(has_text="铭牌").get_by_role("link").click()
    page.get_by_role("link", name="认出客户").click()
    expect(page.locator("#dialog")).to_be_visible()
    check_page(page)
    check_reading(page)


def test_mails_and_one_that_nobody_could_read(shown: Shown) -> None:
    page = shown.as_("xu")
    mailbox = next(path for path in shown.every_channel(page) if path)
    for path in shown.every_channel(page):
        page.goto(shown.server.url + path)
        if page.get_by_role("link", name="收到的邮件").count():
            mailbox = str(page.get_by_role("link", name="收到的邮件").get_attribute("href"))
    shown.check(page, mailbox)
    expect(page.locator("tbody tr").first).to_contain_text("Re: 膜元件报价")
    page.locator("tr").filter(has_text="读不了").first.get_by_role("link").first.click()
    check_page(page)
    check_reading(page)


@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["desktop", "phone in the dark"])
def test_the_window_of_a_visitor(shown: Shown, look: dict[str, bool]) -> None:
    page = shown.as_("", **look)
    shown.check(page, "/chat/2/", phone=bool(look))
    page.get_by_role("button", name="同意并开始").click()
    box = page.get_by_role("textbox")
    box.fill("滤芯多久更换一次")
    box.press("Enter")
    expect(page.get_by_text("三到六个月")).to_be_visible()
    expect(page.get_by_role("link", name="出处")).to_be_visible()
    check_page(page, widths=(390,) if look else (390, 1100, 1440))
    check_reading(page)


def test_nothing_of_the_demo_reaches_out(shown: Shown) -> None:
    """An answer by a channel of the demo says that it went nowhere; the log holds no errors."""
    page = shown.as_("yu")
    page.goto(shown.server.url + "/conversations/?show=queue")
    page.locator("#talks .row").filter(has_text="周三上门").get_by_role("link").click()
    page.get_by_label("回复内容").fill("可以，改到周四下午两点。")
    page.get_by_role("button", name="发送").click()
    # the first turn of the worker over the demo has much to do
    expect(page.locator("#talk-log")).to_contain_text("没有发出", timeout=180_000)
    log = shown.server.read_log()
    assert "Traceback" not in log and "talk.line" not in log
