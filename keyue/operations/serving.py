"""Starting the product: `serve` is web, live updates and worker in one process; `web` and `work` are its halves."""

from __future__ import annotations

import fcntl
import socket
import threading
from errno import EADDRINUSE
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.texts import sentence
from keyue.operations import installation
from keyue.operations.first_run import gate
from keyue.operations.speaking import to_the_reader
from keyue.operations.worker import work

APPLICATION = "keyue.config.asgi:application"
BACKLOG = 2048
LAST_PORT = 65_535
MOST_WORKERS = 64


def prepare(*, migrate: bool) -> None:
    """Check what would make serving unsafe or wrong. Raises Refused with what to do.

    `migrate` brings the database up to date; otherwise pending migrations are an error.
    """
    if not migrate:
        require_schema()
    elif pending_migrations():
        call_command("migrate", interactive=False, verbosity=0)
    installation.require_clock()


def require_schema() -> None:
    """Raises Refused where the database is not that of this version."""
    pending = pending_migrations()
    if pending:
        raise Refused(sentence("数据库还有 %(n)d 个更新没有执行，请先运行 keyue migrate。", n=pending))


def pending_migrations() -> int:
    """How many migrations the database has not had yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static() -> None:
    """Hash and compress the static files where they are others than those that were collected.

    One process at a time. What a process that died has left, such as half a file, is thrown away and made anew.
    """
    root = Path(settings.STATIC_ROOT)
    root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = _fingerprint()
    with root.with_name(f"{root.name}.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if lock.read() == wanted and (root / "staticfiles.json").exists():
            return
        lock.truncate(0)
        # whatever lies there, newer files too: collecting alone would keep them
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        lock.write(wanted)


def _fingerprint() -> str:
    """What there is to collect: an older file may be new here, when another version was installed."""
    files = [
        (name, Path(storage.path(name)).stat())
        for finder in get_finders()
        for name, storage in finder.list([])
    ]
    listed = sorted(f"{name} {found.st_size} {found.st_mtime_ns}" for name, found in files)
    return sha256("\n".join(listed).encode()).hexdigest()


def require_address(host: str, port: int) -> None:
    """Raises Invalid for a port that is none, Refused where nothing can listen there."""
    if not 1 <= port <= LAST_PORT:
        raise Invalid(sentence("--port 后写 1 至 %(most)d 的整数。", most=LAST_PORT))
    try:
        family, kind, protocol, _name, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listening:
            # as the server does it: what has just been closed there does not count
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(where)
    except OSError as error:
        if error.errno == EADDRINUSE:
            said = sentence(
                "端口 %(port)d 已经有程序在用。请换一个：--port %(other)d",
                port=port,
                other=port + 1 if port < LAST_PORT else port - 1,
            )
            raise Refused(said) from error
        said = sentence(
            "不能在 %(host)s 的端口 %(port)d 上提供服务：%(why)s",
            host=host,
            port=port,
            why=error.strerror or str(error),
        )
        raise Refused(said) from error


def serve(host: str, port: int) -> None:
    """Serve until signalled; the worker finishes the transaction at hand."""
    import uvicorn

    require_address(host, port)
    prepare(migrate=True)
    collect_static()
    stop = threading.Event()
    worker = threading.Thread(target=work, args=(stop,), name="worker", daemon=True)
    worker.start()
    _announce_first_run(host, port)
    try:
        uvicorn.run(APPLICATION, **_options(host, port))
    finally:
        stop.set()
        worker.join(timeout=20)


def web(host: str, port: int, workers: int) -> None:
    """Serve pages, API and live updates from `workers` processes; somebody else runs `keyue work`."""
    import uvicorn

    if not 1 <= workers <= MOST_WORKERS:
        raise Invalid(sentence("--workers 后写 1 至 %(most)d 的整数。", most=MOST_WORKERS))
    require_address(host, port)
    prepare(migrate=False)
    collect_static()
    _announce_first_run(host, port)
    connection.close()
    uvicorn.run(APPLICATION, workers=workers if workers > 1 else None, **_options(host, port))


def _announce_first_run(host: str, port: int) -> None:
    """Say where and with which code the company is set up, while there is none."""
    here = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  compared, not bound
    with to_the_reader():
        said = gate.announcement(f"http://{here}:{port}")
    if said:
        print(said, flush=True)


def _options(host: str, port: int) -> dict[str, Any]:
    return {
        "host": host,
        "port": port,
        "log_level": settings.LOG_LEVEL.lower(),
        "access_log": False,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": 5,
        "proxy_headers": True,
        "forwarded_allow_ips": "127.0.0.1,::1",
        "server_header": False,
    }  # fmt: skip
