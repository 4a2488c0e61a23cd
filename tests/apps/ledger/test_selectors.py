"""Reading facts for the engine, for live updates and for the evidence page; and the access trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.kernel import clock
from keyue.ledger import actions, selectors
from keyue.ledger.facts import Actor, Draft, Entry, FactRecord, Subject

pytestmark = pytest.mark.django_db


def test_the_engine_gets_facts_in_the_order_of_what_happened(case, staff, long_ago):
    day = timedelta(days=1)
    recorded = [
        Entry(case, [Draft("late", at=long_ago + 3 * day)], recorded_at=long_ago + 3 * day),
        Entry(case, [Draft("told afterwards", at=long_ago)], recorded_at=long_ago + 4 * day),
        Entry(case, [Draft("second")], at=long_ago + day, recorded_at=long_ago + 2 * day),
        Entry(case, [Draft("first")], at=long_ago + day, recorded_at=long_ago + day),
    ]
    actions.record_many(recorded, by=staff, at=long_ago, source="demo")
    assert [f.kind for f in selectors.facts_of(case)] == ["told afterwards", "first", "second", "late"]
    assert [f.kind for f in selectors.chain_of(case)] == ["late", "told afterwards", "second", "first"]


def test_a_record_says_what_the_row_says(case, staff, now):
    [fact] = actions.record(
        case, [Draft("a", {"x": [1]}, evidence=[{"id": "9"}])], by=staff, at=now, source="web"
    )
    [record] = selectors.facts_of(case)
    assert record == FactRecord(str(fact.uid), "a", now, fact.recorded_at, {"x": [1]}, ({"id": "9"},), None)
    assert fact.as_record() == record


def test_many_subjects_cost_one_query(staff, now, django_assert_num_queries):
    subjects = [Subject(kind, str(n)) for n in range(10) for kind in ("case", "customer")]
    for subject in subjects[:15]:
        actions.record(subject, [Draft("a"), Draft("b")], by=staff, at=now, source="web")
    with django_assert_num_queries(1):
        found = selectors.facts_of_many(subjects)
    assert list(found) == subjects
    assert [len(facts) for facts in found.values()] == [2] * 15 + [0] * 5
    with django_assert_num_queries(0):
        assert selectors.facts_of_many([]) == {}


def test_a_subject_without_facts_has_none(case):
    assert selectors.facts_of(case) == []
    assert selectors.chain_of(case) == []
    assert selectors.stream_of(case) is None


def test_the_cursor_goes_from_fact_to_fact(case, staff, now):
    assert selectors.newest_fact_id() == 0
    assert selectors.facts_after(0) == []
    for n in range(5):
        actions.record(Subject("case", str(n)), [Draft(f"k{n}")], by=staff, at=now, source="web")
    seen, cursor = [], 0
    while facts := selectors.facts_after(cursor, limit=2):
        seen += [(f.stream.ref, f.kind) for f in facts]
        cursor = facts[-1].id
    assert seen == [(str(n), f"k{n}") for n in range(5)]
    assert cursor == selectors.newest_fact_id()


def test_the_cursor_of_a_moment_ago_leads_to_what_came_since(case, staff, now):
    assert selectors.fact_id_before(now) == 0
    for n in range(3):
        with clock.telling(now + timedelta(seconds=n)):
            actions.record(case, [Draft(f"k{n}")], by=staff, at=clock.now(), source="web")

    def since(seconds: float, **options: int) -> list[str]:
        cursor = selectors.fact_id_before(now + timedelta(seconds=seconds), **options)
        return [f.kind for f in selectors.facts_after(cursor)]

    assert since(0.5) == ["k1", "k2"]
    assert since(9) == []
    assert since(-9) == ["k0", "k1", "k2"]
    assert since(-9, within=2) == ["k1", "k2"]


def test_who_looked_at_what_is_kept(case, staff, now):
    actions.record_access(by=staff, subject=case, what="phone", purpose="回电客户", via="web", at=now)
    actions.record_access(
        by=Actor("token", "t1"), subject=case, what="export", purpose="月报", via="api", at=now
    )
    assert [(e.actor_kind, e.actor_id, e.what, e.purpose, e.via) for e in selectors.accesses_of(case)] == [
        ("token", "t1", "export", "月报", "api"),
        ("staff", "7", "phone", "回电客户", "web"),
    ]
    [entry] = selectors.accesses_by(staff)
    assert (entry.subject_kind, entry.subject_ref, entry.at) == ("case", "142", now)


@pytest.mark.parametrize("change", [{"purpose": ""}, {"what": ""}, {"via": "v" * 81}, {"purpose": "p" * 501}])
def test_nobody_looks_without_a_purpose(case, staff, now, change):
    options = {"what": "phone", "purpose": "回电", "via": "web", **change}
    with pytest.raises(ValueError):
        actions.record_access(by=staff, subject=case, at=now, **options)
