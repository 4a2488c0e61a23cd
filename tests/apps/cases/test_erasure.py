"""A customer who is erased is gone from their cases too; what was done, and when, can still be proven."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse

from keyue.cases.actions.files import Upload, path_of
from keyue.cases.actions.sheets import KEPT, spool_path, tidy_sheets
from keyue.cases.actions.telling import receive
from keyue.cases.codes import code_opens
from keyue.cases.importing import actions as importing
from keyue.cases.importing import selectors as imports
from keyue.cases.importing.enums import Clearing, ImportState
from keyue.cases.jobs import work_imports
from keyue.cases.models import Attachment, Case, ImportRun, Message
from keyue.cases.search import containing
from keyue.channels.email.sending import send_case_mail
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.selectors import facts_of
from keyue.ledger.verification import verify_ledger
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from tests.apps.cases.conftest import Desk
from tests.apps.cases.sheets import write_csv, write_xlsx

pytestmark = pytest.mark.django_db
OURS = b"%PDF-1.4\nwho complains"
SHARED = b"%PDF-1.4\nthe same price list"


def cells() -> Iterator[tuple[str, str]]:
    """Every value of every table as text; the search index's own innards hold no rows of ours."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "casetext_fts_" not in table:
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    for value in row:
                        yield (
                            table,
                            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value),
                        )


def holding(*words: str) -> set[str]:
    return {table for table, text in cells() if any(word in text for word in words)}


@pytest.fixture
def case(desk: Desk) -> Case:
    """A case with all that a customer may leave behind: texts, files, whom we spoke to, sealed reasons."""
    case = desk.complaint(uploads=[Upload("周叙白的合同.pdf", OURS), Upload("报价.pdf", SHARED)])
    desk.to_assigned(case, collaborators=("quality",))
    world = desk.world
    desk.act(world.agent, case, "reply", via="mail", body="周主任您好，明天到场")
    desk.act(world.agent, case, "reply", via="call", body="已电话说明", spoke_to="周叙白")
    desk.act(world.supervisor, case, "reassign", lead="quality", reason="周主任要求换人")
    receive(
        case.pk,
        body="浊度又高了",
        via="portal",
        by=Actor("customer", "portal"),
        at=clock.now(),
        source="portal",
    )
    return case


def erase(case: Case) -> None:
    customers.erase(customer=case.customer, reason="requested", by=SYSTEM, at=clock.now())


def test_nothing_of_what_was_said_is_left(desk: Desk, case: Case, django_capture_on_commit_callbacks):
    assert containing("浊度") == [case.pk]
    assert holding("浊度", "周叙白", "周主任")
    with django_capture_on_commit_callbacks(execute=True):
        erase(case)
    assert holding("浊度", "周叙白", "周主任", "13800006027", "zhou@example.com") == set()
    case.refresh_from_db()
    assert (case.title, case.content) == ("（个人信息已删除）", "")
    assert containing("浊度") == []
    # by its number it is still found
    assert containing(case.number[-6:]) == [case.pk]
    assert not Message.objects.filter(case=case, erased_at=None).exists()
    assert not path_of(Attachment.objects.filter(message__case=case).first().sha256).exists()


def test_what_was_done_can_still_be_proven(desk: Desk, case: Case):
    before = [fact.id for fact in facts_of(case.subject)]
    promised = list(Promise.objects.order_by("pk").values_list("control", "state"))
    erase(case)
    after = facts_of(case.subject)
    assert [fact.id for fact in after][: len(before)] == before
    assert after[-1].kind == "case.erased"
    assert list(verify_ledger()) == []
    assert list(verify_promises(clock.now())) == []
    rows = Promise.objects.order_by("pk").values_list("control", "state")
    assert list(rows) == promised


def test_a_file_that_another_case_holds_too_stays_for_it(
    desk: Desk, case: Case, django_capture_on_commit_callbacks
):
    other = desk.complaint(name="沈自明", phone="13900001234", email="", uploads=[Upload("报价.pdf", SHARED)])
    with django_capture_on_commit_callbacks(execute=True):
        erase(case)
    kept = Attachment.objects.get(message__case=other)
    assert (kept.name, kept.erased_at) == ("报价.pdf", None)
    assert path_of(kept.sha256).read_bytes() == SHARED
    other.refresh_from_db()
    assert other.content
    assert containing("浊度") == [other.pk]


def test_files_stay_where_the_erasure_fails(desk: Desk, case: Case, monkeypatch):
    digest = Attachment.objects.filter(message__case=case).first().sha256
    monkeypatch.setattr("keyue.cases.actions.erasing.index_text", lambda *rest: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(case)
    case.refresh_from_db()
    assert case.content
    assert path_of(digest).exists()


def test_what_was_not_yet_sent_is_not_sent_any_more(desk: Desk, case: Case):
    message = Message.objects.get(case=case, via="mail")
    erase(case)
    with pytest.raises(Undeliverable):
        send_case_mail({"message": message.pk, "case": case.pk}, message.outbox_key)


def test_the_way_back_is_closed_and_the_work_goes_on(desk: Desk):
    registered = desk.registered()
    case = registered.case
    desk.to_assigned(case)
    erase(case)
    case.refresh_from_db()
    assert not code_opens(case, registered.code)
    # reasons are sealed under the case's own key from now on
    desk.act(desk.world.supervisor, case, "reassign", lead="quality", reason="换部门办完")
    desk.act(desk.world.agent, case, "withdraw", via="call", spoke_to="周叙白", note="自己解决了，不用来了")
    case.refresh_from_db()
    assert not case.is_open


def test_erasing_again_does_what_is_left(desk: Desk, case: Case):
    erase(case)
    kinds = [fact.kind for fact in facts_of(case.subject)]
    # as after a restore that brought a text back
    Message.objects.filter(case=case).update(body="浊度", erased_at=None)
    erase(case)
    assert holding("浊度") == set()
    assert [fact.kind for fact in facts_of(case.subject)] == kinds


def test_pages_of_an_erased_customer_s_case_stand(desk: Desk, case: Case, as_user):
    erase(case)
    browser = as_user(desk.world.supervisor)
    for address in ("/cases/", f"/cases/{case.number}/", f"/cases/{case.number}/?tab=ledger"):
        page = browser.get(address)
        assert page.status_code == 200
        assert "个人信息已删除" in page.content.decode()


# --- what was imported ------------------------------------------------------------------------------------

TEXTS = ("膜壳开裂", "沈自明", "13900001234", "密封圈老化")
SHEET = [
    ["受理时间", "内容", "姓名", "电话"],
    ["2026-09-03 14:05", "膜壳开裂", "沈自明", "13900001234"],
    ["2026-09-04 14:05", "密封圈老化", "沈自明", "1390000"],
    ["2026-09-05 14:05", "阀门漏水", "何苒", "13900005678"],
]


def uploaded(desk: Desk, file: Path) -> ImportRun:
    user = desk.world.supervisor
    by = desk.world.actor(user)
    return importing.draft(chunks=[file.read_bytes()], name=file.name, by=by, at=clock.now(), user_id=user.pk)


def imported(desk: Desk, file: Path) -> ImportRun:
    run = uploaded(desk, file)
    importing.start(run_id=run.pk, by=desk.world.actor(desk.world.supervisor), at=clock.now())
    while work_imports(clock.now()):
        pass
    run.refresh_from_db()
    return run


def files_with(home: Path, *words: str) -> list[Path]:
    """Files below the home that hold one of these; the database has its own test."""
    found = [path for path in home.rglob("*") if path.is_file() and "sqlite" not in path.name]
    return [path for path in found if any(word.encode() in path.read_bytes() for word in words)]


def test_sheets_that_brought_somebody_go_with_them(
    desk: Desk, home: Path, tmp_path, as_user, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = imported(desk, write_csv(tmp_path / "a.csv", SHEET))
        # the same rows in another file, which brought nothing new, and rows of somebody else
        again = imported(desk, write_xlsx(tmp_path / "b.xlsx", SHEET))
        others = imported(desk, write_csv(tmp_path / "c.csv", [SHEET[0], ["2026-09-06", "压差过高", "", ""]]))
        same = uploaded(desk, tmp_path / "a.csv")
    assert (first.made, first.bad, again.known) == (2, 1, 2)
    assert not [path for path in (home / "imports").iterdir() if path != spool_path(same.pk)]
    assert len(files_with(home, *TEXTS)) == 2 and path_of(again.sha256).exists()
    case = Case.objects.get(content="膜壳开裂")
    with django_capture_on_commit_callbacks(execute=True):
        erase(case)
    assert files_with(home, *TEXTS) == []
    assert holding(*TEXTS) == set()
    for run in (first, again):
        run.refresh_from_db()
        assert (run.cleared, len(run.sha256), run.size > 0) == (Clearing.ERASURE, 64, True)
        assert not path_of(run.sha256).exists()
        with pytest.raises(Invalid), imports.rows_on_disk(run):
            pass
    assert not ImportRun.objects.filter(pk=same.pk).exists()
    others.refresh_from_db()
    assert others.cleared == "" and path_of(others.sha256).exists()
    browser = as_user(desk.world.supervisor)
    page = browser.get(reverse("cases:import_run", args=[first.pk])).content.decode()
    assert "文件已按个人信息删除要求清除" in page and "下载未导入的行" not in page
    faults = browser.get(reverse("cases:import_faults", args=[first.pk]))
    assert faults.status_code == 422 and "文件已按个人信息删除要求清除" in faults.content.decode()
    assert list(verify_ledger()) == []
    # the rows are known all the same: nobody comes back by the same file
    with django_capture_on_commit_callbacks(execute=True):
        back = imported(desk, tmp_path / "a.csv")
    assert (back.made, back.known, back.bad) == (0, 2, 1)


def test_an_import_at_work_ends_when_its_sheet_must_go(
    desk: Desk, home: Path, tmp_path, django_capture_on_commit_callbacks
):
    lines = [[*SHEET[1][:1], f"膜壳开裂 {n}", *SHEET[1][2:]] for n in range(150)]
    with django_capture_on_commit_callbacks(execute=True):
        run = uploaded(desk, write_csv(tmp_path / "a.csv", [SHEET[0], *lines]))
        importing.start(run_id=run.pk, by=desk.world.actor(desk.world.supervisor), at=clock.now())
        work_imports(clock.now())
    with django_capture_on_commit_callbacks(execute=True):
        erase(Case.objects.first())
    assert work_imports(clock.now()) == 0
    run.refresh_from_db()
    assert (run.state, run.position, run.cleared) == (ImportState.FAILED, 100, Clearing.ERASURE)
    assert "重新上传" in run.problem
    assert files_with(home, *TEXTS) == [] and holding(*TEXTS) == set()


def test_sheets_go_when_their_time_is_over(
    desk: Desk, home: Path, tmp_path, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = imported(desk, write_csv(tmp_path / "a.csv", SHEET))
        draft = uploaded(desk, write_csv(tmp_path / "b.csv", [*SHEET, SHEET[1]]))
        # as killed processes leave them
        lost = spool_path(4711).with_name("f00d.rows")
        lost.write_text("膜壳开裂")
        spool_path(run.pk).write_text("膜壳开裂")
        assert tidy_sheets(clock.now()) == 0
        assert tidy_sheets(clock.now() + timedelta(days=2)) == 2
    assert not lost.exists() and not spool_path(run.pk).exists() and spool_path(draft.pk).exists()
    long_ago = clock.now() - KEPT - timedelta(hours=1)
    ImportRun.objects.filter(pk=run.pk).update(finished_at=long_ago)
    ImportRun.objects.filter(pk=draft.pk).update(created_at=long_ago)
    with django_capture_on_commit_callbacks(execute=True):
        assert tidy_sheets(clock.now()) == 2
    assert files_with(home, *TEXTS) == []
    run.refresh_from_db()
    assert run.cleared == Clearing.AGE and list(imports.bad_rows(run).values_list("reasons", flat=True)) == [
        []
    ]
    assert Case.objects.get(content="膜壳开裂")


def test_the_first_row_of_a_sheet_without_headings_goes_too(
    desk: Desk, home: Path, tmp_path, django_capture_on_commit_callbacks
):
    by = desk.world.actor(desk.world.supervisor)
    with django_capture_on_commit_callbacks(execute=True):
        run = uploaded(desk, write_csv(tmp_path / "a.csv", [SHEET[1], SHEET[1]]))
        importing.set_columns(
            run_id=run.pk,
            columns={"at": 0, "content": 1, "name": 2, "phone": 3},
            default_type="feedback",
            by=by,
            at=clock.now(),
        )
        importing.start(run_id=run.pk, by=by, at=clock.now())
        work_imports(clock.now())
    with django_capture_on_commit_callbacks(execute=True):
        erase(Case.objects.get())
    assert holding(*TEXTS) == set() and files_with(home, *TEXTS) == []
