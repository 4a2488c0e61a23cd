"""Who decides what becomes of an uploaded file writes the draft that comes of it, and so does not approve it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from keyue.compliance.actions import reading_files as actions
from keyue.compliance.models import ReadFile
from keyue.kernel import clock
from keyue.kernel.errors import Denied
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.regulations import actions as regulations
from keyue.regulations import ladder
from keyue.regulations.models import Edition
from tests.journeys.world import World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
TEXT = """投诉处理办法
第一条 客服主管收到投诉后 2 小时内完成分类。
第二条 责任部门接到任务后 24 小时内提交书面处理方案。
第三条 投诉办结后及时回访客户，员工应遵守必威体育官网网址规定。
"""
ABOUT = {"act": "draft", "title": "办法", "id": "banfa", "code": "", "keeper": "service_head"}


@pytest.fixture
def world() -> World:
    return found()


@pytest.fixture
def quality(world: World) -> User:
    return quality_manager(world.founded_at)


@pytest.fixture
def jurist(world: World, quality: User) -> User:
    """Who works on regulations too, and stands behind the only step of approval."""
    at = world.founded_at
    user = people.create_staff(username="fa", name="法务", must_change_password=False, by=SYSTEM, at=at)
    people.grant_role(user=user, role="quality_manager", by=SYSTEM, at=at)
    people.create_post(code="legal_head", name="法务负责人", holders=[user], by=SYSTEM, at=at)
    regulations.set_approval_steps(steps=[("法务审核", "legal_head")], by=SYSTEM, at=at)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def file(quality: User) -> ReadFile:
    file = actions.take_file(name="办法.txt", content=TEXT.encode(), user=quality, at=clock.now())
    actions.read_next(now=clock.now())
    return ReadFile.objects.get(pk=file.pk)


def decide(user: User, file: ReadFile, clause: str, **said: str) -> None:
    [key] = [one["key"] for one in file.reading["suggested_controls"] if one["clause"] == clause]
    answer = browser_of(user).post(reverse("regulations:decide", args=[file.pk, key]), said)
    assert answer.status_code == 303, answer.content.decode()


def correct(user: User, file: ReadFile, right: str) -> None:
    [repair] = [one for one in file.reading["repairs"] if not one["certain"]]
    said = {"act": "correct", "near": repair["near"], "right": repair["near"].replace("保密", right)}
    assert browser_of(user).post(reverse("regulations:read_file", args=[file.pk]), said).status_code == 303


def submitted(user: User, file: ReadFile) -> Edition:
    """The draft of a file, made and submitted by somebody."""
    assert browser_of(user).post(reverse("regulations:read_file", args=[file.pk]), ABOUT).status_code == 303
    edition = Edition.objects.get(regulation="banfa")
    return regulations.submit_draft(edition=edition, by=World.actor(user), at=clock.now())


def may_approve(user: User, edition: Edition) -> bool:
    try:
        regulations.decide_review(edition=edition, approved=True, by=World.actor(user), at=clock.now())
    except Denied as error:
        assert "参与起草的人不能审批" in str(error)
        return False
    return True


def test_who_takes_a_proposal_has_written_the_draft(quality: User, jurist: User, file: ReadFile) -> None:
    decide(jurist, file, "第一条", choice="take", who="service_desk", limit="90 分钟", limit_was="2 小时")
    edition = submitted(quality, file)
    assert ladder.writers_of(edition) == {quality.pk, jurist.pk}
    assert not may_approve(jurist, edition)


def test_what_one_has_typed_stays_theirs_when_another_takes_it_again(
    quality: User, jurist: User, file: ReadFile
) -> None:
    decide(jurist, file, "第一条", choice="take", who="service_desk", limit="90 分钟", limit_was="2 小时")
    again = {"limit": "1 小时 30 分", "limit_was": "1 小时 30 分"}
    decide(quality, file, "第一条", choice="take", who="service_supervisor", **again)
    assert not may_approve(jurist, submitted(quality, file))


def test_who_takes_all_the_rest_has_written_the_draft(quality: User, jurist: User, file: ReadFile) -> None:
    page = reverse("regulations:read_file", args=[file.pk])
    assert browser_of(jurist).post(page, {"act": "take_all"}).status_code == 303
    assert not may_approve(jurist, submitted(quality, file))


def test_who_declines_leaves_or_looks_has_written_nothing(
    quality: User, jurist: User, file: ReadFile
) -> None:
    decide(quality, file, "第一条", choice="take", who="service_desk")
    decide(jurist, file, "第二条", choice="decline", why="另行规定")
    decide(jurist, file, "第三条", choice="take", who="service_desk")
    decide(jurist, file, "第三条", choice="later")
    correct(jurist, file, "保密")
    edition = submitted(quality, file)
    assert ladder.writers_of(edition) == {quality.pk}
    assert may_approve(jurist, edition)


def test_who_puts_a_word_right_has_written_the_draft(quality: User, jurist: User, file: ReadFile) -> None:
    correct(jurist, file, "安全")
    edition = submitted(quality, file)
    assert "遵守安全规定" in edition.source
    assert not may_approve(jurist, edition)
