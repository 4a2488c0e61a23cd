"""A real Chromium, driven by Playwright; each page fails its test for what goes wrong inside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from tests.support import needs
from tests.support.environment import ROOT
from tests.support.pages import check_page, check_reading
from tests.support.server import Server

PICTURES = ROOT / "docs" / "users" / "pictures"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# no sandbox: root may not use it; nothing in the background: a machine without the internet refuses it anyway
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--font-render-hinting=none",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one a worker, installed if need be."""
    program = needs.browser()
    # Playwright's own loop runs in this thread, and Django would refuse the ORM beside it
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


class Problems(list[str]):
    """What went wrong inside the pages of a test. `allow(text)` lets through what a test means to provoke."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed: list[str] = []

    def allow(self, text: str) -> None:
        """Let problems that contain `text` pass."""
        self.allowed.append(text)

    @property
    def unexpected(self) -> list[str]:
        """Those that nothing allows."""
        return [p for p in self if not any(a in p for a in self.allowed)]

    def watch(self, page: Page) -> None:
        """Collect from this page: script errors, refused content, missing assets, server errors."""
        page.on("pageerror", lambda error: self.append(f"script error on {page.url}: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)

    def _console(self, message: Any) -> None:
        # answers with an error status come by `response`, with more to say
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        asset = response.request.resource_type in {"script", "stylesheet", "image", "font"}
        if response.status >= 500 or (asset and response.status >= 400):
            self.append(f"{response.status} for {response.request.method} {response.url}")


@pytest.fixture
def page_problems() -> Iterator[Problems]:
    """Checked at the end of the test."""
    problems = Problems()
    yield problems
    if problems.unexpected:
        pytest.fail("in the browser:\n" + "\n".join(problems.unexpected), pytrace=False)


OpenContext = Callable[..., BrowserContext]
OpenPage = Callable[..., Page]


@pytest.fixture
def open_context(browser: Browser, page_problems: Problems) -> Iterator[OpenContext]:
    """`open_context(phone=True, dark=True, language="en-US")`: a browser profile of its own."""
    with ExitStack() as stack:

        def begin(
            *, phone: bool = False, dark: bool = False, language: str = "zh-CN", **options: Any
        ) -> BrowserContext:
            context = browser.new_context(
                viewport=PHONE if phone else DESKTOP,
                has_touch=phone,
                is_mobile=phone,
                color_scheme="dark" if dark else "light",
                locale=language,
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
                **options,
            )
            context.set_default_timeout(15_000)
            context.on("page", page_problems.watch)
            stack.callback(context.close)
            return context

        yield begin


@pytest.fixture
def open_page(open_context: OpenContext) -> OpenPage:
    """`open_page(phone=True)`: a page of a new profile, so two pages are two people."""
    return lambda **options: open_context(**options).new_page()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A desktop page."""
    return open_page()


def sessions_of(server: Server) -> Callable[[Page, Any], Page]:
    """`sessions_of(server)(page, user)`: a session made here and carried into the browser, without the login page."""

    def sign_in(page: Page, user: Any) -> Page:
        from django.conf import settings
        from django.test import Client

        client = Client(headers={"host": urlsplit(server.url).netloc})
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])
        return page

    return sign_in


@pytest.fixture
def sign_in_as(server: Server) -> Callable[[Page, Any], Page]:
    """`sign_in_as(page, user)`: into `server`, without the login page."""
    return sessions_of(server)


def sign_in(page: Page, server: Server, username: str, password: str) -> Page:
    """Sign in on the login page, as a person does."""
    page.goto(f"{server.url}/login/")
    page.locator("input[autocomplete='username'], input[name='username']").first.fill(username)
    page.locator("input[type='password']").first.fill(password)
    page.locator("input[type='password']").first.press("Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    return page


def with_real_password(user: Any, password: str) -> Any:
    """Give `user` a password by the product's own hasher: a server knows nothing of the tests' quick one."""
    from django.contrib.auth.hashers import make_password

    user.password = make_password(password, hasher="argon2")
    user.save(update_fields=["password"])
    return user


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """`picture(page, "workbench")`: a picture for the user's guide, kept only with KEYUE_PICTURES=1."""

    def take(page: Page, name: str, *, whole: bool = False) -> Path:
        folder = PICTURES if os.environ.get("KEYUE_PICTURES") == "1" else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.png"
        page.evaluate("document.fonts.ready")
        # what only tests have is on no picture
        page.evaluate("document.querySelector('.clockbar')?.remove()")
        page.screenshot(path=target, full_page=whole, animations="disabled", caret="hide")
        return target

    return take


__all__ = [
    "browser",
    "check_page",
    "check_reading",
    "open_context",
    "open_page",
    "page",
    "page_problems",
    "picture",
    "sessions_of",
    "sign_in",
    "sign_in_as",
    "with_real_password",
]
