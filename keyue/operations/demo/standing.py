"""The archive of the demo as it stood when the demo began: 120 organisations, most of them customers for years."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyue.customers.actions.bulk import NewCustomer
from keyue.customers.enums import Stage
from keyue.operations.demo import texts
from keyue.operations.demo.play import ZONE, Cast

CUSTOMERS = 120
HERO = "临江第三水务"
"""The customer whose archive is the richest."""
KNOWN = (
    ("临江", "第三水务有限公司"), ("禾丰", "食品集团"), ("川野", "乳业有限公司"), ("青岚", "新材料股份有限公司"),
    ("东溟", "化工有限公司"), ("云栖", "温泉酒店"), ("北屿", "文旅发展有限公司"), ("澜庭", "物业服务有限公司"),
    ("恒川", "制药有限公司"), ("望海", "产业园管理有限公司"), ("清溪", "医院后勤中心"), ("金穗", "食品集团"),
    ("桐湾", "纺织印染有限公司"), ("岚山", "化工有限公司"), ("松岭", "第三水务有限公司"), ("白鹭", "温泉酒店"),
)  # fmt: skip
"""Who has a story of their own, by place and trade."""
TRADES = {
    "第三水务有限公司": ("市政", "水务"), "文旅发展有限公司": ("商业", "文旅"), "医院后勤中心": ("公共机构", "医疗"),
    "食品集团": ("工业", "食品"), "物业服务有限公司": ("商业", "物业"), "化工有限公司": ("工业", "化工"),
    "乳业有限公司": ("工业", "食品"), "新材料股份有限公司": ("工业", "新材料"), "温泉酒店": ("商业", "酒店"),
    "产业园管理有限公司": ("公共机构", "园区"), "制药有限公司": ("工业", "制药"), "纺织印染有限公司": ("工业", "纺织印染"),
}  # fmt: skip
"""Category and industry of each trade."""
STAGES = {Stage.SIGNED: 62, Stage.INTENT: 16, Stage.PROSPECT: 18, Stage.PAST: 6}
CREDIT = {"excellent": 3, "good": 9, "fair": 6, "poor": 1}
SCALES = {"大型": 4, "中型": 9, "小型": 6}
CREDIT_POINTS = {"excellent": 100, "good": 80, "fair": 50, "poor": 10}
SCALE_POINTS = {"大型": 100, "中型": 70, "小型": 40}
YEAR_POINTS = {0: 40, 1: 70, 3: 100}
INDUSTRY_POINTS = {
    "新材料": 100, "制药": 90, "水务": 80, "食品": 80, "医疗": 80, "园区": 70, "化工": 60, "酒店": 50, "文旅": 50, "物业": 50,
    "纺织印染": 40,
}  # fmt: skip
WEIGHTS = {"industry": 15, "credit": 20, "scale": 15, "since": 10}
"""What of the standard of `grades.py` is known of customers without a contract in the system."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What is said of one of them beside name and trade."""

    stage: str
    years: float
    credit: str
    scale: str
    grade: str | None


FIXED = {
    HERO: _Before(Stage.SIGNED, 4.7, "good", "大型", "B"),
    "北屿文旅": _Before(Stage.INTENT, 0.6, "good", "中型", "C"),
    "云栖温泉": _Before(Stage.INTENT, 0.4, "good", "小型", "C"),
    "望海产业园": _Before(Stage.INTENT, 0.5, "fair", "中型", None),
    "金穗食品": _Before(Stage.PAST, 6.4, "poor", "中型", "D"),
    "岚山化工": _Before(Stage.PAST, 5.8, "fair", "小型", "D"),
    "白鹭温泉": _Before(Stage.PAST, 5.3, "fair", "小型", "D"),
}


def rows(chance: random.Random, cast: Cast, start: datetime) -> list[NewCustomer]:
    """The customers in the order in which they came on file."""
    others = [pair for pair in itertools.product(texts.PLACES, texts.TRADES) if pair not in KNOWN]
    chance.shuffle(others)
    pairs = [*KNOWN, *others][:CUSTOMERS]
    made = [_row(chance, cast, start, number, *pair) for number, pair in enumerate(pairs)]
    return sorted(made, key=lambda row: row.at or start)


def _row(
    chance: random.Random, cast: Cast, start: datetime, number: int, place: str, trade: str
) -> NewCustomer:
    name = f"{place}{trade}（演示）"
    before = next((said for brand, said in FIXED.items() if name.startswith(brand)), None)
    category, industry = TRADES[trade]
    is_known = (place, trade) in KNOWN
    before = before or _drawn(chance, industry, is_known=is_known)
    manager = "lu" if is_known else chance.choices(["ouyang", "mo", "lu"], [5, 4, 1])[0]
    more = {"category": category, "industry": industry}
    if before.stage != Stage.PROSPECT:
        more |= {
            "scale": before.scale,
            "credit": before.credit,
            "needs": chance.choice(texts.NEEDS),
            "history": chance.choice(texts.HISTORIES),
        }
    if before.stage != Stage.PROSPECT and chance.random() < 0.85:
        more["strategy"] = chance.choice(texts.STRATEGIES)
    return NewCustomer(
        kind="organisation",
        name=name,
        contact_name="周叙白" if name.startswith(HERO) else _person(chance),
        phone=f"1380000{number:04d}",
        email=f"customer{number}@example.com",
        role="运行部主任" if name.startswith(HERO) else chance.choice(texts.ROLES),
        address=f"{place}{chance.choice(texts.STREETS)} {chance.randint(1, 199)} 号（演示）",
        region=chance.choice(texts.REGIONS),
        grade=before.grade,
        account_manager_id=cast.users[manager].pk,
        department="sales",
        source="tender" if name.startswith(HERO) else chance.choice(texts.SOURCES),
        legal_basis="contract",
        at=_came(chance, start, before.years),
        stage=before.stage,
        more=more,
    )


def _person(chance: random.Random) -> str:
    return chance.choice(texts.SURNAMES) + chance.choice(texts.GIVEN)


def _came(chance: random.Random, start: datetime, years: float) -> datetime:
    """The working day, and the hour by day, on which a customer came on file."""
    day = start.astimezone(ZONE) - timedelta(days=365 * years)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return day.replace(hour=chance.randint(9, 16), minute=chance.randrange(60), second=chance.randrange(60))


def _drawn(chance: random.Random, industry: str, *, is_known: bool) -> _Before:
    stage = Stage.SIGNED if is_known else chance.choices(list(STAGES), list(STAGES.values()))[0]
    years = chance.uniform(0.2, 6) if stage in (Stage.SIGNED, Stage.PAST) else chance.uniform(0.05, 0.7)
    credit, scale = (chance.choices(list(of), list(of.values()))[0] for of in (CREDIT, SCALES))
    points = {
        "industry": INDUSTRY_POINTS[industry],
        "since": max(n for y, n in YEAR_POINTS.items() if years >= y),
    }
    if stage != Stage.PROSPECT:
        points |= {"credit": CREDIT_POINTS[credit], "scale": SCALE_POINTS[scale]}
    grade = _grade(points)
    # what was set by feeling in the old table is one grade off here and there
    if chance.random() < 0.16:
        grade = {"A": "B", "B": "C", "C": "B", "D": "C"}[grade]
    return _Before(stage, years, credit, scale, grade)


def _grade(points: dict[str, int]) -> str:
    """The weighted mean of what is known, as a grade."""
    score = sum(WEIGHTS[name] * n for name, n in points.items()) / sum(WEIGHTS[name] for name in points)
    return "A" if score >= 85 else "B" if score >= 65 else "C" if score >= 40 else "D"
