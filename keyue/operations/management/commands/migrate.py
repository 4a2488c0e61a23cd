"""`keyue migrate`: Django's, where a migration and the note that it was done are one transaction, by one process at a time.

Django notes it after the transaction where statements are put off to its end; a process killed between the two leaves a
migration that can neither be repeated nor passed over. Of several that start at once each begins where the one before
has ended. The first start of an installation takes half of the time that Django would.
"""

import fcntl
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

LOCK = 7_395_681
"""PostgreSQL's locks of this kind have numbers; this one is ours."""


class QuickState(ProjectState):
    """An index or a constraint is written to the model as it stands.

    Django makes the model anew for each of them, and with it all that it refers to and that refer to it. Columns and
    relations stay as they are, though, and what changes the database is told the index or the constraint itself.
    """

    def clone(self) -> ProjectState:
        copy = super().clone()
        copy.__class__ = QuickState
        return copy

    def _append_option(self, app_label: str, model_name: str, option: str, one: Any) -> None:
        self._set(app_label, model_name, option, lambda there: [*there, one])

    def _remove_option(self, app_label: str, model_name: str, option: str, name: str) -> None:
        self._set(app_label, model_name, option, lambda there: [one for one in there if one.name != name])

    def _set(
        self, app_label: str, model_name: str, option: str, change: Callable[[list[Any]], list[Any]]
    ) -> None:
        options = self.models[app_label, model_name].options
        options[option] = change(options[option])
        if "apps" in self.__dict__:
            meta = self.apps.get_model(app_label, model_name)._meta
            setattr(meta, option, options[option])
            meta.__dict__.pop("total_unique_constraints", None)


class WholeExecutor(MigrationExecutor):
    """Applies and notes in one transaction, on databases that can take back changes of the schema."""

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state: ProjectState = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]
        state.__class__ = QuickState
        return state

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if fake or fake_initial or not migration.atomic or not self.connection.features.can_rollback_ddl:
            return super().apply_migration(state, migration, fake, fake_initial)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
            self.record_migration(migration)  # type: ignore[call-arg,arg-type]
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        label = options.get("app_label")
        if label and not any(app.label == label for app in apps.get_app_configs()):
            raise Invalid(sentence("不认识 %(label)s。keyue migrate 后面什么也不用写。", label=label))
        # Django offers no other way to choose the executor
        setattr(migrate, "MigrationExecutor", WholeExecutor)  # noqa: B010
        try:
            with _alone(options["database"]), _seldom_collecting():
                super().handle(*args, **options)
        finally:
            setattr(migrate, "MigrationExecutor", MigrationExecutor)  # noqa: B010


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Looking for circles among all that is loaded takes a fifth of the time, and finds little."""
    usual = gc.get_threshold()
    gc.set_threshold(20_000, 10, 30)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _alone(alias: str) -> Iterator[None]:
    """Wait for whoever is migrating this database."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    file = Path(str(connection.settings_dict["NAME"]))
    if not file.is_absolute():
        # in memory, and nobody else's
        yield
        return
    with file.with_name(f"{file.name}.migrating").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
