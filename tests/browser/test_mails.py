"""A mail as it came, in Chromium: hostile layout shows its words and does nothing."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from playwright.sync_api import Page, expect

from keyue.channels.email import actions
from keyue.channels.email.actions import Lying
from keyue.channels.email.models import RawMail
from keyue.channels.email.reader.reading import read_mail
from keyue.conversations.actions.keeping import ChannelPlan, open_channel
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.journeys.world import World, found
from tests.rules.mail.making import PNG
from tests.support.browser import check_page
from tests.support.server import Server

HOSTILE = (
    "<p>你好，水泵漏水</p><script>document.title='owned'</script><img src=x onerror=\"parent.document.title='owned'\">"
    "<svg onload=\"parent.document.title='owned'\"></svg><a href=\"javascript:parent.document.title='owned'\">点这里</a>"
    "<img src='https://evil.example/seen.gif'><img alt='现场' src='cid:photo@beiyu'>"
)


def lay(world: World, raws: list[bytes]) -> Channel:
    """A mailbox of the service department into which these mails came."""
    at = clock.now()
    plan = ChannelPlan("客服邮箱", "service", world.agent, {"address": "service@chengchuan.example"})
    channel = open_channel(kind="email", plan=plan, by=SYSTEM, at=at - timedelta(hours=1))
    mine = actions.claim(channel=channel, by=SYSTEM, at=at)
    actions.begin(
        channel=channel, mine=mine, place="here", uid_validity=1, newest=9, old_mail="all", by=SYSTEM, at=at
    )
    for uid, raw in enumerate(raws, 1):
        lying = Lying(1, uid, at, raw, len(raw))
        actions.take(channel=channel, mine=mine, lying=lying, mail=read_mail(raw), by=SYSTEM, at=at)
    actions.note_done(channel=channel, mine=mine, is_more=False, by=SYSTEM, at=at)
    return channel


def letter() -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "周叙白 <zhou@beiyu.example>",
        "service@chengchuan.example",
        "水泵漏水",
    )
    mail["Message-ID"] = "<1@beiyu.example>"
    mail.set_content("你好，水泵漏水")
    mail.add_alternative(HOSTILE, subtype="html")
    mail.get_payload()[1].add_related(PNG, "image", "png", cid="<photo@beiyu>")
    mail.add_attachment(b"MZ program", maintype="application", subtype="octet-stream", filename="图纸.exe")
    return mail.as_bytes()


def test_a_hostile_mail_is_read_and_nothing_of_it_runs(
    server: Server, page: Page, sign_in_as: Any, page_problems: Any
):
    # what the test itself asks of the frame runs there as a script
    page_problems.allow("Blocked script execution")
    world = found(packs=())
    lay(world, [letter()])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    row = RawMail.objects.get()
    sign_in_as(page, world.agent).goto(f"{server.url}/mails/{row.pk}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("水泵漏水")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("你好，水泵漏水")).to_be_visible()
    assert frame.get_by_alt_text("现场").evaluate("image => image.naturalWidth") == 1
    frame.get_by_text("点这里").click()
    assert "owned" not in page.title()
    assert not [url for url in asked if "evil.example" in url]
    check_page(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="图纸.exe").click()
    assert saved.value.suggested_filename == "图纸.exe"


def test_an_unreadable_mail_is_found_on_the_mailbox_and_looked_at(
    server: Server, page: Page, sign_in_as: Any
):
    world = found(packs=())
    channel = lay(world, [letter(), b"Subject: nobody wrote this\r\n\r\nhello"])
    sign_in_as(page, world.agent).goto(f"{server.url}/settings/channels/{channel.pk}/")
    check_page(page)
    page.get_by_role("link", name="收到的邮件").click()
    check_page(page)
    page.get_by_role("row", name="读不了，等人查看").get_by_role("link").first.click()
    page.get_by_role("button", name="看过了").click()
    expect(page.get_by_text("林知夏 已查看").first).to_be_visible()
    check_page(page)
