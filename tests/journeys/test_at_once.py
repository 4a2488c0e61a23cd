"""Several do the same at the same moment, with real transactions: one of each, all that was said stands, nobody waits."""

from __future__ import annotations

import io
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from keyue.cases.actions.files import Upload, attach, drop, keep, path_of
from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.importing.enums import ImportState
from keyue.cases.jobs import work_imports
from keyue.cases.models import Attachment, Case, ImportRun, Message
from keyue.customers import actions as customers
from keyue.customers.enums import ErasureReason
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor, Draft
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.models import Notice, Promise, Tally
from keyue.promises.verification import verify_promises
from tests.apps.cases.sheets import write_csv
from tests.journeys.test_kill import founded
from tests.journeys.world import World
from tests.support.crashing import at_once
from tests.support.databases import FreshDatabase

CUSTOMER = Actor("customer", "portal")


@pytest.fixture
def world(fresh_database: FreshDatabase) -> World:
    return founded()


def complaint(n: int = 0, *, late: bool = False) -> Case:
    intake = Intake(
        type="complaint",
        title=f"第 {n} 件浊度超标",
        content="约好周六维保，人下午才到。",
        name="周叙白",
        phone=f"136{n:08d}",
        email=f"zhou{n}@example.com",
    )
    at = clock.now() - timedelta(days=3 if late else 0)
    return register(intake, by=CUSTOMER, at=at, source="portal").case


def to_assigned(world: World, case: Case) -> None:
    for user, code, said in (
        (world.agent, "classify", {"type": "complaint", "category": "product"}),
        (world.supervisor, "review", {"valid": "true"}),
        (world.supervisor, "assess", {"severity": "2", "reach": "1", "consequence": "1"}),
        (world.supervisor, "assign", {"lead": "tech", "collaborators": []}),
    ):
        perform(user, case.number, code, said, at=clock.now())


def nothing_is_wrong() -> bool:
    return [*verify_ledger(), *verify_promises(clock.now())] == []


def facts_of(case: Case) -> Counter[str]:
    rows = Fact.objects.filter(stream__kind="case", stream__ref=str(case.pk))
    return Counter(rows.values_list("kind", flat=True))


def test_workers_that_sweep_at_once_break_each_promise_once(world: World) -> None:
    for n in range(60):
        complaint(n, late=True)
    now = clock.now()

    def sweep() -> None:
        while Promise.objects.filter(look_at__lte=now).exists():
            # small batches, so that the workers meet often
            promises.look(now=now, limit=7)
            promises.fold_tallies()

    at_once(sweep, sweep, sweep)
    while promises.fold_tallies():
        pass
    broken = Counter(
        (ref, data["control"])
        for ref, data in Fact.objects.filter(kind="promise.broken").values_list("stream__ref", "data")
    )
    assert len(broken) == 180 and set(broken.values()) == {1}
    told = Counter(Notice.objects.values_list("promise", "kind", "level", "to_user", "to_code"))
    assert set(told.values()) == {1} and {key[0] for key in told} == set(
        Promise.objects.values_list("pk", flat=True)
    )
    assert sum(Tally.objects.filter(state="breached").values_list("n", flat=True)) == 180
    assert nothing_is_wrong()


def test_sweeps_beside_acts_lose_neither(world: World) -> None:
    cases = [complaint(n, late=True) for n in range(12)]
    done = threading.Event()

    def sweep() -> None:
        while not done.is_set() or Promise.objects.filter(look_at__lte=clock.now()).exists():
            promises.look(now=clock.now(), limit=3)

    def answer() -> None:
        try:
            for case in cases:
                said = {"via": "call", "body": "明天上午到场", "spoke_to": "周叙白"}
                perform(world.agent, case.number, "reply", said, at=clock.now())
        finally:
            done.set()

    at_once(sweep, answer, sweep)
    for case in cases:
        assert facts_of(case)["case.first_response"] == 1
        # overdue when it was answered, whether a sweep had told so before or not
        assert Promise.objects.get(subject_id=case.pk, control="first_response").state == "met_late"
        assert facts_of(case)["promise.broken"] in {2, 3}
    assert nothing_is_wrong()


def test_a_sweep_that_had_to_wait_knows_what_was_recorded_meanwhile(world: World) -> None:
    case, began = complaint(late=True), clock.now()
    said = {"via": "call", "body": "明天上午到场", "spoke_to": "周叙白"}
    perform(world.agent, case.number, "reply", said, at=clock.now())
    # it asked for the time before, and got its turn after
    promises.look(now=began)
    assert Promise.objects.get(subject_id=case.pk, control="first_response").state == "met_late"
    assert nothing_is_wrong()


def test_verification_finds_nothing_wrong_in_what_happens_while_it_goes_on(world: World) -> None:
    began = clock.now()
    for n in range(3):
        complaint(n, late=True)
    assert list(verify_promises(began)) == []
    promises.look(now=clock.now())
    assert list(verify_promises(began)) == []
    found: list[object] = []
    over = threading.Event()

    def write() -> None:
        try:
            for n in range(3, 40):
                case = complaint(n, late=n % 2 == 0)
                said = {"via": "call", "body": "明天上午到场", "spoke_to": "周叙白"}
                perform(world.agent, case.number, "reply", said, at=clock.now())
                promises.look(now=clock.now())
        finally:
            over.set()

    def verify() -> None:
        while not over.is_set():
            found.extend([*verify_ledger(), *verify_promises(clock.now())])

    at_once(write, verify)
    assert found == []


def test_two_who_take_the_same_promise(world: World) -> None:
    case = complaint()
    to_assigned(world, case)
    plan = Promise.objects.get(subject_id=case.pk, control="plan")

    def take(user: User) -> str:
        try:
            promises.take(plan.pk, user=user, at=clock.now())
        except Refused as error:
            return error.code
        return "mine"

    outcomes = at_once(*[lambda user=user: take(user) for user in (world.engineer, world.engineer_head)] * 2)
    plan.refresh_from_db()
    assert plan.holder in (world.engineer, world.engineer_head)
    assert Counter(outcomes) == {"mine": 2, "taken": 2}
    assert facts_of(case)["promise.held"] == 1
    assert nothing_is_wrong()


def test_two_who_file_the_plan_in_their_browsers(world: World) -> None:
    """The second is told what the first did, and keeps what was typed."""
    case = complaint()
    to_assigned(world, case)
    case.refresh_from_db()
    texts = {world.engineer: "清洗膜组，更换备件", world.engineer_head: "整组更换，下周一到货"}
    browsers = {user: Client(headers={"HX-Request": "true"}) for user in texts}
    for user, browser in browsers.items():
        browser.force_login(user)

    def send(user: User) -> tuple[int, str]:
        typed = {"body": texts[user], "steps": "", "rev": str(case.rev)}
        answer = browsers[user].post(f"/cases/{case.number}/acts/file_plan/", typed)
        return answer.status_code, answer.content.decode()

    answers = dict(zip(texts, at_once(*[lambda user=user: send(user) for user in texts]), strict=True))
    assert sorted(status for status, _page in answers.values()) in ([200, 409], [204, 409])
    [(loser, (_status, page))] = [item for item in answers.items() if item[1][0] == 409]
    [winner] = [user for user in texts if user != loser]
    assert texts[loser] in page and winner.name in page
    assert case.messages.get(kind="plan").body.startswith(texts[winner])
    assert facts_of(case)["case.plan_filed"] == 1
    assert nothing_is_wrong()


def test_the_same_content_kept_by_many_at_once_is_there_once_and_whole(world: World, home: Path) -> None:
    for n in range(20):
        content = bytes([n]) * 300_000
        digest = f"{n:02d}" + "f" * 62
        at_once(*[lambda content=content, digest=digest: keep(digest, content)] * 4)
        assert path_of(digest).read_bytes() == content
    assert not list((home / "files").rglob("*.new"))


def test_content_that_is_erased_while_another_sends_it_stays_for_the_other(world: World) -> None:
    mine, others = complaint(1), complaint(2)
    content = "同一份说明书".encode()

    def send(case: Case) -> None:
        attach(Message.objects.get(case=case), [Upload("说明书.txt", content)])

    with transaction.atomic():
        send(mine)
    kept = path_of(Attachment.objects.get().sha256)
    with transaction.atomic():
        send(others)
        # an erasure that began before this row could be seen
        kept.unlink()
    assert kept.read_bytes() == content
    # and one that had looked just before the row was there
    drop(kept.name)
    assert kept.read_bytes() == content
    erasures = (world.actor(world.supervisor), ErasureReason.values[0])
    for case, stays in ((mine, True), (others, False)):
        customers.erase(customer=case.customer, by=erasures[0], reason=erasures[1], at=clock.now())
        assert kept.exists() is stays
    assert [path.name for path in kept.parent.iterdir()] == []


def test_the_command_line_and_workers_import_one_file_together(world: World, tmp_path: Path) -> None:
    at = f"{clock.now() - timedelta(days=2):%Y-%m-%d %H:%M}"
    rows = [[f"GD-{n}", at, "投诉", f"第 {n} 件：浊度超标", f"135{n:08d}"] for n in range(500)]
    file = write_csv(tmp_path / "a.csv", [["单号", "受理时间", "类型", "内容", "手机"], *rows])
    said, over = io.StringIO(), threading.Event()

    def by_hand() -> None:
        try:
            call_command("import_sheet", "cases", str(file), by="xu", stdout=said)
        finally:
            over.set()

    def work() -> None:
        while not over.is_set():
            if not work_imports(clock.now()):
                over.wait(0.01)

    at_once(by_hand, work, work)
    assert "新建 500 件，已有 0 件，未导入 0 行" in said.getvalue()
    run = ImportRun.objects.get()
    assert (run.state, run.made) == (ImportState.DONE, 500)
    assert Case.objects.count() == Message.objects.count() == 500
    assert nothing_is_wrong()


def test_a_fact_under_one_key_from_many_at_once_is_one_fact(world: World) -> None:
    """Late and double delivery: the same message of another system, by several processes."""
    case = complaint()

    def deliver() -> bool:
        with transaction.atomic():
            [fact] = promises.record(
                case.subject,
                [Draft("case.urgent_reported", {"to": "service_supervisor"}, key="erp:7")],
                by=Actor("system", "erp"),
                at=clock.now(),
                source="erp",
            )
            return fact.is_new

    assert sorted(at_once(*[deliver] * 5)) == [False, False, False, False, True]
    assert facts_of(case)["case.urgent_reported"] == 1
    assert Promise.objects.filter(subject_id=case.pk, control="acknowledge_urgent").count() == 1
    assert nothing_is_wrong()
