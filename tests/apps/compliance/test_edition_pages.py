"""Drafting, approving, announcing and reading a regulation on screen, and letting what runs follow it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from keyue.compliance import actions, rebasing
from keyue.compliance.models import Rebasing
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Refused
from keyue.ledger.facts import SYSTEM, Actor, Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.regulations.models import ApprovalStep, Edition
from tests.journeys.desk import AMENDED, TEXT, publish, set_steps
from tests.journeys.test_complaint_loop import complaint
from tests.journeys.world import World, browser_of, found, quality_manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
BASE = "/regulations/desk/editions/"


@pytest.fixture(autouse=True)
def told() -> Iterator[None]:
    """It is NOW, whatever day it is."""
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db) -> World:
    at = NOW - timedelta(days=30)
    made = found(at=at, packs=())
    publish(TEXT, at)
    return made


@pytest.fixture
def keeper(world: World) -> User:
    return quality_manager(NOW - timedelta(days=1))


@pytest.fixture
def ladder(world: World) -> None:
    set_steps(world.supervisor, NOW)


def edition(n: int) -> Edition:
    return Edition.objects.get(regulation="desk", n=n)


def amend(keeper: User) -> Client:
    """The keeper drafts an amended text."""
    client = browser_of(keeper)
    assert client.post(f"{BASE}new/").status_code == 303
    typed = {"text": AMENDED, "reason": "两小时做不到", "revision": edition(2).digest}
    assert client.post(f"{BASE}2/text/", typed).status_code == 303
    return client


def decide(user: User, answer: str = "yes", remark: str = "") -> Client:
    client = browser_of(user)
    typed = {"approve": answer, "remark": remark, "digest": edition(2).digest}
    client.last = client.post(f"{BASE}2/review/", typed)  # type: ignore[attr-defined]
    return client


def announce(world: World, keeper: User, **typed: object) -> Client:
    client = amend(keeper)
    client.post(f"{BASE}2/act/", {"act": "submit"})
    decide(world.supervisor)
    decide(world.executive)
    sent = {"effective_from": "", "whom": "all", "interpreter": "service_head", "questions": "0", **typed}
    client.last = client.post(f"{BASE}2/announce/", {"act": "announce", **sent})  # type: ignore[attr-defined]
    return client


def test_the_draft_page_shows_the_way_and_the_difference(world, keeper, ladder, query_count):
    client = amend(keeper)
    with query_count("regulation draft"):
        page = client.get(f"{BASE}2/")
    text = page.content.decode()
    assert [stop.label for stop in page.context["stops"]] == [
        "起草",
        "法务审核",
        "分管领导批准",
        "公告",
        "施行",
    ]
    assert "<del>2</del>" in text and "<ins>8</ins>" in text and "2 小时" in text
    [line] = page.context["difference"].clauses
    [field] = line.controls[0].fields
    assert (field.label, field.before, field.after) == ("时限", "2 小时", "8 小时")
    assert "记录" in client.get(f"{BASE}2/?view=text").content.decode()
    # on the list of regulations, and only for those whose business it is
    assert "草案" in client.get("/regulations/").content.decode()
    assert f"{BASE}2/" not in browser_of(world.agent).get("/regulations/").content.decode()
    assert browser_of(world.stranger).get(f"{BASE}2/").status_code == 404


def test_faults_are_kept_shown_and_bar_the_way(keeper, ladder):
    client = amend(keeper)
    broken = AMENDED.replace('"PT8H"', '"soon"')
    client.post(f"{BASE}2/text/", {"text": broken, "reason": "", "revision": edition(2).digest})
    assert edition(2).source == broken
    page = client.get(f"{BASE}2/").content.decode()
    assert "有 1 处错误" in page and 'value="submit" disabled' in page
    refused = client.post(f"{BASE}2/act/", {"act": "submit"})
    assert refused.status_code == 422 and edition(2).submitted_at is None


def test_what_somebody_else_saved_is_not_overwritten(keeper, ladder):
    client = amend(keeper)
    stale = {"text": TEXT + "\n", "reason": "", "revision": "0" * 64}
    answer = client.post(f"{BASE}2/text/", stale)
    assert answer.status_code == 409 and "没有保存" in answer.content.decode()
    assert edition(2).source == AMENDED


def test_two_people_approve_and_each_finds_it_on_the_workbench(world, keeper, ladder):
    client = amend(keeper)
    client.post(f"{BASE}2/act/", {"act": "submit"})
    home = browser_of(world.supervisor).get("/").content.decode()
    assert "审批《意见受理制度》第 2 版：法务审核" in home
    assert "审批《意见受理制度》" not in browser_of(world.executive).get("/").content.decode()
    # the drafter sees it and may not decide it
    assert 'id="review"' not in client.get(f"{BASE}2/").content.decode()
    assert 'id="review"' in browser_of(world.supervisor).get(f"{BASE}2/").content.decode()
    assert decide(world.executive).last.status_code == 403
    assert decide(world.supervisor).last.status_code == 303
    assert decide(world.supervisor).last.status_code == 403
    assert decide(world.executive).last.status_code == 303
    assert edition(2).approved_by == f"staff:{world.executive.pk}"


def test_a_refusal_needs_a_reason_and_comes_back(world, keeper, ladder):
    client = amend(keeper)
    client.post(f"{BASE}2/act/", {"act": "submit"})
    missing = decide(world.supervisor, "no").last
    assert missing.status_code == 422 and "写明不同意的理由" in missing.content.decode()
    assert decide(world.supervisor, "no", "八小时太长").last.status_code == 303
    page = client.get(f"{BASE}2/").content.decode()
    assert "法务审核：不同意" in page and "八小时太长" in page and 'value="submit"' in page


def test_without_steps_the_page_says_what_is_missing(world, keeper):
    client = amend(keeper)
    page = client.get(f"{BASE}2/").content.decode()
    assert "还没有设置审批步骤" in page
    refused = client.post(f"{BASE}2/act/", {"act": "submit"})
    assert refused.status_code == 409 and "请管理层先设置" in refused.content.decode()


def test_the_steps_are_set_by_who_approves(world, keeper):
    typed = {"shown": "2", "name-1": "法务审核", "post-1": "service_desk", "name-2": "", "post-2": ""}
    assert browser_of(keeper).post("/regulations/steps/", {**typed, "act": "save"}).status_code == 403
    client = browser_of(world.executive)
    # what is proposed is there at once, and another row on demand
    page = client.get("/regulations/steps/").content.decode()
    assert "法务审核" in page and "分管领导批准" in page
    assert 'name="name-3"' in client.post("/regulations/steps/", {**typed, "act": "add"}).content.decode()
    wrong = client.post("/regulations/steps/", {**typed, "post-1": "", "act": "save"})
    assert wrong.status_code == 422 and not ApprovalStep.objects.exists()
    assert client.post("/regulations/steps/", {**typed, "act": "save"}).status_code == 303
    assert [(step.name, step.post) for step in ApprovalStep.objects.all()] == [("法务审核", "service_desk")]


def test_announcing_with_a_test_reading_and_receipts(world, keeper, ladder, query_count):
    test = {
        "questions": "1",
        "text-1": "多久分类？",
        "options-1": "2 小时\n8 小时",
        "answer-1": "2",
        "enough": "1",
    }
    client = announce(world, keeper, **test, review_on="2027-11-18")
    assert client.last.status_code == 303
    published = edition(2)
    assert published.test["questions"][0]["answer"] == 1 and str(published.review_on) == "2027-11-18"
    asked = published.readers.count()
    assert asked == 7
    agent = browser_of(world.agent)
    assert "阅读并确认《意见受理制度》第 2 版" in agent.get("/").content.decode()
    with query_count("regulation reading"):
        page = agent.get(f"{BASE}2/read/").content.decode()
    assert "两小时做不到" in page and "<ins>8</ins>" in page
    assert agent.post(f"{BASE}2/read/", {}).status_code == 422
    failed = agent.post(f"{BASE}2/read/", {"question-1": "0"})
    assert failed.status_code == 422 and "答对 0 / 1" in failed.content.decode()
    assert agent.post(f"{BASE}2/read/", {"question-1": "1"}).status_code == 303
    assert "您已确认阅读" in agent.get(f"{BASE}2/read/").content.decode()
    assert 'id="waits"' not in agent.get("/").content.decode()
    # the receipts, with their denominator
    with query_count("regulation receipts"):
        page = client.get(f"{BASE}2/receipts/")
    assert "14.3%" in page.content.decode() and f"1 / {asked} 人" in page.content.decode()
    assert page.context["departments"][0].name == "没有部门"
    head = browser_of(world.executive).get("/regulations/desk/").content.decode()
    assert f"1 / {asked}" in head and f"催 {asked - 1} 人" in head
    # a head sees the departments of their scope
    rows = browser_of(world.engineer_head).get(f"{BASE}2/receipts/").context["departments"]
    assert [unit.name for unit in rows] == ["工程服务部"]
    assert agent.get(f"{BASE}2/receipts/").status_code == 403


def test_reminding_and_taking_the_receipts_along(world, keeper, ladder):
    client = announce(world, keeper)
    said = client.post(f"{BASE}2/receipts/remind/", follow=True).content.decode()
    assert "已催 7 人" in said
    again = client.post(f"{BASE}2/receipts/remind/", follow=True).content.decode()
    assert "没有需要催的人" in again
    answer = client.post(f"{BASE}2/receipts/sheet/")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_name("阅读确认").to_python()
    assert rows[0][:3] == ["部门", "姓名", "工号"] and len(rows) == 8 and rows[1][4] == "未确认"
    fact = facts_of(Subject("regulation", "desk"))[-1]
    assert (fact.kind, fact.data["rows"]) == ("regulation.receipts_exported", 7)


def test_what_is_wrong_with_an_announcement_stands_beside_its_field(world, keeper, ladder):
    client = announce(
        world,
        keeper,
        whom="departments",
        questions="1",
        **{"text-1": "题", "options-1": "甲", "answer-1": "1"},
    )
    assert client.last.status_code == 422
    text = client.last.content.decode()
    assert "请选择至少一个部门" in text
    form = announce_form(client, whom="all")
    assert "每道题要有 2 到 8 个选项" in str(form["text-1"].errors)
    assert edition(2).published_at is None
    # one question more: what was typed stays
    more = client.post(f"{BASE}2/announce/", {"act": "add", "questions": "1", "text-1": "题", "whom": "all"})
    assert more.context["count"] == 2 and more.context["form"]["text-1"].value() == "题"


def announce_form(client: Client, **typed: object):
    sent = {
        "act": "announce", "interpreter": "service_head", "questions": "1", "text-1": "题", "options-1": "甲",
        "answer-1": "1", **typed,
    }  # fmt: skip
    return client.post(f"{BASE}2/announce/", sent).context["form"]


def test_the_editions_of_a_regulation_and_their_difference(world, keeper, ladder):
    client = announce(world, keeper)
    page = client.get(BASE)
    assert [str(row["state"].label) for row in page.context["rows"]] == ["施行中", "已被新版取代"]
    text = client.get(f"{BASE}2/difference/?with=1").content.decode()
    assert "<del>2</del>" in text and "<ins>8</ins>" in text
    assert client.get(f"{BASE}2/difference/?with=9").status_code == 404
    reader = browser_of(world.agent)
    assert reader.get(BASE).status_code == 200 == reader.get(f"{BASE}1/difference/").status_code


def test_two_editions_are_chosen_on_the_list_in_any_order(world, keeper, ladder):
    reader = browser_of(world.agent)
    assert "对照两版" not in reader.get(BASE).content.decode(), "there is one only"
    client = announce(world, keeper)
    page = reader.get(BASE).content.decode()
    assert "对照两版" in page and f'action="{BASE}2/difference/"' in page
    beside = f"{BASE}2/difference/?with=1"
    for asked in ("with=1&of=2", "with=2&of=1"):
        assert reader.get(f"{BASE}2/difference/?{asked}").headers["Location"] == beside
    shown = reader.get(f"{BASE}2/difference/?with=2&of=1", follow=True)
    assert "第 1 版与第 2 版对照" in shown.content.decode() and "<ins>8</ins>" in shown.content.decode()
    same = reader.get(f"{BASE}2/difference/?with=2&of=2", follow=True)
    assert "请选择两个不同的版本" in same.content.decode() and same.redirect_chain[-1][0] == BASE
    # a draft is offered to those whose business it is, and shown to nobody else
    client.post(f"{BASE}new/")
    assert '<option value="3"' in client.get(BASE).content.decode()
    assert '<option value="3"' not in reader.get(BASE).content.decode()
    assert reader.get(f"{BASE}2/difference/?with=3&of=1", follow=True).status_code == 404


def test_what_is_refused_says_what_to_do(world, keeper, ladder):
    client = amend(keeper)
    early = client.post(
        f"{BASE}2/announce/", {"act": "announce", "whom": "nobody", "interpreter": "service_head"}
    )
    assert early.status_code == 409 and "请先送审，等各步骤同意" in str(early.context["form"].errors)
    assert "看走到哪一步" in client.post(f"{BASE}2/act/", {"act": "recall"}).content.decode()
    client.post(f"{BASE}2/act/", {"act": "withdraw"})
    gone = client.post(
        f"{BASE}2/announce/", {"act": "announce", "whom": "nobody", "interpreter": "service_head"}
    )
    assert gone.status_code == 409 and "要用请另起草一版" in str(gone.context["form"].errors)


def test_a_date_before_the_present_edition_is_said_in_the_companys_time(keeper):
    with pytest.raises(Refused, match="第 1 版 2026-10-19 10:00 起施行，新的一版要在它之后，请改施行时间"):
        publish(AMENDED, NOW - timedelta(days=30))


def test_the_day_of_review_stands_on_the_workbench(world, keeper, ladder):
    announce(world, keeper, review_on="2027-01-15")
    assert "复审《意见受理制度》" not in browser_of(world.executive).get("/").content.decode()
    with clock.telling(datetime(2027, 1, 15, 2, 0, tzinfo=UTC)):
        assert "复审《意见受理制度》第 2 版" in browser_of(world.executive).get("/").content.decode()
        assert "复审《意见受理制度》" not in browser_of(world.engineer).get("/").content.decode()


# --- letting what runs follow the newer edition --------------------------------------------------------------------


def sort_promise(case) -> Promise:
    return Promise.objects.get(subject_kind="case", subject_id=case.pk, regulation="desk")


def test_what_runs_keeps_its_edition_until_somebody_else_approves(world, keeper, ladder):
    case = complaint()
    born = sort_promise(case)
    assert born.due == NOW + timedelta(hours=2)
    client = announce(world, keeper)
    later = NOW + timedelta(minutes=5)
    with clock.telling(later):
        actions.note_editions_in_force(now=later)
        assert sort_promise(case).due == born.due
        assert "1 条约定按旧版进行" in client.get(BASE).content.decode()
        page = client.post(f"{BASE}2/rebasings/", {"reason": "同一批事项按同一口径"}, follow=True)
        [line] = page.context["lines"]
        assert line["due"] == born.due and line["new_due"] == NOW + timedelta(hours=8)
        assert "会怎样改" in page.content.decode() and sort_promise(case).due == born.due
        # nobody approves what they asked for
        made = Rebasing.objects.get()
        address = f"/regulations/desk/rebasings/{made.pk}/"
        assert client.post(address, {"approve": "yes"}).status_code == 403
        executive = browser_of(world.executive)
        assert "批准改按《意见受理制度》第 2 版" in executive.get("/").content.decode()
        assert executive.post(address, {"approve": "yes"}).status_code == 303
        moved = sort_promise(case)
        assert (moved.due, moved.edition.n) == (NOW + timedelta(hours=8), 2)
        assert "改了 1 条，共 1 条" in executive.get(address).content.decode()
        fact = next(f for f in facts_of(Subject("case", str(case.pk))) if f.kind == "promise.rebased")
        assert (fact.data["requested_by"], fact.data["approved_by"]) == (
            str(keeper.pk),
            str(world.executive.pk),
        )
        assert [str(d) for d in verify_promises(later)] == []
        assert client.post(address, {"approve": "yes"}).status_code == 403


def test_what_is_overdue_stays_and_is_said_so(world, keeper, ladder):
    late = complaint()
    announce(world, keeper)
    at = NOW + timedelta(hours=3)
    with clock.telling(at):
        actions.note_editions_in_force(now=at)
        by = Actor("staff", str(keeper.pk))
        made = actions.ask_rebasing(regulation="desk", reason="统一", user=keeper, by=by, at=at)
        [row] = rebasing.rows_of(made)
        assert (row.why, row.moves, row.due) == ("overdue", False, row.new_due)
        with pytest.raises(Refused, match="已有一项"):
            actions.ask_rebasing(regulation="desk", reason="统一", user=keeper, by=by, at=at)
        with pytest.raises(Denied):
            actions.decide_rebasing(rebasing=made, approve=True, user=keeper, by=by, at=at)
        people.grant_role(user=keeper, role="executive", by=SYSTEM, at=at)
        keeper = User.objects.get(pk=keeper.pk)
        with pytest.raises(Refused, match="请由另一位可以批准制度的人审批"):
            actions.decide_rebasing(rebasing=made, approve=True, user=keeper, by=by, at=at)
        executive = Actor("staff", str(world.executive.pk))
        done = actions.decide_rebasing(rebasing=made, approve=True, user=world.executive, by=executive, at=at)
        assert (done.state, done.moved, done.done) == ("done", 0, 1)
        with pytest.raises(Refused, match="已经审批过，请刷新页面看结果"):
            actions.decide_rebasing(rebasing=made, approve=True, user=world.executive, by=executive, at=at)
        assert sort_promise(late).edition.n == 1


def test_many_are_listed_and_moved_by_the_worker(world, keeper, ladder, monkeypatch):
    monkeypatch.setattr("keyue.compliance.actions.rebasing.AT_A_TIME", 2)
    cases = [complaint() for _n in range(5)]
    announce(world, keeper)
    at = NOW + timedelta(minutes=5)
    with clock.telling(at):
        actions.note_editions_in_force(now=at)
        by = Actor("staff", str(keeper.pk))
        made = actions.ask_rebasing(regulation="desk", reason="统一", user=keeper, by=by, at=at)
        assert (made.state, len(made.rows), made.total) == ("listing", 2, 5)
        yes = {"approve": "yes"}
        early = browser_of(world.executive).post(f"/regulations/desk/rebasings/{made.pk}/", yes)
        assert early.status_code == 409 and "请等列完再审批" in early.content.decode()
        assert (
            "正在列出" in browser_of(keeper).get(f"/regulations/desk/rebasings/{made.pk}/").content.decode()
        )
        while rebasing.unfinished():
            actions.go_on(rebasing_id=made.pk, now=at)
        made.refresh_from_db()
        assert (made.state, len(made.rows)) == ("waiting", 5)
        executive = Actor("staff", str(world.executive.pk))
        actions.decide_rebasing(rebasing=made, approve=True, user=world.executive, by=executive, at=at)
        # one is closed meanwhile, and stays as it was
        while rebasing.unfinished():
            actions.go_on(rebasing_id=made.pk, now=at)
        made.refresh_from_db()
        assert (made.state, made.moved) == ("done", 5)
        assert all(sort_promise(case).edition.n == 2 for case in cases)
        assert not actions.go_on(rebasing_id=made.pk, now=at).moved > 5
        assert [str(d) for d in verify_promises(at)] == []


def test_declining_says_why_and_changes_nothing(world, keeper, ladder):
    case = complaint()
    announce(world, keeper)
    at = NOW + timedelta(minutes=5)
    with clock.telling(at):
        by = Actor("staff", str(keeper.pk))
        made = actions.ask_rebasing(regulation="desk", reason="统一", user=keeper, by=by, at=at)
        executive = browser_of(world.executive)
        address = f"/regulations/desk/rebasings/{made.pk}/"
        assert executive.post(address, {"approve": "no"}).status_code == 422
        assert executive.post(address, {"approve": "no", "remark": "不必"}).status_code == 303
        assert sort_promise(case).edition.n == 1
        assert "不同意" in executive.get(address).content.decode()
        again = executive.post(address, {"approve": "yes"})
        assert again.status_code == 409 and "已经审批过" in again.content.decode()
