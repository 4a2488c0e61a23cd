"""Customers from a sheet: what a dry run says, what an import writes, how it is undone, and what nobody may see by it."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from keyue.customers import actions, selectors
from keyue.customers.actions import importing, undoing
from keyue.customers.enums import ImportState
from keyue.customers.exchange import dry
from keyue.customers.exchange import selectors as imports
from keyue.customers.exchange.columns import COLUMNS, fingerprint, guess
from keyue.customers.models import Contact, Customer, CustomerImportRow, Identifier, RememberedMapping
from keyue.customers.sealed import opened
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.promises.models import Notice
from keyue.ui.workbooks import write_xlsx
from tests.apps.customers.conftest import BY

USCC = "91330106MA27XYNX68"
HEAD = ["客户名称", "种类", "联系人", "电话", "邮箱", "地区", "行业", "统一社会信用代码"]


def sheet(*rows, head=HEAD) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def org(name, phone="", contact="", *, email="", region="浙江省杭州市", industry="环保", uscc=""):
    return [name, "单位", contact, phone, email, region, industry, uscc]


@pytest.fixture
def keeper(staff, at):
    user = people.create_staff(username="keeper", name="档案员", department=staff.north.parent, by=BY, at=at)
    people.grant_role(user=user, role="archive_keeper", by=BY, at=at)
    return user


@pytest.fixture
def run_of(keeper, at):
    """An import of a sheet, its columns as guessed, with what the test says otherwise."""

    def make(content: bytes, *, name="客户.csv", user=None, **options):
        who = user or keeper
        by = Actor("staff", str(who.pk))
        run = importing.draft(chunks=[content], name=name, user=who, by=by, at=at)
        given = {
            "columns": run.columns, "mode": run.mode, "key": run.key, "default_kind": run.default_kind,
            "default_basis": run.default_basis, "external_system": "ERP", **options,
        }  # fmt: skip
        return importing.set_columns(run=run, by=by, at=at, **given)

    return make


@pytest.fixture
def done(run_of, keeper, at):
    """The same, imported to the last row."""

    def make(content: bytes, **options):
        run = run_of(content, **options)
        by = Actor("staff", str(keeper.pk))
        importing.start(run=run, user=keeper, by=by, at=at)
        importing.work_to_end(run.pk, now=at)
        run.refresh_from_db()
        return run

    return make


def counts(run):
    """Added, updated, unchanged, refused."""
    return run.added, run.updated, run.unchanged, run.refused


def clear_of(customer):
    rows = list(customer.contacts.order_by("pk"))
    return opened(rows)


# --- reading ---


def test_headings_as_other_systems_write_them_are_understood():
    heads = ["公司名称（必填）*", "手机号码", "E-mail", "所属行业", "负责人", "原因", "没听说过"]
    assert guess(heads) == {"name": 0, "phone": 1, "email": 2, "industry": 3, "account_manager": 4}
    words = [word for column in COLUMNS.values() for word in column.synonyms.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_file_is_read_in_the_encodings_of_spreadsheet_programs(done, encoding):
    run = done(sheet(org("临江水务一厂", "13800001111", "方既明")).decode().encode(encoding))
    assert counts(run) == (1, 0, 0, 0)
    assert Customer.objects.get().name == "临江水务一厂"


def test_a_workbook_is_read_too(done, tmp_path: Path):
    path = tmp_path / "客户.xlsx"
    write_xlsx([HEAD, org("临江水务一厂", "13800001111"), org("远山机械有限公司", uscc=USCC)], path)
    run = done(path.read_bytes(), name="客户.xlsx")
    assert (run.form, *counts(run)) == ("xlsx", 2, 0, 0, 0)
    assert Identifier.objects.get().value == USCC


def test_what_is_no_sheet_is_refused_with_what_to_do(run_of):
    for content in (b"", b"PK\x03\x04 broken", b"\xff\xfe\x00\x00"):
        with pytest.raises(Invalid):
            run_of(content)
    with pytest.raises(Invalid):
        run_of(sheet())


# --- the dry run ---


def test_a_dry_run_says_what_would_be_added_changed_and_refused_and_writes_nothing(run_of, make, at):
    known = make(
        kind="organisation", name="临江水务一厂", phone="13800001111", email="", contact_name="方既明",
        region="浙江省杭州市",
    )  # fmt: skip
    facts = Fact.objects.count()
    run = run_of(
        sheet(
            org("临江水务总厂", "13800001111", "方既白"),
            org("新来的公司", "13800002222"),
            org("", "13800003333"),
            org("号码不对", "138000044"),
            ["个体户", "不知道", "", "13800005555", "", "", "", ""],
            org("新来的公司", "13800006666"),
        )
    )
    found = dry.examine(run)
    assert dict(found.counts) == {"added": 2, "updated": 1, "refused": 3}
    [changed] = found.shown["updated"]
    pairs = {column: (old, new) for column, old, new in changed.pairs}
    assert pairs["客户名称"] == ("临江水务一厂", "临江水务总厂")
    assert pairs["联系人"] == ("方*", "方既白")  # what is on file stays masked
    assert pairs["行业"] == ("", "环保")
    assert changed.number == known.number
    said = {row.line: list(row.reasons) for row in found.shown["refused"]}
    assert said[4] == ["客户名称：请填写单位名称。"]
    assert said[5][0].startswith("电话：手机号应为 11 位")
    assert said[6] == ["种类：不认识「不知道」"]
    assert (Fact.objects.count(), CustomerImportRow.objects.count(), Customer.objects.count()) == (
        facts,
        0,
        1,
    )


def test_a_dry_run_and_the_import_agree_row_by_row(run_of, done, make):
    make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="")
    content = sheet(
        org("甲公司", "13800001111", region="", industry=""),
        org("乙公司", "13800002222"),
        org("乙公司分店", "13800002222"),
        org("丙公司", "12345"),
        org("丁公司", uscc=USCC),
        org("戊公司", uscc=USCC),
    )
    said = dry.examine(run_of(content)).counts
    run = done(content)
    assert counts(run) == tuple(said[name] for name in ("added", "updated", "unchanged", "refused"))
    assert counts(run) == (2, 0, 1, 3)


def test_doubles_are_pointed_at_before_they_are_made(run_of, make):
    same = make(kind="organisation", name="远山机械有限公司", phone="", email="", contact_name="")
    run = run_of(sheet(org("远山机械有限公司", "13800002222")))
    found = dry.examine(run)
    assert (found.counts["added"], found.alike) == (1, 1)
    assert found.alike_first[0].alike == [same.number]


# --- modes and keys ---


def test_each_mode_does_what_it_says(done, make):
    make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="甲一")
    content = sheet(org("甲公司", "13800001111", industry="化工"), org("乙公司", "13800002222"))
    assert counts(done(content, mode="add")) == (1, 0, 0, 1)
    content = sheet(org("甲公司", "13800001111", industry="化工"), org("丙公司", "13800003333"))
    assert counts(done(content, mode="update")) == (0, 1, 0, 1)
    assert Customer.objects.get(name="甲公司").industry == "化工"
    content = sheet(org("甲公司", "13800001111", industry="冶金"), org("丁公司", "13800004444"))
    assert counts(done(content, mode="both")) == (1, 1, 0, 0)


def test_a_customer_is_known_by_number_code_external_number_or_phone(done, make):
    one = make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="")
    head = [*HEAD, "客户编号", "外部编号"]
    first = done(
        sheet([*org("甲公司", "", uscc=USCC, industry="一"), one.number, "C-001"], head=head), key="number"
    )
    assert counts(first) == (0, 1, 0, 0)
    by_code = sheet([*org("甲公司", uscc=USCC, industry="二"), "", ""], head=head)
    assert counts(done(by_code, key="uscc")) == (0, 1, 0, 0)
    by_external = sheet([*org("甲公司", industry="三"), "", "c-001"], head=head)
    assert counts(done(by_external, key="external")) == (0, 1, 0, 0)
    assert counts(done(by_external, key="external", external_system="金税")) == (1, 0, 0, 0)
    one.refresh_from_db()
    assert one.industry == "三"
    gone = done(sheet([*org("没有"), "KH-99999", ""], head=head), key="number")
    assert counts(gone) == (0, 0, 0, 1)


def test_an_empty_cell_changes_nothing_and_a_name_never_decides(done, make):
    one = make(
        kind="organisation", name="甲公司", phone="13800001111", email="a@example.com", contact_name="甲一",
        region="浙江省杭州市", industry="化工",
    )  # fmt: skip
    run = done(sheet(["甲公司", "", "", "13800001111", "", "", "", ""]))
    assert counts(run) == (0, 0, 1, 0)
    one.refresh_from_db()
    assert (one.industry, one.city) == ("化工", "杭州市")
    assert counts(done(sheet(org("甲公司", "13899990000")))) == (1, 0, 0, 0)
    assert Customer.objects.filter(name="甲公司").count() == 2


def test_persons_come_in_sealed_and_their_own_contact_changes(done, make):
    head = ["姓名", "种类", "手机", "地址"]
    run = done(sheet(["周叙白", "个人", "13812346027", "文三路 1 号"], head=head))
    assert counts(run) == (1, 0, 0, 0)
    person = Customer.objects.get()
    assert (person.kind, person.name, person.address) == ("person", "", "")
    [clear] = clear_of(person)
    assert (clear.name, clear.phone, clear.address) == ("周叙白", "+8613812346027", "文三路 1 号")
    again = done(sheet(["周叙白", "个人", "13812346027", "文三路 2 号"], head=head))
    assert counts(again) == (0, 1, 0, 0)
    assert clear_of(person)[0].address == "文三路 2 号"
    stored = json.dumps(list(CustomerImportRow.objects.values("changed", "reasons")), ensure_ascii=False)
    facts = json.dumps(list(Fact.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert "文三路" not in stored + facts
    assert "6027" not in stored + facts


def test_another_person_of_an_organisation_is_added_beside_the_first(done, make):
    one = make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="甲一")
    head = ["客户编号", "联系人", "电话"]
    run = done(sheet([one.number, "甲二", "13800002222"], head=head), key="number", mode="update")
    assert counts(run) == (0, 1, 0, 0)
    assert [clear.name for clear in clear_of(one)] == ["甲一", "甲二"]


def test_a_customer_is_given_to_somebody_who_works_here(done, staff):
    head = ["客户名称", "电话", "客户经理", "归属部门"]
    run = done(
        sheet(
            ["甲公司", "13800001111", "林知夏", ""],
            ["乙公司", "13800002222", "south", "北区"],
            ["丙公司", "13800003333", "查无此人", ""],
            ["丁公司", "13800004444", "", "没有的部"],
            head=head,
        )
    )
    assert counts(run) == (2, 0, 0, 2)
    first, second = Customer.objects.order_by("pk")
    assert (first.account_manager, first.department) == (staff.north_manager, "north")
    assert (second.account_manager, second.department) == (staff.south_manager, "north")


def test_who_may_not_decide_a_grade_brings_none_in_a_sheet(done):
    head = ["客户名称", "电话", "等级"]
    run = done(sheet(["甲公司", "13800001111", "A"], ["乙公司", "13800002222", ""], head=head))
    assert counts(run) == (1, 0, 0, 1)
    assert Customer.objects.get().name == "乙公司"
    refused = CustomerImportRow.objects.get(run=run, outcome="refused")
    assert "等级由有权定级的人评定" in str(refused.reasons)


def test_a_grade_on_file_is_not_changed_by_a_sheet(done, make, keeper, at):
    people.grant_role(user=keeper, role="sales_manager", by=BY, at=at)
    make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="")
    head = ["客户名称", "电话", "等级"]
    run = done(sheet(["甲公司", "13800001111", "A"], ["乙公司", "13800002222", "B级"], head=head))
    assert counts(run) == (1, 0, 0, 1)
    assert Customer.objects.get(name="乙公司").grade == "B"


def test_a_code_of_somebody_else_is_refused_and_keeps_no_other_row_out(done):
    assert counts(done(sheet(org("甲公司", "13800001111", uscc=USCC)))) == (1, 0, 0, 0)
    content = sheet(org("乙公司", "13800002222", uscc=USCC), org("丙公司", "13800003333"))
    run = done(content, key="phone")
    assert counts(run) == (1, 0, 0, 1)
    [row] = imports.refused_rows(run)
    assert "另一份档案" in row.reasons[0]


# --- who may, and what nobody learns by it ---


def test_what_the_importer_may_not_see_does_not_exist_for_the_import(done, run_of, make, staff, keeper, at):
    make(
        kind="organisation", name="密厂", phone="13800001111", email="", contact_name="密一", secrecy="secret",
        department=staff.south.code,
    )  # fmt: skip
    run = run_of(sheet(org("密厂", "13800001111", industry="化工")))
    found = dry.examine(run)
    assert (dict(found.counts), found.alike) == ({"added": 1}, 0)
    assert counts(done(sheet(org("密厂", "13800001111", industry="化工")))) == (1, 0, 0, 0)
    assert Customer.objects.get(secrecy="secret").industry == ""


def test_only_who_may_import_imports(staff, at):
    with pytest.raises(Denied):
        importing.draft(
            chunks=[sheet(org("甲"))],
            name="x.csv",
            user=staff.agent,
            by=Actor("staff", str(staff.agent.pk)),
            at=at,
        )


# --- remembering, stopping, going on ---


def test_a_mapping_is_remembered_by_the_headings(run_of, done, at):
    head = ["单位", "随便写的一列", "手机"]
    content = sheet(["甲公司", "文本", "13800001111"], head=head)
    done(content, columns={"name": 0, "industry": 1, "phone": 2}, mode="add")
    again = run_of(sheet(["乙公司", "别的", "13800002222"], head=["单位 ", "随便写的一列*", "手机"]))
    assert (again.columns, again.mode) == ({"name": 0, "industry": 1, "phone": 2}, "add")
    assert RememberedMapping.objects.get().fingerprint == fingerprint(head)


def test_an_import_stops_and_goes_on_where_it_was(
    run_of, keeper, at, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(importing, "BATCH", 2)
    by = Actor("staff", str(keeper.pk))
    run = run_of(sheet(*[org(f"公司{n}", f"138000011{n:02d}") for n in range(5)]))
    importing.start(run=run, user=keeper, by=by, at=at)
    assert importing.work_batch(run.pk, now=at) == 2
    importing.stop(run=run, by=by, at=at)
    assert importing.work_batch(run.pk, now=at) == 0
    with pytest.raises(Refused):
        importing.discard(run=run, by=by, at=at)
    importing.start(run=run, user=keeper, by=by, at=at)
    with django_capture_on_commit_callbacks(execute=True):
        importing.work_to_end(run.pk, now=at)
    run.refresh_from_db()
    assert (run.state, run.position, Customer.objects.count()) == (ImportState.DONE, 5, 5)
    assert Fact.objects.filter(kind="customer_import.started").count() == 1
    assert Notice.objects.filter(key=f"customer_import:{run.pk}:finished").count() == 1
    # rows on disk are gone, and come back from the sheet for the refused ones
    assert not list((Path(settings.KEYUE_HOME) / "customer-imports").glob("*.rows"))
    assert imports.spool_of(run).exists()


def test_columns_that_must_be_there_are_asked_for(run_of, keeper, at):
    run = run_of(sheet(["文本"], head=["随便"]), mode="update", key="number")
    with pytest.raises(Invalid) as caught:
        importing.start(run=run, user=keeper, by=BY, at=at)
    assert set(caught.value.fields) == {"number"}
    assert dry.examine(run).missing == ["客户编号"]


# --- undoing ---


def test_a_whole_import_is_undone_but_for_what_somebody_has_touched(done, make, keeper, at):
    by = Actor("staff", str(keeper.pk))
    old = make(
        kind="organisation",
        name="甲公司",
        phone="13800001111",
        email="",
        contact_name="甲一",
        industry="化工",
    )
    touched = make(kind="organisation", name="乙公司", phone="13800002222", email="", contact_name="乙一")
    run = done(
        sheet(
            org("甲公司改", "13800001111", "甲一改", industry="环保", uscc=USCC),
            org("乙公司", "13800002222", industry="环保"),
            org("丙公司", "13800003333", "丙一"),
            org("丁公司", "13800004444", "丁一"),
        )
    )
    assert counts(run) == (2, 2, 0, 0)
    actions.change_customer(customer=touched, changes={"industry": "冶金"}, by=BY, at=at)
    kept = Customer.objects.get(name="丁公司")
    actions.change_customer(customer=kept, changes={"industry": "食品"}, by=Actor("staff", "7"), at=at)
    undoing.undo_import(run=run, user=keeper, by=by, at=at)
    undoing.undo_to_end(run.pk, now=at)
    run.refresh_from_db()
    assert (run.state, run.put_back, run.not_put_back) == (ImportState.UNDONE, 2, 2)
    old.refresh_from_db()
    assert (old.name, old.industry) == ("甲公司", "化工")
    assert clear_of(old)[0].name == "甲一"
    assert not Identifier.objects.filter(value=USCC, ended_at=None).exists()
    touched.refresh_from_db()
    assert touched.industry == "冶金"
    reasons = {row.customer_id: row.kept for row in imports.kept_rows(run)}
    assert reasons == {touched.pk: ["industry"], kept.pk: ["facts"]}


def test_who_was_withdrawn_exists_for_nobody_any_more_and_can_come_again(done, keeper, at, staff):
    run = done(sheet(org("丙公司", "13800003333", "丙一", uscc=USCC)))
    gone = Customer.objects.get()
    by = Actor("staff", str(keeper.pk))
    undoing.undo_import(run=run, user=keeper, by=by, at=at)
    undoing.undo_to_end(run.pk, now=at)
    assert not selectors.visible_to(keeper).exists()
    assert Fact.objects.filter(kind="customer.withdrawn", stream__ref=str(gone.pk)).count() == 1
    assert not Contact.objects.filter(phone_index__isnull=False).exists()
    with pytest.raises(Refused):
        undoing.undo_import(run=run, user=keeper, by=by, at=at)
    again = done(sheet(org("丙公司", "13800003333", "丙一", uscc=USCC)))
    assert counts(again) == (1, 0, 0, 0)


def test_undoing_goes_on_where_it_was_and_twice_is_once(done, keeper, at, monkeypatch):
    monkeypatch.setattr(undoing, "BATCH", 2)
    run = done(sheet(*[org(f"公司{n}", f"138000011{n:02d}") for n in range(5)]))
    undoing.undo_import(run=run, user=keeper, by=Actor("staff", str(keeper.pk)), at=at)
    assert [undoing.undo_batch(run.pk, now=at) for _ in range(4)] == [2, 2, 1, 0]
    run.refresh_from_db()
    assert (run.put_back, run.not_put_back, run.undo_position) == (5, 0, 0)
    assert Fact.objects.filter(kind="customer.withdrawn").count() == 5


def test_an_import_of_a_week_ago_is_cleared_of_nothing(done, at):
    run = done(sheet(org("丙公司", "13800003333")))
    assert run.cleared == ""
    assert run.finished_at == at
    assert at + timedelta(days=7) > run.finished_at
