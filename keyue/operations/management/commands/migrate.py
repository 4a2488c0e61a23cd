"""`keyue migrate`: Django's, where a migration and the note that it was done are one transaction, by one process at a time.

Django notes it after the transaction where statements are put off to its end; a process killed between the two leaves a
migration that can neither be repeated nor passed over. Of several that start at once each begins where the one before
has ended.
"""

import fcntl
from collections.abc import Iterator
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


class WholeExecutor(MigrationExecutor):
    """Applies and notes in one transaction, on databases that can take back changes of the schema."""

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
            with _alone(options["database"]):
                super().handle(*args, **options)
        finally:
            setattr(migrate, "MigrationExecutor", MigrationExecutor)  # noqa: B010


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
