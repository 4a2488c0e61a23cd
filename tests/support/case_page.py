"""What a person does on the page of a case: find a step of the rail, open an act, fill in its dialog, send it."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def step(page: Page, name: str) -> Locator:
    """A promise on the rail of this round."""
    return page.locator("#rail > .prail > li").filter(has=page.locator(".name", has_text=name)).first


def begin(page: Page, act: str) -> Locator:
    """Click an act where the rail or the head offers it; its dialog."""
    page.locator("#rail, #head").get_by_role("link", name=act).first.click()
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_have_text(act)
    return dialog


def begin_on(page: Page, name: str, act: str) -> Locator:
    """Click what stands beside a promise of the rail; its dialog."""
    step(page, name).get_by_role("link", name=act).click()
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_have_text(act)
    return dialog


def begin_from_menu(page: Page, act: str) -> Locator:
    """Click an act in the menu of the head; its dialog."""
    page.get_by_label("更多操作").click()
    page.locator("#head .title .menu").get_by_text(act, exact=True).click()
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_have_text(act)
    return dialog


def offered(page: Page) -> list[str]:
    """The acts that head and menu offer."""
    texts = page.locator("#head .title").get_by_role("link", include_hidden=True).all_text_contents()
    return [text.strip() for text in texts]


def finish(page: Page, dialog: Locator, button: str) -> None:
    """Send the form of a dialog, and see it gone."""
    dialog.locator("footer").get_by_role("button", name=button).click()
    expect(page.locator("#dialog[open]")).to_have_count(0)


def refuse(dialog: Locator, beside: str, sentence: str) -> None:
    """Send what has to be refused: the sentence stands beside the field of this name."""
    dialog.locator("footer .pri").click()
    expect(dialog.locator(f"#id_{beside}_error")).to_contain_text(sentence)


def radio(dialog: Locator, group: str, choice: str) -> None:
    """Choose one of a group."""
    dialog.get_by_role("group", name=group).get_by_text(choice, exact=True).click()


def said(page: Page) -> Locator:
    """The last event of the timeline."""
    return page.locator("#tab .ev").last
