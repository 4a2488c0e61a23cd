"""Erasure reaches every process at once, overwrites the key, and is applied again after a restore."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from keyue.kernel import clock
from keyue.ledger import actions, sealing, selectors
from keyue.ledger.actions import erasure
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import SealKey
from keyue.ledger.verification import verify_ledger
from tests.support.databases import copied
from tests.support.server import environment_for

OWNER = Subject("customer", "12")

ANOTHER_PROCESS = """
import django
django.setup()
from keyue.kernel import clock
from keyue.ledger import actions
from keyue.ledger.facts import Actor, Subject
assert actions.destroy_key(Subject("customer", "12"), by=Actor("staff", "8"), at=clock.now())
"""


def destroy(owner: Subject = OWNER, at: datetime | None = None) -> bool:
    return actions.destroy_key(owner, by=Actor("staff", "7"), at=at or clock.now())


def test_erasing_is_a_fact_on_the_owners_chain(fresh_database, staff, now):
    sealing.key_of(OWNER)
    assert destroy(at=now) is True
    assert destroy(at=now + timedelta(seconds=1)) is False
    [fact] = selectors.chain_of(OWNER)
    assert (fact.kind, fact.by, fact.at, fact.data) == ("key.destroyed", staff, now, {})
    assert list(verify_ledger()) == []


def test_erasing_by_another_process_holds_from_the_next_call(fresh_database, home):
    sealed = sealing.seal(OWNER, "x", "c")
    assert sealing.unseal(OWNER, sealed, "c") == "x"
    environment = environment_for(home, fresh_database.environment)
    environment["DJANGO_SETTINGS_MODULE"] = os.environ["DJANGO_SETTINGS_MODULE"]
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS], check=True, env=environment, timeout=60)
    assert sealing.unseal(OWNER, sealed, "c") is None


@pytest.mark.sqlite
def test_the_key_is_overwritten_in_the_file(fresh_database):
    sealing.key_of(OWNER)
    wrapped = bytes(SealKey.objects.get().wrapped)
    file = Path(fresh_database.name)

    def checkpoint_log() -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    checkpoint_log()
    assert wrapped in file.read_bytes()
    destroy()
    checkpoint_log()
    assert wrapped not in file.read_bytes()


def test_a_rolled_back_erasure_is_in_no_journal(fresh_database):
    sealing.key_of(OWNER)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        destroy()
        raise ZeroDivisionError
    assert list(erasure.journal_entries()) == []
    assert sealing.unseal(OWNER, sealing.seal(OWNER, "x", "c"), "c") == "x"


def test_a_restored_key_is_destroyed_again(fresh_database, home, staff):
    sealed = sealing.seal(OWNER, "x", "c")
    with copied(home):
        # the copy is today's database, the other one yesterday's backup
        sealing.key_of(OWNER)
        destroy()
    assert sealing.seal(OWNER, "y", "c")
    assert actions.repeat_erasures(by=staff, at=clock.now()) == 1
    assert actions.repeat_erasures(by=staff, at=clock.now()) == 0
    assert sealing.unseal(OWNER, sealed, "c") is None
    assert [f.source for f in selectors.chain_of(OWNER)] == ["restore"]


def test_the_journal_outlives_a_cut_line_and_a_missed_write(fresh_database, now):
    for n in range(3):
        destroy(Subject("customer", str(n)), at=now)
    lines = erasure.journal().read_text().split("\n")
    entries = [json.loads(line) for line in lines if line]
    assert [e["owner"] for e in entries] == [["customer", str(n)] for n in range(3)]
    erasure.journal().write_text("\n".join(lines)[:-30])
    assert len(list(erasure.journal_entries())) == 2
    # what a crash kept from being written, the next checkpoint writes
    seal_heads(now)
    assert {owner.ref for owner, _at in erasure.journal_entries()} == {"0", "1", "2"}
    assert erasure.complete_journal() == 0
    assert erasure.journal().stat().st_mode & 0o077 == 0
