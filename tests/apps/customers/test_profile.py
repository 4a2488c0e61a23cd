"""A customer's page: its head, tabs, what is owed, the timeline; and the forms that change what stands there."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyue.customers import actions, dealings, profile
from keyue.customers.dealings import Of
from keyue.customers.events import EVENTS
from keyue.customers.fact_words import FACT_WORDS
from keyue.customers.models import Customer
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack

from .conftest import BY

MOST_QUERIES = 30


@pytest.fixture
def enter(client, staff):
    """Sign somebody in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def rule(tmp_path: Path, at):
    """A regulation in force since a day ago that asks to verify a customer's file and to name the stage."""
    text = """# 档案制度

```regulation
id = "files"
code = "T-1"
subject = "customer"
keeper = "keeper"

[roles]
keeper = "档案员"
```

## 1 核实

建档后两天内核实。

```control
id = "checked"
name = "核实档案"
on = "customer.created"
met_by = "customer.verified"
within = "PT48H"
owner = ["customer.account_manager", "keeper"]
```
"""
    file = tmp_path / "files.md"
    file.write_text(text, encoding="utf-8")
    adopt_pack(
        pack=file, effective_from=at - timedelta(days=1), answers={}, by=SYSTEM, at=at - timedelta(days=1)
    )


def words(answer) -> str:
    return answer.content.decode()


def last(customer: Customer, kind: str = "") -> Fact:
    facts = Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk))
    return (facts.filter(kind=kind) if kind else facts).latest("rev")


def test_every_fact_has_its_words():
    assert set(FACT_WORDS) == set(EVENTS)


def test_the_life_of_a_relation(make, at):
    began = at - timedelta(days=30)
    company = make(kind="organisation", name="北屿文旅（演示）", at=began)
    actions.change_stage(
        customer=company, stage="intent", reason="要报价", by=BY, at=began + timedelta(days=1)
    )
    actions.change_stage(customer=company, stage="signed", reason="中标", by=BY, at=began + timedelta(days=9))
    company.refresh_from_db()
    steps = profile.life(company)
    assert [(step.tone, step.since) for step in steps] == [
        ("kept", began),
        ("kept", began + timedelta(days=1)),
        ("open", began + timedelta(days=9)),
        ("idle", None),
    ]
    fact = last(company)
    assert fact.data == {"old": "intent", "new": "signed"}
    assert sealed_values([fact]) == [{"reason": "中标"}]


def test_a_stage_needs_a_reason_and_cannot_lie_ahead(company, at):
    from keyue.kernel.errors import Invalid

    with pytest.raises(Invalid) as caught:
        actions.change_stage(customer=company, stage="signed", reason=" ", by=BY, at=at)
    assert set(caught.value.fields) == {"reason"}
    with pytest.raises(Invalid) as caught:
        actions.change_stage(
            customer=company, stage="signed", reason="x", happened=at + timedelta(hours=1), by=BY, at=at
        )
    assert set(caught.value.fields) == {"happened"}
    # the same stage again is no change
    before = last(company).pk
    actions.change_stage(customer=company, stage="prospect", reason="", by=BY, at=at)
    assert last(company).pk == before


def test_a_customer_is_lost_with_a_reason(company, at):
    actions.lose_customer(customer=company, reason="price", win_back=True, remark="报价高两成", by=BY, at=at)
    company.refresh_from_db()
    assert company.stage == "past"
    assert last(company).data == {"reason": "price", "win_back": True}


def test_what_is_promised_stands_on_the_page(rule, make, staff, enter):
    customer = make(kind="organisation", name="北屿文旅（演示）", account_manager=staff.north_manager)
    [promise] = Promise.objects.filter(subject_kind="customer", subject_id=customer.pk)
    assert promise.owner == f"user:{staff.north_manager.pk}"
    page = words(enter(staff.agent).get(f"/customers/{customer.number}/"))
    assert "核实档案" in page
    assert "林知夏" in page
    assert "《档案制度》1" in page
    only = words(enter(staff.agent).get(f"/customers/{customer.number}/?tab=promises"))
    assert "核实档案" in only
    # and on the list of whoever owes it
    home = words(enter(staff.north_manager).get("/"))
    assert customer.number in home


def test_the_timeline_in_pages_and_by_kind(make, staff, at):
    began = at - timedelta(days=9)
    company = make(kind="organisation", name="北屿文旅（演示）", at=began)
    for n in range(30):
        actions.change_customer(
            customer=company, changes={"industry": f"水务{n}"}, by=BY, at=began + timedelta(hours=n + 1)
        )
    actions.change_stage(
        customer=company, stage="intent", reason="要报价", by=BY, at=began + timedelta(days=3)
    )
    before = at
    seen = []
    viewer = staff.agent
    while True:
        found = dealings.dealings_of(viewer, company, [company.pk], before=before, size=10)
        seen += [row.text for row in found.rows]
        if found.before is None:
            break
        before = found.before
    assert len(seen) == 32
    assert seen[0].endswith("意向客户")
    only = dealings.dealings_of(viewer, company, [company.pk], before=at, of=Of.BUSINESS)
    assert len(only.rows) == 1


def test_the_page_asks_little(enter, staff, company, at):
    client = enter(staff.agent)
    for n in range(12):
        actions.add_contact(customer=company, name=f"联系人{n}", phone=f"1390000{n:04d}", by=BY, at=at)
    client.get(f"/customers/{company.number}/")
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/customers/{company.number}/")
    assert answer.status_code == 200
    assert len(captured) <= MOST_QUERIES


@pytest.mark.parametrize("tab", list(profile.PARTS))
def test_every_tab_opens_and_refreshes_its_parts(enter, staff, company, tab):
    client = enter(staff.agent)
    assert client.get(f"/customers/{company.number}/", {"tab": tab}).status_code == 200
    for part in ("head", "body", "dealings"):
        answer = client.get(
            f"/customers/{company.number}/", {"tab": tab, "part": part}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert "<html" not in words(answer)


def test_a_wrong_mark_of_the_timeline_is_refused(enter, staff, company):
    answer = enter(staff.agent).get(f"/customers/{company.number}/", {"before": "yesterday"})
    assert answer.status_code == 422


def test_a_customer_is_entered(enter, staff):
    client = enter(staff.north_manager)
    given = {
        "kind": "organisation", "name": "临江第三水务有限公司（演示）", "contact_name": "周叙白", "phone": "13812346027",
        "part": "decider", "stage": "prospect", "source": "visit", "legal_basis": "contract", "region": "浙江省杭州市",
        "address": "净水路 18 号", "credit_limit": "500,000", "needs": "膜组扩容", "credit": "good",
    }  # fmt: skip
    answer = client.post("/customers/new/", given)
    assert answer.status_code == 303, words(answer)
    customer = Customer.objects.get()
    assert customer.account_manager == staff.north_manager
    assert (customer.stage, str(customer.credit_limit), customer.address) == (
        "prospect",
        "500000.00",
        "净水路 18 号",
    )
    created = Fact.objects.get(kind="customer.created")
    assert set(created.data["filled"]) == {
        "name", "company", "address", "region", "city", "credit", "credit_limit", "needs", "phone", "contact",
        "decision_makers",
    }  # fmt: skip
    # what may name people is stored under the customer's key
    assert "膜组扩容" not in customer.needs
    wrong = client.post("/customers/new/", {**given, "phone": "138", "credit_limit": "很多"})
    assert wrong.status_code == 422
    assert "净水路 18 号" in words(wrong)
    assert Customer.objects.count() == 1


def test_a_file_is_changed_and_no_newer_change_is_lost(enter, staff, company):
    client = enter(staff.agent)
    url = f"/customers/{company.number}/edit/"
    page = words(client.get(url))
    revision = re.search(r'name="revision" value="(\d+)"', page).group(1)
    given = {
        "name": "临江水务集团", "region": "浙江省杭州市", "source": "phone", "legal_basis": "contract",
        "secrecy": "normal", "needs": "扩容", "revision": revision,
    }  # fmt: skip
    assert client.post(url, given).status_code == 303
    company.refresh_from_db()
    assert company.name == "临江水务集团"
    assert sealed_values([last(company, "customer.changed")])[0]["needs_new"] == "扩容"
    again = client.post(url, {**given, "name": "别的名字"})
    assert again.status_code == 422
    assert "刚被别人改过" in words(again)


def test_contacts_keep_what_is_masked(enter, staff, company, at):
    client = enter(staff.agent)
    contact = company.contacts.get()
    url = f"/customers/contacts/{contact.pk}/"
    page = words(client.get(url))
    assert "87654321" not in page
    assert "fang@" not in page
    assert client.post(url, {"part": "decider", "stance": "supports"}).status_code == 303
    fact = last(company)
    assert (fact.data["part"], fact.data["filled"]) == ("decider", ["decision_makers"])
    phone = contact.phone
    contact.refresh_from_db()
    assert contact.phone == phone
    assert client.post(url, {"clear": "phone", "part": "decider", "stance": "supports"}).status_code == 303
    assert last(company).data["emptied"] == ["phone"]
    new = f"/customers/{company.number}/contacts/new/"
    assert client.post(new, {"name": "苏棠", "reports_to": str(contact.pk)}).status_code == 303
    added = company.contacts.get(reports_to=contact)
    # nobody reports to somebody who reports to them
    loop = client.post(url, {"reports_to": str(added.pk), "part": "decider"})
    assert loop.status_code == 422


def test_an_account_manager_is_named_by_name(enter, staff, company):
    client = enter(staff.agent)
    url = f"/customers/{company.number}/manager/"
    assert client.post(url, {"account_manager": "林知夏"}).status_code == 403
    from keyue.people import actions as people

    people.grant_role(user=staff.agent, role="archive_keeper", by=BY, at=company.created_at)
    assert client.post(url, {"account_manager": "林知夏"}).status_code == 303
    company.refresh_from_db()
    assert company.account_manager == staff.north_manager
    wrong = client.post(url, {"account_manager": "无此人"})
    assert wrong.status_code == 422
    assert client.post(url, {"account_manager": ""}).status_code == 303
    kinds = list(
        Fact.objects.filter(stream__kind="customer", stream__ref=str(company.pk))
        .order_by("rev")
        .values_list("kind", flat=True)
    )
    assert kinds[-2:] == ["customer.account_manager_assigned", "customer.manager_left"]


def test_feedback_is_registered_for_a_known_customer(enter, staff, company):
    from keyue.cases.models import Case

    client = enter(staff.agent)
    contact = company.contacts.get()
    url = f"/cases/new/?customer={company.number}"
    page = words(client.get(url))
    assert company.name in page
    assert "87654321" not in page
    given = {
        "type": "complaint",
        "content": "膜组产水浊度超标",
        "channel": "phone",
        "contact": str(contact.pk),
    }
    assert client.post(url, given).status_code == 200
    case = Case.objects.get()
    assert (case.customer, case.contact) == (company, contact)
    shown = words(client.get(f"/customers/{company.number}/?tab=dealings"))
    assert case.number in shown
    foreign = client.post(url, {**given, "contact": "999999"})
    assert foreign.status_code == 422
    assert "没有这个联系人" in words(foreign)
    assert Case.objects.count() == 1


def test_background_is_looked_into_before_anything_is_agreed(enter, staff, company):
    """Written down in a dialog, told on the timeline by its outcome, and what was found stays sealed (S1 补1)."""
    client = enter(staff.agent)
    url = f"/customers/{company.number}/background/"
    assert url in client.get(f"/customers/{company.number}/").content.decode()
    refused = client.post(url, {"outcome": "sound", "found": ""})
    assert refused.status_code == 422
    assert (
        client.post(
            url, {"outcome": "limited", "found": "有一笔被执行记录", "happened": "2026-03-16T09:00"}
        ).status_code
        == 303
    )
    fact = Fact.objects.get(kind="customer.background_checked")
    assert fact.data == {"outcome": "limited"} and sealed_values([fact]) == [{"found": "有一笔被执行记录"}]
    page = client.get(f"/customers/{company.number}/").content.decode()
    assert "查明背景与信用：可以往来，有限制" in page
    assert "被执行" not in page
