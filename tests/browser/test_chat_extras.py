"""Beside the talk itself: phrases for the composer, a named user of the company's site, hours, the queue."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import FrameLocator, Page, Route, expect

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.browser.conftest import Company
from tests.browser.test_chat import PAGE, Site, say, site, website
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

__all__ = ["site", "website"]
SECRET = "a-secret-of-the-company-of-32-signs-or-more"
MAIL = "zhou.xubai@example.com"


def window_of(company: Company, **options: Any) -> Channel:
    plan = ChannelPlan(
        "官网客服",
        department="service",
        keeper=company.world.agent,
        options={"hours": "always", **options},
        secrets={"identity_secret": SECRET},
    )
    by = World.actor(company.world.supervisor)
    return actions.open_channel(kind="chat", plan=plan, by=by, at=clock.now())


def signed(claims: dict[str, Any]) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    head = f"{part({'alg': 'HS256'})}.{part(claims)}"
    mark = hmac.new(SECRET.encode(), head.encode(), "sha256").digest()
    return f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def test_a_user_of_the_site_is_known_and_leaves_nothing_behind(
    company: Company, website: Callable[[str], str]
) -> None:
    channel = window_of(company)
    customers.create_customer(
        kind="organisation", name="临江第三水务", contact_name="周叙白", email=MAIL, source="phone",
        legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    token = signed({"sub": "7", "email": MAIL, "exp": int(clock.now().timestamp()) + 3600})
    tag = f'{company.server.url}/chat/{channel.pk}.js" data-identity="{token}'
    page = company.open_page()
    page.goto(website(PAGE.format(script=tag)))
    page.get_by_role("button", name="在线客服").click()
    window = page.frame_locator("iframe")
    window.get_by_role("button", name="同意并开始").click()
    say(window, "我的合同什么时候到期")
    expect(window.locator(".under.me")).to_contain_text("已送达")
    agent = company.open(company.world.agent, f"/conversations/{Conversation.objects.get().pk}/")
    expect(agent.locator("#side")).to_contain_text("临江第三水务")
    # the user signs out of the site: what they said is not shown to whoever comes next
    page.evaluate("KeyueChat.identify('')")
    expect(window.locator(".say.me")).to_have_count(0)


def test_outside_the_hours_a_message_and_an_address(company: Company) -> None:
    channel = window_of(company, hours="own", own_hours="13:00-22:00")
    page = company.open_page()
    page.goto(f"{company.server.url}/chat/{channel.pk}/")
    page.get_by_role("button", name="同意并开始").click()
    expect(page.locator("#closed")).to_contain_text("今天 13:00")
    check_page(page)
    check_reading(page)
    page.get_by_label("输入消息").fill("滤芯漏水了")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("请留下邮箱或手机号")
    page.get_by_label("手机号").fill("13812346027")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#line")).to_contain_text("我们会通过您留下的方式答复")
    agent = company.open(company.world.agent, f"/conversations/{Conversation.objects.get().pk}/")
    expect(agent.locator("#talk-log")).to_contain_text("13812346027")


def test_phrases_open_by_a_key_and_close_by_another(site: Site) -> None:
    _visitor, window = site.open()
    say(window, "你好")
    expect(window.locator(".under.me")).to_contain_text("已送达")
    agent = site.agent(f"/conversations/{Conversation.objects.get().pk}/")
    agent.get_by_label("回复内容").focus()
    agent.keyboard.press("/")
    expect(agent.get_by_label("找话术或文章")).to_be_focused()
    expect(agent.locator("#canned-found")).not_to_be_empty()
    check_page(agent)
    check_reading(agent)
    agent.keyboard.press("Escape")
    expect(agent.locator("#canned-box")).to_be_hidden()
    expect(agent.get_by_label("回复内容")).to_be_focused()
    expect(agent.get_by_label("回复内容")).to_have_value("")


def taken(site: Site) -> tuple[FrameLocator, Page]:
    """A visitor's window, and its conversation with an agent."""
    _visitor, window = site.open()
    say(window, "你好")
    expect(window.locator(".under.me")).to_contain_text("已送达")
    agent = site.agent(f"/conversations/{Conversation.objects.get().pk}/")
    with agent.expect_navigation():
        agent.get_by_role("button", name="接入").click()
    expect(window.locator("#standing")).to_have_text("林知夏为您服务")
    return window, agent


def test_whispers_tell_the_visitor_nothing(site: Site) -> None:
    window, agent = taken(site)
    agent.get_by_role("checkbox", name="悄悄话").check()
    agent.get_by_label("回复内容").press_sequentially("这位是老客户")
    agent.get_by_role("button", name="发送").click()
    expect(agent.locator(".bub.whisper")).to_contain_text("老客户")
    expect(agent.get_by_label("回复内容")).to_have_value("")
    agent.get_by_label("回复内容").fill("马上为您查")
    agent.get_by_label("回复内容").press("Control+Enter")
    said = window.locator(".say.us:not(.greet)")
    expect(said.get_by_text("马上为您查")).to_be_visible()
    expect(said).to_have_count(1)
    expect(agent.locator("#talk-log .bub.me")).to_have_count(2)


def test_a_whisper_that_is_not_sent_yet_stays_one_after_an_act(site: Site) -> None:
    _window, agent = taken(site)
    agent.get_by_role("checkbox", name="悄悄话").check()
    agent.get_by_label("回复内容").fill("这位是老客户")
    agent.reload()
    expect(agent.get_by_label("回复内容")).to_have_value("这位是老客户")
    expect(agent.get_by_role("checkbox", name="悄悄话")).to_be_checked()


def test_what_is_written_while_a_line_is_on_its_way_is_the_next_one(site: Site) -> None:
    window, agent = taken(site)

    def slowly(route: Route) -> None:
        answer = route.fetch()
        agent.wait_for_timeout(700)
        route.fulfill(response=answer)

    agent.route("**/say/", slowly)
    field, said = agent.get_by_label("回复内容"), window.locator(".say.us:not(.greet)")
    field.fill("马上为您查")
    field.press("Control+Enter")
    field.fill("请稍等")
    field.press("Control+Enter")
    expect(said.get_by_text("马上为您查")).to_be_visible()
    expect(said.get_by_text("请稍等")).to_be_visible()
    expect(said).to_have_count(2)
    expect(field).to_have_value("")
    # one that does not go is there again, before what was written on
    field.fill("我" * 20_001)
    field.press("Control+Enter")
    field.fill("第四句")
    expect(agent.get_by_role("alert")).to_be_visible()
    assert field.input_value() == "我" * 20_001 + "\n第四句"
