"""Controls from their blocks: what is understood, and each fault with the field it stands in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from keyue.regulations.controls import ControlError, apply_set, build_control, parse_limit
from keyue.worktime.rules import Days, Hours, Months

DEADLINE: dict[str, Any] = {"id": "reply", "on": "case.received", "met_by": "case.answered", "owner": "desk"}
CADENCE: dict[str, Any] = {
    "kind": "cadence", "id": "look", "on": "case.received", "every": "P1D", "met_by": "case.seen", "owner": "desk",
}  # fmt: skip
FIXED = {k: v for k, v in CADENCE.items() if k != "on"} | {"window": "fixed", "every": "P6M"}


def build(base: dict[str, Any] = DEADLINE, **more: Any):
    return build_control({**base, **more}, "4.1", ("case.type == 'a'",))


def test_everything_that_a_deadline_can_say():
    control = build(
        name="回应",
        on=["case.received if fact.to == 'x'", "round"],
        when="!case.done",
        again="replace",
        start="case.received",
        within={"by": "case.priority", "normal": "PT48H", "urgent": "PT24H"},
        counts_from="case.done",
        max_pause="PT120H",
        owner=["case.lead", "desk"],
        remind=["50%", "75%"],
        escalate=[{"at": "100%", "to": "head"}, {"at": "75%", "to": ["a", "b"]}],
        evidence=["mail"],
        calendar="plant",
    )
    assert (control.clause, control.name, control.kind) == ("4.1", "回应", "deadline")
    assert [(o.kind, o.condition and o.condition.text) for o in control.on] == [
        ("case.received", "fact.to == 'x'"),
        ("round", None),
    ]
    assert [condition.text for condition in control.when] == ["case.type == 'a'", "!case.done"]
    assert control.limit is not None
    assert control.limit.table == {
        "normal": Hours("natural", timedelta(hours=48)),
        "urgent": Hours("natural", timedelta(hours=24)),
    }
    assert list(control.limit.rules()) == list(control.limit.table.values())
    assert control.max_pause == timedelta(hours=120)
    assert control.percents == (50, 75)
    assert control.escalate[1].to == ("a", "b")


def test_evidence_in_the_words_of_the_rules():
    assert build(evidence=["message", "call"]).evidence == ("mail", "portal", "chat", "call")
    assert build(evidence=["signature", "file"]).evidence == ("file",)


def test_a_cadence():
    control = build(FIXED, anchor=date(2026, 1, 1), days=["mon", "working"], count=2, late_serves_next=True)
    assert (control.limit and control.limit.rule, control.count) == (Months(6), 2)
    assert build(CADENCE).window == "rolling"
    assert build(FIXED, anchor="2026-01-01").anchor == date(2026, 1, 1)


def test_no_limit_is_a_limit_of_its_own_kind():
    assert build().limit is None
    assert not build().is_unanswered
    assert build(question="多久？").is_unanswered
    assert not build(question="多久？", within="PT1H").is_unanswered
    assert not build(question="多久？", until="fact.due").is_unanswered
    assert build({k: v for k, v in CADENCE.items() if k != "every"}, question="多久？").is_unanswered


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"whithin": "PT2H"}, "whithin"),
        ({"kind": "wish"}, "kind"),
        ({"id": "a.b"}, "id"),
        ({"id": ""}, "id"),
        ({"id": "x" * 61}, "id"),
        ({"id": 7}, "id"),
        ({"name": 7}, "name"),
        ({"name": "名" * 61}, "name"),
        ({"on": 5}, "on"),
        ({"on": []}, "on"),
        ({"on": "case.received if"}, "on"),
        ({"on": "case.received when x"}, "on"),
        ({"on": "case.received if case.type =="}, "on"),
        ({"met_by": []}, "met_by"),
        ({"when": 5}, "when"),
        ({"when": "case.type =="}, "when"),
        ({"again": "always"}, "again"),
        ({"start": ["case.received"]}, "start"),
        ({"within": "two hours"}, "within"),
        ({"within": 2}, "within"),
        ({"within": {"by": "priority", "a": "PT1H"}}, "within"),
        ({"within": {"by": "case.priority"}}, "within"),
        ({"within": {"by": "case.priority", "urgent": "soon"}}, "within.urgent"),
        ({"within": "PT2H", "until": "fact.eta"}, "until"),
        ({"until": True}, "until"),
        ({"max_pause": "5 days"}, "max_pause"),
        ({"max_pause": 5}, "max_pause"),
        ({"owner": []}, "owner"),
        ({"owner": ["desk", ""]}, "owner"),
        ({"owner": "d" * 61}, "owner"),
        ({"remind": "50%"}, "remind"),
        ({"remind": 50}, "remind"),
        ({"remind": ["50"]}, "remind"),
        ({"remind": ["０50%"]}, "remind"),
        ({"remind": ["0%"]}, "remind"),
        ({"escalate": {"at": "100%", "to": "head"}}, "escalate"),
        ({"escalate": [{"at": "100%"}]}, "escalate"),
        ({"escalate": ["100%"]}, "escalate"),
        ({"evidence": [1]}, "evidence"),
        ({"evidence": "vibes"}, "evidence"),
        ({"evidence": ["mail", "Call"]}, "evidence"),
        ({"calendar": ["plant"]}, "calendar"),
        ({"question": True}, "question"),
        ({"every": "P1D"}, "every"),
    ],
)
def test_each_fault_names_its_field(more, field):
    with pytest.raises(ControlError) as caught:
        build(**more)
    assert caught.value.field == field
    assert str(caught.value)


@pytest.mark.parametrize(
    ("base", "more", "field"),
    [
        (CADENCE, {"every": None}, "every"),
        (CADENCE, {"every": "same day"}, "every"),
        (CADENCE, {"every": "PT0S"}, "every"),
        (CADENCE, {"every": {"type": "period_end", "period": "month"}}, "every"),
        (CADENCE, {"on": None}, "on"),
        (CADENCE, {"count": 2}, "count"),
        (CADENCE, {"days": ["mon"]}, "days"),
        (CADENCE, {"within": "P1D"}, "within"),
        (FIXED, {"on": "case.received"}, "on"),
        (FIXED, {"every": "PT24H"}, "every"),
        (FIXED, {"every": "3 working days"}, "every"),
        (FIXED, {"every": "P6M, previous working day"}, "every"),
        (FIXED, {"every": {"by": "case.grade", "a": "P1M"}}, "every"),
        (FIXED, {"days": ["someday"]}, "days"),
        (FIXED, {"count": 0}, "count"),
        (FIXED, {"count": True}, "count"),
        (FIXED, {"late_serves_next": "no"}, "late_serves_next"),
        (FIXED, {"anchor": "1 January"}, "anchor"),
        (FIXED, {"window": "sliding"}, "window"),
    ],
)
def test_each_fault_of_a_cadence(base, more, field):
    with pytest.raises(ControlError) as caught:
        build({k: v for k, v in {**base, **more}.items() if v is not None})
    assert caught.value.field == field


@pytest.mark.parametrize("missing", ["id", "owner", "met_by", "on"])
def test_what_is_missing_is_named(missing):
    with pytest.raises(ControlError) as caught:
        build({k: v for k, v in DEADLINE.items() if k != missing})
    assert caught.value.field == missing


def test_single_values_are_replaced():
    raw = {**DEADLINE, "within": {"by": "case.priority", "normal": "PT48H", "urgent": "PT24H"}}
    changed = apply_set(raw, {"within.normal": {"type": "days", "basis": "calendar", "n": 2}, "name": "回应"})
    assert changed["within"]["normal"] == {"type": "days", "basis": "calendar", "n": 2}
    assert changed["within"]["urgent"] == "PT24H"
    assert raw["within"]["normal"] == "PT48H"
    assert parse_limit(changed["within"], "within").table["normal"] == Days("calendar", 2)
    with pytest.raises(ControlError, match="没有分档"):
        apply_set({**DEADLINE, "within": "PT2H"}, {"within.normal": "PT1H"})
    with pytest.raises(ControlError, match="没有分档"):
        apply_set(DEADLINE, {"within.normal": "PT1H"})
    with pytest.raises(ControlError, match="within 没有「nope」这一档，只有 normal、urgent"):
        apply_set(raw, {"within.nope": "PT1H"})
