"""Who reads an edition: the list of receipts of a large company, and readers of what was adopted and answered."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from python_calamine import CalamineWorkbook

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import Department, User
from keyue.regulations import actions, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition
from tests.journeys.desk import TEXT
from tests.journeys.world import World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
RECEIPTS = "/regulations/desk/editions/1/receipts/"
ADOPT = "/regulations/adopt/"
MANY = 120


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db: None) -> World:
    return found(at=NOW - timedelta(days=30), packs=("feedback",))


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW - timedelta(days=1))


@pytest.fixture
def client(keeper: User) -> Client:
    return browser_of(keeper)


def hire(department: str, n: int) -> list[User]:
    """So many people of a department, at once."""
    unit, password = Department.objects.get(code=department), make_password("Maple-Stone-7")
    rows = [
        User(
            username=f"{department}{i:03}", name=f"员工{i:03}", name_pinyin=f"yuangong{i:03}", department=unit,
            email=f"{department}{i}@example.com", password=password, joined_at=NOW,
        )
        for i in range(n)
    ]  # fmt: skip
    return User.objects.bulk_create(rows)


def publish(audience: dict[str, object]) -> Edition:
    edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=NOW)
    actions.approve_edition(edition=edition, by=SYSTEM, at=NOW)
    return actions.publish_edition(edition=edition, effective_from=NOW, audience=audience, by=SYSTEM, at=NOW)


def confirm(edition: Edition, users: list[User]) -> None:
    for user in users:
        actions.confirm_reading(edition=edition, by=Actor("staff", str(user.pk)), at=NOW)


# --- the list of receipts ---------------------------------------------------------------------------------------------


def test_a_large_company_is_paged_and_counted_as_a_whole(client, keeper, query_count):
    hired = hire("quality", MANY)
    edition = publish({"all": True})
    confirm(edition, hired[:30])
    everybody = User.objects.filter(is_active=True).count()
    client.get("/regulations/")
    # as many as where seven people were asked
    with query_count("regulation receipts"):
        page = client.get(RECEIPTS)
    assert len(page.context["page"]) == 50 and page.context["page"].paginator.count == everybody
    text = page.content.decode()
    assert f"30 / {everybody} 人" in text and f"1–50，共 {everybody}" in text
    # a department that goes on on the next page says how many all of it are
    last = page.context["departments"][-1]
    assert (last.name, last.asked, last.read) == ("品质部", MANY + 1, 30) and len(last.rows) < MANY
    assert f"30 / {MANY + 1} 人" in text
    shown: list[str] = []
    for n in range(1, page.context["page"].paginator.num_pages + 1):
        shown += [row.user.username for row in client.get(f"{RECEIPTS}?page={n}").context["page"]]
    assert len(shown) == len(set(shown)) == everybody
    # within their department those who have not confirmed come first
    path = Department.objects.get(code="quality").path
    has_read = [row.read_at is not None for row in readers.rows_of(edition, paths=[path])]
    assert has_read == [False] * (MANY + 1 - 30) + [True] * 30


def test_the_list_is_narrowed_and_the_counts_stay_over_all(client, keeper):
    hired = hire("quality", MANY)
    edition = publish({"all": True})
    confirm(edition, hired[:30])
    everybody = User.objects.filter(is_active=True).count()
    read = client.get(f"{RECEIPTS}?show=read")
    assert {row.user_id for row in read.context["page"]} == {one.pk for one in hired[:30]}
    assert f"30 / {everybody} 人" in read.content.decode()
    assert f"30 / {MANY + 1} 人" in read.content.decode(), "of the department too"
    unread = client.get(f"{RECEIPTS}?show=unread&department=quality&page=2")
    assert unread.context["page"].paginator.count == MANY + 1 - 30
    assert "department=quality" in unread.content.decode() and "上一页" in unread.content.decode()
    # those below a department belong to it
    assert client.get(f"{RECEIPTS}?department=company").context["page"].paginator.count == everybody - 2
    nobody = client.get(f"{RECEIPTS}?show=read&department=service")
    assert "没有符合条件的人" in nobody.content.decode() and nobody.context["receipts"].asked == everybody
    # what can be chosen by nobody narrows nothing
    assert client.get(f"{RECEIPTS}?show=nonsense").context["page"].paginator.count == everybody
    # a fragment is the rows alone
    part = client.get(f"{RECEIPTS}?show=read", headers={"HX-Request": "true"}).content.decode()
    assert "员工000" in part and "<html" not in part and "kpis" not in part


def test_a_head_chooses_among_their_own_departments(world):
    publish({"all": True})
    page = browser_of(world.engineer_head).get(RECEIPTS)
    assert [unit.name for unit in page.context["departments"]] == ["工程服务部"]
    text = page.content.decode()
    assert '<option value="tech">' in text and '<option value="quality">' not in text
    other = browser_of(world.engineer_head).get(f"{RECEIPTS}?department=quality")
    assert [unit.name for unit in other.context["departments"]] == ["工程服务部"]


def test_the_workbook_has_everybody(client, keeper):
    hire("quality", MANY)
    publish({"all": True})
    answer = client.post(f"{RECEIPTS}sheet/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_name("阅读确认").to_python()
    assert len(rows) == 1 + User.objects.filter(is_active=True).count()
    said = dict(book.get_sheet_by_name("导出说明").to_python())
    assert said["条数"] == str(len(rows) - 1) and keeper.name in said["导出人"]


# --- what was adopted, and answered afterwards ------------------------------------------------------------------------


def adopt(client: Client, **typed: object):
    return client.post(ADOPT, {"pack": "construction", **{f"construction-{k}": v for k, v in typed.items()}})


def newest(regulation: str = "construction") -> Edition:
    found = regulations.newest_edition(regulation)
    assert found is not None
    return found


def test_who_adopts_chooses_who_reads(client, world):
    form = client.get(f"{ADOPT}?pack=construction")
    assert "由谁阅读并确认" in form.content.decode()
    done = adopt(client, whom="departments", departments=["tech"])
    assert done.status_code == 303 and newest().audience == {"departments": ["tech"]}
    assert set(newest().readers.values_list("user__username", flat=True)) == {"chen", "he"}
    assert "已请 2 人阅读确认" in client.get("/regulations/").content.decode()
    home = browser_of(world.engineer).get("/").content.decode()
    assert "阅读并确认《建筑施工企业客户关系管理制度》第 1 版" in home
    page = browser_of(world.engineer).get("/regulations/construction/editions/1/read/")
    assert page.status_code == 200 and "我已阅读并理解" in page.content.decode()
    assert "阅读并确认" not in browser_of(world.agent).get("/").content.decode()


def test_everybody_or_nobody_reads_what_is_adopted(client, world):
    assert adopt(client, whom="all").status_code == 303
    assert newest().readers.count() == User.objects.filter(is_active=True).count()
    # who joins later is asked too
    hired = hire("quality", 1)
    assert actions.ask_newcomers(now=NOW) == 1
    assert newest().readers.filter(user=hired[0]).exists()
    done = client.post(ADOPT, {"pack": "customers", "customers-whom": "nobody"})
    assert done.status_code == 303 and not newest("customers").readers.exists()
    # at the first run, and for a program that says nothing, nobody is asked
    done = client.post(ADOPT, {"pack": "service"})
    assert done.status_code == 303 and newest("service").audience == {}


def test_what_is_wrong_with_the_readers_adopts_nothing(client):
    page = adopt(client, whom="departments")
    assert page.status_code == 422 and "请选择至少一个部门" in page.content.decode()
    assert adopt(client, whom="departments", departments=["nowhere"]).status_code == 422
    document = regulations.pack_to_adopt("construction")
    given = {"document": document, "effective_from": NOW, "answers": {}, "by": SYSTEM, "at": NOW}
    with pytest.raises(Invalid, match="没有这个部门"):
        actions.adopt_ready(audience={"departments": ["nowhere"]}, **given)
    assert not Edition.objects.filter(regulation="construction").exists()


def test_answers_ask_those_who_were_asked_before(client, world):
    adopt(client, whom="departments", departments=["tech"])
    confirm(newest(), [world.engineer])
    later = NOW + timedelta(hours=1)
    with clock.telling(later):
        answered = answer("construction", {"manager_progress.every": "P2D"}, later)
        assert answered.n == 2 and answered.audience == {"departments": ["tech"]}
        assert [row.edition.n for row in readers.waiting_for(world.engineer)] == [2], "other numbers now"
        # nobody is asked anew of what nobody was asked to read
        other = answer("feedback", {"progress.every": "P9D"}, later)
    assert other.audience == {} and not other.readers.exists()


def answer(regulation: str, answers: dict[str, object], at: datetime) -> Edition:
    return actions.answer_questions(
        regulation=regulation, answers=answers, effective_from=at, by=SYSTEM, at=at
    )
