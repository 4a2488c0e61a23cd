"""The auditor's page: found by person, thing, kind and time; leafed through; taken along for a purpose."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger import actions as ledger
from keyue.ledger import selectors as ledger_selectors
from keyue.ledger.events import LEDGER
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import AccessEntry
from keyue.ledger.selectors import accesses_of, facts_about
from keyue.people import actions as people
from keyue.people.models import User
from tests.journeys.world import World, found


@pytest.fixture
def world(db) -> World:
    return found()


@pytest.fixture
def auditor(world: World) -> User:
    at = clock.now()
    user = people.create_staff(username="aud", name="计明理", by=SYSTEM, at=at)
    people.grant_role(user=user, role="audit_administrator", by=SYSTEM, at=at)
    # a password that must be changed comes before every page
    User.objects.update(must_change_password=False)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def browser(auditor: User) -> Client:
    client = Client()
    client.force_login(auditor)
    return client


@pytest.fixture
def customer(world: World) -> Customer:
    return customers.create_customer(
        kind="person", name="周叙白", phone="13800006027", source="phone", legal_basis="contract",
        by=SYSTEM, at=clock.now(),
    )  # fmt: skip


def reveal(customer: Customer, who: User) -> None:
    customers.reveal(
        contact=customer.contacts.get(), fields=["phone"], purpose="contact",
        by=World.actor(who), at=clock.now(),
    )  # fmt: skip


def shown(browser: Client, name: str = "audit", **asked: str) -> str:
    answer = browser.get(reverse(f"workbench:{name}"), asked)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def rows(page: str) -> list[str]:
    body = re.findall(r"<tbody>(.*?)</tbody>", page, re.S)
    return [
        " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for part in body
        for row in re.findall(r"<tr>(.*?)</tr>", part, re.S)
    ]


def test_who_looked_at_whom_and_what_for(world, browser, customer):
    reveal(customer, world.agent)
    [row] = rows(shown(browser, person="林知夏"))
    assert (
        "林知夏" in row and "电话" in row and customer.number in row and "联系客户" in row and "网页" in row
    )
    assert "13800006027" not in row and "周叙白" not in row


def test_the_trail_is_found_by_person_number_kind_and_day(world, browser, customer):
    reveal(customer, world.agent)
    reveal(customer, world.supervisor)
    ledger.record_access(
        by=World.actor(world.agent), subject=LEDGER, what="x", purpose="audit", via="web", at=clock.now()
    )
    today = f"{clock.now() + timedelta(hours=8):%Y-%m-%d}"
    assert len(rows(shown(browser, person="许南乔"))) == 1
    assert len(rows(shown(browser, person=world.agent.username))) == 2
    assert len(rows(shown(browser, person="林知夏", kind="customer"))) == 1
    assert len(rows(shown(browser, number=customer.number))) == 2
    assert len(rows(shown(browser, number=customer.number, since=today, until=today))) == 2
    assert "没有这样的记录" in shown(browser, number=customer.number, until="2020-01-01")


def test_a_program_that_acts_for_a_person_is_the_person(world, browser, customer):
    at = clock.now()
    token, _raw = people.issue_token(
        user=world.agent, name="报表", scopes=["case.view"], by=World.actor(world.agent), at=at
    )
    ledger.record_access(
        by=Actor("token", str(token.pk)), subject=customer.subject, what="contact/1:name", purpose="contact",
        via="api", at=at,
    )  # fmt: skip
    reveal(customer, world.agent)
    first, second = rows(shown(browser, person="林知夏"))
    assert "林知夏" in first and "报表" not in first
    assert "林知夏 · 报表" in second and "接口" in second


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"person": "查无此人"}, "没有这个人"),
        ({"number": "很多"}, "请写客户编号"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "结束日期要在开始日期当天或之后"),
        ({"since": "昨天"}, "日期"),
        ({"kind": "secrets"}, "secrets"),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_the_field(browser, asked, said):
    answer = browser.get(reverse("workbench:audit"), asked)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert "请先改上面标出的条件" in answer.content.decode()


def test_a_bad_cursor_is_refused_in_words(browser):
    answer = browser.get(reverse("workbench:audit"), {"before": "x"})
    assert answer.status_code == 400 or answer.status_code == 422
    assert "翻页标记不对" in answer.content.decode()


def test_what_administrators_did_in_words(world, browser):
    page = shown(browser, "audit_facts", person=world.agent.username, about="1")
    said = rows(page)
    assert any("授予角色" in row and "角色 客服专员" in row and "林知夏" in row for row in said)
    assert any("建立账号" in row for row in said)
    only = rows(shown(browser, "audit_facts", kind="department.created"))
    assert len(only) == 4 and all("建立部门" in row for row in only)
    assert "case.received" not in page


def test_leafing_shows_every_row_once(world, browser, customer):
    for n in range(120):
        ledger.record_access(
            by=World.actor(world.agent), subject=customer.subject, what=f"row{n}", purpose="contact", via="web",
            at=clock.now() if n % 7 else world.founded_at,
        )  # fmt: skip
    seen: list[str] = []
    url = f"{reverse('workbench:audit')}?number={customer.number}"
    pages = 0
    while url:
        page = browser.get(url).content.decode()
        seen += re.findall(r"row\d+", " ".join(rows(page)))
        pages += 1
        more = re.search(r'href="([^"]+)" rel="next"', page)
        url = more[1].replace("&amp;", "&") if more else ""
    assert pages == 3 and sorted(seen) == sorted(f"row{n}" for n in range(120))


def test_looking_leaves_a_trace_and_leafing_none(auditor, browser):
    shown(browser)
    shown(browser, "audit_facts", person="林知夏")
    shown(browser, before="2026-11-22T02:00:00Z~5")
    traces = list(accesses_of(LEDGER))
    assert [(trace.what, trace.purpose, trace.actor_id) for trace in traces] == [
        ("facts", "audit", str(auditor.pk)),
        ("trail", "audit", str(auditor.pk)),
    ]


def test_the_state_of_the_ledger_and_its_last_check(browser):
    assert "还没有核验过" in shown(browser)
    ledger.note_verification(problems=0, sample=200, by=SYSTEM, at=clock.now())
    page = shown(browser)
    assert "完整" in page and "抽查 200 条链" in page
    ledger.note_verification(problems=3, sample=None, by=SYSTEM, at=clock.now())
    assert "3 处问题" in shown(browser)


def test_keyue_verify_writes_its_result_down(fresh_database, keyue):
    done = keyue("verify", environment=fresh_database.environment)
    assert done.returncode == 0, done.stderr
    last = ledger_selectors.last_verification()
    assert last is not None and last.data == {"problems": 0, "sample": None}


def workbook(answer) -> CalamineWorkbook:
    return CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))


def test_records_are_taken_along_for_a_purpose_with_a_mark_and_a_fact(world, auditor, browser, customer):
    reveal(customer, world.agent)
    reveal(customer, world.supervisor)
    address = reverse("workbench:audit_export")
    refused = browser.post(address, {"what": "trail", "query": "", "purpose": ""})
    assert refused.status_code == 422 and "请先说明导出目的" in refused.content.decode()
    assert "林知夏" in refused.content.decode(), "the rows are still there"
    assert not facts_about(LEDGER).exists()
    sent = {"what": "trail", "query": f"number={customer.number}", "purpose": "supervision"}
    book = workbook(browser.post(address, sent))
    table = book.get_sheet_by_name("记录").to_python()
    assert [row[1] for row in table] == ["谁", "许南乔", "林知夏"]
    note = dict(row[:2] for row in book.get_sheet_by_name("导出说明").to_python())
    assert note["导出目的"] == "监管部门检查" and note["导出人"] == "计明理 aud" and note["条数"] == "2"
    assert customer.number in note["筛选条件"]
    [fact] = facts_about(LEDGER)
    assert fact.data == {"what": "trail", "rows": 2, "purpose": "supervision"}
    trace = AccessEntry.objects.latest("pk")
    assert (trace.via, trace.what, trace.actor_id) == ("export", "trail:2", str(auditor.pk))


def test_too_much_at_once_is_refused_and_nothing_is_recorded(browser, monkeypatch):
    monkeypatch.setattr("keyue.workbench.audit_sheet.MOST_ROWS", 3)
    refused = browser.post(
        reverse("workbench:audit_export"), {"what": "facts", "query": "", "purpose": "incident"}
    )
    assert refused.status_code == 422 and "超过 3 条" in refused.content.decode()
    assert not facts_about(LEDGER).exists()


@pytest.mark.parametrize("name", ["audit", "audit_facts"])
def test_it_asks_few_questions_however_many_rows(world, browser, customer, query_count, name):
    for n in range(60):
        ledger.record_access(
            by=World.actor(world.agent), subject=customer.subject, what=f"row{n}", purpose="contact", via="web",
            at=clock.now(),
        )  # fmt: skip
    with query_count(f"audit page, {name}"):
        shown(browser, name)


def test_the_auditor_finds_it_in_the_navigation_and_others_do_not(world, browser):
    assert f'href="{reverse("workbench:audit")}"' in shown(browser)
    other = Client()
    other.force_login(world.supervisor)
    assert f'href="{reverse("workbench:audit")}"' not in other.get("/").content.decode()
    assert other.get(reverse("workbench:audit")).status_code == 403
