"""Load from outside: a server of the product (or the yardstick), clients that post, readers that listen.

Everything stays on the loopback interface and ends by itself.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import psutil

from keyue.operations.bench.texts import Texts

HOST = "127.0.0.1"
READY = 120.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], port: int, probe: str
) -> Iterator[psutil.Process]:
    """A server process that answers `probe`; ended with its children afterwards."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    try:
        _wait(port, probe, process)
        yield psutil.Process(process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _wait(port: int, probe: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", probe)
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not answer")


def product(port: int, workers: int) -> list[str]:
    """The product's web server."""
    return [sys.executable, "-m", "keyue.config.cli", "web", "--port", str(port), "--workers", str(workers)]


def whole_product(port: int) -> list[str]:
    """`keyue serve`: web, live updates and worker."""
    return [sys.executable, "-m", "keyue.config.cli", "serve", "--port", str(port)]


def yardstick(port: int, workers: int) -> list[str]:
    """The bare server, on the same pool of threads."""
    application = "keyue.operations.bench.baseline:application"
    options = ["--port", str(port), "--workers", str(workers), "--log-level", "warning", "--no-access-log"]
    return [sys.executable, "-m", "uvicorn", application, *options]


@dataclass(slots=True)
class Clients:
    """Clients that post as fast as they are answered, each on its own connection."""

    port: int
    path: str
    headers: Mapping[str, str]
    n: int = 8
    done: int = 0
    failed: int = 0
    times: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, seconds: float) -> float:
        """Requests answered a second, over `seconds`."""
        stop = time.monotonic() + seconds
        threads = [threading.Thread(target=self._post, args=(n, stop), daemon=True) for n in range(self.n)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.done / (time.monotonic() - started)

    def _post(self, n: int, stop: float) -> None:
        texts = Texts(seed=n * 1_000 + time.monotonic_ns() // 1_000_000)
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        k = 0
        while time.monotonic() < stop:
            k += 1
            phone = f"13{texts.chance.randrange(10**9):09d}"
            body = {
                "type": "complaint",
                "title": texts.title(),
                "content": texts.content(),
                "name": "王测速",
                "phone": phone,
            }
            started = time.perf_counter()
            connection.request(
                "POST",
                self.path,
                json.dumps(body).encode(),
                {"Content-Type": "application/json", **self.headers},
            )
            response = connection.getresponse()
            response.read()
            with self._lock:
                self.times.append(time.perf_counter() - started)
                if response.status in {200, 201}:
                    self.done += 1
                else:
                    self.failed += 1


def memory_of(process: psutil.Process) -> int:
    """Sum of PSS over the process and its children, in bytes."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue
    return total


def listeners(port: int, cookie: str, n: int, stop: threading.Event) -> list[threading.Thread]:
    """Readers of the live stream, until `stop`."""

    def listen() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        connection.request("GET", "/live/", headers={"Cookie": cookie, "Accept": "text/event-stream"})
        response = connection.getresponse()
        while not stop.is_set():
            try:
                if not response.read1(4096):
                    return
            except (TimeoutError, OSError):
                return

    threads = [threading.Thread(target=listen, daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    return threads


def sign_in(port: int, username: str, password: str) -> str:
    """Sign in as a browser does; the cookies. Raises RuntimeError where it fails."""

    with httpx.Client(base_url=f"http://{HOST}:{port}", follow_redirects=False, timeout=60) as client:
        client.get("/login/")
        form = {
            "username": username,
            "password": password,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        answer = client.post("/login/", data=form, headers={"Referer": f"http://{HOST}:{port}/login/"})
        if answer.status_code not in {302, 303}:
            raise RuntimeError(f"sign-in answered {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())
