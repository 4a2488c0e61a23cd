"""Pure decisions of the sales room: periods, idle customers, picking, the funnel. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from keyue.ledger.facts import FactRecord

LEAD_PREFIX, NEED_PREFIX, PLAN_PREFIX, OPPORTUNITY_PREFIX = "XS", "XQ", "FA", "SJ"
DAYS_MOST = 3650
LOOK_AT_LEAST = timedelta(days=7)
"""A holding is looked at again after so long at most: a grade, a stage or a rule may have changed meanwhile."""


def number_of(prefix: str, pk: int) -> str:
    """XS-00012."""
    return f"{prefix}-{pk:05d}"


def parse_number(prefix: str, text: str) -> int | None:
    """The id behind `XS-00012` or `12`; None for anything else."""
    found = re.fullmatch(rf"(?:{prefix}[-_ ]?)?0*(\d{{1,17}})", text.strip(), re.IGNORECASE)
    return int(found.group(1)) if found else None


# --- periods ---

_PERIOD = re.compile(r"(\d{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter or year of the company's calendar: its code, and the days from `start` to before `end`."""

    code: str
    start: date
    end: date

    @property
    def kind(self) -> str:
        """month, quarter or year."""
        return "quarter" if "Q" in self.code else "month" if "-" in self.code else "year"

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From which instant, and up to but not including which."""
        return _midnight(self.start, zone), _midnight(self.end, zone)

    @property
    def before(self) -> Period:
        """The period before this one."""
        return period_of(self.kind, self.start - timedelta(days=1))

    @property
    def after(self) -> Period:
        """The period after this one."""
        return period_of(self.kind, self.end)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def parse_period(code: str) -> Period | None:
    """`2026`, `2026-Q1` or `2026-03`; None for anything else."""
    found = _PERIOD.fullmatch(code.strip().upper())
    if found is None or not 2000 <= int(found[1]) <= 2100:
        return None
    year = int(found[1])
    if found[2]:
        month = int(found[2])
        return Period(f"{year}-{month:02d}", date(year, month, 1), _month_after(year, month, 1))
    if found[3]:
        month = int(found[3]) * 3 - 2
        return Period(f"{year}-Q{found[3]}", date(year, month, 1), _month_after(year, month, 3))
    return Period(str(year), date(year, 1, 1), date(year + 1, 1, 1))


def _month_after(year: int, month: int, n: int) -> date:
    total = year * 12 + month - 1 + n
    return date(total // 12, total % 12 + 1, 1)


def period_of(kind: str, day: date) -> Period:
    """The period of this kind (month, quarter, year) that `day` lies in."""
    code = {
        "month": f"{day.year}-{day.month:02d}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[kind]
    found = parse_period(code)
    if found is None:
        raise ValueError(code)
    return found


# --- customers that nobody contacts ---


class IdleStep(StrEnum):
    """What is to be done about a customer whom nobody may have contacted."""

    REST = "rest"
    WARN = "warn"
    WAIT = "wait"
    RECYCLE = "recycle"


@dataclass(frozen=True, slots=True)
class Idle:
    """What to do, when to look again, and of a warning when the customer goes into the pool."""

    step: IdleStep
    look_at: datetime
    due: datetime | None = None


def idle_step(
    *,
    now: datetime,
    last: datetime,
    days: int | None,
    warn_days: int,
    is_exempt: bool,
    warned_due: datetime | None,
) -> Idle:
    """What a held customer calls for at `now`; `last` is the last contact, or when the account manager began.

    `days` without contact, None for never; `warned_due` is what the account manager was told, for this `last`. Nobody
    loses a customer without having been told `warn_days` before, however long it lay: a rule that is switched on, or
    made stricter, warns first.
    """
    soon = now + LOOK_AT_LEAST
    if is_exempt or days is None:
        return Idle(IdleStep.REST, soon)
    over = last + timedelta(days=days)
    warn_at = over - timedelta(days=warn_days)
    if now < warn_at:
        return Idle(IdleStep.REST, min(warn_at, soon))
    if warned_due is None:
        due = max(over, now + timedelta(days=warn_days))
        return Idle(IdleStep.WARN, min(due, soon), due)
    if now < warned_due:
        return Idle(IdleStep.WAIT, min(warned_due, soon))
    return Idle(IdleStep.RECYCLE, soon)


# --- stages of an opportunity ---


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the company's list: `probability` in per cent; `end` is won, lost or "" for one that is open."""

    code: str
    name: str
    probability: int
    end: str = ""


DEFAULT_STAGES: tuple[tuple[str, int, str], ...] = (
    ("contact", 10, ""),
    ("need", 30, ""),
    ("offer", 50, ""),
    ("talks", 80, ""),
    ("won", 100, "won"),
    ("lost", 0, "lost"),
)
"""Code, probability and end of each stage where the company has set none; their names are words of the reader's."""
MOST_STAGES = 10


def stages_from(rows: Iterable[Mapping[str, object]], names: Mapping[str, str]) -> list[Stage]:
    """The company's stages as they are stored; where nothing is, the default ones under these `names`."""
    found = [
        Stage(str(row["code"]), str(row["name"]), int(str(row["probability"])), str(row.get("end", "")))
        for row in rows
    ]
    return found or [Stage(code, names[code], chance, end) for code, chance, end in DEFAULT_STAGES]


# --- the funnel ---


@dataclass(frozen=True, slots=True)
class Reached:
    """When a customer first came to each stage; None: never."""

    prospect: datetime | None = None
    intent: datetime | None = None
    signed: datetime | None = None


ORDER = ("prospect", "intent", "signed")


def reached(facts: Sequence[FactRecord]) -> Reached:
    """What a customer's facts say of the stages they came to; a later stage includes the earlier ones."""
    found: dict[str, datetime] = {}
    for fact in facts:
        stage = _stage_in(fact)
        if stage in ORDER:
            for earlier in ORDER[: ORDER.index(stage) + 1]:
                found.setdefault(earlier, fact.at)
    return Reached(**found)


def _stage_in(fact: FactRecord) -> str:
    if fact.kind == "customer.signed":
        return "signed"
    if fact.kind == "customer.created":
        return str(fact.data.get("stage") or "prospect")
    return str(fact.data.get("new")) if fact.kind == "customer.stage_changed" else ""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Of the leads registered in a period, how many came how far; a rate is never shown without its denominator."""

    leads: int = 0
    prospects: int = 0
    intents: int = 0
    signed: int = 0

    def __add__(self, other: Funnel) -> Funnel:
        return Funnel(
            self.leads + other.leads,
            self.prospects + other.prospects,
            self.intents + other.intents,
            self.signed + other.signed,
        )


def funnel_of(leads: Iterable[Reached | None]) -> Funnel:
    """A funnel of leads, each with what its customer reached; None for a lead that became no customer."""
    total = Funnel()
    for one in leads:
        total += Funnel(
            1,
            int(one is not None),
            int(one is not None and one.intent is not None),
            int(one is not None and one.signed is not None),
        )
    return total
