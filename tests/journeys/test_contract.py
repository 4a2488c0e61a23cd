"""A customer's contract promises an answer within four hours where the regulation says twenty-four (S4-9.2).

Both stand and both are judged; the contract ends, and another process finds every promise as it is stored.
"""

from __future__ import annotations

from datetime import timedelta

from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.contracts import actions, selectors
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.levels import Level, regulation_id
from keyue.contracts.models import Contract
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Draft
from keyue.promises import actions as promises
from keyue.promises.selectors import promises_of
from tests.journeys.world import World, found, install


def signed(world: World, at) -> Contract:
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", source="phone", legal_basis="contract",
        account_manager=world.agent, by=SYSTEM, at=at,
    )  # fmt: skip
    terms = Terms(
        number="HT-2026-001",
        title="景区水处理运维",
        levels=[Level(0, "first_response", 4, "hours", "8.2", types=("complaint",))],
        duty_post="service_desk",
    )
    contract = actions.draft_contract(customer=customer, terms=terms, by=World.actor(world.agent), at=at)
    contract = actions.review_contract(contract=contract, by=World.actor(world.executive), at=at)
    return actions.sign_contract(contract=contract, signed_on=at.date(), by=World.actor(world.agent), at=at)


def complaint(contract: Contract, at) -> Case:
    opinion = Intake(type="complaint", content="出水浑浊。", channel="phone", customer=contract.customer)
    with clock.telling(at):
        return register(opinion, by=SYSTEM, at=at, source="test").case


def states(case: Case) -> dict[tuple[str, str], str]:
    return {
        (row.regulation, row.control): row.state
        for row in promises_of(case.subject)
        if "first" in row.control
    }


def test_both_limits_stand_until_the_contract_ends(fresh_database, keyue):
    at = clock.now() - timedelta(days=3)
    install(at=at - timedelta(days=30))
    world = found(at=at - timedelta(days=30))
    contract = signed(world, at)
    mine = (regulation_id(contract.pk, contract.customer_id), "first_response_1")
    case = complaint(contract, at + timedelta(hours=1))
    answered = at + timedelta(hours=6)
    with clock.telling(answered):
        promises.look(now=answered)
        draft = Draft("case.first_response", {}, evidence=[{"type": "call", "ref": "1"}])
        promises.record(case.subject, [draft], by=World.actor(world.agent), at=answered, source="test")
    assert states(case) == {mine: "met_late", ("feedback", "first_response"): "met"}
    ended = at + timedelta(hours=7)
    actions.terminate_contract(
        contract=contract, reason="agreed", remark="", by=World.actor(world.agent), at=ended
    )
    later = complaint(contract, ended)
    assert states(later) == {("feedback", "first_response"): "pending"}
    score = selectors.level_scores(contract)["first_response_1"]
    assert (score.kept, score.due, score.rate) == (0, 1, 0.0)
    promises.look(now=clock.now())
    checked = keyue("verify", environment=fresh_database.environment)
    assert checked.returncode == 0, checked.stdout + checked.stderr
