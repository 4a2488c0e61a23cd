"""A visitor and an agent at the same time, each in a browser of their own: what one does, the other sees."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>公司官网</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>公司官网</h1><p>产品介绍</p></main>
<script src="{script}" async></script></body></html>"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645"
    "400000000049454e44ae426082"
)


@dataclass
class Site:
    """A page of the company's own, on another origin, that carries the tag; and people at it."""

    company: Company
    channel: Channel
    url: str

    def visit(self, **options: Any) -> Page:
        page = self.company.open_page(**options)
        page.goto(self.url)
        return page

    def open(self, **options: Any) -> tuple[Page, FrameLocator]:
        """A visitor who has opened the window and agreed."""
        page = self.visit(**options)
        page.get_by_role("button", name="在线客服").click()
        window = page.frame_locator("iframe")
        window.get_by_role("button", name="同意并开始").click()
        return page, window

    def agent(self, path: str, **options: Any) -> Page:
        return self.company.open(self.company.world.agent, path, **options)


def say(window: FrameLocator, text: str) -> None:
    window.get_by_label("输入消息").fill(text)
    window.get_by_label("输入消息").press("Enter")


@pytest.fixture
def website() -> Iterator[Callable[[str], str]]:
    """A web server of the company's, on a port of its own: another origin than the product's."""
    servers: list[http.server.HTTPServer] = []

    def serve(html: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == "/"
                self.send_response(200 if found else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                if found:
                    self.wfile.write(html.encode())

            def log_message(self, *_args: object) -> None:
                return

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://localhost:{server.server_address[1]}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site(company: Company, website: Callable[[str], str]) -> Site:
    plan = ChannelPlan(
        "官网客服", department="service", keeper=company.world.agent, options={"hours": "always"}
    )
    channel = actions.open_channel(
        kind="chat", plan=plan, by=World.actor(company.world.supervisor), at=clock.now()
    )
    script = f"{company.server.url}/chat/{channel.pk}.js"
    return Site(company, channel, website(PAGE.format(script=script)))


def test_a_visitor_and_an_agent_talk(site: Site, tmp_path: Path, picture: Callable[..., Path]) -> None:
    visitor, window = site.open()
    say(window, "你们有县城的售后点吗")
    expect(window.locator(".say.me")).to_contain_text("县城")
    expect(window.locator("#standing")).to_contain_text("马上轮到您")

    agent = site.agent("/conversations/?show=queue")
    agent.locator("#talks .row").filter(has_text="县城").get_by_role("link").click()
    expect(agent.locator("#talks .row")).to_contain_text("第 1 位")
    agent.get_by_role("button", name="接入").click()
    expect(window.locator("#standing")).to_have_text("林知夏为您服务")
    expect(window.get_by_role("button", name="转人工")).to_be_hidden()
    # the agent has the conversation before their eyes: the visitor sees that it was read
    expect(window.locator(".under.me").first).to_contain_text("已读")

    # each sees that the other is writing
    agent.get_by_label("回复内容").press_sequentially("有的，")
    expect(window.locator("#typing")).to_have_text("林知夏正在输入")
    window.get_by_label("输入消息").press_sequentially("在哪个")
    expect(agent.locator("#talk-typing")).to_be_visible()
    agent.get_by_label("回复内容").press_sequentially("您在哪个县？")
    agent.get_by_label("回复内容").press("Control+Enter")
    expect(window.locator(".say.us").last).to_contain_text("有的，您在哪个县？")
    expect(window.get_by_label("输入消息")).to_have_value("在哪个")
    # the visitor looks at it: the agent sees that it was read
    expect(agent.locator("#talk-log")).to_contain_text("已读")

    photo = tmp_path / "照片.png"
    photo.write_bytes(PNG)
    window.locator("#pick").set_input_files(photo)
    expect(window.locator("#files")).to_contain_text("照片.png")
    window.get_by_role("button", name="发送").click()
    expect(agent.locator("#talk-log")).to_contain_text("照片.png")
    picture(visitor, "chat-visitor")
    picture(agent, "chat-agent")

    agent.get_by_role("link", name="结束").click()
    agent.locator("#dialog").get_by_role("button", name="结束会话").click()
    expect(window.locator("#standing")).to_contain_text("会话已结束")
    expect(agent.get_by_text("已结束。请写会话小结。")).to_be_visible()
    check_reading(agent)


def test_it_outlives_a_reload_and_a_lost_network(site: Site) -> None:
    visitor, window = site.open()
    say(window, "第一句")
    expect(window.locator(".under.me")).to_contain_text("已送达")
    visitor.reload()
    window = visitor.frame_locator("iframe")
    expect(window.locator(".say.me")).to_have_text(["我: 第一句"])

    visitor.context.set_offline(True)
    expect(window.locator("#line")).to_contain_text("网络断开")
    say(window, "断网时写的")
    expect(window.locator(".under.me").last).to_contain_text("没有网络，恢复后自动发送")
    talk = Conversation.objects.get()
    actions.answer(
        conversation=talk, words=Words("回来就能看到"), user=site.company.world.agent, at=clock.now()
    )
    visitor.context.set_offline(False)
    expect(window.locator(".under.me").last).to_contain_text("已送达")
    expect(window.locator(".say.us").last).to_contain_text("回来就能看到")
    expect(window.locator("#line")).to_be_hidden()
    bodies = list(
        Line.objects.filter(conversation=talk, kind="in").order_by("pk").values_list("body", flat=True)
    )
    assert bodies == ["第一句", "断网时写的"]

    # written without a network and the page loaded anew before it came back
    visitor.context.set_offline(True)
    say(window, "又断了")
    expect(window.locator(".under.me").last).to_contain_text("没有网络")
    visitor.context.set_offline(False)
    visitor.reload()
    window = visitor.frame_locator("iframe")
    expect(window.locator(".say.me")).to_have_text(["我: 第一句", "我: 断网时写的", "我: 又断了"])
    expect(window.locator(".under.me").last).to_contain_text("已送达")
    assert Line.objects.filter(conversation=talk, body="又断了").count() == 1


def test_by_keyboard_alone_and_on_a_telephone(site: Site, picture: Callable[..., Path]) -> None:
    page = site.visit(phone=True)
    button = page.get_by_role("button", name="在线客服")
    button.focus()
    page.keyboard.press("Enter")
    window = page.frame_locator("iframe")
    expect(window.get_by_role("button", name="同意并开始")).to_be_focused()
    box = page.locator("iframe").bounding_box()
    assert box is not None and (box["x"], box["y"]) == (0, 0)
    assert box["width"] == page.viewport_size["width"] and box["height"] == page.viewport_size["height"]
    page.keyboard.press("Enter")
    expect(window.get_by_label("输入消息")).to_be_focused()
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    page.keyboard.press("Enter")
    expect(window.locator(".say.me")).to_contain_text("第一行\n第二行")
    expect(window.locator(".under.me")).to_contain_text("已送达")
    picture(page, "chat-phone")
    page.keyboard.press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(button).to_be_focused()
    # an answer that comes while it is folded is counted on the button
    actions.answer(
        conversation=Conversation.objects.get(),
        words=Words("您好"),
        user=site.company.world.agent,
        at=clock.now(),
    )
    expect(button).to_have_accessible_name("在线客服, 1 条新消息")
    page.keyboard.press("Enter")
    expect(window.get_by_label("输入消息")).to_be_focused()
    expect(window.locator(".say.us").last).to_contain_text("您好")


@pytest.mark.parametrize("dark", [False, True])
def test_the_window_reads_well(site: Site, dark: bool) -> None:
    page = site.company.open_page(dark=dark)
    page.goto(f"{site.company.server.url}/chat/{site.channel.pk}/")
    page.get_by_role("button", name="同意并开始").click()
    page.get_by_label("输入消息").fill("你好")
    page.keyboard.press("Enter")
    expect(page.locator(".under.me")).to_contain_text("已送达")
    page.get_by_role("button", name="留联系方式").click()
    check_page(page)
    check_reading(page)
    page.get_by_label("邮箱").fill("zhou@")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".under.bad")).to_contain_text("没有发出")
    check_reading(page)


def test_what_is_hostile_stays_text(site: Site) -> None:
    _visitor, window = site.open()
    evil = (
        "<img src=x onerror=alert(1)><script>alert(2)</script> javascript:alert(3) https://example.com/?a=<b>"
    )
    say(window, evil)
    expect(window.locator(".say.me")).to_contain_text(evil)
    expect(window.locator(".under.me")).to_contain_text("已送达")
    assert window.locator(".say.me img, .say.me script").count() == 0
    expect(window.locator(".say.me a")).to_have_attribute("href", "https://example.com/?a=")
    agent = site.agent(f"/conversations/{Conversation.objects.get().pk}/")
    expect(agent.locator("#talk-log")).to_contain_text(evil)
    assert agent.locator("#talk-log img, #talk-log script").count() == 0
