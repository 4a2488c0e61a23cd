"""The console of conversations in use: who waits, an answer while the customer goes on writing, a case, the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import expect

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
