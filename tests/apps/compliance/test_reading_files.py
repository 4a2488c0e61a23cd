"""A company's own file: uploaded, read, decided about clause by clause, and made a draft."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keyue.compliance import jobs, reading_child
from keyue.compliance.actions import reading_files as actions
from keyue.compliance.enums import ReadFileState
from keyue.compliance.models import ReadFile
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.people.models import User
from keyue.regulations.document import read_document
from keyue.regulations.models import Edition
from tests.journeys.world import World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
TEXT = """某某公司投诉处理办法
第一条 为了处理投诉，制定本办法。
第二条 客服主管收到投诉后 2 小时内完成分类。
第三条 责任部门接到任务后 24 小时内提出处理方案。
第四条 投诉办结后及时回访客户。
第五条 每半年组织一次满意度调查。
第六条 本办法自发布之日起施行，由客户服务部负责解释。
"""


@pytest.fixture
def world() -> World:
    return found()


@pytest.fixture
def quality(world: World) -> User:
    return quality_manager(world.founded_at)


@pytest.fixture
def browser(quality: User) -> Client:
    return browser_of(quality)


def read(user: User, text: str = TEXT, name: str = "办法.txt") -> ReadFile:
    file = actions.take_file(name=name, content=text.encode(), user=user, at=clock.now())
    assert actions.read_next(now=clock.now()) == 1
    file.refresh_from_db()
    return file


def test_a_file_becomes_a_draft_that_runs(world: World, quality: User, browser: Client):
    sent = SimpleUploadedFile("办法.txt", TEXT.encode())
    answer = browser.post(reverse("regulations:upload"), {"file": sent})
    file = ReadFile.objects.get()
    page = reverse("regulations:read_file", args=[file.pk])
    assert answer.headers["Location"] == page
    assert "正在读取" in browser.get(page).content.decode()
    actions.read_next(now=clock.now())
    shown = browser.get(page).content.decode()
    assert "某某公司投诉处理办法" in shown
    assert "2 小时内" in shown
    assert "满意度调查" in shown
    file.refresh_from_db()
    keys = {one["raw"].removesuffix("组织一次"): one["key"] for one in file.reading["suggested_controls"]}

    def decide(key: str, **said: str) -> str:
        url = reverse("regulations:decide", args=[file.pk, key])
        given = browser.post(url, said, headers={"HX-Request": "true"})
        return f"{given.status_code} {given.content.decode()}"

    assert "采用 1，不采用 0，共 4 项" in decide(
        keys["2 小时内"],
        choice="take",
        name="投诉分类",
        who="service_supervisor",
        limit="90 分钟",
        limit_was="2 小时",
    )
    assert "422" in decide(
        keys["24 小时内"], choice="take", who="case.lead", limit="很快", limit_was="24 小时"
    )
    decide(keys["24 小时内"], choice="take", who="case.lead", limit="24 小时", limit_was="24 小时")
    decide(keys["及时"], choice="take", who="service_desk", limit="3 天", limit_was="")
    assert "理由：" in decide(keys["每半年"], choice="decline", why="由市场部另行规定")
    given = browser.post(
        page,
        {"act": "draft", "title": "投诉处理办法", "id": "tousu", "code": "KY-1", "keeper": "service_head"},
    )
    edition = Edition.objects.get(regulation="tousu")
    assert given.headers["Location"] == reverse("regulations:draft", args=["tousu", edition.n])
    document = read_document(edition.source)
    assert document.faults == []
    controls = {control.id: control for control in document.controls(edition.answers)}
    assert set(controls) == {"classified", "plan_filed", "follow_up_call"}
    assert str(controls["classified"].limit.rule.amount) == "1:30:00"
    assert controls["plan_filed"].owner == ("case.lead", "service_supervisor")
    assert edition.answers == {"follow_up_call.within": "P3D"}
    assert not controls["follow_up_call"].is_unanswered
    fifth = document.clause("第五条")
    assert fifth is not None
    assert [one["why"] for one in fifth.declined] == ["由市场部另行规定"]
    file.refresh_from_db()
    assert (file.state, file.edition) == (ReadFileState.DRAFTED, edition)
    with pytest.raises(Refused):
        actions.decide_proposal(file=file, key="d0", decision={"choice": "take"}, user=file.uploaded_by)


def test_what_nobody_decided_is_marked_and_not_dropped(quality: User, browser: Client):
    file = read(quality)
    page = reverse("regulations:read_file", args=[file.pk])
    about = {"act": "draft", "title": "办法", "id": "banfa", "code": "", "keeper": "service_head"}
    browser.post(page, about)
    document = read_document(Edition.objects.get(regulation="banfa").source)
    assert document.blocks == []
    assert [one["why"] for clause in document.clauses for one in clause.declined] == ["读入时尚未确定"] * 4


def test_all_can_be_taken_as_proposed_and_nothing_vague_runs(quality: User, browser: Client):
    file = read(quality)
    page = reverse("regulations:read_file", args=[file.pk])
    browser.post(page, {"act": "take_all"})
    about = {"act": "draft", "title": "办法", "id": "banfa", "code": "", "keeper": "service_head"}
    browser.post(page, about)
    document = read_document(Edition.objects.get(regulation="banfa").source)
    assert document.faults == []
    assert {control.id: control.runs for control in document.controls()} == {
        "classified": True,
        "plan_filed": True,
        "follow_up_call": False,
        "surveys": False,
    }


@pytest.mark.parametrize("identity", ["adopt", "upload", "Ab", "有"])
def test_an_id_that_is_no_address_is_refused(quality: User, browser: Client, identity: str):
    file = read(quality)
    page = reverse("regulations:read_file", args=[file.pk])
    about = {"act": "draft", "title": "办法", "id": identity, "code": "", "keeper": "service_head"}
    assert browser.post(page, about).status_code == 422
    assert not Edition.objects.filter(regulation=identity).exists()


def test_what_cannot_be_read_gets_a_sentence_and_stays(quality: User, browser: Client):
    broken = actions.take_file(name="扫描件.pdf", content=b"%PDF-1.7\nnothing", user=quality, at=clock.now())
    actions.read_next(now=clock.now())
    broken.refresh_from_db()
    assert broken.state == ReadFileState.FAILED
    assert "PDF" in broken.problem
    assert "/tmp" not in broken.problem
    shown = browser.get(reverse("regulations:read_file", args=[broken.pk])).content.decode()
    assert "读不出这个文件" in shown
    for name, content in (("a.exe", b"MZ"), ("a.txt", b"")):
        with pytest.raises(Invalid):
            actions.take_file(name=name, content=content, user=quality, at=clock.now())


def test_an_uncertain_repair_is_asked_about_and_put_right(quality: User, browser: Client):
    file = read(quality, "保密制度\n第一条 员工应遵守必威体育官网网址规定。\n第二条 两小时内登记投诉。\n")
    page = reverse("regulations:read_file", args=[file.pk])
    assert "其中 1 处要您看一眼" in browser.get(page).content.decode()
    [repair] = file.reading["repairs"]
    near = repair["near"]
    browser.post(page, {"act": "correct", "near": near, "right": near.replace("保密", "安全")})
    assert "已确认" in browser.get(page).content.decode()
    with pytest.raises(NotFound):
        actions.correct_repair(file=file, near="别的", right="x", user=file.uploaded_by)
    file.refresh_from_db()
    browser.post(
        page, {"act": "draft", "title": "保密制度", "id": "baomi", "code": "", "keeper": "service_head"}
    )
    assert "遵守安全规定" in Edition.objects.get(regulation="baomi").source


def test_a_file_given_up_leaves_no_content(quality: User, browser: Client):
    file = read(quality)
    browser.post(reverse("regulations:read_file", args=[file.pk]), {"act": "discard"})
    file.refresh_from_db()
    assert (file.state, bytes(file.content), file.reading) == (ReadFileState.DISCARDED, b"", {})


def test_the_worker_does_not_wait_for_a_reading(quality: User, monkeypatch: pytest.MonkeyPatch):
    file = actions.take_file(name="办法.txt", content=TEXT.encode(), user=quality, at=clock.now())
    assert jobs.read_files(clock.now()) == 0
    file.refresh_from_db()
    assert file.state == ReadFileState.WAITING
    [child] = jobs._reading.values()
    child.process.wait(60)
    assert jobs.read_files(clock.now()) == 1
    file.refresh_from_db()
    assert file.state == ReadFileState.READ
    # one that does not end is ended, and the next one has its turn
    slow = actions.take_file(name="慢.txt", content=TEXT.encode(), user=quality, at=clock.now())
    monkeypatch.setattr(reading_child, "READER", "import time; time.sleep(600)")
    jobs.read_files(clock.now())
    [child] = jobs._reading.values()
    assert jobs.read_files(clock.now()) == 0
    child.give_up_at = 0.0
    assert jobs.read_files(clock.now()) == 1
    slow.refresh_from_db()
    assert (slow.state, child.process.poll() is not None) == (ReadFileState.FAILED, True)
    assert "太久" in slow.problem
