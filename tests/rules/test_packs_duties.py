"""Every duty of the five source regulations stands in a clause of a ready regulation, timed ones with a limit."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keyue.regulations.controls import Control
from keyue.regulations.document import Clause, Document, read_file

ROOT = Path(__file__).resolve().parents[2]
PACKS = {"S0": "communication", "S1": "customers", "S2": "construction", "S3": "feedback", "S4": "service"}
DUTIES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "duties.json").read_text(encoding="utf-8")
)
ROW = re.compile(r"(S[0-4])-[0-9].*")
INFERRED = {"S1-INF", "S4-INF"}
"""What likely follows where a source is cut off: proposals without a row of their own."""


@cache
def document(source: str) -> Document:
    return read_file(ROOT / "packs" / PACKS[source])


def clauses_of(row: str) -> list[Clause]:
    return [clause for clause in document(row[:2]).clauses if row in clause.sources]


def controls_of(row: str) -> list[Control]:
    """The controls of the clauses that stand for a row."""
    controls = {control.id: control for control in document(row[:2]).controls()}
    return [controls[identity] for clause in clauses_of(row) for identity in clause.control_ids]


@pytest.mark.parametrize("source", PACKS)
def test_every_row_is_named_by_a_clause(source: str):
    named = {row for clause in document(source).clauses for row in clause.sources}
    assert [row for row in DUTIES[source] if row not in named] == []


@pytest.mark.parametrize("source", PACKS)
def test_no_clause_names_a_row_that_does_not_exist(source: str):
    for clause in document(source).clauses:
        for row in clause.sources:
            if (match := ROW.fullmatch(row)) is not None:
                assert row in DUTIES[match[1]], f"{clause.number}: {row}"
            else:
                assert not row.startswith("S") or row in INFERRED, f"{clause.number}: {row}"


@pytest.mark.parametrize("source", PACKS)
def test_a_clause_that_stands_for_a_row_has_a_text(source: str):
    for clause in document(source).clauses:
        if clause.sources:
            assert clause.text.strip(), clause.number


@pytest.mark.parametrize(("number", "row"), DUTIES["T"].items())
def test_a_timed_duty_has_a_control_that_leaves_nothing_open(number: str, row: str):
    controls = controls_of(row)
    assert controls, f"{number}: {row}"
    assert any(not control.is_unanswered for control in controls), f"{number}: {row}"


@pytest.mark.parametrize("row", [row for row in DUTIES["V"] if row[:2] in {"S0", "S1", "S4"}])
def test_a_vague_word_is_asked_about(row: str):
    """Where the source says no more than "regularly", the company is asked for a number and is given a proposal."""
    asked = [control for control in controls_of(row) if control.is_unanswered]
    assert asked, row
    assert all(control.proposed for control in asked), row


@pytest.mark.parametrize("source", ["S1", "S4"])
def test_what_a_cut_off_source_leaves_open_is_said_to_be_a_proposal(source: str):
    """The text says where the source breaks off, and whatever follows calls itself a proposal of Keyue's."""
    clauses = [clause for clause in document(source).clauses if clause.number]
    [end] = [n for n, clause in enumerate(clauses) if "原文至此中断" in clause.text]
    for clause in clauses[end + 1 :]:
        assert clause.text.startswith("客约建议："), clause.number
    assert clauses[end + 1 :]


def test_the_list_is_whole():
    assert {source: len(DUTIES[source]) for source in PACKS} == {
        "S0": 28, "S1": 40, "S2": 38, "S3": 49, "S4": 48,
    }  # fmt: skip
    assert list(DUTIES["T"]) == [f"T{n}" for n in range(1, 17)]
    rows = {row for source in PACKS for row in DUTIES[source]}
    assert rows >= {*DUTIES["T"].values(), *DUTIES["V"]}
