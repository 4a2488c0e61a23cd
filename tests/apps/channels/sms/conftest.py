"""Channels of short messages at the stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.channels.webhook.doors import place_key
from keyue.conversations.models import Channel
from tests.apps.channels.vendors import SECRET, Desk, Standin
from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.vendors import standin as standin

TEMPLATES = "SMS_1=您好，${name}，您的事项${number}已处理。\nSMS_2=您好，请问有什么可以帮您？"
TENCENT = TEMPLATES.replace("${name}", "{1}").replace("${number}", "{2}").replace("SMS_", "10000")


@pytest.fixture
def made(desk: Desk, standin: Standin) -> Callable[..., Channel]:
    def make(provider: str, secret: str = SECRET, **options: Any) -> Channel:
        usual = {
            "provider": provider,
            "key_id": "standin",
            "app_id": "1400000000",
            "sign_name": "澄川环境",
            "templates": TENCENT if provider == "tencent" else TEMPLATES,
            "api": standin.url,
        }
        if provider == "http":
            usual = {"provider": "http", "url": f"{standin.url}/sink/sms"}
        return desk.channel("sms", secrets={"secret": secret}, **{**usual, **options})

    return make


def push(channel: Channel, body: Any, *, key: str | None = None, form: bool = False) -> HttpResponse:
    """The provider calls."""
    url = f"/hooks/sms/{channel.pk}/{key or place_key(channel)}/"
    if form:
        return Client().post(
            url,
            data="&".join(f"{k}={v}" for k, v in body.items()),
            content_type="application/x-www-form-urlencoded",
        )
    return Client().post(url, json.dumps(body), content_type="application/json")
