"""The database itself refuses to change what was recorded, whoever asks and however."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction

from keyue.ledger import actions, sealing
from keyue.ledger.append_only import AppendOnly, missing_triggers, protections, triggers_present
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.facts import Draft, Subject
from keyue.ledger.models import AccessEntry, Checkpoint, CheckpointHead, Fact, SealKey, Stream
from tests.apps.ledger.tampering import unprotected

pytestmark = pytest.mark.django_db

PROTECTED: list[type[models.Model]] = [Fact, Checkpoint, CheckpointHead, AccessEntry]
GROWING: list[type[models.Model]] = [*PROTECTED, Stream, SealKey]


@pytest.fixture
def rows(case, staff, now):
    """At least one row in every table that only grows."""
    with transaction.atomic():
        actions.record(case, [Draft("a", {"n": 1}, key="k")], by=staff, at=now, source="web")
        actions.record_access(by=staff, subject=case, what="phone", purpose="回电", via="web", at=now)
        sealing.seal(Subject("customer", "1"), "x", "c")
    seal_heads(now)
    # PostgreSQL refuses TRUNCATE anyway while foreign keys are still to be checked
    connection.check_constraints()


def refused(statement: str, values: list[object] | None = None) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values or [])
    except IntegrityError as error:
        assert "append-only" in str(error)
        return True
    return False


@pytest.mark.parametrize("model", PROTECTED, ids=lambda m: m.__name__)
def test_no_column_changes(model, rows):
    table = model._meta.db_table
    for field in model._meta.concrete_fields:
        assert refused(f'UPDATE "{table}" SET "{field.column}" = "{field.column}"'), field.name


@pytest.mark.parametrize("model", GROWING, ids=lambda m: m.__name__)
def test_no_row_goes(model, rows):
    assert refused(f'DELETE FROM "{model._meta.db_table}"')
    assert model.objects.exists()


@pytest.mark.postgres
@pytest.mark.parametrize("model", GROWING, ids=lambda m: m.__name__)
def test_no_table_is_emptied(model, rows):
    assert refused(f'TRUNCATE "{model._meta.db_table}" CASCADE')


@pytest.mark.postgres
def test_a_replicas_role_is_no_way_round(rows):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    assert refused("DELETE FROM ledger_fact")
    assert refused("UPDATE ledger_fact SET kind = 'b'")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO ledger_fact SELECT * FROM ledger_fact",
        "REPLACE INTO ledger_fact SELECT * FROM ledger_fact",
        "UPDATE OR REPLACE ledger_fact SET rev = 1",
        "INSERT INTO ledger_fact SELECT * FROM ledger_fact WHERE true ON CONFLICT DO UPDATE SET kind = 'b'",
        "INSERT OR REPLACE INTO ledger_stream SELECT * FROM ledger_stream",
        "INSERT OR REPLACE INTO ledger_checkpoint SELECT * FROM ledger_checkpoint",
    ],
)
def test_replacing_a_row_is_changing_it(statement, rows):
    assert refused(statement)


@pytest.mark.sqlite
@pytest.mark.parametrize("unique", ["id", "uid", "stream_id, rev", "key"])
def test_a_row_is_not_replaced_by_any_of_its_names(unique, rows):
    """INSERT OR REPLACE deletes the rows that it collides with, and does not ask the DELETE trigger."""
    fresh = {"id": "id + 9", "uid": "replace(uid, '0', '1')", "rev": "rev + 9", "key": "'other'"}
    for name in unique.split(", "):
        fresh.pop(name, None)
    columns = [f.column for f in Fact._meta.concrete_fields]
    values = ", ".join(fresh.get(c, f'"{c}"') for c in columns)
    names = ", ".join(f'"{c}"' for c in columns)
    assert refused(f"INSERT OR REPLACE INTO ledger_fact ({names}) SELECT {values} FROM ledger_fact")
    assert Fact.objects.get().rev == 1


def test_the_orm_is_refused_too(rows):
    fact, stream = Fact.objects.get(), Stream.objects.get()
    fact.kind = "b"
    stream.ref = "143"
    for act in (
        fact.save,
        fact.delete,
        lambda: Fact.objects.update(kind="b"),
        lambda: Fact.objects.all()._raw_delete("default"),
        lambda: Fact.objects.bulk_update([fact], ["kind"]),
        AccessEntry.objects.all().delete,
        lambda: Checkpoint.objects.update(n=9),
        stream.save,
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()
    assert Fact.objects.get().kind == "a"


def test_a_chain_keeps_its_name_and_may_grow(rows):
    assert refused("UPDATE ledger_stream SET ref = '143'")
    assert refused("UPDATE ledger_stream SET kind = 'customer'")
    assert not refused("UPDATE ledger_stream SET rev = rev, ref = ref")


def test_a_destroyed_key_stays_destroyed(rows, staff, now):
    wrapped = bytes(SealKey.objects.get().wrapped)
    with transaction.atomic():
        actions.destroy_key(Subject("customer", "1"), by=staff, at=now)
    assert refused("UPDATE ledger_sealkey SET wrapped = %s, destroyed_at = NULL", [wrapped])
    assert refused("UPDATE ledger_sealkey SET owner_ref = '2'")


def test_every_trigger_of_the_migrations_is_there():
    tables = {operation.table for operation in protections(connection)}
    assert {m._meta.db_table for m in GROWING} <= tables
    assert missing_triggers(connection) == []


def test_a_missing_trigger_is_noticed():
    before = triggers_present(connection)
    with unprotected("ledger_fact"):
        missing = missing_triggers(connection)
        assert {table for table, _name in missing} == {"ledger_fact"}
        assert len(missing) == 3
    assert triggers_present(connection) == before
    assert missing_triggers(connection) == []


@pytest.mark.sqlite
def test_a_trigger_that_says_something_else_is_noticed():
    [name] = [n for n in triggers_present(connection) if n.startswith("ledger_fact_append_only_delete")]
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"')
        cursor.execute(f'CREATE TRIGGER "{name}" BEFORE DELETE ON ledger_fact BEGIN SELECT 1; END')
    assert missing_triggers(connection) == [("ledger_fact", name)]


class TestTheOperation:
    """As a room's migration uses it, on a table of its own."""

    @pytest.fixture
    def edition(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE edition (id integer PRIMARY KEY, code varchar(9) UNIQUE, note text, in_force integer)"
            )
            cursor.execute("INSERT INTO edition VALUES (1, 'draft', '', NULL), (2, 'valid', '', 1)")

    def protect(self, **options):
        # not entered: SQLite's would first switch off foreign keys, which a test's transaction does not let it
        editor = connection.schema_editor(atomic=False)
        AppendOnly("edition", **options).database_forwards("regulations", editor, None, None)

    def test_under_a_condition_only_those_rows_are_protected(self, edition):
        self.protect(when="OLD.in_force IS NOT NULL")
        assert refused("UPDATE edition SET note = 'x' WHERE id = 2")
        assert refused("DELETE FROM edition WHERE id = 2")
        assert not refused("UPDATE edition SET note = 'x' WHERE id = 1")
        assert not refused("UPDATE edition SET in_force = 1 WHERE id = 1")
        assert refused("UPDATE edition SET in_force = NULL WHERE id = 1")

    def test_columns_and_a_condition_go_together(self, edition):
        self.protect(columns=["code"], when="OLD.in_force IS NOT NULL")
        assert not refused("UPDATE edition SET note = 'x', code = code")
        assert not refused("UPDATE edition SET code = 'other' WHERE id = 1")
        assert refused("UPDATE edition SET code = 'more' WHERE id = 2")
        assert refused("UPDATE edition SET code = NULL WHERE id = 2")
        assert refused("DELETE FROM edition WHERE id = 2")
        assert not refused("DELETE FROM edition WHERE id = 1")

    @pytest.mark.sqlite
    def test_replacing_follows_the_condition(self, edition):
        self.protect(when="OLD.in_force IS NOT NULL")
        assert refused("INSERT OR REPLACE INTO edition VALUES (9, 'valid', '', NULL)")
        assert not refused("INSERT OR REPLACE INTO edition VALUES (9, 'draft', '', NULL)")

    def test_applying_it_again_changes_nothing(self, edition):
        self.protect()
        self.protect()
        assert refused("DELETE FROM edition")

    def test_it_is_not_taken_off_by_migrating_back(self):
        assert AppendOnly("edition").reversible is False

    def test_it_can_be_written_into_a_migration(self):
        operation = AppendOnly("edition", columns=["code"], when="OLD.in_force IS NOT NULL")
        name, args, kwargs = operation.deconstruct()
        again = AppendOnly(*args, **kwargs)
        assert name == "AppendOnly"
        assert vars(again) == vars(operation)
        assert "edition" in operation.describe()
