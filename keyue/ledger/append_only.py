"""Tables that only grow: the database itself refuses UPDATE, DELETE and TRUNCATE.

    operations = [AppendOnly("ledger_fact"), AppendOnly("ledger_stream", columns=["kind", "ref"])]

Triggers, so that no code path, shell or other program that uses the database can change a row. What a database's owner
can still do, dropping a trigger, `missing_triggers` and `keyue verify` report, and the hash chains show.

On SQLite Django alters a table by making a new one, and its triggers go with the old one. A migration that alters a
protected table therefore ends with the same AppendOnly again; a test compares the triggers with the migrations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder

MARK = "_append_only_"
"""Every trigger's name is table + MARK + what it refuses + a digest of what it says."""

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION keyue_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: this table is append-only', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


class AppendOnly(Operation):
    """Let the database refuse to change or delete rows of `table`.

    `columns`: only these may not change (default: all); deleting is refused all the same. `when`: SQL over `OLD`, the
    same on both databases; only rows for which it holds are protected (`"OLD.announced_at IS NOT NULL"`). TRUNCATE is
    always refused. Not reversible: no command of the product takes the protection off.
    """

    reduces_to_sql = True
    reversible = False

    def __init__(self, table: str, columns: Sequence[str] | None = None, when: str | None = None) -> None:
        self.table = table
        self.columns = columns
        self.when = when

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {"columns": self.columns, "when": self.when})

    def describe(self) -> str:
        return f"Let the database refuse to change {self.table}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing that Django's models know of changes."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_: Any) -> None:
        connection = schema_editor.connection
        if connection.vendor == "postgresql":
            schema_editor.execute(POSTGRESQL_FUNCTION, params=None)
        for name, statements in self.triggers(connection).items():
            drop = f'DROP TRIGGER IF EXISTS "{name}"'
            schema_editor.execute(
                f'{drop} ON "{self.table}"' if connection.vendor == "postgresql" else drop, params=None
            )
            for statement in statements:
                schema_editor.execute(statement, params=None)

    def triggers(self, connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
        """The statements that make each trigger, by its name. Raises NotImplementedError for another database."""
        if connection.vendor == "sqlite":
            return self._sqlite(connection)
        if connection.vendor == "postgresql":
            return self._postgresql()
        raise NotImplementedError(f"append-only tables on {connection.vendor}")

    def _name(self, act: str) -> str:
        digest = sha256(repr((self.columns and sorted(self.columns), self.when)).encode()).hexdigest()[:6]
        return f"{self.table}{MARK}{act}_{digest}"

    def _condition(self, differs: str) -> str:
        """What must hold for an UPDATE to be refused; "" for every one."""
        parts = [f"({self.when})"] if self.when else []
        if self.columns is not None:
            parts.append("(" + " OR ".join(f'OLD."{c}" {differs} NEW."{c}"' for c in self.columns) + ")")
        return " AND ".join(parts)

    def _sqlite(self, connection: BaseDatabaseWrapper) -> dict[str, list[str]]:
        refuse = f"BEGIN SELECT RAISE(ABORT, 'a change of {self.table} is refused: this table is append-only'); END"
        # INSERT OR REPLACE deletes without asking the DELETE trigger, so it is refused where a row would go
        kept = re.sub(r"\bOLD\.", "kept.", f" AND ({self.when})") if self.when else ""
        taken = " OR ".join(
            f'EXISTS (SELECT 1 FROM "{self.table}" AS kept WHERE '  # noqa: S608  names of migrations
            + " AND ".join(f'kept."{c}" = NEW."{c}"' for c in unique)
            + f"{kept})"
            for unique in _unique_columns(connection, self.table)
        )
        conditions = {
            "UPDATE": self._condition("IS NOT"),
            "DELETE": self.when or "",
            "INSERT": taken,
        }
        return {
            name: [
                f'CREATE TRIGGER "{name}" BEFORE {act} ON "{self.table}" '
                + (f"WHEN {condition} " if condition else "")
                + refuse
            ]
            for act, condition in conditions.items()
            for name in [self._name("replace" if act == "INSERT" else act.lower())]
        }

    def _postgresql(self) -> dict[str, list[str]]:
        conditions = {
            "UPDATE": self._condition("IS DISTINCT FROM"),
            "DELETE": self.when or "",
            "TRUNCATE": "",
        }
        made = {}
        for act, condition in conditions.items():
            name = self._name(act.lower())
            made[name] = [
                f'CREATE TRIGGER "{name}" BEFORE {act} ON "{self.table}" '
                + ("" if act == "TRUNCATE" else "FOR EACH ROW ")
                + (f"WHEN ({condition}) " if condition else "")
                + "EXECUTE FUNCTION keyue_append_only()",
                # ALWAYS: session_replication_role = replica would pass an ordinary trigger by
                f'ALTER TABLE "{self.table}" ENABLE ALWAYS TRIGGER "{name}"',
            ]
        return made


def _unique_columns(connection: BaseDatabaseWrapper, table: str) -> list[list[str]]:
    """Columns that together identify a row: the primary key and every unique constraint."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    unique = [c["columns"] for c in constraints.values() if c["primary_key"] or c["unique"]]
    # without those over an expression, which have no columns
    return sorted(columns for columns in unique if columns and all(columns))


def protections(connection: BaseDatabaseWrapper) -> list[AppendOnly]:
    """Every AppendOnly of the migrations that this database has applied, whichever room it belongs to."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [operation for key, operation in _operations() if key in applied]


@cache
def _operations() -> tuple[tuple[tuple[str, str], AppendOnly], ...]:
    """(app, migration) and operation, for each AppendOnly in the source."""
    return tuple(
        (key, operation)
        for key, migration in sorted(MigrationLoader(None).disk_migrations.items())
        for operation in migration.operations
        if isinstance(operation, AppendOnly)
    )


def triggers_present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The triggers that are there and in force, by name; on SQLite with what they say, on PostgreSQL with ""."""
    if connection.vendor == "postgresql":
        query = (
            "SELECT tgname, '' FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE NOT tgisinternal AND tgenabled = 'A' AND proname = 'keyue_append_only' AND prosrc = %s"
        )
        values = [POSTGRESQL_FUNCTION.split("$$")[1]]
    else:
        query, values = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'", []
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return {name: text for name, text in cursor.fetchall() if MARK in name}


def missing_triggers(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    """(table, trigger) for each trigger of the migrations that is gone, switched off or says something else."""
    present = triggers_present(connection)
    return sorted(
        (operation.table, name)
        for operation in protections(connection)
        for name, [statement, *_rest] in operation.triggers(connection).items()
        if present.get(name) not in {statement, ""}
    )
