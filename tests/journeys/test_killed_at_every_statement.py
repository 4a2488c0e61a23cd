"""Death before every statement, before every commit and after it (ENGINE.md, I24).

What is begun again after the death ends as what was never disturbed: the same facts, promises, notices, messages to the
outside and rows of the search, none of them twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from keyue.cases.actions.files import Upload, path_of
from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.importing import actions as importing
from keyue.cases.importing.enums import ImportState
from keyue.cases.models import Attachment, Case, CaseText, ImportRow, ImportRun, Message
from keyue.customers import actions as customers
from keyue.customers.enums import ErasureReason
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger import actions as ledger
from keyue.ledger.actions.erasure import complete_journal
from keyue.ledger.actions.outbox import LEASE
from keyue.ledger.checkpoints import copies
from keyue.ledger.facts import Actor
from keyue.ledger.models import Checkpoint, Fact, OutboxItem, SealKey
from keyue.ledger.verification import verify_ledger
from keyue.operations.worker import jobs
from keyue.promises import actions as promises
from keyue.promises.models import Notice, Promise
from keyue.promises.verification import verify_promises
from tests.apps.cases.sheets import write_csv
from tests.journeys.test_kill import founded, token_of
from tests.journeys.world import World
from tests.support.crashing import die_at, seeded
from tests.support.databases import FreshDatabase

CUSTOMER = Actor("customer", "portal")
MOST = 400


@pytest.fixture
def world(fresh_database: FreshDatabase) -> World:
    return founded(is_demo=True)


def nothing_is_wrong() -> bool:
    return [*verify_ledger(), *verify_promises(clock.now())] == []


def every_death(
    begin: Callable[[int], Callable[[], object]], end: Callable[[int], None], *, step: int = 1
) -> int:
    """`begin(n)` gives a work, which dies at moment n; `end(n)` begins it again and looks. How many moments there were.

    A long work dies only at each `step`-th, from a first one drawn by chance.
    """
    for n in count(seeded("every death").randrange(step), step):
        assert n < MOST, "the work does not end"
        died = die_at(n, begin(n))
        end(n)
        if not died:
            return n
    raise AssertionError


def complaint(n: int, at: datetime, content: bytes = b"") -> Case:
    intake = Intake(
        type="complaint",
        title=f"编号壬{n:04d}癸的膜组浊度超标",
        content="约好周六维保，人下午才到。",
        name="周叙白",
        phone=f"136{n:08d}",
        email=f"zhou{n}@example.com",
        uploads=[Upload("现场.txt", content)] if content else (),
    )
    return register(intake, by=CUSTOMER, at=at, source="portal").case


def shape(case: Case) -> dict[str, Any]:
    """Everything that the database holds about a case, but for its own ids and instants."""
    promised = Promise.objects.filter(subject_kind="case", subject_id=case.pk)
    told = Notice.objects.filter(subject_kind="case", subject_id=case.pk)
    return {
        "facts": list(
            Fact.objects.filter(stream__kind="case", stream__ref=str(case.pk))
            .order_by("rev")
            .values_list("kind", flat=True)
        ),
        "promises": Counter(
            promised.values_list("control", "cycle", "seq", "state", "owner", "told_level", "told_breach")
        ),
        "notices": Counter(told.values_list("kind", "level", "to_user", "to_code", "promise__control")),
        "messages": Counter(Message.objects.filter(case=case).values_list("kind", "via", "body")),
        "mail": OutboxItem.objects.filter(payload__case=case.pk).count(),
        "texts": CaseText.objects.filter(case_id=case.pk).count(),
        "files": Attachment.objects.filter(message__case=case).count(),
        "columns": (case.stage, case.type, case.is_open, case.rev, case.next_promise_id is None),
    }


def test_an_intake_with_its_idempotency_key(world: World) -> None:
    token = token_of(world)

    def send(n: int) -> Any:
        body = {
            "type": "complaint",
            "title": f"编号壬{n:04d}癸的膜组浊度超标",
            "content": "约好周六维保，人下午才到。",
            "name": "周叙白",
            "phone": f"136{n:08d}",
            "files": [{"name": "现场.txt", "content": "546w5Zy66K6w5b2V"}],
        }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"death-{n}"}
        answer = Client(headers=headers).post("/api/v1/cases", json.dumps(body), "application/json")
        assert answer.status_code == 201, answer.content
        return answer.json()

    undisturbed = Case.objects.get(pk=int(send(9999)["number"].split("-")[2]))
    expected = shape(undisturbed)
    assert expected["facts"] == ["case.received"] and expected["files"] == 1

    def end(n: int) -> None:
        assert Case.objects.filter(title__contains=f"{n:04d}").count() <= 1
        send(n)
        assert shape(Case.objects.get(title__contains=f"{n:04d}")) == expected

    moments = every_death(lambda n: lambda: send(n), end)
    assert moments > 15
    assert Case.objects.count() == moments + 2
    assert nothing_is_wrong()


def test_an_act_that_tells_the_customer(world: World) -> None:
    def reply(case: Case) -> None:
        told = {"via": "mail", "body": "周主任您好，工程师明天上午到场。"}
        perform(world.agent, case.number, "reply", told, at=clock.now())

    cases = [complaint(n, clock.now()) for n in range(3)]
    reply(cases[0])
    expected, untouched = shape(Case.objects.get(pk=cases[0].pk)), shape(Case.objects.get(pk=cases[1].pk))
    assert expected["mail"] == 1 and "case.first_response" in expected["facts"]
    at_hand: dict[int, Case] = {}

    def begin(n: int) -> Callable[[], object]:
        at_hand[n] = complaint(n + 10, clock.now())
        return lambda: reply(at_hand[n])

    def end(n: int) -> None:
        left = shape(Case.objects.get(pk=at_hand[n].pk))
        # all of it or nothing
        assert left in (untouched, expected)
        if left == untouched:
            reply(at_hand[n])
        assert shape(Case.objects.get(pk=at_hand[n].pk)) == expected

    assert every_death(begin, end) > 15
    assert nothing_is_wrong()


def test_the_sweep(world: World) -> None:
    long_ago = clock.now() - timedelta(days=3)
    undisturbed = complaint(9999, long_ago)
    while promises.look(now=clock.now()).subjects:
        pass
    expected = shape(Case.objects.get(pk=undisturbed.pk))
    assert expected["facts"].count("promise.broken") == 3
    at_hand: dict[int, list[Case]] = {}

    def begin(n: int) -> Callable[[], object]:
        at_hand[n] = [complaint(2 * n, long_ago), complaint(2 * n + 1, long_ago)]
        return lambda: promises.look(now=clock.now())

    def end(n: int) -> None:
        while promises.look(now=clock.now()).subjects:
            pass
        for case in at_hand[n]:
            assert shape(Case.objects.get(pk=case.pk)) == expected

    assert every_death(begin, end) > 10
    assert nothing_is_wrong()


def test_everything_that_a_worker_does_in_its_turn(
    world: World, home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sweep, mail, tallies, seals: each death leaves work that the next turn ends; only mail may be sent again."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    settings.EMAIL_HOST = "mail.example.com"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = home / "letters"
    noon = (clock.now() + timedelta(days=1)).replace(hour=4, minute=0)
    clock.move_to(noon)

    def turn() -> None:
        for job in jobs():
            job.run(clock.now())

    def begin(n: int) -> Callable[[], object]:
        case = complaint(n, clock.now() - timedelta(days=3))
        told = {"via": "mail", "body": "周主任您好，工程师明天上午到场。"}
        perform(world.agent, case.number, "reply", told, at=clock.now())
        # notices are gathered for half a minute, and whom the last one told is told in the next turn
        clock.move_to(clock.now() + timedelta(seconds=40))
        return turn

    def end(n: int) -> None:
        turn()

    assert every_death(begin, end, step=4) > 60
    for _ in range(3):
        clock.move_to(clock.now() + LEASE + timedelta(minutes=1))
        turn()
    told = Counter(Notice.objects.values_list("promise", "kind", "level", "to_user", "to_code"))
    assert set(told.values()) == {1}
    assert not Promise.objects.filter(look_at__lte=clock.now()).exists()
    assert not Notice.objects.filter(mailed_at=None).exists()
    assert not OutboxItem.objects.filter(sent_at=None).exists()
    # what was answered, late, before anybody looked is late and needs no announcement
    assert {shape(case)["facts"].count("promise.broken") for case in Case.objects.all()} == {2}
    carried = Counter(
        (item.payload["user"], pk)
        for item in OutboxItem.objects.filter(kind="mail.notices")
        for pk in item.payload["notices"]
    )
    assert set(carried.values()) == {1}
    letters = [
        message_from_bytes(text.strip() + b"\n")["Message-ID"]
        for file in (home / "letters").iterdir()
        for text in file.read_bytes().split(b"-" * 79)
        if text.strip()
    ]
    assert len(set(letters)) == OutboxItem.objects.count() <= len(letters)
    assert sorted(copies()) == list(Checkpoint.objects.order_by("n").values_list("n", flat=True))
    assert nothing_is_wrong()


def test_a_batch_of_an_import(world: World, tmp_path: Path) -> None:
    by = world.actor(world.supervisor)

    def drafted(n: int) -> ImportRun:
        at = f"{clock.now() - timedelta(days=2):%Y-%m-%d %H:%M}"
        rows = [[f"GD-{n}-{k}", at, "投诉", f"第 {k} 件：浊度超标", f"135{n:06d}{k:02d}"] for k in range(4)]
        file = write_csv(tmp_path / f"{n}.csv", [["单号", "受理时间", "类型", "内容", "手机"], *rows])
        run = importing.draft(chunks=[file.read_bytes()], name=file.name, by=by, at=clock.now())
        return importing.start(run_id=run.pk, by=by, at=clock.now())

    runs: dict[int, ImportRun] = {}

    def begin(n: int) -> Callable[[], object]:
        runs[n] = drafted(n)
        return lambda: importing.work_to_end(runs[n].pk, now=clock.now())

    def end(n: int) -> None:
        run = ImportRun.objects.get(pk=runs[n].pk)
        assert run.position == run.made == Case.objects.filter(source_key__contains=f"GD-{n}-").count()
        importing.work_to_end(run.pk, now=clock.now())
        run.refresh_from_db()
        assert (run.state, run.made, run.known, run.bad) == (ImportState.DONE, 4, 0, 0)
        assert ImportRow.objects.filter(run=run).count() == 4

    moments = every_death(begin, end)
    assert moments > 15
    assert Case.objects.count() == 4 * (moments + 1)
    assert nothing_is_wrong()


def test_an_erasure(world: World) -> None:
    at_hand: dict[int, Case] = {}

    def erase(case: Case) -> None:
        customers.erase(
            customer=case.customer,
            reason=ErasureReason.values[0],
            by=world.actor(world.supervisor),
            at=clock.now(),
        )

    def begin(n: int) -> Callable[[], object]:
        at_hand[n] = complaint(n, clock.now(), content=f"现场记录 {n}".encode())
        return lambda: erase(at_hand[n])

    def end(n: int) -> None:
        case = at_hand[n]
        kept = Attachment.objects.get(message__case=case)
        key = SealKey.objects.get(owner_kind="customer", owner_ref=str(case.customer_id))
        if key.wrapped is not None:
            # nothing was done: not half of it either
            assert path_of(kept.sha256).exists() and Message.objects.get(case=case).body
        erase(case)
        assert not path_of(kept.sha256).exists()
        assert Message.objects.get(case=case).body == ""
        assert Contact.objects.get(customer=case.customer_id).phone == ""
        complete_journal()
        assert str(case.customer_id) in {owner.ref for owner, _at in ledger.journal_entries()}

    assert every_death(begin, end) > 20
    assert nothing_is_wrong()
