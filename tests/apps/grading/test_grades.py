"""S1-6.1, S1-6.3: computed with reasons, proposed, decided by a person, taken back; nothing sets a grade by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.grading import actions, jobs, measures, sealing, selectors
from keyue.grading.enums import Outcome, Reason, Why
from keyue.grading.models import FactorValue, GradeProposal, GradingRun, GradingStandard, GradingTouch
from keyue.grading.rules import Kind
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import FactRecord
from keyue.promises.company import THE_COMPANY
from tests.apps.grading.conftest import People, a_standard, actor, factor

pytestmark = pytest.mark.django_db
Make = Callable[..., Customer]
Apply = Callable[..., GradingStandard]


def facts(customer: Customer, kind: str) -> list[FactRecord]:
    return [fact for fact in ledger.facts_of(customer.subject) if fact.kind == kind]


def graded(client_of: Make, crew: People, at: datetime, **fields: Any) -> tuple[Customer, GradeProposal]:
    """A big customer of good credit, proposed for B: (40 × 100 + 30 × 80 + 10 × 40) / 80 = 85 is A."""
    customer = client_of(**{"scale": "大型", "credit": "good", **fields})
    proposal = actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at)
    assert proposal is not None
    return customer, proposal


def decide(proposal: GradeProposal, crew: People, at: datetime, **more: Any) -> GradeProposal:
    given: dict[str, Any] = {"outcome": Outcome.ACCEPTED, **more}
    return actions.decide_proposal(proposal_id=proposal.pk, by=actor(crew.seller), at=at, **given)


def test_without_a_standard_nothing_is_graded(client_of: Make, crew: People, at: datetime):
    with pytest.raises(Refused, match="还没有使用中的分级标准"):
        actions.evaluate_customer(customer=client_of(), by=actor(crew.seller), at=at)


def test_known_inputs_give_the_grade_computed_by_hand(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    customer, proposal = graded(client_of, crew, at)
    # known are scale 100 × 40, credit 80 × 30 and time since entry 40 × 10; potential and needs are left out
    assert (proposal.score, proposal.new, proposal.old) == (Decimal("85.00"), "A", "")
    customer.refresh_from_db()
    assert customer.grade is None, "a proposal sets nothing"
    said = facts(customer, "customer.grade_proposed")[0].data
    assert (said["new"], said["score"], said["why"]) == ("A", "85", "asked")


def test_a_decision_sets_the_grade_with_its_scores(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    customer, proposal = graded(client_of, crew, at)
    decide(proposal, crew, at)
    customer.refresh_from_db()
    assert customer.grade == "A"
    assert facts(customer, "customer.changed")[-1].data["why"] == "grading"
    said = facts(customer, "customer.graded")[0].data
    assert said["grade"] == "A"
    assert (said["size"], said["credit"], said["history"], said["value"]) == ("100", "80", "40", "88")
    assert "potential" not in said, "nothing is known of it"
    assert facts(customer, "customer.regraded") == [], "the first grade is no regrading"
    with pytest.raises(Refused, match="已经决定过"):
        decide(proposal, crew, at)


def test_another_grade_is_a_regrading_with_its_reason(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    customer, proposal = graded(client_of, crew, at, grade="C")
    with pytest.raises(Invalid):
        decide(proposal, crew, at, outcome=Outcome.OTHER, grade="B")
    done = decide(proposal, crew, at, outcome=Outcome.OTHER, grade="B", remark="刚换了采购负责人")
    said = facts(customer, "customer.regraded")[0].data
    assert (said["old"], said["new"], said["reason"]) == ("C", "B", "judgement")
    assert "采购" not in str(ledger.facts_of(customer.subject)) + done.remark
    assert sealing.opened([done])[done.pk]["remark"] == "刚换了采购负责人"


def test_kept_as_it_was(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    customer, proposal = graded(client_of, crew, at, grade="C")
    decide(proposal, crew, at, outcome=Outcome.KEPT, remark="再看半年")
    customer.refresh_from_db()
    assert customer.grade == "C"
    assert facts(customer, "customer.graded")[0].data["grade"] == "C"
    assert facts(customer, "customer.regraded") == []


def test_a_decision_is_taken_back_and_made_again(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    customer, proposal = graded(client_of, crew, at, grade="C")
    decide(proposal, crew, at)
    again = actions.undo_decision(proposal_id=proposal.pk, by=actor(crew.seller), at=at)
    customer.refresh_from_db()
    assert (customer.grade, again.new, again.is_open) == ("C", "A", True)
    assert [fact.data["reason"] for fact in facts(customer, "customer.regraded")] == ["score", "undone"]
    with pytest.raises(Refused):
        actions.undo_decision(proposal_id=proposal.pk, by=actor(crew.seller), at=at)
    decide(again, crew, at, outcome=Outcome.OTHER, grade="B", remark="折中")
    customer.refresh_from_db()
    assert customer.grade == "B"


def test_what_was_overtaken_is_not_taken_back(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    customer, proposal = graded(client_of, crew, at)
    decide(proposal, crew, at)
    customers.change_customer(customer=customer, changes={"grade": "D"}, by=actor(crew.boss), at=at)
    with pytest.raises(Refused, match="后来又有变动"):
        actions.undo_decision(proposal_id=proposal.pk, by=actor(crew.seller), at=at)


def test_nothing_proposed_where_nothing_would_change(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    customer = client_of(scale="大型", credit="good", grade="A")
    assert actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at) is None
    assert not GradeProposal.objects.exists()


def test_an_open_proposal_follows_what_is_known(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    customer, proposal = graded(client_of, crew, at)
    assert actions.evaluate_customer(customer=customer, by=actor(crew.seller), at=at) is None, (
        "it still says so"
    )
    customers.change_customer(customer=customer, changes={"scale": "小型"}, by=actor(crew.seller), at=at)
    assert jobs.work_touched(at) == 1
    proposal.refresh_from_db()
    assert proposal.outcome == Outcome.LAPSED
    fresh = GradeProposal.objects.get(decided_at=None)
    # (40 × 20 + 30 × 80 + 10 × 40) / 80 = 45
    assert (fresh.new, fresh.score, fresh.why) == ("C", Decimal("45.00"), Why.EVENT)


def test_two_open_proposals_for_one_customer_cannot_be(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    _customer, proposal = graded(client_of, crew, at)
    proposal.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        proposal.save()


@pytest.mark.parametrize("field", ["credit", "scale"])
def test_a_change_of_credit_or_scale_is_looked_at(
    client_of: Make, crew: People, at: datetime, applied: Apply, field: str
):
    applied()
    customer = client_of(scale="大型", credit="good", grade="A")
    changes = {"credit": {"credit": "fair"}, "scale": {"scale": "中型"}}[field]
    customers.change_customer(customer=customer, changes=changes, by=actor(crew.seller), at=at)
    assert GradeProposal.objects.count() == 0, "the worker looks, nobody waits for it"
    jobs.work_touched(at)
    assert GradeProposal.objects.get().why == Why.EVENT
    assert jobs.work_touched(at) == 0


def test_other_changes_are_not(client_of: Make, crew: People, at: datetime, applied: Apply):
    customer = client_of()
    customers.change_customer(customer=customer, changes={"credit": "fair"}, by=actor(crew.seller), at=at)
    assert not GradingTouch.objects.exists(), "no standard, nothing to look at"
    applied()
    customers.change_customer(customer=customer, changes={"city": "杭州市"}, by=actor(crew.seller), at=at)
    assert not GradingTouch.objects.exists()


# --- the company's own factors ---


def own_codes(standard: GradingStandard) -> dict[str, str]:
    return {raw["label"]: raw["code"] for raw in standard.factors if raw["measure"] == "own"}


def test_what_people_enter_counts(client_of: Make, crew: People, at: datetime, applied: Apply):
    codes = own_codes(applied())
    customer = client_of(scale="大型", credit="good", grade="A")
    values = {codes["增长潜力"]: "低", codes["需要定制"]: "no"}
    proposal = actions.set_values(customer=customer, values=values, by=actor(crew.north), at=at)
    assert proposal is not None
    # 40 + 24 + 4 + 2 + 5
    assert (proposal.score, proposal.new) == (Decimal("75.00"), "B")
    said = facts(customer, "customer.changed")[-1].data
    assert said["fields"] == sorted(f"factor:{code}" for code in values)
    row = FactorValue.objects.get(factor=codes["增长潜力"])
    assert (row.value, row.set_by) == ("低", f"staff:{crew.north.pk}")
    emptied = {codes["增长潜力"]: "", codes["需要定制"]: ""}
    assert actions.set_values(customer=customer, values=emptied, by=actor(crew.north), at=at) is None
    assert not FactorValue.objects.exists()
    assert not GradeProposal.objects.filter(decided_at=None).exists(), "the proposal went with its ground"


def test_only_what_the_table_names_is_taken(client_of: Make, crew: People, at: datetime, applied: Apply):
    codes = own_codes(applied())
    for values in ({codes["增长潜力"]: "张三 13800001111"}, {codes["需要定制"]: "maybe"}, {"scale": "大型"}):
        with pytest.raises(Invalid):
            actions.set_values(customer=client_of(), values=values, by=actor(crew.north), at=at)


def test_rooms_above_bring_measures(
    client_of: Make, crew: People, at: datetime, applied: Apply, monkeypatch: Any
):
    customer, other = client_of(), client_of()
    monkeypatch.setattr(measures, "_measures", dict(measures.known()))
    measures.register("signed", "合同额", Kind.NUMBER, lambda ids: {customer.pk: Decimal("2500000.00")})
    amount = factor(
        "", "合同额", a_standard().factors[0].part, Kind.NUMBER, 100, {"1000000": 90, "0": 10}, "signed"
    )
    standard = applied(a_standard(amount))
    found = selectors.scored(standard, [customer.pk, other.pk], at)
    assert (found[customer.pk].grade, found[other.pk].grade) == ("A", None)


# --- a customer asks for a human ---


def test_a_review_is_decided_by_a_person_whatever_the_sum_says(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    customer = client_of(scale="小型", credit="fair", grade="C")
    given = {"customer": customer, "request": "我们去年的采购额翻了一番", "by": actor(crew.north), "at": at}
    review = actions.ask_review(**given)
    assert (review.why, review.new, review.old) == (Why.REVIEW, "D", "C")
    assert "采购额" not in review.request
    with pytest.raises(Refused, match="已有一件复核"):
        actions.ask_review(**given)
    # no run and no change takes it away
    customers.change_customer(customer=customer, changes={"scale": "中型"}, by=actor(crew.seller), at=at)
    jobs.work_touched(at)
    review.refresh_from_db()
    assert review.is_open
    with pytest.raises(Invalid):
        decide(review, crew, at)
    decide(review, crew, at, outcome=Outcome.OTHER, grade="B", remark="核对过合同，属实")
    said = facts(customer, "customer.regraded")[0].data
    assert (said["old"], said["new"], said["reason"]) == ("C", "B", Reason.REVIEW.value)


def test_a_review_needs_a_grade_and_a_reason(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    with pytest.raises(Refused, match="还没有等级"):
        actions.ask_review(customer=client_of(), request="为什么", by=actor(crew.north), at=at)
    with pytest.raises(Invalid):
        actions.ask_review(customer=client_of(grade="C"), request="  ", by=actor(crew.north), at=at)


# --- all of them ---


def work(at: datetime) -> int:
    n = 0
    while jobs.work_runs(at):
        n += 1
    return n


def test_a_review_of_all_grades_in_batches(
    client_of: Make, crew: People, at: datetime, applied: Apply, monkeypatch: Any
):
    applied()
    monkeypatch.setattr("keyue.grading.actions.evaluating.BATCH", 3)
    for n in range(7):
        client_of(scale="大型", credit="good", grade="A" if n % 2 else None)
    run = actions.start_run(by=actor(crew.seller), at=at)
    with pytest.raises(Refused, match="正在进行"):
        actions.start_run(by=actor(crew.seller), at=at)
    assert jobs.work_runs(at) == 3
    actions.stop_run(run_id=run.pk, by=actor(crew.seller), at=at)
    assert jobs.work_runs(at) == 0
    actions.resume_run(run_id=run.pk, by=actor(crew.seller), at=at)
    work(at)
    run.refresh_from_db()
    assert (run.state, run.total, run.seen, run.proposed) == ("done", 7, 7, 4)
    assert GradeProposal.objects.filter(run=run).count() == 4
    reviewed = [fact for fact in ledger.facts_of(THE_COMPANY) if fact.kind == "grading.reviewed"]
    assert [(fact.data["customers"], fact.data["proposals"]) for fact in reviewed] == [(7, 4)]


def test_the_review_is_due_by_itself(
    client_of: Make, crew: People, at: datetime, applied: Apply, pass_to: Callable[[datetime], datetime]
):
    assert jobs.start_due_run(at) == 0, "no standard"
    applied()
    client_of(scale="大型", credit="good")
    assert jobs.start_due_run(at) == 1, "a new standard is gone through at once"
    work(at)
    later = pass_to(at + timedelta(days=2))
    assert jobs.start_due_run(later) == 0
    client_of(scale="小型", credit="fair")
    assert jobs.start_due_run(later) == 1, "who came since"
    work(later)
    assert [(run.seen, run.is_whole) for run in GradingRun.objects.order_by("pk")] == [(1, True), (1, False)]
    assert jobs.start_due_run(at + timedelta(days=100)) == 0
    later = pass_to(at + timedelta(days=190))
    assert jobs.start_due_run(later) == 1, "six months"
    work(later)
    assert len([f for f in ledger.facts_of(THE_COMPANY) if f.kind == "grading.reviewed"]) == 2


def test_a_run_under_a_retired_standard_stops(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    client_of(scale="大型", credit="good")
    run = actions.start_run(by=actor(crew.seller), at=at)
    applied(when=at + timedelta(hours=1))
    assert work(at + timedelta(hours=1)) == 0
    run.refresh_from_db()
    assert run.state == "stopped"
    assert not GradeProposal.objects.exists()


def test_the_same_queries_for_many_customers_as_for_few(
    client_of: Make, crew: People, at: datetime, applied: Apply
):
    applied()
    taken = []
    for n in (4, 40):
        for _n in range(n):
            client_of(scale="大型", credit="good")
        actions.start_run(by=actor(crew.seller), at=at)
        with CaptureQueriesContext(connection) as queries:
            jobs.work_runs(at)
        taken.append(len(queries))
    assert GradeProposal.objects.filter(decided_at=None).count() == 44
    assert taken[1] <= taken[0] + 4


# --- who may see what; who is erased ---


def test_proposals_of_customers_that_are_not_theirs_are_not_there(
    client_of: Make, crew: People, at: datetime, applied: Apply, staff: Any
):
    applied()
    _hidden, proposal = graded(client_of, crew, at, department="south")
    _seen, own = graded(client_of, crew, at, department="north")
    assert [card.row.pk for card in selectors.proposal_page(crew.north).cards] == [own.pk]
    assert selectors.open_count(crew.north) == 1
    with pytest.raises(NotFound):
        selectors.proposal_for(crew.north, proposal.pk)
    assert len(selectors.proposal_page(crew.boss).cards) == 2


def test_pages_of_proposals(client_of: Make, crew: People, at: datetime, applied: Apply):
    applied()
    made = [graded(client_of, crew, at)[1].pk for _n in range(5)]
    first = selectors.proposal_page(crew.boss, size=3)
    rest = selectors.proposal_page(crew.boss, size=3, cursor=first.next)
    assert [card.row.pk for card in [*first.cards, *rest.cards]] == made[::-1]
    assert rest.next == ""
    with pytest.raises(Invalid):
        selectors.proposal_page(crew.boss, cursor="x")


def test_of_who_is_erased_nothing_is_kept(make: Make, crew: People, at: datetime, applied: Apply):
    codes = own_codes(applied())
    customer = make(scale="大型", credit="good", grade="C")
    actions.set_values(customer=customer, values={codes["增长潜力"]: "高"}, by=actor(crew.north), at=at)
    review = actions.ask_review(customer=customer, request="请复核", by=actor(crew.north), at=at)
    customers.erase(customer=customer, reason="requested", by=actor(crew.boss), at=at)
    review.refresh_from_db()
    assert (review.outcome, review.reasons, review.request) == (Outcome.LAPSED, [], "")
    assert not FactorValue.objects.exists()
    assert not GradeProposal.objects.exclude(reasons=[]).exists()


def test_complaints_count_with_those_of_merged_files(client_of: Make, crew: People, at: datetime):
    from keyue.cases.actions.intake import Intake, register
    from keyue.cases.models import Case

    customer, alias, other = client_of(), client_of(), client_of()
    for whose in (customer, alias):
        intake = Intake(
            type="complaint",
            title="漏水",
            content="接头处漏水。",
            phase="after",
            region="浙江省",
            phone="13911112222",
        )
        made = register(intake, by=actor(crew.boss), at=at, source="web").case
        Case.objects.filter(pk=made.pk).update(customer=whose)
    Customer.objects.filter(pk=alias.pk).update(merged_into=customer)
    read = measures.known()["complaints"].read
    assert read([customer.pk, other.pk]) == {customer.pk: 2, other.pk: 0}
