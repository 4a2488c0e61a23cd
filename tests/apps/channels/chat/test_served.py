"""Windows against the real server: what is pushed, who is refused, and what a power cut leaves."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from keyue.channels.chat.tokens import stranger, token_of
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from tests.journeys.world import World, found
from tests.support.crashing import running
from tests.support.databases import FreshDatabase
from tests.support.server import Server


@dataclass
class Stream:
    """What a window hears."""

    port: int
    path: str
    token: str
    events: list[tuple[str, Any]] = field(default_factory=list)
    status: int = 0

    def open(self) -> Stream:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", self.path, headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        self.status = answer.status
        if self.status == 200:
            threading.Thread(target=self._read, args=(answer,), daemon=True).start()
            self.wait("ready")
        return self

    def _read(self, answer: http.client.HTTPResponse) -> None:
        name = ""
        try:
            while line := answer.readline():
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                elif line.startswith(b"data: "):
                    self.events.append((name, json.loads(line[6:])))
        except (OSError, ValueError, http.client.HTTPException):
            return

    def wait(self, name: str, seconds: float = 10.0, **holds: Any) -> Any:
        """The first event of this name that holds these values."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for found_name, value in list(self.events):
                if found_name == name and all(value.get(key) == wanted for key, wanted in holds.items()):
                    return value
            time.sleep(0.01)
        pytest.fail(f"no {name} {holds} among {self.events}")


def post(
    port: int,
    channel: Channel,
    name: str,
    token: str,
    body: bytes,
    kind: str = "application/json",
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    given = {"Authorization": f"Bearer {token}", "Content-Type": kind, **headers}
    connection.request("POST", f"/chat/{channel.pk}/{name}/", body, given)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"{}")


def say(port: int, channel: Channel, token: str, text: str, key: str) -> tuple[int, dict[str, Any]]:
    body = urlencode({"key": key, "body": text}).encode()
    return post(port, channel, "say", token, body, "application/x-www-form-urlencoded")


@pytest.fixture
def world(fresh_database: FreshDatabase) -> World:
    return found(at=clock.now() - timedelta(days=2), packs=())


@pytest.fixture
def channel(world: World) -> Channel:
    plan = ChannelPlan("官网客服", department="service", keeper=world.agent, options={"hours": "always"})
    return actions.open_channel(kind="chat", plan=plan, by=World.actor(world.supervisor), at=clock.now())


def test_each_window_is_told_its_own(server: Server, world: World, channel: Channel) -> None:
    first, second = (token_of(stranger(channel.pk), clock.now()) for _ in range(2))
    path = f"/live/chat/{channel.pk}/"
    mine, other = Stream(server.port, path, first).open(), Stream(server.port, path, second).open()
    assert say(server.port, channel, first, "你好", "first-message-1")[0] == 200
    assert say(server.port, channel, second, "在吗", "other-message-1")[0] == 200
    mine.wait("line", text="你好")
    mine.wait("standing", state="queued", ahead=0)
    other.wait("standing", state="queued", ahead=1)
    # another process takes and answers: nobody hints, and the server finds out by itself
    talk = Conversation.objects.order_by("pk").first()
    actions.answer(conversation=talk, words=Words("您好"), user=world.agent, at=clock.now())
    mine.wait("line", text="您好", by=world.agent.name)
    mine.wait("standing", state="open", agent=world.agent.name)
    other.wait("standing", state="queued", ahead=0)
    assert not [value for name, value in other.events if name == "line" and value["text"] != "在吗"]
    # who comes late is told what there was
    late = Stream(server.port, f"{path}?after=0", first).open()
    late.wait("line", text="你好")
    late.wait("line", text="您好")


def test_who_has_no_token_hears_nothing(server: Server, channel: Channel) -> None:
    good = token_of(stranger(channel.pk), clock.now())
    path = f"/live/chat/{channel.pk}/"
    for token in ("", "x", good + "x", token_of(stranger(channel.pk + 1), clock.now())):
        assert Stream(server.port, path, token).open().status == 401
    assert Stream(server.port, "/live/chat/x/", good).open().status == 404
    streams = [Stream(server.port, path, good).open() for _ in range(7)]
    assert [stream.status for stream in streams] == [200] * 6 + [429]


def test_the_short_way_refuses_what_the_long_way_does(server: Server, channel: Channel) -> None:
    token = token_of(stranger(channel.pk), clock.now())
    port = server.port
    assert post(port, channel, "say", "", b"{}")[0] == 403
    assert post(port, channel, "typing", token, b"{}", Origin="https://evil.example")[0] == 403
    assert post(port, channel, "typing", token, b"{}", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert post(port, channel, "read", token, b"[1]")[0] == 422
    assert post(port, channel, "read", token, b"{" * 60_000)[0] == 422
    status, said = post(port, channel, "read", token, b"x" * 70_000)
    assert status == 413 and "MB" in said["said"]
    status, said = say(port, channel, token, "你好", "short")
    assert status == 422 and said["said"]
    missing = Channel(pk=channel.pk + 50)
    assert post(port, missing, "begin", "", b"{}")[0] == 404
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/chat/{channel.pk}/say/", headers={"Authorization": f"Bearer {token}"})
    assert connection.getresponse().status == 405
    assert not Line.objects.exists()
    assert "Traceback" not in server.read_log()


@pytest.mark.sqlite
def test_a_power_cut_while_messages_are_sent_loses_and_doubles_nothing(
    fresh_database: FreshDatabase, channel: Channel, home: Any
) -> None:
    """Visitors send until they are answered, as the window does, while the server is killed again and again."""
    tokens = [token_of(stranger(channel.pk), clock.now()) for _ in range(4)]
    done, stop = [], threading.Event()
    with running(home, fresh_database.environment) as product:
        server = product.command("serve")
        server.start()

        def visit(n: int) -> None:
            for k in range(15):
                while not stop.is_set():
                    try:
                        status, _said = say(
                            product.port, channel, tokens[n], f"{n}-{k}", f"message-{n}-{k:04d}"
                        )
                    except (OSError, http.client.HTTPException, ValueError):
                        time.sleep(0.05)
                        continue
                    if status == 200:
                        done.append((n, k))
                        break
                    assert status == 429, status
                    time.sleep(0.2)

        threads = [threading.Thread(target=visit, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        deaths = 0
        while any(thread.is_alive() for thread in threads) and deaths < 4:
            wanted = len(done) + 8
            while len(done) < wanted and any(thread.is_alive() for thread in threads):
                time.sleep(0.01)
            server.kill()
            deaths += 1
            server.start()
        for thread in threads:
            thread.join(120)
        stop.set()
        assert deaths >= 3 and len(done) == 60
        server.end()
        product.assert_verified()
    bodies = list(Line.objects.order_by("pk").values_list("body", flat=True))
    assert sorted(bodies) == sorted(f"{n}-{k}" for n in range(4) for k in range(15))
    assert Conversation.objects.count() == 4
    for talk in Conversation.objects.all():
        said = list(Line.objects.filter(conversation=talk).order_by("pk").values_list("body", flat=True))
        assert said == sorted(said, key=lambda text: int(text.split("-")[1]))
