"""What starts, starts whole, whatever a process that died before has left."""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command

from keyue.ledger.verification import verify_ledger
from keyue.operations import serving
from tests.support.crashing import die_at, running
from tests.support.databases import connected, empty


@pytest.fixture
def static(home: Path, settings: Any) -> Path:
    """Where static files are collected to, with the product's own storage."""
    settings.STATIC_ROOT = home / "collected"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    return settings.STATIC_ROOT


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_start_that_was_cut_off_is_begun_anew(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving.collect_static()
    whole = contents(static)
    assert any(name.endswith(".gz") for name in whole) and "staticfiles.json" in whole

    def dies(*_arguments: object, **_options: object) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        for path in static.rglob("keyue.*"):
            # as a file that was being written
            path.write_bytes(path.read_bytes()[:100])
        raise SystemExit

    (static / "staticfiles.json").unlink()
    with monkeypatch.context() as patched:
        patched.setattr(serving, "call_command", dies)
        with pytest.raises(SystemExit):
            serving.collect_static()
    assert contents(static) != whole
    serving.collect_static()
    assert contents(static) == whole


def test_what_is_collected_is_left_alone(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serving.collect_static()

    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError

    monkeypatch.setattr(serving, "call_command", never)
    serving.collect_static()


def test_two_that_start_at_once_collect_one_after_the_other(
    static: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work: list[int] = []

    def counted(*arguments: Any, **options: Any) -> None:
        at_work.append(1)
        assert sum(at_work) == 1
        call_command(*arguments, **options)
        at_work.append(-1)

    monkeypatch.setattr(serving, "call_command", counted)
    threads = [threading.Thread(target=serving.collect_static) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert at_work == [1, -1]


def test_a_migration_that_was_cut_off_goes_on(
    django_db_setup: None, django_db_blocker: Any, home: Path
) -> None:
    """Death after each commit, from the empty database on."""

    def bring_up_to_date() -> None:
        call_command("migrate", interactive=False, verbosity=0)

    with django_db_blocker.unblock(), empty(home) as database, connected(database):
        deaths = next(n for n in count() if not die_at(0, bring_up_to_date, commits=True))
        assert deaths > 20
        serving.require_schema()
        assert list(verify_ledger()) == []


def test_several_that_start_on_an_empty_database_at_once_all_start(
    django_db_setup: None, home: Path, tmp_path: Path
) -> None:
    with empty(tmp_path) as database, running(home, database.environment) as product:
        commands = [product.command("migrate") for _ in range(3)]
        for command in commands:
            command.start()
        assert [command.wait(120) for command in commands] == [0, 0, 0], product.read_logs()
        product.assert_verified()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("address", "arguments", "said"),
    [
        ("", ("verify",), "请先运行 keyue migrate"),
        ("", ("import", "cases", "a.csv"), "请先运行 keyue migrate"),
        ("", ("work",), "请先运行 keyue migrate"),
        ("", ("web",), "请先运行 keyue migrate"),
        ("postgres://nobody@127.0.0.1:1/x", ("verify",), "数据库用不了"),
        ("postgres://nobody@127.0.0.1:1/x", ("serve",), "数据库用不了"),
        ("no database", ("verify",), "数据库用不了"),
    ],
)
def test_without_a_database_each_command_says_what_to_do(
    keyue: Any, tmp_path: Path, address: str, arguments: tuple[str, ...], said: str
) -> None:
    if address == "no database":
        (tmp_path / "text.sqlite3").write_text("这不是数据库" * 1000)
        address = f"sqlite://{tmp_path}/text.sqlite3"
    environment = {"KEYUE_DATABASE_URL": address} if address else {}
    done = keyue(*arguments, at_home=tmp_path / "empty", environment=environment)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert said in done.stderr and done.stderr.startswith(f"keyue {arguments[0]}: ")


def test_another_version_is_collected_though_its_files_are_older(
    static: Path, tmp_path: Path, settings: Any
) -> None:
    source = tmp_path / "more"
    source.mkdir()
    settings.STATICFILES_DIRS = [source]
    serving.collect_static()
    added = source / "added.txt"
    added.write_text("older than what was collected")
    os.utime(added, (1_000_000_000, 1_000_000_000))
    get_finder.cache_clear()
    serving.collect_static()
    assert any(name.startswith("added.") for name in contents(static))
