"""`keyue serve` as a child of a process that has loaded the product already: a start then takes a moment, not seconds.

Each server is a process of its own with its own environment, settings, home and database; what it shares is the code as
it was loaded. One such process a worker starts them, `keyue.config.cli.main` runs in them. Commands that tests kill and
start again (`crashing`), and those of the fixture `keyue`, are started from nothing, as users start them.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.environment import ROOT

SETTINGS = "keyue.config.settings"


class Forked:
    """A child of the loaded process, as far as `subprocess.Popen` says the same."""

    def __init__(self, parent: Parent, pid: int, arguments: list[str]) -> None:
        self._parent = parent
        self.pid = pid
        self.args = arguments
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._parent.ask(wait=self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Its exit code. Raises TimeoutExpired."""
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def terminate(self) -> None:
        """Ask it to end."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class Parent:
    """The loaded process."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.forking"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(environment),
            cwd=ROOT,
        )
        atexit.register(self._end)

    def ask(self, **what: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> Forked:
        """Run a command of the product in a session of its own, with its output added to `log`."""
        pid = self.ask(arguments=arguments, environment=dict(environment), log=str(log))
        return Forked(self, pid, arguments)

    def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


@cache
def parent() -> Parent:
    """This worker's."""
    from tests.support.server import environment_for

    home = Path(os.environ["KEYUE_TESTS_ROOT"]) / f"loaded-{os.getpid()}"
    (home / "static").mkdir(parents=True)
    return Parent(environment_for(home, {}))


# --- in the loaded process -------------------------------------------------------------------------------


def load() -> None:
    """Everything that does not depend on an installation."""
    import gc
    from importlib import import_module

    gc.disable()
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import django
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.template import TemplateDoesNotExist, TemplateSyntaxError
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils import translation
    from django.utils.functional import empty

    import_module("keyue.config.cli")
    django.setup()
    _ = get_resolver().url_patterns
    for name in ("uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto"):
        import_module(name)
    for language in ("zh-hans", "en"):
        with translation.override(language):
            translation.gettext("")
    for folder in sorted((ROOT / "keyue").glob("*/templates")):
        for file in sorted(folder.rglob("*.html")):
            try:
                get_template(str(file.relative_to(folder)))
            except (TemplateDoesNotExist, TemplateSyntaxError):
                # a page that is broken is broken where it is asked for
                continue
    # made from the settings, and asked for by name ever after
    assert staticfiles_storage._wrapped is empty, "the files of a home that is none"
    gc.freeze()
    gc.enable()


def settle(environment: Mapping[str, str]) -> None:
    """In a child: the environment of its own, and the settings that follow from it."""
    import importlib
    import random

    os.environ.clear()
    os.environ.update(environment)
    random.seed()
    importlib.reload(sys.modules[SETTINGS])
    from django.conf import Settings, settings
    from django.db import connections

    settings._wrapped = Settings(SETTINGS)
    for alias in list(connections):
        if hasattr(connections._connections, alias):
            del connections[alias]
    connections.__dict__.pop("settings", None)
    connections._settings = None


def become(arguments: list[str], environment: Mapping[str, str], log: str) -> None:
    """In a child: run the command, and end with its exit code."""
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        said = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for source, target in ((nothing, 0), (said, 1), (said, 2)):
            os.dup2(source, target)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", buffering=1), open(2, "w", buffering=1)  # noqa: SIM115
        settle(environment)
        from keyue.config.cli import main

        code = main(arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def answer() -> None:
    """A child for each command that is asked for, until nobody asks any more; then all of them end."""
    load()
    children: set[int] = set()
    # nothing that a module prints gets between the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            pid, status = os.waitpid(asked["wait"], os.WNOHANG)
            told = os.waitstatus_to_exitcode(status) if pid else None
            children.discard(pid)
        else:
            told = os.fork()
            if not told:
                become(**asked)
            children.add(told)
        answers.write(json.dumps(told) + "\n")
        answers.flush()
    for pid in children:
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    answer()
