"""Who asked that their data be kept and used no longer: nobody reveals it, and no export holds it (article 47)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.test import Client

from keyue.customers import actions as customers
from keyue.customers.actions import attaching, exporting
from keyue.customers.actions.merging import merge
from keyue.customers.models import CustomerFile, ExportRequest
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions
from keyue.ui.uploads import Upload
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


@dataclass
class Exchange:
    """Somebody who asks for files of customers, and somebody who approves them."""

    asker: User
    boss: User
    at: datetime

    def ask(self, minutes: int = 1) -> ExportRequest:
        request = exporting.ask_export(
            user=self.asker, narrowing={}, columns=["number", "name"], purpose="joint", remark="联合投标",
            by=Actor("staff", str(self.asker.pk)), at=self.at,
        )  # fmt: skip
        boss = Actor("staff", str(self.boss.pk))
        exporting.approve_export(request=request, user=self.boss, by=boss, at=self.at)
        exporting.make_export(request.pk, now=self.at + timedelta(minutes=minutes))
        return ExportRequest.objects.get(pk=request.pk)

    def take(self, request: ExportRequest) -> bytes:
        by = Actor("staff", str(self.asker.pk))
        return b"".join(exporting.download_export(request=request, user=self.asker, by=by, at=self.at))


@pytest.fixture
def exchange(staff, at) -> Exchange:
    boss = people.create_staff(username="boss", name="顾行远", department=None, by=BY, at=at)
    for role in ("executive", "sales_manager"):
        people.grant_role(user=boss, role=role, by=BY, at=at)
    asker = people.create_staff(username="sale", name="顾清和", department=None, by=BY, at=at)
    people.grant_role(user=asker, role="service_supervisor", by=BY, at=at)
    return Exchange(User.objects.get(pk=asker.pk), User.objects.get(pk=boss.pk), at)


def test_an_export_leaves_them_out_and_says_so(restricted, make, exchange):
    other = make(name="陈砚", phone="13900001111", email="")
    made = exchange.ask()
    assert (made.state, made.rows) == ("made", 1)
    assert "有 1 位客户" in made.problem
    left = Fact.objects.filter(kind="customer.exported").values_list("stream__ref", flat=True)
    assert list(left) == [str(other.pk)]


def test_a_file_that_was_made_before_is_given_out_no_more(make, exchange, at):
    customer, other = make(), make(name="陈砚", phone="13900001111", email="")
    made = exchange.ask()
    assert exchange.take(made)
    actions.restrict(customer=customer, reason="legal_term", by=BY, at=at)
    with pytest.raises(Refused, match=r"文件里有 1 位客户.*请重新申请导出") as caught:
        exchange.take(made)
    assert caught.value.code == "restricted"
    assert ExportRequest.objects.get(pk=made.pk).downloads == 1
    client = Client()
    client.force_login(exchange.asker)
    page = client.get(f"/customers/exports/{made.pk}/").content.decode()
    assert "文件里有 1 位客户" in page
    assert f"/customers/exports/{made.pk}/file/" not in page
    answer = client.get(f"/customers/exports/{made.pk}/file/")
    assert answer.status_code == 409
    assert "请重新申请导出" in answer.content.decode()
    # as it says: the next file is without them, and does
    anew = exchange.ask()
    assert anew.rows == 1
    assert exchange.take(anew)
    # one that never held them was not touched by any of it
    actions.restrict(customer=make(name="方既明", phone="13900002222", email=""), reason="held", by=BY, at=at)
    assert exchange.take(anew)
    merge(loser=other, into=customer, by=BY, at=at)
    with pytest.raises(Refused, match="文件里有 1 位客户"):
        exchange.take(anew)
    with pytest.raises(Refused, match="文件里有 2 位客户"):
        exchange.take(made)


def test_the_api_gives_no_such_file_out_either(make, exchange, at):
    customer = make()
    made = exchange.ask()
    actions.restrict(customer=customer, reason="legal_term", by=BY, at=at)
    _token, raw = people.issue_token(
        user=exchange.asker, name="test", scopes=["export.request"], by=BY, at=at
    )
    answer = Client().get(
        f"/api/v1/customer-exports/{made.pk}/file", headers={"Authorization": f"Bearer {raw}"}
    )
    assert answer.status_code == 409, answer.content.decode()
    assert "请重新申请导出" in answer.content.decode()


def test_attachments_stay_where_they_are(make, staff, at):
    customer, other = make(), make(name="陈砚", phone="13900001111", email="")
    files = [
        attaching.add_files(customer=one, uploads=[Upload("合同.txt", "甲方".encode())], by=BY, at=at)[0]
        for one in (customer, other)
    ]
    client = Client()
    client.force_login(staff.agent)

    def taken() -> list[int]:
        return [client.get(f"/customers/attachments/{file.pk}/").status_code for file in files]

    assert taken() == [200, 200]
    actions.restrict(customer=customer, reason="legal_term", by=BY, at=at)
    assert taken() == [409, 200]
    assert SAID in client.get(f"/customers/attachments/{files[0].pk}/").content.decode()
    # what is merged into them rests with them, and nothing is lost
    merge(loser=other, into=customer, by=BY, at=at)
    assert taken() == [409, 409]
    with pytest.raises(Refused, match="下载附件"):
        attaching.take_file(file=CustomerFile.objects.get(pk=files[1].pk), by=BY, at=at)
    assert not CustomerFile.objects.filter(removed_at__isnull=False).exists()


def test_a_hold_still_keeps_whom_it_keeps_from_being_erased(restricted, staff, at):
    actions.place_hold(customer=restricted, why="诉讼中", user=staff.officer, at=at)
    with pytest.raises(Refused):
        customers.erase(customer=restricted, reason="requested", by=BY, at=at)
