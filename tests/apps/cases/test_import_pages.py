"""The pages of an import, and the API: upload, columns, dry run, progress, the bad rows back."""

from __future__ import annotations

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keyue.cases.importing.enums import ImportState
from keyue.cases.jobs import work_imports
from keyue.cases.models import Case, ImportRun
from keyue.kernel import clock
from keyue.people import actions as people
from keyue.people.actions.tokens import GRANTABLE
from tests.apps.cases.sheets import read_xlsx, write_csv, write_xlsx

GOOD = ["2026-09-03 14:05", "浊度超标", "周叙白", "13800006027", "备"]
BAD = ["前天", "阀门漏水", "何苒", "1380", "注"]
HEADINGS = ["受理时间", "内容", "姓名", "电话", "经手人"]


@pytest.fixture
def browser(world, as_user):
    return as_user(world.supervisor)


def upload(browser, content: bytes, name: str = "投诉.csv"):
    return browser.post(reverse("cases:imports"), {"sheet": SimpleUploadedFile(name, content)})


def sheet(tmp_path, *rows) -> bytes:
    return write_csv(tmp_path / "a.csv", [HEADINGS, *rows]).read_bytes()


def at(run: ImportRun, name: str = "import_run") -> str:
    return reverse(f"cases:{name}", args=[run.pk])


def test_from_the_upload_to_the_bad_rows(browser, tmp_path):
    content = write_xlsx(tmp_path / "a.xlsx", [HEADINGS, GOOD, BAD]).read_bytes()
    answer = upload(browser, content, "投诉.xlsx")
    run = ImportRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, at(run))
    page = browser.get(at(run)).content.decode()
    assert "可以导入" in page and "看不懂「…」" in page and "周叙白 13800006027" in page
    assert not Case.objects.exists()
    assert browser.post(at(run), {**fields(run), "act": "start"}).status_code == 303
    assert 'hx-trigger="every 1s"' in browser.get(at(run)).content.decode()
    while work_imports(clock.now()):
        pass
    done = browser.get(at(run, "import_progress"), headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == at(run)
    page = browser.get(at(run)).content.decode()
    assert "受理时间：看不懂「前天」" in page and "every 1s" not in page
    faults = browser.get(at(run, "import_faults"))
    assert faults["Content-Disposition"].startswith("attachment")
    (tmp_path / "back.xlsx").write_bytes(b"".join(faults.streaming_content))
    back = read_xlsx(tmp_path / "back.xlsx")
    assert back[0] == [*HEADINGS, "原因"] and back[1][:5] == BAD
    assert run.file_name in browser.get(reverse("cases:imports")).content.decode()


def fields(run: ImportRun, **changed: str) -> dict[str, str]:
    """What the page of the columns sends."""
    return (
        {f"column-{place}": code for code, place in run.columns.items()}
        | {"default_type": "feedback"}
        | changed
    )


def test_columns_are_corrected_on_the_page(browser, tmp_path):
    upload(browser, write_csv(tmp_path / "a.csv", [["时刻", "事由", "谁"], GOOD[:3]]).read_bytes())
    run = ImportRun.objects.get()
    page = browser.get(at(run)).content.decode()
    assert "还缺必须有的列" in page and "disabled" in page
    refused = browser.post(at(run), {"act": "start", "column-0": "at", "column-1": "at"})
    assert refused.status_code == 422 and "有两列都选了「受理时间」" in refused.content.decode()
    chosen = {"column-0": "at", "column-1": "content", "column-2": "name", "default_type": "complaint"}
    assert browser.post(at(run), {"act": "map", **chosen}).status_code == 303
    run.refresh_from_db()
    assert (run.columns, run.default_type) == ({"at": 0, "content": 1, "name": 2}, "complaint")
    browser.post(at(run), {"act": "start", **chosen})
    work_imports(clock.now())
    assert Case.objects.get().type == "complaint"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 but no zip", "打不开这个表格"),
        ("a.csv", b"", "空的"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\0", "看不懂这个文件"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(browser, name, content, said):
    answer = upload(browser, content, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_too_late_is_a_conflict_and_nothing_is_lost(browser, tmp_path):
    upload(browser, sheet(tmp_path, GOOD))
    run = ImportRun.objects.get()
    browser.post(at(run), {**fields(run), "act": "start"})
    again = browser.post(at(run), {"act": "start"})
    assert again.status_code == 409
    assert "已经开始" in again.content.decode()
    assert browser.post(at(run), {"act": "discard"}).status_code == 409
    assert browser.post(at(run), {"act": "stop"}).status_code == 303
    run.refresh_from_db()
    assert run.state == ImportState.STOPPED
    assert browser.post(at(run), {"act": "continue"}).status_code == 303


def test_a_file_can_be_given_up_before_it_begins(browser, tmp_path):
    upload(browser, sheet(tmp_path, GOOD))
    assert browser.post(at(ImportRun.objects.get()), {"act": "discard"}).status_code == 303
    assert not ImportRun.objects.exists()


def test_who_may_not_import_sees_nothing(world, as_user, browser, tmp_path):
    upload(browser, sheet(tmp_path, GOOD))
    run = ImportRun.objects.get()
    other = as_user(world.agent)
    for address in (
        reverse("cases:imports"),
        reverse("cases:import_template"),
        at(run),
        at(run, "import_faults"),
    ):
        assert other.get(address).status_code == 403


def test_the_empty_sheet_is_understood_by_the_import(browser, tmp_path):
    file = tmp_path / "empty.xlsx"
    file.write_bytes(b"".join(browser.get(reverse("cases:import_template")).streaming_content))
    upload(browser, file.read_bytes(), "empty.xlsx")
    run = ImportRun.objects.get()
    assert len(run.columns) == len(run.headings) == 20


def test_the_pages_are_quick_whatever_is_in_the_list(browser, tmp_path, django_assert_max_num_queries):
    for n in range(30):
        upload(browser, sheet(tmp_path, [*GOOD[:1], f"第 {n} 件", *GOOD[2:]]))
    with django_assert_max_num_queries(25):
        page = browser.get(reverse("cases:imports")).content.decode()
    assert "?before=" in page
    with django_assert_max_num_queries(25):
        browser.get(at(ImportRun.objects.first()))


# --- the API ----------------------------------------------------------------------------------------------


@pytest.fixture
def call(world):
    """`call("POST", path, body)` as the supervisor, with a token."""
    user = world.supervisor
    _token, raw = people.issue_token(
        user=user, name="导入", scopes=GRANTABLE, by=world.actor(user), at=clock.now()
    )

    def ask(method: str, path: str, body: object = None):
        return Client().generic(
            method,
            f"/api/v1/cases/imports{path}",
            "" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {raw}"},
        )

    return ask


def body(content: bytes, **more: object) -> dict[str, object]:
    return {"name": "投诉.csv", "content": base64.b64encode(content).decode(), **more}


def test_over_the_api(call, tmp_path):
    content = sheet(tmp_path, GOOD, BAD)
    dry = call("POST", "", body(content, dry_run=True))
    assert (dry.status_code, dry.json()["examined"], dry.json()["faulty"]) == (200, 2, 1)
    assert not ImportRun.objects.exists()
    made = call("POST", "", body(content))
    assert (made.status_code, made.json()["state"], made.json()["total"]) == (202, "running", 2)
    while work_imports(clock.now()):
        pass
    found = call("GET", f"/{made.json()['id']}").json()
    assert (found["state"], found["made"], found["bad"], found["columns"]["at"]) == ("done", 1, 1, "受理时间")
    faults = call("GET", f"/{made.json()['id']}/faults").json()
    assert faults["items"][0]["row"] == 3 and faults["next_cursor"] == ""
    assert found["cleared"] == ""
    assert [item["id"] for item in call("GET", "").json()["items"]] == [found["id"]]


@pytest.fixture
def send(world):
    """`send(file, **fields)` as a form would, to the address for files as they are."""
    user = world.supervisor
    _token, raw = people.issue_token(
        user=user, name="导入", scopes=GRANTABLE, by=world.actor(user), at=clock.now()
    )

    def post(file: SimpleUploadedFile | None, **fields: str):
        data = fields if file is None else {"file": file, **fields}
        headers = {
            "Authorization": f"Bearer {raw}",
            **({"Idempotency-Key": "k"} if "again" in fields else {}),
        }
        data.pop("again", None)
        return Client().post("/api/v1/cases/imports/file", data, headers=headers)

    return post


def test_a_long_file_goes_over_the_api_as_it_is(send, tmp_path):
    lines = [
        ["2026-09-03 14:05", f"第 {n} 件：{'膜组浊度超标' * 40}", "周叙白", "13800006027", ""]
        for n in range(7000)
    ]
    content = sheet(tmp_path, *lines)
    assert len(content) > 4.5 * 1024**2
    file = lambda: SimpleUploadedFile("投诉.csv", content)  # noqa: E731
    made = send(file(), default_type="complaint", again="1")
    assert made.status_code == 202, made.content
    run = ImportRun.objects.get()
    assert (made.json()["total"], run.default_type, run.file_name) == (7000, "complaint", "投诉.csv")
    # sent twice under one key it is done once
    assert send(file(), default_type="complaint", again="1").json()["id"] == run.pk
    dry = send(file(), dry_run="true", columns='{"name": "", "title": "姓名"}')
    assert (dry.status_code, dry.json()["columns"]["title"]) == (200, "姓名")
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({}, "file", "请选择一个文件"),
        ({"colums": "{}"}, "colums", "没有这一项"),
        ({"columns": "{"}, "columns", "JSON"),
        ({"columns": '{"when": "x"}'}, "columns.when", ""),
        ({"dry_run": "yes"}, "dry_run", ""),
        ({"default_type": "none"}, "default_type", ""),
    ],
)
def test_what_is_refused_beside_a_file(send, tmp_path, fields, field, said):
    file = None if not fields else SimpleUploadedFile("a.csv", sheet(tmp_path, GOOD))
    answer = send(file, **fields)
    assert answer.status_code == 422, answer.content
    assert any(e["field"].startswith(field) and said in e["message"] for e in answer.json()["errors"])
    assert not ImportRun.objects.exists()


def test_a_file_that_is_too_long_or_no_form_is_refused(send, call, tmp_path, monkeypatch):
    monkeypatch.setattr("keyue.cases.importing.api.MOST_BYTES", 100)
    answer = send(SimpleUploadedFile("a.csv", sheet(tmp_path, *[GOOD] * 9)))
    assert answer.status_code == 422 and "文件超过" in answer.content.decode()
    answer = call("POST", "/file", {})
    assert answer.status_code == 422 and "multipart/form-data" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"name": "a.csv", "content": "%%%"}, "content", "base64"),
        (body("甲,乙\n1,2\n".encode()), "at", "指定这一列"),
        (body("时刻,事由\n2026-11-03,x\n".encode(), columns={"at": "没有"}), "columns.at", "没有「没有」"),
        (body(b"PK\x03\x04"), "", "打不开"),
    ],
)
def test_what_the_api_refuses(call, given, field, said):
    answer = call("POST", "", given)
    assert answer.status_code == 422
    problem = answer.json()
    whole = [problem["detail"], *(e["message"] for e in problem.get("errors", []))]
    assert any(said in sentence for sentence in whole), problem
    assert not field or field in [e["field"] for e in problem["errors"]]
    assert not ImportRun.objects.exists()


def test_columns_named_over_the_api(call):
    answer = call(
        "POST", "", body("时刻,事由\n2026-09-03,x\n".encode(), columns={"at": "时刻", "content": "事由"})
    )
    assert answer.status_code == 202, answer.content
    work_imports(clock.now())
    assert Case.objects.count() == 1
