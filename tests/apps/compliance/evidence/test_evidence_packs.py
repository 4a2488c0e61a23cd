"""Evidence packs: made from real cases, proven from the file alone, and whatever is changed in one is found."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client

from keyue.cases.models import Case
from keyue.compliance import actions, coverage
from keyue.compliance.models import EvidencePack
from keyue.compliance.packs import checking, form, gathering, making, reading
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import AccessEntry, Fact
from keyue.people import actions as people
from keyue.people.access import forget
from keyue.people.models import User
from keyue.promises.enums import BROKEN, KEPT, PromiseState
from keyue.promises.scenario import subject_models
from tests.apps.compliance.evidence.taken import (
    Taken,
    ask,
    digest,
    faults,
    made,
    move,
    own_key,
    path_of,
    work,
)
from tests.apps.ledger.tampering import tamper
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)


# ── what a pack is ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pack_of_every_outcome_proves_itself(pack: EvidencePack, taken: Taken) -> None:
    verdict = checking.check_pack(path_of(pack), subject_models(), own_key())
    assert [str(fault) for fault in verdict.faults] == [] and verdict.key == "given"
    rows = taken.lines("promises.jsonl")
    assert {row["state"] for row in rows} == {"met", "met_late", "pending", "waived", "cancelled"}
    figures = taken.manifest["figures"]
    assert figures["promises"] == len(rows) == pack.promises
    assert figures["due"] == figures["kept"] + figures["broken"] > figures["broken"] > 0
    assert taken.manifest["counts"]["unsealed"] == 0


def test_the_figures_are_those_of_the_page(keeper: User, pack: EvidencePack, taken: Taken) -> None:
    report = coverage.coverage_of("feedback", month="2026-11", now=clock.now())
    figures = taken.manifest["figures"]
    score = report.score
    assert (figures["kept"], figures["broken"], figures["pending"], figures["waived"], figures["cancelled"]) == (
        score.kept, score.broken, score.pending, score.waived, score.cancelled
    )  # fmt: skip
    clauses = {one["number"]: one for one in figures["clauses"]}
    for chapter in report.chapters:
        for view in chapter.clauses:
            if not view.is_narrative:
                said = clauses[view.clause.number]
                assert (said["kept"], said["broken"]) == (view.score.kept, view.score.broken)


def test_every_row_outside_the_rate_says_why_and_who(world: World, taken: Taken) -> None:
    rows = taken.lines("promises.jsonl")
    facts = {line["fact"]["uid"]: line["fact"] for line in taken.lines("facts.jsonl") if "fact" in line}
    for row in rows:
        assert (row["counts"] is None) == (row["excluded"] is not None)
        if row["excluded"] == "waived":
            (decision,) = row["decisions"]
            fact = facts[decision["fact"]]
            assert fact["kind"] == "promise.waiver_approved"
            assert decision["approved_by"] == fact["data"]["approved_by"] == str(world.supervisor.pk)
            assert row["shown"]["approved_by"] == ["许南乔"]
        if row["excluded"] == "cancelled":
            assert facts[row["closed_by"]]["kind"] == row["closed_by_kind"]
    assert [row["control"] for row in rows if row["excluded"] == "waived"] == ["plan"]
    extended = [row for row in rows if [one["what"] for one in row["decisions"]] == ["extension"]]
    assert [row["control"] for row in extended] == ["solve"]


def test_no_personal_data_stands_in_the_clear(pack: EvidencePack, taken: Taken) -> None:
    whole = b"".join(taken.files[name] for name in taken.files if not name.startswith("report"))
    for personal in ("周叙白", "13800006027", "13900001111", "zhou@example.com", "膜组产水浊度"):
        assert personal.encode() not in whole
    assert b'"sealed":{"owner":' in taken.files["facts.jsonl"]


def test_states_count_as_on_the_page() -> None:
    assert {state for state, how in form.COUNTED.items() if how == "kept"} == KEPT
    assert {state for state, how in form.COUNTED.items() if how == "broken"} == BROKEN
    assert {*form.COUNTED, *form.EXCLUDED} == set(PromiseState.values)


def test_a_clause_alone_and_days_of_ones_own(keeper: User) -> None:
    taken = Taken(path_of(one := made(keeper, "4.1.1", last=date(2026, 11, 18))))
    assert faults(path_of(one)) == []
    assert taken.manifest["scope"]["controls"] == ["classify"]
    assert {row["control"] for row in taken.lines("promises.jsonl")} == {"classify"}
    earlier = made(keeper, "4.1.1", last=date(2026, 11, 17))
    assert faults(path_of(earlier)) == [] and earlier.promises == 0
    assert Taken(path_of(earlier)).manifest["figures"]["rate"] is None


def test_a_promise_overdue_but_not_looked_at_yet_is_broken_in_the_pack(keeper: User) -> None:
    clock.move_to(clock.now() + timedelta(hours=3))
    one = made(keeper, "4.1.1")
    assert one.figures["broken"] == 2 and faults(path_of(one)) == []


def test_an_erased_customer_leaves_the_pack_provable(keeper: User, cases: dict[str, Case]) -> None:
    before = made(keeper)
    customers.erase(customer=cases["waived"].customer, reason="requested", by=SYSTEM, at=clock.now())
    after = made(keeper)
    assert faults(path_of(before)) == [] == faults(path_of(after))


def test_an_edition_announced_later_stands_beside_the_one_before(keeper: User, world: World) -> None:
    from keyue.regulations import selectors as regulations
    from keyue.regulations.models import Edition

    one = made(keeper)
    assert [edition["n"] for edition in Taken(path_of(one)).manifest["editions"]] == [
        edition.n for edition in Edition.objects.filter(regulation="feedback", published_at__isnull=False)
    ]
    edition = regulations.newest_edition("feedback")
    assert edition is not None
    assert edition.source.encode() in Taken(path_of(one)).files["regulation.md"]


# ── making one ────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_who_sees_everything_may_make_one(keeper: User, world: World) -> None:
    for user in (world.engineer_head, world.engineer, world.agent, world.stranger):
        forget(user)
        with pytest.raises(Denied):
            ask(user)
        assert not reading.may_make(user)
    assert EvidencePack.objects.count() == 0
    for user in (keeper, world.executive):
        forget(user)
        assert reading.may_make(user)


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": date(2026, 12, 1)},
        {"first": date(2020, 1, 1)},
        {"first": date(2027, 1, 1), "last": date(2027, 1, 31)},
        {"purpose": "fun"},
        {"clause": "9.9.9"},
        {"clause": "x" * 41},
    ],
)
def test_what_cannot_be_meant_is_refused(keeper: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        ask(keeper, **wrong)
    assert EvidencePack.objects.count() == 0


def test_more_promises_than_a_pack_takes_are_refused(keeper: User) -> None:
    with patch.object(gathering, "MOST_PROMISES", 5), pytest.raises(Refused, match="最多 5 条"):
        ask(keeper)


def test_a_process_that_dies_is_followed_by_one_that_goes_on(keeper: User) -> None:
    with patch.object(gathering, "AT_A_TIME", 2):
        one = ask(keeper)
        for _n in range(3):
            making.turn(clock.now())
        # what the dead one had written beyond its last state
        for name in ("facts.jsonl", "promises.jsonl"):
            with (gathering.workshop(one) / name).open("ab") as file:
                file.write(b'{"half": ')
        one.refresh_from_db()
        assert one.state == "making" and 0 < one.done < one.total
        work()
    one.refresh_from_db()
    assert one.state == "ready" and faults(path_of(one)) == []
    assert not gathering.workshop(one).exists()


def test_what_is_recorded_meanwhile_changes_nothing(keeper: User, world: World) -> None:
    with patch.object(gathering, "AT_A_TIME", 2):
        one = ask(keeper)
        making.turn(clock.now())
        clock.move_to(clock.now() + timedelta(minutes=1))
        complaint(phone="13900005555")
        work()
    one.refresh_from_db()
    assert faults(path_of(one)) == [] and Taken(path_of(one)).manifest["counts"]["subjects"] == 5


def test_a_ledger_that_is_not_sound_makes_no_pack(keeper: User, cases: dict[str, Case]) -> None:
    fact = Fact.objects.filter(kind="case.classified").first()
    assert fact is not None
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # it alters no table while references are still to be checked
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    tamper("UPDATE ledger_fact SET source = 'forged' WHERE id = %s", [fact.pk])
    one = ask(keeper)
    work()
    one.refresh_from_db()
    assert one.state == "failed" and "keyue verify" in one.problem
    assert not path_of(one).exists()


def test_a_pack_is_kept_seven_days(pack: EvidencePack) -> None:
    assert actions.tidy_packs(now=clock.now() + timedelta(days=6)) == 0 and path_of(pack).exists()
    assert actions.tidy_packs(now=clock.now() + timedelta(days=7)) == 1 and not path_of(pack).exists()
    pack.refresh_from_db()
    assert pack.state == "expired"


# ── on screen and for programs ────────────────────────────────────────────────────────────────────────────────


def browser(user: User) -> Client:
    User.objects.update(must_change_password=False)
    client = Client()
    client.force_login(user)
    return client


def test_the_buttons_lead_to_the_form(keeper: User, world: World) -> None:
    page = browser(keeper).get("/regulations/feedback/4.1.1/").content.decode()
    assert 'href="/regulations/feedback/packs/?month=2026-11"' in page
    assert 'href="/regulations/feedback/packs/?clause=4.1.1&amp;month=2026-11"' in page
    assert "/packs/" not in browser(world.engineer_head).get("/regulations/feedback/4.1.1/").content.decode()


def test_asked_made_and_taken_on_screen(keeper: User, world: World, query_count: Any) -> None:
    client = browser(keeper)
    form_page = client.get("/regulations/feedback/packs/?clause=4.1.1&month=2026-11").content.decode()
    assert '<option value="4.1.1" selected>' in form_page and '<option value="2026-11" selected>' in form_page
    said = {"clause": "4.1.1", "period": "2026-11", "purpose": "dispute"}
    assert client.post("/regulations/feedback/packs/", {**said, "purpose": ""}).status_code == 422
    own = {**said, "period": "chosen", "first": "2026-11-01"}
    assert "请填写日期" in client.post("/regulations/feedback/packs/", own).content.decode()
    assert client.post("/regulations/feedback/packs/", said).status_code == 303
    one = EvidencePack.objects.get()
    assert (one.first, one.last) == (date(2026, 11, 1), date(2026, 11, 30))
    row = f"/regulations/packs/{one.uid}/"
    assert "hx-trigger" in client.get(row).content.decode()
    assert client.get(f"{row}download/").status_code == 409
    work()
    assert "hx-trigger" not in client.get(row).content.decode()
    with query_count("evidence packs"):
        page = client.get("/regulations/feedback/packs/").content.decode()
    assert f'href="{row}download/"' in page and "66.7%" in page
    answer = client.get(f"{row}download/")
    assert answer["Content-Disposition"].endswith('"keyue-evidence-feedback-4.1.1-20261101-20261130.zip"')
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert digest(content) == EvidencePack.objects.get().sha256


def test_another_person_s_pack_is_the_auditor_s_to_take(pack: EvidencePack, world: World) -> None:
    row = f"/regulations/packs/{pack.uid}/download/"
    assert browser(world.executive).get(row).status_code == 404
    assert browser(world.engineer).get(row).status_code == 403
    auditor = people.create_staff(
        username="shen", name="沈审", must_change_password=False, by=SYSTEM, at=clock.now()
    )
    people.grant_role(user=auditor, role="audit_administrator", by=SYSTEM, at=clock.now())
    client = browser(User.objects.get(pk=auditor.pk))
    assert str(pack.uid) in client.get("/regulations/packs/").content.decode()
    assert client.get(row).status_code == 200
    assert client.get("/regulations/feedback/packs/").status_code == 403


def test_each_asking_and_taking_is_recorded(pack: EvidencePack, keeper: User) -> None:
    browser(keeper).get(f"/regulations/packs/{pack.uid}/download/")
    kinds = Fact.objects.filter(stream__kind="evidence_pack", stream__ref=str(pack.uid)).order_by("rev")
    assert [fact.kind.partition(".")[2] for fact in kinds] == ["asked", "made", "downloaded"]
    assert kinds[1].data["sha256"] == pack.sha256
    trail = AccessEntry.objects.filter(subject_kind="regulation", subject_ref="feedback").order_by("pk")
    assert [entry.what for entry in trail] == [
        f"evidence_pack:asked:{pack.uid}",
        f"evidence_pack:downloaded:{pack.uid}",
    ]
    assert {entry.purpose for entry in trail} == {"supervision"}


# ── for people ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_reports_say_the_same(taken: Taken, tmp_path: Path) -> None:
    import docx
    import pypdf
    import python_calamine

    for name in form.REPORTS:
        (tmp_path / name).write_bytes(taken.files[name])
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "report.pdf").pages)
    word = docx.Document(str(tmp_path / "report.docx"))
    words = "\n".join(
        [p.text for p in word.paragraphs]
        + [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    )
    book = python_calamine.CalamineWorkbook.from_path(str(tmp_path / "report.xlsx"))
    cells = "\n".join(
        str(cell)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
        for cell in row
    )
    rows = taken.lines("promises.jsonl")
    for said in (pdf, words, cells):
        assert f"{taken.manifest['figures']['rate']}%" in said and "到期 11 条：按约 10，逾期 1" in said
        assert taken.manifest["id"] in said
        for row in rows:
            assert row["shown"]["number"] in said
        assert "许南乔批准" in said and "客户撤回" in said
    assert 'w:eastAsia="Microsoft YaHei"' in word.styles["Normal"].element.xml
    counts = {
        name: len(book.get_sheet_by_name(name).to_python()) - 1 for name in ("计入的约定", "不计入的约定")
    }
    assert counts == {"计入的约定": 11, "不计入的约定": len(rows) - 11}


def test_a_text_that_looks_like_markup_stays_text(keeper: User) -> None:
    from keyue.compliance.packs import report_pdf
    from keyue.regulations.models import Regulation

    evil = '#panic("x") $1/0$ *b* [l] \\ @ref <tag> "q" `c` =1+1 //c'
    Regulation.objects.filter(pk="feedback").update(title=evil)
    one = made(keeper, "4.1.1")
    assert faults(path_of(one)) == []
    assert report_pdf.TEMPLATE.exists() and one.size > 10_000


def test_long_lists_say_how_many_they_list_of_how_many_and_where_all_are(keeper: User) -> None:
    import io

    import docx
    import pypdf
    import python_calamine

    from keyue.compliance.packs import report

    with patch.object(report, "MOST_LISTED", 3):
        taken = Taken(path_of(made(keeper)))
    apart = len(taken.lines("promises.jsonl")) - 11
    said = [
        f"共 {n} 条，这里只列出前 3 条；全部约定在同一个证据包的 report.xlsx 和 promises.jsonl 里。"
        for n in (11, apart)
    ]
    pages = pypdf.PdfReader(io.BytesIO(taken.files["report.pdf"])).pages
    pdf = "".join("".join(page.extract_text().split()) for page in pages)
    word = docx.Document(io.BytesIO(taken.files["report.docx"]))
    lines = [paragraph.text for paragraph in word.paragraphs]
    for sentence, heading in zip(said, ("计入履约率的约定", "不计入履约率的约定"), strict=True):
        # above the list and at its end
        assert pdf.count("".join(sentence.split())) == 2 and lines.count(sentence) == 2
        assert lines[lines.index(heading) + 1] == sentence
    assert [len(table.rows) for table in word.tables[-2:]] == [4, 4]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(taken.files["report.xlsx"]))
    assert len(book.get_sheet_by_name("计入的约定").to_python()) == 1 + 11


def test_a_list_that_is_whole_says_nothing_of_more(taken: Taken) -> None:
    import io

    import pypdf

    pages = pypdf.PdfReader(io.BytesIO(taken.files["report.pdf"])).pages
    assert "这里只列出" not in "".join(page.extract_text() for page in pages)


def test_moving_on_breaks_what_was_pending(keeper: User) -> None:
    """The pack of a month that is over: nothing pending stays so."""
    move(datetime(2026, 12, 20, 2, 0, tzinfo=UTC))
    one = made(keeper)
    assert one.figures["pending"] == 0 and faults(path_of(one)) == []
