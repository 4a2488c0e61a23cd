"""`keyue migrate` changes the database as Django's own command does, in half of its time."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import operations as ops
from django.db.migrations.state import ProjectState
from django.db.models import Q

from keyue.operations.management.commands.migrate import QuickState

LABEL = "scratch"
TABLES = ("scratch_pipe", "scratch_well")
STEPS: list[Any] = [
    ops.CreateModel(
        "Well",
        [("id", models.BigAutoField(primary_key=True)), ("depth", models.IntegerField())],
        {"indexes": []},
    ),
    ops.CreateModel(
        "Pipe",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("well", models.ForeignKey("scratch.Well", models.CASCADE)),
            ("width", models.IntegerField()),
            ("code", models.CharField(max_length=9)),
        ],
        {"constraints": [models.UniqueConstraint(fields=["code"], name="pipe_code")]},
    ),
    ops.AddIndex("Pipe", models.Index(fields=["well", "width"], name="pipe_width")),
    ops.AddConstraint("Pipe", models.CheckConstraint(condition=Q(width__gt=0), name="pipe_is_open")),
    ops.AddConstraint("Well", models.CheckConstraint(condition=Q(depth__gt=3), name="well_is_deep")),
    # on SQLite each of these writes the table anew, by what the model at hand says
    ops.AddField("Pipe", "length", models.IntegerField(default=1)),
    ops.AddConstraint("Pipe", models.UniqueConstraint(fields=["well", "length"], name="pipe_once")),
    ops.RemoveConstraint("Pipe", "pipe_code"),
    ops.AlterField("Pipe", "code", models.CharField(max_length=20)),
    ops.RemoveIndex("Pipe", "pipe_width"),
    ops.AddIndex("Pipe", models.Index(fields=["length"], name="pipe_length", condition=Q(width__gt=7))),
    ops.RenameField("Pipe", "width", "bore"),
    ops.AddConstraint("Well", models.UniqueConstraint(fields=["depth"], name="well_depth")),
]


def definitions() -> list[tuple[Any, ...]]:
    """What the database itself says about these tables."""
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE tbl_name IN %s ORDER BY name"
        if connection.vendor == "sqlite"
        else "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid::regclass::text IN %s "
        "UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN %s ORDER BY 1, 2"
    )
    names = "(" + ", ".join(f"'{name}'" for name in TABLES) + ")"
    with connection.cursor() as cursor:
        cursor.execute(asked.replace("%s", names))
        return cursor.fetchall()


def migrated(state: ProjectState, *, until: int) -> list[tuple[Any, ...]]:
    """The tables after so many steps, which are then taken away."""
    with connection.schema_editor(atomic=True) as editor:
        # a migration in the middle of others begins with all models rendered
        _ = state.apps
        for step in STEPS[:until]:
            before = state.clone()
            step.state_forwards(LABEL, state)
            step.database_forwards(LABEL, editor, before, state)
    found = definitions()
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f'DROP TABLE IF EXISTS "{table}"')
    return found


@pytest.mark.parametrize("until", range(2, len(STEPS) + 1))
def test_the_tables_are_those_that_django_makes(fresh_database: Any, until: int) -> None:
    expected = migrated(ProjectState(), until=until)
    assert expected and migrated(QuickState(), until=until) == expected


def test_a_copy_is_as_quick_and_changes_nothing_of_its_own() -> None:
    state = QuickState()
    for step in STEPS[:4]:
        step.state_forwards(LABEL, state)
    copy = state.clone()
    copy.remove_constraint(LABEL, "pipe", "pipe_code")
    assert type(copy) is QuickState
    names = [one.name for one in state.models[LABEL, "pipe"].options["constraints"]]
    assert names == ["pipe_code", "pipe_is_open"]
