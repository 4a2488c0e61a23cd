"""kill -9 of workers in the middle of the sweep, of sending mail and of importing: each thing happens once.

Mail alone may come twice, with the same Message-ID, where the worker died between sending it and noting so.
KEYUE_KILLS and KEYUE_KILLS_SEED as in test_kill.py.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.importing.enums import ImportState
from keyue.cases.models import Case, ImportRow, ImportRun
from keyue.channels.email.digests import GATHER, is_quiet, recipients
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact, OutboxItem
from keyue.people.models import User
from keyue.promises.enums import PromiseState
from keyue.promises.models import Notice, Promise
from keyue.promises.projection import law_for
from tests.apps.cases.sheets import write_csv
from tests.journeys.test_kill import founded
from tests.support.crashing import Command, Product, often, running, seeded
from tests.support.databases import FreshDatabase
from tests.support.mailbox import Mailbox
from tests.support.ports import free_port

PATIENCE = 120.0
CUSTOMER = Actor("customer", "portal")


def until(what: Callable[[], bool], *, why: str) -> None:
    """Wait for what is to become true."""
    end = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > end:
            pytest.fail(f"not within {PATIENCE} s: {why}", pytrace=False)
        time.sleep(0.05)


def complaint(n: int, at: datetime) -> Case:
    intake = Intake(
        type="complaint",
        title=f"编号壬{n:04d}癸的膜组浊度超标",
        content="约好周六维保，人下午才到。",
        name="周叙白",
        phone=f"136{n:08d}",
        email=f"zhou{n}@example.com",
    )
    return register(intake, by=CUSTOMER, at=at, source="portal").case


@pytest.fixture
def movable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test move the clock of all processes of its home."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")


# --- the sweep -------------------------------------------------------------------------------------------


def test_every_promise_is_broken_once_and_told_once_however_workers_die(
    fresh_database: FreshDatabase, home: Path, mailbox: Mailbox, movable: None
) -> None:
    """Two workers at once; hour after hour comes due, and one of them dies."""
    chance = seeded("sweep")
    founded(is_demo=True)
    began = clock.now()
    for n in range(120):
        complaint(n, began)
    environment = {**fresh_database.environment, **mailbox.environment, "KEYUE_TEST_CLOCK": "1"}
    with running(home, environment) as product:
        workers = [product.command("work"), product.command("work")]
        for worker in workers:
            worker.start()
        kills = often(16)
        for _ in range(kills):
            clock.move_to(clock.now() + timedelta(hours=32) / kills)
            time.sleep(chance.uniform(0.1, 1.4))
            victim = chance.choice(workers)
            victim.kill()
            victim.start()
        assert product.run("clock", "advance", "2h").returncode == 0
        until(lambda: not Promise.objects.filter(look_at__lte=clock.now()).exists(), why="all looked at")
        deliver_all(product)
        for worker in workers:
            worker.end()
        check_swept()
        check_mailed(mailbox)
        product.assert_verified()


def deliver_all(product: Product) -> None:
    """Let time pass until every notice is in a mail and every mail is sent: nights end, leases of the dead run out."""

    def is_over() -> bool:
        if is_quiet(clock.now()):
            clock.move_to(clock.now() + timedelta(hours=1))
            return False
        open_mail = OutboxItem.objects.filter(sent_at=None, failed_at=None)
        if open_mail.filter(look_at__gt=clock.now()).exists():
            clock.move_to(clock.now() + timedelta(minutes=6))
        return not (Notice.objects.filter(mailed_at=None).exists() or open_mail.exists())

    clock.move_to(clock.now() + GATHER)
    until(is_over, why="all notices mailed")


def check_swept() -> None:
    """Each promise of each case is broken, with one fact, and each level told to each one addressed once."""
    now = clock.now()
    due = Promise.objects.filter(due__lt=now)
    assert due.count() == Promise.objects.filter(is_open=True).count() == 3 * Case.objects.count()
    assert not due.exclude(state=PromiseState.BREACHED, told_level__gte=100, told_breach=True).exists()
    broken = Counter(
        (int(ref), data["control"], data["cycle"], data["seq"])
        for ref, data in Fact.objects.filter(kind="promise.broken").values_list("stream__ref", "data")
    )
    assert broken == Counter((p.subject_id, p.control, p.cycle, p.seq) for p in due)
    told = Counter(Notice.objects.values_list("promise", "kind", "level", "to_user", "to_code").order_by())
    assert [which for which, times in told.items() if times > 1] == []
    late = {(which[0], which[4]) for which in told if which[2] == 100}
    law = law_for("case")
    for promise in due:
        control = law.edition_at(promise.regulation, promise.start).control(promise.control)
        whom = {
            promise.owner,
            *(code for step in control.escalate if step.percent == 100 for code in step.to),
        }
        assert {code for pk, code in late if pk == promise.pk} == whom, promise


def check_mailed(mailbox: Mailbox) -> None:
    """Each notice is in one mail to each who gets one; each mail came at least once, and as one message."""
    items = list(OutboxItem.objects.filter(kind="mail.notices"))
    carried = Counter((item.payload["user"], pk) for item in items for pk in item.payload["notices"])
    assert set(carried.values()) == {1}
    wanted = {
        (user.pk, notice.pk)
        for notice in Notice.objects.all()
        for user in recipients(notice, notice.at)
        if user.notify_by_mail and user.email
    }
    assert set(carried) == wanted and wanted
    check_letters(mailbox, [item.key for item in items])


def check_letters(mailbox: Mailbox, keys: list[str]) -> None:
    """Every message of these keys came, none was given up, and copies of one are equal."""
    assert not OutboxItem.objects.filter(sent_at=None).exists()
    by_id: dict[str, set[tuple[str, str]]] = {}
    for letter in mailbox.letters:
        by_id.setdefault(str(letter.message["Message-ID"]), set()).add((letter.subject, letter.text))
    assert set(by_id) == {f"<{key.replace(':', '.')}@localhost>" for key in keys}
    assert all(len(texts) == 1 for texts in by_id.values())


# --- mail ------------------------------------------------------------------------------------------------


@dataclass
class Treacherous(Mailbox):
    """A mail server that kills who sends: before it has taken the message, or after, before it says so."""

    victim: Command | None = None
    chance: random.Random = field(default_factory=random.Random)
    kills: int = 0
    spared: int = 0
    """Messages that may still be taken in peace before all kills are done: as many as it was to kill at first."""
    taken_and_killed: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if not self.kills or (self.spared and self.chance.random() < 0.4):
            self.spared = max(0, self.spared - 1)
            return await super().handle_DATA(server, session, envelope)
        self.kills -= 1
        if self.chance.random() < 0.5:
            await super().handle_DATA(server, session, envelope)
            self.taken_and_killed += 1
        assert self.victim is not None
        os.kill(self.victim.pid, signal.SIGKILL)
        return "451 nobody hears this"


@contextmanager
def treacherous(chance: random.Random, kills: int) -> Iterator[Treacherous]:
    box = Treacherous("127.0.0.1", free_port(), chance=chance, kills=kills, spared=kills)
    controller = Controller(box, hostname=box.host, port=box.port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def test_mail_is_sent_at_least_once_with_one_identity_however_senders_die(
    fresh_database: FreshDatabase, home: Path, movable: None
) -> None:
    chance, kills = seeded("mail"), often(6)
    world = founded(is_demo=True)
    # the clock goes on, and reminders would be mailed too
    User.objects.update(notify_by_mail=False)
    for n in range(kills * 2):
        case = complaint(n, clock.now())
        told = {"via": "mail", "body": f"周主任您好，第 {n} 件明天上午到场。"}
        perform(world.agent, case.number, "reply", told, at=clock.now())
    keys = list(OutboxItem.objects.values_list("key", flat=True))
    assert len(keys) == kills * 2
    with treacherous(chance, kills) as box:
        environment = {**fresh_database.environment, **box.environment, "KEYUE_TEST_CLOCK": "1"}
        with running(home, environment) as product:
            box.victim = product.command("work")
            box.victim.start()

            def is_over() -> bool:
                assert box.victim is not None
                if not box.victim.is_alive():
                    box.victim.start()
                    # the lease of the message at hand must run out
                    clock.move_to(clock.now() + timedelta(minutes=6))
                return not OutboxItem.objects.filter(sent_at=None).exists()

            until(is_over, why="all mail sent")
            box.victim.end()
            assert box.kills == 0
            check_letters(box, keys)
            assert len(box.letters) == len(keys) + box.taken_and_killed
            product.assert_verified()


# --- imports ---------------------------------------------------------------------------------------------


def test_an_import_ends_whole_however_those_who_work_on_it_die(
    fresh_database: FreshDatabase, home: Path, tmp_path: Path
) -> None:
    """The command line and a worker share the rows; either dies; the same command again goes on."""
    chance, n = seeded("import"), 700
    founded()
    file = write_csv(tmp_path / "投诉.csv", [["单号", "受理时间", "类型", "内容", "手机"], *sheet(n)])
    with running(home, fresh_database.environment) as product:
        by_hand, work = product.command("import", "cases", str(file), "--by", "xu"), product.command("work")
        by_hand.start()
        work.start()
        for _ in range(often(5)):
            before = position()
            until(lambda: position() > before or not by_hand.is_alive(), why="some rows imported")  # noqa: B023
            time.sleep(chance.uniform(0.0, 0.3))
            victim = chance.choice([by_hand, work])
            if victim.is_alive():
                victim.kill()
            if not victim.is_alive():
                victim.start()
        until(lambda: not by_hand.is_alive(), why="the import ends")
        work.end()
        last = product.run("import", "cases", str(file), "--by", "xu")
        assert last.returncode == 0, last.stderr
        check_imported(n)
        product.assert_verified()


def sheet(n: int) -> Iterator[list[object]]:
    start = clock.now() - timedelta(days=9)
    for k in range(n):
        at = f"{start + timedelta(minutes=7 * k):%Y-%m-%d %H:%M}"
        yield [f"GD-{k:05d}", at, "投诉", f"第 {k} 件：膜组产水浊度反复超标", f"135{k:08d}"]


def position() -> int:
    return ImportRun.objects.order_by("pk").values_list("position", flat=True).first() or 0


def check_imported(n: int) -> None:
    first = ImportRun.objects.order_by("pk")[0]
    assert (first.state, first.position, first.made, first.bad) == (ImportState.DONE, n, n, 0)
    assert ImportRow.objects.filter(run=first).count() == n
    assert not ImportRun.objects.exclude(pk=first.pk).exclude(made=0).exists()
    assert not ImportRun.objects.exclude(state=ImportState.DONE).exists()
    assert Case.objects.count() == n
    assert Case.objects.values("source_key").distinct().count() == n
    received = Counter(Fact.objects.filter(kind="case.received").values_list("stream__ref", flat=True))
    assert len(received) == n and set(received.values()) == {1}
