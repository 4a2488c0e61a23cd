"""An application of WeCom and an account of WeChat customer service, both at the stand-in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
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

CORP, TOKEN = "wx5823bf96d3bd56c7", "QDG6eK"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ACCOUNT = "wkxxxxxxx"
USER = "wmxxxxxxx"


@dataclass
class Corp:
    """WeCom as it calls us about one channel."""

    channel: Channel
    account: Account
    standin: Standin
    numbers: Any

    def call(self, plain: bytes, *, as_json: bool = False, **query: str) -> HttpResponse:
        encrypted = self.account.box.encrypt(plain)
        signed = {**self.account.query(encrypted), **query}
        if as_json:
            body, kind = json.dumps({"encrypt": encrypted}).encode(), "application/json"
        else:
            body, kind = xml.write({"ToUserName": CORP, "Encrypt": encrypted, "AgentID": "218"}), "text/xml"
        return Client().post(self.account.url, body, content_type=kind, query_params=signed)

    def post(self, values: Mapping[str, Any], **query: str) -> HttpResponse:
        return self.call(xml.write(values), **query)

    def writes(self, text: str, user: str = "mycreate", number: int = 1) -> HttpResponse:
        """A colleague writes to the application."""
        return self.post(
            {
                "ToUserName": CORP,
                "FromUserName": user,
                "CreateTime": int(clock.now().timestamp()),
                "MsgType": "text",
                "Content": text,
                "MsgId": number,
                "AgentID": 218,
            }
        )

    # --- WeChat customer service ---

    def queue(self, kind: str = "text", user: str = USER, origin: int = 3, **content: Any) -> dict[str, Any]:
        """Something comes in at WeCom, and waits to be fetched."""
        message = {
            "msgid": f"msg-{next(self.numbers)}",
            "open_kfid": ACCOUNT,
            "external_userid": user,
            "send_time": int(clock.now().timestamp()),
            "origin": origin,
            "msgtype": kind,
            kind: content,
        }
        self.standin.tell("kf", messages=[message])
        self.standin.tell("heard", user=user)
        return message

    def knock(self, token: str = "ENCApHxnGDNAVNY4AaSJKj4Tb5", account: str = ACCOUNT) -> HttpResponse:
        """WeCom says that there is something."""
        return self.post(
            {
                "ToUserName": CORP,
                "CreateTime": 1348831860,
                "MsgType": "event",
                "Event": "kf_msg_or_event",
                "Token": token,
                "OpenKfId": account,
            }
        )


SECRETS = {"secret": SECRET, "token": TOKEN, "aes_key": KEY}


@pytest.fixture
def app(desk: Desk, standin: Standin) -> Corp:
    channel = desk.channel("wecom", secrets=SECRETS, corp_id=CORP, agent_id=218, api=standin.url)
    return Corp(channel, Account(f"/hooks/wecom/{channel.pk}/", TOKEN, CORP, KEY), standin, count(1))


@pytest.fixture
def kf(desk: Desk, standin: Standin) -> Corp:
    channel = desk.channel(
        "wxkf", secrets=SECRETS, corp_id=CORP, open_kfid=ACCOUNT, api=standin.url, welcome="您好，请说。"
    )
    return Corp(channel, Account(f"/hooks/wecom/{channel.pk}/", TOKEN, CORP, KEY), standin, count(1))
