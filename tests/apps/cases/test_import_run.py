"""Importing: rows become cases with their history, bad rows come back, twice is once, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from keyue.cases.actions.intake import Intake, register
from keyue.cases.importing import actions, faults, selectors
from keyue.cases.importing.enums import ImportState
from keyue.cases.jobs import work_imports
from keyue.cases.models import Case, ImportRow, ImportRun
from keyue.cases.noticing import lines_of
from keyue.cases.search import containing
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Refused
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.promises.models import Notice, Promise
from keyue.promises.verification import verify_promises
from tests.apps.cases.sheets import HEADINGS, HISTORY, read_xlsx, write_csv, write_xlsx
from tests.journeys.world import World, found, install
from tests.support.environment import ROOT
from tests.support.server import environment_for

AT = "%Y-%m-%d %H:%M"


def rows(n: int, *, first: int = 1) -> list[list[object]]:
    """A sheet of good rows about as many people as there are rows."""
    start = (clock.now() - timedelta(days=20)).replace(hour=0, minute=0)
    lines = [
        [
            f"GD-{k:05d}",
            f"{start + timedelta(minutes=7 * k):{AT}}",
            "投诉" if k % 2 else "建议",
            f"第 {k} 件：3# 膜组产水浊度反复超标",
            f"周叙{'白青安宁远'[k % 5]}",
            f"139{k:08d}",
            "浙江杭州",
            f"备注{k}",
        ]
        for k in range(first, first + n)
    ]
    return [list(HEADINGS), *lines]


def brought_in(world: World, file: Path, *, name: str = "") -> ImportRun:
    """Import a file as the supervisor, from the upload to the last row."""
    user = world.supervisor
    by = world.actor(user)
    run = actions.draft(
        chunks=[file.read_bytes()], name=name or file.name, by=by, at=clock.now(), user_id=user.pk
    )
    actions.start(run_id=run.pk, by=by, at=clock.now())
    while work_imports(clock.now()):
        pass
    run.refresh_from_db()
    return run


def nothing_is_wrong() -> bool:
    return not [*verify_ledger(None), *verify_promises(clock.now(), None)]


def test_rows_become_cases_with_promises(world, tmp_path):
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", rows(250)))
    assert (run.state, run.total, run.position, run.made, run.bad) == (ImportState.DONE, 250, 250, 250, 0)
    assert Case.objects.count() == Customer.objects.count() == 250
    case = Case.objects.order_by("pk").first()
    assert (case.channel, case.type, case.registered_by) == ("sheet", "complaint", world.supervisor)
    received = Fact.objects.get(stream__kind="case", stream__ref=str(case.pk))
    assert (received.at, received.source) == (case.received_at, f"import:{run.pk}")
    proof = received.evidence[0]
    assert (proof["type"], proof["file"], proof["row"]) == ("sheet", run.sha256, 2)
    assert Promise.objects.filter(subject_id=case.pk, control="classify").exists()
    assert case.next_promise is not None
    assert case.pk in containing("膜组产水")
    assert nothing_is_wrong()


def test_what_one_row_gives_is_what_single_acts_give(world, tmp_path):
    """The columns of an imported case are those of a registered one."""
    at = (clock.now() - timedelta(hours=3)).replace(second=0, microsecond=0)
    by = world.actor(world.agent)
    text = "3# 膜组这周第三次浊度超标"
    single = register(
        Intake(type="complaint", content=text, name="周叙白", phone="13800000001", channel="phone"),
        by=by,
        at=at,
        source="web",
    ).case
    sheet = [["受理时间", "类型", "内容", "姓名", "电话", "渠道"]]
    local = at.astimezone(selectors_zone())
    sheet.append([f"{local:{AT}}", "投诉", text, "周叙白", "13800000002", "电话"])
    brought_in(world, write_csv(tmp_path / "a.csv", sheet))
    single.refresh_from_db()
    imported = Case.objects.exclude(pk=single.pk).get()
    for name in (
        "type",
        "stage",
        "priority",
        "title",
        "content",
        "received_at",
        "queue_at",
        "round",
        "is_open",
    ):
        assert getattr(imported, name) == getattr(single, name), name
    derived = [
        sorted(
            Promise.objects.filter(subject_id=case.pk).values_list(
                "control", "state", "start", "due", "owner"
            )
        )
        for case in (single, imported)
    ]
    assert derived[0] == derived[1]


def selectors_zone():
    from keyue.promises.selectors import zone

    return zone()


def test_history_comes_in_with_its_own_instants(world, tmp_path):
    start = (clock.now() - timedelta(days=25)).replace(second=0, microsecond=0).astimezone(selectors_zone())

    def after(hours: float) -> str:
        return f"{start + timedelta(hours=hours):{AT}}"

    whole = [
        *("A-1", after(0), "投诉", "浊度超标", "3# 膜组浊度超标", "周叙白", "13800006027", "产品", after(1)),
        *(after(30), "更换膜元件", after(40), after(44), "电话", after(90), "是"),
    ]
    late = [
        *("A-2", after(0), "投诉", "", "阀门漏水", "何苒", "13800006028", "服务", after(5)),
        *(after(30), "更换阀门", None, after(90), None, after(99), "否"),
    ]
    brought_in(world, write_xlsx(tmp_path / "a.xlsx", [HISTORY, whole, late]))
    kept, broken = Case.objects.order_by("pk")
    assert (kept.stage, kept.category, kept.round, kept.is_told) == ("close", "product", 1, True)
    states = {(p.control, p.cycle): p.state for p in Promise.objects.filter(subject_id=kept.pk)}
    for control in ("classify", "result_to_service", "result_to_customer", "follow_up", "complaint_result"):
        assert states[control, 1] == "met", control
    assert states["first_response", 1] == "met_late"
    assert broken.round == 2
    of_broken = {(p.control, p.cycle): p.state for p in Promise.objects.filter(subject_id=broken.pk)}
    assert of_broken["classify", 1] == "met_late"
    assert of_broken["complaint_result", 1] == "met_late"
    facts = Fact.objects.filter(stream__kind="case", stream__ref=str(kept.pk)).order_by("rev")
    assert [fact.kind for fact in facts] == [
        *("case.received", "case.classified", "case.solved", "case.result_to_service"),
        *("case.first_response", "case.result_to_customer", "case.follow_up_call"),
    ]
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)
    assert {proof["type"] for proof in facts[5].evidence} == {"sheet", "call"}
    assert all(fact.evidence[0]["type"] == "sheet" for fact in facts)
    # a clause asks how the customer was told: where the row does not say, who imported does
    told = Fact.objects.get(stream__ref=str(broken.pk), stream__kind="case", kind="case.result_to_customer")
    assert told.data["via"] == "call" and {proof["type"] for proof in told.evidence} == {"sheet", "call"}
    assert nothing_is_wrong()


def test_what_is_born_overdue_is_told_once_and_to_who_imported(world, tmp_path):
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", rows(120)))
    assert run.overdue == 120
    notice = Notice.objects.get()
    assert (notice.kind, notice.to_user) == ("summary", world.supervisor)
    assert lines_of([notice.pk]) == [
        "汇总：导入完成：新建 120 件，已有 0 件，未导入 0 行；120 件导入时已有逾期的约定"
    ]
    from keyue.promises import actions as promises

    promises.look(now=clock.now())
    assert Notice.objects.count() == 1
    assert nothing_is_wrong()


def test_bad_rows_come_back_with_all_columns_and_the_reason(world, tmp_path):
    lines = rows(5)
    lines[2][5] = "1380"
    lines[4][1], lines[4][3] = "前天", ""
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", lines))
    assert (run.made, run.bad) == (3, 2)
    back = read_xlsx(faults.write(run, tmp_path / "back.xlsx", form="xlsx"))
    assert back[0] == [*HEADINGS, "原因"]
    assert [row[:-1] for row in back[1:]] == [[str(c) for c in lines[2]], [str(c) for c in lines[4]]]
    assert "手机号应为 11 位" in back[1][-1]
    assert "受理时间：看不懂「前天」" in back[2][-1] and "内容：不能为空" in back[2][-1]


def test_the_reasons_are_in_the_language_of_who_imports(world, tmp_path):
    world.supervisor.language = "en"
    world.supervisor.save(update_fields=["language"])
    lines = rows(2)
    lines[1][1], lines[1][3] = "前天", ""
    run = brought_in(world, write_csv(tmp_path / "a.csv", lines))
    assert (run.made, run.bad) == (1, 1)
    first, second = selectors.bad_rows(run).get().reasons
    assert first.startswith("Received at: “前天” cannot be read")
    assert second == "Content: may not be empty"


def test_the_summary_is_in_the_language_of_who_reads_it(world, tmp_path):
    world.supervisor.language = "en"
    world.supervisor.save(update_fields=["language"])
    brought_in(world, write_csv(tmp_path / "a.csv", rows(2)))
    notice = Notice.objects.get(to_user=world.supervisor, kind="summary")
    assert "text" not in notice.detail
    assert "新建 2 件" in lines_of([notice.pk])[0]
    with translation.override("en"):
        assert "Import finished: 2 new" in lines_of([notice.pk])[0]
    # what an earlier version kept is shown as it stands
    notice.detail = {"text": "导入完成：新建 7 件", "import": 1}
    notice.save(update_fields=["detail"])
    assert lines_of([notice.pk]) == ["汇总：导入完成：新建 7 件"]


def test_the_file_of_bad_rows_mended_is_imported_as_it_is(world, tmp_path):
    lines = rows(3)
    lines[2][5] = "1380"
    run = brought_in(world, write_csv(tmp_path / "a.csv", lines, "gb18030"))
    back = faults.write(run, tmp_path / "back.csv", form="csv")
    mended = back.read_text(encoding="utf-8-sig").replace("1380,", "13800006027,")
    back.write_text(mended, encoding="utf-8-sig")
    again = brought_in(world, back)
    assert (again.made, again.known, again.bad) == (1, 0, 0)
    assert Case.objects.count() == 3


def test_a_formula_in_a_text_file_is_not_run_by_who_opens_it(world, tmp_path):
    lines = rows(1)
    lines[1][3], lines[1][5] = "=HYPERLINK(1)", "1380"
    run = brought_in(world, write_csv(tmp_path / "a.csv", lines))
    text = faults.write(run, tmp_path / "back.csv", form="csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK(1)" in text


def test_the_same_file_again_changes_nothing(world, tmp_path):
    file = write_xlsx(tmp_path / "a.xlsx", rows(30))
    brought_in(world, file)
    before = (Fact.objects.count(), Promise.objects.count(), Customer.objects.count())
    counted = list(Case.objects.order_by("pk").values_list("pk", "rev"))
    again = brought_in(world, file)
    assert (again.made, again.known, again.bad) == (0, 30, 0)
    started_and_finished = 2
    assert Fact.objects.count() == before[0] + started_and_finished
    assert (Promise.objects.count(), Customer.objects.count()) == before[1:]
    assert list(Case.objects.order_by("pk").values_list("pk", "rev")) == counted


def test_rows_without_a_number_are_known_by_what_they_say(world, tmp_path):
    lines = [row[1:-1] for row in rows(4)]
    lines += [lines[2], lines[2]]
    first = brought_in(world, write_xlsx(tmp_path / "a.xlsx", lines))
    assert (first.made, first.known) == (6, 0)
    # the same rows in another order and another form
    again = brought_in(world, write_csv(tmp_path / "b.csv", [lines[0], *reversed(lines[1:])]))
    assert (again.made, again.known) == (0, 6)
    more = brought_in(world, write_csv(tmp_path / "c.csv", [*lines, lines[2]]))
    assert (more.made, more.known) == (1, 6)


def test_a_number_that_stands_twice_is_a_fault(world, tmp_path):
    lines = rows(150)
    lines[140] = [lines[1][0], *lines[140][1:]]
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", lines))
    assert (run.made, run.bad) == (149, 1)
    assert ImportRow.objects.get(run=run, outcome="bad").reasons == ["单号与第 2 行相同，一个单号只能有一行"]


def test_a_number_of_another_file_with_other_content_is_a_fault_and_nothing_is_lost(world, tmp_path):
    first = rows(3)
    brought_in(world, write_xlsx(tmp_path / "a.xlsx", first))
    case = Case.objects.order_by("pk")[1]
    second = rows(3)
    second[2][3], second[3][7] = "第 2 件：阀门漏水", "经办人补记"
    run = brought_in(world, write_csv(tmp_path / "b.csv", second))
    # what is not imported may change; what is may not
    assert (run.made, run.known, run.bad) == (0, 2, 1)
    [reason] = selectors.bad_rows(run).get().reasons
    assert reason.startswith(f"单号「GD-00002」已导入为 {case.number}，内容与这一行不同")
    back = faults.write(run, tmp_path / "back.csv", form="csv").read_text(encoding="utf-8-sig")
    assert "第 2 件：阀门漏水" in back
    assert case.content == Case.objects.get(pk=case.pk).content


def test_rows_of_an_earlier_version_are_known_by_their_number(world, tmp_path):
    brought_in(world, write_xlsx(tmp_path / "a.xlsx", rows(2)))
    ImportRow.objects.update(meaning="", content="")
    changed = rows(2)
    changed[1][3] = "别的内容"
    run = brought_in(world, write_csv(tmp_path / "b.csv", changed))
    assert (run.made, run.known, run.bad) == (0, 2, 0)


def counted(tag: str, numbers: Sequence[object], n: int = 3) -> list[list[object]]:
    """A sheet whose first column only counts its rows, as 编号."""
    day = f"{clock.now() - timedelta(days=2):%Y-%m-%d}"
    lines = [[numbers[k], f"{day} 1{k}:00", f"{tag}文件第 {k} 行", f"1391234600{k}"] for k in range(n)]
    return [["编号", "受理时间", "内容", "电话"], *lines]


@pytest.mark.parametrize("numbers", [(1, 2, 3), ("001", "002", "003"), (3, 2, 1)])
def test_a_column_that_counts_the_rows_is_no_number(world, tmp_path, numbers):
    jan = write_xlsx(tmp_path / "jan.xlsx", counted("一月", numbers))
    brought_in(world, jan)
    feb = brought_in(world, write_xlsx(tmp_path / "feb.xlsx", counted("二月", numbers)))
    assert (feb.made, feb.known, feb.bad) == (3, 0, 0)
    assert "number" not in feb.columns
    again = brought_in(world, jan)
    assert (again.made, again.known, again.bad) == (0, 3, 0)


def test_a_column_of_numbers_that_begins_elsewhere_is_one(world, tmp_path):
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", counted("一月", (7, 8, 9))))
    assert run.columns["number"] == 0


def test_the_same_rows_under_another_mapping_are_known(world, tmp_path):
    head = ["受理时间", "内容", "内容", "电话", "联系电话", "经手人"]
    lines = [
        ["2026-11-19 09:00", "第一", "第二", "13800000001", "13800000002", f"甲{k // 2}"] for k in range(4)
    ]
    file = write_csv(tmp_path / "dup.csv", [head, *lines])
    for n, options in enumerate(({}, {"map": ["phone=联系电话"]}, {"map": ["name=经手人"]})):
        call_as_command(file, **options)
        assert Case.objects.count() == 4, n
        # saved again in another form, it is another file
        file = write_xlsx(tmp_path / f"dup{n}.xlsx", [head, *lines])
    call_as_command(write_csv(tmp_path / "more.csv", [head, *lines, lines[0]]), map=["phone=联系电话"])
    assert Case.objects.count() == 5


def call_as_command(file: Path, **options: object) -> None:
    from keyue.company.selectors import is_founded

    if not is_founded():
        install()
    call_command("import_sheet", "cases", str(file), **options)


def test_one_person_with_many_rows_is_one_customer(world, tmp_path):
    lines = rows(40)
    for row in lines[1:]:
        row[4], row[5] = "周叙白", "13800006027"
    brought_in(world, write_xlsx(tmp_path / "a.xlsx", lines))
    assert Customer.objects.count() == 1
    assert Case.objects.values("customer").distinct().count() == 1


def test_a_row_that_nobody_foresaw_does_not_keep_the_others_out(world, tmp_path, monkeypatch):
    from keyue.cases.importing import actions as room

    real = room.register_many

    def failing(histories, **options):
        if any("第 7 件" in history.intake.content for history in histories):
            raise ZeroDivisionError
        return real(histories, **options)

    monkeypatch.setattr(room, "register_many", failing)
    run = brought_in(world, write_xlsx(tmp_path / "a.xlsx", rows(12)))
    assert (run.made, run.bad) == (11, 1)
    assert "内部错误" in selectors.bad_rows(run).get().reasons[0]


def test_stopping_going_on_and_what_cannot_be_done_any_more(world, tmp_path):
    by = world.actor(world.supervisor)
    file = write_xlsx(tmp_path / "a.xlsx", rows(250))
    run = actions.draft(chunks=[file.read_bytes()], name="a.xlsx", by=by, at=clock.now())
    with pytest.raises(Refused):
        actions.stop(run_id=run.pk, by=by, at=clock.now())
    actions.start(run_id=run.pk, by=by, at=clock.now())
    work_imports(clock.now())
    actions.stop(run_id=run.pk, by=by, at=clock.now())
    assert work_imports(clock.now()) == 0
    assert Case.objects.count() == 100
    for refused in (
        lambda: actions.discard(run_id=run.pk, by=by, at=clock.now()),
        lambda: actions.set_columns(
            run_id=run.pk, columns={}, default_type="feedback", by=by, at=clock.now()
        ),
    ):
        with pytest.raises(Refused):
            refused()
    actions.start(run_id=run.pk, by=by, at=clock.now())
    while work_imports(clock.now()):
        pass
    run.refresh_from_db()
    assert (run.state, run.made) == (ImportState.DONE, 250)
    assert Counter(Fact.objects.filter(stream__kind="import").values_list("kind", flat=True)) == {
        "import.started": 1,
        "import.stopped": 1,
        "import.finished": 1,
    }


def test_rows_on_disk_that_are_gone_are_read_again_from_the_file(world, tmp_path):
    by = world.actor(world.supervisor)
    file = write_xlsx(tmp_path / "a.xlsx", rows(250))
    run = actions.draft(chunks=[file.read_bytes()], name="a.xlsx", by=by, at=clock.now())
    actions.start(run_id=run.pk, by=by, at=clock.now())
    work_imports(clock.now())
    selectors.spool_of(run).unlink()
    while work_imports(clock.now()):
        pass
    run.refresh_from_db()
    assert (run.state, run.made) == (ImportState.DONE, 250)


def test_without_the_file_the_import_says_so(world, tmp_path):
    from keyue.cases.actions.files import path_of

    by = world.actor(world.supervisor)
    file = write_xlsx(tmp_path / "a.xlsx", rows(3))
    run = actions.draft(chunks=[file.read_bytes()], name="a.xlsx", by=by, at=clock.now())
    actions.start(run_id=run.pk, by=by, at=clock.now())
    selectors.spool_of(run).unlink()
    path_of(run.sha256).unlink()
    assert work_imports(clock.now()) == 0
    run.refresh_from_db()
    assert run.state == ImportState.FAILED and "重新上传" in run.problem


# --- the command line, and power cuts ---------------------------------------------------------------------


@pytest.fixture
def company(fresh_database) -> World:
    """A company in a database of its own."""
    made = found()
    install()
    return made


def test_the_command_line_says_what_happened(company, keyue, fresh_database, tmp_path):
    lines = rows(12)
    lines[3][5] = "1380"
    file = write_xlsx(tmp_path / "投诉.xlsx", lines)
    done = keyue("import", "cases", str(file), "--by", "xu", environment=fresh_database.environment)
    assert done.returncode == 1, done.stderr
    assert "新建 11 件，已有 0 件，未导入 1 行" in done.stdout
    back = read_xlsx(tmp_path / "投诉.faults.xlsx")
    assert len(back) == 2 and "11 位" in back[1][-1]
    good = write_csv(tmp_path / "好.csv", rows(3))
    again = keyue("import", "cases", str(good), environment=fresh_database.environment)
    assert again.returncode == 0, again.stderr
    assert "新建 1 件，已有 2 件" in again.stdout
    assert not (tmp_path / "好.faults.csv").exists()


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        (b"PK\x03\x04 but no zip", (), "打不开这个表格"),
        ("甲,乙\n1,2\n".encode(), (), "找不到这些列：受理时间、内容"),
        ("时刻,事由\n2026-11-03,x\n".encode(), ("--map", "内容=没有这列"), "表里没有「没有这列」"),
        ("受理时间,内容\n2026-11-03,x\n".encode(), ("--by", "nobody"), "没有「nobody」这个账号"),
    ],
)
def test_what_the_command_line_refuses(company, keyue, fresh_database, tmp_path, content, arguments, said):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    done = keyue("import", "cases", str(file), *arguments, environment=fresh_database.environment)
    assert done.returncode == 2
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not Case.objects.exists() and not ImportRun.objects.exists()


def test_who_may_not_import_may_not_on_the_command_line_either(company, keyue, fresh_database, tmp_path):
    file = write_csv(tmp_path / "a.csv", rows(3))
    call_command("import_sheet", "cases", str(file), by="xu")
    for arguments in ((), ("--dry-run",)):
        again = ("import", "cases", str(file), "--by", company.agent.username, *arguments)
        done = keyue(*again, environment=fresh_database.environment)
        assert done.returncode == 2 and "您没有「导入事项」权限" in done.stderr
        assert "Traceback" not in done.stderr
    assert ImportRun.objects.count() == 1


def test_every_start_asks_whether_one_may(world, tmp_path):
    by, agent = world.actor(world.supervisor), world.actor(world.agent)
    file = write_csv(tmp_path / "a.csv", rows(3))
    with pytest.raises(Denied):
        actions.draft(chunks=[file.read_bytes()], name="a.csv", by=agent, at=clock.now())
    run = actions.draft(chunks=[file.read_bytes()], name="a.csv", by=by, at=clock.now())
    with pytest.raises(Denied):
        actions.start(run_id=run.pk, by=agent, at=clock.now())
    assert not Case.objects.exists()


def test_columns_named_on_the_command_line(company, tmp_path):
    file = write_csv(tmp_path / "a.csv", [["时刻", "事由"], ["2026-11-03 14:05", "浊度超标"]])
    call_command("import_sheet", "cases", str(file), map=["at=时刻", "内容=事由"], type="complaint")
    assert Case.objects.get().type == "complaint"


def test_killed_at_any_moment_and_started_again_nothing_is_lost_or_doubled(
    company, fresh_database, tmp_path, home
):
    """kill -9 in the middle of the import, several times; the last run goes on to the end."""
    file = write_xlsx(tmp_path / "a.xlsx", rows(900))
    command = [sys.executable, "-m", "keyue.config.cli", "import", "cases", str(file), "--by", "xu"]
    killed = 0
    for wait in (0.2, 0.7, 1.3):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_for(home, fresh_database.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        seen = ImportRun.objects.values_list("position", flat=True).first() or 0
        until = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < until:
            if (ImportRun.objects.values_list("position", flat=True).first() or 0) > seen:
                time.sleep(wait / 10)
                break
            time.sleep(0.02)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            killed += 1
        process.wait(10)
    assert killed == 3
    middle = ImportRun.objects.get()
    assert 0 < middle.position < 900 and Case.objects.count() == middle.made
    last = subprocess.run(
        command,
        cwd=ROOT,
        env=environment_for(home, fresh_database.environment),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert last.returncode == 0, last.stderr
    assert "接着上次" in last.stdout
    run = ImportRun.objects.get()
    assert (run.state, run.made, run.bad) == (ImportState.DONE, 900, 0)
    assert Case.objects.count() == 900
    assert Case.objects.values("source_key").distinct().count() == 900
    assert Notice.objects.count() == 1
    assert nothing_is_wrong()
