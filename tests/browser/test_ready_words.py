"""Canned answers picked for what is sent, in a conversation and in a case: the message says of which it was made."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from keyue.cases.models import Message
from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from keyue.knowledge import actions as knowledge
from keyue.knowledge.actions import ScriptText
from keyue.knowledge.models import Script
from keyue.ledger.facts import Actor
from tests.browser.conftest import Company
from tests.journeys.world import World
from tests.support.browser import check_page, check_reading

NUMBERS = count(1)
PROGRESS = ScriptText(
    kind="canned", code="tkjd", title="退款进度", body="您好，退款三个工作日内原路退回。{坐席姓名}"
)
CLOSING = ScriptText(kind="canned", code="jsy", title="结束语", body="还有问题请随时联系我们，祝您生活愉快。")


@pytest.fixture(autouse=True)
def cut_off(page_problems: Any) -> None:
    """Articles, and promises in the words, are looked for a moment later: who sends or reloads sooner cuts that off."""
    page_problems.allow("htmx:sendAbort")
    page_problems.allow("htmx:afterRequest")


@pytest.fixture
def talk(company: Company) -> Conversation:
    """Somebody waits in the chat, and two canned answers are approved."""
    by, boss, at = World.actor(company.world.agent), World.actor(company.world.supervisor), clock.now()
    for text in (PROGRESS, CLOSING):
        row = knowledge.draft_script(text=text, owner=company.world.agent, by=by, at=at)
        knowledge.submit_script(script=row, by=by, at=at)
        knowledge.approve_script(script=row, by=boss, at=at)
    plan = ChannelPlan("官网客服", department="service", keeper=company.world.agent)
    channel = actions.open_channel(kind="chat", plan=plan, by=boss, at=at)
    incoming = Incoming(f"m{next(NUMBERS)}", "visitor-1", "退款什么时候到")
    customer = Actor("customer", "channel")
    return actions.receive(channel, incoming, by=customer, at=at, source="chat").conversation


def pick(page: Page, text: str, *, title: str) -> None:
    """Put a canned answer into the composer by the keyboard alone."""
    page.locator("#phrases").click()
    page.keyboard.type(text)
    found = page.locator("#canned-found")
    expect(found).to_contain_text(title)
    expect(found.locator("li")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#canned-box")).to_be_hidden()


def sent(page: Page, of: Callable[[], int]) -> None:
    before = of()
    page.get_by_label("回复内容").press("Control+Enter")
    expect(page.get_by_label("回复内容")).to_have_value("")
    assert of() == before + 1


def newest() -> Line:
    return Line.objects.filter(kind="out").order_by("-pk")[0]


def test_picked_in_a_conversation_it_is_named_with_its_edition(company: Company, talk: Conversation) -> None:
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/")
    words, lines = page.get_by_label("回复内容"), Line.objects.filter(kind="out").count
    pick(page, "tkjd", title="退款进度")
    expect(words).to_have_value("您好，退款三个工作日内原路退回。林知夏")
    expect(words).to_be_focused()
    sent(page, lines)
    assert newest().detail["scripts"] == [{"code": "tkjd", "edition": 1, "is_changed": False}]
    expect(page.locator(".bub.me").last).to_contain_text("退款三个工作日内")
    expect(page.locator("#talk-log")).to_contain_text("话术 /tkjd 第 1 版")
    # two of them, one with changed words: the log says so
    pick(page, "tuikuan", title="退款进度")
    pick(page, "jieshuyu", title="结束语")
    words.fill("您好，退款三个工作日内原路退回。\n还有问题请随时打我手机。")
    sent(page, lines)
    assert [(one["code"], one["is_changed"]) for one in newest().detail["scripts"]] == [("tkjd", False)]
    # what is written by hand afterwards is nobody's ready words
    words.fill("我自己写的一句")
    sent(page, lines)
    assert "scripts" not in newest().detail
    page.reload()
    expect(page.get_by_text(re.compile("话术 /tkjd 第 1 版"))).to_have_count(2)
    check_page(page)
    check_reading(page)


def test_what_is_taken_out_again_is_not_named(company: Company, talk: Conversation) -> None:
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/")
    words = page.get_by_label("回复内容")
    pick(page, "jsy", title="结束语")
    words.fill("")
    words.fill("还有问题请随时联系我们，祝您生活愉快。")
    sent(page, Line.objects.filter(kind="out").count)
    assert "scripts" not in newest().detail, "typed by hand"
    # a whisper to colleagues is no message to the customer
    pick(page, "jsy", title="结束语")
    page.get_by_role("checkbox", name="悄悄话").check()
    sent(page, Line.objects.filter(kind="whisper").count)
    assert "scripts" not in Line.objects.get(kind="whisper").detail


def test_one_that_is_withdrawn_meanwhile_does_not_go_out(company: Company, talk: Conversation) -> None:
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/")
    pick(page, "jsy", title="结束语")
    row = Script.objects.get(code="jsy")
    knowledge.withdraw_script(script=row, by=World.actor(company.world.supervisor), at=clock.now())
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#composer [role=alert]")).to_contain_text("话术「jsy」没有批准或已经停用")
    words = page.get_by_label("回复内容")
    expect(words).to_have_value(CLOSING.body)
    assert not Line.objects.filter(kind="out").exists()
    words.fill("")
    words.fill("您好，请稍等。")
    sent(page, Line.objects.filter(kind="out").count)


def test_picked_in_a_case_it_is_named_and_outlives_a_reload(company: Company, talk: Conversation) -> None:
    case = company.complaint("退款一直没有到")
    page = company.open(company.world.agent, f"/cases/{case.number}/")
    page.get_by_label("进度页留言").check()
    pick(page, "tkjd", title="退款进度")
    page.reload()
    expect(page.get_by_label("回复内容")).to_have_value("您好，退款三个工作日内原路退回。林知夏")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".msg.out").last).to_contain_text("话术 /tkjd 第 1 版")
    message = Message.objects.get(kind="out")
    assert message.detail["scripts"] == [{"code": "tkjd", "edition": 1, "is_changed": False}]
    check_page(page)


def test_what_is_found_anew_does_not_take_the_keyboard_away(company: Company, talk: Conversation) -> None:
    page = company.open(company.world.agent, f"/conversations/{talk.pk}/")
    page.locator("#phrases").click()
    expect(page.locator("#canned-found li")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator("#canned-found [data-text]").nth(1)
    expect(second).to_be_focused()
    with page.expect_response(lambda answer: "/canned/" in answer.url):
        page.evaluate("htmx.trigger(document.getElementById('canned-find'), 'find')")
    expect(second).to_be_focused()
    chosen = second.get_attribute("data-text")
    page.keyboard.press("Enter")
    expect(page.get_by_label("回复内容")).to_have_value(chosen or "")
