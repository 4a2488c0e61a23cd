"""kill -9 of any process at any moment: nothing that was acknowledged is lost, nothing is there twice, all is proven.

Real processes on a real database, killed at moments drawn by chance. KEYUE_KILLS=500 kills five times as often;
KEYUE_KILLS_SEED repeats a run. Death at every single statement is in test_killed_at_every_statement.py.
"""

from __future__ import annotations

import base64
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from keyue.api.models import IdempotentAnswer
from keyue.cases.actions.files import path_of
from keyue.cases.models import Attachment, Case, CaseText, Message
from keyue.cases.search import containing
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.people.actions import issue_token
from keyue.promises.models import Promise
from tests.journeys.world import World, found, install
from tests.support.crashing import Answer, Client, Command, Product, often, running, seeded
from tests.support.databases import FreshDatabase

CLIENTS = 4
OWED = {
    "complaint": {"classify", "first_response", "review"},
    "feedback": {"classify", "review"},
}


def founded(*, is_demo: bool = False) -> World:
    """The company of the journeys, set up as the first run does it."""
    made = found()
    install(is_demo=is_demo)
    return made


def token_of(world: World) -> str:
    _token, raw = issue_token(
        user=world.agent, name="intake", scopes=["case.register"], by=SYSTEM, at=clock.now()
    )
    return raw


# --- intake ----------------------------------------------------------------------------------------------


@dataclass
class Filed:
    """A request that was sent until it was acknowledged."""

    key: str
    body: dict[str, Any]
    answer: Answer


@dataclass
class Filer(threading.Thread):
    """A client that files one case after the other until it is told to stop."""

    n: int
    client: Client
    chance: random.Random
    stop: threading.Event
    filed: list[Filed] = field(default_factory=list)
    error: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(name=f"filer {self.n}", daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            for body in self.requests():
                key = f"filer-{self.n}-{len(self.filed)}"
                self.filed.append(Filed(key, body, self.client.post("/cases", body, key)))
                if self.stop.is_set():
                    return
        except BaseException as error:
            self.error = error

    def requests(self) -> Iterator[dict[str, Any]]:
        for n in range(10**6):
            mark = f"{self.n}{n:04d}"
            body: dict[str, Any] = {
                "type": self.chance.choice(sorted(OWED)),
                "title": f"编号壬{mark}癸的膜组浊度超标",
                "content": f"第 {n} 件，戊{mark}己，约好周六维保，人下午才到。",
                "name": "周叙白",
                "phone": f"137{self.n}{n:07d}",
            }
            if n % 5 == 1:
                text = f"现场记录 {mark}".encode()
                body["files"] = [{"name": "现场.txt", "content": base64.b64encode(text).decode()}]
            if n % 7 == 2:
                body["source_key"] = f"erp-{mark}"
            yield body


def filing(world: World, product: Product, chance: random.Random, stop: threading.Event) -> list[Filer]:
    raw = token_of(world)
    filers = [
        Filer(n, Client(product.port, raw), random.Random(chance.random()), stop) for n in range(CLIENTS)
    ]
    for filer in filers:
        filer.start()
    return filers


def finished(filers: list[Filer]) -> list[Filed]:
    """Everything that was acknowledged, once every client has its last answer."""
    for filer in filers:
        filer.join(180)
        assert filer.error is None, filer.error
        assert not filer.is_alive()
        assert filer.client.failures == []
    return [filed for filer in filers for filed in filer.filed]


def check_filed(filed: list[Filed]) -> None:
    """Each acknowledged case is there once and whole, and there is no other."""
    assert {one.answer.status for one in filed} <= {200, 201}
    numbers = [one.answer.body["number"] for one in filed]
    assert len(set(numbers)) == len(numbers)
    cases = {case.title: case for case in Case.objects.all()}
    assert Case.objects.count() == len(cases) == len(filed)
    assert Customer.objects.count() == Contact.objects.count() == len(filed)
    assert Message.objects.count() == len(filed)
    assert IdempotentAnswer.objects.count() == len(filed)
    facts = facts_by_case()
    owed = promises_by_case()
    texts = Counter(CaseText.objects.values_list("case_id", "source"))
    assert set(texts.values()) == {1} and len(texts) == 2 * len(filed)
    for one in filed:
        case = cases[one.body["title"]]
        assert (case.number, case.type) == (one.answer.body["number"], one.body["type"])
        assert facts[case.pk] == ["case.received"], (case, facts[case.pk])
        assert owed[case.pk] == Counter(OWED[case.type]), (case, owed[case.pk])
        for word in (one.body["title"][:8], one.body["content"].split("，")[1]):
            assert containing(word) == [case.pk], word
        check_files(case, one.body)


def check_files(case: Case, body: dict[str, Any]) -> None:
    contents = [base64.b64decode(file["content"]) for file in body.get("files", [])]
    stored = list(Attachment.objects.filter(message__case=case).values_list("sha256", flat=True))
    assert stored == [sha256(content).hexdigest() for content in contents]
    assert [path_of(digest).read_bytes() for digest in stored] == contents


def facts_by_case() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = Fact.objects.filter(stream__kind="case").order_by("stream", "rev")
    for ref, kind in rows.values_list("stream__ref", "kind"):
        found.setdefault(int(ref), []).append(kind)
    return found


def promises_by_case() -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {}
    for pk, control in Promise.objects.filter(subject_kind="case").values_list("subject_id", "control"):
        found.setdefault(pk, Counter())[control] += 1
    return found


def check_replays(world: World, product: Product, filed: list[Filed], filers: list[Filer]) -> None:
    """The same request once more gets the same answer, number and code included."""
    client = filers[0].client
    for one in [one for one in filed if one in filers[0].filed][-20:]:
        again = client.post("/cases", one.body, one.key)
        assert (again.status, again.body) == (one.answer.status, one.answer.body)
        assert again.headers["idempotent-replay"] == "true"


def test_intake_by_one_process_that_is_killed_again_and_again(
    fresh_database: FreshDatabase, home: Path
) -> None:
    chance, stop = seeded("serve"), threading.Event()
    world = founded()
    with running(home, fresh_database.environment) as product:
        serve = product.command("serve")
        serve.start()
        serve.wait_until_ready()
        filers = filing(world, product, chance, stop)
        for _ in range(often(7)):
            time.sleep(chance.uniform(0.02, 1.0))
            serve.kill()
            serve.start()
            serve.wait_until_ready()
        stop.set()
        filed = finished(filers)
        check_replays(world, product, filed, filers)
        serve.end()
        check_filed(filed)
        assert sum(one.answer.tries > 1 for one in filed) > 0
        product.assert_verified()


def test_intake_by_several_processes_of_which_any_is_killed(
    fresh_database: FreshDatabase, home: Path
) -> None:
    chance, stop = seeded("web and work"), threading.Event()
    world = founded()
    with running(home, fresh_database.environment) as product:
        assert product.run("migrate").returncode == 0
        web, work = product.command("web", "--workers", "2"), product.command("work")
        web.start()
        work.start()
        web.wait_until_ready()
        filers = filing(world, product, chance, stop)
        kills = often(14)
        while product.deaths() < kills:
            time.sleep(chance.uniform(0.02, 0.8))
            kill_some(web, work, chance)
        # in the middle of it as well as at the end
        product.assert_verified()
        stop.set()
        filed = finished(filers)
        check_replays(world, product, filed, filers)
        web.end()
        work.end()
        check_filed(filed)
        assert web.deaths and work.deaths
        product.assert_verified()


def kill_some(web: Command, work: Command, chance: random.Random) -> None:
    """One of: a process that answers, the worker, the parent of those that answer. It starts again at once."""
    victim = chance.choices(["child", "worker", "parent"], [5, 3, 2])[0]
    if victim == "child":
        web.kill_child(chance)
    elif victim == "worker":
        work.kill()
        work.start()
    else:
        web.kill()
        web.start()
        web.wait_until_ready()
