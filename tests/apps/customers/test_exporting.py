"""Customers out as a file: asked, approved by another, masked and marked, recorded for each customer, gone in time."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from keyue.customers import actions
from keyue.customers.actions import exporting, granting
from keyue.customers.enums import ExportState
from keyue.customers.exchange import asking
from keyue.customers.models import ExportRequest
from keyue.customers.outward_events import CustomerExported
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import AccessEntry, Fact
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.promises.actions import publish_calendar
from keyue.promises.models import Notice
from keyue.regulations.actions import adopt_pack
from keyue.ui.sheets import spool
from keyue.worktime.holidays import chinese_calendar
from tests.apps.customers.conftest import BY
from tests.journeys.world import WEEKLY

DAY = timedelta(days=1)


def by(user) -> Actor:
    return Actor("staff", str(user.pk))


@pytest.fixture
def boss(staff, at):
    user = people.create_staff(username="boss", name="顾行远", department=staff.north.parent, by=BY, at=at)
    people.grant_role(user=user, role="executive", by=BY, at=at)
    return user


@pytest.fixture
def move(monkeypatch):
    """Let the clock say another instant."""
    return lambda instant: monkeypatch.setattr(clock, "now", lambda: instant)


@pytest.fixture
def files(make, staff):
    make(kind="organisation", name="临江水务一厂", phone="13800001111", email="fang@example.com",
         contact_name="方既明", department=staff.north.code, grade="A")  # fmt: skip
    make(name="周叙白", phone="13812346027", email="zhou@example.com", department=staff.south.code)
    make(kind="organisation", name="密厂", phone="13800003333", email="", contact_name="密一", secrecy="secret",
         department=staff.south.code)  # fmt: skip


def ask(user, at, **more):
    given = {
        "narrowing": {}, "columns": list(asking.DEFAULT), "purpose": "joint", "remark": "月度对账", **more
    }  # fmt: skip
    return exporting.ask_export(user=user, by=by(user), at=at, **given)


def made(request, boss, at):
    exporting.approve_export(request=request, user=boss, by=by(boss), at=at)
    assert exporting.make_export(request.pk, now=at)
    return ExportRequest.objects.get(pk=request.pk)


def taken(request, user, at) -> bytes:
    return b"".join(exporting.download_export(request=request, user=user, by=by(user), at=at))


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_file_goes_out_only_by_request_and_approval_of_another(staff, boss, files, at):
    request = ask(staff.agent, at)
    assert not exporting.make_export(request.pk, now=at)
    with pytest.raises(Refused):
        taken(request, staff.agent, at)
    with pytest.raises(Denied):
        exporting.approve_export(request=request, user=staff.agent, by=by(staff.agent), at=at)
    assert Notice.objects.filter(to_user=boss, key__startswith="export:").count() == 1
    done = made(request, boss, at)
    assert (done.state, done.rows) == (ExportState.MADE, 2)
    assert [fact.kind for fact in facts_of(done.subject)] == [
        "export.asked",
        "export.approved",
        "export.made",
    ]


def test_an_approver_does_not_approve_their_own(boss, staff, files, at):
    people.grant_role(user=boss, role="service_supervisor", by=BY, at=at)
    request = ask(boss, at)
    with pytest.raises(Denied):
        exporting.approve_export(request=request, user=boss, by=by(boss), at=at)


def test_personal_fields_stand_masked_and_the_asker_gets_only_what_they_see(staff, boss, files, at):
    rows = rows_of(taken(made(ask(staff.agent, at, form="csv"), boss, at), staff.agent, at))
    heads = rows[1]
    first, second = (dict(zip(heads, row, strict=True)) for row in rows[2:4])
    assert (first["客户名称"], first["联系人"], first["电话"]) == ("临江水务一厂", "方*", "138****1111")
    assert (second["客户名称"], second["电话"]) == ("周*", "138****6027")
    assert all("密" not in row[1] for row in rows[2:] if len(row) > 1)
    mine = rows_of(taken(made(ask(boss_of(staff, at), at, form="csv"), boss, at), boss_of(staff, at), at))
    assert [row[1] for row in mine[2:-1]] == ["临江水务一厂"]


def boss_of(staff, at):
    """The north's manager, who may ask for exports of the north."""
    user = staff.north_manager
    if not user.grants.filter(role="department_head").exists():
        people.grant_role(user=user, role="department_head", by=BY, at=at)
    return user


def test_in_the_clear_only_for_who_may_reveal_and_only_if_it_is_asked_for(staff, boss, files, at):
    quality = people.create_staff(
        username="quality", name="质量员", department=staff.north.parent, by=BY, at=at
    )
    people.grant_role(user=quality, role="quality_manager", by=BY, at=at)
    with pytest.raises(Denied):
        ask(quality, at, is_clear=True)
    request = ask(
        staff.agent, at, is_clear=True, form="csv", columns=["number", "contact_name", "phone", "email"]
    )
    rows = rows_of(taken(made(request, boss, at), staff.agent, at))
    assert rows[2][1:4] == ["方既明", "138 0000 1111", "fang@example.com"]


def test_each_customer_in_the_file_has_it_in_their_chain_once(staff, boss, files, at):
    request = ask(staff.agent, at)
    exporting.approve_export(request=request, user=boss, by=by(boss), at=at)
    later = at + timedelta(minutes=3)
    # a process that dies half-way: what it recorded stands, and the next one records nothing twice
    lines = next(asking.lines_of(ExportRequest.objects.get(pk=request.pk), staff.agent, at.tzinfo))
    exporting._record(ExportRequest.objects.get(pk=request.pk), lines[:1], later)
    exporting.make_export(request.pk, now=later)
    for kind, who in (("customer.sharing_approved", boss), ("customer.exported", staff.agent)):
        found = Fact.objects.filter(kind=kind)
        assert found.count() == 2
        assert {fact.data["request"] for fact in found} == {request.number}
        assert who is boss or {fact.actor_id for fact in found} == {str(who.pk)}
    approved = Fact.objects.filter(kind="customer.sharing_approved").first()
    assert approved is not None
    assert (approved.at, approved.data["approved_by"]) == (at, str(boss.pk))


def test_what_came_after_the_approval_is_not_in_it(staff, boss, files, make, at, move):
    request = ask(staff.agent, at)
    exporting.approve_export(request=request, user=boss, by=by(boss), at=at)
    move(at + DAY)
    make(name="后来", phone="13899990000", email="", at=at + DAY)
    exporting.make_export(request.pk, now=at + DAY)
    request.refresh_from_db()
    assert request.rows == 2


def test_the_mark_says_whose_copy_it_is_everywhere(staff, boss, files, at, tmp_path):
    request = ask(staff.agent, at)
    content = taken(made(request, boss, at), staff.agent, at)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        core = book.read("docProps/core.xml").decode()
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    mark = f"{request.number} · 王敏（agent） 申请 · 顾行远 批准"
    assert mark in core
    assert mark in sheet[sheet.index("<headerFooter") :]
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)
    spool(path, tmp_path / "rows", lambda cells: len(cells) > 5)
    text = (tmp_path / "rows").read_text(encoding="utf-8")
    assert text.count(mark) == 2


def test_the_file_lies_sealed_and_ends_in_time(
    staff, boss, files, at, move, django_capture_on_commit_callbacks
):
    done = made(ask(staff.agent, at, form="csv"), boss, at)
    path = exporting.file_of(done)
    assert path.is_file()
    assert path.is_relative_to(Path(settings.MEDIA_ROOT))
    assert "临江".encode() not in path.read_bytes()
    assert not list(path.parent.glob("*.tmp"))
    taken(done, staff.agent, at)
    taken(done, staff.agent, at)
    done.refresh_from_db()
    assert done.downloads == 2
    assert Fact.objects.filter(kind="export.downloaded").count() == 2
    assert AccessEntry.objects.filter(subject_kind="export", what="download:2").count() == 2
    with pytest.raises(Refused):
        taken(done, boss, at)
    over = at + 7 * DAY
    with pytest.raises(Refused):
        taken(done, staff.agent, over)
    move(over)
    with django_capture_on_commit_callbacks(execute=True):
        assert exporting.expire_exports(over) == 1
    assert exporting.expire_exports(over) == 0
    assert not path.exists()
    assert Fact.objects.filter(kind="key.destroyed", stream__kind="export").count() == 1


def test_a_request_says_what_which_columns_and_what_for(staff, at):
    with pytest.raises(Invalid) as caught:
        ask(staff.agent, at, narrowing={"colour": "red"}, columns=["nothing"])
    assert set(caught.value.fields) == {"colour", "columns"}
    with pytest.raises(Invalid):
        ask(staff.agent, at, remark="  ")
    with pytest.raises(Invalid):
        ask(staff.agent, at, purpose="fun")
    with pytest.raises(Denied):
        ask(staff.auditor, at)


def test_refused_is_told_and_is_the_end(staff, boss, files, at):
    request = ask(staff.agent, at)
    exporting.refuse_export(request=request, user=boss, refusal="范围太大", by=by(boss), at=at)
    with pytest.raises(Refused):
        exporting.approve_export(request=request, user=boss, by=by(boss), at=at)
    assert Notice.objects.filter(to_user=staff.agent, key=f"export:{request.pk}:export_refused").exists()


def test_others_requests_are_found_by_who_approves_alone(staff, boss, files, at):
    request = ask(staff.agent, at)
    assert asking.request_for(boss, request.pk).pk == request.pk
    with pytest.raises(NotFound):
        asking.request_for(staff.north_manager, request.pk)


def test_a_filter_narrows_what_one_sees(staff, boss, files, at):
    assert asking.estimate(staff.agent, {}) == 2
    assert asking.estimate(staff.agent, {"grade": "A"}) == 1
    assert asking.estimate(staff.agent, {"kind": "person", "region": "330000"}) == 1
    assert asking.words_of({"grade": "A", "region": "330000"}) == ["A 级", "浙江省"]


def test_the_gate_of_the_regulation_lets_the_approved_pass_and_nothing_else(staff, boss, files, at):
    """7.1: with 外传先授权 in force a bare `customer.exported` is refused, and an approved export is not."""
    publish_calendar(
        definition=chinese_calendar((2025, 2026), WEEKLY), by=BY, at=at - 400 * DAY, source="test"
    )
    adopt_pack(pack="customers", effective_from=at - DAY, answers={}, by=BY, at=at - DAY)
    customer = actions.create_customer(
        kind="organisation", name="闸前公司", source="phone", legal_basis="contract", by=BY, at=at
    )
    with pytest.raises(Refused) as caught, transaction.atomic():
        actions.note(customer, CustomerExported("EX-1"), by=by(staff.agent), at=at, via="test")
    assert caught.value.code == "not_approved"
    done = made(ask(staff.agent, at), boss, at)
    kinds = [fact.kind for fact in facts_of(customer.subject)]
    assert kinds[-2:] == ["customer.sharing_approved", "customer.exported"]
    assert done.rows == 3


def test_a_customer_seen_by_a_grant_is_in_the_askers_file(staff, boss, files, at):
    secret = actions.create_customer(
        kind="organisation",
        name="另一密厂",
        source="phone",
        legal_basis="contract",
        secrecy="secret",
        by=BY,
        at=at,
    )
    grant = granting.ask_access(
        user=staff.agent,
        number=secret.number,
        purpose="joint",
        remark="联合",
        until=at + DAY,
        by=by(staff.agent),
        at=at,
    )
    granting.approve_access(grant=grant, user=boss, by=by(boss), at=at)
    agent = type(staff.agent).objects.get(pk=staff.agent.pk)
    assert asking.estimate(agent, {}) == 3
