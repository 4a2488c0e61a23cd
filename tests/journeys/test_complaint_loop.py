"""One closed loop: a complaint becomes promises, and ends with a satisfied customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases.actions.core import state_of
from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import LEADS_OWN, perform, possible_acts
from keyue.cases.lists import moment
from keyue.cases.models import Case, CaseTask
from keyue.cases.rail import rounds
from keyue.cases.sheet import Sheet
from keyue.channels.webform.selectors import progress_of
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Actor
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return found()


def complaint(**changes: object) -> Case:
    fields = {
        "type": "complaint",
        "title": "3# 膜组产水浊度反复超标",
        "content": "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到。",
        "name": "周叙白",
        "phone": "13800006027",
        "email": "zhou@example.com",
        "consent_version": "1",
    } | changes
    now = clock.now()
    return register(Intake(**fields), by=Actor("customer", "portal"), at=now, source="portal").case


def states(case: Case) -> dict[tuple[str, int], str]:
    rows = Promise.objects.filter(subject_kind="case", subject_id=case.pk)
    return {(row.control, row.cycle): row.state for row in rows}


def act(user: object, case: Case, code: str, **data: object) -> Case:
    return perform(user, case.number, code, data, at=clock.now())


def to_assigned(world: World, case: Case) -> None:
    act(world.agent, case, "classify", type="complaint", category="product")
    act(world.supervisor, case, "review", valid="true")
    act(world.supervisor, case, "assess", severity="2", reach="1", consequence="1")
    act(world.supervisor, case, "assign", lead="tech", collaborators=["quality"])


def test_the_loop_closes_with_a_satisfied_customer(world: World) -> None:
    case = complaint()
    assert case.number.startswith("TS-")
    assert states(case) == {
        ("classify", 1): "pending",
        ("first_response", 1): "pending",
        ("review", 1): "pending",
    }
    to_assigned(world, case)
    act(world.agent, case, "reply", via="mail", body="周主任您好，工程师明天上午到场。")
    act(world.engineer, case, "file_plan", body="清洗膜组，更换备件", steps="清洗,陈砚,明天")
    act(world.engineer, case, "solve", result="更换 2 支元件，浊度 0.1 NTU")
    act(world.engineer, case, "report_result", result="已恢复")
    act(world.agent, case, "tell_result", via="call", body="已更换元件，恢复正常", spoke_to="周叙白")
    act(world.agent, case, "follow_up", outcome="satisfied", via="call", spoke_to="周叙白", note="满意")
    with pytest.raises(Refused, match="根因"):
        act(world.agent, case, "close")
    act(
        world.engineer,
        case,
        "record_cause",
        cause="quality",
        explanation="密封圈老化",
        prevention="每季度检查",
    )
    closed = act(world.agent, case, "close")
    assert closed.stage == "closed" and closed.exit == "satisfied"
    rows = Promise.objects.filter(subject_id=case.pk).order_by("control", "seq")
    cadences = [
        (row.control, row.seq, row.state) for row in rows if row.control in {"progress", "service_follow"}
    ]
    assert cadences == [
        ("progress", 1, "met"),
        ("progress", 2, "cancelled"),
        ("service_follow", 1, "cancelled"),
    ]
    final = {row.control: row.state for row in rows if row.control not in {"progress", "service_follow"}}
    assert final.keys() == {
        "classify", "first_response", "review", "assess", "assign", "plan", "solve", "result_to_service",
        "result_to_customer", "complaint_result", "follow_up",
    }  # fmt: skip
    assert set(final.values()) == {"met"}


def test_unsatisfied_opens_the_next_round_and_keeps_the_old_one(world: World) -> None:
    case = complaint()
    to_assigned(world, case)
    act(world.engineer, case, "solve", result="调整参数")
    act(world.agent, case, "tell_result", via="portal", body="已调整")
    after = act(
        world.agent, case, "follow_up", outcome="unsatisfied", via="call", spoke_to="周叙白", note="还是超标"
    )
    assert after.round == 2 and after.stage == "plan"
    assert states(case)["plan", 2] == "pending" and states(case)["solve", 1] == "met"


def test_a_note_does_not_stop_the_first_response_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = complaint()
    act(world.agent, case, "classify", type="complaint", category="service")
    act(world.agent, case, "note", text="已转告班组")
    assert states(case)["first_response", 1] == "pending"
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(clock.now() + timedelta(hours=25))
    promises.look(now=clock.now())
    assert states(case)["first_response", 1] == "breached"


def test_a_stranger_sees_nothing_and_may_do_nothing(world: World) -> None:
    case = complaint()
    to_assigned_lead_only = complaint(phone="13900001111", title="另一件")
    with pytest.raises(NotFound):
        act(world.stranger, case, "note", text="看看")
    with pytest.raises(Denied):
        act(world.engineer, to_assigned_lead_only, "classify", type="complaint", category="product")


def test_bad_input_is_named_field_by_field(world: World) -> None:
    case = complaint()
    with pytest.raises(Invalid) as caught:
        act(world.agent, case, "classify", type="complaint", category="nothing")
    assert "category" in caught.value.fields
    with pytest.raises(Refused, match="先审核"):
        act(world.supervisor, case, "assess", severity="2", reach="1", consequence="1")


def test_the_list_knows_a_promise_the_moment_it_is_made(world: World) -> None:
    case = complaint()

    def is_known() -> bool:
        case.refresh_from_db()
        owed = Promise.objects.filter(subject_id=case.pk, is_open=True, due__isnull=False)
        first = owed.order_by("due", "pk").first()
        return first is not None and (case.next_promise_id, case.queue_at) == (first.pk, first.due)

    assert is_known()
    to_assigned(world, case)
    assert is_known()


def test_what_nobody_was_asked_about_ends_as_answered_and_not_as_satisfied(world: World) -> None:
    case = complaint(type="inquiry", title="膜元件保修多久")
    act(world.agent, case, "classify", type="inquiry", category="other")
    with pytest.raises(Refused, match="还没有答复客户"):
        act(world.agent, case, "close")
    act(world.agent, case, "reply", via="mail", body="自验收起十二个月。")
    closed = act(world.agent, case, "close")
    assert (closed.stage, closed.exit) == ("closed", "answered")
    told = progress_of(closed, clock.now())
    assert (told.now.sentence, told.now.promise) == ("已结束", "已答复您。还有问题请再联系我们")


def test_a_collaborating_department_does_its_task_and_not_the_leads_work(world: World) -> None:
    case = complaint()
    to_assigned(world, case)
    due = clock.now() + timedelta(hours=20)
    act(world.engineer, case, "give_task", department="quality", what="复测浊度", due=due.isoformat())
    for code, data in (
        ("file_plan", {"body": "清洗膜组", "steps": "清洗,陈砚,明天"}),
        ("solve", {"result": "已清洗"}),
        ("return_task", {"reason": "不归我们"}),
    ):
        with pytest.raises(Denied, match="牵头部门"):
            act(world.stranger, case, code, **data)
    case.refresh_from_db()
    possible = {a.code for a in possible_acts(world.stranger, case, state_of(case))}
    assert "finish_task" in possible and not possible & LEADS_OWN
    assert {"file_plan", "give_task"} <= {a.code for a in possible_acts(world.engineer, case, state_of(case))}
    [task] = CaseTask.objects.filter(case=case)
    act(world.stranger, case, "finish_task", task_id=task.pk, result="0.12 NTU")
    act(world.engineer, case, "solve", result="已清洗")
    assert states(case)["solve", 1] == "met"


def test_how_far_a_role_sees_is_not_where_somebody_belongs(world: World) -> None:
    """What a department does is done by its people, by who leads it or one above it, and by who holds its promise."""
    case = complaint()
    to_assigned(world, case)
    due = clock.now() + timedelta(hours=20)
    act(world.engineer, case, "give_task", department="quality", what="复测浊度", due=due.isoformat())
    [task] = CaseTask.objects.filter(case=case)
    for user in (world.agent, world.supervisor):
        for code, data in (
            ("file_plan", {"body": "清洗膜组", "steps": "清洗,陈砚,明天"}),
            ("return_task", {"reason": "不归我们"}),
            ("solve", {"result": "已清洗"}),
        ):
            with pytest.raises(Denied, match="牵头部门"):
                act(user, case, code, **data)
        case.refresh_from_db()
        assert not {a.code for a in possible_acts(user, case, state_of(case))} & LEADS_OWN
        [plan] = [s for s in rounds(Sheet(user, case, moment(clock.now())))[0].steps if s.name == "方案"]
        assert (plan.who, plan.act, plan.why_not) == ("工程服务部", None, "")
    # nor does the lead department, or anybody else, finish what another was given
    for user in (world.engineer, world.engineer_head, world.agent):
        with pytest.raises(Invalid) as refused:
            act(user, case, "finish_task", task_id=task.pk, result="0.12 NTU")
        assert refused.value.fields["task_id"] == "这项协办由接到它的部门来完成。"
    # an agent who holds a promise of the desk holds none of the lead's
    desk_promise = Promise.objects.get(subject_id=case.pk, control="service_follow")
    promises.take(desk_promise.pk, user=world.agent, at=clock.now())
    with pytest.raises(Denied, match="牵头部门"):
        act(world.agent, case, "file_plan", body="清洗膜组", steps="清洗,陈砚,明天")
    act(world.engineer_head, case, "file_plan", body="清洗膜组", steps="清洗,陈砚,明天")
    act(world.stranger, case, "finish_task", task_id=task.pk, result="0.12 NTU")


def test_nobody_solves_what_is_not_sorted_or_was_given_back(world: World) -> None:
    case = complaint()
    with pytest.raises(Refused, match="请先分类"):
        act(world.supervisor, case, "solve", result="已解释")
    to_assigned(world, case)
    act(world.engineer, case, "return_task", reason="不是本部门的设备")
    for user in (world.engineer, world.agent):
        with pytest.raises(Denied, match="负责派单的人"):
            act(user, case, "solve", result="已更换")
    act(world.supervisor, case, "solve", result="电话里已解决")
    assert states(case)["solve", 1] == "met"


def test_a_request_that_waited_for_another_comes_after_it(world: World) -> None:
    """It came in first, and acts on what the other has done; an instant that somebody wrote down is kept."""
    case = complaint()
    to_assigned(world, case)
    before = max(fact.at for fact in ledger.facts_of(case.subject))
    came_in = before - timedelta(milliseconds=200)
    perform(world.engineer, case.number, "file_plan", {"body": "清洗", "steps": "清洗,陈砚,明天"}, at=came_in)
    assert states(case)["plan", 1] == "met"
    [filed] = [fact for fact in ledger.facts_of(case.subject) if fact.kind == "case.plan_filed"]
    assert filed.at == before
    long_ago = case.received_at - timedelta(minutes=10)
    perform(world.agent, case.number, "note", {"text": "昨晚来过电话"}, at=long_ago)
    assert [f.at for f in ledger.facts_of(case.subject) if f.kind == "case.noted"] == [long_ago]
