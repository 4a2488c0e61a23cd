"""Where things are found: the navigation, the names on the workbench and in what is found, the icon of the site."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from keyue.cases.actions import handling
from keyue.cases.actions.files import Upload
from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.cases.selectors import facts
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.texts import PRODUCT
from keyue.ledger.facts import SYSTEM
from keyue.people.forms import StaffForm
from keyue.people.views._page import PARTS
from keyue.ui.marks import marked
from tests.journeys.test_complaint_loop import act, complaint
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db) -> World:
    return found()


def as_user(user: object) -> Client:
    client = Client()
    client.force_login(user)
    return client


def current(page: str) -> list[str]:
    """Names of the places that the side says one is at."""
    [side] = re.findall(r'<nav class="nav".*?</nav>', page, re.S)
    return re.findall(r'aria-current="page"[^>]*>.*?<span>([^<]+)</span>', side, re.S)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cases:list", "事项"),
        ("cases:imports", "导入"),
        ("workbench:home", "工作台"),
        ("customers:list", "客户"),
    ],
)
def test_one_is_at_one_place(world, name, place):
    assert current(as_user(world.supervisor).get(reverse(name)).content.decode()) == [place]


def test_counts_that_come_anew_leave_one_where_one_is(world):
    browser = as_user(world.supervisor)
    here = {"HX-Request": "true", "HX-Current-URL": "http://testserver" + reverse("cases:imports")}
    assert current(browser.get(reverse("workbench:nav"), headers=here).content.decode()) == ["导入"]


def test_the_import_is_beside_the_cases_for_who_may(world):
    address = reverse("cases:imports")
    for path in ("/", reverse("cases:list")):
        assert f'href="{address}"' in as_user(world.supervisor).get(path).content.decode()
        assert f'href="{address}"' not in as_user(world.agent).get(path).content.decode()
    page = as_user(world.supervisor).get(reverse("cases:list")).content.decode()
    assert (
        f'href="{address}"'
        in page.split('<div class="page-head">')[1].split("</div>\n")[0] + page.split("acts")[1]
    )


@pytest.fixture
def case(world: World) -> Case:
    opinion = Intake(type="complaint", content="出水浑浊，已停产两天。", name="周叙白", phone="13800006027")
    return register(opinion, by=SYSTEM, at=clock.now(), source="test").case


def test_a_customer_is_called_as_the_reader_may_see(world, case):
    browser = as_user(world.agent)
    home = browser.get("/").content.decode()
    assert case.number in home and "周*" in home and "周叙白" not in home
    assert "周*" in browser.get(reverse("workbench:search"), {"q": "13800006027"}).content.decode()


def test_a_customer_whose_data_is_erased_is_not_nameless(world, case):
    customer = case.customer
    assert customer is not None
    customers.erase(customer=customer, reason="requested", by=World.actor(world.supervisor), at=clock.now())
    home = as_user(world.agent).get("/").content.decode()
    assert case.number in home
    named = re.findall(r'<span class="clip" title="[^"]*">([^<]+)</span>', home)
    assert named and set(named) == {"已删除"}


def test_browsers_find_the_icon_where_they_look_for_it_by_themselves():
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302 and answer["Location"].endswith("ui/favicon.ico")
    assert (
        "ui/favicon.ico" in Client().get("/login/").content.decode()
        or Client().get("/login/").status_code == 302
    )


def test_places_and_lists_are_many_in_english(world):
    world.supervisor.language = "en"
    world.supervisor.save(update_fields=["language"])
    browser = as_user(world.supervisor)
    home = browser.get("/").content.decode()
    [side] = re.findall(r'<nav class="nav".*?</nav>', home, re.S)
    named = re.findall(r"<span>([^<]+)</span>", side)
    assert {"Cases", "Customers", "Regulations"} <= set(named)
    for name, title in (
        ("cases:list", "Cases"),
        ("customers:list", "Customers"),
        ("regulations:list", "Regulations"),
    ):
        page = browser.get(reverse(name)).content.decode()
        assert re.search(rf"<title>\s*{title}\b", page), name
    # one of them is one
    heads = re.findall(r"<th(?: [^>]*)?>([^<]*)", browser.get(reverse("regulations:list")).content.decode())
    assert heads[0] == "Regulation"
    with translation.override("en"):
        parts = [str(label) for _name, label, _needs in PARTS]
        assert {"Departments", "Posts", "Roles"} <= set(parts)
        assert str(StaffForm().fields["department"].label) == "Department"


def test_english_spells_e_mail_in_one_way():
    for path in PRODUCT.glob("**/locale/en/LC_MESSAGES/django.po"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'^(?:msgstr )?".*(?<!\()\b[Ee]mail\b(?![@.]).*"$', text, re.M), path
        for said in re.findall(r'^msgid "邮箱"\nmsgstr "(.*)"$', text, re.M):
            assert said == "E-mail address", path


def evidence(user: object, number: str) -> tuple[Any, int]:
    client = as_user(user)
    client.get(f"/regulations/feedback/{number}/evidence/")
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(f"/regulations/feedback/{number}/evidence/")
    return answer, len(asked)


def test_each_figure_names_what_shows_it_and_leads_there(world):
    def worked(title: str) -> Case:
        case = complaint(title=title)
        act(world.agent, case, "classify", type="complaint", category="product")
        act(world.supervisor, case, "assign", lead="tech", collaborators=[])
        plan = Upload("方案.pdf", b"%PDF-1.4\n%%EOF\n")
        by = world.actor(world.engineer)
        return handling.file_plan(case.pk, body="更换密封圈", uploads=[plan], by=by, at=clock.now())

    case = worked("第一件")
    [sorted_by] = [row for row in evidence(world.agent, "4.1.1")[0].context["page"].rows]
    [shown] = sorted_by.shown
    fact = next(fact for fact in facts(case) if fact.kind == "case.classified")
    assert (shown.label, shown.url) == ("分类单", f"/cases/{case.number}/#f{fact.rev}")
    answer, few = evidence(world.agent, "4.3.2")
    plan = case.messages.get(kind="plan")
    text = answer.content.decode()
    assert f'<a href="/cases/{case.number}/#m{plan.pk}">处理方案：方案.pdf</a>' in text
    assert f'id="m{plan.pk}"' in as_user(world.agent).get(f"/cases/{case.number}/").content.decode()
    worked("第二件")
    answer, more = evidence(world.agent, "4.3.2")
    assert more == few <= 25 and answer.content.decode().count("处理方案：方案.pdf") == 2
    # who may not see the case does not read what its files are called
    assert "方案.pdf" not in evidence(world.stranger, "4.3.2")[0].content.decode()


def test_what_is_found_says_where_the_word_stands_and_whose_it_is(world, case):
    by, client = world.actor(world.engineer_head), as_user(world.supervisor)
    act(world.agent, case, "classify", type="complaint", category="product")
    act(world.supervisor, case, "assign", lead="tech", collaborators=[])
    handling.note(case.pk, text="班组说：<b>滤袋</b>破了，\n下午换新的。", by=by, at=clock.now())

    def found_line(word: str) -> str:
        return client.get(reverse("workbench:search"), {"q": word}).content.decode()

    assert "出水<mark>浑浊</mark>，已停产两天。" in found_line("浑浊")
    noted = found_line("滤袋")
    assert (
        "班组说：&lt;b&gt;<mark>滤袋</mark>&lt;/b&gt;破了， 下午换新的。" in noted and "<b>滤袋" not in noted
    )
    assert f"周* · {case.number} · " in noted and "周叙白" not in noted
    assert "<mark>" not in found_line(case.number).split("<small")[1].split("</small>")[0]
    with CaptureQueriesContext(connection) as asked:
        found_line("滤袋")
    assert len(asked) <= 25


def test_a_mark_is_put_around_words_and_never_into_what_escapes_them():
    assert marked("a & amp", "amp") == "a &amp; <mark>amp</mark>"
    assert marked("<i>X</i>x", "x") == "&lt;i&gt;<mark>X</mark>&lt;/i&gt;<mark>x</mark>"
    assert marked("a.b", "") == "a.b" and marked("a.b axb", ".b") == "a<mark>.b</mark> axb"


def test_a_chapter_that_is_a_clause_itself_has_its_heading_once(world):
    page = as_user(world.agent).get("/regulations/feedback/").content.decode().split('<div class="doc">')[1]
    headings = re.findall(r'<h2 id="chapter-[^"]*">([^<]+)</h2>', page)
    assert len(headings) > 5 and all(page.count(f">{heading}<") == 1 for heading in headings)
