"""The stand-in for platforms as a process of its own, and a company with people who answer."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation, Line
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger.actions import Delivery, deliver
from keyue.ledger.facts import SYSTEM
from keyue.people.models import User
from tests.journeys.world import World, found
from tests.support.environment import ROOT
from tests.support.ports import free_port

SECRET = "standin-secret"
PHONE = "13812346027"


@dataclass
class Standin:
    """The process; killed and started again on the same port it has forgotten everything but its log."""

    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "keyue.channels.standin",
            "--port",
            str(self.port),
            "--log",
            str(self.log),
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
                return
            except OSError:
                time.sleep(0.05)
        pytest.fail("the stand-in did not answer", pytrace=False)

    def kill(self) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def tell(self, what: str, **body: Any) -> Any:
        # nothing is encrypted, and reading certificates costs more than the call
        return httpx.post(
            f"{self.url}/standin/{what}", json=body, timeout=5, trust_env=False, verify=False
        ).json()

    def misbehave(self, path: str, times: int = 1, **how: Any) -> None:
        self.tell("misbehave", path=path, times=times, **how)

    def entries(self, path: str = "") -> list[dict[str, Any]]:
        """What came in at a path, over all lives of the process."""
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [entry for entry in map(json.loads, lines) if entry["path"].startswith(path)]

    def taken(self, path: str) -> list[dict[str, Any]]:
        """What came in and was not refused."""
        return [
            entry
            for entry in self.entries(path)
            if entry["status"] == 200 and (entry["answer"] or {}).get("errcode", 0) == 0
        ]


@pytest.fixture
def standin(tmp_path: Path, settings: Any) -> Iterator[Standin]:
    made = Standin(free_port(), tmp_path / "standin.jsonl")
    settings.PRIVATE_HOSTS = frozenset({"127.0.0.1"})
    made.start()
    yield made
    made.kill()


@dataclass
class Desk:
    """Who answers."""

    world: World
    contact: Contact

    @property
    def agent(self) -> User:
        return self.world.agent

    def channel(self, kind: str, *, secrets: dict[str, str] | None = None, **options: Any) -> Channel:
        plan = ChannelPlan(
            f"{kind} 渠道",
            department="service",
            keeper=self.world.agent,
            options=options,
            secrets=secrets or {},
        )
        by = World.actor(self.world.supervisor)
        return actions.open_channel(kind=kind, plan=plan, by=by, at=clock.now())

    def answers(self, conversation: Conversation, body: str, *uploads: Any, **more: Any) -> Line:
        return actions.answer(
            conversation=conversation, words=Words(body, uploads), user=self.agent, at=clock.now(), **more
        )


@pytest.fixture
def desk(db: None) -> Desk:
    world = found(packs=())
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone=PHONE, email="zhou@example.com",
        source="phone", legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    return Desk(world, customer.contacts.get())


def send_all(turns: int = 1) -> Delivery:
    """The worker's turn of the outbox; with more turns, as if the waits between attempts were over."""
    from datetime import timedelta

    done = Delivery()
    for turn in range(turns):
        done = deliver(now=clock.now() + timedelta(hours=7 * turn))
    return done
