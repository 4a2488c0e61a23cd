"""Evidence: a fact that performs a promise shows the proof that its clause names, or is refused (38)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from keyue.cases.actions.core import Proof
from keyue.cases.models import Case
from keyue.customers.wording import EVIDENCE
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM, Draft, EvidenceKind, Subject
from keyue.ledger.models import Fact
from keyue.promises import actions
from keyue.promises.models import Promise
from keyue.regulations.actions import approve_edition, draft_edition, publish_edition
from keyue.regulations.packs import packs_folder
from tests.journeys.test_complaint_loop import act, complaint, states, to_assigned
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db
CALL = {"type": "call", "spoke_to": "周叙白"}
NOTE = {"type": "note", "message": "1"}


@pytest.fixture
def world() -> World:
    return found()


@transaction.atomic
def record(case: Case, *drafts: Draft) -> list[Fact]:
    return actions.record(case.subject, drafts, by=SYSTEM, at=clock.now(), source="test")


def test_what_a_clause_may_ask_for_is_what_can_be_recorded():
    assert list(EVIDENCE) == list(EvidenceKind)
    assert Proof("call", {"spoke_to": "周叙白"}).as_evidence() == CALL
    with pytest.raises(ValueError, match="vibes"):
        Proof("vibes").as_evidence()
    told = (Path(__file__).parents[3] / "docs/users/writing-regulations.md").read_text(encoding="utf-8")
    assert "、".join(f"`{kind}`" for kind in EvidenceKind) in told


@pytest.mark.parametrize("evidence", [[], [NOTE], ["a call"], [{"kind": "call"}]])
def test_a_first_response_without_proof_is_refused(world: World, evidence):
    case = complaint()
    before = Fact.objects.count()
    with pytest.raises(
        Refused, match=r"「首次回应」（补1）要有凭证：邮件、进度页留言、会话消息、通话记录"
    ) as caught:
        record(case, Draft("case.first_response", {"via": "call"}, evidence=evidence))
    assert caught.value.code == "not_proven"
    assert Fact.objects.count() == before
    assert states(case)["first_response", 1] == "pending"


def test_one_proof_of_those_named_is_enough(world: World):
    case = complaint()
    record(case, Draft("case.first_response", {"via": "call"}, evidence=[NOTE, CALL]))
    assert states(case)["first_response", 1] == "met"


def test_of_many_facts_one_without_proof_refuses_all(world: World):
    case = complaint()
    before = Fact.objects.count()
    with pytest.raises(Refused):
        record(
            case,
            Draft("case.classified", {"type": "complaint"}),
            Draft("case.first_response", {"via": "call"}),
        )
    assert Fact.objects.count() == before


def test_where_the_clause_asks_nothing_no_proof_is_needed(world: World):
    # the clause is about complaints
    inquiry = complaint(type="inquiry")
    record(inquiry, Draft("case.first_response", {"via": "call"}))
    # a result before the solution is not the result that the clause means
    case = complaint()
    record(case, Draft("case.result_to_customer", {"via": "call"}))
    to_assigned(world, case)
    act(world.engineer, case, "solve", result="已恢复")
    with pytest.raises(Refused, match="结果告知客户"):
        record(case, Draft("case.result_to_customer", {"via": "call"}))


def test_the_edition_in_force_decides(world: World):
    before_any = world.founded_at - timedelta(days=1)
    record(complaint(), Draft("case.first_response", {"via": "call"}, at=before_any))
    # one that asks for no proof of it, from now on
    text = (
        (packs_folder() / "feedback" / "regulation.md")
        .read_text()
        .replace('evidence = ["mail", "portal", "chat", "call", "visit", "sheet"]\n', "")
    )
    at = clock.now()
    edition = draft_edition(text=text, answers={}, by=SYSTEM, at=at)
    approve_edition(edition=edition, by=SYSTEM, at=at)
    publish_edition(edition=edition, effective_from=at, by=SYSTEM, at=at)
    case = complaint()
    record(case, Draft("case.first_response", {"via": "call"}))
    assert states(case)["first_response", 1] == "met"


def test_a_subject_without_promises_is_not_asked(world: World):
    facts = actions.record(
        Subject("customer", "1"), [Draft("case.first_response")], by=SYSTEM, at=clock.now(), source="test"
    )
    assert len(facts) == 1
    assert not Promise.objects.filter(subject_kind="customer").exists()


def test_a_sheet_is_proof_of_what_it_tells(world: World):
    case = complaint()
    record(case, Draft("case.first_response", evidence=[{"type": "sheet", "row": 3}]))
    assert states(case)["first_response", 1] == "met"
