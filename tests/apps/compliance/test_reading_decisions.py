"""What somebody decided about a proposal of an uploaded file, changed a second time or wrongly typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from keyue.compliance.actions import reading_files as actions
from keyue.compliance.models import ReadFile
from keyue.compliance.proposing import new_code
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people.models import Post, User
from keyue.people.rules import is_code
from keyue.regulations import actions as regulations
from keyue.regulations.document import read_document
from keyue.regulations.models import Edition
from tests.journeys.world import found, quality_manager

pytestmark = pytest.mark.django_db
TEXT = """投诉处理办法
第一条 为了处理投诉，制定本办法。
第二条 客服主管收到投诉后 2 小时内完成分类。
第三条 投诉办结后及时回访客户。
第四条 每半年组织一次满意度调查。
"""
Decide = Callable[..., str]


@pytest.fixture
def quality() -> User:
    return quality_manager(found().founded_at)


@pytest.fixture
def browser(quality: User) -> Client:
    client = Client()
    client.force_login(quality)
    return client


@pytest.fixture
def file(quality: User) -> ReadFile:
    file = actions.take_file(name="办法.txt", content=TEXT.encode(), user=quality, at=clock.now())
    actions.read_next(now=clock.now())
    file.refresh_from_db()
    return file


@pytest.fixture
def decide(file: ReadFile, browser: Client) -> Decide:
    """`decide("第二条", choice="take")`: the answer to the only proposal of a clause."""
    keys = {one["clause"]: one["key"] for one in file.reading["suggested_controls"]}

    def post(clause: str, **said: str) -> str:
        url = reverse("regulations:decide", args=[file.pk, keys[clause]])
        return browser.post(url, said, headers={"HX-Request": "true"}).content.decode()

    return post


def draft(file: ReadFile, browser: Client) -> Edition:
    about = {"act": "draft", "title": "办法", "id": "banfa", "code": "", "keeper": "service_head"}
    browser.post(reverse("regulations:read_file", args=[file.pk]), about)
    return Edition.objects.get(regulation="banfa")


def test_a_changed_time_outlives_another_change(file: ReadFile, browser: Client, decide: Decide):
    first = decide("第二条", choice="take", who="service_desk", limit="90 分钟", limit_was="2 小时")
    assert 'value="1 小时 30 分"' in first
    # the form now says 1 小时 30 分; only who it is given to changes
    again = {"limit": "1 小时 30 分", "limit_was": "1 小时 30 分"}
    decide("第二条", choice="take", who="service_supervisor", **again)
    decide("第三条", choice="take", who="service_desk", limit="3 天", limit_was="")
    decide("第三条", choice="take", who="service_supervisor", limit="3 天", limit_was="3 天")
    edition = draft(file, browser)
    controls = {one.id: one for one in read_document(edition.source).controls(edition.answers)}
    assert controls["classified"].owner == ("service_supervisor",)
    assert str(controls["classified"].limit.rule.amount) == "1:30:00"
    assert edition.answers == {"follow_up_call.within": "P3D"}


def test_a_time_that_is_emptied_is_that_of_the_text(file: ReadFile, browser: Client, decide: Decide):
    decide("第二条", choice="take", who="service_desk", limit="90 分钟", limit_was="2 小时")
    decide("第二条", choice="take", who="service_desk", limit="", limit_was="1 小时 30 分")
    decide("第三条", choice="take", who="service_desk", limit="3 天", limit_was="")
    decide("第三条", choice="take", who="service_desk", limit="", limit_was="3 天")
    edition = draft(file, browser)
    controls = {one.id: one for one in read_document(edition.source).controls(edition.answers)}
    assert str(controls["classified"].limit.rule.amount) == "2:00:00"
    assert edition.answers == {} and controls["follow_up_call"].is_unanswered


def test_what_the_field_proposes_to_type_can_be_typed(decide: Decide):
    shown = decide("第四条", choice="take", who="service_desk", limit="半年", limit_was="")
    assert "看不懂" not in shown and 'value="6 个月"' in shown


def test_the_rest_is_counted_as_it_is_decided(decide: Decide):
    assert "其余 2 项都按建议采用" in decide("第四条", choice="decline", why="另行规定")
    decide("第二条", choice="take", who="service_desk")
    # nothing is left to be taken at once, until something is considered again
    assert "都按建议采用" not in decide("第三条", choice="take", who="service_desk")
    assert "其余 1 项都按建议采用" in decide("第三条", choice="later")


def test_all_that_was_chosen_stays_beside_a_time_that_is_none(decide: Decide):
    shown = decide(
        "第二条", choice="take", name="分类", who="service_head", limit="很快", limit_was="2 小时", why="再想"
    )
    assert "看不懂「很快」" in shown
    assert '<option value="service_head" selected>' in shown
    assert 'value="分类"' in shown and 'value="很快"' in shown and 'value="再想"' in shown


def test_a_file_that_is_a_draft_offers_no_decisions(file: ReadFile, browser: Client, decide: Decide):
    page = reverse("regulations:read_file", args=[file.pk])
    assert 'value="take"' in browser.get(page).content.decode()
    draft(file, browser)
    assert 'name="choice"' not in browser.get(page).content.decode()


def test_a_post_that_only_the_text_knows_is_made_when_it_is_announced(quality: User, browser: Client):
    """Two files that name two posts mean two, and each says until then that nobody holds it."""
    for n, who in enumerate(("质量管理科", "市场开发科")):
        text = f"投诉处理办法\n第一条 {who}收到投诉后 2 小时内完成分类。\n"
        file = actions.take_file(name="办法.txt", content=text.encode(), user=quality, at=clock.now())
        actions.read_next(now=clock.now())
        page = reverse("regulations:read_file", args=[file.pk])
        assert f"新岗位：{who}" in browser.get(page).content.decode()
        browser.post(page, {"act": "take_all"})
        about = {"act": "draft", "title": "办法", "id": f"banfa{n}", "code": "", "keeper": "service_head"}
        browser.post(page, about)
        draft = Edition.objects.get(regulation=f"banfa{n}")
        shown = browser.get(reverse("regulations:draft", args=[f"banfa{n}", 1])).content.decode()
        assert f"{who}（公告时新建）" in shown and f"由{who}完成「分类」" in shown
        assert not Post.objects.filter(name=who).exists()
        at = clock.now()
        approved = regulations.approve_edition(edition=draft, by=SYSTEM, at=at)
        regulations.announce_edition(edition=approved, effective_from=at, audience={}, by=SYSTEM, at=at)
        post = Post.objects.get(name=who)
        [control] = read_document(draft.source).controls()
        assert control.owner == (post.code,) and not post.holders.exists()


def test_a_long_name_still_makes_a_code():
    one, other = (new_code("客户服务部负责人及各分公司分管领导和安全生产管理" + end) for end in "甲乙")
    assert one != other and all(is_code(code) and len(code) <= 40 for code in (one, other, new_code("、")))
