"""Every kind of control makes promises of the engine's two shapes, and what cannot be measured makes none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import keyue.compliance.rules  # noqa: F401  declares what is recorded about the company
from keyue.cases.rules import CASE
from keyue.promises.company import MODEL as COMPANY
from keyue.promises.scenario import derive_scenario
from keyue.regulations.document import read_document
from keyue.regulations.kinds import FIELDS, KIND_MEANINGS, KIND_NAMES, PART_NAMES, ControlKind, Part
from keyue.regulations.vocabulary import check_vocabulary

HEAD = """# 受理制度

```regulation
id = "kinds"
subject = "case"
when = "case.type == 'complaint'"
```

## 1 受理

```control
owner = "service_desk"
id = "it"
{block}
```
"""
MODELS = {CASE.name: CASE, COMPANY.name: COMPANY}


def fact(kind: str, clock: str, **data: Any) -> dict[str, Any]:
    return {"id": f"{kind}@{clock}", "kind": kind, "at": f"2026-03-02T{clock}:00+08:00", "data": data}


RECEIVED = fact("case.received", "09:00", type="complaint")


@pytest.fixture
def promises(tmp_path: Path):
    def run(block: str, *facts: dict[str, Any], at: str = "12:00", **more: Any) -> list[dict[str, Any]]:
        pack = tmp_path / "kinds.md"
        pack.write_text(HEAD.format(block=block), encoding="utf-8")
        now = at if "T" in at else f"2026-03-02T{at}:00+08:00"
        scenario = {
            "editions": [{"from": "2026-01-01T00:00:00+08:00", "pack": str(pack)}],
            "facts": list(facts),
            "at": [now],
            **more,
        }
        result = derive_scenario(scenario, MODELS)
        assert "failed" not in result
        return result["checks"][0]["promises"]

    return run


RECORD = """kind = "record"
on = "case.received"
fields = ["case.category", "fact.type"]
within = "PT2H"
"""


def test_a_record_is_met_by_the_fact_after_which_it_is_whole(promises: Any) -> None:
    [open_one] = promises(RECORD, RECEIVED, at="10:00")
    assert open_one["state"] == "pending"
    assert open_one["due"] == "2026-03-02T11:00:00+08:00"
    [kept] = promises(
        RECORD, RECEIVED, fact("case.classified", "10:30", type="complaint", category="price"), at="12:00"
    )
    assert (kept["state"], kept["closed_at"]) == ("met", "2026-03-02T10:30:00+08:00")
    [late] = promises(
        RECORD, RECEIVED, fact("case.classified", "11:01", type="complaint", category="price"), at="12:00"
    )
    assert (late["state"], late["breached_at"]) == ("met_late", "2026-03-02T11:00:00+08:00")
    # another fact that leaves the field empty performs nothing
    [missed] = promises(RECORD, RECEIVED, fact("case.plan_filed", "10:00"), at="12:00")
    assert missed["state"] == "breached"


def test_a_record_without_a_limit_holds_at_once_or_is_broken(promises: Any) -> None:
    block = 'kind = "record"\non = "case.received"\nfields = ["fact.{}"]'
    [kept] = promises(block.format("type"), RECEIVED, at="09:00")
    assert kept["state"] == "met"
    [broken] = promises(block.format("channel"), RECEIVED, at="09:01")
    assert broken["state"] == "breached"


APPROVAL = """kind = "approval"
on = "case.closed if fact.exit != 'satisfied'"
after = "case.plan_filed"
"""


def test_an_approval_counts_before_the_act_and_not_after(promises: Any) -> None:
    closed = fact("case.closed", "11:00", exit="declined", approved_by="1")
    assert promises(APPROVAL, RECEIVED, fact("case.plan_filed", "10:00")) == []
    [kept] = promises(APPROVAL, RECEIVED, fact("case.plan_filed", "10:00"), closed)
    assert kept["state"] == "met"
    [broken] = promises(APPROVAL, RECEIVED, closed)
    assert broken["state"] == "breached"


def test_an_approval_of_an_act_that_ends_nothing_can_come_late(promises: Any) -> None:
    block = 'kind = "approval"\non = "case.solved"\nafter = "case.plan_filed"'
    [late] = promises(block, RECEIVED, fact("case.solved", "10:00"), fact("case.plan_filed", "10:30"))
    assert (late["state"], late["breached_at"]) == ("met_late", "2026-03-02T10:00:00+08:00")
    # each act asks again, and one approval of the round serves them all
    block = 'kind = "approval"\non = "case.progress_told"\nafter = "case.plan_filed"'
    told = [fact("case.progress_told", clock) for clock in ("09:30", "10:30", "11:30")]
    rows = promises(block, RECEIVED, fact("case.plan_filed", "10:00"), *told)
    assert [row["state"] for row in rows] == ["met_late", "met", "met"]
    assert [row["seq"] for row in rows] == [1, 2, 3]


def test_what_is_forbidden_is_broken_by_happening(promises: Any) -> None:
    block = 'kind = "prohibition"\non = "case.reopened"\nmet_by = "case.plan_filed"'
    solved, again = fact("case.solved", "10:00"), fact("case.reopened", "10:30")
    assert promises(block, RECEIVED, solved) == []
    [broken] = promises(block, RECEIVED, solved, again)
    assert (broken["state"], broken["breached_at"]) == ("breached", "2026-03-02T10:30:00+08:00")
    [righted] = promises(block, RECEIVED, solved, again, fact("case.plan_filed", "11:00"))
    assert righted["state"] == "met_late"


def test_a_sample_counts_its_checks_by_calendar_month(promises: Any) -> None:
    block = 'kind = "sampling"\nevery = "P1M"\ncount = 2\nmet_by = "case.progress_told"'
    checks = [
        {"id": f"c{day}", "kind": "case.progress_told", "at": f"2026-04-{day}T10:00:00+08:00"}
        for day in ("05", "20")
    ]
    [half] = promises(block, RECEIVED, checks[0], at="2026-04-30T12:00:00+08:00")
    assert (half["state"], half["due"]) == ("pending", "2026-05-01T00:00:00+08:00")
    [whole] = promises(block, RECEIVED, *checks, at="2026-04-30T12:00:00+08:00")
    assert whole["state"] == "met"
    april, may = promises(block, RECEIVED, checks[0], at="2026-05-02T12:00:00+08:00")
    assert (april["state"], may["state"]) == ("breached", "pending")
    assert may["seq"] == april["seq"] + 1


ATTESTATION = """kind = "attestation"
every = "P6M"
statement = "值班电话全天有人接听"
"""


def company(kind: str, day: str, **data: Any) -> dict[str, Any]:
    return {
        "id": f"{kind}@{day}",
        "kind": kind,
        "at": f"{day}T09:00:00+08:00",
        "data": {"regulation": "kinds", **data},
    }


def test_a_statement_holds_for_its_time_and_is_then_due_again(promises: Any) -> None:
    def run(*facts: dict[str, Any], at: str) -> list[dict[str, Any]]:
        started = company("company.edition_in_force", "2026-01-05", edition=1)
        return promises(ATTESTATION, started, *facts, at=at, subject="company")

    [first] = run(at="2026-02-01T00:00:00+08:00")
    assert (first["state"], first["due"]) == ("pending", "2026-07-06T00:00:00+08:00")
    attested = company("company.attested", "2026-03-01", control="it")
    kept, second = run(attested, at="2026-08-01T00:00:00+08:00")
    assert (kept["state"], second["state"], second["due"]) == (
        "met",
        "pending",
        "2026-09-02T00:00:00+08:00",
    )
    # of another control, or another regulation, it says nothing
    other = company("company.attested", "2026-03-01", control="other")
    assert len(run(other, at="2026-03-02T00:00:00+08:00")) == 1
    # a second edition asks for no second first statement
    again = company("company.edition_in_force", "2026-04-01", edition=2)
    assert len(run(attested, again, at="2026-05-01T00:00:00+08:00")) == 2


def test_what_waits_for_a_part_makes_no_promise(promises: Any) -> None:
    block = 'on = "case.received"\nmet_by = "visit.made"\nwithin = "PT1H"\nawaits = "visits"'
    assert promises(block, RECEIVED) == []


def test_a_part_that_has_come_is_not_waited_for() -> None:
    said = HEAD.format(block='on = "case.received"\nmet_by = "case.classified"\nawaits = "visits"')
    document = read_document(said)
    check_vocabulary(document, MODELS)
    assert [fault.line for fault in document.faults] == [16]
    missing = read_document(said.replace("case.classified", "visit.made"))
    check_vocabulary(missing, MODELS)
    assert missing.faults == []


@pytest.mark.parametrize(
    ("block", "line", "said"),
    [
        ('kind = "record"\non = "case.received"', 11, "fields"),
        ('kind = "record"\non = "case.received"\nfields = ["category"]', 16, "带点的路径"),
        ('kind = "approval"\non = "case.closed"', 11, "after"),
        ('kind = "prohibition"', 11, "on"),
        ('kind = "sampling"\nmet_by = "case.solved"', 11, "every"),
        ('kind = "attestation"\nevery = "P1Y"', 11, "statement"),
        ('kind = "attestation"\nevery = "P1Y"\nstatement = "x"\nsubject = "case"', 17, "subject"),
        ('on = "case.received"\nmet_by = "case.solved"\nawaits = "moon"', 16, "awaits"),
        ('on = "case.received"\nmet_by = "case.solved"\nproposed = "P1D"', 16, "question"),
    ],
)
def test_what_a_kind_lacks_is_named_at_its_line(block: str, line: int, said: str) -> None:
    [fault] = read_document(HEAD.format(block=block)).faults
    assert fault.line == line
    assert said in fault.message


def test_a_shared_condition_says_nothing_of_another_subject() -> None:
    document = read_document(HEAD.format(block=ATTESTATION))
    assert document.faults == []
    assert document.controls()[0].when == ()
    own = read_document(HEAD.format(block='on = "case.received"\nmet_by = "case.solved"'))
    assert len(own.controls()[0].when) == 1


def test_every_kind_and_every_part_has_its_words() -> None:
    assert set(FIELDS) == set(KIND_NAMES) == set(KIND_MEANINGS) == set(ControlKind)
    assert set(PART_NAMES) == set(Part)
