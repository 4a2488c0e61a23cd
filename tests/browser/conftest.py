"""A founded company at a fixed hour, and people who open its pages: what the stories in Chromium stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people.access import forget
from keyue.people.models import User
from keyue.promises import actions as promises
from tests.journeys.world import World, found, install
from tests.support.browser import OpenPage, sessions_of
from tests.support.databases import FreshDatabase
from tests.support.server import Server

# a Tuesday at work: what is due today and what this week does not change with the day of the run
NOW = datetime(2026, 3, 17, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@dataclass
class Company:
    """澄川环境 on the morning of `NOW`, its server, and short ways to let things happen in it."""

    server: Server
    world: World
    open_page: OpenPage
    sign_in_as: Callable[[Page, User], Page]
    numbered: Iterator[int] = field(default_factory=lambda: iter(range(1000, 10_000)))

    def complaint(self, title: str, *, ago: timedelta = timedelta(0), type: str = "complaint") -> Case:
        """A complaint that came in so long ago."""
        at = clock.now() - ago
        intake = Intake(
            type=type,
            title=title,
            content=f"{title}。约好周六上午的维保，人下午才到，当天没有结论。",
            phase="after",
            region="浙江省",
            name="周叙白",
            phone=f"1380000{next(self.numbered)}",
        )
        with clock.telling(at):
            return register(intake, by=Actor("customer", "portal"), at=at, source="portal").case

    def act(
        self, user: User, case: Case, code: str, *, ago: timedelta = timedelta(0), **data: object
    ) -> Case:
        """What a colleague does in another browser, now or so long ago."""
        forget(user)
        at = clock.now() - ago
        with clock.telling(at):
            return perform(user, case.number, code, data, at=at)

    def classified(self, case: Case, *, ago: timedelta = timedelta(0)) -> Case:
        """Classified as a complaint about the product."""
        return self.act(self.world.agent, case, "classify", ago=ago, type="complaint", category="product")

    def assigned(self, case: Case, *, ago: timedelta = timedelta(0)) -> Case:
        """Classified, reviewed, assessed and handed to engineering."""
        self.classified(case, ago=ago)
        self.act(self.world.supervisor, case, "review", ago=ago, valid="true")
        self.act(self.world.supervisor, case, "assess", ago=ago, severity="2", reach="2", consequence="1")
        return self.act(
            self.world.supervisor, case, "assign", ago=ago, lead="tech", collaborators=["quality"]
        )

    def look(self) -> None:
        """What the worker does: look at what has become due."""
        promises.look(now=clock.now())

    def later(self, hours: float) -> None:
        """Let time pass for everybody."""
        clock.move_to(clock.now() + timedelta(hours=hours))
        self.look()

    def open(self, user: User, path: str, **options: object) -> Page:
        """The page as this person sees it, in a browser of their own."""
        page = self.sign_in_as(self.open_page(**options), user)
        page.goto(self.server.url + path)
        return page


def download_pack(page: Page, folder: Path) -> tuple[Path, str]:
    """The file of the evidence pack that its page shows, and the mark of the company's key beside it."""
    with page.expect_download() as taken:
        page.locator('tr[id^="pack-"]').get_by_role("link", name="下载").click()
    target = folder / taken.value.suggested_filename
    taken.value.save_as(target)
    return target, (page.locator("aside .mono").first.text_content() or "").replace(" ", "")


@pytest.fixture
def company(
    monkeypatch: pytest.MonkeyPatch,
    fresh_database: FreshDatabase,
    start_server: Callable[..., Server],
    open_page: OpenPage,
) -> Company:
    """`company.open(company.world.agent, "/")`; `company.later(2)` moves the clock of all its processes."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(NOW)
    server = start_server("serve", environment={**fresh_database.environment, "KEYUE_TEST_CLOCK": "1"})
    install(is_demo=True, service_phone="400-000-0000", at=clock.now() - timedelta(days=30))
    return Company(server, found(), open_page, sessions_of(server))
