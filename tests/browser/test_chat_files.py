"""Two browsers at once: files from the agent to the visitor and back, and the alert of an agent who looks elsewhere."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import FrameLocator, Page, expect

from keyue.conversations.models import Conversation
from tests.browser.test_chat import PNG, Site, say, site, website
from tests.browser.test_chat_extras import taken
from tests.support.browser import check_page

__all__ = ["site", "website"]
# what the desktop would show and sound, kept for the test; the page itself asks for it as it does with people
RECORDED = """
window.shown = []; window.tones = 0;
const real = window.Notification;
window.Notification = class extends real { constructor(title, options) { super(title, options); window.shown.push(title); } };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...rest) { window.tones += 1; return start.apply(this, rest); };
"""


def attach(agent: Page, *files: Path, text: str = "") -> None:
    agent.get_by_label("附件", exact=True).set_input_files(list(files))
    if text:
        agent.get_by_label("回复内容").fill(text)
    agent.get_by_role("button", name="发送").click()


def look_away(page: Page, is_away: bool = True) -> None:
    """Another window lies over this one; headless pages never are in the background by themselves."""
    page.evaluate(
        """(away) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => away });
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => (away ? "hidden" : "visible") });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_away,
    )


def test_a_visitor_sees_and_downloads_what_the_agent_sends(site: Site, tmp_path: Path) -> None:
    window, agent = taken(site)
    guide = tmp_path / "安装说明（第 2 版）.pdf"
    guide.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    photo = tmp_path / "接线图.png"
    photo.write_bytes(PNG)
    attach(agent, guide, photo, text="请看附件，有不清楚的随时问")
    expect(agent.locator("#talk-log .bub.me").last).to_contain_text("安装说明")
    expect(agent.get_by_label("回复内容")).to_have_value("")
    expect(agent.locator("#composer .files")).to_be_empty()
    sent = window.locator(".say.us").last
    expect(sent).to_contain_text("请看附件")
    links = sent.locator("a.att")
    expect(links).to_have_count(2)
    for file, link in ((guide, links.nth(0)), (photo, links.nth(1))):
        expect(link).to_contain_text(file.name)
        with site_page(window).expect_download() as coming:
            link.click()
        assert coming.value.suggested_filename == file.name
        assert Path(coming.value.path()).read_bytes() == file.read_bytes()
    # and the way back: what the visitor sends the agent saves
    mine = tmp_path / "报错.png"
    mine.write_bytes(PNG)
    window.locator("#pick").set_input_files(mine)
    window.get_by_role("button", name="发送").click()
    chip = agent.locator("#talk-log").get_by_role("link", name="报错.png")
    with agent.expect_download() as coming:
        chip.click()
    assert Path(coming.value.path()).read_bytes() == PNG
    check_page(agent)


def test_a_file_that_will_not_do_is_said_and_what_was_written_stays(site: Site, tmp_path: Path) -> None:
    window, agent = taken(site)
    harmful = tmp_path / "图.svg"
    harmful.write_text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    attach(agent, harmful, text="请看这张图")
    expect(agent.get_by_role("alert").filter(has_text="图.svg")).to_be_visible()
    expect(agent.get_by_label("回复内容")).to_have_value("请看这张图")
    expect(window.locator(".say.us:not(.greet)")).to_have_count(0)
    # the visitor's window says it as well, and sends the words without it
    window.locator("#pick").set_input_files(harmful)
    window.get_by_label("输入消息").fill("这是报错")
    window.get_by_role("button", name="发送").click()
    expect(window.get_by_role("alert")).to_contain_text("图.svg")
    assert not any("svg" in file for file in agent.locator("#talk-log .file").all_inner_texts())


def test_an_agent_who_looks_elsewhere_is_alerted_of_a_new_chat(site: Site) -> None:
    agent = site.agent("/conversations/?show=queue")
    agent.context.grant_permissions(["notifications"], origin=site.company.server.url)
    agent.add_init_script(RECORDED)
    agent.reload()
    alerts = agent.locator("#alerts")
    expect(alerts).to_have_attribute("aria-pressed", "false")
    alerts.click()
    expect(alerts).to_have_attribute("aria-pressed", "true")
    # switched on, it sounds once, so that one knows what it sounds like
    assert agent.evaluate("window.tones") == 1
    with agent.expect_response(lambda answer: "/conversations/waiting/" in answer.url):
        look_away(agent)
    _visitor, window = site.open()
    say(window, "有人吗，设备报警了")
    [shown] = alerted(agent)
    assert agent.evaluate("window.tones") == 2
    assert shown and "设备报警" not in shown, "what a customer says stands on nobody's lock screen"
    # who looks is alerted no more, and sees who waits
    look_away(agent, is_away=False)
    agent.get_by_role("button", name="条新变化").click()
    expect(agent.locator("#talks .row").filter(has_text="设备报警")).to_be_visible()
    with agent.expect_navigation():
        agent.goto(f"{site.company.server.url}/conversations/{Conversation.objects.get().pk}/")
    with agent.expect_navigation():
        agent.get_by_role("button", name="接入").click()
    say(window, "在吗")
    expect(agent.locator("#talk-log")).to_contain_text("在吗")
    assert agent.evaluate("window.shown") == []


def alerted(page: Page) -> list[str]:
    """What the desktop was told, as soon as it was told anything."""
    for _turn in range(100):
        if found := page.evaluate("window.shown"):
            return found
        page.wait_for_timeout(100)
    return []


def site_page(window: FrameLocator) -> Page:
    """The page that a window stands in."""
    return window.owner.page
