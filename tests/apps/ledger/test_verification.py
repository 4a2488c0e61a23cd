"""Whatever somebody with the database's password changes, `keyue verify` names it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.utils import translation

from keyue.ledger import actions, checkpoints, keys, selectors
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.enums import FAULT_SENTENCES, Fault
from keyue.ledger.facts import Draft, Entry, Subject, chain_hash
from keyue.ledger.models import Checkpoint, CheckpointHead, Fact, Stream
from keyue.ledger.verification import Problem, verify_ledger
from tests.apps.ledger.tampering import tamper, unprotected, without_references

CASE = Subject("case", "2")


@pytest.fixture
def write(staff, now) -> Callable[..., None]:
    """Record one more fact for each of these cases."""

    def write(*refs: object) -> None:
        with transaction.atomic():
            entries = [Entry(Subject("case", str(ref)), [Draft("note", {"of": str(ref)})]) for ref in refs]
            actions.record_many(entries, by=staff, at=now, source="test")

    return write


@pytest.fixture
def ledger(fresh_database, write, now) -> None:
    """Four chains of four facts; two checkpoints, after the second and the third fact; the last is not sealed."""
    for n in range(4):
        write(1, 2, 3, 4)
        if n in {1, 2}:
            seal_heads(now)
    assert list(verify_ledger()) == []


def found() -> set[tuple[object, ...]]:
    return {(p.fault, str(p.subject) if p.subject else None, p.rev) for p in verify_ledger()}


def of(ref: int, rev: int) -> dict[str, object]:
    return {"stream__kind": "case", "stream__ref": str(ref), "rev": rev}


def fact(rev: int, ref: int = 2) -> Fact:
    return Fact.objects.select_related("stream").get(**of(ref, rev))


# --- facts ---


ANOTHER = {
    "kind": "case.solved",
    "at": "2020-01-01 00:00:00+00:00",
    "recorded_at": "2020-01-01 00:00:00+00:00",
    "actor_kind": "customer",
    "actor_id": "8",
    "source": "api",
    "data": '{"of": "another"}',
    "sealed": '{"owner": ["customer", "1"], "values": {}}',
    "evidence": '["x"]',
    "uid": "0193528e-5e2a-7c3d-8f00-000000000001",
    "voids": "0193528e-5e2a-7c3d-8f00-000000000001",
}


def put(column: str, value: object, pk: int) -> None:
    """Set a column of a fact to what the database itself takes, JSON and UUIDs as text."""
    if isinstance(value, str) and column in {"uid", "voids"} and connection.vendor == "sqlite":
        value = UUID(value).hex
    place = (
        "%s::jsonb"
        if column in {"data", "sealed", "evidence"} and connection.vendor == "postgresql"
        else "%s"
    )
    assert tamper(f'UPDATE ledger_fact SET "{column}" = {place} WHERE id = %s', [value, pk]) == 1


@pytest.mark.parametrize("rev", [1, 2, 4])
def test_an_altered_fact_is_found(ledger, rev):
    pk = fact(rev).pk
    for column, value in ANOTHER.items():
        with connection.cursor() as cursor:
            text = f'CAST("{column}" AS text)' if column not in {"at", "recorded_at"} else f'"{column}"'
            cursor.execute(f"SELECT {text} FROM ledger_fact WHERE id = %s", [pk])
            [before] = cursor.fetchone()
        put(column, value, pk)
        assert found() == {(Fault.ALTERED, "case/2", rev)}, column
        put(column, before, pk)
        assert found() == set(), column


@pytest.mark.parametrize("rev", [1, 3, 4])
def test_a_fact_with_another_hash_is_found(ledger, rev):
    tamper("UPDATE ledger_fact SET hash = %s WHERE id = %s", [b"\1" * 32, fact(rev).pk])
    assert (Fault.ALTERED, "case/2", rev) in found()


@pytest.mark.parametrize("rev", [1, 2, 3])
def test_a_missing_fact_is_found(ledger, rev):
    tamper("DELETE FROM ledger_fact WHERE id = %s", [fact(rev).pk])
    assert found() == {(Fault.MISSING, "case/2", rev)}
    assert f"第 {rev} 至 {rev} 条" in next(map(str, verify_ledger()))


def test_the_deleted_last_fact_is_found_by_the_head(ledger):
    tamper("DELETE FROM ledger_fact WHERE id = %s", [fact(4).pk])
    assert found() == {(Fault.MISSING, "case/2", 4)}


def test_the_deleted_tail_is_found_by_the_checkpoint_though_the_head_was_set_back(ledger):
    stream = Stream.objects.get(ref="2")
    tamper("DELETE FROM ledger_fact WHERE stream_id = %s AND rev > 2", [stream.pk])
    Stream.objects.filter(pk=stream.pk).update(rev=2, head=fact(2).hash, sealed_rev=2)
    problems = list(verify_ledger())
    assert {(p.fault, p.rev, p.checkpoint) for p in problems} == {
        (Fault.TAKEN_BACK, 3, 2),
        (Fault.SEALED_MARK, 2, None),
    }


def test_facts_that_changed_places_are_found(ledger):
    one, two = fact(1).pk, fact(2).pk
    with unprotected():
        for pk, rev in ((one, 99), (two, 1), (one, 2)):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE ledger_fact SET rev = %s WHERE id = %s", [rev, pk])
    assert {(Fault.ALTERED, "case/2", 1), (Fault.ALTERED, "case/2", 2)} <= found()


def forge(fact: Fact, **changes: object) -> Fact:
    """The fact with changes and with the hash that belongs to them."""
    for name, value in changes.items():
        setattr(fact, name, value)
    fact.hash = chain_hash(
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
    return fact


def test_a_replaced_fact_whose_hash_fits_is_found_by_the_next_one(ledger):
    with unprotected():
        forge(fact(2), data={"of": "forger"}).save()
    assert found() == {(Fault.SEALED_DIFFERS, "case/2", 2), (Fault.RELINKED, "case/2", 3)}


def test_a_chain_forged_to_its_end_is_found_by_the_checkpoint(ledger):
    """Everything in the chain fits together; only the signed heads know better."""
    prev = None
    with unprotected():
        for rev in range(1, 5):
            row = fact(rev)
            row = forge(row, prev=prev or row.prev, data={"of": "forger"} if rev == 2 else row.data)
            row.save()
            prev = row.hash
    Stream.objects.filter(ref="2").update(head=prev)
    problems = list(verify_ledger())
    assert {(p.fault, p.rev, p.checkpoint) for p in problems} == {
        (Fault.SEALED_DIFFERS, 2, 1),
        (Fault.SEALED_DIFFERS, 3, 2),
    }


def test_a_forged_fact_after_the_last_checkpoint_is_only_not_yet_sealed(ledger):
    """The limit of what a chain can prove, said aloud: seal often."""
    with unprotected():
        row = forge(fact(4), data={"of": "forger"})
        row.save()
    Stream.objects.filter(ref="2").update(head=row.hash)
    assert found() == set()
    assert selectors.unsealed_count() == 4


def test_an_inserted_fact_is_found(ledger):
    row = fact(4)
    row.pk, row.uid, row.rev, row._state.adding = None, UUID(int=1), 5, True
    forge(row, prev=row.hash).save(force_insert=True)
    assert found() == {(Fault.EXTRA, "case/2", 5)}


def test_another_head_is_found(ledger):
    Stream.objects.filter(ref="2").update(head=b"\1" * 32)
    assert found() == {(Fault.HEAD, "case/2", 4)}


def test_a_seal_that_is_only_claimed_is_found(ledger):
    Stream.objects.filter(ref="2").update(sealed_rev=4)
    assert found() == {(Fault.SEALED_MARK, "case/2", 4)}


@pytest.mark.sqlite
@pytest.mark.parametrize(("column", "value"), [("at", "yesterday"), ("uid", "no uuid"), ("voids", "no uuid")])
def test_a_value_that_cannot_be_read_is_found(ledger, column, value):
    tamper(f'UPDATE ledger_fact SET "{column}" = %s WHERE id = %s', [value, fact(3).pk])
    assert {(p.subject, p.rev) for p in verify_ledger()} == {(CASE, 3)}
    assert {p.fault for p in verify_ledger()} <= {Fault.UNREADABLE, Fault.ALTERED}


def test_several_faults_are_each_told_once(ledger):
    for ref, rev in ((1, 2), (3, 1), (3, 4), (4, 3)):
        tamper("UPDATE ledger_fact SET kind = 'x' WHERE id = %s", [fact(rev, ref).pk])
    assert sorted((str(p.subject), p.rev) for p in verify_ledger()) == [
        ("case/1", 2),
        ("case/3", 1),
        ("case/3", 4),
        ("case/4", 3),
    ]


# --- whole chains ---


def delete_chain(ref: str, *, heads: bool) -> None:
    stream = Stream.objects.get(ref=ref)
    without_references("DELETE FROM ledger_fact WHERE stream_id = %s", [stream.pk], table="ledger_fact")
    if heads:
        without_references(
            "DELETE FROM ledger_checkpointhead WHERE stream_id = %s",
            [stream.pk],
            table="ledger_checkpointhead",
        )
    without_references("DELETE FROM ledger_stream WHERE id = %s", [stream.pk], table="ledger_stream")


def test_a_deleted_chain_is_found_by_its_sealed_heads(ledger):
    delete_chain("2", heads=False)
    assert {
        (Fault.CHAIN_DELETED, "case/2", 2),
        (Fault.CHAIN_DELETED, "case/2", 3),
        (Fault.CHECKPOINT_ALTERED, None, None),
    } <= found()


def test_a_chain_deleted_with_its_sealed_heads_is_found_by_the_copy(ledger):
    delete_chain("2", heads=True)
    assert found() == {
        (Fault.CHECKPOINT_ALTERED, None, None),
        (Fault.CHAIN_DELETED, "case/2", 2),
        (Fault.CHAIN_DELETED, "case/2", 3),
    }


def test_facts_without_their_chain_are_found(ledger, write):
    write(9)
    without_references("DELETE FROM ledger_stream WHERE ref = %s", ["9"], table="ledger_stream")
    [problem] = verify_ledger()
    assert (problem.fault, problem.rev) == (Fault.EXTRA, 1)


@pytest.mark.sqlite
def test_an_older_database_is_found_by_the_copies(fresh_database, write, now):
    """Yesterday's file put in the place of today's: nothing inside it is wrong."""
    write(1, 2)
    seal_heads(now)
    connection.close()
    yesterday = Path(fresh_database.name).read_bytes()
    write(1, 2, 3)
    seal_heads(now)
    write(1)
    connection.close()
    for left in ("-wal", "-shm"):
        Path(fresh_database.name + left).unlink(missing_ok=True)
    Path(fresh_database.name).write_bytes(yesterday)
    assert {(p.fault, str(p.subject) if p.subject else None, p.checkpoint) for p in verify_ledger()} == {
        (Fault.CHECKPOINT_MISSING, None, 2),
        (Fault.TAKEN_BACK, "case/1", 2),
        (Fault.TAKEN_BACK, "case/2", 2),
        (Fault.CHAIN_DELETED, "case/3", 2),
    }


# --- checkpoints ---


def alter(n: int, column: str, value: object) -> None:
    tamper(
        f'UPDATE ledger_checkpoint SET "{column}" = %s WHERE n = %s', [value, n], table="ledger_checkpoint"
    )


def test_an_altered_checkpoint_is_found(ledger):
    alter(2, "count", 3)
    assert found() == {(Fault.CHECKPOINT_ALTERED, None, None)}


def test_a_checkpoint_with_another_digest_is_found(ledger):
    alter(1, "digest", b"\1" * 32)
    faults = {(p.fault, p.checkpoint) for p in verify_ledger()}
    assert faults == {
        (Fault.CHECKPOINT_ALTERED, 1),
        (Fault.CHECKPOINT_UNSIGNED, 1),
        (Fault.COPY_DIFFERS, 1),
        (Fault.CHECKPOINT_UNLINKED, 2),
    }


def test_an_altered_sealed_head_is_found(ledger):
    head = CheckpointHead.objects.get(checkpoint__n=1, stream__ref="2")
    tamper(
        "UPDATE ledger_checkpointhead SET hash = %s WHERE id = %s",
        [b"\1" * 32, head.pk],
        table="ledger_checkpointhead",
    )
    assert found() == {(Fault.CHECKPOINT_ALTERED, None, None), (Fault.SEALED_DIFFERS, "case/2", 2)}


def test_a_checkpoint_signed_by_another_key_is_found(ledger):
    """Forged with its copy by somebody who has not the installation's key."""
    forger = Ed25519PrivateKey.generate()
    digest = bytes(Checkpoint.objects.get(n=2).digest)
    signature = forger.sign(checkpoints.SIGNED + digest)
    alter(2, "signature", signature)
    copy = json.loads(checkpoints.copy_of(2).read_text())
    copy["signature"] = signature.hex()
    checkpoints.copy_of(2).write_text(json.dumps(copy))
    assert {(p.fault, p.checkpoint) for p in verify_ledger()} == {
        (Fault.CHECKPOINT_UNSIGNED, 2),
        (Fault.COPY_DAMAGED, 2),
    }


def test_a_missing_checkpoint_is_found(ledger):
    pk = Checkpoint.objects.get(n=1).pk
    for table, column in (("ledger_checkpointhead", "checkpoint_id"), ("ledger_checkpoint", "id")):
        without_references(f"DELETE FROM {table} WHERE {column} = %s", [pk], table=table)
    assert {(p.fault, p.checkpoint) for p in verify_ledger()} == {(Fault.CHECKPOINT_MISSING, 1)}


def test_a_missing_copy_is_found_unless_it_is_the_last(ledger):
    checkpoints.copy_of(1).unlink()
    assert [(p.fault, p.checkpoint) for p in verify_ledger()] == [(Fault.COPY_MISSING, 1)]
    checkpoints.copy_of(2).unlink()
    assert [(p.fault, p.checkpoint) for p in verify_ledger()] == [(Fault.COPY_MISSING, 1)]


@pytest.mark.parametrize("change", ["head", "truncated", "empty", "not json", "nested"])
def test_a_damaged_copy_is_found(ledger, change):
    file = checkpoints.copy_of(1)
    copy = json.loads(file.read_text())
    copy["heads"][0][2] = 9
    file.write_text(
        {
            "head": json.dumps(copy),
            "truncated": file.read_text()[:-40],
            "empty": "",
            "not json": "[1, 2]",
            "nested": '{"n": {}}',
        }[change]
    )
    assert [(p.fault, p.checkpoint) for p in verify_ledger()] == [(Fault.COPY_DAMAGED, 1)]


def test_another_signed_copy_is_found(ledger):
    """Signed by the right key, but not what the database has: two histories."""
    file = checkpoints.copy_of(2)
    copy = json.loads(file.read_text())
    read = checkpoints.read_copy(file)
    heads = read.heads[:-1]
    digest = checkpoints.digest_of(n=2, at=read.at, previous=read.previous, count=3, heads=heads)
    copy.update(
        digest=digest.hex(),
        signature=keys.signing_key().sign(checkpoints.SIGNED + digest).hex(),
        heads=copy["heads"][:-1],
        count=3,
    )
    file.write_text(json.dumps(copy))
    assert [(p.fault, p.checkpoint) for p in verify_ledger()] == [(Fault.COPY_DIFFERS, 2)]


def test_without_any_key_signatures_cannot_be_checked_and_that_is_told(ledger, own_keys):
    assert Fault.NO_PUBLIC_KEY in {p.fault for p in verify_ledger()}


def test_a_table_without_its_triggers_is_found(ledger):
    with unprotected("ledger_fact"):
        problems = list(verify_ledger())
    assert {(p.fault, p.detail) for p in problems} == {(Fault.UNPROTECTED, "ledger_fact")}


# --- how it looks ---


def test_a_sample_finds_what_it_looks_at(ledger):
    assert list(verify_ledger(sample=2)) == []
    assert list(verify_ledger(sample=0)) == []
    for ref in range(1, 5):
        tamper("UPDATE ledger_fact SET kind = 'x' WHERE id = %s", [fact(1, ref).pk])
    assert len(list(verify_ledger(sample=2))) == 2
    assert len(list(verify_ledger(sample=100))) == 4
    alter(2, "count", 3)
    assert Fault.CHECKPOINT_ALTERED in {p.fault for p in verify_ledger(sample=1)}


@pytest.mark.django_db
def test_an_empty_ledger_is_whole():
    assert list(verify_ledger()) == []
    assert list(verify_ledger(sample=10)) == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_has_a_label_and_a_sentence(fault, language):
    with translation.override(language):
        problem = Problem(fault, CASE, 3, 7, detail="ledger_fact")
        assert fault.label
        assert "%(" not in str(problem)
        assert set(FAULT_SENTENCES) == set(Fault)


def test_a_sentence_names_chain_and_fact():
    assert "case/2" in str(Problem(Fault.ALTERED, CASE, 3))
    assert "3" in str(Problem(Fault.ALTERED, CASE, 3))
