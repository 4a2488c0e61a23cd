"""Imports, exports, access and files over HTTP: the pages and the API, and what neither says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from keyue.customers.actions import attaching, exporting, granting, importing, watching
from keyue.customers.models import AccessGrant, Customer, CustomerFile, CustomerImport, ExportRequest
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.ledger.models import AccessEntry, Fact
from keyue.people import actions as people
from keyue.people.actions.tokens import EVERY
from keyue.people.models import User
from keyue.ui.uploads import Upload
from tests.apps.customers.conftest import AT, BY

DAY = timedelta(days=1)
SHEET = "客户名称,联系人,电话,行业\n甲公司,甲一,13800001111,环保\n乙公司,,12345,化工\n".encode()


@pytest.fixture
def person_of(staff, at):
    """Somebody with a role, in the company's own department."""

    def hire(role: str) -> User:
        user = people.create_staff(
            username=role.replace("_", "."), name="角色员工", department=staff.north.parent, by=BY, at=at
        )
        people.grant_role(user=user, role=role, by=BY, at=at)
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        return user

    return hire


@pytest.fixture
def browser(client):
    def enter(user):
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        client.force_login(user)
        return client

    return enter


def words(answer) -> str:
    return answer.content.decode()


def test_a_sheet_is_uploaded_checked_imported_and_undone(browser, person_of, at):
    keeper = person_of("archive_keeper")
    page = browser(keeper)
    assert "还没有导入过客户" in words(page.get(reverse("customers:imports")))
    sent = SimpleUploadedFile("客户.csv", SHEET)
    answer = page.post(reverse("customers:imports"), {"sheet": sent})
    run = CustomerImport.objects.get()
    assert answer["Location"] == reverse("customers:import", args=[run.pk])
    shown = words(page.get(answer["Location"]))
    assert "还没有写入任何内容" in shown
    assert "电话：" in shown and Customer.objects.count() == 0
    posted = {"act": "start", "mode": "both", "key": "any", "column-0": "name", "column-1": "contact_name",
              "column-2": "phone", "column-3": "industry"}  # fmt: skip
    page.post(answer["Location"], posted)
    assert "在后台进行" in words(page.get(reverse("customers:import_progress", args=[run.pk])))
    importing.work_to_end(run.pk, now=at)
    shown = words(page.get(answer["Location"]))
    assert "撤销整批导入" in shown and "下载未导入的行" in shown
    faults = page.get(reverse("customers:import_faults", args=[run.pk]))
    assert faults["Content-Type"].startswith("application/vnd.openxml")
    page.post(answer["Location"], {"act": "undo"})
    run.refresh_from_db()
    assert run.state == "undoing"


def test_a_wrong_choice_of_columns_is_said_and_the_choice_stays(browser, person_of, at):
    keeper = person_of("archive_keeper")
    by = Actor("staff", str(keeper.pk))
    run = importing.draft(chunks=[SHEET], name="x.csv", user=keeper, by=by, at=at)
    answer = browser(keeper).post(
        reverse("customers:import", args=[run.pk]), {"act": "start", "column-0": "name", "column-1": "name"}
    )
    assert answer.status_code == 422
    assert "只能留一列" in words(answer)


def test_an_export_is_asked_for_approved_and_downloaded_over_http(browser, person_of, staff, make, at):
    make(name="周叙白", phone="13812346027")
    boss = person_of("executive")
    page = browser(staff.agent)
    form = {"columns": ["number", "name", "phone"], "form": "csv", "purpose": "joint", "remark": "月度对账"}
    answer = page.post(reverse("customers:export_new"), form)
    request = ExportRequest.objects.get()
    assert answer["Location"] == reverse("customers:export", args=[request.pk])
    assert "批准导出" not in words(page.get(answer["Location"]))
    assert page.get(reverse("customers:export_download", args=[request.pk])).status_code == 409
    page = browser(boss)
    assert "批准导出" in words(page.get(answer["Location"]))
    refused = page.post(
        reverse("customers:export_decide", args=[request.pk]), {"act": "refuse", "refusal": " "}
    )
    assert refused.status_code == 422
    page.post(reverse("customers:export_decide", args=[request.pk]), {"act": "approve"})
    exporting.make_export(request.pk, now=at)
    page = browser(staff.agent)
    file = page.get(reverse("customers:export_download", args=[request.pk]))
    content = b"".join(file.streaming_content).decode("utf-8-sig")
    assert "138****6027" in content and "13812346027" not in content
    assert file["Content-Disposition"] == f'attachment; filename="{request.number}.csv"'
    assert file["X-Content-Type-Options"] == "nosniff"


def test_access_is_asked_for_without_learning_anything(browser, person_of, staff, make, at):
    secret = make(
        kind="organisation", name="密厂", phone="13800001111", email="", contact_name="", secrecy="secret"
    )
    boss = person_of("executive")
    page = browser(staff.south_manager)
    answers = []
    for number in (secret.number, "KH-99999"):
        form = {"number": number, "purpose": "joint", "until": "2026-03-19", "remark": "联合投标"}
        page.post(reverse("customers:grants"), form)
        answers.append(words(page.get(reverse("customers:grants"))))
    assert "密厂" not in "".join(answers)
    assert AccessGrant.objects.count() == 2
    wrong = page.post(
        reverse("customers:grants"), {"purpose": "joint", "until": "2026-03-19", "remark": "看"}
    )
    assert wrong.status_code == 422
    real, nobody = AccessGrant.objects.order_by("pk")
    page = browser(boss)
    shown = words(page.get(reverse("customers:grants")))
    assert "没有这个编号的客户" in shown
    assert page.post(reverse("customers:grant_act", args=[nobody.pk]), {"act": "approve"}).status_code == 409
    page.post(reverse("customers:grant_act", args=[real.pk]), {"act": "approve"})
    assert (
        browser(staff.south_manager).get(reverse("customers:page", args=[secret.number])).status_code == 200
    )


def test_the_trail_is_for_who_keeps_watch_and_the_account_manager(browser, person_of, staff, make, at):
    customer = make(kind="organisation", name="甲公司", phone="13800001111", email="", department=staff.north.code,
                    account_manager=staff.north_manager, contact_name="甲一")  # fmt: skip
    for n in range(30):
        watching.note_view(
            customer=customer, by=Actor("staff", str(staff.agent.pk)), at=at + timedelta(hours=n)
        )
    url = reverse("customers:trail", args=[customer.number])
    assert browser(staff.agent).get(url).status_code == 403
    first = words(browser(staff.north_manager).get(url))
    assert first.count("打开客户页面") == 25
    following = first[first.index("?before=") :].split('"')[0]
    assert words(browser(person_of("executive")).get(url + following)).count("打开客户页面") == 5
    assert browser(staff.north_manager).get(url + "?before=x").status_code == 422


def test_files_lie_sealed_and_every_download_is_recorded(browser, staff, make, at):
    customer = make(kind="organisation", name="甲公司", phone="13800001111", email="", contact_name="")
    page = browser(staff.agent)
    sent = SimpleUploadedFile("周总名片.txt", "周总的电话".encode())
    page.post(reverse("customers:file_add", args=[customer.number]), {"files": sent})
    row = CustomerFile.objects.get()
    path = attaching.keeping.vault("files", row.uid)
    assert "周总" not in row.name and "周总".encode() not in path.read_bytes()
    file = page.get(reverse("customers:attachment", args=[row.pk]))
    assert b"".join(file.streaming_content).decode() == "周总的电话"
    assert AccessEntry.objects.filter(what=f"file/{row.pk}").count() == 1
    assert browser(staff.south_manager).get(reverse("customers:attachment", args=[row.pk])).status_code == 404
    data = json.dumps(list(Fact.objects.values_list("data", flat=True)), ensure_ascii=False)
    assert "周总" not in data


def test_a_file_is_what_it_says_and_goes_with_the_customers_key(
    browser, staff, make, at, django_capture_on_commit_callbacks
):
    from keyue.customers import actions

    person = make()
    page = browser(staff.agent)
    wrong = SimpleUploadedFile("假.pdf", b"not a pdf")
    assert page.post(reverse("customers:file_add", args=[person.number]), {"files": wrong}).status_code == 422
    by = Actor("staff", str(staff.agent.pk))
    [row] = attaching.add_files(customer=person, uploads=[Upload("a.txt", b"a")], by=by, at=at)
    path = attaching.keeping.vault("files", row.uid)
    with django_capture_on_commit_callbacks(execute=True):
        actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert not path.exists()
    row.refresh_from_db()
    assert row.name == ""
    assert page.get(reverse("customers:attachment", args=[row.pk])).status_code == 404


def test_limits_and_explanations(browser, person_of, staff, make, at):
    boss = person_of("executive")
    page = browser(boss)
    limits = {"an_hour": 1, "a_day": 200, "reveals_a_day": 80, "downloads_a_day": 10, "times_usual": 5}
    page.post(reverse("customers:reading_limits"), limits)
    for n in range(2):
        customer = make(name=f"客{n}", phone=f"1390000{n:04d}", email="")
        watching.note_view(customer=customer, by=Actor("staff", str(staff.agent.pk)), at=at)
    watching.watch(at)
    shown = words(page.get(reverse("customers:grants")))
    assert "王敏" in shown and "2 / 1" in shown
    pk = shown[shown.index("/customers/readings/") :].split("/")[3]
    page.post(reverse("customers:reading_explain", args=[pk]), {"explanation": "月底对账，已核实"})
    assert "月底对账，已核实" in words(page.get(reverse("customers:grants")))


# --- the API ---


@pytest.fixture
def call(client, at):
    """Call the API as somebody."""

    def send(user, method: str, path: str, body=None):
        by = Actor("staff", str(user.pk))
        expires = clock.now() + 30 * DAY
        _token, raw = people.issue_token(user=user, name="t", scopes=EVERY, expires_at=expires, by=by, at=AT)
        answer = client.generic(
            method, f"/api/v1/{path}", json.dumps(body) if body is not None else "",
            content_type="application/json", headers={"Authorization": f"Bearer {raw}"},
        )  # fmt: skip
        return answer.status_code, answer.json() if "json" in answer["Content-Type"] else answer

    return send


def test_the_api_checks_and_imports_by_the_same_rules(call, person_of, staff, at):
    import base64

    keeper = person_of("archive_keeper")
    body = {"name": "客户.csv", "content": base64.b64encode(SHEET).decode(), "dry_run": True}
    status, checked = call(keeper, "POST", "customer-imports", body)
    assert (status, checked["would_add"], checked["would_refuse"]) == (200, 1, 1)
    assert CustomerImport.objects.count() == 0
    status, run = call(keeper, "POST", "customer-imports", {**body, "dry_run": False, "mode": "add"})
    assert (status, run["state"]) == (202, "running")
    importing.work_to_end(run["id"], now=at)
    status, faults = call(keeper, "GET", f"customer-imports/{run['id']}/faults")
    assert (status, [row["row"] for row in faults["items"]]) == (200, [3])
    status, undone = call(keeper, "POST", f"customer-imports/{run['id']}/undo")
    assert (status, undone["state"]) == (202, "undoing")
    assert call(staff.agent, "POST", "customer-imports", body)[0] == 403


def test_the_api_lets_nothing_out_unapproved(call, person_of, staff, make, at):
    make(name="周叙白", phone="13812346027")
    body = {"columns": ["name", "phone"], "purpose": "joint", "remark": "对账", "form": "csv"}
    status, asked = call(staff.agent, "POST", "customer-exports", body)
    assert (status, asked["state"]) == (201, "asked")
    assert call(staff.agent, "GET", f"customer-exports/{asked['id']}/file")[0] == 409
    assert call(staff.agent, "POST", f"customer-exports/{asked['id']}/approve")[0] == 403
    boss = person_of("executive")
    assert call(boss, "POST", f"customer-exports/{asked['id']}/approve")[1]["state"] == "approved"
    exporting.make_export(asked["id"], now=at)
    status, file = call(staff.agent, "GET", f"customer-exports/{asked['id']}/file")
    assert status == 200
    assert "138****6027" in b"".join(file.streaming_content).decode("utf-8-sig")


def test_the_api_gives_access_like_the_pages(call, person_of, staff, make, at):
    secret = make(kind="organisation", name="密厂", phone="", email="", contact_name="", secrecy="secret")
    body = {
        "number": secret.number,
        "purpose": "joint",
        "remark": "联合",
        "until": "2026-03-18T10:00:00+08:00",
    }
    status, asked = call(staff.south_manager, "POST", "access-grants", body)
    assert (status, asked["state"]) == (201, "asked")
    assert "密厂" not in json.dumps(asked, ensure_ascii=False)
    boss = person_of("executive")
    assert call(boss, "POST", f"access-grants/{asked['id']}/approve", {})[1]["state"] == "approved"
    assert call(staff.south_manager, "GET", f"customers/{secret.number}")[0] == 200
    assert call(staff.south_manager, "POST", f"access-grants/{asked['id']}/withdraw")[1]["state"] == "ended"
    assert call(staff.south_manager, "GET", f"customers/{secret.number}")[0] == 404


def test_a_grant_ends_while_its_page_is_open(browser, person_of, staff, make, at, monkeypatch):
    secret = make(kind="organisation", name="密厂", phone="", email="", contact_name="", secrecy="secret")
    boss = person_of("executive")
    user = staff.south_manager
    grant = granting.ask_access(
        user=user, number=secret.number, purpose="joint", remark="联合", until=at + timedelta(minutes=9),
        by=Actor("staff", str(user.pk)), at=at,
    )  # fmt: skip
    granting.approve_access(grant=grant, user=boss, by=Actor("staff", str(boss.pk)), at=at)
    page = browser(user)
    assert page.get(reverse("customers:page", args=[secret.number])).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: at + timedelta(minutes=9))
    assert page.get(reverse("customers:page", args=[secret.number])).status_code == 404
