"""Databases for tests: one migrated template, copies of it, and query counts kept in git.

Facts, checkpoints and the access trail refuse DELETE and TRUNCATE, so Django's transactional tests, which
empty every table afterwards, cannot work here. A test that needs real commits, several connections or
another process takes `fresh_database`: a copy of the migrated template, thrown away as a whole.
"""

from __future__ import annotations

import copy
import fcntl
import hashlib
import itertools
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.environment import ROOT

COUNTS = ROOT / "tests" / "query_counts.json"
_number = itertools.count(1)


@dataclass(frozen=True)
class FreshDatabase:
    """A database of the test's own; `url` is what another process takes as KEYUE_DATABASE_URL."""

    vendor: str
    name: str
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to work on this database."""
        return {"KEYUE_DATABASE_URL": self.url}


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker) -> Iterator[None]:
    """The migrated test database, made once a process: also when only copies of it are asked for.

    On SQLite it is in memory, each process has its own; on PostgreSQL each worker's has its name.
    """
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    if connection.vendor == "postgresql":
        worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
        connection.settings_dict["TEST"]["NAME"] = f"test_{connection.settings_dict['NAME']}_{worker}"
    with django_db_blocker.unblock(), schema_kept(connection):
        made = setup_databases(
            verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set(), keepdb=False
        )
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@contextmanager
def schema_kept(connection) -> Iterator[None]:
    """Run the migrations once for all processes and runs that have the same ones: on SQLite the next one copies.

    They take longer than most rooms' tests. PostgreSQL's servers live for one run and one worker each.
    """
    from django.core import management

    migrate = management.call_command

    def copy_or_migrate(name: str, *arguments: object, **options: object) -> None:
        if name != "migrate":
            migrate(name, *arguments, **options)
            return
        kept = Path(tempfile.gettempdir()) / f"keyue-tests-schema-{os.getuid()}" / f"{_schema_key()}.sqlite3"
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        with kept.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            connection.ensure_connection()
            if kept.exists():
                with closing(sqlite3.connect(kept)) as source:
                    source.backup(connection.connection)
                return
            migrate(name, *arguments, **options)
            whole = kept.with_suffix(".part")
            whole.unlink(missing_ok=True)
            with closing(sqlite3.connect(whole)) as out:
                connection.connection.backup(out)
            whole.rename(kept)

    if connection.vendor == "sqlite":
        management.call_command = copy_or_migrate
    try:
        yield
    finally:
        management.call_command = migrate


def _schema_key() -> str:
    """Over whatever decides what the migrations make: they themselves, what they read of the product, and Django."""
    import django

    product = ROOT / "keyue"
    read = {
        product / "ledger" / "append_only.py",
        product / "ledger" / "facts.py",
        product / "kernel" / "ids.py",
    }
    files = sorted({*product.glob("*/migrations/*.py"), *read, Path(__file__)})
    digest = hashlib.sha256(repr((django.VERSION, sqlite3.sqlite_version)).encode())
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:32]


def _copy_sqlite(connection, target: Path) -> FreshDatabase:
    """A file beside nothing else, copied page by page from the template in memory."""
    connection.ensure_connection()
    with closing(sqlite3.connect(target)) as out:
        connection.connection.backup(out)
    return FreshDatabase("sqlite", str(target), f"sqlite://{quote(str(target))}")


def _maintenance(settings: dict):
    """A connection to the server itself: a database cannot be copied or dropped from within."""
    import psycopg

    return psycopg.connect(
        host=settings["HOST"],
        port=settings["PORT"],
        user=settings["USER"],
        password=settings["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    )


def _copy_postgres(connection, settings: dict) -> FreshDatabase:
    """CREATE DATABASE … TEMPLATE; nobody may be connected to the template meanwhile."""
    connection.close()
    name = f"{settings['NAME']}_{os.getpid()}_{next(_number)}"
    with closing(_maintenance(settings)) as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{settings["NAME"]}"')
    return FreshDatabase("postgresql", name, _address(settings, name))


def _address(settings: dict, name: str) -> str:
    """A PostgreSQL database as KEYUE_DATABASE_URL names it."""
    login = quote(settings["USER"], safe="")
    if settings["PASSWORD"]:
        login += ":" + quote(settings["PASSWORD"], safe="")
    return f"postgres://{login}@{settings['HOST']}:{settings['PORT']}/{name}"


def _drop_postgres(settings: dict, name: str) -> None:
    with closing(_maintenance(settings)) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def empty(directory: Path) -> Iterator[FreshDatabase]:
    """A database without a single table, for another process; nothing here is connected to it."""
    from django.db import connections

    settings = connections.settings["default"]
    name = f"empty{next(_number)}"
    if connections["default"].vendor == "sqlite":
        file = directory / f"{name}.sqlite3"
        yield FreshDatabase("sqlite", str(file), f"sqlite://{quote(str(file))}")
        return
    name = f"{settings['NAME']}_{name}"
    with closing(_maintenance(settings)) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    try:
        yield FreshDatabase("postgresql", name, _address(settings, name))
    finally:
        _drop_postgres(settings, name)


@contextmanager
def copied(directory: Path) -> Iterator[FreshDatabase]:
    """Let the default connection of every thread be a copy of the template, until the end."""
    from django.db import connections

    template = connections["default"]
    settings = connections.settings["default"]
    if template.vendor == "sqlite":
        fresh = _copy_sqlite(template, directory / f"fresh{next(_number)}.sqlite3")
    else:
        fresh = _copy_postgres(template, settings)
    try:
        with connected(fresh):
            yield fresh
    finally:
        if fresh.vendor == "postgresql":
            _drop_postgres(settings, fresh.name)


@contextmanager
def connected(fresh: FreshDatabase) -> Iterator[None]:
    """Let the default connection of every thread lead to this database, until the end."""
    from django.db import connections

    template = connections["default"]
    old = connections.settings["default"]
    new = copy.deepcopy(old)
    new["NAME"] = fresh.name
    connections.settings["default"] = new
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = old
        connections["default"] = template


@pytest.fixture
def fresh_database(
    request: pytest.FixtureRequest, django_db_setup, django_db_blocker, home: Path
) -> Iterator[FreshDatabase]:
    """A migrated database of this test's own, with real commits, for every thread and process."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail(
            "fresh_database stands alone: take away the django_db mark and the db fixture", pytrace=False
        )
    with django_db_blocker.unblock(), copied(home) as fresh:
        yield fresh


def refuse_flushing(item: pytest.Item) -> None:
    """Fail a transactional test with a word on what to use: its flush would meet the append-only triggers."""
    marker = item.get_closest_marker("django_db")
    transactional = marker is not None and (
        marker.kwargs.get("transaction") or (marker.args and marker.args[0])
    )
    names = set(getattr(item, "fixturenames", ()))
    if transactional or names & {"transactional_db", "live_server", "django_db_reset_sequences"}:
        pytest.fail(
            "append-only tables cannot be flushed: use the fixture fresh_database (or server)", pytrace=False
        )


# --- query counts ----------------------------------------------------------------------------------------


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time: xdist workers update the same file."""
    with Path(os.environ["KEYUE_TESTS_ROOT"], "query_counts.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stored() -> dict[str, dict[str, int]]:
    return json.loads(COUNTS.read_text(encoding="utf-8")) if COUNTS.exists() else {}


def _store(name: str, vendor: str, number: int) -> None:
    with _locked():
        counts = _stored()
        counts.setdefault(name, {})[vendor] = number
        text = json.dumps(counts, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        COUNTS.write_text(text, encoding="utf-8")


def _is_work(statement: str) -> bool:
    """Transaction brackets are not counted: a test's own transaction adds and removes some."""
    word = statement.lstrip().split(" ", 1)[0].rstrip(";").upper()
    return word not in {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET"}


@pytest.fixture
def query_count() -> Callable[[str], AbstractContextManager[None]]:
    """`with query_count("case page"): client.get(…)`: as many queries as tests/query_counts.json says.

    More is a loss to look into; fewer is a gain to keep: KEYUE_UPDATE_COUNTS=1 writes the number down.
    """

    @contextmanager
    def count(name: str) -> Iterator[None]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            yield
        asked = [q["sql"] for q in captured.captured_queries if _is_work(q["sql"])]
        if os.environ.get("KEYUE_UPDATE_COUNTS") == "1":
            _store(name, connection.vendor, len(asked))
            return
        expected = _stored().get(name, {}).get(connection.vendor)
        if expected != len(asked):
            listing = "\n".join(f"{n:3} {sql[:300]}" for n, sql in enumerate(asked, 1))
            pytest.fail(
                f"{name}: {len(asked)} queries on {connection.vendor}, {COUNTS.name} says {expected}; "
                f"if that is right, run again with KEYUE_UPDATE_COUNTS=1\n{listing}",
                pytrace=False,
            )

    return count
