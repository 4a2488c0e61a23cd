"""An official account whose interface is the stand-in, and a customer who writes to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.channels.standin.callbacks import Account
from keyue.channels.wechat import xml
from keyue.conversations.models import Channel
from keyue.kernel import clock
from tests.apps.channels.vendors import SECRET, Desk, Standin
from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.vendors import standin as standin

APP_ID, TOKEN = "wx5823bf96d3bd56c7", "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
USER = "oia2TjjewbmiOUlr6X-1crbLOvLw"


@dataclass
class Customer:
    """Somebody on WeChat; what they write is posted to us as WeChat does it."""

    channel: Channel
    account: Account
    standin: Standin

    def post(self, values: Mapping[str, Any], *, query: dict[str, str] | None = None) -> HttpResponse:
        body = xml.write(values)
        encrypted = self.account.box.encrypt(body) if self.account.aes_key else ""
        signed = self.account.query(encrypted) if query is None else query
        if encrypted:
            body = xml.write({"ToUserName": APP_ID, "Encrypt": encrypted})
        return self.raw(body, signed)

    def raw(self, body: bytes, query: dict[str, str]) -> HttpResponse:
        return Client().post(self.account.url, body, content_type="text/xml", query_params=query)

    def message(self, kind: str = "text", number: int = 1, user: str = USER, **values: Any) -> dict[str, Any]:
        head = {
            "ToUserName": APP_ID,
            "FromUserName": user,
            "CreateTime": int(clock.now().timestamp()),
            "MsgType": kind,
        }
        return {**head, **values, **({"MsgId": number} if kind != "event" else {})}

    def says(self, text: str, number: int = 1, user: str = USER) -> HttpResponse:
        self.standin.tell("heard", user=user)
        return self.post(self.message(Content=text, number=number, user=user))


def account_of(channel: Channel, *, aes: bool = True) -> Account:
    return Account(f"/hooks/wechat/{channel.pk}/", TOKEN, APP_ID, KEY if aes else "")


@pytest.fixture
def customer(desk: Desk, standin: Standin) -> Customer:
    channel = desk.channel(
        "wechat",
        app_id=APP_ID,
        api=standin.url,
        secrets={"app_secret": SECRET, "token": TOKEN, "aes_key": KEY},
    )
    return Customer(channel, account_of(channel), standin)


@pytest.fixture
def plain_customer(desk: Desk, standin: Standin) -> Customer:
    channel = desk.channel(
        "wechat", app_id=APP_ID, api=standin.url, secrets={"app_secret": SECRET, "token": TOKEN}
    )
    return Customer(channel, account_of(channel, aes=False), standin)
