"""Live chat under load: so many open windows, so many messages a second, and how long each takes to the other side.

The product runs as `keyue serve` on an installation of its own. Visitors send to their windows' address and listen on
their streams; agents send by the form of the console, signed in, and listen on the stream of their page. Half the
messages go each way. The same client then does the same with a bare echo server.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from keyue.operations.bench import load
from keyue.operations.bench.measuring import Measure

WINDOWS, QUICK_WINDOWS = 2_000, 200
A_SECOND = 100
SECONDS, QUICK_SECONDS = 30.0, 8.0
WARM = 3.0
AGENTS = 20
MEDIAN_REACH = 200.0
"""Milliseconds within which half of all messages have to be with the other side."""
CPU_REACH = 8.0
"""Milliseconds of the server's processor time that a message may take."""
LATEST = 20.0
LISTENING = 8
"""Connections that are being opened at the same time."""
CONNECTIONS = 40
Report = Callable[[str], None]


@dataclass(slots=True)
class Reader:
    """Reads events of one stream as they come."""

    port: int
    path: str
    headers: Mapping[str, str]
    hear: Callable[[bytes], None]
    source: str = "127.0.0.1"
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    is_lost: bool = False

    async def run(self) -> None:
        """Until cancelled, or the server ends it."""
        reader, writer = await asyncio.open_connection(load.HOST, self.port, local_addr=(self.source, 0))
        try:
            writer.write(_head("GET", self.path, self.headers))
            await writer.drain()
            status = await reader.readline()
            if b" 200 " not in status:
                raise RuntimeError(f"{self.path} answered {status!r}")
            while line := await reader.readline():
                if line.startswith(b"event: ready") or line.startswith(b"retry:"):
                    self.ready.set()
                elif line.startswith(b"data:"):
                    self.hear(line)
            self.is_lost = True
        finally:
            writer.close()


@dataclass(slots=True)
class Sender:
    """A connection that sends one request after the other."""

    port: int
    source: str = "127.0.0.1"
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer. A connection that the server has closed in between is opened anew."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        request = _head("POST", path, {**kind, **headers, "Content-Length": str(len(body))}) + body
        async with self.lock:
            first = b""
            while not first:
                if self.pair is None or self.pair[0].at_eof():
                    self.pair = await asyncio.open_connection(
                        load.HOST, self.port, local_addr=(self.source, 0)
                    )
                reader, writer = self.pair
                writer.write(request)
                await writer.drain()
                first = await reader.readline()
            status = int(first.split()[1])
            length, chunked, closes = 0, False, False
            while (line := (await reader.readline()).strip().lower()) != b"":
                length = int(line[15:]) if line.startswith(b"content-length:") else length
                chunked = chunked or line == b"transfer-encoding: chunked"
                closes = closes or line == b"connection: close"
            if chunked:
                while size := int((await reader.readline()).strip() or b"0", 16):
                    await reader.readexactly(size + 2)
                await reader.readline()
            else:
                await reader.readexactly(length)
            if closes:
                writer.close()
                self.pair = None
            return status


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {load.HOST}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(slots=True)
class Talk:
    """A visitor and the agent who has them: where each listens and sends, and what each waits to hear."""

    visitor_path: str
    visitor_headers: Mapping[str, str]
    agent: int
    agent_path: str
    body_of: Callable[[str, bool], bytes]
    mark_of: Callable[[str, bool], bytes]


@dataclass(slots=True)
class Run:
    """One run against one server."""

    port: int
    talks: list[Talk]
    streams: list[Reader]
    agents: Sequence[Mapping[str, str]]
    seconds: float
    a_second: int
    waiting: dict[bytes, list[float]] = field(default_factory=dict)
    times: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    failed: list[int] = field(default_factory=list)
    late: int = 0
    sent: int = 0
    sides: dict[bytes, bool] = field(default_factory=dict)
    from_: float = 0.0
    begins: Callable[[], None] = lambda: None
    """Called when all streams are open and the first message is about to be sent."""

    def heard(self, mark: bytes) -> None:
        """A message has arrived."""
        begun = self.waiting.get(mark)
        if begun:
            started = begun.pop(0)
            if started >= self.from_:
                self.times[self.sides[mark]].append((time.perf_counter() - started) * 1000)

    async def measure(self) -> None:
        """Listen, send at an even pace, wait for the last to arrive."""
        limit = asyncio.Semaphore(LISTENING)
        tasks = []

        async def open_one(stream: Reader) -> None:
            async with limit:
                tasks.append(asyncio.create_task(stream.run()))
                await asyncio.wait_for(stream.ready.wait(), 60)

        await asyncio.gather(*(open_one(stream) for stream in self.streams))
        visitors = [Sender(self.port, _address(n)) for n in range(CONNECTIONS * 5)]
        agents = [Sender(self.port) for _ in self.agents]
        self.begins()
        start = time.perf_counter()
        self.from_ = start + WARM
        sending = []
        count = int((self.seconds + WARM) * self.a_second)
        for n in range(count):
            due = start + n / self.a_second
            pause = due - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            talk = self.talks[(n * 37) % len(self.talks)]
            # the other side of each talk in the next round
            by_agent = bool((n + n // len(self.talks)) % 2)
            sender = agents[talk.agent] if by_agent else visitors[n % len(visitors)]
            sending.append(asyncio.create_task(self._send(talk, sender, n, by_agent)))
        await asyncio.gather(*sending)
        self.sent = count
        end = time.perf_counter() + LATEST
        while any(self.waiting.values()) and time.perf_counter() < end:
            await asyncio.sleep(0.05)
        self.late = sum(len(left) for left in self.waiting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, talk: Talk, sender: Sender, n: int, by_agent: bool) -> None:
        key = f"{os.getpid()}-{n:06d}-{int(self.from_)}"
        mark = talk.mark_of(key, by_agent)
        self.sides[mark] = by_agent
        self.waiting.setdefault(mark, []).append(time.perf_counter())
        path = talk.agent_path if by_agent else talk.visitor_path
        headers = self.agents[talk.agent] if by_agent else talk.visitor_headers
        status = await sender.post(path, headers, talk.body_of(key, by_agent))
        if status >= 300:
            self.failed.append(status)


def _address(n: int) -> str:
    """One of the addresses of the loopback interface: visitors come from many networks, and limits count by those."""
    return f"127.{1 + n // 60_000}.{n // 250 % 250}.{1 + n % 250}"


# --- the two servers ----------------------------------------------------------------------------------------------


def of_product(port: int, told: dict[str, Any], seconds: float, a_second: int) -> Run:
    """The windows and consoles of an installation that `build` has made."""
    channel = told["channel"]
    cookies = [load.sign_in(port, f"clerk{n + 1}", told["password"]) for n in range(told["agents"])]
    agents = [
        {
            "Cookie": cookie,
            "HX-Request": "true",
            "X-CSRFToken": cookie.split("csrftoken=")[1].split(";")[0],
            "Referer": f"http://{load.HOST}:{port}/conversations/",
        }
        for cookie in cookies
    ]
    run = Run(port, [], [], agents, seconds, a_second)

    def to_window(line: bytes) -> None:
        said = json.loads(line[5:])
        if said.get("side") == "us":
            run.heard(said["text"].encode())

    def to_agent(line: bytes) -> None:
        for name in json.loads(line[5:]):
            run.heard(f"to {name}".encode())

    for n, (token, talk) in enumerate(told["talks"]):
        bearer = {"Authorization": f"Bearer {token}"}
        run.streams.append(
            Reader(port, f"/live/chat/{channel}/?after={told['after']}", bearer, to_window, _address(n))
        )

        def body(key: str, by_agent: bool) -> bytes:
            return urlencode({"body": key, "once" if by_agent else "key": key}).encode()

        def mark(key: str, by_agent: bool, talk: int = talk) -> bytes:
            return key.encode() if by_agent else f"to conversation:{talk}".encode()

        run.talks.append(
            Talk(
                f"/chat/{channel}/say/", bearer, n % told["agents"], f"/conversations/{talk}/say/", body, mark
            )
        )
    for agent in agents:
        headers = {"Cookie": agent["Cookie"], "Accept": "text/event-stream"}
        run.streams.append(Reader(port, "/live/", headers, to_agent))
    return run


def of_echo(port: int, windows: int, seconds: float, a_second: int) -> Run:
    """As many streams, and the same messages, on the bare server."""
    agents: Sequence[Mapping[str, str]] = [{} for _ in range(AGENTS)]
    run = Run(port, [], [], agents, seconds, a_second)

    def hear(line: bytes) -> None:
        run.heard(line[5:].strip())

    for n in range(windows):
        run.streams.append(Reader(port, f"/live/v{n}", {}, hear, _address(n)))
        run.talks.append(
            Talk(
                f"/say/a{n % AGENTS}",
                {},
                n % AGENTS,
                f"/say/v{n}",
                lambda key, _by: key.encode(),
                lambda key, _by: key.encode(),
            )
        )
    for n in range(AGENTS):
        run.streams.append(Reader(port, f"/live/a{n}", {}, hear))
    return run


def measure(
    root: Path, vendor: str, url: str, report: Report, *, quick: bool, a_second: int = A_SECOND
) -> list[Measure]:
    """Build what is missing, put both servers under the same load, and compare."""
    windows = QUICK_WINDOWS if quick else WINDOWS
    seconds = QUICK_SECONDS if quick else SECONDS
    home = root / f"{vendor}-chat-{windows}"
    home.mkdir(parents=True, exist_ok=True)
    environment = {"KEYUE_HOME": str(home), "KEYUE_LOG_LEVEL": "ERROR", "PYTHONUNBUFFERED": "1"}
    if vendor == "postgresql":
        from keyue.operations.bench.measuring import _ensure_database

        _ensure_database(url, f"keyue_bench_chat_{windows}")
        environment["KEYUE_DATABASE_URL"] = f"{url.rstrip('/')}/keyue_bench_chat_{windows}"
    report(f"build_chat · {windows:,}")
    told = _build(environment, windows)
    port = load.free_port()
    with load.running(load.whole_product(port), environment, port, "/login/") as process:
        run = of_product(port, told, seconds, a_second)
        marks = [_cpu(process)]
        run.begins = lambda: marks.append(_cpu(process))
        asyncio.run(run.measure())
        opening, spent = marks[1] - marks[0], _cpu(process) - marks[1]
        memory = load.memory_of(process)
    echo_port = load.free_port()
    with load.running(_echo(echo_port), {}, echo_port, "/say/nobody"):
        bare = of_echo(echo_port, windows, seconds, a_second)
        asyncio.run(bare.measure())
    return _figures(vendor, run, bare, Cost(windows, memory, opening, spent))


def _build(environment: Mapping[str, str], windows: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "keyue.config.cli", "bench", "--part", "build_chat", str(windows)]
    done = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _echo(port: int) -> list[str]:
    application = "keyue.operations.bench.echo:application"
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log", "--backlog", "2048"]
    return [sys.executable, "-m", "uvicorn", application, *options]


def _cpu(process: psutil.Process) -> float:
    """Seconds of processor time that the server has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took of the server: memory at its end, and seconds of processor time for opening the windows and from the
    first message to the last."""

    windows: int
    memory: int
    opening: float
    spent: float


def _figures(vendor: str, run: Run, bare: Run, cost: Cost) -> list[Measure]:
    every = [*run.times[True], *run.times[False]]
    plain = [*bare.times[True], *bare.times[False]]
    middle, bare_middle = _median(every), _median(plain)
    wrong = len(run.failed) + run.late + sum(stream.is_lost for stream in run.streams)
    note = (
        f"{cost.windows:,} windows, {run.a_second}/s; to agents {_median(run.times[False]):.0f} ms, "
        f"to visitors {_median(run.times[True]):.0f} ms; {len(every):,} messages"
    )
    return [
        Measure("chat.median_ms", vendor, middle, MEDIAN_REACH, False, note=note),
        Measure("chat.p95_ms", vendor, _p95(every), 10 * MEDIAN_REACH, False),
        Measure(
            "chat.ratio",
            vendor,
            middle / bare_middle if bare_middle else 0.0,
            1_000.0,
            False,
            note=f"to the bare echo: median {bare_middle:.2f} ms, 95 % {_p95(plain):.2f} ms",
        ),
        Measure("chat.lost", vendor, float(wrong), 0.0, False, note=f"{run.failed[:5]} late {run.late}"),
        # one process computes one second a second: at 10 ms a message it would have nothing left at 100 a second
        Measure(
            "chat.cpu_ms",
            vendor,
            1000 * cost.spent / max(run.sent, 1),
            CPU_REACH,
            False,
            note=f"a message, with its streams; {1000 * cost.opening / cost.windows:.1f} ms to open a window",
        ),
        Measure("chat.memory_mib", vendor, cost.memory / 1024 / 1024, 1024.0, False),
    ]


def _median(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[18] if len(times) > 1 else 0.0
