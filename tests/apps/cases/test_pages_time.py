"""What the page of a case says of time: pauses, what is late since when, earlier rounds, and what stands on paper."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.channels.webform.selectors import progress_of
from keyue.kernel import clock
from keyue.ledger.models import Fact
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.promises.selectors import zone
from keyue.ui.wording import read

pytestmark = pytest.mark.django_db


def page(browser, case, tab: str = "") -> str:
    answer = browser.get(f"/cases/{case.number}/{f'?tab={tab}' if tab else ''}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_once_the_pause_is_used_up_every_screen_says_that_the_clock_goes(desk, as_user, monkeypatch):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.agent, case, "wait", reason="customer", via="portal", body="请补充水样照片")
    browser = as_user(desk.world.agent)

    def counted() -> int:
        tabs = browser.get("/cases/").context["tabs"]
        return next(tab.count for tab in tabs if tab.label == "已停表")

    assert " · 停表" in page(browser, case) and counted() == 1
    assert progress_of(case, clock.now()).now.promise == "等待的时间不计入时限"
    clock.move_to(clock.now() + timedelta(hours=144))
    promises.look(now=clock.now())
    case.refresh_from_db()
    solve = Promise.objects.get(control="solve")
    assert not solve.paused and solve.due is not None
    browser = as_user(desk.world.agent)
    text = page(browser, case)
    assert "等待中，时钟已恢复" in text and " · 停表" not in text and "/acts/resume/" in text
    assert counted() == 0 and case.number not in browser.get("/cases/?state=waiting").content.decode()
    told = progress_of(case, clock.now())
    assert told.now.sentence == "正在等您补充资料" and told.may_remind
    assert told.now.promise.startswith("等待时间已到上限，时限继续计算；")
    assert told.now.tone != "wait"


def test_time_for_which_the_clock_stood_still_was_not_used(desk, as_user, monkeypatch):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.agent, case, "wait", reason="customer", via="portal", body="请补充照片")
    clock.move_to(clock.now() + timedelta(hours=2))
    desk.act(desk.world.agent, case, "resume", note="照片收到了")
    clock.move_to(clock.now() + timedelta(minutes=12))
    desk.act(desk.world.engineer, case, "solve", result="已更换密封圈")
    browser = as_user(desk.world.agent)
    steps = {step.name: step for step in browser.get(f"/cases/{case.number}/").context["now_round"].steps}
    assert read(steps["解决"].face, now=clock.now()).text == "用时 12 分"
    assert "用时 12 分" in page(browser, case, "evidence")
    assert "用时 2 小时" not in page(browser, case), "nor in the conversation"


def test_an_answer_written_down_later_starts_the_clock_when_it_came(desk, as_user, monkeypatch):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    case = desk.to_assigned(desk.complaint())
    clock.move_to(clock.now() + timedelta(minutes=10))
    desk.act(desk.world.agent, case, "wait", reason="customer", via="portal", body="请补充照片")
    due_unpaused = Promise.objects.get(control="solve").start + timedelta(hours=48)
    begun = clock.now()
    clock.move_to(begun + timedelta(hours=5))
    browser = as_user(desk.world.agent)
    address = f"/cases/{case.number}/acts/resume/"
    assert "客户答复的时间" in browser.fragment(address).content.decode()

    def local(instant):
        return instant.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")

    early = browser.send(address, {"note": "微信里答复了", "at": local(begun - timedelta(minutes=5))})
    assert early.status_code == 422 and "那时还不能这样做" in early.content.decode()
    assert Promise.objects.get(control="solve").paused
    answered = (begun + timedelta(hours=2)).replace(second=0, microsecond=0)
    shot = SimpleUploadedFile("答复.txt", "照片收到了".encode())
    done = browser.send(address, {"note": "微信里答复了", "at": local(answered), "files": shot})
    assert "HX-Redirect" in done or done.status_code == 204, done.content.decode()
    solve = Promise.objects.get(control="solve")
    waited = answered - case.messages.get(body="请补充照片").at
    assert not solve.paused and abs(solve.due - due_unpaused - waited) < timedelta(seconds=1)
    assert case.messages.get(body="微信里答复了").attachments.count() == 1


def test_a_promise_was_broken_when_it_was_due_and_the_chain_says_when_that_was_found(
    desk, as_user, monkeypatch
):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    case = desk.complaint()
    due = Promise.objects.get(control="classify").due
    clock.move_to(clock.now() + timedelta(hours=5))
    promises.look(now=clock.now())
    browser = as_user(desk.world.agent)
    days = browser.get(f"/cases/{case.number}/").context["days"]
    [broken] = [entry for day in days for entry in day.entries if "「分类」逾期" in entry.text]
    assert broken.at == due
    text = page(browser, case, "ledger")
    found = Fact.objects.filter(kind="promise.broken").earliest("rev").at.astimezone(zone())
    assert "发现于 <time" in text and f">{found:%Y-%m-%d %H:%M}</time></span>" in text
    assert f">{due.astimezone(zone()):%Y-%m-%d %H:%M}</time>" in text


def test_a_clause_is_quoted_without_what_stands_after_it(desk, as_user, monkeypatch):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    # in the morning: late in the evening the review of the day is due before the sorting
    morning = clock.now().astimezone(zone()).replace(hour=10, minute=0) + timedelta(days=1)
    clock.move_to(morning)
    text = page(as_user(desk.world.agent), desk.complaint())
    assert "<b>4.1.1</b>" in text and "以下各条适用于" not in text


def test_on_paper_stand_whole_dates_and_when_it_was_printed(desk, as_user):
    case = desk.complaint()
    text = page(as_user(desk.world.agent), case)
    due = Promise.objects.get(control="classify").due.astimezone(zone())
    assert f'data-full="{due:%Y-%m-%d %H:%M} 到期"' in text
    assert re.search(r"打印时间 <time data-printed=\"Asia/Shanghai\">20\d\d-\d\d-\d\d \d\d:\d\d<", text)


def test_what_an_earlier_round_still_owes_stays_on_the_rail(desk, as_user):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    desk.act(desk.world.supervisor, case, "review", valid="true")
    desk.act(desk.world.supervisor, case, "assess", severity="3", reach="3", consequence="3")
    desk.act(desk.world.supervisor, case, "assign", lead="tech", collaborators=[])
    desk.act(desk.world.engineer, case, "solve", result="调整参数")
    desk.act(desk.world.agent, case, "tell_result", via="portal", body="已调整")
    follow_up = {"outcome": "unsatisfied", "via": "call", "spoke_to": "周叙白", "note": "还是超标"}
    desk.act(desk.world.agent, case, "follow_up", **follow_up)
    answer = as_user(desk.world.supervisor).get(f"/cases/{case.number}/")
    running, old = answer.context["now_round"], answer.context["old_rounds"]
    meeting = next(step for step in running.steps if step.name == "专题会议")
    assert meeting.since_round == 1 and meeting.is_current and meeting.act.code == "hold_meeting"
    assert meeting.act.key == "e"
    assert not any(step.is_open for found in old for step in found.steps)
    text = answer.content.decode()
    assert text.count(f'id="p{meeting.pk}"') == 1 and text.count('aria-current="step"') == 1
    assert answer.context["quoted"].number == "4.2.2"
    desk.act(desk.world.supervisor, case, "hold_meeting", minutes="停用该批次")
    answer = as_user(desk.world.supervisor).get(f"/cases/{case.number}/")
    assert "专题会议" not in [step.name for step in answer.context["now_round"].steps]
    assert "专题会议" in [step.name for step in answer.context["old_rounds"][0].steps]
