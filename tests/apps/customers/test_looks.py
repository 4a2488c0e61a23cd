"""Whoever opens a customer leaves one line in the trail, by whichever way; and what the page says of merged files."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyue.customers.actions import watching
from keyue.customers.actions.merging import merge
from keyue.customers.models import ContactNote, CustomerFile, MassReading
from keyue.ledger.models import AccessEntry, Fact
from keyue.people import actions as people
from tests.apps.customers.conftest import BY

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
PAGES = ("", "?tab=file", "file/", "history/all/", "notes/", "edit/")
API = ("", "/contacts", "/upkeep", "/history", "/as-of", "/notes")


@pytest.fixture
def enter():
    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def token(staff, at):
    """How the agent asks the API."""
    _row, raw = people.issue_token(user=staff.agent, name="t", scopes=["customer.view"], by=BY, at=at)
    return {"Authorization": f"Bearer {raw}"}


def looks() -> list[str]:
    return list(AccessEntry.objects.filter(what="page").values_list("via", flat=True))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_a_customer_is_a_look(enter, staff, company, page):
    assert enter(staff.agent).get(f"/customers/{company.number}/{page}").status_code == 200
    assert looks() == ["web"]


@pytest.mark.parametrize("what", API)
def test_the_api_leaves_a_look_too(token, company, what):
    answer = Client().get(f"/api/v1/customers/{company.number}{what}", headers=token)
    assert answer.status_code == 200, answer.content
    assert looks() == ["api"]


def test_who_reads_file_after_file_is_noticed(enter, staff, make, at):
    watching.set_limits(limits={"an_hour": 3}, by=BY, at=at)
    client = enter(staff.agent)
    for n in range(4):
        customer = make(name=f"客{n}", phone=f"1390000{n:04d}", email="")
        client.get(f"/customers/{customer.number}/")
    watching.watch(at)
    assert MassReading.objects.get().user == staff.agent


def test_opening_again_soon_writes_nothing(enter, staff, company):
    client = enter(staff.agent)
    client.get(f"/customers/{company.number}/")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/customers/{company.number}/")
    assert looks() == ["web"]
    assert not [one for one in captured if one["sql"].startswith("INSERT")]


def test_a_contact_says_from_which_file_it_came(enter, staff, make, company, at):
    other = make(
        kind="organisation", name="临江三水", contact_name="苏棠", phone="13900001111", email="",
        legal_basis="contract",
    )  # fmt: skip
    merge(loser=other, into=company, by=BY, at=at)
    page = enter(staff.agent).get(f"/customers/{company.number}/?tab=contacts").content.decode()
    assert page.count(f"来自 {other.number}") == 1
    assert f"来自 {company.number}" not in page


def test_a_lead_is_asked_about_while_it_is_typed(enter, staff, make):
    client = enter(staff.north_manager)
    known = make(name="周叙白", phone="13812346027", email="", department=staff.north.code)
    assert 'hx-post="/customers/likely/"' in client.get("/customers/leads/new/").content.decode()
    typed = {"kind": "person", "name": "", "person": "周叙白", "phone": "13812346027"}
    assert known.number in client.post("/customers/likely/", typed).content.decode()


def test_what_was_got_outside_is_entered_with_its_time(enter, staff, company, at):
    client = enter(staff.agent)
    url = f"/customers/{company.number}/file/collected/"
    assert "补录系统外收集的信息" in client.get(url).content.decode()
    assert client.post(url, {"collected_at": "2026-03-15T09:00"}).status_code == 303
    kinds = ["customer.information_collected", "customer.information_entered"]
    first, second = (Fact.objects.get(kind=kind) for kind in kinds)
    assert first.data["item"] == second.data["item"]
    assert first.at < second.at
    assert client.post(url, {"collected_at": "2027-03-15T09:00"}).status_code == 422


def test_files_come_with_a_note_and_are_seen_beside_it(enter, staff, company, at):
    client = enter(staff.agent)
    paper = SimpleUploadedFile("纪要.png", PNG, content_type="image/png")
    given = {
        "way": "phone",
        "topics": "扩容",
        "no_opinion": "on",
        "contacted_at": "2026-03-16T09:00",
        "files": [paper],
    }
    assert client.post(f"/customers/{company.number}/notes/new/", given).status_code == 303
    row = CustomerFile.objects.get()
    assert row.note == ContactNote.objects.get()
    for page in ("notes/", "?tab=file"):
        said = client.get(f"/customers/{company.number}/{page}").content.decode()
        assert "纪要.png" in said
        assert f"/customers/attachments/{row.pk}/" in said
    # what will not do keeps the note out too
    bad = SimpleUploadedFile("x.exe", b"MZ" + b"0" * 40)
    answer = client.post(f"/customers/{company.number}/notes/new/", {**given, "files": [bad]})
    assert answer.status_code == 422
    assert ContactNote.objects.count() == 1
