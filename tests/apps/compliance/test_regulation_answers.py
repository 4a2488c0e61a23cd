"""Answering what a regulation leaves to the company, and adopting a ready one, on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import Post, User
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.regulations import actions
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition
from tests.journeys.test_complaint_loop import complaint, to_assigned
from tests.journeys.world import ANSWERS, World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
LIST, PAGE, ADOPT = "/regulations/", "/regulations/feedback/answers/", "/regulations/adopt/"
CHOSEN = f"{ADOPT}?pack=construction"
OPEN = {key: value for key, value in ANSWERS.items() if key != "progress.every"}
TYPED = {"service_follow.every": "1 天", "acknowledge_urgent.within": "30 分钟", "meeting.within": "4 小时"}


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    """It is NOW, whatever day it is."""
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db) -> World:
    return found(at=NOW - timedelta(days=30), answers=OPEN)


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW)


@pytest.fixture
def client(keeper: User) -> Client:
    return browser_of(keeper)


def newest(name: str = "feedback") -> Edition:
    edition = regulations.newest_edition(name)
    assert edition is not None
    return edition


def sent(**more: object) -> dict[str, object]:
    return {"revision": newest().n, "progress.every": "", "effective_from": "", **TYPED, **more}


def publish(client: Client, **typed: object):
    """Preview, then publish what was previewed."""
    seen = client.post(PAGE, sent(**typed)).context["seen"]
    return client.post(PAGE, sent(act="publish", seen=seen, **typed))


def progress(case: Case) -> list[Promise]:
    return list(Promise.objects.filter(subject_id=case.pk, control="progress").order_by("cycle", "seq"))


def assigned(world: World) -> Case:
    case = complaint()
    to_assigned(world, case)
    return case


# --- the way there --------------------------------------------------------------------------------------------------


def test_the_list_leads_to_the_questions_who_may_adopt(client, world):
    left = len(regulations.open_questions("feedback"))
    assert f'<a href="{PAGE}">还有 {left} 个问题没有回答</a>' in client.get(LIST).content.decode()
    reader = Client()
    reader.force_login(world.agent)
    page = reader.get(LIST).content.decode()
    assert f"还有 {left} 个问题没有回答" in page and PAGE not in page and ADOPT not in page
    assert reader.get(PAGE).status_code == 403 == reader.get(ADOPT).status_code


def test_the_clause_leads_to_its_question(client, world):
    [clause] = [one.clause for one in regulations.open_questions("feedback") if one.control == "progress"]
    address = f"/regulations/feedback/{clause}/"
    assert f'href="{PAGE}#q-progress"' in client.get(address).content.decode()
    reader = Client()
    reader.force_login(world.agent)
    assert PAGE not in reader.get(address).content.decode()


def test_every_question_with_its_answer_as_one_types_it(client, query_count):
    with query_count("regulation answers"):
        page = client.get(PAGE)
    shown = [(row.asked.question.key, row.field.value(), row.said) for row in page.context["rows"]]
    assert [row for row in shown if row[0] in {*ANSWERS, "progress.every"}] == [
        ("acknowledge_urgent.within", "30 分钟", "30 分钟"),
        ("meeting.within", "4 小时", "4 小时"),
        ("service_follow.every", "1 天", "每 1 天"),
        ("progress.every", "", ""),
    ]
    assert client.get("/regulations/construction/answers/").status_code == 404


# --- publishing -----------------------------------------------------------------------------------------------------


def test_what_is_published_has_been_seen(client, keeper):
    page = client.post(PAGE, sent(act="publish", **{"progress.every": "2 天"}))
    assert page.status_code == 200 and newest().n == 1
    [change] = page.context["changes"]
    assert (change.kind, change.after, change.running) == ("on", "每 2 天", 0)
    assert "期限不变" in page.content.decode()
    # something else is typed after the preview: it is previewed again
    seen = page.context["seen"]
    again = client.post(PAGE, sent(act="publish", seen=seen, **{"progress.every": "3 天"}))
    assert again.status_code == 200 and newest().n == 1
    done = client.post(PAGE, sent(act="publish", seen=seen, **{"progress.every": "2 天"}), follow=True)
    assert "第 2 版已发布并施行" in done.content.decode()
    assert newest().answers == {**ANSWERS, "progress.every": "P2D"}
    assert newest().published_by == f"staff:{keeper.pk}" and newest().effective_from == NOW
    fact = Fact.objects.filter(kind="regulation.edition_published").order_by("-pk").first()
    assert (fact.actor_kind, fact.actor_id, fact.at) == ("staff", str(keeper.pk), NOW)
    assert "progress.every" not in {one.key for one in regulations.open_questions("feedback")}


def test_what_is_left_empty_can_be_answered_as_proposed(client):
    asked = {one.key: one.proposed for one in regulations.open_questions("feedback")}
    proposed = {key: value for key, value in asked.items() if value}
    assert proposed
    page = client.post(PAGE, sent(act="publish", take_proposed="on"))
    # what a proposal switches on is seen before it is published
    assert page.status_code == 200 and {change.kind for change in page.context["changes"]} == {"on"}
    client.post(PAGE, sent(act="publish", take_proposed="on", seen=page.context["seen"]))
    assert newest().answers.items() >= ANSWERS.items() - {"progress.every": "P2D"}.items()
    assert {key for key in newest().answers if key not in ANSWERS} == proposed.keys() - ANSWERS.keys()


def test_a_promise_keeps_the_edition_it_was_born_under(client, world):
    publish(client, **{"progress.every": "2 天"})
    with clock.telling(NOW + timedelta(minutes=5)):
        old = assigned(world)
    born = progress(old)[0]
    # days end with the day: 18 + 2
    assert born.due == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    with clock.telling(NOW + timedelta(minutes=6)):
        page = client.post(PAGE, sent(**{"progress.every": "5 天"}))
        [change] = page.context["changes"]
        assert (change.kind, change.before, change.after, change.running) == (
            "changed",
            "每 2 天",
            "每 5 天",
            1,
        )
        publish(client, **{"progress.every": "5 天"})
    with clock.telling(NOW + timedelta(minutes=7)):
        new = assigned(world)
    assert progress(old)[0].due == born.due
    assert progress(new)[0].due == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    assert [str(d) for d in verify_promises(NOW + timedelta(minutes=7))] == []


def test_an_empty_field_switches_off(client, world):
    publish(client, **{"progress.every": "2 天"})
    with clock.telling(NOW + timedelta(minutes=5)):
        page = client.post(PAGE, sent(**{"meeting.within": "", "progress.every": "2 天"}))
        assert [(c.control, c.kind) for c in page.context["changes"]] == [("meeting", "off")]
        publish(client, **{"meeting.within": "", "progress.every": "2 天"})
    assert "meeting.within" not in newest().answers


def test_from_a_later_instant(client):
    publish(client, **{"progress.every": "2 天", "effective_from": "2026-12-01T00:00"})
    assert newest().effective_from == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    page = client.get(LIST).content.decode()
    assert re.search(r"第 2 版 <time[^>]*>12月1日 00:00</time> 起施行", page)
    # what comes after it cannot be in force before it
    page = client.post(PAGE, sent(**{"progress.every": "3 天"}))
    assert page.status_code == 422 and "新的一版要在它之后" in str(
        page.context["form"]["effective_from"].errors
    )
    page = client.post(PAGE, sent(**{"progress.every": "3 天", "effective_from": "2026-11-01T00:00"}))
    assert page.status_code == 422 and "要晚于现在" in str(page.context["form"]["effective_from"].errors)


@pytest.mark.parametrize("year", ["0001", "1999", "9999"])
def test_a_year_that_nobody_means(client, year):
    page = client.post(PAGE, sent(effective_from=f"{year}-12-31T23:59"))
    assert page.status_code == 422 and "2100" in str(page.context["form"]["effective_from"].errors)


def test_what_is_no_time_is_said_beside_its_field(client):
    page = client.post(PAGE, sent(act="publish", **{"progress.every": "很快", "effective_from": "明天"}))
    assert page.status_code == 422 and newest().n == 1
    form = page.context["form"]
    assert "看不懂「很快」" in str(form["progress.every"].errors) and form["effective_from"].errors
    assert form["progress.every"].value() == "很快" and form["meeting.within"].value() == "4 小时"


def test_nothing_changed_is_no_edition(client):
    page = client.post(PAGE, sent())
    assert page.context["changes"] == [] and "没有改动" in page.content.decode()
    publish(client)
    assert newest().n == 1


def test_somebody_was_quicker_and_nothing_typed_is_lost(client, world):
    mine = sent(act="publish", seen="", **{"progress.every": "2 天"})
    actions.answer_questions(
        regulation="feedback",
        answers={"meeting.within": "PT8H"},
        effective_from=NOW,
        by=Actor("staff", str(world.supervisor.pk)),
        at=NOW,
    )
    with clock.telling(NOW + timedelta(minutes=1)):
        page = client.post(PAGE, mine)
    assert page.status_code == 409 and newest().n == 2
    text = page.content.decode()
    assert "已有人发布了第 2 版" in text and "许南乔" in text
    assert [(c.control, c.after) for c in page.context["theirs"]["lines"]] == [("meeting", "8 小时")]
    assert page.context["form"]["progress.every"].value() == "2 天"
    # what was typed still says 4 hours: the preview tells, and the next press is meant
    assert {c.control for c in page.context["changes"]} == {"progress", "meeting"}
    with clock.telling(NOW + timedelta(minutes=2)):
        done = client.post(PAGE, {**mine, "revision": 2, "seen": page.context["seen"]})
    assert done.status_code == 303 and newest().n == 3


# --- adopting -------------------------------------------------------------------------------------------------------


def test_both_regulations_are_in_force_after_adopting(client, world, keeper, query_count):
    with query_count("regulation adoption"):
        page = client.get(ADOPT)
    listed = {row["document"].id: row for row in page.context["packs"]}
    assert "feedback" not in listed and {"construction", "customers", "service"} <= listed.keys()
    assert listed["construction"]["runs"] >= 2 and listed["construction"]["waits"] >= 1
    with query_count("regulation adoption form"):
        page = client.get(CHOSEN)
    card = page.context["card"]
    assert [post.name for post in card["form"].filled_posts] == ["分管领导"]
    # two regulations call one post differently
    assert "制度里称「客户服务部负责人」" in page.content.decode()
    typed = {"pack": "construction", "construction-manager_progress.every": "2 天"}
    done = client.post(ADOPT, typed, follow=True)
    assert "《建筑施工企业客户关系管理制度》第 1 版已发布并施行" in done.content.decode()
    assert newest("construction").answers == {"manager_progress.every": "P2D"}
    assert newest("construction").published_by == f"staff:{keeper.pk}"
    with clock.telling(NOW + timedelta(minutes=5)):
        case = complaint()
    owed = set(Promise.objects.filter(subject_id=case.pk).values_list("regulation", "control"))
    assert {("feedback", "first_response"), ("construction", "manager_response")} <= owed
    assert [str(d) for d in verify_promises(NOW + timedelta(minutes=5))] == []
    # nothing is adopted twice
    assert "construction" not in {row["document"].id for row in client.get(ADOPT).context["packs"]}
    assert client.get(CHOSEN).status_code == 404
    again = client.post(ADOPT, typed)
    assert again.status_code == 409 and Edition.objects.filter(regulation="construction").count() == 1
    assert client.post(ADOPT, {"pack": "../feedback"}).status_code == 404


def test_posts_that_are_missing_are_made_with_who_stands_behind_them(client, world):
    people.set_holders(post=Post.objects.get(code="service_head"), holders=[], by=SYSTEM, at=NOW)
    people.remove_post(post=Post.objects.get(code="service_head"), by=SYSTEM, at=NOW)
    form = client.get(CHOSEN).context["card"]["form"]
    assert "客户服务部负责人" in [bound.label for bound in form.empty_posts]
    page = client.post(ADOPT, {"pack": "construction", "construction-post-service_head": world.executive.pk})
    assert page.status_code == 303
    post = Post.objects.get(code="service_head")
    assert [user.name for user in post.holders.all()] == ["顾清和"]


def test_a_post_without_a_person_is_filled_and_a_filled_one_is_not_touched(client, world):
    people.set_holders(post=Post.objects.get(code="service_head"), holders=[], by=SYSTEM, at=NOW)
    typed = {"pack": "construction", "construction-post-service_head": world.executive.pk}
    assert client.post(ADOPT, {**typed, "construction-manager_meeting.within": "两天左右"}).status_code == 422
    assert not Post.objects.get(code="service_head").holders.exists()
    assert client.post(ADOPT, typed).status_code == 303
    assert Post.objects.get(code="service_head").holders.get() == world.executive


def test_adopted_for_later_is_shown_and_can_be_answered(client):
    client.post(ADOPT, {"pack": "construction", "construction-effective_from": "2026-12-01T00:00"})
    page = client.get(LIST).content.decode()
    assert "已采用，还没有施行" in page and "12月1日 00:00</time> 起施行" in page
    page = client.get("/regulations/construction/answers/")
    assert page.status_code == 200 and "还没有施行" in page.content.decode()
