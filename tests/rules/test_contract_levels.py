"""Service levels as documents that run: every choice makes a sound one, and it asks nothing of another customer's case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.cases.rules import CASE, scopes_of
from keyue.contracts import rules
from keyue.contracts.folding import CONTRACT, PROJECT, fold_contract, fold_project
from keyue.contracts.levels import ASKED, Level, contract_of, document_of, ending_of, regulation_id
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import FactRecord
from keyue.promises.calendars import calendar_editions
from keyue.promises.engine import derive
from keyue.promises.scenario import subject_models
from keyue.regulations.document import read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject
from keyue.regulations.vocabulary import check_vocabulary

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)
UNITS = ("minutes", "hours", "working_hours", "days", "working_days")
TYPES = ("complaint", "feedback", "suggestion", "inquiry", "request")

levels = st.builds(
    Level,
    n=st.integers(1, 12),
    what=st.sampled_from(sorted(ASKED)),
    amount=st.integers(1, 9999),
    unit=st.sampled_from(UNITS),
    clause=st.sampled_from(["1", "8.2", "8.3a", "第八条", "第八条（二）", "附1"]),
    types=st.lists(st.sampled_from(TYPES), unique=True, max_size=3).map(tuple),
    urgent=st.none() | st.integers(1, 9999),
    pauses=st.booleans(),
)
KINDS: list[tuple[str, dict[str, Any]]] = [
    ("case.classified", {"type": "complaint", "category": "other"}),
    ("case.classified", {"type": "feedback", "category": "other"}),
    ("case.assessed", {"priority": "urgent"}),
    ("case.assigned", {"lead": "tech"}),
    ("case.plan_filed", {}),
    ("case.first_response", {}),
    ("case.waiting_customer", {}),
    ("case.customer_replied", {}),
    ("case.solved", {}),
    ("case.result_to_customer", {}),
    ("case.follow_up_call", {"outcome": "unsatisfied"}),
    ("case.customer_matched", {"customer": "318"}),
    ("case.customer_matched", {"customer": "317"}),
    ("case.customer_matched", {"account_manager": "user:5"}),
    ("case.withdrawn", {}),
]
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 60 * 24)), max_size=8)


def editions(text: str, at: datetime = BEGUN) -> list[EditionInForce]:
    document = read_document(text)
    assert document.faults == []
    check_vocabulary(document, subject_models())
    assert [str(fault) for fault in document.faults] == []
    return editions_by_subject(document.id, at, document.subject, document.controls())


def story(customer: str, later: list[tuple[tuple[str, dict[str, Any]], int]]) -> list[FactRecord]:
    at = BEGUN + timedelta(days=1)
    found = [FactRecord("0", "case.received", at, at, {"type": "complaint", "customer": customer})]
    for n, ((kind, data), minutes) in enumerate(later, 1):
        at += timedelta(minutes=minutes)
        found.append(FactRecord(str(n), kind, at, at, data))
    return found


def derived(facts: list[FactRecord], known: list[EditionInForce], now: datetime) -> Any:
    return derive(facts, known, calendar_editions(()), CASE, now)


@given(st.lists(levels, min_size=1, max_size=4, unique_by=lambda one: (one.what, one.n)), steps)
def test_any_levels_run_and_never_fail(some: list[Level], later: Any):
    known = editions(document_of(5, "HT-2026-001", 317, "service_desk", some))
    facts = story("317", later)
    found = derived(facts, known, facts[-1].at + timedelta(days=3))
    assert found.failures == ()
    assert {promise.control for promise in found.promises} <= {level.control for level in some}
    assert {promise.clause for promise in found.promises} <= {level.clause for level in some}


@given(st.lists(levels, min_size=1, max_size=4, unique_by=lambda one: (one.what, one.n)), levels, steps)
def test_what_is_agreed_with_others_changes_nothing(mine: list[Level], theirs: Level, later: Any):
    own = editions(document_of(5, "HT-1", 317, "service_desk", mine))
    others = [
        *editions(document_of(6, "HT-2", 999, "service_desk", [theirs])),
        *editions(document_of(7, "HT-3", 1000, "service_desk", [theirs])),
    ]
    facts = story("317", later)
    now = facts[-1].at + timedelta(days=3)
    assert derived(facts, [*own, *others], now).promises == derived(facts, own, now).promises


@given(steps)
def test_scopes_are_all_that_a_case_was_ever_said_to_be_of(later: Any):
    facts = story("317", later)
    named = {str(fact.data["customer"]) for fact in facts if fact.data.get("customer")}
    assert scopes_of(facts) == {f"customer:{one}" for one in named}
    assert scopes_of(list(reversed(facts))) == scopes_of(facts)


@given(st.lists(levels, min_size=1, max_size=3, unique_by=lambda one: (one.what, one.n)), steps)
def test_after_its_end_it_asks_nothing_of_what_begins(some: list[Level], later: Any):
    known = [
        *editions(document_of(5, "HT-1", 317, "service_desk", some)),
        *editions(ending_of(5, "HT-1", 317), BEGUN + timedelta(hours=1)),
    ]
    facts = story("317", later)
    assert derived(facts, known, facts[-1].at + timedelta(days=3)).promises == ()


def test_a_contract_is_known_by_its_regulation():
    assert contract_of(regulation_id(17, 3)) == 17
    assert contract_of("feedback") is None
    assert contract_of("contract-x") is contract_of("contract-5") is None


@pytest.mark.parametrize(
    ("status", "begins", "ends", "standing"),
    [
        ("drafted", None, None, "drafted"),
        ("reviewed", 5, None, "reviewed"),
        ("signed", 0, None, "in_force"),
        ("signed", 1, None, "ahead"),
        ("archived", -5, 0, "ending"),
        ("archived", -5, 90, "ending"),
        ("archived", -5, 91, "in_force"),
        ("signed", -5, -1, "expired"),
        ("terminated", -5, 5, "terminated"),
    ],
)
def test_a_contract_holds_until_the_end_of_its_last_day(status, begins, ends, standing):
    today = date(2026, 3, 17)

    def day(n: int | None) -> date | None:
        return None if n is None else today + timedelta(days=n)

    assert rules.standing_of(status, day(begins), day(ends), today) == standing


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100)), max_size=8))
def test_progress_is_whole_only_when_every_stage_is(stages: list[tuple[int, int]]):
    found = rules.progress(stages)
    assert 0 <= found <= 100
    assert (found == 100) == (bool(stages) and all(percent == 100 for _weight, percent in stages))


@given(st.text(alphabet="aA1-－— 　", min_size=1, max_size=12))
def test_a_number_is_the_same_however_it_is_typed(text: str):
    try:
        number = rules.tidy_number(text)
    except Invalid:
        assert not text.strip(" 　")
        return
    assert rules.number_key(number) == rules.number_key(text) == rules.number_key(number.lower())


def test_contracts_and_projects_are_folded_from_their_beginning():
    at = datetime(2026, 3, 1, tzinfo=UTC)

    def fact(kind: str, **data: Any) -> FactRecord:
        return FactRecord(kind, kind, at, at, data)

    assert fold_contract(None, fact("contract.signed")) is None
    assert fold_project(None, fact("project.completed")) is None
    contract = fold_contract(
        None, fact("contract.drafted", number="1", customer="2", type="sales", filled=["duties"])
    )
    assert contract is not None
    assert (contract.duties, contract.rights, contract.reviewed) == (True, None, False)
    reviewed = fold_contract(contract, fact("contract.reviewed", reviewed_by="3"))
    changed = fold_contract(reviewed, fact("contract.changed", fields=["amount"], filled=["rights"]))
    assert reviewed is not None
    assert changed is not None
    assert (reviewed.reviewed, changed.reviewed, changed.rights, changed.duties) == (True, False, True, None)
    assert fold_contract(contract, fact("case.solved")) is None
    project = fold_project(None, fact("project.created", contract_number="1", account_manager="user:1"))
    project = fold_project(project, fact("project.manager_assigned", user="9", previous="1"))
    project = fold_project(project, fact("project.stage_finished", stage="1", progress=40))
    assert project is not None
    assert (project.account_manager, project.progress, project.completed) == ("user:9", 40, False)
    assert "staff" in CONTRACT.fields
    assert "account_manager" in PROJECT.fields
