"""Files sent ahead as they are: longer than a request of JSON, checked as on the pages, gone when nothing takes them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.cases.actions import files
from keyue.cases.models import Attachment, WaitingFile
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.apps.api.conftest import ROOT, Company, Program

pytestmark = pytest.mark.django_db
LONG = b"%PDF-1.4\n" + b"what the machine said " * 250_000


def send(program: Program, name: str = "现场.pdf", content: bytes = LONG, **more: object):
    sent = {"file": SimpleUploadedFile(name, content), **more}
    headers = {"Authorization": f"Bearer {program.token}"}
    return Client(raise_request_exception=False).post(f"{ROOT}/uploads", sent, headers=headers)


def kept(program: Program, **said: object) -> str:
    answer = send(program, **said)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_a_long_file_goes_ahead_and_is_taken_by_its_id(firm: Company, complaint):
    assert len(LONG) > 5 * 1024**2
    uid = kept(firm.agent)
    made = firm.agent.ok("POST", "/cases", {**complaint, "files": [{"upload": uid}]})
    firm.agent.act(made["number"], "note", text="另一份", files=[{"upload": uid, "name": "副本.pdf"}])
    [first, note] = firm.agent.ok("GET", f"/cases/{made['number']}/messages")["items"]
    assert [(file["name"], file["size"]) for file in first["files"]] == [("现场.pdf", len(LONG))]
    assert note["files"][0]["name"] == "副本.pdf"
    answer = firm.agent.get(f"/cases/files/{first['files'][0]['id']}")
    assert b"".join(answer.streaming_content) == LONG


def test_what_nothing_takes_is_deleted_after_a_day(firm: Company, complaint):
    uid, other = kept(firm.agent), kept(firm.agent, content=LONG + b"other")
    firm.agent.ok("POST", "/cases", {**complaint, "files": [{"upload": uid}]})
    used, unused = WaitingFile.objects.order_by("pk")
    files.tidy(clock.now() + timedelta(hours=23))
    assert WaitingFile.objects.count() == 2 and files.path_of(unused.sha256).exists()
    files.tidy(clock.now() + timedelta(hours=25))
    assert not WaitingFile.objects.exists()
    assert files.path_of(used.sha256).exists() and not files.path_of(unused.sha256).exists()
    problem = firm.agent.refused(422, "POST", "/cases", {**complaint, "files": [{"upload": other}]})
    assert "重新上传" in problem["errors"][0]["message"]


def test_an_erasure_takes_what_was_sent_ahead(firm: Company, complaint, django_capture_on_commit_callbacks):
    uid = kept(firm.agent)
    firm.agent.ok("POST", "/cases", {**complaint, "files": [{"upload": uid}]})
    file = Attachment.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        customers.erase(customer=file.message.case.customer, reason="requested", by=SYSTEM, at=clock.now())
    assert not WaitingFile.objects.exists() and not files.path_of(file.sha256).exists()


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"name": "a.exe"}, "files", "类型不能上传"),
        ({"name": "a.png"}, "files", "与扩展名不符"),
        ({"content": LONG * 4}, "file", "文件超过 20 MB"),
        ({"note": "x"}, "note", "没有这一项"),
    ],
)
def test_what_is_refused(firm: Company, sent, field, said):
    answer = send(firm.agent, **sent)
    assert answer.status_code == 422
    assert any(e["field"] == field and said in e["message"] for e in answer.json()["errors"]), answer.json()
    assert not WaitingFile.objects.exists()


def test_no_more_wait_than_anybody_needs(firm: Company, monkeypatch):
    monkeypatch.setattr(files, "MOST_WAITING", 2)
    for _turn in range(2):
        kept(firm.agent, content=b"%PDF-1.4\n")
    assert send(firm.agent).status_code == 409
    assert send(firm.supervisor).status_code == 201


def test_what_others_sent_and_what_says_too_much_is_refused(firm: Company, complaint):
    uid = kept(firm.agent, content=b"%PDF-1.4\n")
    for given in ({"upload": uid}, {"upload": str(uuid4())}):
        firm.supervisor.refused(422, "POST", "/cases", {**complaint, "files": [given]})
    for given in ({}, {"upload": uid, "content": "eA=="}, {"content": "eA=="}, {"name": "a.txt"}):
        problem = firm.agent.refused(422, "POST", "/cases", {**complaint, "files": [given]})
        assert "要么有 upload" in problem["errors"][0]["message"]
    firm.agent.refused(422, "POST", "/cases", {**complaint, "files": [{"upload": uid}] * 10})


def test_what_is_no_form_is_a_problem_document(firm: Company):
    firm.agent.refused(422, "POST", "/uploads", {})
    answer = firm.agent.send(
        "POST", "/uploads", raw=b"no parts", Content_Type="multipart/form-data", Idempotency_Key="k"
    )
    assert firm.agent.status in (400, 422) and answer["status"] == firm.agent.status
