"""Making the demo: 120 customers and 600 cases over 90 days, through the same actions as real work.

Each case is a story that unfolds step by step; a queue in the order of time lets all of them happen as they would
have, with the sweep in between. Everything is relative to now and comes from one seed, and all of it is one
transaction: a building that is cut off leaves an empty installation, and the next one begins anew.
"""

from __future__ import annotations

import gc
import heapq
import itertools
import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions import batch
from keyue.cases.actions.intake import Intake
from keyue.cases.models import Case
from keyue.customers.actions.bulk import create_many
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.checkpoints import seal_heads
from keyue.operations.actions import found
from keyue.operations.demo import (
    agreements,
    archive,
    channels,
    consents,
    desks,
    grades,
    knowledge,
    past,
    present,
    rulebook,
    scripts,
    sorting,
    standing,
    talks,
    winning,
)
from keyue.operations.demo.company import FOUNDING
from keyue.operations.demo.matter import Matter
from keyue.operations.demo.play import ZONE, Act, Cast, Play, Step, hours
from keyue.people.models import User
from keyue.promises import actions as promises

DAYS = 90
CASES = 600
AT_A_LOOK = 200
LATELY = timedelta(days=4)
SETTLED = timedelta(days=13)
"""The rarer turns lie so far back that their stories have ended."""

logger = logging.getLogger(__name__)
Queued = tuple[datetime, int, Iterator[Step] | None, Act | None]


@dataclass(slots=True)
class Built:
    """How the making went: steps taken, and those that the actions refused (none, unless a story is wrong)."""

    steps: int = 0
    refused: list[str] = field(default_factory=list)


def build(
    now: datetime,
    *,
    seed: int = 20260317,
    cases: int = CASES,
    report: Callable[[int, int], None] | None = None,
) -> Built:
    """Found the demo company and let its last 90 days happen. Raises Refused where anything is already there."""
    if User.objects.exists() or Case.objects.exists():
        raise Refused(_("数据库不是空的，不能再做演示数据。请用空的 KEYUE_HOME（或空的数据库）再运行一次。"))
    start = now - timedelta(days=DAYS, hours=2)
    with _seldom_collecting(), transaction.atomic():
        with clock.telling(start):
            found(FOUNDING, at=start, is_demo=True, must_change_password=False)
        chance = random.Random(seed)  # noqa: S311  a story, not a secret
        cast = Cast({user.username: user for user in User.objects.select_related("department")})
        play = Play(chance, cast, _customers(chance, cast, start), now)
        built = _History(play, report, cases).happen(start)
        with clock.telling(now):
            desks.settle(play)
            while promises.fold_tallies():
                pass
    with clock.telling(now):
        seal_heads(now)
    return built


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """A building leaves little garbage and much that lives: looking for circles all the time is a tenth of its work."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _customers(chance: random.Random, cast: Cast, start: datetime) -> list[tuple[Customer, Contact]]:
    with clock.telling(start):
        return create_many(customers=standing.rows(chance, cast, start), by=cast["lu"], at=start, via="demo")


@dataclass(slots=True)
class _History:
    play: Play
    report: Callable[[int, int], None] | None
    cases: int
    built: Built = field(default_factory=Built)
    queue: list[Queued] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)

    def happen(self, start: datetime) -> Built:
        """Let everything happen in the order of time."""
        self._fill(start)
        now, sweep_at, done = self.play.now, start, 0
        while self.queue:
            at, _n, story, act = heapq.heappop(self.queue)
            while sweep_at < at:
                self._sweep(sweep_at)
                sweep_at += self._pause(sweep_at)
            if act is None:
                done += story is not None
                if self.report and done <= self.cases:
                    self.report(done, self.cases)
            elif not self._perform(act, at):
                continue
            following = next(story, None) if story is not None else None
            if following is not None and following[0] < now:
                heapq.heappush(self.queue, (following[0], next(self.order), story, following[1]))
        self._sweep(now)
        return self.built

    def _fill(self, start: datetime) -> None:
        play = self.play
        waiting = present.stories(play)[: self.cases]
        plots = past.plots(play, max(0, self.cases - len(waiting) - len(SHEET)))
        for at, story in waiting:
            self._enter(at, story)
        for plot in plots:
            latest = play.now - (SETTLED if plot in past.ENDS + past.TURNS else timedelta(hours=1))
            at = play.arrival(start + timedelta(hours=3), latest)
            self._enter(at, past.story(play, at, plot))
        desk = channels.Desk(play)
        exchanges = talks.Talks(play, desk)
        for at, story in exchanges.matters():
            self._enter(at, story)
        rooms = (archive, grades, winning, agreements, consents, knowledge, desks, rulebook, scripts, sorting)
        for story in (
            _sheet(play, start), channels.steps(play, desk), *exchanges.stories(), *(room.steps(play) for room in rooms)
        ):  # fmt: skip
            at, act = next(story)
            heapq.heappush(self.queue, (at, next(self.order), story, act))

    def _enter(self, at: datetime, story: Iterator[Step]) -> None:
        heapq.heappush(self.queue, (at, next(self.order), story, None))

    def _perform(self, act: Act, at: datetime) -> bool:
        """One step; a story that the actions refuse to go on with ends there."""
        try:
            with clock.telling(at):
                act(at)
        except (Invalid, Refused) as refusal:
            name = getattr(getattr(act, "func", act), "__qualname__", type(act).__name__)
            self.built.refused.append(f"{name}: {refusal}")
            logger.warning("the demo could not go on with %s: %s", name, refusal)
            return False
        self.built.steps += 1
        return True

    def _pause(self, at: datetime) -> timedelta:
        """The worker looks all the time; of what was long ago twice a day is enough."""
        return timedelta(hours=1) if at > self.play.now - LATELY else timedelta(hours=12)

    def _sweep(self, at: datetime) -> None:
        with clock.telling(at):
            while promises.look(now=at, limit=AT_A_LOOK).subjects == AT_A_LOOK:
                pass


# ── what was taken over from the spreadsheet of before ────────────────────────────────────────────────────

SHEET = (
    "维保记录没有盖章",
    "除盐水电导偏高",
    "水表读数与结算不一致",
    "风机皮带断裂",
    "加药间没有洗眼器",
    "备件包装潮湿",
)


def _sheet(play: Play, start: datetime) -> Iterator[Step]:
    """On the third day what stood in a spreadsheet comes in, with what had become of it."""
    made: list[int] = []
    digest = sha256("\n".join(SHEET).encode()).hexdigest()

    def take_over(at: datetime) -> None:
        rows = []
        for n, title in enumerate(SHEET):
            came = at.astimezone(ZONE).replace(hour=9, minute=7 * n) - timedelta(days=1)
            customer, contact = play.chance.choice(play.served)
            rows.append(
                batch.History(
                    Intake(
                        type="feedback", title=title, content=f"{title}，请处理后回复。", channel="sheet",
                        customer=customer, contact=contact,
                    ),
                    came,
                    source_key=f"demo-sheet:{n}",
                    evidence={"file": digest, "row": n + 2},
                    later=[
                        batch.Happened("classified", came + hours(1), category="service"),
                        batch.Happened("solved", came + hours(5), text="已当日处理完毕。"),
                        batch.Happened("reported", came + hours(6), text="已当日处理完毕。"),
                        batch.Happened("told", came + hours(7), text="处理结果已电话告知。", telling=batch.Telling("call")),
                        batch.Happened("followed_up", came + hours(9), outcome="satisfied"),
                    ],
                )
            )  # fmt: skip
        registered = batch.register_many(rows, by=play.cast["xu"], at=at, source="import:以前的台账.xlsx")
        made.extend(row.case.pk for row in registered)

    yield start + timedelta(days=3), take_over
    for n in range(len(SHEET)):
        matter = Matter(
            play, start + timedelta(days=4, hours=n), agent="lin", assigned="chen", story=play.story()[0]
        )
        matter.pk = made[n]
        yield matter.t, matter.find_cause
        yield matter.t + hours(0.4), matter.close
