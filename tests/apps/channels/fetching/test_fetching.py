"""The guarded way out: every way around it that is known is refused, and what is let through works."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from keyue.channels import fetching
from keyue.channels.fetching import Failed, Unsafe, fetch, is_open, post_json

INSIDE = "127.0.0.1"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by its path; notes what it was asked."""

    def log_message(self, *_said: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        getattr(self, "at_" + self.path.partition("?")[0].strip("/").replace("-", "_"))()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        self.server.seen.append((self.path, body))  # type: ignore[attr-defined]
        self._say(200, b'{"ok": true}')

    def _say(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def at_hello(self) -> None:
        self._say(200, "好".encode())

    def at_packed(self) -> None:
        self._say(200, b"\x1f\x8b", Content_Encoding="gzip")

    def at_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        with_fear = b"x" * 65536
        try:
            for _turn in range(1000):
                self.wfile.write(with_fear)
        except OSError:
            pass

    def at_drip(self) -> None:
        """A byte now and then: no single read is ever slow."""
        self.send_response(200)
        self.end_headers()
        try:
            for _turn in range(200):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def at_slow_head(self) -> None:
        try:
            for sign in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200:
                self.wfile.write(bytes([sign]))
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def at_round(self) -> None:
        self._say(302, b"", Location="/round")

    def at_to_hello(self) -> None:
        self._say(302, b"", Location="/hello")

    def at_away(self) -> None:
        self._say(302, b"", Location=self.headers.get("X-To", ""))


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((INSIDE, 0), Handler)
        self.seen: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://{INSIDE}:{self.server_port}"


@pytest.fixture
def listener() -> Iterator[Listener]:
    server = Listener()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside(settings: Any, listener: Listener) -> Listener:
    """The listener, named by the operator."""
    settings.PRIVATE_HOSTS = frozenset({f"{INSIDE}:{listener.server_port}"})
    return listener


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/hello",
        "http://127.1:{port}/hello",
        "http://2130706433:{port}/hello",
        "http://0x7f000001:{port}/hello",
        "http://0177.0.0.1:{port}/hello",
        "http://0.0.0.0:{port}/hello",
        "http://0:{port}/hello",
        "http://localhost:{port}/hello",
        "http://LOCALHOST.:{port}/hello",
        "http://[::1]:{port}/hello",
        "http://[::]:{port}/hello",
        "http://[::ffff:127.0.0.1]:{port}/hello",
        "http://[::ffff:7f00:1]:{port}/hello",
        "http://[::127.0.0.1]:{port}/hello",
        "http://[64:ff9b::7f00:1]:{port}/hello",
        "http://[2002:7f00:1::]:{port}/hello",
        "http://[fe80::1]:{port}/hello",
        "http://[fc00::1]:{port}/hello",
        "http://[ff02::1]:{port}/hello",
        "http://１２７.0.0.1:{port}/hello",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://198.18.0.1/",
    ],
)
def test_nothing_of_the_own_network_is_reached(listener: Listener, url: str) -> None:
    with pytest.raises((Unsafe, Failed)):
        fetch("GET", url.format(port=listener.server_port), seconds=3)
    assert listener.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "gopher://127.0.0.1:25/", "ftp://example.com/", "//127.0.0.1/", "example.com/x", "",
        "http://", "http:///x", "http://somebody@example.com/", "http://example.com:99999/", "javascript:alert(1)",
        "http://exa mple.com/",
    ],
)  # fmt: skip
def test_only_whole_web_addresses_are_taken(url: str) -> None:
    with pytest.raises(Unsafe):
        fetch("GET", url)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("10.1.2.3", False), ("100.64.0.1", False),
        ("192.0.2.1", False), ("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False), ("2002:0a00:0001::", False),
        ("64:ff9b::a00:1", False), ("2001:db8::1", False), ("fe80::1%eth0", False), ("nonsense", False), ("", False),
    ],
)  # fmt: skip
def test_which_addresses_are_open(address: str, expected: bool) -> None:
    assert is_open(address) is expected


def test_a_name_with_one_private_address_among_its_open_ones_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(fetching, "resolve", lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(Unsafe):
        fetch("GET", "http://two.example/")


def test_a_name_that_answers_otherwise_the_second_time_leads_nowhere_else(
    monkeypatch: Any, listener: Listener
) -> None:
    """The name is asked once, and the connection goes where it was judged to go."""
    asked: list[str] = []
    dialled: list[Any] = []

    def lookup(host: str, port: Any, *rest: Any, **options: Any) -> list[Any]:
        asked.append(host)
        address = "8.8.8.8" if len(asked) == 1 else INSIDE
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def dial(address: Any, *rest: Any, **options: Any) -> Any:
        dialled.append(address[0])
        raise OSError("no way out of the tests")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(Failed):
        fetch("GET", f"http://rebinding.example:{listener.server_port}/hello")
    assert asked == ["rebinding.example"]
    assert dialled == ["8.8.8.8"]
    assert listener.seen == []


def test_a_redirect_into_the_own_network_is_refused(inside: Listener, settings: Any) -> None:
    other = Listener()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    with pytest.raises(Unsafe):
        fetch("GET", f"{inside.url}/away", headers={"X-To": f"{other.url}/hello"}, redirects=3)
    for to in ("file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "http://169.254.169.254/"):
        with pytest.raises((Unsafe, Failed)):
            fetch("GET", f"{inside.url}/away", headers={"X-To": to}, redirects=3)
    assert other.seen == []
    other.shutdown()
    other.server_close()


def test_headers_do_not_follow_to_another_host(inside: Listener, settings: Any) -> None:
    other = Listener()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    settings.PRIVATE_HOSTS = frozenset({INSIDE})
    sent = {"X-To": f"{other.url}/hello", "Authorization": "Bearer secret"}
    assert fetch("GET", f"{inside.url}/away", headers=sent, redirects=1).text == "好"
    [(_path, headers)] = other.seen
    assert "Authorization" not in headers
    other.shutdown()
    other.server_close()


def test_redirects_are_counted_and_not_followed_unasked(inside: Listener) -> None:
    assert fetch("GET", f"{inside.url}/to-hello").status == 302
    assert fetch("GET", f"{inside.url}/to-hello", redirects=1).text == "好"
    with pytest.raises(Failed, match="3 次"):
        fetch("GET", f"{inside.url}/round", redirects=3)
    assert len([path for path, _headers in inside.seen if path == "/round"]) == 4


def test_a_host_that_the_operator_names_is_reached_at_its_port_only(inside: Listener) -> None:
    assert fetch("GET", f"{inside.url}/hello").text == "好"
    with pytest.raises(Unsafe, match="KEYUE_PRIVATE_HOSTS"):
        fetch("GET", f"http://{INSIDE}:{inside.server_port + 1}/hello")


def test_what_is_sent_arrives_with_the_name_in_its_host_header(
    inside: Listener, monkeypatch: Any, settings: Any
) -> None:
    settings.PRIVATE_HOSTS = frozenset({"robots.corp.example"})
    monkeypatch.setattr(fetching, "resolve", lambda host, port: [INSIDE])
    answer = fetch("GET", f"http://robots.corp.example:{inside.server_port}/hello", params={"a": "甲 乙"})
    assert answer.is_ok
    [(path, headers)] = inside.seen
    assert path == "/hello?a=%E7%94%B2%20%E4%B9%99" or path == "/hello?a=%E7%94%B2+%E4%B9%99"
    assert headers["Host"] == f"robots.corp.example:{inside.server_port}"


def test_json_goes_out_as_it_is(inside: Listener) -> None:
    assert post_json(f"{inside.url}/x", {"文": "好"}).json() == {"ok": True}
    assert inside.seen == [("/x", '{"文": "好"}'.encode())]


def test_a_huge_answer_is_cut(inside: Listener) -> None:
    with pytest.raises(Failed, match="超过 100 KB"):
        fetch("GET", f"{inside.url}/huge", most=100 * 1024)


def test_packed_content_is_not_unpacked(inside: Listener) -> None:
    with pytest.raises(Failed, match="压缩"):
        fetch("GET", f"{inside.url}/packed")


@pytest.mark.parametrize("path", ["drip", "slow-head"])
def test_an_answer_that_drips_ends_in_time(inside: Listener, path: str) -> None:
    began = time.monotonic()
    with pytest.raises(Failed, match="太久"):
        fetch("GET", f"{inside.url}/{path}", seconds=1)
    assert time.monotonic() - began < 3


def test_a_port_where_nobody_listens_and_a_name_that_is_none(settings: Any) -> None:
    settings.PRIVATE_HOSTS = frozenset({INSIDE})
    with pytest.raises(Failed, match="连不上"):
        fetch("GET", f"http://{INSIDE}:1/")
    with pytest.raises(Failed, match="找不到主机"):
        fetch("GET", "http://nobody.invalid/")


def test_a_proxy_of_the_environment_is_not_asked(inside: Listener, monkeypatch: Any) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetch("GET", f"{inside.url}/hello").text == "好"
