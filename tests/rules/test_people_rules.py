"""Passwords, separation of administrators, codes and time-outs: no database, no Django."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.people import rules
from keyue.people.rules import (
    AUDIT,
    SECURITY,
    SYSTEM,
    Ending,
    PasswordContext,
    PasswordFault,
    SeparationFault,
)

LI = PasswordContext(
    username="li.zhixia",
    name=("li", "zhi", "xia"),
    company=("cheng", "chuan", "huan", "jing"),
    was_used=lambda password: password == "Silver-Pond42",
)
NOW = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Copper-Lamp24", []),
        ("夜莺Copper24", []),
        ("Cop-24x", ["too_short"]),
        ("copperlampq", ["too_few_kinds"]),
        ("copper lamp", ["too_few_kinds"]),
        ("Copper-12345", ["sequence"]),
        ("Copper-54321", ["sequence"]),
        ("Copper-98765", ["sequence"]),
        ("Cooopper-Lamp2", []),
        ("Coooopper-Lamp2", ["sequence"]),
        ("Qwerty-Lamp2", ["sequence", "weak_word"]),
        ("P@ssw0rd-Lamp", ["weak_word"]),
        ("Wo-woaini-24", ["weak_word"]),
        ("Li.Zhixia-2026", ["like_username", "like_name"]),
        ("Zhixia#2026", ["like_name"]),
        ("Zhi-Xia-Li#2026", []),
        ("zhixiali#2026", ["like_name"]),
        ("Lzx#2026", ["like_name"]),
        ("Lzxk#2026", []),
        ("Chengchuan#26", ["like_company"]),
        ("Ch3ngchuan#26", ["like_company"]),
        ("Silver-Pond42", ["used_before"]),
        ("", ["too_short", "too_few_kinds"]),
        ("Aa1-" * 33, ["too_long"]),
    ],
)
def test_a_password_is_refused_for_each_reason(password: str, faults: list[str]):
    assert rules.password_faults(password, LI) == faults


def test_an_administrator_needs_twelve_characters():
    context = PasswordContext(is_administrator=True)
    assert rules.password_faults("Copper-Lam2", context) == [PasswordFault.TOO_SHORT_ADMINISTRATOR]
    assert rules.password_faults("Copper-Lamp2", context) == []


def test_without_a_name_nothing_resembles_it():
    assert rules.password_faults("Copper-Lamp24", PasswordContext()) == []
    assert rules.spellings(()) == ["", "", "", "", ""]
    assert rules.password_faults("Tom-2026-24x", PasswordContext(name=("tom",))) == []
    assert rules.password_faults("Tom-2026-24", PasswordContext(name=("tom",))) == ["like_name"]


@given(st.text(max_size=140))
def test_any_text_gets_an_answer_and_short_ones_a_refusal(password: str):
    faults = rules.password_faults(password, LI)
    assert len(faults) == len(set(faults))
    if len(password) < 8:
        assert PasswordFault.TOO_SHORT in faults


def test_the_history_is_asked_only_when_all_else_holds():
    asked = []
    context = PasswordContext(was_used=lambda password: asked.append(password) or False)
    rules.password_faults("short", context)
    assert asked == []
    rules.password_faults("Copper-Lamp24", context)
    assert asked == ["Copper-Lamp24"]


# --- the three administrators ---


def test_nobody_is_two_administrators():
    for held, new in [(SYSTEM, SECURITY), (SECURITY, SYSTEM)]:
        assert rules.separation_fault({held}, new) is SeparationFault.MUST_BE_JOINED
        assert rules.separation_fault({held}, new, joined=True) is None
    for one, other in combinations((AUDIT, SYSTEM), 2):
        assert rules.separation_fault({one}, other) is SeparationFault.AUDIT_STANDS_ALONE


@given(st.sets(st.sampled_from([SYSTEM, SECURITY, "service_agent"])), st.booleans())
def test_audit_stands_alone_whatever_is_joined(held: set[str], joined: bool):
    fault = rules.separation_fault(held, AUDIT, joined=joined)
    assert (fault is SeparationFault.AUDIT_STANDS_ALONE) == bool(held & rules.ADMINISTRATORS)


@given(st.sets(st.sampled_from([SYSTEM, SECURITY, AUDIT])))
def test_a_working_role_goes_with_anything(held: set[str]):
    assert rules.separation_fault(held, "executive") is None


# --- codes ---


@pytest.mark.parametrize("code", ["service_desk", "a", "d2", "x" * 40])
def test_codes(code: str):
    assert rules.is_code(code)


@pytest.mark.parametrize(
    "code", ["", "2d", "Service", "service-desk", "客服", "_x", "x" * 41, "a b", "a\n", "case.lead"]
)
def test_what_is_no_code(code: str):
    assert not rules.is_code(code)


def test_a_department_is_within_itself_and_its_ancestors_only():
    company = rules.path_under("", "company")
    service = rules.path_under(company, "service")
    service2 = rules.path_under(company, "service2")
    assert service == "company/service/"
    assert rules.is_within(service, company)
    assert rules.is_within(service, service)
    assert not rules.is_within(company, service)
    assert not rules.is_within(service2, service)


# --- time-outs ---


def over(seen: timedelta, started: timedelta) -> Ending | None:
    return rules.session_over(
        started=NOW - started,
        seen=NOW - seen,
        now=NOW,
        idle=timedelta(minutes=30),
        absolute=timedelta(hours=12),
    )


def test_a_session_ends_when_idle_or_old():
    assert over(timedelta(minutes=29), timedelta(hours=1)) is None
    assert over(timedelta(minutes=30), timedelta(hours=1)) is Ending.IDLE
    assert over(timedelta(0), timedelta(hours=12)) is Ending.ABSOLUTE
    assert over(timedelta(0), timedelta(hours=12) - timedelta(seconds=1)) is None


def test_a_clock_moved_back_ends_nothing():
    assert over(timedelta(minutes=-90), timedelta(minutes=-90)) is None


def test_the_lock_begins_with_the_fifth_failure():
    assert rules.lock_until(4, NOW, after=5, minutes=30) is None
    assert rules.lock_until(5, NOW, after=5, minutes=30) == NOW + timedelta(minutes=30)


def test_a_password_without_days_never_ages():
    assert rules.password_until(NOW, days=0) is None
    assert rules.password_until(None, days=90) is None
    assert rules.password_until(NOW, days=90) == NOW + timedelta(days=90)
