"""`make test`: everything that must hold, part by part, with a summary.

    python -m tests.run                 all parts
    python -m tests.run rules apps      these parts
    python -m tests.run --fast          without the browser and PostgreSQL
    python -m tests.run postgres -- tests/apps/cases -k round
                                        what follows -- goes to pytest

Every part runs, whatever happened before; the exit code is 1 if any failed. The last line sums up the tests.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from tests.support import needs, postgres
from tests.support.environment import ROOT, clean

PYTHON = sys.executable
WORKERS = "2"
# a part that hangs must not take the whole run's time with it
LIMIT = 40 * 60
# the groups of the processes at work
_running: set[int] = set()


@dataclass
class Outcome:
    """How a part ended: `ok`, `FAILED` or `not run`, with the tests it counted and a word on why."""

    state: str = "ok"
    word: str = ""
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Run:
    """What all parts share: a temporary directory, the environment, what goes on to pytest."""

    place: Path
    environment: dict[str, str]
    extra: Sequence[str]
    out: IO[bytes] | None = None
    """Where commands write; None: where we do."""

    def call(self, *command: str, environment: dict[str, str] | None = None) -> int:
        """Run a command with its output on ours; its exit code, 124 where its time ran out."""
        env = {**self.environment, **(environment or {})}
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
            start_new_session=True,
        )
        _running.add(process.pid)
        try:
            return process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            print(f"{command[0]}: ended after {LIMIT} s", flush=True)
            return 124
        finally:
            _running.discard(process.pid)
            # the group is ours: whatever the command left running ends with it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def pytest(
        self, *arguments: str, environment: dict[str, str] | None = None, workers: str = WORKERS
    ) -> Outcome:
        """Run pytest and read from its report what it did."""
        report = self.place / f"report-{time.monotonic_ns()}.xml"
        # paths after -- take the place of the part's own
        named = [a for a in self.extra if (ROOT / a.split("::")[0]).exists()]
        given = [a for a in arguments if not (named and a.startswith("tests/"))]
        slowest = ["--durations=12", "--durations-min=8"]
        # a worker that has nothing left takes over what another one has not begun
        spread = [] if "--dist" in arguments else ["--dist", "worksteal"]
        command = [
            PYTHON,
            "-m",
            "pytest",
            "-n",
            workers,
            f"--junitxml={report}",
            *slowest,
            *spread,
            *given,
            *self.extra,
        ]
        code = self.call(*command, environment=environment)
        outcome = read_report(report)
        if outcome.passed + outcome.failed == 0 and not self.extra:
            outcome.state, outcome.word = "FAILED", "no test ran"
        elif code not in (0, 5):
            outcome.state, outcome.word = "FAILED", "" if outcome.failed else f"pytest ended with {code}"
        return outcome

    def check(self, *command: str) -> Outcome:
        """Run a command that either holds or not."""
        code = self.call(*command)
        return Outcome() if code == 0 else Outcome("FAILED", f"exit code {code}")


def read_report(report: Path) -> Outcome:
    """The numbers of a JUnit report."""
    outcome = Outcome()
    if not report.exists():
        return outcome
    # the report is our own pytest's
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        total, bad, skipped = (int(suite.get(key, "0")) for key in ("tests", "failures", "skipped"))
        bad += int(suite.get("errors", "0"))
        outcome.failed += bad
        outcome.passed += max(0, total - bad - skipped)
        if skipped:
            outcome.word = f"{skipped} skipped"
    return outcome


# --- the parts -------------------------------------------------------------------------------------------


def lint(run: Run) -> Outcome:
    return run.check("ruff", "check", ".")


def layout(run: Run) -> Outcome:
    return run.check("ruff", "format", "--check", ".")


def markup(run: Run) -> Outcome:
    """The templates' own layout."""
    listed = [str(p) for p in sorted((ROOT / "keyue").rglob("templates/**/*.html"))]
    return run.check("djade", "--check", "--target-version", "5.2", *listed) if listed else Outcome()


def types(run: Run) -> Outcome:
    return run.check(PYTHON, "-m", "mypy", "keyue")


def contracts(run: Run) -> Outcome:
    return run.check("lint-imports", "--cache-dir", str(run.place / "imports"))


def migrations(run: Run) -> Outcome:
    return run.check(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")


def rules(run: Run) -> Outcome:
    return run.pytest("tests/rules", environment={"KEYUE_TESTS_PURE": "1"})


def reader(run: Run) -> Outcome:
    """How well the reader of regulations reads, as a table."""
    return run.check(PYTHON, "-m", "tests.support.reader_figures")


def apps(run: Run) -> Outcome:
    return _missing_mail_servers() or run.pytest("tests/apps")


def _missing_mail_servers() -> Outcome | None:
    """Install the mail servers, if need be, before workers ask for them at once; a failure where they cannot be had."""
    try:
        needs.mail_servers()
    except needs.Missing as error:
        print(error, flush=True)
        return Outcome("FAILED", "no mail servers")
    return None


def architecture(run: Run) -> Outcome:
    return run.pytest("tests/architecture")


def journeys(run: Run) -> Outcome:
    return run.pytest("tests/journeys")


def on_postgres(run: Run) -> Outcome:
    """Apps and journeys once more, on PostgreSQL servers of our own.

    One a worker: an open transaction of one database holds back what another one on the same server may
    take as settled, which is right for the product and wrong between tests.
    """
    without = _missing_mail_servers()
    if without is not None:
        return without
    with contextlib.ExitStack() as stack:
        try:
            servers = [stack.enter_context(postgres.running()) for _ in range(int(WORKERS))]
        except RuntimeError as error:
            print(error, flush=True)
            return Outcome("FAILED", "no PostgreSQL server")
        print(f"PostgreSQL {servers[0].version} on " + ", ".join(s.url for s in servers), flush=True)
        environment = {
            "KEYUE_TESTS_DATABASE_URL": ",".join(s.url for s in servers),
            # pg_dump must not be older than the server
            "PATH": f"{servers[0].programs}{os.pathsep}{run.environment['PATH']}",
        }
        return run.pytest("tests/apps", "tests/journeys", environment=environment)


def browser(run: Run) -> Outcome:
    try:
        needs.browser()
    except needs.Missing as error:
        print(error, flush=True)
        return Outcome("FAILED", "no browser")
    # once more where Chromium itself was lost or answered no more, and only there; the summary counts it
    again = ["--reruns", "1", "--only-rerun", "browser has been closed"]
    outcome = run.pytest("tests/browser", "--dist", "loadfile", *again)
    hung = run.place / "chromium-hung.txt"
    if hung.exists():
        print(hung.read_text(encoding="utf-8"), flush=True)
        outcome.word = f"{outcome.word} Chromium was started again".strip()
    return outcome


def audit(run: Run) -> Outcome:
    """Known weaknesses of our dependencies. Without an answer from the service this is not run, and not a pass."""
    report = run.place / "audit.json"
    command = [
        "pip-audit",
        "--progress-spinner",
        "off",
        "--disable-pip",
        "--no-deps",
        "-r",
        "constraints.txt",
    ]
    done = subprocess.run(
        [*command, "-f", "json", "-o", str(report)],
        cwd=ROOT,
        env=run.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT,
    )
    found = (
        json.loads(report.read_text())["dependencies"] if report.exists() and report.stat().st_size else []
    )
    answered = [d for d in found if "skip_reason" not in d]
    weak = [d for d in answered if d["vulns"]]
    for d in weak:
        print(f"{d['name']} {d['version']}: " + ", ".join(v["id"] for v in d["vulns"]))
    if weak:
        return Outcome("FAILED", f"{len(weak)} packages with known weaknesses")
    if not answered:
        reason = done.stderr.strip().splitlines()[-1:] or ["nothing was answered"]
        print(f"no word about any package: {found[0]['skip_reason'] if found else reason[0]}")
        return Outcome("not run", "the service was not reached")
    print(f"{len(answered)} of {len(found)} packages looked up, none with a known weakness")
    return Outcome("ok", "" if len(answered) == len(found) else f"{len(found) - len(answered)} not looked up")


@dataclass(frozen=True)
class Part:
    name: str
    heading: str
    work: Callable[[Run], Outcome]
    slow: bool = field(default=False)
    is_single: bool = field(default=False)
    """It keeps one processor busy, and goes side by side with others that do."""


PARTS = [
    Part("types", "mypy", types, is_single=True),
    Part("lint", "ruff check", lint, is_single=True),
    Part("format", "ruff format", layout, is_single=True),
    Part("templates", "layout of the templates", markup, is_single=True),
    Part("imports", "import contracts", contracts, is_single=True),
    Part("migrations", "models and migrations agree", migrations, is_single=True),
    Part("reader", "figures of the reader of regulations", reader, is_single=True),
    Part("rules", "pure rules", rules),
    Part("architecture", "rules of the house", architecture),
    Part("apps", "rooms on SQLite", apps),
    Part("journeys", "journeys on SQLite", journeys),
    Part("postgres", "rooms and journeys on PostgreSQL", on_postgres, slow=True),
    Part("browser", "pages in Chromium", browser, slow=True),
    Part("audit", "known weaknesses of dependencies", audit, slow=True),
]


@contextlib.contextmanager
def prepared(extra: Sequence[str]) -> Iterator[Run]:
    """A temporary directory for everything, and an environment without the caller's own settings."""
    place = Path(tempfile.mkdtemp(prefix="keyue-tests-"))
    try:
        environment = {
            **clean(dict(os.environ)),
            "KEYUE_TESTS_ROOT": str(place),
            "KEYUE_HOME": str(place / "home"),
            "PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
        }
        yield Run(place, environment, extra)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def head(part: Part) -> None:
    print(
        f"\n== {part.name}: {part.heading} " + "=" * max(4, 74 - len(part.name) - len(part.heading)),
        flush=True,
    )


def foot(part: Part, outcome: Outcome) -> None:
    print(f"-- {part.name}: {outcome.state} {outcome.word}".rstrip(), flush=True)


def timed(part: Part, run: Run) -> Outcome:
    begun = time.monotonic()
    outcome = part.work(run)
    outcome.seconds = time.monotonic() - begun
    return outcome


def side_by_side(run: Run, parts: Sequence[Part]) -> Iterator[tuple[Part, Outcome]]:
    """As many at once as there are workers; what each of them wrote, in the order of the parts."""
    with ThreadPoolExecutor(int(WORKERS)) as pool, contextlib.ExitStack() as stack:
        outs = [stack.enter_context(tempfile.TemporaryFile(dir=run.place)) for _ in parts]
        going = [
            pool.submit(timed, part, replace(run, out=out)) for part, out in zip(parts, outs, strict=True)
        ]
        try:
            for part, out, done in zip(parts, outs, going, strict=True):
                outcome = done.result()
                out.seek(0)
                head(part)
                print(out.read().decode(errors="replace"), end="", flush=True)
                foot(part, outcome)
                yield part, outcome
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for group in list(_running):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
            raise


def summarise(outcomes: dict[str, Outcome], seconds: float) -> None:
    """A line a part; the very last line sums up the tests."""
    print("\n== summary " + "=" * 69)
    for name, o in outcomes.items():
        tests = f"{o.passed} passed, {o.failed} failed" if o.passed or o.failed else ""
        print(
            f"{name:14}{o.state:9}{o.seconds:7.1f} s   {'; '.join(t for t in (tests, o.word) if t)}".rstrip()
        )
    print(f"{'in all':23}{seconds:7.1f} s")
    failed = [name for name, o in outcomes.items() if o.state == "FAILED"]
    print("failed: " + ", ".join(failed) if failed else "everything holds")
    print(
        f"{sum(o.passed for o in outcomes.values())} passed, {sum(o.failed for o in outcomes.values())} failed"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    extra: list[str] = []
    if "--" in given:
        cut = given.index("--")
        given, extra = given[:cut], given[cut + 1 :]
    parser = argparse.ArgumentParser(prog="python -m tests.run", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(p.name for p in PARTS))
    parser.add_argument("--fast", action="store_true", help="leave out the browser, PostgreSQL and the audit")
    options = parser.parse_args(given)
    unknown = sorted(set(options.parts) - {p.name for p in PARTS})
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    chosen = [
        p for p in PARTS if (p.name in options.parts if options.parts else not (options.fast and p.slow))
    ]
    outcomes: dict[str, Outcome] = {}
    for deadly in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            deadly, lambda number, _: sys.exit(128 + number)
        )  # what was started is ended on the way out
    with prepared(extra) as run:
        begun = time.monotonic()
        for part, outcome in side_by_side(run, [part for part in chosen if part.is_single]):
            outcomes[part.name] = outcome
        for part in chosen:
            if not part.is_single:
                head(part)
                outcomes[part.name] = timed(part, run)
                foot(part, outcomes[part.name])
        seconds = time.monotonic() - begun
    summarise(outcomes, seconds)
    return 1 if any(o.state == "FAILED" for o in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
