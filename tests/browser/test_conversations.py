"""The console of conversations in use: who waits, an answer while the customer goes on writing, a case, the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from keyue.channels.webhook.actions import make_channel_secret
from keyue.channels.webhook.signing import headers_for
from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming, Received
from keyue.conversations.models import Channel
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

MAIL = "zhou.xubai@example.com"
LONG = "膜组件清洗之后产水量只恢复到原来的六成，压差还在涨，我们二期下周一要满负荷运行，请尽快安排工程师到现场看一下。"


@dataclass
class Talks:
    company: Company
    mail: Channel
    chat: Channel
    numbers: Any = field(default_factory=lambda: count(1))

    def says(self, channel: Channel, handle: str, body: str, name: str = "") -> Received:
        identity = f"<{next(self.numbers)}@example.com>"
        incoming = Incoming(external_id=identity, handle=handle, body=body, name=name)
        by = Actor("customer", "channel")
        return actions.receive(channel, incoming, by=by, at=clock.now(), source=channel.kind)


@pytest.fixture
def talks(company: Company) -> Talks:
    by = World.actor(company.world.supervisor)

    def channel(kind: str, name: str) -> Channel:
        plan = ChannelPlan(name, department="service", keeper=company.world.agent)
        return actions.open_channel(kind=kind, plan=plan, by=by, at=clock.now())

    customers.create_customer(
        kind="organisation", name="临江第三水务", contact_name="周叙白", email=MAIL, phone="13812346027",
        source="phone", legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    return Talks(company, channel("email", "客服邮箱"), channel("chat", "官网客服"))


def test_answered_while_the_customer_goes_on_writing(company: Company, talks: Talks) -> None:
    page = company.open(company.world.agent, "/conversations/?show=queue")
    expect(page.get_by_text("没有人在排队")).to_be_visible()
    check_page(page, widths=(390, 1100, 1440))
    talks.says(talks.mail, MAIL, LONG)
    talks.says(talks.chat, "v1", "你们有县城的售后点吗")
    rows = page.locator("#talks .row")
    expect(rows).to_have_count(2)
    rows.filter(has_text="膜组件").get_by_role("link").click()
    expect(page.locator("#side")).to_contain_text("临江第三水务")
    page.get_by_role("button", name="接入").click()
    expect(page.locator("#talk-head")).to_contain_text("林知夏 接待")

    box = page.get_by_label("回复内容")
    box.fill("工程师明天上午")
    talks.says(talks.mail, MAIL, "补充：泵房钥匙在门卫")
    # what comes in stands there, and what is being written is not touched
    expect(page.locator("#talk-log")).to_contain_text("泵房钥匙在门卫")
    expect(box).to_have_value("工程师明天上午")
    box.press_sequentially("九点到。")
    box.press("Control+Enter")
    expect(page.locator("#talk-log .bub.me")).to_contain_text("工程师明天上午九点到。")
    expect(page.get_by_label("回复内容")).to_be_focused()
    expect(page.get_by_label("回复内容")).to_have_value("")
    expect(page.locator("#talk-log")).to_contain_text("待发出")
    check_page(page, widths=(390, 1100, 1440))
    check_reading(page)


def test_from_a_line_to_a_case_and_to_the_end(company: Company, talks: Talks) -> None:
    talk = talks.says(talks.mail, MAIL, LONG).conversation
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/")
    page.locator("#talk-log").get_by_role("link", name="登记为事项").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_label("内容")).to_have_value(LONG)
    check_page(page)
    dialog.get_by_label("类型").select_option("complaint")
    dialog.get_by_role("button", name="登记为事项").click()
    expect(page.get_by_text("已登记为 TS-")).to_be_visible()
    expect(page.locator("#side")).to_contain_text("进行中的约定")

    page.get_by_label("回复内容").fill("师傅在路上")
    page.get_by_role("checkbox", name="悄悄话").check()
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".bub.whisper")).to_contain_text("师傅在路上")
    page.get_by_role("link", name="结束").click()
    dialog.get_by_role("button", name="结束会话").click()
    expect(page.get_by_text("已结束。请写会话小结。")).to_be_visible()
    page.get_by_role("link", name="写会话小结").click()
    dialog.get_by_label("会话小结").fill("膜组产水不足，已登记投诉")
    dialog.get_by_label("有意见，已登记").check()
    dialog.get_by_role("button", name="会话小结").click()
    expect(page.locator("#side")).to_contain_text("膜组产水不足，已登记投诉")
    check_page(page, widths=(390, 1440))
    check_reading(page)


def test_on_a_telephone_and_in_the_dark(company: Company, talks: Talks) -> None:
    talk = talks.says(talks.chat, "v1", LONG).conversation
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/", phone=True, dark=True)
    check_page(page)
    check_reading(page)
    page.get_by_label("回复内容").fill("请稍等")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".bub.me")).to_contain_text("请稍等")
    expect(page.locator("#talk-log")).to_contain_text("已发出")


def test_a_channel_is_seen_and_sorted_by_who_keeps_it(company: Company, talks: Talks) -> None:
    talks.says(talks.mail, MAIL, LONG)
    page = company.open(company.world.agent, "/settings/channels/")
    row = page.locator(f"#ch{talks.mail.pk}")
    expect(row).to_contain_text("新到 1 条")
    expect(row).to_contain_text("今天还没看")
    check_page(page, widths=(390, 1100, 1440))
    row.get_by_role("link", name="客服邮箱").click()
    expect(page.get_by_role("heading", name="客服邮箱")).to_be_visible()
    expect(page.get_by_text(LONG[:20])).to_be_visible()
    check_page(page, widths=(390, 1100, 1440))
    page.keyboard.press("v")
    expect(page.get_by_text("今天还没看")).to_have_count(0)
    expect(page.get_by_text("已登记：「客服邮箱」看过并整理了。")).to_be_visible()


def test_a_promise_in_words_is_confirmed_with_one_key(company: Company, talks: Talks) -> None:
    talks.says(talks.mail, MAIL, LONG)
    page = company.open(company.world.agent, "/conversations/?show=queue")
    page.get_by_role("link", name="周").first.click()
    box = page.get_by_role("textbox", name="回复内容")
    box.press_sequentially("您好，明天下午三点前给您答复。")
    offer = page.get_by_role("checkbox", name="记为对客户的约定")
    expect(offer).not_to_be_checked()
    check_page(page, widths=(390, 1440))
    box.press("Alt+p")
    expect(offer).to_be_checked()
    box.press("Control+Enter")
    side = page.get_by_role("complementary", name="客户与约定")
    expect(side.get_by_text("明天下午三点前给您答复。")).to_be_visible()
    expect(offer).to_have_count(0)


def test_a_call_pops_up_and_is_entered_in_one_form(company: Company, talks: Talks) -> None:
    plan = ChannelPlan(
        "400 热线", department="service", keeper=company.world.agent, options={"hours": "00:00-24:00"}
    )
    by = World.actor(company.world.supervisor)
    hotline = actions.open_channel(kind="phone", plan=plan, by=by, at=clock.now())
    page = company.open(company.world.agent, "/")
    tells = _exchange(company, hotline)
    tells("ringing")
    pop = page.get_by_role("status").get_by_role("region", name="来电")
    expect(pop).to_contain_text("周*")
    check_page(page, widths=(390, 1440))
    tells("answered")
    expect(pop).to_contain_text("通话中")
    tells("ended")
    expect(pop).to_have_count(0)
    page.goto(company.server.url + "/calls/new/?number=13812346027")
    expect(page.locator("#caller")).to_contain_text("临江第三水务")
    check_page(page, widths=(390, 1440))
    page.get_by_label("说了什么").fill("问二期什么时候能上门")
    page.get_by_role("radio", name="没有意见").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("通话已登记。")).to_be_visible()
    page.goto(company.server.url + f"/settings/channels/{hotline.pk}/shifts/")
    expect(page.get_by_text("小时没有人值班")).to_be_visible()
    check_page(page, widths=(390, 1100, 1440))


def _exchange(company: Company, hotline: Channel) -> Callable[[str], None]:
    """A program that tells the server of a call."""
    secret = make_channel_secret(channel=hotline, by=SYSTEM, at=clock.now())

    def tells(event: str) -> None:
        body = json.dumps({"event": event, "call": "c1", "number": "13812346027", "agent": "lin"}).encode()
        answer = httpx.post(
            f"{company.server.url}/hooks/phone/{hotline.pk}/",
            content=body,
            headers={"Content-Type": "application/json", **headers_for([secret], body, clock.now())},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text

    return tells
