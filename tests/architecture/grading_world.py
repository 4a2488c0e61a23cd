"""Things of the grading room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from keyue.customers.selectors import visible_to
from keyue.grading import actions
from keyue.grading.rules import GRADES, Band, Factor, Kind, Missing, Part, Standard, Treatment
from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM, BOSS = Actor("system", "test"), Actor("system", "boss")


def standard(world: World) -> object:
    """A standard that works, one that is drafted, a review of all grades, and a proposal for the customer."""
    factor = Factor(
        "", "阶段", Part.HISTORY, Kind.CHOICE, "stage", Decimal(100), (Band("prospect", Decimal(90)),)
    )
    given = Standard(
        (factor,),
        {"A": Decimal(80), "B": Decimal(60), "C": Decimal(40)},
        Missing.LOWEST,
        {grade: Treatment(30, resources="客户经理", policy="标准服务") for grade in GRADES},
    )

    def draft() -> int:
        row = actions.draft_standard(
            title="客户分级标准", standard=given, review_months=12, by=SYSTEM, at=world.at
        )
        return row.pk

    pk = draft()
    actions.submit_standard(standard_id=pk, by=SYSTEM, at=world.at)
    actions.decide_standard(standard_id=pk, approve=True, by=BOSS, at=world.at)
    actions.apply_standard(standard_id=pk, by=BOSS, at=world.at)
    draft()
    run = actions.start_run(by=SYSTEM, at=world.at)
    customer = visible_to(world.by_role["executive"]).get(pk=int(str(world.things["customer"]).split("-")[1]))
    proposal = actions.evaluate_customer(customer=customer, by=SYSTEM, at=world.at)
    assert proposal is not None
    world.things |= {"grading_run": run.pk, "proposal": proposal.pk}
    return 2


MAKERS: dict[str, Callable[[World], object]] = {"standard": standard}
