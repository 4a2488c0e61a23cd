"""The ready regulations are sound, and their example cases come out as they say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import keyue.cases.rules
import keyue.channels.phone.events
import keyue.compliance.rules
import keyue.contracts.folding
import keyue.conversations.folding
import keyue.customers.folding
import keyue.customers.person_events
import keyue.customers.upkeep_rules
import keyue.grading.folding
import keyue.knowledge.folding
import keyue.sales.folding  # noqa: F401  each declares a subject of the packs
from keyue.config.tools import derive_command
from keyue.customers.folding import CustomerState
from keyue.promises.scenario import derive_scenario, subject_models
from keyue.regulations.checker import check_document
from keyue.regulations.document import Fault, read_file
from keyue.regulations.examples import check_example
from keyue.regulations.packs import packs_folder, ready_pack, ready_packs

ROOT = Path(__file__).resolve().parents[2]
PACKS = ROOT / "packs"
FOLDERS = sorted(path.name for path in PACKS.iterdir() if path.is_dir())
EXAMPLES = sorted(PACKS.glob("*/cases/*.json"))
CASES = json.loads((Path(__file__).parent / "data" / "cases.json").read_text(encoding="utf-8"))


def of_pack(example: Path) -> str:
    return example.parent.parent.name


def read(example: Path) -> dict[str, Any]:
    return json.loads(example.read_text(encoding="utf-8"))


def checked(pack: str) -> list[Fault]:
    document = read_file(PACKS / pack)
    check_document(document, subject_models())
    return document.faults


@pytest.mark.parametrize("pack", FOLDERS)
def test_a_pack_has_no_fault_and_no_warning(pack: str):
    assert [str(fault) for fault in checked(pack)] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{of_pack(path)}-{path.stem}")
def test_an_example_comes_out_as_it_says(example: Path):
    models = subject_models()
    regulation = example.parent.parent / "regulation.md"
    assert check_example(example, regulation, models["case"], models, derive_scenario) == []


def test_there_are_enough_of_them():
    count = {
        pack: sum(of_pack(example) == pack for example in EXAMPLES) for pack in ("feedback", "construction")
    }
    assert count["feedback"] >= 20
    assert count["construction"] >= 6


@pytest.mark.parametrize("pack", FOLDERS)
def test_every_control_is_seen_kept_and_not_kept(pack: str):
    """Each control whose facts can happen appears in an example as met; with a limit, also as late, cancelled or broken."""
    states: dict[str, set[str]] = {}
    for example in EXAMPLES:
        if of_pack(example) == pack:
            for check in read(example)["expect"].get("checks", []):
                for promise in check["promises"]:
                    states.setdefault(promise["control"], set()).add(promise["state"])
    for control in read_file(PACKS / pack).controls():
        if control.awaits:
            assert control.id not in states, control.id
            continue
        assert control.id in states, control.id
        if control.kind != "prohibition":
            assert states[control.id] & {"met", "met_late"}, control.id
        # what is refused where it is recorded without its proof is never seen broken
        if control.limit is not None and (control.fields or not control.is_held):
            assert states[control.id] & {"met_late", "breached", "cancelled", "waived"}, control.id


def test_every_open_question_is_answered_in_an_example_and_left_open_in_another():
    for pack in FOLDERS:
        answered = [
            edition.get("set", {})
            for example in EXAMPLES
            if of_pack(example) == pack
            for edition in read(example)["editions"]
        ]
        document = read_file(PACKS / pack)
        waiting = {control.id for control in document.controls() if control.awaits}
        for question in document.questions():
            if question.control in waiting:
                continue
            assert any(question.key in values for values in answered), question.key
            assert any(question.key not in values for values in answered)


def test_the_worked_cases_of_the_specification_are_among_them():
    for scenario in CASES["scenarios"]:
        example = read(PACKS / "feedback" / "cases" / f"{scenario['id'].lower()}.json")
        assert [fact["id"] for fact in example["facts"]] == [fact["id"] for fact in scenario["facts"]]
        assert [edition.get("set", {}) for edition in example["editions"]] == [
            CASES["sets"][entry["policy"]] for entry in scenario["policy_timeline"]
        ]
        assert example["expect"]["checks"] == scenario["checks"]
        assert example["expect"].get("notices", []) == (scenario.get("expected_notifications") or [])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{of_pack(path)}-{path.stem}")
def test_an_example_can_be_read_by_anybody(example: Path):
    case = read(example)
    assert any("一" <= sign <= "鿿" for sign in case["title"])
    assert len(case["title"]) <= 60
    assert max(map(len, example.read_text(encoding="utf-8").splitlines())) < 3000


def test_an_example_is_an_input_of_derive(capsys: pytest.CaptureFixture[str]):
    example = PACKS / "feedback" / "cases" / "s01.json"
    assert derive_command([str(example)]) == 0
    output = json.loads(capsys.readouterr().out)
    assert len(output["checks"]) == len(read(example)["expect"]["checks"])


def test_the_ready_packs_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert packs_folder() == PACKS
    assert [pack.id for pack in ready_packs()] == FOLDERS
    assert {"communication", "construction", "customers", "feedback", "service"} <= set(FOLDERS)
    found = ready_pack("feedback")
    assert found is not None
    assert found.code == "KY-ZD-003"
    assert ready_pack("nothing") is None
    monkeypatch.setenv("KEYUE_PACKS", str(tmp_path))
    assert ready_packs() == []


def test_the_feedback_pack_names_what_the_specification_names():
    feedback, construction = read_file(PACKS / "feedback"), read_file(PACKS / "construction")
    named = """classify first_response review assess assign plan solve solve_by_eta result_to_service
        result_to_customer complaint_result follow_up"""
    assert set(named.split()) <= {control.id for control in feedback.controls()}
    assert {"service_desk", "service_supervisor"} <= feedback.roles_named().keys()
    assert {q.key for q in feedback.questions()} >= {
        "acknowledge_urgent.within", "meeting.within", "service_follow.every", "progress.every",
    }  # fmt: skip
    assert {q.key for q in construction.questions()} >= {"manager_meeting.within", "manager_progress.every"}
    assert not {c.id for c in feedback.controls()} & {c.id for c in construction.controls()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{of_pack(path)}-{path.stem}")
def test_an_example_tells_what_a_ledger_can_keep(example: Path):
    """A fact holds no fractions: an example that has one shows what never happens."""
    for fact in read(example)["facts"]:
        assert not list(fractions(fact)), fact


def fractions(value: Any):
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from fractions(one)


@pytest.mark.parametrize("pack", FOLDERS)
def test_what_recurs_for_a_customer_ends_where_the_file_becomes_an_alias(pack: str):
    """Nothing further is owed about a file that was merged into another, or whose person was erased."""
    known = CustomerState(type="organisation", account_manager="user:7", taken_up=True, grade="A")
    document = read_file(PACKS / pack)
    for control in document.controls():
        if not control.recurs or (control.subject or document.subject) != "customer":
            continue
        assert any(occasion.kind == "round" for occasion in control.on), control.id
        for gone in (replace(known, merged=True), replace(known, erased=True)):
            assert not all(one.holds({"customer": gone}) for one in control.when), control.id
