"""A program against the served product, over a socket."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.apps.api.conftest import COMPLAINT, Company, company


@pytest.fixture
def firm(fresh_database) -> Company:
    """Founded before the server comes up."""
    return company()


class Socket:
    """One connection that is kept, as programs keep theirs."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = token

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body)
        said = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        self.connection.request(method, f"/api/v1{path}", content, said)
        answer = self.connection.getresponse()
        self.kind = answer.headers["Content-Type"]
        data = answer.read()
        return answer.status, json.loads(data) if "json" in self.kind else data


def test_the_loop_over_a_socket(firm, server):
    agent, supervisor, engineer = (
        Socket(server.port, program.token) for program in (firm.agent, firm.supervisor, firm.engineer)
    )
    status, made = agent.send("POST", "/cases", COMPLAINT, **{"Idempotency-Key": "live-1"})
    assert status == 201
    assert agent.send("POST", "/cases", COMPLAINT, **{"Idempotency-Key": "live-1"}) == (201, made)
    number = made["number"]
    told = {"via": "call", "spoke_to": "周叙白"}
    for who, act, body in (
        (agent, "classify", {"type": "complaint", "category": "product"}),
        (supervisor, "review", {"valid": True}),
        (supervisor, "assess", {"severity": 2, "reach": 1, "consequence": 1}),
        (supervisor, "assign", {"lead": "tech"}),
        (agent, "reply", {"via": "portal", "body": "工程师明天到场"}),
        (engineer, "file_plan", {"body": "更换密封圈", "steps": [{"what": "更换"}]}),
        (engineer, "solve", {"result": "已更换"}),
        (engineer, "report_result", {"result": "已恢复"}),
        (agent, "tell_result", {**told, "body": "已更换，恢复正常"}),
        (agent, "follow_up", {**told, "outcome": "satisfied", "note": "满意"}),
        (engineer, "record_cause", {"cause": "quality", "explanation": "老化", "prevention": "每季度检查"}),
        (agent, "close", {}),
    ):
        status, answer = who.send("POST", f"/cases/{number}/acts/{act}", body)
        assert status == 200, (act, answer)
    assert (answer["stage"], answer["exit"]) == ("closed", "satisfied")
    status, progress = agent.send("POST", "/cases/progress", {"number": number, "code": made["code"]})
    assert (status, progress["is_open"]) == (200, False)
    for path, method, expected in (("/nothing", "GET", 404), ("/cases", "DELETE", 405), ("/me", "POST", 405)):
        status, problem = agent.send(method, path)
        assert (status, problem["status"]) == (expected, expected)
        assert agent.kind.startswith("application/problem+json")
    status, problem = agent.send("POST", "/cases", {**COMPLAINT, "content": "x" * 5_000_000})
    assert (status, problem["code"]) == (413, "too_large")
    status, page = Socket(server.port, "").send("GET", "/docs")
    assert status == 200 and b"swagger-ui" in page
    status, problem = Socket(server.port, "nobody").send("GET", "/me")
    assert (status, problem["code"]) == (401, "not_signed_in")
    assert "Traceback" not in server.read_log()


def in_chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 50_000):
        yield content[start : start + 50_000]


def test_content_in_chunks_is_content(firm, server):
    agent = Socket(server.port, firm.agent.token)
    said = {"Authorization": f"Bearer {agent.token}", "Content-Type": "application/json"}

    def sent(body: bytes) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/api/v1/cases", in_chunks(body), said, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    status, made = sent(json.dumps(COMPLAINT).encode())
    assert status == 201, made
    assert agent.send("GET", f"/cases/{made['number']}")[1]["title"] == COMPLAINT["title"]
    status, problem = sent(json.dumps({**COMPLAINT, "content": "x" * (6 << 20)}).encode())
    assert (status, problem["code"]) == (413, "too_large")
    status, problem = sent(b"x" * (66 << 20))
    assert (status, problem["code"]) == (413, "too_large")


@pytest.mark.parametrize("token", ["", "agent"])
def test_who_sends_too_much_reads_the_answer(firm, server, token):
    """All of it is sent before anything is read, as most programs do."""
    bearer = firm.agent.token if token else "nobody"
    request = urllib.request.Request(
        f"{server.url}/api/v1/cases",
        json.dumps({**COMPLAINT, "content": "x" * (24 << 20)}).encode(),
        {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    expected = (413, "too_large") if token else (401, "not_signed_in")
    assert (refused.value.code, json.loads(refused.value.read())["code"]) == expected


def test_who_waits_to_be_asked_is_answered_at_once(firm, server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as line:
        line.sendall(
            b"POST /api/v1/cases HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n"
        )
        assert b" 401 " in line.recv(200).splitlines()[0]
