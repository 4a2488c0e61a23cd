"""How the demo company grades its customers: a standard, returned once and approved, a review, and decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial

from keyue.customers.models import Customer
from keyue.grading import actions as grading
from keyue.grading.models import GradeProposal, GradingStandard
from keyue.grading.rules import OWN, Band, Factor, Kind, Missing, Part, Standard, Treatment
from keyue.operations.demo import standing
from keyue.operations.demo.play import Play, Step
from keyue.operations.demo.standing import HERO

TITLE = "客户分级标准"
WAITING = 4
"""How many proposals of the review nobody has decided yet."""
STRATEGIC = {HERO: "省内示范", "恒川制药": "行业标杆", "青岚新材料": "行业标杆", "禾丰食品": "一般"}


def _factor(label: str, part: Part, kind: Kind, weight: int, measure: str, table: dict[str, int]) -> Factor:
    bands = tuple(Band(edge, Decimal(points)) for edge, points in table.items())
    return Factor("", label, part, kind, measure, Decimal(weight), bands)


FACTORS = (
    _factor(
        "合同总额", Part.VALUE, Kind.NUMBER, 20, "signed_amount",
        {"0": 30, "300000": 60, "1000000": 80, "3000000": 93},
    ),
    _factor("战略价值", Part.OTHER, Kind.CHOICE, 20, OWN, {"省内示范": 100, "行业标杆": 80, "一般": 40}),
    _factor("行业前景", Part.POTENTIAL, Kind.CHOICE, standing.WEIGHTS["industry"], "industry", standing.INDUSTRY_POINTS),
    _factor("信用", Part.CREDIT, Kind.CHOICE, standing.WEIGHTS["credit"], "credit", standing.CREDIT_POINTS),
    _factor("规模", Part.SIZE, Kind.CHOICE, standing.WEIGHTS["scale"], "scale", standing.SCALE_POINTS),
    _factor(
        "合作年限", Part.HISTORY, Kind.MONTHS, standing.WEIGHTS["since"], "since",
        {str(12 * years): points for years, points in standing.YEAR_POINTS.items()},
    ),
)  # fmt: skip
THRESHOLDS = {"A": Decimal(85), "B": Decimal(65), "C": Decimal(40)}
TREATMENTS = {
    "A": Treatment(45, 90, 180, 24, 4, "专属客户经理和驻场工程师", "季度走访，备件常驻，领导一年四访"),
    "B": Treatment(90, 180, None, 48, 1, "专属客户经理", "半年走访，优先排班"),
    "C": Treatment(None, None, None, None, None, "区域客户经理", "电话回访，按合同响应"),
    "D": Treatment(None, None, None, None, None, "客户服务热线", "按需服务，预付款"),
}


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_acts(play), key=lambda step: step[0])


def _acts(play: Play) -> Iterator[Step]:
    day, cast = play.workday, play.cast
    yield day(54, 10), partial(_draft, play)
    yield day(53, 14), lambda at: grading.submit_standard(standard_id=_newest().pk, by=cast["lu"], at=at)
    yield day(51, 16), partial(_give_back, play)
    yield day(50, 11), partial(_revise, play)
    yield day(48, 9.5), partial(_approve, play)
    yield day(47, 9), lambda at: grading.apply_standard(standard_id=_newest().pk, by=cast["gu"], at=at)
    yield day(47, 9.5), _review
    for n, (brand, worth) in enumerate(STRATEGIC.items()):
        yield day(40, 10 + n * 0.3), partial(_value, play, brand, worth)
    for n in range(5):
        yield day(44 - n, 16.4), partial(_decide_some, play, n)
    yield day(38, 16), partial(_decide_some, play, 5)
    yield day(1, 9), _look_again


def _standard(missing: Missing) -> Standard:
    return Standard(FACTORS, THRESHOLDS, missing, TREATMENTS)


def _newest() -> GradingStandard:
    return GradingStandard.objects.order_by("-n")[0]


def _draft(play: Play, at: datetime) -> None:
    grading.draft_standard(
        title=TITLE, standard=_standard(Missing.LOWEST), review_months=6, by=play.cast["lu"], at=at
    )


def _give_back(play: Play, at: datetime) -> None:
    grading.decide_standard(
        standard_id=_newest().pk, approve=False, reason="资料不全的客户不能按最低分算，会把新客户都压成 D 级。",
        by=play.cast["gu"], at=at,
    )  # fmt: skip


def _revise(play: Play, at: datetime) -> None:
    grading.revise_standard(
        standard_id=_newest().pk, title=TITLE, standard=_standard(Missing.LEAVE_OUT), review_months=6,
        by=play.cast["lu"], at=at,
    )  # fmt: skip
    grading.submit_standard(standard_id=_newest().pk, by=play.cast["lu"], at=at)


def _approve(play: Play, at: datetime) -> None:
    grading.decide_standard(standard_id=_newest().pk, approve=True, by=play.cast["gu"], at=at)


def _review(at: datetime) -> None:
    """The worker goes through all customers; a standard new in use is reviewed at once."""
    grading.start_due_run(now=at)
    while grading.work_batch(now=at):
        pass


def _look_again(at: datetime) -> None:
    """What contracts and changes since then have made of the grades."""
    while grading.work_touched(now=at):
        pass
    _review(at)


def _value(play: Play, brand: str, worth: str, at: datetime) -> None:
    customer = Customer.objects.get(pk=play.whose(brand)[0].pk)
    [code] = [factor.code for factor in _newest().standard.factors if factor.is_own]
    grading.set_values(customer=customer, values={code: worth}, by=play.cast["lu"], at=at)


def _decide_some(play: Play, turn: int, at: datetime) -> None:
    """The head of sales decides a fifth of what is left a day, two of them otherwise than proposed."""
    waiting = list(GradeProposal.objects.filter(decided_at=None).order_by("pk"))
    known = {play.whose(brand)[0].pk for brand in STRATEGIC}
    if turn == 5:
        waiting = [one for one in waiting if one.customer_id in known]
    else:
        waiting = [one for one in waiting if one.customer_id not in known][:-WAITING][: 3 + turn]
    for n, proposal in enumerate(waiting):
        outcome, grade, remark = "accepted", "", ""
        if (turn, n) == (1, 0):
            outcome, remark = "kept", "上季有一笔款拖了两个月，先不调整，半年后再看。"
        elif (turn, n) == (2, 0):
            grade = "C" if proposal.new == "B" else "B"
            outcome, remark = "other", "二期项目已批复，按潜力定。" if grade == "B" else "近一年没有新合同。"
        grading.decide_proposal(
            proposal_id=proposal.pk, outcome=outcome, grade=grade, remark=remark, by=play.cast["lu"], at=at
        )
