"""The tab 档案, its history and as-of view, notes, the quick entry, the plan and the settings, as people open them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from keyue.customers import actions
from keyue.customers.actions.fields import define_field
from keyue.customers.actions.notes import NextStep, record_contact
from keyue.customers.actions.upkeep import learn_change, set_extra, verify_fields
from keyue.customers.models import ContactNote, Customer, FieldCheck, FieldDefinition, FollowUp, LearntChange
from keyue.ledger.models import AccessEntry
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people

from .conftest import BY, EMAIL, PHONE

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def agent(staff) -> Client:
    """A browser of the service agent, who sees everybody and may look at what is masked."""
    client = Client()
    client.force_login(staff.agent)
    return client


@pytest.fixture
def reader(staff, at) -> Client:
    """Somebody who may see all customers, change nothing and reveal nothing."""
    user = people.create_staff(username="insp", name="季检", department=None, by=BY, at=at)
    people.grant_role(user=user, role="inspector", by=BY, at=at)
    client = Client()
    client.force_login(user)
    return client


def text(answer) -> str:
    return answer.content.decode()


# --- the file ---


def test_the_tab_shows_what_is_missing_and_why(agent, company, query_count):
    url = f"/customers/{company.number}/file/"
    agent.get(url)
    with query_count("file of a customer"):
        said = text(agent.get(url, headers=FRAGMENT))
    assert "完整度 45%" in said
    assert "重要决策人" in said
    assert "找不到能拍板的人" in said
    assert "我得知有变化" in said
    assert "档案" in text(agent.get(f"/customers/{company.number}/?tab=file"))


def test_who_may_not_change_sees_no_acts(reader, company):
    said = text(reader.get(f"/customers/{company.number}/file/"))
    assert "我得知有变化" not in said
    assert reader.get(f"/customers/{company.number}/file/verify/").status_code == 403


def test_a_file_as_of_a_date(agent, company, at, monkeypatch):
    from keyue.kernel import clock

    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=2))
    actions.change_customer(
        customer=company, changes={"address": "净水路 18 号"}, by=BY, at=at + timedelta(days=1)
    )
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(days=3))
    assert "净水路 18 号" in text(agent.get(f"/customers/{company.number}/file/"))
    then = text(agent.get(f"/customers/{company.number}/file/?at=2026-03-17T09:00"))
    assert "净水路 18 号" not in then
    assert "当时的档案" in then
    early = text(agent.get(f"/customers/{company.number}/file/?at=2020-01-01T09:00"))
    assert "那时还没有这份档案" in early


def test_history_masks_and_reveals_with_a_trace(agent, reader, person, own, at):
    actions.change_contact(contact=own, changes={"phone": "13900001111"}, by=BY, at=at)
    url = f"/customers/{person.number}/history/phone/"
    for client in (agent, reader):
        said = text(client.get(url, headers=FRAGMENT))
        assert "138****6027" in said
        assert PHONE not in said
        assert "13900001111" not in said
    assert "查看" not in text(reader.get(url, headers=FRAGMENT))
    fact = _fact_of(person, "customer.contact_changed")
    reveal = f"/customers/{person.number}/history/{fact}/phone/"
    assert agent.post(reveal, headers=FRAGMENT).status_code == 422
    before = AccessEntry.objects.count()
    shown = text(agent.post(reveal, {"purpose": "verify"}, headers=FRAGMENT))
    assert "+8613812346027 → +8613900001111" in shown
    assert AccessEntry.objects.count() == before + 1
    assert reader.post(reveal, {"purpose": "verify"}).status_code == 403
    every = text(agent.get(f"/customers/{person.number}/history/all/"))
    assert EMAIL not in every
    assert "建档" in every


def _fact_of(customer: Customer, kind: str) -> str:
    from keyue.ledger.models import Fact

    return str(Fact.objects.get(stream__kind="customer", stream__ref=str(customer.pk), kind=kind).uid)


def test_verifying_from_the_page(agent, company):
    url = f"/customers/{company.number}/file/verify/"
    assert "怎么核实的" in text(agent.get(url, headers=FRAGMENT))
    assert agent.post(url, {"how": "phone"}, headers=FRAGMENT).status_code == 422
    done = agent.post(url, {"fields_": ["phone", "name"], "how": "visit"})
    assert done.status_code == 303
    assert set(FieldCheck.objects.values_list("field", flat=True)) == {"phone", "name"}
    assert "王敏 上门核实" in text(agent.get(f"/customers/{company.number}/file/"))


def test_learning_and_entering_from_the_page(agent, company, at):
    url = f"/customers/{company.number}/file/learnt/"
    assert agent.post(url, {"fields_": ["address"], "learnt_at": "2026-03-15T09:00"}).status_code == 303
    change = LearntChange.objects.get()
    assert change.learnt_at < at
    assert "得知有变化" in text(agent.get(f"/customers/{company.number}/file/"))
    form = text(agent.get(f"{url}{change.change}/", headers=FRAGMENT))
    assert 'name="address"' in form
    assert agent.post(f"{url}{change.change}/", {"address": "新址 1 号"}).status_code == 303
    company.refresh_from_db()
    assert company.address == "新址 1 号"
    assert agent.get(f"{url}{change.change}/").status_code == 404


def test_somebody_elses_change_meanwhile_is_not_overwritten(agent, company, at):
    change = learn_change(customer=company, fields=["address"], learnt_at=at, by=BY, at=at)
    company.refresh_from_db()
    read = company.revision
    actions.change_customer(customer=company, changes={"scale": "大"}, by=BY, at=at)
    answer = agent.post(
        f"/customers/{company.number}/file/learnt/{change.change}/",
        {"address": "新址", "revision": read},
        headers=FRAGMENT,
    )
    assert answer.status_code == 422
    assert "刚被别人改过" in text(answer)


def test_the_companys_own_fields_on_the_page(agent, company, at):
    assert agent.get(f"/customers/{company.number}/file/own/").status_code == 404
    define_field(key="meters", label="水表数", kind="number", by=BY, at=at)
    define_field(key="birthday", label="生日", kind="date", is_personal=True, by=BY, at=at)
    url = f"/customers/{company.number}/file/own/"
    wrong = agent.post(url, {"extra.meters": "很多"}, headers=FRAGMENT)
    assert wrong.status_code == 422
    assert "请填数字" in text(wrong)
    assert agent.post(url, {"extra.meters": "12", "extra.birthday": "1980-02-03"}).status_code == 303
    said = text(agent.get(f"/customers/{company.number}/file/"))
    assert "1980-02-03" not in said
    assert "水表数" in said
    # what is masked is not emptied by a form that does not show it
    assert agent.post(url, {"extra.meters": "13", "extra.birthday": ""}).status_code == 303
    shown = agent.post(f"{url}extra.birthday/", {"purpose": "contact"}, headers=FRAGMENT)
    assert "1980-02-03" in text(shown)


def test_a_file_that_is_not_theirs_is_not_there(company, staff, at):
    actions.assign_account_manager(customer=company, user=staff.south_manager, by=BY, at=at)
    note = record_contact(
        customer=company, way="phone", contacted_at=at, staff=staff.south_manager, topics="月报", by=BY, at=at,
        follow_ups=[NextStep("给样表", at + timedelta(days=1))],
    )  # fmt: skip
    client = Client()
    client.force_login(staff.north_manager)
    for path in (
        f"/customers/{company.number}/file/", f"/customers/{company.number}/history/all/",
        f"/customers/{company.number}/notes/", f"/customers/{company.number}/notes/new/",
        f"/customers/{company.number}/file/verify/", f"/customers/notes/{note.ref}/next/",
        f"/customers/steps/{FollowUp.objects.get().pk}/", f"/customers/note/?customer={company.number}",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path


# --- notes ---


def test_a_contact_says_what_the_customer_thinks_or_that_they_have_no_opinion(agent, company, at):
    url = f"/customers/{company.number}/notes/new/"
    given = {"way": "phone", "contacted_at": "2026-03-16T09:00", "topics": "月报"}
    refused = agent.post(url, given)
    assert refused.status_code == 422
    assert "没有意见的，请勾选" in text(refused)
    assert not ContactNote.objects.exists()
    assert agent.post(url, given | {"no_opinion": "on"}).status_code == 303
    asked = ContactNote.objects.get()
    assert asked.no_opinion
    assert "客户没有意见" in text(agent.get(f"/customers/{company.number}/notes/"))
    # entered without it, as by a sheet: listed until somebody asks
    later = record_contact(
        customer=company, way="phone", contacted_at=at, staff=None, topics="来电", by=BY, at=at
    )
    assert "没有问客户意见" in text(agent.get(f"/customers/{company.number}/notes/"))
    ask = f"/customers/notes/{later.ref}/opinion/"
    assert agent.post(ask, {}).status_code == 422
    assert agent.post(ask, {"feedback": "想换大一号的表"}).status_code == 303
    said = text(agent.get(f"/customers/{company.number}/notes/"))
    assert "想换大一号的表" in said
    assert "没有问客户意见" not in said
    kinds = [
        (fact.kind, fact.data.get("opinion")) for fact in facts_of(company.subject) if "contact_" in fact.kind
    ]
    assert kinds[-3:] == [
        ("customer.contact_recorded", "none"),
        ("customer.contact_recorded", None),
        ("customer.contact_opinion_recorded", "said"),
    ]


def test_a_note_from_the_customers_page(agent, company):
    url = f"/customers/{company.number}/notes/new/"
    assert "重要沟通" in text(agent.get(url, headers=FRAGMENT))
    lacking = agent.post(
        url,
        {"way": "phone", "contacted_at": "2026-03-16T09:00", "is_important": "on", "topics": "月报"},
        headers=FRAGMENT,
    )
    assert lacking.status_code == 422
    assert "重要沟通要写明下一步打算" in text(lacking)
    contact = company.contacts.get().pk
    done = agent.post(
        url,
        {
            "way": "phone", "contacted_at": "2026-03-16T09:00", "is_important": "on", "topics": "月报",
            "present": [contact], "feedback": "尽快", "next_steps": "给样表", "what": "给样表",
            "due": "2026-03-20T18:00",
        },
    )  # fmt: skip
    assert done.status_code == 303
    note, step = ContactNote.objects.get(), FollowUp.objects.get()
    assert note.is_important
    assert step.owner.username == "agent"
    said = text(agent.get(f"/customers/{company.number}/notes/"))
    assert "给样表" in said
    assert "1 小时后录入" in said
    assert agent.post(f"/customers/steps/{step.pk}/", {"outcome": "done"}).status_code == 303
    step.refresh_from_db()
    assert step.outcome == "done"
    assert agent.post(f"/customers/notes/{note.ref}/next/", {"what": "再打一次"}).status_code == 422


def test_the_quick_entry_finds_and_writes(agent, company):
    found = text(agent.get("/customers/note/?q=临江", headers=FRAGMENT))
    assert company.number in found
    assert "<html" not in found
    assert company.name in text(agent.get(f"/customers/note/?customer={company.number}"))
    sent = {
        "way": "visit",
        "contacted_at": "2026-03-16T09:30",
        "topics": "现场看了加药间",
        "no_opinion": "on",
    }
    assert agent.post("/customers/note/", sent).status_code == 422
    assert agent.post("/customers/note/", {**sent, "customer": company.number}).status_code == 303
    assert ContactNote.objects.get().way == "visit"


def test_the_plan_and_its_sheet(agent, company, staff, at, query_count):
    actions.change_customer(customer=company, changes={"grade": "A"}, by=BY, at=at)
    actions.assign_account_manager(customer=company, user=staff.north_manager, by=BY, at=at)
    agent.get("/customers/plan/")
    with query_count("plan of contacts"):
        said = text(agent.get("/customers/plan/?of=all"))
    assert company.name in said
    assert "0 / 1 位在间隔内联系过" in said
    assert company.name not in text(agent.get("/customers/plan/"))
    sheet = agent.get("/customers/plan.xlsx")
    rows = CalamineWorkbook.from_filelike(BytesIO(sheet.content)).get_sheet_by_index(0).to_python()
    assert ["客户经理", "林知夏", "0", "1", "0.0%", "0", "1"] in rows
    assert company.name not in str(rows)


# --- settings ---


def test_fields_are_set_up_without_code(staff, at):
    keeper = people.create_staff(username="keeper", name="档案员", department=None, by=BY, at=at)
    people.grant_role(user=keeper, role="archive_keeper", by=BY, at=at)
    client = Client()
    client.force_login(keeper)
    assert client.get("/customers/fields/").status_code == 200
    new = {
        "label": "处理工艺",
        "key": "process",
        "kind": "choice",
        "options": "膜法\n常规\n",
        "weight": "10",
        "order": "20",
    }
    assert client.post("/customers/fields/new/", {**new, "key": "Process"}).status_code == 422
    assert client.post("/customers/fields/new/", {**new, "for_organisations": "on"}).status_code == 303
    row = FieldDefinition.objects.get()
    assert (row.options, row.for_organisations, row.for_persons) == (["膜法", "常规"], True, False)
    assert 'name="key"' not in text(client.get("/customers/fields/process/"))
    assert client.post("/customers/fields/process/retire/").status_code == 303
    assert "已停用" in text(client.get("/customers/fields/"))
    assert (
        client.post("/customers/fields/email/", {"weight": "30", "order": "40", "required": "on"}).status_code
        == 303
    )
    assert FieldDefinition.objects.get(key="email").required
    assert client.post("/customers/fields/", {"stages": ["signed"], "days_A": "14"}).status_code == 303
    agent = Client()
    agent.force_login(staff.agent)
    assert agent.get("/customers/fields/").status_code == 403


def test_long_and_strange_texts_stay_texts(agent, company, at):
    define_field(key="remark", label="备" * 40, kind="text", by=BY, at=at)
    set_extra(customer=company, values={"remark": "<script>alert(1)</script>" + "长" * 300}, by=BY, at=at)
    verify_fields(customer=company, fields=["extra.remark"], how="customer", by=BY, at=at)
    said = text(agent.get(f"/customers/{company.number}/file/"))
    assert "<script>alert" not in said
    assert "&lt;script&gt;" in said
