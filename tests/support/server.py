"""The product's own command line and server, as processes of their own."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.databases import FreshDatabase
from tests.support.environment import ROOT, clean
from tests.support.forking import Forked, parent
from tests.support.ports import free_port

COMMAND = (sys.executable, "-m", "keyue.config.cli")
# the demo's limit is 60 s; two browsers beside it take their share of a small machine
DEMO_READY = 240.0


def environment_for(home: Path, extra: Mapping[str, str] = {}) -> dict[str, str]:
    """The environment of a process of the product with its own KEYUE_HOME."""
    base = clean(dict(os.environ))
    base.pop("DJANGO_SETTINGS_MODULE", None)
    base.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    # the key of the tests, so that a session made here is good there
    key = {"KEYUE_SECRET_KEY": os.environ["KEYUE_SECRET_KEY"]}
    return {**base, **key, "KEYUE_HOME": str(home), "PYTHONUNBUFFERED": "1", **extra}


@dataclass
class Server:
    """A running `keyue serve` (or another serving command) with its log."""

    port: int
    home: Path
    log: Path
    process: Forked
    environment: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def read_log(self) -> str:
        """Everything it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self, timeout: float) -> None:
        """Return as soon as it answers; fail with its log if it ends or stays silent."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                pytest.fail(
                    f"the server ended with {self.process.returncode}:\n{self.read_log()}", pytrace=False
                )
            try:
                urllib.request.urlopen(self.url + "/", timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.03)
        pytest.fail(f"the server did not answer within {timeout} s:\n{self.read_log()}", pytrace=False)

    def kill(self) -> None:
        """kill -9 of the whole server, as a power cut does it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def stop(self, timeout: float = 15.0) -> int:
        """Ask it to end; its exit code. What does not end in time is killed, and the code says so."""
        if self.process.poll() is None:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout)
        self.kill()  # children that outlived it belong to its group
        return self.process.returncode


def share_static(home: Path) -> None:
    """Let the servers of a run share their static files: hashing and compressing them takes a second.

    The lock that a server takes and the mark of what lies there are shared with them.
    """
    place = Path(os.environ["KEYUE_TESTS_ROOT"])
    mine = home / "static"
    if mine.is_symlink() or (mine.exists() and any(mine.iterdir())):
        return
    if mine.exists():
        mine.rmdir()
    (place / "static").mkdir(exist_ok=True)
    mine.symlink_to(place / "static")
    mine.with_name("static.lock").symlink_to(place / "static.lock")


def start(
    *arguments: str,
    home: Path,
    environment: Mapping[str, str] = {},
    port: int | None = None,
    timeout: float = 60.0,
) -> Server:
    """Start a serving command (`serve`, `web`, `demo --serve`) on a free port and wait until it answers."""
    port = port or free_port()
    home.mkdir(parents=True, exist_ok=True)
    share_static(home)
    log = home / f"server-{port}.log"
    env = environment_for(home, {"KEYUE_BASE_URL": f"http://127.0.0.1:{port}", **environment})
    # a group of its own, so that kill() reaches its children and nobody else
    process = parent().start([*(arguments or ("serve",)), "--port", str(port)], env, log)
    server = Server(port, home, log, process, env)
    try:
        server.wait_until_ready(timeout)
    except BaseException:
        server.kill()
        raise
    return server


@pytest.fixture
def keyue(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`keyue("verify", environment=database.environment)`: the command line in this test's home."""

    def run(
        *arguments: str,
        environment: Mapping[str, str] = {},
        input: str | None = None,
        timeout: float = 300.0,
        at_home: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=timeout,
            cwd=ROOT,
            env=environment_for(at_home or home, environment),
        )

    return run


@pytest.fixture
def start_server(home: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """`start_server("web", environment=…, at_home=…)`; every server is stopped at the end.

    With `mailbox` in the test's arguments the server sends its mail there.
    """
    mail: Mapping[str, str] = {}
    if "mailbox" in request.fixturenames:
        mail = request.getfixturevalue("mailbox").environment
    with contextlib.ExitStack() as stack:

        def begin(
            *arguments: str, environment: Mapping[str, str] = {}, at_home: Path | None = None, **options: Any
        ) -> Server:
            server = start(*arguments, home=at_home or home, environment={**mail, **environment}, **options)
            stack.callback(server.stop)
            return server

        yield begin


@pytest.fixture
def server(start_server: Callable[..., Server], fresh_database: FreshDatabase) -> Server:
    """`keyue serve` on this test's fresh database: what the test does with actions, the server shows."""
    return start_server("serve", environment=fresh_database.environment)


# --- the demo company ------------------------------------------------------------------------------------

# the demo is always of this Tuesday morning, so that its pages and pictures are the same in every run
DEMO_NOW = datetime(2026, 3, 17, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
DEMO_CLOCK = {"KEYUE_TEST_CLOCK": "1"}


def _set_clock(home: Path) -> None:
    """Let the processes of this home believe it is `DEMO_NOW`."""
    offset = DEMO_NOW.timestamp() - time.time()
    (home / "clock.json").write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")


def _built_demo() -> Path:
    """The home of a demo company, built once a run and shared by the workers; nobody serves from it."""
    place = Path(os.environ["KEYUE_TESTS_ROOT"])
    home = place / "demo"
    with (place / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "built").exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            _set_clock(home)
            done = subprocess.run(
                [*COMMAND, "demo"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=DEMO_READY,
                cwd=ROOT,
                env=environment_for(home, DEMO_CLOCK),
            )
            if done.returncode != 0:
                pytest.fail(
                    f"keyue demo ended with {done.returncode}:\n{done.stdout}{done.stderr}", pytrace=False
                )
            (home / "built").write_text(done.stdout, encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`keyue serve` over the demo company, one a worker: for pages that need rich data, and for pictures."""
    home = tmp_path_factory.mktemp("demo") / "home"
    shutil.copytree(_built_demo(), home)
    _set_clock(home)
    running = start("serve", home=home, environment=DEMO_CLOCK)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def demo_says(demo_server: Server) -> str:
    """What `keyue demo` printed: addresses and logins."""
    return (demo_server.home / "built").read_text(encoding="utf-8")
