"""kill -9: real processes of the product that die at any moment, and one that dies at a chosen statement.

`Product` starts commands, kills them, starts them again. `die_at` runs a function in a forked child that kills itself
before its n-th statement or commit, or after its n-th commit: counting n up, a test passes every moment there is.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from tests.support.environment import ROOT
from tests.support.ports import free_port
from tests.support.server import COMMAND, environment_for, share_static

READY = 60.0
GONE = 15.0


def often(usual: int) -> int:
    """How often to kill: `usual`, or in proportion as KEYUE_KILLS says (100 is usual)."""
    return max(1, usual * int(os.environ.get("KEYUE_KILLS", "100")) // 100)


def seeded(name: str) -> random.Random:
    """Chance that can be repeated: its seed is said where a test fails."""
    seed = int(os.environ.get("KEYUE_KILLS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"{name}: KEYUE_KILLS_SEED={seed}")
    return random.Random(f"{name} {seed}")


# --- processes -------------------------------------------------------------------------------------------


def _members(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, _parent, grouped = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(grouped) == group and state not in "ZX":
                found.append(int(entry.name))
    return found


@dataclass
class Command:
    """A command of the product that is started again and again, each time in a process group of its own."""

    arguments: tuple[str, ...]
    home: Path
    environment: dict[str, str] = field(repr=False)
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0

    @property
    def log(self) -> Path:
        return self.home / f"{self.arguments[0]}-{id(self)}.log"

    @property
    def name(self) -> str:
        return "keyue " + " ".join(self.arguments)

    def start(self) -> None:
        """Start it; it may take a while until it does anything."""
        port = ("--port", str(self.port)) if self.port else ()
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [*COMMAND, *self.arguments, *port],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=ROOT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Return when it answers on its port."""
        end = time.monotonic() + READY
        while time.monotonic() < end:
            if not self.is_alive():
                pytest.fail(f"{self.name} ended by itself:\n{self.read_log()}", pytrace=False)
            try:
                probe = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                probe.request("GET", "/login/")
                probe.getresponse().read()
                probe.close()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        pytest.fail(f"{self.name} did not answer within {READY} s:\n{self.read_log()}", pytrace=False)

    def wait(self, timeout: float) -> int:
        """Its exit code, when it has ended by itself."""
        assert self.process is not None
        return self.process.wait(timeout)

    def kill(self) -> None:
        """kill -9 of this one process; its children must end by themselves."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait(GONE)
        self.deaths += 1
        end = time.monotonic() + GONE
        while left := _members(self.pid):
            if time.monotonic() > end:
                pytest.fail(f"{self.name} was killed, its children {left} live on", pytrace=False)
            time.sleep(0.02)

    def kill_child(self, chance: random.Random) -> bool:
        """kill -9 of one of its serving children; False where it has none yet."""
        children = [pid for pid in _members(self.pid) if pid != self.pid and _serves(pid)]
        if not children:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(sorted(children)), signal.SIGKILL)
            self.deaths += 1
        return True

    def end(self) -> None:
        """Ask it to end; what does not is killed with its children."""
        if self.process is None:
            return
        if self.is_alive():
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GONE)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(GONE)

    def read_log(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def _serves(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


class Product:
    """Commands of the product over one home and database; everything started is ended at the end."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.port = free_port()
        address = {"KEYUE_BASE_URL": f"http://127.0.0.1:{self.port}"}
        self.environment = environment_for(home, {**address, **environment})
        self.commands: list[Command] = []

    def command(self, *arguments: str) -> Command:
        """A command, not yet started; those that serve get the product's port."""
        port = self.port if arguments[0] in {"serve", "web"} else None
        made = Command(arguments, self.home, self.environment, port)
        self.commands.append(made)
        return made

    def run(self, *arguments: str, timeout: float = 300.0) -> subprocess.CompletedProcess[str]:
        """A command from its beginning to its end."""
        return subprocess.run(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=timeout,
            cwd=ROOT,
            env=self.environment,
        )

    def end(self) -> None:
        for command in reversed(self.commands):
            command.end()

    def read_logs(self) -> str:
        return "".join(f"--- {c.name}\n{c.read_log()}" for c in self.commands)

    def deaths(self) -> int:
        return sum(command.deaths for command in self.commands)

    def assert_verified(self) -> None:
        """`keyue verify` finds nothing."""
        done = self.run("verify")
        assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def running(home: Path, environment: Mapping[str, str]) -> Iterator[Product]:
    """A product whose processes end with the block; where it fails, their logs are said."""
    share_static(home)
    product = Product(home, environment)
    try:
        yield product
    except BaseException:
        print(product.read_logs()[-20_000:])
        raise
    finally:
        product.end()


# --- clients ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a request got in the end, and how often it had been sent by then."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]
    tries: int


class Client:
    """A program that sends each request until it is answered, always with the same idempotency key."""

    def __init__(self, port: int, token: str, *, patience: float = 120.0) -> None:
        self.port, self.token, self.patience = port, token, patience
        self.connection: http.client.HTTPConnection | None = None
        self.failures: list[tuple[int, str]] = []
        """Answers of 500 and more: a killed process answers nothing, so there should be none."""

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Send until there is an answer."""
        end = time.monotonic() + self.patience
        tries = 0
        while True:
            tries += 1
            try:
                status, headers, text = self._send(path, body, key)
            except (OSError, http.client.HTTPException) as error:
                self._forget()
                if time.monotonic() > end:
                    raise TimeoutError(f"no answer to {key} within {self.patience} s") from error
                time.sleep(0.03)
                continue
            if status >= 500:
                self.failures.append((status, text[:300]))
            elif status != 409 or json.loads(text).get("code") != "in_progress":
                return Answer(status, json.loads(text), headers, tries)
            if time.monotonic() > end:
                raise TimeoutError(f"{status} to {key} for {self.patience} s: {text[:300]}")
            time.sleep(0.05)

    def _send(self, path: str, body: Mapping[str, Any], key: str) -> tuple[int, dict[str, str], str]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        self.connection.request("POST", "/api/v1" + path, json.dumps(body).encode(), headers)
        response = self.connection.getresponse()
        said = {name.lower(): value for name, value in response.headers.items()}
        return response.status, said, response.read().decode()

    def _forget(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None


def at_once(*works: Callable[[], object]) -> list[Any]:
    """Run each in a thread of its own from the same instant on; what each returned. Raises what one of them raised."""
    # the first connection turns a copied file to WAL, which nobody else may be connected to meanwhile
    connection.ensure_connection()
    results: list[Any] = [None] * len(works)
    failures: list[BaseException] = []
    start = threading.Barrier(len(works))

    def run(n: int, work: Callable[[], object]) -> None:
        try:
            start.wait(20)
            results[n] = work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    if failures:
        raise failures[0]
    return results


# --- death at a statement --------------------------------------------------------------------------------


class _Executioner:
    """Counts moments of one connection, and kills this process at one of them."""

    def __init__(self, moment: int, *, commits: bool) -> None:
        self.left = moment
        self.only_commits = commits
        self.commit = connection._commit
        connection._commit = self._commits

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not self.only_commits:
            self._pass()
        return execute(sql, params, many, context)

    def _commits(self) -> None:
        if not self.only_commits:
            self._pass()
        self.commit()
        self._pass()

    def _pass(self) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _wait_for_the_server() -> None:
    """PostgreSQL notices a client's death a moment later; until then its locks stand in the way."""
    if connection.vendor != "postgresql":
        return
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.01)


def die_at(moment: int, work: Callable[[], object], *, commits: bool = False) -> bool:
    """Run `work` in a child that dies at a moment, the first being 0; False where it had ended before.

    Moments: before each statement, before each commit, after each commit; with `commits` only the last.
    """
    connections.close_all()
    ours = connections[DEFAULT_DB_ALIAS]
    child = os.fork()
    if child == 0:
        code = 1
        # where a browser's event loop is left running here, the child has none, and would see other connections
        connections[DEFAULT_DB_ALIAS] = ours
        try:
            with connection.execute_wrapper(_Executioner(moment, commits=commits)):
                work()
            connections.close_all()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            # no clean-up of the test's own runs in the child
            os._exit(code)
    _pid, status = os.waitpid(child, 0)
    _wait_for_the_server()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, "the work failed in the child; its traceback is in the captured output"
    return False
