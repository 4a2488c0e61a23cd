"""One customer from the first call to the request to be forgotten, with what goes wrong on the way.

A prospect is registered, becomes a customer and is graded A; a verification is missed; the file is merged into another
one by mistake, changed, and taken apart again; and the person asks for deletion while a legal hold stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from keyue.customers import actions as customers
from keyue.customers.actions.lifecycle import change_stage
from keyue.customers.actions.upkeep import verify_fields
from keyue.customers.models import Customer, Merge
from keyue.grading import actions as grading
from keyue.grading import jobs as grading_jobs
from keyue.grading.models import GradeProposal
from keyue.grading.rules import Band, Factor, Kind, Missing, Part, Standard, Treatment
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions as privacy
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from keyue.sales import actions as sales
from keyue.sales.actions.leads import Registration
from tests.journeys.world import World, browser_of, found
from tests.support.databases import FreshDatabase

DAY = timedelta(days=1)
BEGINS = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
RULED = {"file_verified.every": "P3M"}


Go = Callable[[int], datetime]
"""Goes to a day of the story, with what falls due on the way."""


def by(user: User) -> Actor:
    return Actor("staff", str(user.pk))


def hire(world: World, username: str, name: str, role: str) -> User:
    user = people.create_staff(
        username=username, name=name, department=world.agent.department, must_change_password=False,
        by=SYSTEM, at=BEGINS,
    )  # fmt: skip
    people.grant_role(user=user, role=role, by=SYSTEM, at=BEGINS)
    return User.objects.get(pk=user.pk)


def apply_standard(seller: User, boss: User, at: datetime) -> None:
    """Size alone decides: drafted by sales, approved and put to work by management."""
    factor = Factor(
        "",
        "规模",
        Part.SIZE,
        Kind.CHOICE,
        "scale",
        Decimal(100),
        (Band("大型", Decimal(100)), Band("小型", Decimal(10))),
    )
    treated = {g: Treatment(None, None, None, None, None, f"{g} 级资源", f"{g} 级策略") for g in "ABCD"}
    marks = {"A": Decimal(85), "B": Decimal(65), "C": Decimal(40)}
    row = grading.draft_standard(
        title="客户分级标准", standard=Standard((factor,), marks, Missing.LEAVE_OUT, treated), review_months=6,
        by=by(seller), at=at,
    )  # fmt: skip
    grading.submit_standard(standard_id=row.pk, by=by(seller), at=at)
    with pytest.raises(Refused):
        grading.apply_standard(standard_id=row.pk, by=by(boss), at=at)
    grading.decide_standard(standard_id=row.pk, approve=True, by=by(boss), at=at)
    grading.apply_standard(standard_id=row.pk, by=by(boss), at=at)


def grade(seller: User, at: datetime) -> GradeProposal:
    """Compute the grades of everybody, and decide as proposed."""
    grading_jobs.start_due_run(at)
    while grading_jobs.work_runs(at):
        pass
    proposal = GradeProposal.objects.get()
    return grading.decide_proposal(proposal_id=proposal.pk, outcome="accepted", by=by(seller), at=at)


def verifications(customer: Customer) -> list[str]:
    rows = Promise.objects.filter(
        subject_kind="customer", subject_id=customer.pk, regulation="customers", control="file_verified"
    )
    return list(rows.order_by("cycle", "seq").values_list("state", flat=True))


def kinds(customer: Customer) -> list[str]:
    rows = Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk)).order_by("rev")
    return [fact.kind for fact in rows]


def win(seller: User, go: Go) -> Customer:
    """From the registration of a lead to a customer who has signed."""
    given = Registration(
        kind="person", person="周叙白", phone="13812346027", legal_basis="consent", source="phone"
    )
    lead = sales.register_lead(registration=given, staff=seller, by=by(seller), at=clock.now())
    sales.contact_lead(lead=lead, way="phone", what="想给两个厂房做水处理", by=by(seller), at=go(1))
    customer = sales.qualify_lead(lead=lead, by=by(seller), at=go(2))
    assert (customer.stage, customer.account_manager_id) == ("prospect", seller.pk)
    for stage, day in (("intent", 5), ("signed", 9)):
        change_stage(customer=customer, stage=stage, reason="合同已谈妥", by=by(seller), at=go(day))
    customers.change_customer(customer=customer, changes={"scale": "大型"}, by=by(seller), at=go(9))
    return customer


def neglect(customer: Customer, seller: User, go: Go) -> None:
    """Nobody verifies for three months; the late verification is kept as late, and the next one begins."""
    assert set(verifications(customer)) == {"pending"}
    go(120)
    assert "breached" in verifications(customer)
    verify_fields(customer=customer, fields=["phone"], how="phone", by=by(seller), at=go(121))
    states = verifications(customer)
    assert {"met_late", "pending"} <= set(states) and "breached" not in states


def confuse(customer: Customer, seller: User, keeper: User, go: Go) -> None:
    """Merged into somebody else of nearly the same name, who is changed meanwhile, and taken apart."""
    other = customers.create_customer(
        kind="person", name="周叙百", phone="13900001111", source="phone", legal_basis="contract",
        account_manager=seller, by=by(seller), at=go(125),
    )  # fmt: skip
    merge = customers.merge(loser=customer, into=other, by=by(keeper), at=go(126))
    page = browser_of(keeper).get(f"/customers/{customer.number}/", follow=True).content.decode()
    assert other.number in page
    assert "pending" not in verifications(customer), "who is merged owes nothing of their own"
    customers.change_customer(customer=other, changes={"region": "浙江"}, by=by(seller), at=go(127))
    customers.unmerge(merge=Merge.objects.get(pk=merge.pk), by=by(keeper), at=go(128))
    customer.refresh_from_db()
    assert customer.merged_into_id is None and (customer.grade, customer.stage) == ("A", "signed")
    assert customer.region == "", "what the other one learnt stays with the other one"
    assert "pending" in verifications(customer)


def forget(customer: Customer, officer: User, go: Go) -> None:
    """A hold stands: the request is taken up, and nobody erases before it is lifted."""
    hold = privacy.place_hold(customer=customer, why="（2026）浙01民初18号", user=officer, at=go(130))
    request = privacy.register_request(
        contact=customer.contacts.get(), right="deletion", via="call", identity="callback", by=by(officer),
        at=go(131),
    )  # fmt: skip
    privacy.accept_request(request=request, user=officer, at=go(132))
    with pytest.raises(Refused, match="法律保全"):
        privacy.erase_and_answer(request=request, user=officer, at=go(133))
    customer.refresh_from_db()
    assert customer.erased_at is None and customer.contacts.get().phone
    before = kinds(customer)
    privacy.release_hold(hold=hold, why="已结案", user=officer, at=go(140))
    privacy.erase_and_answer(request=request, user=officer, at=go(141))
    customer.refresh_from_db()
    assert customer.erased_at is not None and not customer.contacts.get().phone
    assert kinds(customer)[: len(before)] == before, "what happened stays, without what is personal"


def test_from_the_first_call_to_the_request_to_be_forgotten(
    fresh_database: FreshDatabase, keyue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def go(day: int) -> datetime:
        now = BEGINS + day * DAY
        monkeypatch.setattr(clock, "now", lambda: now)
        while promises.look(now=now).subjects:
            pass
        return now

    go(0)
    world = found(at=BEGINS)
    adopt_pack(pack="customers", answers=RULED, effective_from=BEGINS, by=SYSTEM, at=BEGINS)
    seller = hire(world, "seller", "顾云舟", "sales_manager")
    keeper = hire(world, "keeper", "秦若水", "archive_keeper")
    officer = hire(world, "officer", "支若兰", "privacy_officer")
    customer = win(seller, go)
    apply_standard(seller, world.executive, go(10))
    assert grade(seller, go(11)).grade == "A"
    customer.refresh_from_db()
    assert customer.grade == "A" and "customer.graded" in kinds(customer)
    neglect(customer, seller, go)
    confuse(customer, seller, keeper, go)
    forget(customer, officer, go)
    monkeypatch.undo()
    done = keyue("verify", environment=fresh_database.environment)
    assert done.returncode == 0, done.stdout + done.stderr
