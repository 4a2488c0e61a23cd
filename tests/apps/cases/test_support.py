"""Service staff ask technical support inside a case (S4 5.1a): a limit of its own, and the customer's clock runs on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases import selectors
from keyue.cases.lists import visible_to
from keyue.cases.models import Case, CaseTask
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM
from keyue.ledger.selectors import facts_of
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack


@pytest.fixture
def asked(desk):
    now = clock.now()
    adopt_pack(pack="service", effective_from=now, answers={}, by=SYSTEM, at=now)
    case = desk.complaint()
    due = clock.now() + timedelta(hours=3)
    desk.act(
        desk.world.agent,
        case,
        "ask_support",
        department="tech",
        what="报警代码 E17 是什么意思？",
        due=due.isoformat(),
    )
    return case


def test_a_question_before_anybody_leads_is_owed_by_who_was_asked(desk, asked):
    owed = Promise.objects.get(control__endswith="support_given")
    assert owed.owner == "tech"
    assert owed.is_open
    # what is promised to the customer goes on
    assert Promise.objects.filter(
        subject_kind="case", subject_id=asked.pk, control__endswith="classify", is_open=True
    )
    # no task of a collaborating department: it does not stand in the way of solving
    assert not Promise.objects.filter(control__endswith="_task") and not Promise.objects.filter(
        control="task"
    )
    assert asked.pk in visible_to(desk.world.engineer).values_list("pk", flat=True)


def test_who_was_asked_answers_and_the_promise_is_kept(desk, asked, as_user):
    page = as_user(desk.world.engineer).get(f"/cases/{asked.number}/").content.decode()
    assert "报警代码 E17" in page
    task = CaseTask.objects.get()
    desk.act(desk.world.engineer, asked, "finish_task", task_id=task.pk, result="缺相，请查三相电压")
    assert Promise.objects.get(control__endswith="support_given").state == "met"
    assert "缺相" in as_user(desk.world.agent).get(f"/cases/{asked.number}/").content.decode()


def test_what_will_not_do_is_refused(desk):
    case = desk.complaint()
    later = (clock.now() + timedelta(hours=1)).isoformat()
    with pytest.raises(Invalid):
        desk.act(desk.world.agent, case, "ask_support", department="nowhere", what="？", due=later)
    with pytest.raises(Invalid):
        past = (clock.now() - timedelta(hours=1)).isoformat()
        desk.act(desk.world.agent, case, "ask_support", department="tech", what="？", due=past)
    assert not CaseTask.objects.exists()
    assert selectors.tasks(Case.objects.get(pk=case.pk)) == []


def test_after_sales_work_says_what_the_customer_thinks(desk, as_user):
    case = desk.complaint(type="request", content="换滤芯")
    desk.act(desk.world.agent, case, "classify", type="request", category="product")
    browser = as_user(desk.world.supervisor)
    url = f"/cases/{case.number}/acts/solve/"
    assert "没有意见也要写明" in browser.get(url).content.decode()
    refused = browser.post(url, {"result": "已更换"})
    assert refused.status_code == 422
    assert "请写明客户有没有意见" in refused.content.decode()
    assert browser.post(url, {"result": "已更换", "opinion": "said"}).status_code == 422
    told = {"result": "已更换", "opinion": "said", "opinion_text": "希望提前一天打电话"}
    assert browser.post(url, told).status_code == 303
    assert facts_of(case.subject)[-1].data["opinion"] == "said"
    assert "希望提前一天打电话" in browser.get(f"/cases/{case.number}/").content.decode()


def test_what_is_no_after_sales_work_is_not_asked(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    form = as_user(desk.world.engineer).get(f"/cases/{case.number}/acts/solve/").content.decode()
    assert "没有意见也要写明" not in form
