"""Completeness by weight, values of a company's own fields, what is found wrong, and how late a note was entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.customers.notes_rules import (
    ASKED_OF_IMPORTANT,
    Coverage,
    entry_delay,
    missing_of_important,
    next_contact,
)
from keyue.customers.upkeep_rules import (
    LEAST,
    STANDARD,
    FieldRule,
    Unfit,
    clean_value,
    completeness,
    findings,
    unfit_keys,
)
from keyue.promises.company import MODEL
from keyue.worktime.calendar import Calendar

KEYS = [rule.key for rule in STANDARD]
OFFICE = {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]], "wed": [["09:00", "18:00"]],
          "thu": [["09:00", "18:00"]], "fri": [["09:00", "18:00"]]}  # fmt: skip


def test_what_the_regulation_names_is_required_from_the_start():
    assert {"name", "contact", "phone", "address", "needs", "history", "credit", "decision_makers"} == LEAST


def test_an_empty_decision_maker_is_missing_and_listed():
    found = completeness(STANDARD, "organisation", set(KEYS) - {"decision_makers"})
    assert found.missing == ("decision_makers",)
    assert found.score == 90


def test_a_person_has_no_decision_makers():
    assert completeness(STANDARD, "person", set(KEYS) - {"decision_makers", "contact"}).score == 100


@given(st.sets(st.sampled_from(KEYS)), st.sampled_from(["organisation", "person"]))
def test_a_hundred_only_where_nothing_is_missing(filled: set[str], kind: str):
    found = completeness(STANDARD, kind, filled)
    assert 0 <= found.score <= 100
    assert (found.score == 100) == (not found.missing)
    assert not set(found.missing) & filled


@given(st.sets(st.sampled_from(KEYS)), st.sampled_from(KEYS))
def test_more_on_file_is_never_less_complete(filled: set[str], more: str):
    before, after = (completeness(STANDARD, "organisation", some) for some in (filled, filled | {more}))
    assert after.score >= before.score


def test_the_weightiest_is_missing_first():
    assert completeness(STANDARD, "organisation", set()).missing[:2] == ("phone", "contact")
    assert completeness(STANDARD, "organisation", set()).score == 0


def test_without_weight_what_is_missing_still_shows():
    weightless = [replace(rule, weight=0) for rule in STANDARD]
    assert completeness(weightless, "organisation", set()).score == 99
    assert completeness([], "organisation", set()).score == 100


def own(kind: str, **more: object) -> FieldRule:
    return FieldRule("extra.x", False, 5, is_standard=False, kind=kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "given_", "kept"),
    [
        (own("number"), "1,200.50", "1200.5"),
        (own("number"), 12, "12"),
        (own("number"), "", None),
        (own("money"), "¥1,200", "1200.00"),
        (own("date"), "2026-03-16", "2026-03-16"),
        (own("choice", options=("自来水", "污水")), "污水", "污水"),
        (own("yes_no"), True, "yes"),
        (own("yes_no"), "否", "no"),
        (own("text"), "  两路进水 ", "两路进水"),
        (own("text"), None, None),
    ],
)
def test_values_are_kept_in_one_form(rule: FieldRule, given_: object, kept: str | None):
    assert clean_value(rule, given_) == kept


@pytest.mark.parametrize(
    ("rule", "wrong"),
    [
        (own("number"), "十二"), (own("number"), "NaN"), (own("number"), "1e99"), (own("date"), "16/03/2026"),
        (own("choice", options=("甲",)), "乙"), (own("yes_no"), "也许"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_refused(rule: FieldRule, wrong: str):
    with pytest.raises(Unfit):
        clean_value(rule, wrong)


def test_a_value_that_lost_its_option_is_irregular():
    assert unfit_keys([own("choice", options=("甲",))], {"extra.x": "乙"}) == ("extra.x",)
    assert unfit_keys([own("choice", options=("乙",))], {"extra.x": "乙"}) == ()


def test_a_manager_who_left_leaves_the_file_unattended():
    kinds = [one.kind for one in findings((), (), has_active_manager=False, was_given_manager=True)]
    assert kinds == ["unattended"]
    assert findings((), (), has_active_manager=False, was_given_manager=False) == []


def test_the_company_declares_the_check():
    assert "archive.checked" in MODEL.kinds


def test_an_important_contact_must_say_everything():
    assert missing_of_important({}) == list(ASKED_OF_IMPORTANT)
    assert missing_of_important({"attendees": True, "topics": True, "feedback": True}) == ["next_steps"]


def test_three_days_late_is_three_days_of_delay():
    calendar = Calendar.from_dict({"tz": "Asia/Shanghai", "weekly": OFFICE})
    monday = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
    assert entry_delay(monday, monday + timedelta(hours=3), calendar).working_days == 0
    late = entry_delay(monday, monday + timedelta(days=3), calendar)
    assert (late.hours, late.working_days) == (72.0, 3)
    assert entry_delay(monday + timedelta(days=4), monday + timedelta(days=7), calendar).working_days == 1


def test_the_next_contact_counts_from_the_last_one_or_from_the_beginning():
    start = datetime(2026, 3, 16, tzinfo=UTC)
    assert next_contact(None, start, 30) == start + timedelta(days=30)
    assert next_contact(start + timedelta(days=5), start, 30) == start + timedelta(days=35)
    assert next_contact(None, start, None) is None


def test_nothing_planned_is_no_rate():
    assert Coverage(0, 0, 0, 0).rate is None
    assert Coverage(1, 4, 2, 1).rate == 25
