"""Fields, completeness, verification, history, notes, next steps and the plan over the API, as a program calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.customers import actions
from keyue.customers.models import ContactNote, Customer, CustomerFile, FieldCheck, FollowUp
from keyue.people import actions as people
from keyue.people.actions.tokens import EVERY
from keyue.people.models import User

from .conftest import BY, PHONE

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call(staff, at) -> Call:
    """`call("GET", "customers/KH-00001/notes", user=…)`: (status, answer); the service agent where nobody is named."""
    tokens: dict[int, str] = {}

    def send(method: str, path: str, body: Any = None, user: User = staff.agent) -> tuple[int, Any]:
        if user.pk not in tokens:
            _row, tokens[user.pk] = people.issue_token(
                user=user, name="t", scopes=EVERY, expires_at=at + timedelta(days=9), by=BY, at=at
            )
        client = Client(headers={"Authorization": f"Bearer {tokens[user.pk]}"})
        data = json.dumps(body) if body is not None else ""
        answer = client.generic(method, f"/api/v1/{path}", data, content_type="application/json")
        return answer.status_code, json.loads(answer.content)

    return send


@pytest.fixture
def keeper(staff, at) -> User:
    """The keeper of the archive, who may set it up."""
    user = people.create_staff(username="keeper", name="档案员", department=None, by=BY, at=at)
    people.grant_role(user=user, role="archive_keeper", by=BY, at=at)
    return user


def test_fields_are_defined_and_filled(call: Call, company: Customer, keeper: User):
    field = {"key": "process", "label": "处理工艺", "kind": "choice", "options": ["膜法"], "required": True}
    assert call("POST", "customer-fields", field)[0] == 403
    status, made = call("POST", "customer-fields", field, user=keeper)
    assert (status, made["key"]) == (201, "extra.process")
    here = f"customers/{company.number}"
    missing = [one["field"] for one in call("GET", f"{here}/upkeep")[1]["missing"]]
    assert "extra.process" in missing
    assert call("PUT", f"{here}/extra", {"values": {"extra.process": "土法"}})[0] == 422
    status, now = call("PUT", f"{here}/extra", {"values": {"extra.process": "膜法"}})
    assert (status, now["extra"]) == (200, {"extra.process": "膜法"})
    status, changed = call("PATCH", "customer-fields/process", {"retired": True, "weight": 9}, user=keeper)
    assert (changed["is_retired"], changed["weight"]) == (True, 9)
    assert call("PATCH", "customer-fields/phone", {"required": False}, user=keeper)[0] == 409
    assert call("PATCH", "customer-fields/dream", {"weight": 1}, user=keeper)[0] == 404


def test_verified_learnt_and_entered(call: Call, company: Customer, at):
    here = f"customers/{company.number}"
    status, said = call("POST", f"{here}/verify", {"fields": ["phone"], "how": "visit"})
    assert (status, said["checks"][0]["how"], said["checks"][0]["by"]) == (200, "visit", "王敏")
    assert FieldCheck.objects.count() == 1
    status, learnt = call(
        "POST", f"{here}/changes-learnt", {"fields": ["address"], "learnt_at": at.isoformat()}
    )
    assert status == 201
    status, said = call("POST", f"{here}/changes-learnt/{learnt['change']}", {"values": {"address": "新址"}})
    assert (status, said["open_changes"]) == (200, [])
    past = call("GET", f"{here}/history?field=address")[1]["items"]
    assert [(one["old"], one["new"], one["by"]) for one in past] == [("", "新址", "王敏")]


def test_history_never_shows_what_is_masked(call: Call, person: Customer, own, at):
    actions.change_contact(contact=own, changes={"phone": "13900001111"}, by=BY, at=at)
    for path in ("history", "as-of", "upkeep"):
        status, said = call("GET", f"customers/{person.number}/{path}")
        assert status == 200
        for secret in (PHONE, "13900001111", "周叙白", "zhou@example.com"):
            assert secret not in json.dumps(said, ensure_ascii=False), path
    [change] = call("GET", f"customers/{person.number}/history?field=phone")[1]["items"]
    assert (change["old"], change["new"]) == ("138****6027", "139****1111")


def test_pages_of_history(call: Call, company: Customer, at):
    for n in range(5):
        actions.change_customer(customer=company, changes={"address": f"{n} 号"}, by=BY, at=at)
    seen, cursor = [], ""
    for _page in range(9):
        _status, said = call("GET", f"customers/{company.number}/history?limit=2&cursor={cursor}")
        seen += [one["new"] for one in said["items"] if one["field"] == "address"]
        cursor = said["next_cursor"]
        if not cursor:
            break
    assert seen == ["4 号", "3 号", "2 号", "1 号", "0 号"]


def test_notes_and_next_steps(call: Call, company: Customer, staff, at):
    here = f"customers/{company.number}/notes"
    note = {"way": "phone", "contacted_at": (at - timedelta(days=1)).isoformat(), "topics": "药耗月报"}
    status, lacking = call("POST", here, {**note, "is_important": True})
    assert (status, [one["field"] for one in lacking["errors"]]) == (
        422,
        ["attendees", "feedback", "next_steps"],
    )
    step = {"what": "给样表", "due": (at + timedelta(days=1)).isoformat()}
    status, made = call("POST", here, {**note, "follow_ups": [step]})
    assert (status, made["delay_hours"], made["follow_ups"][0]["owner"]) == (201, 24.0, staff.agent.pk)
    assert [one["ref"] for one in call("GET", here)[1]["items"]] == [made["ref"]]
    status, further = call("POST", f"follow-ups/of/{made['ref']}", {**step, "owner": staff.north_manager.pk})
    assert status == 201
    assert [one["what"] for one in call("GET", "follow-ups")[1]["items"]] == ["给样表"]
    status, done = call("POST", f"follow-ups/{further['id']}/finish", {"outcome": "needless"})
    assert (status, done["outcome"]) == (200, "needless")
    assert FollowUp.objects.filter(done_at=None).count() == 1


def test_files_of_a_note_are_sent_to_it(call: Call, company: Customer, staff, at):
    here = f"customers/{company.number}/notes"
    note = {"way": "visit", "contacted_at": (at - timedelta(days=1)).isoformat(), "topics": "药耗月报"}
    made = call("POST", here, note)[1]
    assert made["files"] == []
    _row, token = people.issue_token(
        user=staff.agent, name="f", scopes=EVERY, expires_at=at + timedelta(days=9), by=BY, at=at
    )
    client = Client(headers={"Authorization": f"Bearer {token}"})
    there = f"/api/v1/customers/notes/{made['ref']}/files"
    answer = client.post(there, {"file": SimpleUploadedFile("签到.txt", "方既明".encode())})
    assert answer.status_code == 201, answer.content.decode()
    sent = answer.json()
    assert (sent["name"], sent["size"]) == ("签到.txt", 9)
    assert call("GET", here)[1]["items"][0]["files"] == [sent]
    # it stands with the customer's files, on the page of the notes, and comes out as it went in
    assert call("GET", f"customers/{company.number}/files")[1] == [sent]
    assert CustomerFile.objects.get().note == ContactNote.objects.get()
    taken = client.get(f"/api/v1/customers/files/{sent['id']}")
    assert b"".join(taken.streaming_content).decode() == "方既明"
    # what the pages refuse is refused here, and who does not see the customer learns of no note
    wrong = client.post(there, {"file": SimpleUploadedFile("x.exe", b"MZ")})
    assert (wrong.status_code, CustomerFile.objects.count()) == (422, 1)
    assert call("POST", f"customers/notes/{made['ref']}/files", {}, user=staff.auditor)[0] == 403
    assert call("POST", "customers/notes/none/files", {})[0] == 404


def test_the_plan(call: Call, company: Customer, staff, at):
    actions.change_customer(customer=company, changes={"grade": "A"}, by=BY, at=at)
    actions.assign_account_manager(customer=company, user=staff.south_manager, by=BY, at=at)
    status, said = call("GET", "contact-plan")
    assert (status, said["coverage"]["total"], said["coverage"]["rate"]) == (200, 1, 0)
    assert [row["customer"] for row in said["items"]] == [company.number]
    assert call("GET", "contact-plan", user=staff.north_manager)[1]["coverage"]["rate"] is None
    [row] = call("GET", "contact-plan/coverage?by=department")[1]
    assert (row["name"], row["total"]) == ("南区", 1)


def test_what_is_not_theirs_is_not_there(call: Call, company: Customer, staff, at):
    actions.assign_account_manager(customer=company, user=staff.south_manager, by=BY, at=at)
    for path in ("upkeep", "history", "as-of", "notes"):
        assert call("GET", f"customers/{company.number}/{path}", user=staff.north_manager)[0] == 404
