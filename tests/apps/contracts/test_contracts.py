"""Contracts from the draft to the archive: numbers, reviews, signatures, payments, and what the customer's file learns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from keyue.contracts import actions, selectors
from keyue.contracts.folding import CONTRACT
from keyue.contracts.models import Contract
from keyue.contracts.sealed import opened
from keyue.contracts.subject import CONTRACT_SUBJECT
from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.models import Fact
from keyue.ledger.selectors import facts_of
from keyue.people.leaving import hand_over, needed, remainders_of
from keyue.promises.actions.recording import rederive
from keyue.promises.knowledge import fold_state
from keyue.promises.models import Promise
from keyue.promises.selectors import promises_of
from keyue.promises.verification import verify_promises
from keyue.regulations.actions import adopt_pack

from .conftest import terms


def kinds(subject) -> list[str]:
    return [fact.kind for fact in facts_of(subject)]


def test_the_way_of_a_contract_and_what_the_customers_file_learns(house, draft, now):
    contract = draft(credit_limit="300000")
    assert contract.status == "drafted"
    actions.review_contract(contract=contract, by=house.reviewing, at=now.at, remark="可以。")
    actions.sign_contract(contract=contract, signed_on=now.day, by=house.by, at=now.at)
    contract = actions.archive_contract(contract=contract, place="档案室 3 排", by=house.by, at=now.at)
    assert contract.status == "archived"
    assert kinds(contract.subject) == [
        f"contract.{kind}" for kind in ("drafted", "reviewed", "signed", "archived")
    ]
    state = fold_state(facts_of(contract.subject), CONTRACT, now.at)
    assert (state.reviewed, state.signed, state.archived, state.rights, state.limits) == (
        True,
        True,
        True,
        True,
        None,
    )
    assert state.staff == f"user:{house.manager.pk}"
    house.customer.refresh_from_db()
    assert (house.customer.stage, house.customer.credit_limit) == ("signed", Decimal("300000.00"))
    told = kinds(house.customer.subject)
    for kind in ("contract_signed", "signed", "stage_changed", "credit_given"):
        assert told.count(f"customer.{kind}") == 1, kind
    [signed] = [f for f in facts_of(house.customer.subject) if f.kind == "customer.contract_signed"]
    assert signed.data == {
        "contract": str(contract.pk),
        "rights": True,
        "duties": True,
        "term": True,
        "limits": True,
    }


def test_only_the_first_contract_makes_a_signed_customer(house, sign):
    sign()
    sign(number="HT-2")
    told = kinds(house.customer.subject)
    assert told.count("customer.contract_signed") == 2
    assert told.count("customer.signed") == 1


def test_no_fact_holds_what_may_name_people(house, draft, now):
    contract = draft(title="周叙白家装修", rights="周叙白付款。")
    actions.terminate_contract(
        contract=contract, reason="agreed", remark="周叙白不做了", by=house.by, at=now.at
    )
    for fact in Fact.objects.filter(stream__kind="contract"):
        assert "周叙白" not in str(fact.data)
    assert "周叙白" not in str(Contract.objects.values().get())
    assert opened([(contract.customer_id, contract)])[0]["title"] == "周叙白家装修"
    customers.erase(customer=house.customer, reason="requested", by=house.by, at=now.at)
    assert opened([(contract.customer_id, contract)])[0]["title"] == ""


@pytest.mark.parametrize(
    "number", ["HT-2026-001", "ht-2026-001", "HT－2026－001", " HT-2026- 001 ", "HT—2026—001"]
)
def test_a_number_stands_on_one_contract(draft, house, number):
    draft()
    with pytest.raises(Invalid) as refused:
        draft(house.other, number=number)
    assert "编号不能重复" in str(refused.value.fields["number"])


def test_who_wrote_it_does_not_review_it_and_a_change_is_reviewed_anew(house, draft, now):
    contract = draft()
    with pytest.raises(Refused):
        actions.review_contract(contract=contract, by=house.by, at=now.at)
    with pytest.raises(Refused, match="先评审"):
        actions.sign_contract(contract=contract, signed_on=now.day, by=house.by, at=now.at)
    contract = actions.review_contract(contract=contract, by=house.reviewing, at=now.at)
    contract = actions.change_contract(
        contract=contract,
        terms=replace(terms(), amount="1"),
        by=house.by,
        at=now.at,
        revision=contract.revision,
    )
    assert (contract.status, contract.reviewed_by) == ("drafted", "")
    with pytest.raises(Refused, match="先评审"):
        actions.sign_contract(contract=contract, signed_on=now.day, by=house.by, at=now.at)
    with pytest.raises(Refused):
        actions.change_contract(
            contract=contract, terms=terms(amount="2"), by=house.by, at=now.at, revision=1
        )


def test_the_same_again_changes_nothing(house, draft, now):
    contract = draft(payments=[(date(2026, 4, 1), "10")])
    same = actions.change_contract(
        contract=contract, terms=terms(payments=[(date(2026, 4, 1), "10.00")]), by=house.by, at=now.at
    )
    assert same.revision == contract.revision
    assert kinds(contract.subject) == ["contract.drafted"]


def test_signed_ones_are_not_changed_but_renewed(house, sign, now):
    contract = sign()
    with pytest.raises(Refused, match="签署后不能改"):
        actions.change_contract(contract=contract, terms=terms(amount="2"), by=house.by, at=now.at)
    later = terms(number="HT-2027-001", effective_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    following = actions.renew_contract(contract=contract, terms=later, by=house.by, at=now.at)
    assert (following.renews, following.customer) == (contract, house.customer)
    assert selectors.renewals_of(house.manager, contract) == [following]


def test_somebody_always_looks_after_it(house, draft, now):
    customers.assign_account_manager(
        customer=house.other, user=None, department="service", by=house.by, at=now.at
    )
    house.other.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        draft(house.other)
    assert "staff" in refused.value.fields
    assert draft(house.other, staff=house.reviewer).staff == house.reviewer


def test_payments_come_in_are_missed_and_chased(house, sign, now):
    due = now.day + timedelta(days=2)
    contract = sign(payments=[(due, "100"), (due + timedelta(days=30), "50.50")])
    first, second = selectors.payments_of(contract)
    by = {"by": house.by}
    actions.receive_payment(payment=first, amount="40", received_on=now.day, at=now.at, **by)
    with pytest.raises(Invalid):
        actions.receive_payment(payment=first, amount="60.01", received_on=now.day, at=now.at, **by)
    assert actions.miss_payments(now=now.at) == 0
    now.pass_(days=5)
    assert actions.miss_payments(now=now.at) == 1
    assert actions.miss_payments(now=now.at) == 0
    [missed] = [fact for fact in facts_of(contract.subject) if fact.kind == "contract.payment_missed"]
    assert missed.data == {"payment": str(first.pk), "due": due.isoformat(), "open": "60.00"}
    assert missed.at.isoformat() == "2026-03-19T16:00:00+00:00"
    actions.chase_payment(payment=first, way="call", remark="答应周五付。", at=now.at, **by)
    actions.receive_payment(payment=first, amount="60", received_on=now.day, at=now.at, **by)
    contract.refresh_from_db()
    assert contract.unpaid_from == second.due_on
    with pytest.raises(Refused):
        actions.chase_payment(payment=first, way="call", remark="再催。", at=now.at, **by)


def test_the_regulation_of_customers_asks_of_contracts(house, draft, now):
    answers = {"contract_archived.within": "5 working days", "receivable_chased.within": "3 working days"}
    now.pass_(minutes=1)
    adopt_pack(pack="customers", effective_from=now.at, answers=answers, by=house.by, at=now.at)
    now.pass_(minutes=1)
    contract = draft(payments=[(now.day, "100")])
    actions.review_contract(contract=contract, by=house.reviewing, at=now.at)
    actions.sign_contract(contract=contract, signed_on=now.day, by=house.by, at=now.at)
    now.pass_(days=1)
    actions.miss_payments(now=now.at)
    states = {row.control: row.state for row in promises_of(contract.subject)}
    assert states == {
        "contract_reviewed": "met",
        "contract_archived": "pending",
        "receivable_chased": "pending",
    }
    rows = list(promises_of(contract.subject))
    about = CONTRACT_SUBJECT.abouts(house.manager, rows)
    assert {one.number for one in about.values()} == {"HT-2026-001"}
    assert CONTRACT_SUBJECT.abouts(house.outsider, rows) == {}
    assert list(verify_promises(now.at)) == []


def test_what_a_leaver_looks_after_goes_to_the_heir(house, sign, draft, now):
    contract = sign()
    ended = draft(number="HT-9")
    actions.terminate_contract(contract=ended, reason="other", remark="", by=house.by, at=now.at)
    sentences = [one.sentence for one in remainders_of(house.manager, now.at)]
    assert "还负责 1 份合同" in sentences
    assert {"contract.view", "customer.view"} <= set(needed(house.manager, now.at))
    hand_over(house.manager, house.reviewer, house.by, now.at)
    contract.refresh_from_db()
    ended.refresh_from_db()
    assert (contract.staff, ended.staff) == (house.reviewer, house.manager)
    assert "还负责 1 份合同" not in [one.sentence for one in remainders_of(house.manager, now.at)]


def test_adding_a_contract_for_another_never_changes_this_ones_promises(house, sign, complain, now):
    contract = sign(levels=())
    now.pass_(hours=1)
    case = complain()

    def rows():
        rederive({case.subject: now.at})
        return list(Promise.objects.filter(subject_id=case.pk).order_by("pk").values())

    before = rows()
    for n in range(3):
        sign(house.other, number=f"HT-X{n}")
        assert rows() == before
    assert contract.levels_from is None
