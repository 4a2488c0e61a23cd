"""Nobody is asked for what a customer's words link to: there is no preview, and a picture's address is not fetched.

A listener of our own stands where every link leads, and the operator has named its host as one that may be reached: what
would fetch at all would be seen there.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client

from keyue.channels.reviews.importing import import_reviews
from keyue.channels.standin.callbacks import Account
from keyue.channels.webhook import actions as hooks
from keyue.channels.webhook.signing import headers_for
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from tests.apps.channels.chat.conftest import At
from tests.apps.channels.conftest import form
from tests.apps.channels.fetching.test_fetching import INSIDE, Listener
from tests.apps.channels.reviews.test_reviews import douyin_says, sheet, weibo_says
from tests.apps.channels.sms.conftest import push
from tests.apps.channels.vendors import PHONE, SECRET, Desk, Standin, send_all
from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.vendors import standin as standin
from tests.apps.channels.webhook.conftest import System
from tests.apps.channels.wechat.conftest import APP_ID, KEY, TOKEN, Customer, account_of
from tests.apps.channels.wecom.conftest import ACCOUNT, CORP, SECRETS, USER, Corp
from tests.journeys.world import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bait(standin: Standin, settings: Any) -> Iterator[Listener]:
    """Where every link leads; it may be reached."""
    settings.PRIVATE_HOSTS = frozenset({INSIDE, "localhost"})
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def words(url: str) -> str:
    """A link as people and programs write it."""
    return f'看 {url} ![图]({url}.png) <img src="{url}.jpg"> [url]{url}[/url] <a href="{url}">这里</a> url({url}.css)'


def by_chat(desk: Desk, url: str) -> None:
    visitor = At(desk.channel("chat", hours="always"), "10.1.2.3")
    visitor.says(words(url))
    visitor.begin()


def by_webhook(desk: Desk, url: str) -> None:
    row = desk.channel("webhook")
    secret = hooks.make_channel_secret(channel=row, by=SYSTEM, at=clock.now())
    more = {"avatar": url, "image": url, "picture_url": url, "url": url}
    System(Channel.objects.get(pk=row.pk), secret).says(words(url), **more)


def by_sms(desk: Desk, url: str) -> None:
    channel = desk.channel("sms", secrets={"secret": SECRET}, provider="http", url="https://sms.example.com/")
    at = f"{clock.now() + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"
    push(
        channel,
        [{"phone_number": PHONE, "send_time": at, "content": words(url), "sequence_id": 1, "url": url}],
    )


def by_phone(desk: Desk, url: str) -> None:
    row = desk.channel("phone")
    secret = hooks.make_channel_secret(channel=row, by=SYSTEM, at=clock.now())
    told = {"event": "ringing", "call": "c1", "number": PHONE, "name": words(url)[:60], "url": url}
    raw = json.dumps(told).encode()
    signed = headers_for([secret], raw, clock.now())
    Client().post(f"/hooks/phone/{row.pk}/", raw, content_type="application/json", headers=signed)


def by_weibo(desk: Desk, url: str) -> None:
    channel = desk.channel("weibo", secrets={"secret": "xyz123xyz"})
    weibo_says(channel, words(url))
    weibo_says(channel, words(url), kind="image", tovfid=url, pic=url, url=url)


def by_douyin(desk: Desk, url: str) -> None:
    channel = desk.channel("douyin", client_key="abc", secrets={"secret": "shhh"})
    text = {"message_type": "text", "text": words(url), "server_message_id": "s1"}
    picture = {
        "message_type": "image",
        "resource_url": url,
        "resource_type": "image",
        "server_message_id": "s2",
    }
    for content, mark in ((text, "m1"), (picture, "m2")):
        douyin_says(channel, "im_receive_msg", json.dumps(content), mark=mark)


def by_shop(desk: Desk, url: str) -> None:
    row = ["旗舰店", url, "小**鱼", "1星", words(url), "2026-03-02 11:30:00"]
    import_reviews(desk.channel("review", bad=2), sheet([row]), by=SYSTEM, at=clock.now())


def by_portal(desk: Desk, url: str) -> None:
    answer = Client().post("/feedback/", form(content=f"照片在 {url} 里，请看一下。"))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "brings", [by_chat, by_webhook, by_sms, by_phone, by_weibo, by_douyin, by_shop, by_portal]
)
def test_no_link_of_a_customer_is_followed(desk: Desk, bait: Listener, brings: Any) -> None:
    brings(desk, f"{bait.url}/hello")
    assert_untouched(desk, bait)


def test_no_link_and_no_picture_of_wechat_is_followed(desk: Desk, standin: Standin, bait: Listener) -> None:
    url = f"{bait.url}/hello"
    secrets = {"app_secret": SECRET, "token": TOKEN, "aes_key": KEY}
    channel = desk.channel("wechat", app_id=APP_ID, api=standin.url, secrets=secrets)
    customer = Customer(channel, account_of(channel), standin)
    customer.says(words(url), 1)
    customer.post(customer.message("link", 2, Title="看", Description=words(url), Url=url))
    customer.post(customer.message("image", 3, PicUrl=url))
    customer.post(customer.message("location", 4, Label=words(url), Location_X="1", Location_Y="2"))
    customer.post(customer.message("event", Event="CLICK", EventKey=url))
    assert Line.objects.count() == 5
    assert_untouched(desk, bait)


def test_no_link_and_no_picture_of_wecom_is_followed(desk: Desk, standin: Standin, bait: Listener) -> None:
    url = f"{bait.url}/hello"
    options = {"corp_id": CORP, "open_kfid": ACCOUNT, "api": standin.url}
    channel = desk.channel("wxkf", secrets=SECRETS, **options)
    account = Account(f"/hooks/wecom/{channel.pk}/", SECRETS["token"], CORP, SECRETS["aes_key"])
    kf = Corp(channel, account, standin, count(1))
    kf.queue(content=words(url))
    kf.queue("link", title="看", desc=words(url), url=url, pic_url=f"{url}.png")
    kf.queue("miniprogram", title=words(url), appid=url, pagepath=url, thumb_media_id="")
    kf.knock()
    send_all()
    assert Line.objects.count() == 3 and USER
    assert_untouched(desk, bait)


def assert_untouched(desk: Desk, bait: Listener) -> None:
    """After everything that is done with it: the outbox, the pages of staff, an answer that holds the link again."""
    url = f"{bait.url}/hello"
    browser = browser_of(desk.agent)
    for talk in Conversation.objects.all():
        page = browser.get(f"/conversations/{talk.pk}/").content.decode()
        for mark in (
            f'src="{bait.url}',
            f"src='{bait.url}",
            f'href="{bait.url}',
            "dns-prefetch",
            "preconnect",
        ):
            assert mark not in page
        if talk.channel.kind in {"chat", "wechat", "wxkf"}:
            answer = Words(f"请看 {url}")
            actions.answer(conversation=talk, words=answer, user=desk.agent, at=clock.now())
    send_all(turns=2)
    assert bait.seen == []


# --- files of platforms that lead inside ---

INWARD = [
    "http://127.0.0.1:{port}/x.png",
    "http://2130706433:{port}/x.png",
    "http://0x7f000001:{port}/x.png",
    "http://[::1]:{port}/x.png",
    "http://[::ffff:127.0.0.1]:{port}/x.png",
    "http://localhost:{port}/x.png",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/x.png",
]


@pytest.mark.parametrize("url", INWARD)
@pytest.mark.parametrize("way", ["webhook", "phone"])
def test_a_file_that_lies_inside_is_refused_with_a_sentence(
    desk: Desk, bait: Listener, settings: Any, way: str, url: str
) -> None:
    settings.PRIVATE_HOSTS = frozenset()
    row = desk.channel(way)
    secret = hooks.make_channel_secret(channel=row, by=SYSTEM, at=clock.now())
    named = url.format(port=bait.server_port)
    if way == "webhook":
        System(Channel.objects.get(pk=row.pk), secret).says("看", files=[{"url": named, "name": "x.png"}])
    else:
        for event in ("ringing", "recording"):
            raw = json.dumps({"event": event, "call": "c1", "number": PHONE, "url": named}).encode()
            signed = headers_for([secret], raw, clock.now())
            answer = Client().post(
                f"/hooks/phone/{row.pk}/", raw, content_type="application/json", headers=signed
            )
            assert answer.status_code == 200, answer.content
    assert Line.objects.count() == 1
    assert send_all().given_up == 1
    assert "在内网或是本机地址" in OutboxItem.objects.get().last_error
    assert bait.seen == []


def test_a_file_that_turns_inwards_on_the_way_is_refused_with_a_sentence(
    desk: Desk, bait: Listener, settings: Any
) -> None:
    """The first address may be reached, and sends us on to one that may not."""
    inner = Listener()
    threading.Thread(target=inner.serve_forever, daemon=True).start()
    settings.PRIVATE_HOSTS = frozenset({f"{INSIDE}:{bait.server_port}"})
    bait.RequestHandlerClass = type(
        "Away",
        (bait.RequestHandlerClass,),
        {"at_hello": lambda self: self._say(302, b"", Location=f"{inner.url}/x.png")},
    )
    row = desk.channel("webhook")
    secret = hooks.make_channel_secret(channel=row, by=SYSTEM, at=clock.now())
    system = System(Channel.objects.get(pk=row.pk), secret)
    system.says("看", files=[{"url": f"{bait.url}/hello", "name": "x.png"}])
    assert send_all().given_up == 1
    assert "在内网或是本机地址" in OutboxItem.objects.get().last_error
    assert len(bait.seen) == 1 and inner.seen == []
    inner.shutdown()
    inner.server_close()


@pytest.mark.parametrize("url", INWARD[1:])
def test_a_video_of_wechat_that_lies_inside_is_refused_with_a_sentence(
    desk: Desk, standin: Standin, bait: Listener, settings: Any, url: str
) -> None:
    """The platform's interface itself names the address of a video."""
    settings.PRIVATE_HOSTS = frozenset({f"{INSIDE}:{standin.port}"})
    secrets = {"app_secret": SECRET, "token": TOKEN, "aes_key": KEY}
    channel = desk.channel("wechat", app_id=APP_ID, api=standin.url, secrets=secrets)
    customer = Customer(channel, account_of(channel), standin)
    customer.post(customer.message("video", 1, MediaId="m1"))
    named = {"video_url": url.format(port=bait.server_port)}
    standin.misbehave("/cgi-bin/media/get", status=200, body=named)
    done = send_all()
    assert (done.given_up, done.put_off) == (1, 0)
    assert "在内网或是本机地址" in OutboxItem.objects.get().last_error
    assert bait.seen == [] and Line.objects.get().files.count() == 0
