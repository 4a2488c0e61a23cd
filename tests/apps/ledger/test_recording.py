"""Recording facts: once, in order, in the transaction of the change, and never later than now."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import actions, sealing, selectors
from keyue.ledger.facts import Actor, Draft, Entry, Subject, chain_hash
from keyue.ledger.models import Fact, Stream
from keyue.ledger.verification import verify_ledger

pytestmark = pytest.mark.django_db


def test_facts_are_chained_in_the_order_of_their_drafts(case, staff, now):
    first, second = actions.record(
        case,
        [Draft("case.received", {"type": "complaint", "主题": "交付时间"}), Draft("case.auto_ack")],
        by=staff,
        at=now,
        source="web",
    )
    [third] = actions.record(case, [Draft("case.classified")], by=staff, at=now, source="api")

    assert [f.rev for f in (first, second, third)] == [1, 2, 3]
    assert (first.prev, second.prev, third.prev) == (b"", first.hash, second.hash)
    stream = Stream.objects.get(kind="case", ref="142")
    assert (stream.rev, bytes(stream.head), stream.sealed_rev) == (3, third.hash, 0)
    assert first.id < second.id < third.id
    assert all(f.is_new for f in (first, second, third))
    assert list(verify_ledger()) == []


def test_what_comes_back_from_the_database_has_the_same_hash(case, staff, now):
    data = {
        "z": [1, -5, {"乙": None, "甲": True}],
        "a": '引号 " 反斜杠 \\ 换行 \n 表情 😀',
        "n": 2**53 - 1,
        "empty": {},
    }
    actions.record(
        case, [Draft("case.received", data, evidence=[{"id": 1}, "x"])], by=staff, at=now, source="web"
    )
    fact = Fact.objects.select_related("stream").get()
    assert fact.data == data
    assert bytes(fact.hash) == chain_hash(
        subject=fact.stream.subject,
        rev=fact.rev,
        uid=fact.uid,
        kind=fact.kind,
        at=fact.at,
        recorded_at=fact.recorded_at,
        actor=fact.by,
        source=fact.source,
        data=fact.data,
        sealed=fact.sealed,
        evidence=fact.evidence,
        voids=fact.voids,
        prev=bytes(fact.prev),
    )


def test_the_row_says_who_when_and_from_where(case, staff, long_ago):
    before = clock.now()
    actions.record(case, [Draft("case.received")], by=staff, at=long_ago, source="import:投诉.xlsx")
    fact = Fact.objects.get()
    assert (fact.by, fact.source, fact.at) == (staff, "import:投诉.xlsx", long_ago)
    assert before <= fact.recorded_at <= clock.now()


def test_a_draft_may_have_happened_at_its_own_time(case, staff, now, long_ago):
    facts = actions.record(
        case, [Draft("case.received", at=long_ago), Draft("case.classified")], by=staff, at=now, source="web"
    )
    assert [f.at for f in facts] == [long_ago, now]


def test_facts_of_one_instant_keep_their_order(case, staff, long_ago):
    kinds = [f"k{n}" for n in range(40)]
    for some in (kinds[:30], kinds[30:31], kinds[31:]):
        actions.record(
            case, [Draft(k) for k in some], by=staff, at=long_ago, source="demo", recorded_at=long_ago
        )
    assert [f.kind for f in selectors.facts_of(case)] == kinds


def test_an_empty_list_records_nothing(case, staff, now):
    assert actions.record(case, [], by=staff, at=now, source="web") == []
    assert not Stream.objects.exists()


# --- once ---


def test_the_same_key_is_recorded_once(case, staff, now):
    [first] = actions.record(case, [Draft("case.received", key="form:1")], by=staff, at=now, source="web")
    [again] = actions.record(
        case, [Draft("case.received", {"other": 1}, key="form:1")], by=staff, at=now, source="web"
    )
    assert (again.pk, again.uid, again.is_new, first.is_new) == (first.pk, first.uid, False, True)
    assert Fact.objects.count() == 1


def test_the_same_id_is_recorded_once(case, staff, now):
    uid = str(uuid4())
    actions.record(case, [Draft("case.received", id=uid)], by=staff, at=now, source="web")
    [again, other] = actions.record(
        case, [Draft("case.received", id=uid), Draft("case.classified")], by=staff, at=now, source="web"
    )
    assert (str(again.uid), again.is_new, other.is_new) == (uid, False, True)
    assert [f.kind for f in selectors.facts_of(case)] == ["case.received", "case.classified"]
    assert list(verify_ledger()) == []


def test_the_same_key_twice_in_one_call_is_recorded_once(case, staff, now):
    one, two, three = actions.record(
        case, [Draft("a", key="k"), Draft("b"), Draft("a", key="k")], by=staff, at=now, source="web"
    )
    assert one is three
    assert [f.rev for f in (one, two)] == [1, 2]
    assert Fact.objects.count() == 2


@pytest.mark.parametrize("name", ["key", "id"])
def test_a_key_or_id_of_another_subject_is_refused(case, staff, now, name):
    draft = Draft("a", **{name: str(uuid4())})
    actions.record(case, [draft], by=staff, at=now, source="web")
    with pytest.raises(Refused) as caught:
        actions.record(Subject("case", "143"), [draft], by=staff, at=now, source="web")
    assert caught.value.code == "recorded_elsewhere"
    assert not Stream.objects.filter(ref="143").exists()


def test_an_id_that_is_no_uuid_is_refused(case, staff, now):
    with pytest.raises(Invalid, match="UUID"):
        actions.record(case, [Draft("a", id="e1")], by=staff, at=now, source="web")


# --- never later than now (ENGINE.md, decision 37) ---


def test_a_clock_a_little_ahead_counts_as_now(case, staff):
    [fact] = actions.record(
        case, [Draft("a")], by=staff, at=clock.now() + timedelta(minutes=4, seconds=58), source="web"
    )
    assert fact.at == fact.recorded_at
    assert Fact.objects.get().at == fact.recorded_at


def test_the_future_is_refused(case, staff, now):
    with pytest.raises(Invalid) as caught:
        actions.record(case, [Draft("a")], by=staff, at=now + timedelta(minutes=6), source="web")
    assert caught.value.code == "in_the_future"
    assert "at" in caught.value.fields
    assert not Fact.objects.exists()


def test_exactly_five_minutes_ahead_is_still_taken(case, staff, long_ago):
    recorded = {"by": staff, "source": "demo", "recorded_at": long_ago}
    [fact] = actions.record(case, [Draft("a")], at=long_ago + timedelta(minutes=5), **recorded)
    assert fact.at == long_ago
    with pytest.raises(Invalid):
        actions.record(case, [Draft("a")], at=long_ago + timedelta(minutes=5, microseconds=1), **recorded)


def test_only_made_up_history_says_when_it_was_recorded(case, staff, long_ago):
    for source in ("web", "api", "import:x.csv"):
        with pytest.raises(ValueError, match="recorded"):
            actions.record(case, [Draft("a")], by=staff, at=long_ago, source=source, recorded_at=long_ago)
    [fact] = actions.record(case, [Draft("a")], by=staff, at=long_ago, source="bench", recorded_at=long_ago)
    assert fact.recorded_at == long_ago


# --- what is refused ---


def test_what_a_fact_cannot_hold_is_refused_with_a_sentence(case, staff, now):
    with pytest.raises(Invalid, match=r"data\.amount") as caught:
        actions.record(case, [Draft("a", {"amount": 1.5})], by=staff, at=now, source="web")
    assert caught.value.code == "fact_not_plain"
    with pytest.raises(Invalid, match=r"evidence\[0\]"):
        actions.record(case, [Draft("a", evidence=[2.5])], by=staff, at=now, source="web")
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    ("subject", "by", "source", "draft"),
    [
        (Subject("case", "x" * 81), Actor("staff", "7"), "web", Draft("a")),
        (Subject("", "1"), Actor("staff", "7"), "web", Draft("a")),
        (Subject("case", "1"), Actor("staff", ""), "web", Draft("a")),
        (Subject("case", "1"), Actor("staff", "7"), "", Draft("a")),
        (Subject("case", "1"), Actor("staff", "7"), "w" * 201, Draft("a")),
        (Subject("case", "1"), Actor("staff", "7"), "web", Draft("a" * 81)),
        (Subject("case", "1"), Actor("staff", "7"), "web", Draft("a", key="k" * 201)),
        (Subject("case", "1"), Actor("staff", "7"), "web", Draft("a", at=datetime(2026, 1, 1))),
        (Subject("case", "1"), Actor("staff", "7"), "web", Draft("a", sealed={"text": "x"})),
    ],
)
def test_a_programmers_mistake_is_told_at_once(subject, by, source, draft, now):
    with pytest.raises(ValueError):
        actions.record(subject, [draft], by=by, at=now, source=source)


# --- corrections ---


def test_a_fact_is_taken_back_by_another(case, staff, now):
    [wrong] = actions.record(case, [Draft("case.solved")], by=staff, at=now, source="web")
    actions.void(case, str(wrong.uid), by=staff, at=now, source="web", reason="entered_by_mistake")
    solved, void = selectors.facts_of(case)
    assert (void.kind, void.voids, void.data) == ("fact.voided", solved.id, {"reason": "entered_by_mistake"})
    assert list(verify_ledger()) == []


def test_a_fact_may_be_replaced_in_one_call(case, staff, now):
    uid = str(uuid4())
    actions.record(
        case, [Draft("case.solved", id=uid), Draft("case.solved", voids=uid)], by=staff, at=now, source="web"
    )
    assert {f.voids for f in selectors.facts_of(case)} == {None, uid}


def test_only_a_fact_of_the_same_subject_is_taken_back(case, staff, now):
    [other] = actions.record(Subject("case", "143"), [Draft("a")], by=staff, at=now, source="web")
    for _ in ("new chain", "existing chain"):
        with pytest.raises(NotFound):
            actions.void(case, str(other.uid), by=staff, at=now, source="web", reason="x")
        actions.record(case, [Draft("a")], by=staff, at=now, source="web")


def test_a_fact_is_taken_back_once_and_for_all(case, staff, now):
    [fact] = actions.record(case, [Draft("a")], by=staff, at=now, source="web")
    void = actions.void(case, str(fact.uid), by=staff, at=now, source="web", reason="x")
    with pytest.raises(Refused) as caught:
        actions.void(case, str(fact.uid), by=staff, at=now, source="web", reason="x")
    assert caught.value.code == "already_voided"
    with pytest.raises(Refused) as caught:
        actions.void(case, str(void.uid), by=staff, at=now, source="web", reason="x")
    assert caught.value.code == "voids_a_void"


# --- sealed values ---


def test_sealed_texts_are_stored_under_the_owners_key(case, staff, now):
    customer = Subject("customer", "9")
    [fact] = actions.record(
        case,
        [Draft("case.message", sealed={"text": "电话 13800138000", "empty": ""})],
        by=staff,
        at=now,
        source="web",
        seal_for=customer,
    )
    stored = Fact.objects.get()
    assert "13800138000" not in str(stored.sealed)
    assert stored.sealed["owner"] == ["customer", "9"]
    assert sealing.sealed_values([stored, fact]) == [{"text": "电话 13800138000", "empty": ""}] * 2
    assert list(verify_ledger()) == []


# --- many at once ---


def test_many_subjects_are_recorded_with_the_queries_of_one(staff, now, django_assert_num_queries):
    entries = [
        Entry(Subject("case", str(n)), [Draft("case.received", {"n": n}), Draft("case.auto_ack")])
        for n in range(20)
    ]
    with django_assert_num_queries(3):
        recorded = actions.record_many(entries, by=staff, at=now, source="bench")
    assert [[f.data.get("n") for f in facts] for facts in recorded] == [[n, None] for n in range(20)]
    assert Fact.objects.count() == 40
    again = [Entry(Subject("case", str(n)), [Draft("case.classified")]) for n in range(25)]
    actions.record_many(again, by=staff, at=now, source="bench")
    assert sorted(Stream.objects.values_list("rev", flat=True)) == [1] * 5 + [3] * 20
    assert list(verify_ledger()) == []


def test_one_entry_continues_anothers_chain(case, staff, long_ago):
    day = timedelta(days=1)
    recorded = actions.record_many(
        [
            Entry(case, [Draft("a")], recorded_at=long_ago),
            Entry(Subject("case", "143"), [Draft("a")], recorded_at=long_ago),
            Entry(
                case,
                [Draft("b")],
                by=Actor("customer", "3"),
                at=long_ago + day,
                recorded_at=long_ago + 2 * day,
            ),
        ],
        by=staff,
        at=long_ago,
        source="demo",
    )
    assert [[f.rev for f in facts] for facts in recorded] == [[1], [1], [2]]
    b = recorded[2][0]
    assert (b.by, b.at, b.recorded_at) == (Actor("customer", "3"), long_ago + day, long_ago + 2 * day)
    assert [f.kind for f in selectors.facts_of(case)] == ["a", "b"]
    assert list(verify_ledger()) == []


def test_the_hot_path_asks_little(case, staff, now, django_assert_num_queries):
    with django_assert_num_queries(3):
        actions.record(case, [Draft("a"), Draft("b")], by=staff, at=now, source="web")
    with django_assert_num_queries(3):
        actions.record(case, [Draft("c")], by=staff, at=now, source="web")
    with django_assert_num_queries(4):
        actions.record(case, [Draft("d", key="k")], by=staff, at=now, source="web")


def test_a_chain_has_one_row_a_subject(case):
    Stream.objects.create(kind="case", ref="1", rev=0, head=b"")
    with pytest.raises(IntegrityError), transaction.atomic():
        Stream.objects.create(kind="case", ref="1", rev=0, head=b"")
