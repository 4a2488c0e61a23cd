"""A real Chromium, driven by Playwright; each page fails its test for what goes wrong inside it."""

from __future__ import annotations

import gc
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from greenlet import greenlet
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Response, expect, sync_playwright

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


# milliseconds until what should appear counts as missing: what is fast alone takes its time beside other browsers
PATIENCE = 30_000
# scripts in pages, emulation and closing have no time limit in Playwright; the longest story takes a third of this
HUNG_AFTER = 200.0
HUNG = Path(os.environ["KEYUE_TESTS_ROOT"]) / "chromium-hung.txt"
"""What `tests.run` prints at the end: where Chromium had to be ended."""


class Chromium:
    """Debian's Chromium, one a worker, installed if need be, and started again after it was ended."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._program = needs.browser()
        self._browser: Browser | None = None

    def running(self) -> Browser:
        if self._browser is None or not self._browser.is_connected():
            self._browser = self._playwright.chromium.launch(executable_path=self._program, args=FLAGS)
        return self._browser

    def kill(self) -> None:
        """End a browser that answers no more, and say where: what waits for it then fails."""
        with HUNG.open("a", encoding="utf-8") as said:
            said.write(f"Chromium did not finish {os.environ.get('PYTEST_CURRENT_TEST')}:\n{_waiting()}")
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):
                if process.name().startswith("chrom"):
                    process.kill()

    def close(self) -> None:
        if self._browser is not None:
            self._browser.close()


def _waiting() -> str:
    """The lines of this test that wait for Playwright: its loop runs in a greenlet of its own, theirs is set aside."""
    frames = [one.gr_frame for one in gc.get_objects() if issubclass(type(one), greenlet) and one.gr_frame]
    lines = [
        line for frame in frames for line in traceback.format_stack(frame) if str(ROOT / "tests") in line
    ]
    return "".join(lines)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    # Playwright's own loop runs in this thread, and Django would refuse the ORM beside it
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        chromium = Chromium(playwright)
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
def open_context(chromium: Chromium, page_problems: Problems) -> Iterator[OpenContext]:
    """`open_context(phone=True, dark=True, language="en-US")`: a browser profile of its own."""
    with ExitStack() as stack:
        watch = Timer(HUNG_AFTER, chromium.kill)
        watch.daemon = True
        stack.callback(watch.cancel)

        def begin(
            *, phone: bool = False, dark: bool = False, language: str = "zh-CN", **options: Any
        ) -> BrowserContext:
            if not watch.is_alive():
                # only now: what a test waits for before its first page is not Chromium's
                watch.start()
            context = chromium.running().new_context(
                viewport=PHONE if phone else DESKTOP,
                has_touch=phone,
                is_mobile=phone,
                color_scheme="dark" if dark else "light",
                locale=language,
                timezone_id="Asia/Shanghai",
                reduced_motion="reduce",
                **options,
            )
            context.set_default_timeout(PATIENCE)
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
    "check_page",
    "check_reading",
    "chromium",
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
