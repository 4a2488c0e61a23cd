"""The whole product as processes, WeChat as another, and kill -9 in between: nothing lost, nothing doubled on our side."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx

from keyue.channels.standin.callbacks import Account
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.apps.channels.vendors import SECRET, Standin
from tests.apps.channels.wechat.conftest import APP_ID, KEY, TOKEN
from tests.journeys.world import found, install
from tests.support.crashing import running

SEND = "/cgi-bin/message/custom/send"


def knock(account: Account, user: str, text: str, number: int) -> bool:
    """Post a callback as WeChat does: three times at most, unless it is answered rightly."""
    for _turn in range(3):
        try:
            answer = account.says(user, text, number)
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        if answer.status_code == 200:
            assert answer.content == b"success", answer.text
            return True
    return False


def test_the_server_is_killed_between_callbacks(fresh_database: Any, home: Path, standin: Standin) -> None:
    world = found(packs=())
    install()
    plan = ChannelPlan(
        "公众号",
        department="service",
        options={"app_id": APP_ID, "api": standin.url},
        secrets={"app_secret": SECRET, "token": TOKEN, "aes_key": KEY},
    )
    channel = actions.open_channel(kind="wechat", plan=plan, by=SYSTEM, at=clock.now())
    environment = {**fresh_database.environment, "KEYUE_PRIVATE_HOSTS": "127.0.0.1"}
    with running(home, environment) as product:
        server = product.command("serve")
        server.start()
        server.wait_until_ready()
        account = Account(f"http://127.0.0.1:{product.port}/hooks/wechat/{channel.pk}/", TOKEN, APP_ID, KEY)
        taken = []
        for number in range(1, 31):
            if number in {10, 20}:
                server.kill()
                # nobody answers: WeChat gives up after three times
                assert not knock(account, "u", f"第 {number} 句，没有人接", number)
                server.start()
                server.wait_until_ready()
            for _turn in range(1 + number % 5):
                assert knock(account, "u", f"第 {number} 句", 1000 + number)
            taken.append(f"第 {number} 句")
        assert [line.body for line in Line.objects.order_by("pk")] == taken
        assert Conversation.objects.count() == 1
        # and the way back, with WeChat away in the middle
        standin.tell("heard", user="u")
        standin.kill()
        line = actions.answer(
            conversation=Conversation.objects.get(), words=Words("您好"), user=world.agent, at=clock.now()
        )
        time.sleep(2)
        server.kill()
        standin.start()
        standin.tell("heard", user="u")
        server.start()
        server.wait_until_ready()
        end = time.monotonic() + 90
        while time.monotonic() < end and not standin.taken(SEND):
            time.sleep(0.2)
        assert [entry["body"]["text"]["content"] for entry in standin.taken(SEND)] == ["您好"]
        while time.monotonic() < end and Line.objects.get(pk=line.pk).delivery != "sent":
            time.sleep(0.2)
        assert Line.objects.get(pk=line.pk).delivery == "sent"
        server.end()
        product.assert_verified()
