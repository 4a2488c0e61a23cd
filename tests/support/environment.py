"""The environment of a test run, settled before Django reads its settings.

Every process of a run (pytest, its xdist workers, servers and commands that tests start) has a KEYUE_HOME
under one temporary directory, which the first of them removes at its end. Nothing of the caller's own
KEYUE_* settings gets through, so that a developer's real installation is never touched.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "tests" / "rules"

# set by whoever runs the tests; see tests/README.md
KEPT = frozenset(
    {
        "KEYUE_TESTS_ROOT",
        "KEYUE_TESTS_PURE",
        "KEYUE_TESTS_DATABASE_URL",
        "KEYUE_PICTURES",
        "KEYUE_UPDATE_COUNTS",
        "KEYUE_DIFF_N",
        "KEYUE_DIFF_FROM",
        "KEYUE_DIFF_TIMES",
        "KEYUE_KILLS",
        "KEYUE_KILLS_SEED",
    }
)

LANGUAGES = frozenset({"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"})
# hundreds of processes of the product are started, and each would compile its modules anew
UNCOMPILED = "PYTHONDONTWRITEBYTECODE"
SPOKEN = {"LANG": "C.UTF-8"}


class NoDjango(MetaPathFinder):
    """Refuses to import Django: a pure rule that needs it is not pure."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "django" or fullname.startswith("django."):
            raise ImportError(f"{fullname}: pure rules know no Django; this test belongs into tests/apps")
        return None


def asks_only_for_rules(arguments: Sequence[str]) -> bool:
    """Whether a pytest command line names nothing outside tests/rules."""
    paths = [Path(a.split("::")[0]) for a in arguments if not a.startswith("-")]
    paths = [p.resolve() for p in paths if p.exists()]
    return bool(paths) and all(p == RULES or RULES in p.parents for p in paths)


def clean(environment: dict[str, str]) -> dict[str, str]:
    """`environment` without the caller's own KEYUE_* settings and language: commands speak as the source is written."""
    return {k: v for k, v in environment.items() if not is_own(k)} | SPOKEN


def is_own(name: str) -> bool:
    """Whether a variable of the environment is the caller's own and would change what a test sees or costs."""
    return name in LANGUAGES or name == UNCOMPILED or (name.startswith("KEYUE_") and name not in KEPT)


def prepare() -> bool:
    """Settle the environment of this process; True if Django may be used in it."""
    for name in list(os.environ):
        if is_own(name):
            del os.environ[name]
    os.environ.update(SPOKEN)
    sys.dont_write_bytecode = False
    if "KEYUE_TESTS_ROOT" not in os.environ:
        root = tempfile.mkdtemp(prefix="keyue-tests-")
        os.environ["KEYUE_TESTS_ROOT"] = root
        # workers inherit the variable and leave the removing to the process that set it
        atexit.register(shutil.rmtree, root, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix="home-", dir=os.environ["KEYUE_TESTS_ROOT"]))
    (home / "static").mkdir()
    os.environ["KEYUE_HOME"] = str(home)
    if "KEYUE_TESTS_PURE" not in os.environ and asks_only_for_rules(sys.argv[1:]):
        os.environ["KEYUE_TESTS_PURE"] = "1"
    if os.environ.get("KEYUE_TESTS_PURE") == "1":
        sys.meta_path.insert(0, NoDjango())
        return False
    os.environ["DJANGO_SETTINGS_MODULE"] = "keyue.config.settings"
    # one key for this process and the servers it starts: a session made here is good there
    os.environ["KEYUE_SECRET_KEY"] = "only-for-tests-" + "k" * 40
    if os.environ.get("KEYUE_TESTS_DATABASE_URL"):
        # several, parted by commas: one server a worker
        servers = os.environ["KEYUE_TESTS_DATABASE_URL"].split(",")
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        os.environ["KEYUE_DATABASE_URL"] = servers[worker % len(servers)]
    return True
