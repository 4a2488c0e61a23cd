"""Who asked that their data be kept and used no longer: nobody reveals it, and no export holds it (article 47)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keyue.customers import actions as customers
from keyue.customers.actions import exporting
from keyue.customers.actions.merging import merge
from keyue.customers.models import ExportRequest
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions
from tests.apps.privacy.conftest import BY

SAID = "只保存、不再使用"


@pytest.fixture
def restricted(make, at):
    customer = make()
    actions.restrict(customer=customer, reason="legal_term", by=BY, at=at)
    return customer


def reveal(customer, at):
    return customers.reveal(
        contact=customer.contacts.get(), fields=["phone"], purpose="contact", by=BY, at=at
    )


def test_nobody_reveals_what_is_used_no_longer(restricted, make, staff, at):
    with pytest.raises(Refused, match=SAID):
        reveal(restricted, at)
    assert not Fact.objects.filter(kind="customer.revealed").exists()
    assert reveal(make(name="陈砚", phone="13900001111", email=""), at)["phone"]
    client = Client()
    client.force_login(staff.agent)
    contact = restricted.contacts.get()
    answer = client.post(f"/customers/contacts/{contact.pk}/reveal/phone/", {"purpose": "contact"})
    assert answer.status_code == 409
    assert SAID in answer.content.decode()


def test_the_api_says_so_too(restricted, staff, at):
    _token, raw = people.issue_token(
        user=staff.agent, name="test", scopes=["customer.view", "customer.reveal"], by=BY, at=at
    )
    contact = restricted.contacts.get()
    answer = Client().post(
        f"/api/v1/customers/contacts/{contact.pk}/reveal",
        {"fields": ["phone"], "purpose": "contact"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {raw}"},
    )
    assert answer.status_code == 409, answer.content.decode()
    assert SAID in answer.content.decode()


def test_what_was_merged_into_them_rests_too(restricted, make, at):
    other = make(name="周叙白", phone="13900001111", email="")
    merge(loser=other, into=restricted, by=BY, at=at)
    with pytest.raises(Refused, match=SAID):
        reveal(other, at)


def test_an_export_leaves_them_out_and_says_so(restricted, make, staff, at):
    other = make(name="陈砚", phone="13900001111", email="")
    boss = people.create_staff(username="boss", name="顾行远", department=None, by=BY, at=at)
    for role in ("executive", "sales_manager"):
        people.grant_role(user=boss, role=role, by=BY, at=at)
    asker = people.create_staff(username="sale", name="顾清和", department=None, by=BY, at=at)
    people.grant_role(user=asker, role="service_supervisor", by=BY, at=at)
    request = exporting.ask_export(
        user=User.objects.get(pk=asker.pk), narrowing={}, columns=["number", "name"], purpose="joint",
        remark="联合投标", by=Actor("staff", str(asker.pk)), at=at,
    )  # fmt: skip
    exporting.approve_export(
        request=request, user=User.objects.get(pk=boss.pk), by=Actor("staff", str(boss.pk)), at=at
    )
    exporting.make_export(request.pk, now=at + timedelta(minutes=1))
    made = ExportRequest.objects.get()
    assert (made.state, made.rows) == ("made", 1)
    assert "有 1 位客户" in made.problem
    left = Fact.objects.filter(kind="customer.exported").values_list("stream__ref", flat=True)
    assert list(left) == [str(other.pk)]


def test_a_hold_still_keeps_whom_it_keeps_from_being_erased(restricted, staff, at):
    actions.place_hold(customer=restricted, why="诉讼中", user=staff.officer, at=at)
    with pytest.raises(Refused):
        customers.erase(customer=restricted, reason="requested", by=BY, at=at)
