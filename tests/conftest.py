"""The ground of all tests; tests/README.md says what there is and how to use it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import environment

# what is loaded until the first test stays: looking through it for rubbish takes a fifth of the time
gc.disable()
MAY_USE_DJANGO = environment.prepare()

hypothesis.settings.register_profile("keyue", deadline=None, print_blob=True)
# CI must give the same answer twice; developers look in ever new places
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "keyue")

if MAY_USE_DJANGO:
    import django
    from django.conf import settings as django_settings

    django.setup()
    # workers inherit the environment, and would load their settings before they have a home of their own
    del os.environ["DJANGO_SETTINGS_MODULE"]
    # one strong hash costs more than a hundred tests; the strong ones stay so that they can be checked
    django_settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *django_settings.PASSWORD_HASHERS,
    ]
    # no collected files here, so no manifest either
    django_settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    pytest_plugins = [
        "tests.support.databases",
        "tests.support.mailbox",
        "tests.support.server",
        "tests.support.browser",
    ]


def pytest_configure(config: pytest.Config) -> None:
    """Processes that tests start may take the settings module from here; only the starter of workers goes without."""
    if MAY_USE_DJANGO and config.getoption("dist", "no") == "no":
        os.environ["DJANGO_SETTINGS_MODULE"] = "keyue.config.settings"


TESTS = Path(__file__).parent
RULES = TESTS / "rules"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the other database; say so in the count of deselected tests."""
    if not MAY_USE_DJANGO:
        return
    from django.db import connection

    other = "postgres" if connection.vendor == "sqlite" else "sqlite"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


def pytest_collection_finish() -> None:
    """All is loaded."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Two refusals with a word on what to do instead."""
    if not MAY_USE_DJANGO:
        return
    from tests.support.databases import refuse_flushing

    refuse_flushing(item)
    if RULES in item.path.parents:
        names = set(getattr(item, "fixturenames", ()))
        wanted = names & {"db", "fresh_database", "client", "settings", "server", "mailbox"}
        if wanted or item.get_closest_marker("django_db"):
            pytest.fail(
                "tests/rules use no database and no Django: this test belongs into tests/apps", pytrace=False
            )


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """The language of the product's texts: what a request of the test before has chosen stays with its thread."""
    yield
    if MAY_USE_DJANGO:
        from django.utils import translation

        translation.deactivate()


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process remembers of published texts outlives the transaction of a test, which no product's does."""
    for module, name in (("projection", "_laws"), ("actions.sweeping", "_followed")):
        loaded = sys.modules.get(f"keyue.promises.{module}")
        if loaded is not None:
            monkeypatch.setattr(loaded, name, {})


@pytest.fixture(autouse=True)
def home(request: pytest.FixtureRequest) -> Iterator[Path | None]:
    """This test's own KEYUE_HOME: files, checkpoints and the movable clock of one test reach no other.

    The keys are those of the whole process: rooms may keep them in memory, and the servers of the test
    must find the same ones.
    """
    if not MAY_USE_DJANGO or RULES in request.node.path.parents:
        yield None
        return
    from django.test.utils import override_settings

    from keyue.operations.first_run import gate

    of_process = Path(os.environ["KEYUE_HOME"])
    mine = request.getfixturevalue("tmp_path") / "home"
    mine.mkdir()
    (of_process / "keys").mkdir(mode=0o700, exist_ok=True)
    (mine / "keys").symlink_to(of_process / "keys")
    (mine / "static").mkdir()
    os.environ["KEYUE_HOME"] = str(mine)
    gate.forget()
    try:
        with override_settings(KEYUE_HOME=mine, MEDIA_ROOT=mine / "files"):
            yield mine
    finally:
        os.environ["KEYUE_HOME"] = str(of_process)
