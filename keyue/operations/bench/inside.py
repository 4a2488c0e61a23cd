"""Measures taken inside one process on one installation: pages, search, sweep, import. Each prints plain numbers."""

from __future__ import annotations

import csv
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyue.cases import lists
from keyue.cases.actions.intake import Intake, register
from keyue.cases.importing import actions as sheets
from keyue.cases.models import Case
from keyue.cases.search import containing
from keyue.compliance import actions as questions
from keyue.compliance.enums import WhatIfState
from keyue.compliance.replaying import Foreman
from keyue.compliance.what_if import Changes
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.operations.bench.data import tidy
from keyue.operations.bench.texts import MARKS, RARE, THINGS, TROUBLES, Texts
from keyue.people import selectors as staff
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.models import Promise

RUNS = 15
NEWEST = 25


def milliseconds(work: Callable[[], Any], runs: int = RUNS, warm: int = 2) -> list[float]:
    """Times of `runs` runs after `warm` unmeasured ones."""
    for _ in range(warm):
        work()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return times


def median(times: Sequence[float]) -> float:
    return statistics.median(times)


def pages() -> dict[str, Any]:
    """Median of the queue, a case and the workbench, for one who sees all and for one department; with query counts."""
    results: dict[str, Any] = {}
    identity = Case.objects.order_by("-pk").values_list("pk", flat=True)[10]
    number = Case.objects.get(pk=identity).number
    for reader in ("all", "one"):
        user = _reader(reader)
        client = Client()
        client.force_login(user)
        shown = number if reader == "all" else _number_for(user)
        for name, address in (("queue", "/cases/"), ("case", f"/cases/{shown}/"), ("workbench", "/")):
            times = milliseconds(partial(_fetched, client, address))
            with CaptureQueriesContext(connection) as captured:
                _fetched(client, address)
            results[f"{name}.{reader}"] = {
                "median": median(times),
                "queries": len(captured),
                "samples": times,
            }
    return results


def _reader(name: str) -> User:
    user = staff.by_username(name)
    if user is None:
        raise LookupError(f"the bench installation has no reader {name}")
    return user


def _number_for(user: Any) -> str:
    page = lists.queue(user, lists.Filters(), when=lists.moment(clock.now()), size=1)
    return page.cases[0].number


def _fetched(client: Client, address: str) -> None:
    response = client.get(address, HTTP_HOST="127.0.0.1")
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")


def words() -> list[str]:
    """Two-character words of every frequency: common, uncommon, and words that hardly occur."""
    chance = random.Random(3)  # noqa: S311  words, not secrets
    pairs = ["".join(chance.sample(MARKS, 2)) for _ in range(4)]
    return [*chance.sample(THINGS, 2), *chance.sample(TROUBLES, 2), *pairs, *chance.sample(RARE, 4)]


def search() -> dict[str, Any]:
    """Newest 25 by the index against a LIKE scan of the same texts; recall and precision over the full answers."""
    results: dict[str, Any] = {"words": {}}
    for reader in ("all", "one"):
        user = _reader(reader)
        when = lists.moment(clock.now())
        ours, scans = [], []
        for word in words():
            wanted = lists.Filters(text=word, state="all")
            look = partial(lists.found_ids, user, wanted, when=when, most=NEWEST)
            ours.append(median(milliseconds(look, runs=5)))
            scans.append(median(milliseconds(partial(_scan, word, reader), runs=1, warm=0)))
        results[reader] = {"ours": sum(ours), "scan": sum(scans), "ratio": sum(scans) / sum(ours)}
    wrong = 0
    for word in words()[::3]:
        found = set(containing(word))
        wrong += len(found ^ _all_by_scan(word))
    results["wrong"] = wrong
    return results


LIKE = (
    "SELECT c.id FROM cases_case c WHERE {scope} (c.title LIKE %s OR EXISTS "
    "(SELECT 1 FROM cases_message m WHERE m.case_id = c.id AND m.body LIKE %s)) ORDER BY c.id DESC"
)
# OFFSET 0 keeps PostgreSQL from reading the department's cases alone, through an index that is ours
SCOPE = "EXISTS (SELECT 1 FROM cases_casescope s WHERE s.case_id = c.id AND s.department = 'd07' {fence}) AND"


def _scan(word: str, reader: str) -> list[int]:
    """What a product without an index does: read text after text, newest first, until 25 are found."""
    fence = "OFFSET 0" if connection.vendor == "postgresql" else ""
    sql = LIKE.format(scope=SCOPE.format(fence=fence) if reader == "one" else "")
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {NEWEST}", [f"%{word}%", f"%{word}%"])
        return [row[0] for row in cursor.fetchall()]


def _all_by_scan(word: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(LIKE.format(scope=""), [f"%{word}%", f"%{word}%"])
        return {row[0] for row in cursor.fetchall()}


def sweep_idle() -> dict[str, Any]:
    """The sweep where nothing is due."""
    now = clock.now()
    while promises.look(now=now).subjects:
        pass
    tidy()
    times = milliseconds(lambda: promises.look(now=now), runs=200, warm=20)
    return {"median": median(times), "open": Promise.objects.filter(is_open=True).count()}


def sweep_due(n: int) -> dict[str, Any]:
    """Promises turned to broken a second, with fact, notice and escalation, as fast as one worker goes."""
    start = clock.now() - timedelta(hours=5)
    with clock.telling(start):
        for k in range(n):
            intake = Intake(type="feedback", content=f"第{k}条：水泵异响，请尽快处理。", is_anonymous=True)
            register(intake, by=Actor("customer", "portal"), at=start, source="bench")
    started = time.perf_counter()
    broken = 0
    while (swept := promises.look(now=clock.now())).subjects:
        broken += swept.broken
    seconds = time.perf_counter() - started
    return {"broken": broken, "seconds": seconds, "per_second": broken / seconds}


def what_if() -> dict[str, Any]:
    """A shorter limit over everything that ever happened, worked on as the worker does it, two processes beside it."""
    now, user = clock.now(), _reader("boss")
    asked = questions.ask_what_if(
        regulation="feedback",
        changes=Changes({"plan.within": "PT12H"}),
        since=now - timedelta(days=3650),
        until=now,
        user=user,
        by=Actor("staff", str(user.pk)),
        at=now,
    )
    foreman, longest = Foreman(), 0.0
    started = time.perf_counter()
    while True:
        began = time.perf_counter()
        if not foreman.turn(clock.now()):
            break
        longest = max(longest, time.perf_counter() - began)
    seconds = time.perf_counter() - started
    asked.refresh_from_db()
    if asked.state != WhatIfState.DONE:
        raise RuntimeError(f"the replay ended {asked.state}: {asked.problem}")
    return {
        "cases": asked.done,
        "seconds": seconds,
        "per_second": asked.done / seconds,
        "turn": longest,
        # of the two processes: what the machine was otherwise busy with does not stand in it
        "cpu_seconds": sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]),
        "processes": foreman.processes,
    }


def register_one() -> None:
    """One intake as the load does it, for counting its rows."""
    texts = Texts(1)
    register(
        Intake(
            type="complaint",
            title=texts.title(),
            content=texts.content(),
            name="王测速",
            phone="13911112222",
            channel="api",
        ),
        by=Actor("staff", str(_reader("all").pk)),
        at=clock.now(),
        source="api",
    )


def importing(sizes: Sequence[int], folder: Path) -> dict[str, Any]:
    """Spreadsheets of growing length, each imported by a process of its own: rows a second and its peak of memory."""
    runs = []
    for rows in sizes:
        sheet = folder / f"bench-{rows}-{clock.now():%H%M%S}.csv"
        _write_sheet(sheet, rows)
        done = subprocess.run(
            [sys.executable, "-m", "keyue.config.cli", "bench", "--part", "import_one", str(sheet)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        runs.append({"rows": rows, **json.loads(done.stdout.strip().splitlines()[-1])})
        sheet.unlink()
    return {"runs": runs}


def import_one(sheet: Path) -> dict[str, Any]:
    """One spreadsheet from the file to the last row: reading, checking, registering, promises and search rows."""
    before = Case.objects.count()
    by, now = Actor("system", "bench"), clock.now()
    started = time.perf_counter()
    with sheet.open("rb") as file:
        run = sheets.draft(chunks=iter(partial(file.read, 1 << 16), b""), name=sheet.name, by=by, at=now)
    sheets.start(run_id=run.pk, by=by, at=now)
    sheets.work_to_end(run.pk, now=now)
    seconds = time.perf_counter() - started
    registered = Case.objects.count() - before
    return {
        "registered": registered,
        "seconds": seconds,
        "per_second": registered / seconds,
        # Linux gives kibibytes
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _write_sheet(target: Path, rows: int) -> None:
    texts, now = Texts(rows), clock.now()
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["单号", "类型", "标题", "内容", "姓名", "电话", "发生时间"])
        for n in range(rows):
            at = now - timedelta(minutes=n % 60 + 1)
            phone = f"137{n:08d}"
            writer.writerow(
                [
                    f"{target.stem}-{n}",
                    "投诉",
                    texts.title(),
                    texts.content(),
                    f"来信人{n % 997}",
                    phone,
                    at.isoformat(),
                ]
            )
