"""Things of the contracts room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from keyue.contracts import actions
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.customers.selectors import visible_to
from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def contract(world: World) -> object:
    """A drafted contract with a payment."""
    customer = visible_to(world.by_role["executive"]).get(pk=int(str(world.things["customer"]).split("-")[1]))
    day = (world.at + timedelta(days=30)).date()
    terms = Terms(number="HT-2026-001", title="运维服务", staff=world.somebody, payments=[(day, "100")])
    made = actions.draft_contract(customer=customer, terms=terms, by=SYSTEM, at=world.at)
    world.things["contract_payment"] = made.payments.get().pk
    return made.pk


def project(world: World) -> object:
    """A project with a stage and an opinion."""
    customer = visible_to(world.by_role["executive"]).get(pk=int(str(world.things["customer"]).split("-")[1]))
    plan = ProjectPlan("扩容", "HT-2026-001", [StagePlan("安装")], world.somebody)
    made = actions.create_project(customer=customer, plan=plan, by=SYSTEM, at=world.at)
    opinion = actions.hear_opinion(
        project=made, type="suggestion", text="周末也施工。", staff=world.somebody, by=SYSTEM, at=world.at
    )
    world.things |= {"project_stage": made.stages.get().pk, "project_opinion": opinion.pk}
    return made.pk


MAKERS: dict[str, Callable[[World], object]] = {"contract": contract, "project": project}
