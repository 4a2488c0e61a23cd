"""The measures, each as a ratio or a rate of one run, with what it has to reach.

The orchestrator touches no database itself: every part runs in a process of its own on an installation of its own.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from keyue.operations.bench import load

FULL = (1_000, 100_000, 1_000_000)
QUICK = (1_000, 10_000)
CUSTOMERS = (10_000, 1_000_000)
QUICK_CUSTOMERS = (1_000, 10_000)
CUSTOMER_SEARCH = 50.0
"""Milliseconds that the slowest search in the archive may take."""
CUSTOMER_QUERIES = 30
YARDSTICK = "keyue.operations.bench.baseline_settings"
SECONDS = 20.0
ROUNDS = 3
SEARCH_REACH = 50
"""Times as fast as a scan, at the largest of the full sizes."""
WHAT_IF_REACH = 100_000 / 90
"""Cases a second: a hundred thousand of the past in a minute and a half."""
MIB = 1024 * 1024
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure; `least` says whether more is better."""

    id: str
    database: str
    value: float
    reach: float
    least: bool
    samples: Any = None
    note: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.reach if self.least else self.value <= self.reach

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id, "database": self.database, "value": round(self.value, 3), "reach": self.reach,
            "met": self.met, "samples": self.samples, "note": self.note,
        }  # fmt: skip


@dataclass(slots=True)
class Bench:
    """A run over the sizes, on one database vendor."""

    root: Path
    sizes: tuple[int, ...]
    vendor: str
    url: str
    report: Report
    seconds: float = SECONDS
    customers: tuple[int, int] = CUSTOMERS
    measures: list[Measure] = field(default_factory=list)

    def run(self) -> list[Measure]:
        """Build what is missing, then measure everything."""
        for size in self.sizes:
            self._inside(size, "build", str(size))
        self._pages()
        self._search()
        self._sweeps()
        self._import()
        self._what_if()
        self._intake()
        self._memory()
        return self.measures

    def run_customers(self) -> list[Measure]:
        """The archive of customers alone: build what is missing, then measure list, search and a customer's page."""
        for size in self.customers:
            self._archive(size, "build_customers", str(size))
        self._customer_pages()
        self._customer_search()
        self._customer_page()
        return self.measures

    # ── installations ─────────────────────────────────────────────────────────────────────────────────────

    def _home(self, size: int) -> Path:
        return self.root / f"{self.vendor}-{size}"

    def _environment(self, home: Path, name: str) -> dict[str, str]:
        found = {"KEYUE_HOME": str(home), "KEYUE_LOG_LEVEL": "ERROR", "PYTHONUNBUFFERED": "1"}
        if self.vendor == "postgresql":
            found["KEYUE_DATABASE_URL"] = f"{self.url.rstrip('/')}/{name}"
        return found

    def _archive(self, size: int, part: str, *arguments: str) -> Any:
        """Run a part inside the installation with an archive of so many customers."""
        home = self.root / f"{self.vendor}-customers-{size}"
        return self._inside(size, part, *arguments, home=home, name=f"keyue_bench_customers_{size}")

    def _inside(self, size: int, part: str, *arguments: str, home: Path | None = None, name: str = "") -> Any:
        """Run a part inside the installation of a size; its JSON answer."""
        place = home or self._home(size)
        place.mkdir(parents=True, exist_ok=True)
        name = name or f"keyue_bench_{size}"
        if self.vendor == "postgresql":
            _ensure_database(self.url, name)
        self.report(f"{part} · {size:,}")
        done = subprocess.run(
            [sys.executable, "-m", "keyue.config.cli", "bench", "--part", part, *arguments],
            env={**os.environ, **self._environment(place, name)},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"bench part {part} on {size} ended with {done.returncode}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def _copy(self, size: int) -> Path:
        """A copy of an installation to write into; on PostgreSQL the small one itself is written into."""
        if self.vendor == "postgresql":
            return self._home(size)
        target = Path(tempfile.mkdtemp(dir=self.root))
        shutil.copytree(self._home(size), target, dirs_exist_ok=True)
        return target

    def _drop(self, home: Path) -> None:
        if self.vendor != "postgresql":
            shutil.rmtree(home, ignore_errors=True)

    def _add(
        self, id: str, value: float, reach: float, *, least: bool, samples: Any = None, note: str = ""
    ) -> None:
        measure = Measure(id, self.vendor, value, reach, least, samples, note)
        self.measures.append(measure)
        sign = "≥" if least else "≤"
        self.report(f"  {'✓' if measure.met else '✗'} {id} {value:.2f} ({sign} {reach}) {note}")

    # ── measures ──────────────────────────────────────────────────────────────────────────────────────────

    def _in_turns(self, part: str) -> list[list[Any]]:
        """Small and large in turns: a machine that is slower for some seconds is so for one of several rounds."""
        return [[self._inside(size, part) for size in (self.sizes[0], self.sizes[-1])] for _ in range(ROUNDS)]

    def _pages(self) -> None:
        rounds = self._in_turns("pages")
        for page in ("queue", "case", "workbench"):
            names = {who: f"{page}.{who}" for who in ("all", "one")}
            ratios = {
                who: statistics.median(
                    large[name]["median"] / small[name]["median"] for small, large in rounds
                )
                for who, name in names.items()
            }
            queries = max(large[name]["queries"] for _small, large in rounds for name in names.values())
            worst = max(ratios.values())
            if queries > 25:
                worst = float("inf")
            medians = {
                who: [round(statistics.median(pair[n][name]["median"] for pair in rounds), 1) for n in (0, 1)]
                for who, name in names.items()
            }
            self._add(
                page,
                worst,
                1.5,
                least=False,
                samples=medians,
                note=f"{queries} queries; ms small/large {medians}",
            )

    def _search(self) -> None:
        found = self._inside(self.sizes[-1], "search")
        worst = min(found["all"]["ratio"], found["one"]["ratio"])
        if found["wrong"]:
            worst = 0.0
        # the scan's time grows with the cases, the index's hardly
        reach = SEARCH_REACH * min(self.sizes[-1] / FULL[-1], 1)
        note = f"{self.sizes[-1]:,} cases; {found['wrong']} answers differ from the scan"
        self._add("search", worst, reach, least=True, samples=found, note=note)

    def _customer_pages(self) -> None:
        """The list with a word and a scope, at the large size against the small one: the worst of all pairs on which as
        many customers stand at both; a page that is not full at the small size would be compared with a longer one."""
        small, large = self.customers
        rounds = [[self._archive(n, "customer_pages") for n in (small, large)] for _ in range(ROUNDS)]
        first, second = rounds[0]
        alike = [name for name in first if first[name]["rows"] == second[name]["rows"]]
        ratios = [
            statistics.median(pair[1][name]["median"] / pair[0][name]["median"] for pair in rounds)
            for name in alike
        ]
        medians = {
            name: [round(statistics.median(pair[n][name]["median"] for pair in rounds), 1) for n in (0, 1)]
            for name in alike
        }
        note = f"{small:,} and {large:,} customers; ms {medians}"
        unlike = {name: [first[name]["rows"], second[name]["rows"]] for name in first if name not in medians}
        if unlike:
            note += f"; not compared, as so many customers stand on the page: {unlike}"
        # where no page is alike nothing was measured
        worst = max(ratios, default=float("inf"))
        self._add("customer_list", worst, 1.5, least=False, samples=rounds, note=note)

    def _customer_search(self) -> None:
        found = self._archive(self.customers[-1], "customer_search")
        kinds = {kind: most for kind, (_least, most) in found["kinds"].items()}
        note = f"ms, the slowest of every kind of word {kinds}; a LIKE scan takes {found['ratio']:.0f} times as long"
        self._add("customer_search", found["slowest"], CUSTOMER_SEARCH, least=False, samples=found, note=note)

    def _customer_page(self) -> None:
        found = self._archive(self.customers[-1], "customer_files")
        queries = max(tab["queries"] for tab in found.values())
        slowest = max(tab["median"] for tab in found.values())
        note = f"queries of the tab that takes the most of {len(found)}; the slowest takes {slowest:.0f} ms"
        self._add("customer_page", queries, CUSTOMER_QUERIES, least=False, samples=found, note=note)

    def _sweeps(self) -> None:
        rounds = self._in_turns("sweep_idle")
        ratio = statistics.median(large["median"] / small["median"] for small, large in rounds)
        times = [statistics.median(pair[n]["median"] for pair in rounds) for n in (0, 1)]
        held = [found["open"] for found in rounds[-1]]
        note = f"{held[0]:,} and {held[1]:,} open promises; ms {times[0]:.3f}/{times[1]:.3f}"
        self._add("sweep_idle", ratio, 1.5, least=False, samples=rounds, note=note)
        home = self._copy(self.sizes[0])
        due = self._inside(self.sizes[0], "sweep_due", "1500", home=home)
        self._drop(home)
        self._add(
            "sweep_due", due["per_second"], 300, least=True, samples=due, note=f"{due['broken']} broken"
        )

    def _import(self) -> None:
        home = self._copy(self.sizes[0])
        found = self._inside(self.sizes[0], "import", "2000", "10000", home=home)
        self._drop(home)
        rate = min(row["per_second"] for row in found["runs"])
        growth = found["runs"][-1]["peak_mib"] - found["runs"][0]["peak_mib"]
        if growth > 24:
            rate = 0.0
        note = f"peak memory grew by {growth:.0f} MiB from {found['runs'][0]['rows']:,} to {found['runs'][-1]['rows']:,} rows"
        self._add("import", rate, 150, least=True, samples=found, note=note)

    def _what_if(self) -> None:
        size = self.sizes[1]
        home = self._copy(size)
        found = self._inside(size, "what_if", home=home)
        self._drop(home)
        note = f"{found['cases']:,} cases in {found['seconds']:.1f} s; a turn of the worker at most {found['turn']:.2f} s"
        self._add("what_if", found["per_second"], WHAT_IF_REACH, least=True, samples=found, note=note)

    def _intake(self) -> None:
        home = self._copy(self.sizes[0])
        environment = self._environment(home, f"keyue_bench_{self.sizes[0]}")
        ready = self._inside(self.sizes[0], "ready", home=home)
        ours, bare = [], []
        for _ in range(3):
            ours.append(
                self._rate(
                    load.product, environment, "/api/v1/cases", {"Authorization": f"Bearer {ready['token']}"}
                )
            )
            # the bench itself runs with the settings of the product, and so would what it starts
            rows = {"KEYUE_BENCH_ROWS": str(ready["rows"]), "DJANGO_SETTINGS_MODULE": YARDSTICK}
            bare.append(self._rate(load.yardstick, {**environment, **rows}, "/insert", {}))
        self._drop(home)
        ratio = statistics.median(ours) / statistics.median(bare)
        note = f"{statistics.median(ours):.0f} against {statistics.median(bare):.0f} a second, {ready['rows']} rows each"
        self._add("intake", ratio, 0.4, least=True, samples={"ours": ours, "bare": bare}, note=note)

    def _rate(
        self,
        server: Callable[[int, int], list[str]],
        environment: Mapping[str, str],
        path: str,
        headers: Mapping[str, str],
    ) -> float:
        port = load.free_port()
        probe = "/login/" if path.startswith("/api/") else "/nothing"
        with load.running(server(port, 2), environment, port, probe):
            load.Clients(port, path, headers, n=8).run(2.0)
            clients = load.Clients(port, path, headers, n=8)
            rate = clients.run(self.seconds / 3)
            if clients.failed:
                raise RuntimeError(f"{clients.failed} requests to {path} failed")
            return rate

    def _memory(self) -> None:
        home = self._copy(self.sizes[0])
        ready = self._inside(self.sizes[0], "ready", home=home)
        port = load.free_port()
        environment = self._environment(home, f"keyue_bench_{self.sizes[0]}")
        with load.running(load.whole_product(port), environment, port, "/login/") as process:
            peak = self._under_load(process, port, ready)
        self._drop(home)
        self._add("memory", peak / MIB, 250, least=False, note="MiB, PSS of all processes of keyue serve")

    def _under_load(self, process: psutil.Process, port: int, ready: Mapping[str, Any]) -> int:
        """Peak of PSS with 8 intake clients, 50 live streams, and 5 sign-ins at a time."""
        stop = threading.Event()
        cookie = load.sign_in(port, "all", ready["password"])
        load.listeners(port, cookie, 50, stop)
        clients = load.Clients(port, "/api/v1/cases", {"Authorization": f"Bearer {ready['token']}"}, n=8)
        posting = threading.Thread(target=clients.run, args=(self.seconds,), daemon=True)
        posting.start()
        peak, end = 0, time.monotonic() + self.seconds
        while time.monotonic() < end:
            several = [
                threading.Thread(
                    target=_try_sign_in, args=(port, f"clerk{n}", ready["password"]), daemon=True
                )
                for n in range(1, 6)
            ]
            for thread in several:
                thread.start()
            while any(thread.is_alive() for thread in several):
                peak = max(peak, load.memory_of(process))
                time.sleep(0.05)
        stop.set()
        posting.join(30)
        return peak


def _try_sign_in(port: int, username: str, password: str) -> None:
    try:
        load.sign_in(port, username, password)
    except (OSError, RuntimeError, KeyError):
        return


def _ensure_database(url: str, name: str) -> None:
    import psycopg

    with psycopg.connect(f"{url.rstrip('/')}/postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(f'CREATE DATABASE "{name}"')


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 1024**3, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
