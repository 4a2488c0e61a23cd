"""The leads, needs, plans and opportunities that the walk over all addresses needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyue.customers import actions as customers
from keyue.customers import selectors
from keyue.ledger.facts import SYSTEM
from keyue.sales import actions

if TYPE_CHECKING:
    from tests.architecture.world import World


def lead(world: World) -> object:
    """A lead of somebody in another department."""
    given = actions.Registration(kind="organisation", name="北岸净水有限公司", phone="13800006029")
    return actions.register_lead(registration=given, staff=world.somebody, by=SYSTEM, at=world.at).number


def pool_entry(world: World) -> object:
    """A customer in the public pool."""
    made = customers.create_customer(
        kind="organisation", name="西山造纸有限公司", source="phone", legal_basis="contract", by=SYSTEM, at=world.at
    )  # fmt: skip
    return actions.release_customer(customer=made, by=SYSTEM, at=world.at).pk


def need(world: World) -> object:
    """A need of the customer, with a plan and an opportunity."""
    customer = selectors.customer_for(world.agent, str(world.things["customer"]))
    made = actions.note_need(
        customer=customer, what="加两台膜组", user=world.somebody, by=SYSTEM, at=world.at
    )
    plan, _token = actions.send_plan(
        need=made, text="六月底前装好", items=[], user=world.somebody, by=SYSTEM, at=world.at
    )
    chance = actions.open_opportunity(
        customer=customer, title="二期膜组", owner=world.somebody, by=SYSTEM, at=world.at
    )
    world.things |= {"plan": plan.pk, "opportunity": chance.number}
    return made.pk


MAKERS = {"lead": lead, "pool_entry": pool_entry, "need": need}
