"""Several writers at once, with real transactions: chains stay whole, nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from keyue.kernel import clock
from keyue.ledger import actions, checkpoints, sealing, selectors
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.facts import Actor, Draft, Entry, Subject
from keyue.ledger.models import Checkpoint, Fact, SealKey, Stream
from keyue.ledger.verification import verify_ledger

WRITERS = 6
EACH = 15


def at_once(*works: Callable[[], None]) -> None:
    """Run every work in a thread of its own, with a connection of its own; raise what one of them raised."""
    # the first connection turns the copied file to WAL, which nobody else may be connected to meanwhile
    connection.ensure_connection()
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait()
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def writer(name: int, subjects: list[Subject]) -> Callable[[], None]:
    def write() -> None:
        for n in range(EACH):
            subject = subjects[n % len(subjects)]
            with transaction.atomic():
                actions.record(
                    subject,
                    [Draft("note", {"writer": name, "n": n}), Draft("done", key=f"{subject}:{n}")],
                    by=Actor("staff", str(name)),
                    at=clock.now(),
                    source="test",
                )

    return write


def test_recording_needs_the_transaction_of_the_change(fresh_database, case, staff, now):
    with pytest.raises(RuntimeError, match="transaction"):
        actions.record(case, [Draft("a")], by=staff, at=now, source="web")
    with pytest.raises(RuntimeError, match="transaction"):
        actions.enqueue(kind="email", key="k", payload={}, at=now)


def test_what_is_rolled_back_was_never_recorded(fresh_database, case, staff, now):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.record(case, [Draft("a")], by=staff, at=now, source="web")
        raise ZeroDivisionError
    assert not Stream.objects.exists()
    with transaction.atomic():
        [fact] = actions.record(case, [Draft("a")], by=staff, at=now, source="web")
    assert fact.rev == 1


def test_one_chain_written_by_many_stays_whole(fresh_database, case):
    at_once(*[writer(n, [case]) for n in range(WRITERS)])
    facts = selectors.chain_of(case)
    assert [f.rev for f in facts] == list(range(1, WRITERS * EACH + EACH + 1))
    assert sum(f.kind == "done" for f in facts) == EACH
    assert {(f.data["writer"], f.data["n"]) for f in facts if f.kind == "note"} == {
        (w, n) for w in range(WRITERS) for n in range(EACH)
    }
    assert list(verify_ledger()) == []


def test_new_chains_begun_by_many_at_once_are_one_each(fresh_database):
    def begin(name: int) -> Callable[[], None]:
        def write() -> None:
            for n in range(EACH):
                entries = [
                    Entry(Subject("case", str(n * 3 + k)), [Draft("note", {"by": name})]) for k in range(3)
                ]
                with transaction.atomic():
                    actions.record_many(entries, by=Actor("staff", str(name)), at=clock.now(), source="test")

        return write

    at_once(*[begin(n) for n in range(WRITERS)])
    assert Stream.objects.count() == EACH * 3
    assert Fact.objects.count() == EACH * 3 * WRITERS
    assert list(verify_ledger()) == []


def test_checkpoints_made_meanwhile_seal_what_is_there(fresh_database):
    subjects = [Subject("case", str(n)) for n in range(5)]

    def seal() -> None:
        for _ in range(5):
            seal_heads(clock.now(), most=2)

    at_once(seal, seal, *[writer(n, subjects[n : n + 2]) for n in range(3)])
    seal_heads(clock.now())
    assert selectors.unsealed_count() == 0
    assert [c.n for c in Checkpoint.objects.order_by("n")] == list(range(1, Checkpoint.objects.count() + 1))
    assert list(verify_ledger()) == []


def test_verification_beside_writers_finds_nothing(fresh_database, case):
    found = []
    others = [Subject("case", str(n)) for n in range(4)]

    def verify() -> None:
        for _ in range(4):
            found.extend(verify_ledger())
            seal_heads(clock.now())

    at_once(verify, *[writer(n, [case, *others]) for n in range(3)])
    assert found == []


def test_an_owner_gets_one_key_from_many_at_once(fresh_database):
    owner = Subject("customer", "1")
    sealed: list[str] = []

    def seal() -> None:
        for _ in range(5):
            sealed.append(sealing.seal(owner, "秘密", "x"))

    at_once(*[seal] * WRITERS)
    assert SealKey.objects.count() == 1
    assert sealing.unseal_many([(owner, text, "x") for text in sealed]) == ["秘密"] * len(sealed)


@pytest.mark.postgres
def test_the_cursor_of_live_updates_waits_for_who_still_writes(fresh_database, staff):
    written, seen = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            actions.record(Subject("case", "slow"), [Draft("a")], by=staff, at=clock.now(), source="test")
            written.set()
            seen.wait(10)

    def fast() -> None:
        written.wait(10)
        with transaction.atomic():
            actions.record(Subject("case", "fast"), [Draft("b")], by=staff, at=clock.now(), source="test")
        try:
            assert selectors.facts_after(0) == []
            assert selectors.newest_fact_id() == 0
        finally:
            seen.set()

    at_once(slow, fast)
    assert [f.kind for f in selectors.facts_after(0)] == ["a", "b"]


@pytest.mark.postgres
def test_a_checkpoint_that_another_makes_meanwhile_is_no_database_taken_back(
    fresh_database, case, staff, now, monkeypatch
):
    """The other's comes between this one's look at the last number and its look at the copies."""
    with transaction.atomic():
        actions.record(case, [Draft("a")], by=staff, at=now, source="web")
    asked = checkpoints.copy_of

    def slow(n):
        monkeypatch.setattr(checkpoints, "copy_of", asked)
        at_once(lambda: seal_heads(now))
        return asked(n)

    monkeypatch.setattr(checkpoints, "copy_of", slow)
    assert seal_heads(now) == []
    assert [c.n for c in Checkpoint.objects.all()] == [1]
    assert list(verify_ledger()) == []
