"""What all stories of the demo share: the people, the customers, the dice, and the names already used."""

from __future__ import annotations

import itertools
import random
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from keyue.cases.actions.files import Upload
from keyue.customers.enums import Stage
from keyue.customers.models import Contact, Customer
from keyue.ledger.facts import Actor
from keyue.operations.demo.stories import STORIES, Story
from keyue.people.models import User

if TYPE_CHECKING:
    from keyue.operations.demo.matter import Matter

ZONE = ZoneInfo("Asia/Shanghai")
PORTAL = Actor("customer", "portal")
LEAVER = "qiao"
HEIR = "fang"
"""Who goes on with what the leaver held."""
LEFT_AGO = timedelta(days=18)

Act = Callable[[datetime], object]
Step = tuple[datetime, Act]
Story_ = Iterator[Step]

WORKERS: dict[str, dict[str, int]] = {
    "engineering": {"chen": 5, "fang": 4, "su": 3, "he": 1, LEAVER: 3},
    "quality": {"wu": 2, "jiang": 3},
    "supply": {"tang": 2, "kong": 4},
    "sales": {"lu": 3, "ouyang": 4},
    "finance": {"shen": 2, "ge": 3},
    "service": {"yu": 2, "ning": 2, "lin": 1},
}
DESK = {"lin": 5, "yu": 4, "ning": 2}
CHANNELS = {
    "webform": 13, "phone": 12, "wechat": 7, "email": 6, "wecom": 4, "chat": 3, "visit": 2, "sms": 1, "review": 1, "api": 1,
}  # fmt: skip


def hours(n: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=n)


@dataclass(slots=True)
class Cast:
    """The people of the demo by sign-in name."""

    users: dict[str, User]

    def __getitem__(self, name: str) -> Actor:
        return Actor("staff", str(self.users[name].pk))


@dataclass(slots=True)
class Play:
    """One making of the demo: `chance` comes from a seed, `now` is when the curtain rises."""

    chance: random.Random
    cast: Cast
    archive: list[tuple[Customer, Contact]]
    now: datetime
    channels: Iterator[str] = field(init=False)
    served: list[tuple[Customer, Contact]] = field(init=False)
    """Who has something of the company's that may break: customers, and those who are about to be."""
    said: deque[str] = field(default_factory=lambda: deque(maxlen=70))
    alive: deque[Matter] = field(default_factory=lambda: deque(maxlen=25))

    def __post_init__(self) -> None:
        self.served = [pair for pair in self.archive if pair[0].stage in (Stage.SIGNED, Stage.INTENT)]
        bag = [channel for channel, weight in CHANNELS.items() for _ in range(weight)]
        self.chance.shuffle(bag)
        self.channels = itertools.cycle(bag)

    def one_of(self, weights: dict[str, int]) -> str:
        """A name, the heavier the likelier."""
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def worker(self, department: str, at: datetime) -> str:
        """Who takes it in a department; nobody is given work after leaving."""
        able = {
            name: n
            for name, n in WORKERS[department].items()
            if name != LEAVER or at < self.now - LEFT_AGO - timedelta(days=4)
        }
        return self.one_of(able)

    def story(self, department: str = "", kind: str = "") -> tuple[Story, str]:
        """A matter and its unit, of which nobody spoke lately."""
        fitting = [
            (story, unit)
            for story in STORIES
            if department in ("", story.department) and kind in ("", story.type)
            for unit in story.units
        ]
        fresh = [(story, unit) for story, unit in fitting if story.title.format(u=unit) not in self.said]
        story, unit = self.chance.choice(fresh or fitting)
        self.said.append(story.title.format(u=unit))
        return story, unit

    def other(self, kinds: tuple[tuple[object, ...], ...]) -> tuple[str, str, str]:
        """Title, content and answer of a simple matter, of which nobody spoke lately."""
        fitting = [(kind, unit) for kind in kinds for unit in kind[2]]  # type: ignore[attr-defined]
        fresh = [(kind, unit) for kind, unit in fitting if str(kind[0]).format(u=unit) not in self.said]
        kind, unit = self.chance.choice(fresh or fitting)
        title = str(kind[0]).format(u=unit)
        self.said.append(title)
        return title, str(kind[1]), str(kind[3]) if len(kind) > 3 else ""

    def earlier(self, but: Matter) -> Matter | None:
        """An opinion that is still being worked on, for a customer to bring up again."""
        others = [matter for matter in self.alive if matter is not but and matter.pk and not matter.has_ended]
        return others[-1] if others else None

    def whose(self, brand: str) -> tuple[Customer, Contact]:
        """The customer whose name begins so, and the contact they were entered with."""
        return next(pair for pair in self.archive if pair[0].name.startswith(brand))

    # ── times ─────────────────────────────────────────────────────────────────────────────────────────────

    def arrival(self, start: datetime, latest: datetime) -> datetime:
        """More of them lately and at work, few at night and at weekends."""
        while True:
            share = 1 - self.chance.random() ** 1.3
            day = (start + (latest - start) * share).astimezone(ZONE)
            if day.weekday() >= 5 and self.chance.random() < 0.65:
                continue
            hour = self.chance.choices(range(24), _ARRIVALS)[0]
            at = day.replace(hour=hour, minute=self.chance.randrange(60), second=self.chance.randrange(60))
            if start < at < latest:
                return at

    def workday(self, ago: int, hour: float) -> datetime:
        """At an hour of the `ago`-th day from Monday to Friday before today; of those that lie ahead where it is negative.

        Counted in days and not in hours, so that nothing happens at night whenever the demo is made.
        """
        day, left = self.now.astimezone(ZONE), abs(ago)
        while left:
            day += timedelta(days=-1 if ago > 0 else 1)
            left -= day.weekday() < 5
        return day.replace(hour=0, minute=0, second=0, microsecond=0) + hours(hour)

    def awake(self, at: datetime, latest: datetime | None = None) -> datetime:
        """The same instant, or the morning after a night; never later than `latest`."""
        local = at.astimezone(ZONE)
        if 8 <= local.hour < 21:
            return at
        day = local + timedelta(days=1) if local.hour >= 21 else local
        morning = day.replace(hour=8, minute=10) + hours(self.chance.uniform(0, 1.6))
        return at if latest is not None and morning > latest else morning

    def before_night(self, at: datetime, opens: int = 8) -> datetime:
        """The same instant, or the evening before a night."""
        local = at.astimezone(ZONE)
        if opens <= local.hour < 21:
            return at
        day = local - timedelta(days=1) if local.hour < opens else local
        return day.replace(hour=20, minute=self.chance.randrange(2, 55))


_ARRIVALS = [1, 1, 0, 0, 0, 1, 2, 6, 16, 22, 22, 18, 11, 14, 20, 20, 17, 13, 9, 7, 5, 3, 2, 1]


# ── files that customers send ───────────────────────────────────────────────────────────────────────────────


def uploads(chance: random.Random) -> list[Upload]:
    """One or two files, of a few that are the same throughout."""
    return chance.sample(_FILES, chance.choice([1, 1, 2]))


def picture(red: int, green: int, blue: int) -> bytes:
    """A PNG of 320 × 200 in shades of one colour."""
    rows = bytearray()
    for y in range(200):
        rows.append(0)
        for x in range(320):
            shade = 96 + (x // 4 + y // 3) % 96
            rows += bytes((red * shade >> 7 & 255, green * shade >> 7 & 255, blue * shade >> 7 & 255))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 320, 200, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows), 9)),
    ]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*parts, (b"IEND", b"")]
    )
    return b"\x89PNG\r\n\x1a\n" + body


_FILES = [
    Upload("现场照片.png", picture(90, 120, 110)),
    Upload("设备铭牌.png", picture(120, 118, 90)),
    Upload("漏点.png", picture(110, 90, 84)),
    Upload("运行记录.csv", "时间,浊度,压差\n08:00,0.12,0.08\n09:00,1.80,0.21\n10:00,1.42,0.20\n".encode()),
    Upload("化验数据.txt", "余氯 0.31 mg/L\npH 7.2\n浊度 1.8 NTU\n".encode()),
]
