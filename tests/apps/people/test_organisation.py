"""Departments and posts: one namespace of codes, a tree that moves whole, and who stands behind a code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions, naming, selectors
from keyue.people.checks import codes_have_one_owner
from keyue.people.models import Department, OwnerCode, Post, User
from tests.apps.people.conftest import SYSTEM, Cast

pytestmark = pytest.mark.django_db


def paths() -> dict[str, str]:
    return dict(Department.objects.values_list("code", "path"))


def test_a_code_is_taken_by_departments_and_posts_alike(at, cast: Cast):
    with pytest.raises(Invalid, match="已被另一个部门或岗位使用") as caught:
        actions.create_post(code="service", name="服务岗", by=SYSTEM, at=at)
    assert caught.value.code == "code_taken"
    with pytest.raises(Invalid):
        actions.create_department(code="service_desk", name="客服台", parent=cast.company, by=SYSTEM, at=at)
    with pytest.raises(Invalid) as caught:
        actions.create_post(code="Service Desk", name="客服台", by=SYSTEM, at=at)
    assert "code" in caught.value.fields
    # what was refused left nothing behind
    assert selectors.code_conflicts() == []
    actions.create_post(code="free", name="新岗", by=SYSTEM, at=at)


def test_the_database_refuses_a_second_owner_of_a_code(cast: Cast):
    with pytest.raises(IntegrityError):
        OwnerCode.objects.create(code="service", kind="post")


def test_a_row_made_past_the_actions_is_found(cast: Cast):
    Post.objects.create(code="service", name="冒名")
    Post.objects.create(code="unregistered", name="漏登")
    assert selectors.code_conflicts() == ["service", "unregistered"]
    found = codes_have_one_owner(databases=["default"])
    assert [error.id for error in found] == ["people.E001", "people.E001"]
    assert codes_have_one_owner(databases=None) == []


def test_a_removed_post_frees_its_code_and_keeps_its_facts(at, cast: Cast):
    with pytest.raises(Refused, match="还有人担任"):
        actions.remove_post(post=cast.post, by=SYSTEM, at=at)
    actions.set_holders(post=cast.post, holders=[], by=SYSTEM, at=at)
    actions.remove_post(post=cast.post, by=SYSTEM, at=at)
    actions.create_post(code="service_desk", name="新客服台", by=SYSTEM, at=at)
    kinds = [f.kind for f in facts_of(Subject("post", "service_desk"))]
    assert kinds == ["post.created", "post.holders_set", "post.removed", "post.created"]


def test_moving_takes_everything_below_along(at, cast: Cast):
    actions.move_department(department=cast.service, parent=cast.water, by=SYSTEM, at=at)
    assert paths() == {
        "company": "company/",
        "water": "company/water/",
        "service": "company/water/service/",
        "desk": "company/water/service/desk/",
    }
    assert selectors.find_department("service").parent == cast.water


def test_a_department_is_not_put_below_itself(at, cast: Cast):
    for parent in (cast.service, cast.desk):
        with pytest.raises(Invalid, match="下级"):
            actions.move_department(department=cast.service, parent=parent, by=SYSTEM, at=at)
    with pytest.raises(Refused):
        actions.move_department(department=cast.company, parent=cast.service, by=SYSTEM, at=at)


def test_names_are_unique_among_sisters_only(at, cast: Cast):
    with pytest.raises(Invalid, match="已有名为"):
        actions.create_department(code="x", name="水务工程部", parent=cast.company, by=SYSTEM, at=at)
    actions.create_department(code="x", name="水务工程部", parent=cast.service, by=SYSTEM, at=at)
    with pytest.raises(Invalid, match="上级部门"):
        actions.create_department(code="y", name="第二公司", by=SYSTEM, at=at)


def test_only_an_empty_department_closes(at, cast: Cast):
    with pytest.raises(Refused, match="下级部门"):
        actions.close_department(department=cast.service, by=SYSTEM, at=at)
    with pytest.raises(Refused, match="在职人员"):
        actions.close_department(department=cast.desk, by=SYSTEM, at=at)
    actions.change_staff(user=cast.wang, changes={"department": cast.service}, by=SYSTEM, at=at)
    actions.close_department(department=cast.desk, by=SYSTEM, at=at)
    with pytest.raises(NotFound):
        selectors.find_department("desk")
    with pytest.raises(Invalid, match="已被"):
        actions.create_department(code="desk", name="新组", parent=cast.service, by=SYSTEM, at=at)


def test_posts_do_not_report_in_a_circle(at, cast: Cast):
    head = actions.create_post(code="service_head", name="服务负责人", reports_to=cast.post, by=SYSTEM, at=at)
    with pytest.raises(Invalid, match="成环"):
        actions.change_post(post=cast.post, name="客服台", department=None, reports_to=head, by=SYSTEM, at=at)
    with pytest.raises(Invalid, match="成环"):
        actions.change_post(
            post=cast.post, name="客服台", department=None, reports_to=cast.post, by=SYSTEM, at=at
        )


def test_a_leaver_holds_and_leads_nothing(at, cast: Cast):
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    gone = User.objects.get(pk=cast.li.pk)
    with pytest.raises(Invalid):
        actions.set_holders(post=cast.post, holders=[gone], by=SYSTEM, at=at)
    with pytest.raises(Invalid):
        actions.set_head(department=cast.water, head=gone, by=SYSTEM, at=at)


# --- who stands behind a code ---


def names(people: list[User]) -> list[str]:
    return [p.name for p in people]


def test_behind_a_post_stand_its_holders(at, cast: Cast):
    assert names(selectors.people_behind("service_desk", at)) == ["王敏"]
    assert selectors.people_behind("no_such_code", at) == []


def test_behind_a_department_stand_its_people_the_head_first(at, cast: Cast):
    assert names(selectors.people_behind("water", at)) == ["陈砚", "李强"]
    # a head who belongs elsewhere still stands behind it
    actions.set_head(department=cast.desk, head=cast.lin, by=SYSTEM, at=at)
    assert names(selectors.people_behind("desk", at)) == ["林知夏", "王敏"]


def test_who_acts_for_the_absent_stands_there_too(at, cast: Cast):
    day = timedelta(days=1)
    actions.delegate(
        giver=cast.wang, taker=cast.li, since=at + day, until=at + 2 * day, reason="年假", by=SYSTEM, at=at
    )
    assert names(selectors.people_behind("service_desk", at)) == ["王敏"]
    assert names(selectors.people_behind("service_desk", at + day)) == ["王敏", "李强"]
    assert names(selectors.people_behind("service_desk", at + 2 * day)) == ["王敏"]


def test_many_codes_cost_four_queries(at, cast: Cast, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        found = selectors.people_behind_many(["service_desk", "water", "service", "nothing"], at)
    assert {code: names(people) for code, people in found.items()} == {
        "service_desk": ["王敏"],
        "water": ["陈砚", "李强"],
        "service": ["林知夏"],
        "nothing": [],
    }


def test_the_next_level_of_an_escalation(at, cast: Cast):
    assert selectors.head_of("service_desk") == cast.lin
    assert selectors.head_of("desk") == cast.lin
    assert selectors.head_of("water") == cast.chen
    assert selectors.head_of("company") is None
    assert selectors.head_of("nothing") is None
    actions.set_head(department=cast.company, head=cast.chen, by=SYSTEM, at=at)
    assert names(selectors.ladder_of("service_desk")) == ["林知夏", "陈砚"]


def test_empty_posts_are_named(at, cast: Cast):
    actions.create_post(code="service_head", name="服务负责人", by=SYSTEM, at=at)
    codes = ["service_desk", "service_head", "water", "unknown"]
    assert selectors.empty_posts(codes, at) == ["service_head", "unknown"]


def test_the_posts_page_puts_what_regulations_miss_first(at, cast: Cast, monkeypatch):
    monkeypatch.setattr(naming, "_sources", [])
    naming.register(
        lambda at: {"service_supervisor": ["S3 4.2.1"], "service_desk": ["S3 4.1.1"], "water": ["S3"]}
    )
    actions.create_post(code="spare", name="备用", by=SYSTEM, at=at)
    rows = selectors.post_rows(at)
    assert [(r.code, r.is_empty, list(r.named_in)) for r in rows] == [
        ("service_supervisor", True, ["S3 4.2.1"]),
        ("spare", True, []),
        ("service_desk", False, ["S3 4.1.1"]),
    ]
    assert rows[0].post is None


def test_owner_codes_have_names(cast: Cast):
    assert selectors.owner_names(["service_desk", "water", "x"]) == {
        "service_desk": "客服台",
        "water": "水务工程部",
        "x": "x",
    }


def test_the_tree_is_one_query(cast: Cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        rows = [
            (r.department.code, r.depth, r.members, r.department.head) for r in selectors.department_rows()
        ]
    assert rows == [
        ("company", 0, 0, None),
        ("service", 1, 1, cast.lin),
        ("desk", 2, 1, None),
        ("water", 1, 2, cast.chen),
    ]


def test_a_person_is_an_owner_too(at, cast: Cast, django_assert_max_num_queries):
    """What is owed by a customer's account manager is owed by `user:<id>`."""
    code = f"user:{cast.wang.pk}"
    assert selectors.owner_names([code, "water"]) == {code: "王敏", "water": "水务工程部"}
    day = timedelta(days=1)
    actions.delegate(
        giver=cast.wang, taker=cast.li, since=at + day, until=at + 2 * day, reason="年假", by=SYSTEM, at=at
    )
    with django_assert_max_num_queries(4):
        found = selectors.people_behind_many([code, "user:999999", "user:", "water"], at)
    assert {c: names(people) for c, people in found.items()} == {
        code: ["王敏"],
        "user:999999": [],
        "user:": [],
        "water": ["陈砚", "李强"],
    }
    assert names(selectors.people_behind(code, at + day)) == ["王敏", "李强"]
    # the next level is the head of the person's department; nobody is told of their own lateness twice
    assert selectors.head_of(code) == cast.lin
    assert selectors.head_of(f"user:{cast.lin.pk}") is None
    assert names(selectors.ladder_of(f"user:{cast.li.pk}")) == ["陈砚"]
