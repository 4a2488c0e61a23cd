"""Processes that die while a callback is taken in or an answer goes out, at each door and on each way out.

Whoever called calls again, as platforms do: then each message is there once, and every answer has gone out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.cases.models import Case
from keyue.channels.reviews.importing import import_reviews
from keyue.channels.standin.callbacks import Account
from keyue.channels.webhook import actions as hooks
from keyue.channels.webhook.signing import headers_for
from keyue.conversations import actions
from keyue.conversations.actions.receiving import Incoming
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Call, Channel, Conversation, Line
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.verification import verify_ledger
from tests.apps.channels.conftest import form
from tests.apps.channels.reviews.test_reviews import douyin_says, sheet, weibo_says
from tests.apps.channels.sms.conftest import push
from tests.apps.channels.vendors import PHONE, SECRET, Desk, Standin, send_all
from tests.apps.channels.vendors import standin as standin
from tests.apps.channels.webhook.conftest import System
from tests.apps.channels.wechat.conftest import APP_ID, Customer, account_of
from tests.apps.channels.wecom.conftest import ACCOUNT, CORP, SECRETS, Corp
from tests.apps.channels.wecom.conftest import KEY as CORP_KEY
from tests.journeys.world import found
from tests.support.crashing import die_at

STEP = 4
"""Every fourth moment, each turn beginning one later: all of them over the doors together."""
Knock = Callable[[int], Any]


@dataclass
class Door:
    """A way in: `knock(n)` brings the n-th message, and brings it again when it is called again."""

    knock: Knock
    texts: Callable[[], list[str]]


def said() -> list[str]:
    """What customers said, in its order."""
    return list(Line.objects.filter(kind="in").order_by("pk").values_list("body", flat=True))


@pytest.fixture
def desk(fresh_database: Any, standin: Standin) -> Desk:
    world = found(packs=())
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone=PHONE, source="phone",
        legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    return Desk(world, customer.contacts.get())


# --- ways in ---


def sms(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("sms", secrets={"secret": SECRET}, provider="http", url=f"{standin.url}/sink/sms")
    at = f"{clock.now() + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"

    def knock(n: int) -> HttpResponse:
        row = {"phone_number": PHONE, "send_time": at, "content": f"第 {n} 句", "sequence_id": n}
        return push(channel, [row])

    return Door(knock, said)


def webhook(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("webhook")
    secret = hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    system = System(Channel.objects.get(pk=channel.pk), secret)
    return Door(lambda n: system.says(f"第 {n} 句", id=f"m-{n}"), said)


def weibo(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("weibo", secrets={"secret": "xyz123xyz"})
    return Door(lambda n: weibo_says(channel, f"第 {n} 句"), said)


def douyin(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("douyin", client_key="abc", secrets={"secret": "shhh"})

    def knock(n: int) -> HttpResponse:
        text = {"message_type": "text", "text": f"第 {n} 句", "server_message_id": f"s{n}"}
        return douyin_says(channel, "im_receive_msg", json.dumps(text), mark=f"m{n}")

    return Door(knock, said)


def wecom(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("wecom", secrets=SECRETS, corp_id=CORP, agent_id=218, api=standin.url)
    account = Account(f"/hooks/wecom/{channel.pk}/", SECRETS["token"], CORP, CORP_KEY)
    corp = Corp(channel, account, standin, count(1))
    return Door(lambda n: corp.writes(f"第 {n} 句", number=n + 1), said)


def wechat(desk: Desk, standin: Standin) -> Door:
    from tests.apps.channels.wechat.conftest import KEY, TOKEN

    secrets = {"app_secret": SECRET, "token": TOKEN, "aes_key": KEY}
    channel = desk.channel("wechat", app_id=APP_ID, api=standin.url, secrets=secrets)
    customer = Customer(channel, account_of(channel), standin)
    return Door(lambda n: customer.post(customer.message(Content=f"第 {n} 句", number=n + 1)), said)


def phone(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("phone", extensions="801=lin")
    secret = hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())

    def knock(n: int) -> HttpResponse:
        event = {"event": "ringing", "call": f"c{n}", "number": PHONE, "agent": "801"}
        raw = json.dumps(event).encode()
        signed = headers_for([secret], raw, clock.now())
        url = f"/hooks/phone/{channel.pk}/"
        return Client().post(url, raw, content_type="application/json", headers=signed)

    def calls() -> list[str]:
        assert Call.objects.count() == Line.objects.count()
        return [f"第 {n} 句" for n in range(Call.objects.count())]

    return Door(knock, calls)


def portal(desk: Desk, standin: Standin) -> Door:
    # filled in before anything dies: what a browser sends again is the very form
    filled = [form(title=f"第 {n} 句", email=f"n{n}@example.com") for n in range(100)]

    def knock(n: int) -> HttpResponse:
        return Client(REMOTE_ADDR=f"10.9.8.{n + 1}").post("/feedback/", filled[n])

    def titles() -> list[str]:
        return list(Case.objects.order_by("pk").values_list("title", flat=True))

    return Door(knock, titles)


def shop(desk: Desk, standin: Standin) -> Door:
    channel = desk.channel("review", bad=2)

    def knock(n: int) -> HttpResponse:
        row = ["旗舰店", f"o{n}", f"买家{n}", "1", f"第 {n} 句", f"{clock.now():%Y-%m-%d} 00:00:00"]
        import_reviews(channel, sheet([row]), by=SYSTEM, at=clock.now())
        return HttpResponse(status=200)

    def reviews() -> list[str]:
        assert Case.objects.count() == Line.objects.count() == Conversation.objects.count()
        return [body.split("] ")[1].split("\n")[0] for body in said()]

    return Door(knock, reviews)


@pytest.mark.parametrize("made", [sms, webhook, weibo, douyin, wecom, wechat, phone, portal, shop])
def test_a_server_that_dies_while_it_takes_something_in(
    desk: Desk, standin: Standin, made: Callable[[Desk, Standin], Door]
) -> None:
    door, turn = made(desk, standin), 0
    died = True
    while died:
        died = die_at(turn * STEP + turn % STEP, lambda n=turn: door.knock(n))  # type: ignore[misc]
        for _again in range(2):
            answer = door.knock(turn)
            assert answer.status_code == 200, answer.content.decode()
        turn += 1
        assert door.texts() == [f"第 {n} 句" for n in range(turn)], turn
    assert turn > 3
    assert list(verify_ledger()) == []


# --- ways out ---


@dataclass
class Way:
    """A way out: `came(text)` is how often an answer has reached the other side as something new."""

    channel: Channel
    path: str
    came: Callable[[list[dict[str, Any]], str], int]


def _words(entry: dict[str, Any]) -> str:
    return json.dumps(entry["body"], ensure_ascii=False)


def _bodies(entries: list[dict[str, Any]], text: str) -> int:
    return sum(text in _words(entry) for entry in entries)


def _ids(name: str) -> Callable[[list[dict[str, Any]], str], int]:
    """The other side knows an answer again by its identity."""
    return lambda entries, text: len({one["body"][name] for one in entries if text in _words(one)})


def out_by_sms(desk: Desk, standin: Standin) -> Way:
    options = {"url": f"{standin.url}/sink/sms", "body": '{"to": "{phone}", "msg": "{text}", "ref": "{id}"}'}
    channel = desk.channel("sms", secrets={"secret": SECRET}, provider="http", **options)
    return Way(channel, "/sink", _ids("ref"))


def out_by_webhook(desk: Desk, standin: Standin) -> Way:
    channel = desk.channel("webhook", answer_url=f"{standin.url}/sink/answers")
    hooks.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    return Way(Channel.objects.get(pk=channel.pk), "/sink", _ids("id"))


def out_by_wecom(desk: Desk, standin: Standin) -> Way:
    channel = desk.channel("wecom", secrets=SECRETS, corp_id=CORP, agent_id=218, api=standin.url)
    return Way(channel, "/cgi-bin/message/send", _bodies)


def out_by_kf(desk: Desk, standin: Standin) -> Way:
    options = {"corp_id": CORP, "open_kfid": ACCOUNT, "api": standin.url}
    return Way(desk.channel("wxkf", secrets=SECRETS, **options), "/cgi-bin/kf/send_msg", _ids("msgid"))


@pytest.mark.parametrize("made", [out_by_sms, out_by_webhook, out_by_wecom, out_by_kf])
def test_a_worker_that_dies_while_it_sends(
    desk: Desk, standin: Standin, made: Callable[[Desk, Standin], Way]
) -> None:
    way, turn, died = made(desk, standin), 0, True
    known_again = way.came is not _bodies
    while died:
        standin.tell("heard", user="138" if way.channel.kind != "sms" else PHONE)
        handle = f"+86{PHONE}" if way.channel.kind == "sms" else "138"
        incoming = Incoming(f"m{turn}", handle, "在吗")
        talk = actions.receive(way.channel, incoming, by=SYSTEM, at=clock.now(), source="test").conversation
        line = desk.answers(talk, f"答复 {turn} 号")
        died = die_at(turn * 3, send_all)
        send_all(turns=3)
        line.refresh_from_db()
        assert line.delivery == Delivery.SENT, turn
        times = way.came(standin.taken(way.path), line.body)
        assert times == 1 or (times == 2 and not known_again), (turn, times)
        turn += 1
    assert turn > 2


@pytest.mark.parametrize("made", [out_by_sms, out_by_webhook, out_by_wecom, out_by_kf])
def test_a_line_that_is_cut_before_and_after_the_other_side_has_it(
    desk: Desk, standin: Standin, made: Callable[[Desk, Standin], Way]
) -> None:
    way = made(desk, standin)
    handle = f"+86{PHONE}" if way.channel.kind == "sms" else "138"
    standin.tell("heard", user="138")
    incoming = Incoming("m1", handle, "在吗")
    talk = actions.receive(way.channel, incoming, by=SYSTEM, at=clock.now(), source="test").conversation
    line = desk.answers(talk, "答复一号")
    standin.misbehave(way.path, status=0)
    standin.misbehave(way.path, after=True)
    for turn in (1, 2, 3):
        send_all(turns=turn)
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT
    times = way.came(standin.taken(way.path), line.body)
    assert times == (2 if way.came is _bodies else 1)
