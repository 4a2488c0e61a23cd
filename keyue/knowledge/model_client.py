"""Asking a language model by an OpenAI-compatible address: bounded in time and size, and never led elsewhere.

An administrator enters the address; it may be within the house, where companies run such models. It may not be a link-local
one, by which the services of a cloud give away its keys, and the address that was looked at is the one that is connected to.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

MOST_BYTES = 1_000_000
AT_ONCE = 8
MOST_TOKENS = 800
MOST_FAILURES = 3
PAUSE = 60.0
"""Seconds for which a service that failed several times is left alone."""

_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="language-model")
_free = threading.BoundedSemaphore(AT_ONCE)


class Failed(Exception):
    """The service could not be asked, or did not answer as it should; the text says why, for an administrator."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where a model is asked. `address` is the base, as vendors state it (`https://host/v1`); `seconds` is for all of it."""

    address: str
    name: str
    key: str
    seconds: float


@dataclass(slots=True)
class _Health:
    failures: int = 0
    rests_until: float = 0.0


_health: dict[tuple[str, str], _Health] = {}


def ask(service: Service, messages: Sequence[dict[str, str]], *, is_trial: bool = False) -> str:
    """What the model says. Raises Failed; one that failed several times is not asked for a minute, but by a trial."""
    health = _health.setdefault((service.address, service.name), _Health())
    if not is_trial and time.monotonic() < health.rests_until:
        raise Failed(_("语言模型连续没有应答，一分钟内不再请求。"))
    try:
        said = _in_time(service, messages)
    except Failed:
        health.failures += 1
        if health.failures >= MOST_FAILURES:
            health.failures, health.rests_until = 0, time.monotonic() + PAUSE
        raise
    health.failures, health.rests_until = 0, 0.0
    return said


def _in_time(service: Service, messages: Sequence[dict[str, str]]) -> str:
    # a service that sends a byte a second keeps a thread busy, never a customer
    if not _free.acquire(blocking=False):
        raise Failed(_("同时在问的太多。"))
    running: Future[str] = _pool.submit(_ask, service, messages)
    running.add_done_callback(lambda _future: _free.release())
    try:
        return running.result(timeout=service.seconds)
    except Late:
        raise Failed(_("超过 %(n)d 秒没有应答。") % {"n": service.seconds}) from None


def _ask(service: Service, messages: Sequence[dict[str, str]]) -> str:
    body = {"model": service.name, "messages": list(messages), "temperature": 0, "max_tokens": MOST_TOKENS}
    try:
        status, content = _posted(service, json.dumps(body, ensure_ascii=False).encode())
    except Failed:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Failed(_("连不上：%(why)s") % {"why": error or type(error).__name__}) from error
    if status in {401, 403}:
        raise Failed(_("密钥被拒绝（%(status)d）。") % {"status": status})
    if status != 200:
        raise Failed(_("对方返回 %(status)d：%(why)s") % {"status": status, "why": _excerpt(content)})
    return _said(content)


def _said(content: bytes) -> str:
    try:
        answer: Any = json.loads(content)
        said = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise Failed(_("应答的格式不对：%(why)s") % {"why": _excerpt(content)}) from error
    if not isinstance(said, str) or not said.strip():
        raise Failed(_("应答是空的。"))
    return said


def _excerpt(content: bytes) -> str:
    return " ".join(content[:300].decode("utf-8", "replace").split())[:120]


def _posted(service: Service, body: bytes) -> tuple[int, bytes]:
    """Status and content; a redirection is an answer like any other, and is not followed."""
    parts = parts_of(service.address)
    ends = time.monotonic() + service.seconds
    connection = _connection(parts, service.seconds)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Keyue"}
    if service.key:
        headers["Authorization"] = f"Bearer {service.key}"
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/chat/completions", body, headers)
        answer = connection.getresponse()
        content = bytearray()
        while chunk := answer.read1(65_536):
            content += chunk
            if len(content) > MOST_BYTES:
                raise Failed(_("应答太长。"))
            if time.monotonic() > ends:
                raise Failed(_("超过 %(n)d 秒没有应答。") % {"n": service.seconds})
        return answer.status, bytes(content)
    finally:
        connection.close()


def parts_of(address: str) -> Any:
    """An address in its parts. Raises Failed for one that cannot be asked."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise Failed(_("接口地址看不懂。")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise Failed(_("接口地址要以 http:// 或 https:// 开头。"))
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Failed(_("接口地址里不能有用户名、密码、问号和井号。"))
    return parts


def _connection(parts: Any, seconds: float) -> http.client.HTTPConnection:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    where = _looked_up(parts.hostname, port)
    reached = socket.create_connection((where, port), timeout=seconds)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        reached = context.wrap_socket(reached, server_hostname=parts.hostname)
    connection = http.client.HTTPConnection(parts.hostname, port, timeout=seconds)
    connection.sock = reached
    return connection


def _looked_up(host: str, port: int) -> str:
    """One address of a host that may be connected to. Raises Failed where any of them must not be."""
    found = [row[4][0] for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for text in found:
        address: Any = ipaddress.ip_address(str(text).partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            raise Failed(_("不能连到 %(address)s。") % {"address": address})
    if not found:
        raise Failed(_("找不到这个地址。"))
    return str(found[0])
