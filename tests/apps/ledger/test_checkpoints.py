"""Checkpoints: what has changed is sealed, signed, and copied outside the database."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from keyue.kernel.errors import Refused
from keyue.ledger import actions, checkpoints, keys, selectors
from keyue.ledger.checkpoints import seal_heads, set_aside_copies
from keyue.ledger.events import LEDGER
from keyue.ledger.facts import Draft, Entry, Subject, stamp
from keyue.ledger.models import Checkpoint, CheckpointHead, Stream
from keyue.ledger.verification import verify_ledger


@pytest.fixture
def put(staff, now):
    """Record one more fact for each of these cases."""

    def put(*refs: object) -> None:
        with transaction.atomic():
            entries = [Entry(Subject("case", str(ref)), [Draft("a")]) for ref in refs]
            actions.record_many(entries, by=staff, at=now, source="test")

    return put


def files() -> list[str]:
    return sorted(f.name for f in checkpoints.folder().glob("*"))


def test_only_what_has_changed_is_sealed(fresh_database, put, now):
    put(1, 2, 3)
    put(2)
    [first] = seal_heads(now)
    put(3, 4)
    [second] = seal_heads(now + timedelta(hours=1))
    assert [(first.n, first.count), (second.n, second.count)] == [(1, 3), (2, 2)]
    assert [(k, r, rev) for k, r, rev, _hash in checkpoints.heads_of(first)] == [
        ("case", "1", 1),
        ("case", "2", 2),
        ("case", "3", 1),
    ]
    assert [(r, rev) for _k, r, rev, _hash in checkpoints.heads_of(second)] == [("3", 2), ("4", 1)]
    assert bytes(second.previous) == bytes(first.digest)
    assert files() == ["000001.json", "000002.json"]
    assert list(verify_ledger()) == []


def test_without_a_change_there_is_no_checkpoint(fresh_database, put, now):
    assert seal_heads(now) == []
    put(1)
    assert len(seal_heads(now)) == 1
    assert seal_heads(now) == []
    assert files() == ["000001.json"]


def test_facts_after_the_last_checkpoint_are_counted(fresh_database, put, now):
    put(1, 2)
    put(1)
    assert selectors.unsealed_count() == 3
    seal_heads(now)
    assert selectors.unsealed_count() == 0
    put(1, 5)
    assert selectors.unsealed_count() == 2
    assert selectors.sealed_since(Subject("case", "1"), 2) == now
    assert selectors.sealed_since(Subject("case", "1"), 3) is None
    assert selectors.last_checkpoint().n == 1
    assert list(verify_ledger()) == []


def test_many_changes_become_several_checkpoints(fresh_database, put, now):
    put(*range(25))
    made = seal_heads(now, most=10)
    assert [(c.n, c.count) for c in made] == [(1, 10), (2, 10), (3, 5)]
    assert seal_heads(now, most=10) == []
    assert list(verify_ledger()) == []


def test_the_copy_proves_itself_without_this_program(fresh_database, put, now):
    put(1, "客约")
    [checkpoint] = seal_heads(now)
    copy = json.loads((checkpoints.folder() / "000001.json").read_text(encoding="utf-8"))

    def line(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    head = {"at": copy["at"], "count": 2, "n": 1, "previous": "", "v": 1}
    digest = hashlib.sha256(line(head) + b"".join(line(h) for h in copy["heads"]))
    assert copy["digest"] == digest.hexdigest() == bytes(checkpoint.digest).hex()
    assert copy["at"] == stamp(now)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(copy["public_key"]))
    key.verify(bytes.fromhex(copy["signature"]), b"keyue checkpoint 1\n" + digest.digest())


def test_a_copy_that_a_crash_left_out_is_written_by_the_next_one(fresh_database, put, now):
    put(1)
    seal_heads(now)
    copy = checkpoints.copy_of(1).read_bytes()
    checkpoints.copy_of(1).unlink()
    assert list(verify_ledger()) == []
    assert seal_heads(now) == []
    assert checkpoints.copy_of(1).read_bytes() == copy


def test_without_the_signing_key_nothing_is_sealed(fresh_database, own_keys, put, now):
    put(1)
    seal_heads(now)
    (own_keys / "signing.key").unlink()
    put(1)
    with pytest.raises(keys.KeysMissing):
        seal_heads(now)
    assert Checkpoint.objects.count() == 1


class TestTakenBack:
    @pytest.fixture
    def older(self, fresh_database, put, now):
        """The database as it was after checkpoint 1, with the copies of two later ones outside."""
        put(1)
        seal_heads(now)
        kept = checkpoints.copy_of(1).read_text()
        for n in (2, 3):
            checkpoints.copy_of(n).write_text(kept)
        put(1)

    def test_it_is_not_sealed_over(self, older, now):
        with pytest.raises(Refused, match="keyue verify") as caught:
            seal_heads(now)
        assert caught.value.code == "taken_back"
        assert Checkpoint.objects.count() == 1
        assert Stream.objects.get().sealed_rev == 1

    def test_an_intended_restore_sets_the_later_copies_aside(self, older, staff, now):
        moved = set_aside_copies(by=staff, at=now, reason="restored_from_backup")
        assert [f.name for f in moved] == ["000002.json", "000003.json"]
        assert all(f.exists() for f in moved)
        [fact] = selectors.chain_of(LEDGER)
        assert (fact.kind, fact.data) == (
            "ledger.copies_set_aside",
            {"from": 2, "to": 3, "reason": "restored_from_backup"},
        )
        [checkpoint] = seal_heads(now)
        assert checkpoint.n == 2
        assert list(verify_ledger()) == []
        assert set_aside_copies(by=staff, at=now, reason="again") == []


def test_two_processes_make_one_checkpoint_of_each_number(fresh_database, put, now, monkeypatch):
    """The second one's number is taken when it comes to insert it; what is left is not its business."""
    put(1)
    seal_heads(now)
    put(1)
    real = checkpoints._changed

    def meanwhile(most):
        monkeypatch.setattr(checkpoints, "_changed", real)
        row = Checkpoint.objects.get(n=1)
        Checkpoint.objects.create(
            n=2, at=now, previous=row.digest, digest=row.digest, signature=row.signature, count=0
        )
        return real(most)

    monkeypatch.setattr(checkpoints, "_changed", meanwhile)
    with pytest.raises(Exception, match=r"(?i)unique|append-only"):
        # the other's row is in our own transaction here and goes with it: nobody made progress, so it is told
        seal_heads(now)
    assert [c.n for c in seal_heads(now)] == [2]
    assert CheckpointHead.objects.count() == 2
