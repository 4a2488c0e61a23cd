"""The one way by which channels speak to addresses that somebody has typed in or that came with a message.

Only http and https, and only to addresses of the open internet: a name is resolved once, every address that it stands for
is judged, and the connection goes to one of them and nowhere else, so that a name that changes its answer in between gains
nothing. Each redirect is judged anew. What an operator names in KEYUE_PRIVATE_HOSTS may be private.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext
from threading import Timer
from time import monotonic
from typing import Any

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from keyue.kernel.errors import Refused
from keyue.kernel.jsons import load_json
from keyue.ledger.actions import Undeliverable

SECONDS = 15.0
CONNECT_SECONDS = 5.0
MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 3
MOST_ADDRESSES = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
AGENT = "Keyue"
HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)
NAT64 = IPv6Network("64:ff9b::/96")
PRETENDED = ".demo.invalid"
"""Ends the names of the demo company's servers: `.invalid` is kept free of names (RFC 2606), so nobody is ever asked."""


class Unsafe(Refused):
    """The address leads where nothing of ours may go."""

    code = "unsafe_address"


class Pretended(Unsafe, Undeliverable):
    """The address stands in for one of the demo company's: nothing is sent there, now or later."""


class Failed(Refused):
    """Nothing usable came back: no connection, too slow, too much."""

    code = "no_answer"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `headers` have small names; `url` is where the last redirect led."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The content as text, whatever its bytes are."""
        return self.content.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The content as JSON. Raises Failed where it is none."""
        try:
            return load_json(self.content)
        except ValueError:
            raise Failed(_("对方返回的不是 JSON。")) from None


def fetch(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    params: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    most: int = MOST_BYTES,
    redirects: int = 0,
) -> Fetched:
    """Send a request and read the whole answer. `seconds` is the time for all of it, `most` the bytes of the answer.

    A redirect is followed by GET, at most `redirects` times and without `headers` to another host; with 0 it is the answer.
    Raises Unsafe, Failed.
    """
    target, until = _parsed(url), monotonic() + seconds
    if params:
        target = target.copy_merge_params(dict(params))
    sent = dict(headers or {})
    for _turn in range(redirects + 1):
        answer = _exchange(method, target, sent, content, until, most)
        place = answer.headers.get("location", "")
        if answer.status not in REDIRECTS or not redirects or not place:
            return answer
        following = _parsed(str(target.join(place)))
        if (following.scheme, following.host, following.port) != (target.scheme, target.host, target.port):
            sent = {}
        if target.scheme == "https" and following.scheme == "http":
            raise Unsafe(_("对方要转到不加密的地址，没有跟过去。"))
        method, content, target = "GET", b"", following
    raise Failed(_("对方转来转去，超过 %(most)d 次。") % {"most": redirects})


def post_json(url: str, body: Any, *, headers: Mapping[str, str] | None = None, **options: Any) -> Fetched:
    """`fetch` of a JSON body by POST, in UTF-8."""
    content = json.dumps(body, ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return fetch("POST", url, headers=sent, content=content, **options)


def check_address(url: str) -> str:
    """The address, if something may be sent to it as names stand now. Raises Unsafe, Failed."""
    parsed = _parsed(url)
    safe_addresses(parsed.host, _port(parsed))
    return str(parsed)


def host_of(url: str) -> str:
    """The host that an address names, with its port where it is no usual one. Raises Unsafe."""
    return _parsed(url).netloc.decode("ascii")


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError, TypeError):
        raise Unsafe(_("网址写得不对，请写完整，如 https://example.com/hook。")) from None
    host = parsed.raw_host.decode("ascii", "replace")
    if parsed.scheme not in {"http", "https"} or not HOST.fullmatch(host) or not 0 < _port(parsed) < 65536:
        raise Unsafe(_("网址要以 https:// 或 http:// 开头，并写明主机名。"))
    if parsed.userinfo:
        raise Unsafe(_("网址里不能带用户名和密码。"))
    return parsed


def _port(url: httpx.URL) -> int:
    return url.port if url.port is not None else (443 if url.scheme == "https" else 80)


def is_named_private(host: str, port: int) -> bool:
    """Whether the operator lets us speak to this host although it is private."""
    name = host.lower().rstrip(".")
    return name in settings.PRIVATE_HOSTS or f"{name}:{port}" in settings.PRIVATE_HOSTS


def is_pretended(host: str) -> bool:
    """Whether a host is one of the demo company's, which are nowhere."""
    return host.lower().rstrip(".").endswith(PRETENDED)


def refuse_pretended(host: str) -> None:
    """Raises Pretended for a host of the demo company's."""
    if is_pretended(host):
        raise Pretended(_("「%(host)s」是演示公司的地址，不会真的连接。") % {"host": host})


def is_open(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also when another address is wrapped in it."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_open(one) for one in _unwrapped(parsed))


def _unwrapped(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address, and those that routers and translators read out of it."""
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 == 0:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_open(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
        or address.is_link_local or getattr(address, "is_site_local", False)
    )  # fmt: skip


def resolve(host: str, port: int) -> list[str]:
    """The addresses behind a name, as the system's resolver gives them. Raises Failed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed(_("找不到主机「%(host)s」。") % {"host": host}) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def safe_addresses(host: str, port: int) -> Sequence[str]:
    """The addresses to connect to. One private one among them is enough to refuse all. Raises Unsafe, Failed.

    A host of the demo company's has none, and nobody is asked for it."""
    if is_pretended(host):
        return []
    found = resolve(host, port)
    if is_named_private(host, port):
        return found[:MOST_ADDRESSES]
    if not found or not all(is_open(address) for address in found):
        raise Unsafe(
            _("「%(host)s」在内网或是本机地址，不能访问。确要访问的，请运维在 KEYUE_PRIVATE_HOSTS 里写明。")
            % {"host": host}
        )
    return found[:MOST_ADDRESSES]


def _exchange(
    method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes, until: float, most: int
) -> Fetched:
    """One request and its answer, from the first of the addresses that lets us connect."""
    refuse_pretended(url.host)
    addresses = safe_addresses(url.host, _port(url))
    said = {"host": url.host}
    for place, address in enumerate(addresses):
        try:
            answer = _ask(method, url, address, headers, content, until, most)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if place == len(addresses) - 1:
                raise Failed(_("连不上「%(host)s」。") % said) from None
            continue
        except httpx.HTTPError as error:
            if isinstance(error, httpx.TimeoutException) or monotonic() >= until:
                raise Failed(_("「%(host)s」太久没有答复。") % said) from None
            raise Failed(_("与「%(host)s」的连接中断了。") % said) from None
        if monotonic() >= until:
            # cut off in the middle, it may look like a whole answer
            raise Failed(_("「%(host)s」太久没有答复。") % said)
        return answer
    raise Failed(_("连不上「%(host)s」。") % said)


def _ask(
    method: str, url: httpx.URL, address: str, headers: Mapping[str, str], content: bytes, until: float, most: int
) -> Fetched:  # fmt: skip
    """One request to one address. The name goes into the Host header and into the check of the certificate."""
    sockets: list[socket.socket] = []

    def watch(event: str, info: Mapping[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            found = info["return_value"].get_extra_info("socket")
            if found is not None:
                sockets.append(found)

    left = max(until - monotonic(), 0.1)
    given = {name: value for name, value in headers.items() if name.lower() != "host"}
    host = url.netloc.decode("ascii")
    sent = {"User-Agent": AGENT, "Accept-Encoding": "identity", **given, "Host": host}
    extensions = {"sni_hostname": url.host, "trace": watch}
    timeout = httpx.Timeout(left, connect=min(CONNECT_SECONDS, left))
    # no proxy of the environment: it would resolve the name again
    with httpx.Client(trust_env=False, timeout=timeout, verify=_context()) as client, _ending(sockets, left):
        pinned = url.copy_with(host=address)
        request = client.build_request(method, pinned, headers=sent, content=content, extensions=extensions)
        answer = client.send(request, stream=True)
        try:
            return _read(answer, url, most)
        finally:
            answer.close()


@cache
def _context() -> SSLContext:
    """Whom to trust: the usual authorities, or those of SSL_CERT_FILE. Reading them takes time."""
    return httpx.create_ssl_context()


@contextlib.contextmanager
def _ending(sockets: Sequence[socket.socket], seconds: float) -> Iterator[None]:
    """Cuts the connection after so many seconds, however slowly something still comes in."""

    def cut() -> None:
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    timer = Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _read(answer: httpx.Response, url: httpx.URL, most: int) -> Fetched:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if headers.get("content-encoding", "identity") != "identity":
        # a small answer may unpack into a huge one; nothing packed was asked for
        raise Failed(_("「%(host)s」返回了压缩的内容，没有读。") % {"host": url.host})
    parts, size = [], 0
    for part in answer.iter_raw():
        size += len(part)
        if size > most:
            raise Failed(
                _("「%(host)s」返回的内容超过 %(most)d KB，没有读完。")
                % {"host": url.host, "most": most // 1024}
            )
        parts.append(part)
    return Fetched(answer.status_code, headers, b"".join(parts), str(url))
