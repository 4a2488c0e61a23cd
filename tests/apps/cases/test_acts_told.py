"""What the acts on a case refuse, whom they tell, and what they leave to be done: faults that were found by clicking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.cases.acts import perform
from keyue.cases.noticing import lines_of
from keyue.cases.selectors import moment
from keyue.cases.sheet import Sheet
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.people.access import forget
from keyue.promises import actions as promises
from keyue.promises.models import Notice, Promise
from keyue.promises.selectors import zone

pytestmark = pytest.mark.django_db


def told(**to: object) -> list[str]:
    lines = lines_of(Notice.objects.filter(**to).order_by("pk").values_list("pk", flat=True))
    return [line.split(" · ")[0] for line in lines]


def sheet_of(user, case) -> Sheet:
    forget(user)
    case.refresh_from_db()
    return Sheet(user, case, moment(clock.now()))


# --- what changes nothing is no act ---


def test_the_same_again_is_refused_beside_its_field(desk):
    case = desk.to_assigned(desk.complaint(), collaborators=("quality",))
    facts = Sheet(desk.world.agent, case, moment(clock.now())).facts
    same = {
        "reclassify": ("type", {"type": "complaint", "category": "product"}),
        "change_level": ("level", {"level": case.level, "reason": "x"}),
        "reassign": ("lead", {"lead": "tech", "collaborators": ["quality"], "reason": "x"}),
    }
    for code, (field, data) in same.items():
        with pytest.raises(Invalid) as refused:
            desk.act(desk.world.supervisor, case, code, **data)
        assert list(refused.value.fields) == [field], code
    assert len(sheet_of(desk.world.agent, case).facts) == len(facts)


def test_what_is_missing_is_asked_for_by_its_name(desk):
    case = desk.complaint()
    with pytest.raises(Invalid) as refused:
        desk.act(desk.world.agent, case, "withdraw")
    assert refused.value.fields["via"] == "请选择方式。"
    assert refused.value.fields["note"] == "请填写客户怎么说。"


# --- calls that are written down later ---


def local(instant) -> str:
    return instant.astimezone(zone()).strftime("%Y-%m-%dT%H:%M")


def test_a_call_says_when_it_was_on_every_page_that_records_one(desk, as_user):
    world = desk.world
    with clock.telling(clock.now() - timedelta(hours=30)):
        case = desk.complaint()
    with clock.telling(case.received_at + timedelta(minutes=5)):
        case = desk.to_assigned(case)
    browser = as_user(world.agent)
    called_at = clock.now().replace(second=0, microsecond=0) - timedelta(hours=3)
    call = {"via": "call", "spoke_to": "周叙白", "body": "工程师明早到", "at": local(called_at)}
    # made in time, entered after the due: only with what shows it
    in_time = {**call, "at": local(case.received_at + timedelta(hours=20))}
    assert browser.send(f"/cases/{case.number}/say/", in_time).status_code == 409
    assert Promise.objects.get(subject_id=case.pk, control="first_response").state != "met"
    recording = SimpleUploadedFile("录音.txt", "09:00 通话".encode())
    assert browser.send(f"/cases/{case.number}/say/", {**in_time, "files": recording}).status_code == 200
    assert Promise.objects.get(subject_id=case.pk, control="first_response").state == "met"
    assert browser.send(f"/cases/{case.number}/say/", call).status_code == 200
    assert case.messages.get(at=called_at).via == "call"
    eta = {**call, "eta": local(clock.now() + timedelta(hours=40)), "body": "后天"}
    engineer = as_user(world.engineer)
    for code, data in (("give_eta", eta), ("wait", {**call, "reason": "customer", "body": "等铭牌照片"})):
        form = engineer.fragment(f"/cases/{case.number}/acts/{code}/").content.decode()
        assert "通话或见面的时间" in form and "data-spoken" in form
        done = engineer.send(f"/cases/{case.number}/acts/{code}/", data)
        assert done.status_code == 204 or "HX-Redirect" in done, (code, done.content.decode())
    assert case.messages.filter(at=called_at).count() == 3
    told = {**call, "body": "已恢复"}
    desk.act(world.engineer, case, "resume", note="客户来电")
    desk.act(world.engineer, case, "solve", result="换膜")
    early = browser.send(f"/cases/{case.number}/acts/tell_result/", told)
    assert early.status_code == 422 and "那时还不能这样做：还没有登记解决" in early.content.decode()
    future = {**told, "at": local(clock.now() + timedelta(hours=1))}
    assert "不能晚于现在" in browser.send(f"/cases/{case.number}/acts/tell_result/", future).content.decode()
    # typed for a call, then sent by another way: a message of the progress page goes out now
    sent = browser.send(f"/cases/{case.number}/acts/tell_result/", {**told, "via": "portal"})
    assert "HX-Redirect" in sent, sent.content.decode()
    assert case.messages.get(body="已恢复").at > called_at
    assert "通话或见面的时间" in browser.fragment(f"/cases/{case.number}/acts/follow_up/").content.decode()


def test_what_goes_out_now_has_no_earlier_time(desk):
    world = desk.world
    with clock.telling(clock.now() - timedelta(hours=1)):
        case = desk.complaint()
    for via in ("mail", "portal"):
        with pytest.raises(Invalid) as refused:
            perform(
                world.agent, case.number, "reply", {"via": via, "body": "已收到"}, at=clock.now(),
                happened=clock.now() - timedelta(minutes=30),
            )  # fmt: skip
        assert list(refused.value.fields) == ["at"]


# --- levels and meetings ---


def test_a_level_raised_to_major_calls_a_meeting_as_an_assessment_would(desk):
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.supervisor, case, "change_level", level="major", reason="客户是医院")
    assert Promise.objects.get(subject_id=case.pk, control="meeting").is_open
    notes = [message.body for message in case.messages.filter(kind="note")]
    assert notes == ["改级别：客户是医院"]
    desk.act(desk.world.supervisor, case, "change_level", level="ordinary", reason="已恢复")
    assert Promise.objects.filter(subject_id=case.pk, control="meeting").count() == 1


# --- found invalid ---


def test_an_end_that_was_not_agreed_to_leaves_a_way_on(desk):
    world = desk.world
    case = desk.complaint()
    desk.act(world.agent, case, "classify", type="complaint", category="product")
    case = desk.act(world.supervisor, case, "review", valid="false", reason="重复")
    assert case.stage == "review"
    with pytest.raises(Refused, match="已经申请结束"):
        desk.act(world.supervisor, case, "review", valid="true")
    desk.act(world.executive, case, "decide_exit", approve="false", reason="请核实")
    assert "review" in sheet_of(world.supervisor, case).possible
    case = desk.act(world.supervisor, case, "review", valid="true")
    assert case.stage == "assess"
    assert {"assess", "assign"} <= sheet_of(world.supervisor, case).possible
    assert Promise.objects.get(subject_id=case.pk, control="assess").is_open


def test_nobody_is_offered_to_decide_on_an_end_of_their_own(desk):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    desk.act(world.supervisor, case, "request_exit", exit="declined", reason="客户说算了")
    assert "decide_exit" not in sheet_of(world.supervisor, case).possible
    assert "decide_exit" in sheet_of(world.executive, case).possible
    with pytest.raises(Refused, match="已经申请结束"):
        desk.act(world.agent, case, "request_exit", exit="declined", reason="再申请一次")


def test_the_approver_is_told_and_sees_why_and_the_asker_hears_the_answer(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    desk.act(world.agent, case, "request_exit", exit="declined", reason="客户说算了")
    assert told(to_user=world.supervisor) == ["待审批：申请结束"]
    form = as_user(world.supervisor).fragment(f"/cases/{case.number}/acts/decide_exit/").content.decode()
    assert "林知夏" in form and "客户说算了" in form and "客户放弃" in form
    desk.act(world.supervisor, case, "decide_exit", approve="false", reason="再联系一次")
    assert told(to_user=world.agent) == ["已审批：没有同意结束"]


def test_what_the_head_of_service_asks_goes_to_who_stands_above(desk):
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.supervisor, case, "request_exit", exit="declined", reason="客户说算了")
    assert told(to_user=desk.world.executive) == ["待审批：申请结束"]
    assert told(to_user=desk.world.supervisor) == []


# --- who hears of it ---


def test_an_urgent_report_and_a_returned_task_reach_whoever_has_to_act(desk):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    desk.act(world.engineer, case, "report_urgent", text="客户是医院")
    desk.act(world.engineer, case, "return_task", reason="不是本部门的设备")
    assert told(to_code="service_supervisor") == [
        "新的约定：紧急情况，请确认收到",
        "新的约定：任务被退回，请重新派单",
    ]


def test_after_a_return_the_rail_leads_to_the_assignment(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    desk.act(world.agent, case, "reply", via="portal", body="已收到")
    desk.act(world.engineer, case, "return_task", reason="不是本部门的设备")
    steps = {
        s.name: s for s in as_user(world.supervisor).get(f"/cases/{case.number}/").context["now_round"].steps
    }
    assert (steps["方案"].act.code, steps["方案"].act.key) == ("assign", "e")
    assert steps["方案"].why_not == ""
    for page in ("/", "/cases/"):
        assert f"/cases/{case.number}/acts/assign/" in as_user(world.supervisor).get(page).content.decode(), (
            page
        )


def test_a_waiver_waits_with_who_may_approve_it(desk):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    plan = Promise.objects.get(subject_id=case.pk, control="plan")
    forget(world.engineer)
    made = promises.request(
        plan.pk, kind="waiver", reason="已在现场处理", user=world.engineer, at=clock.now()
    )
    assert told(to_user=world.supervisor) == ["待审批：免除「方案」"]
    assert told(to_user=world.engineer_head) == [], "who may not approve it is not asked"
    forget(world.supervisor)
    promises.decide(made.pk, approve=True, user=world.supervisor, at=clock.now())
    assert told(to_user=world.engineer) == ["已审批：同意免除「方案」"]


def test_a_form_about_a_promise_leads_back_without_scripts_too(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    plan = Promise.objects.get(subject_id=case.pk, control="plan")
    browser, here = as_user(world.engineer_head), f"/cases/{case.number}/"
    form = browser.get(f"/promises/{plan.pk}/give/", headers={"Referer": f"http://testserver{here}"})
    assert form.context["next"] == here
    given = browser.post(f"/promises/{plan.pk}/give/", {"to": world.engineer.pk, "next": here})
    assert given.status_code in {302, 303} and given["Location"] == here


# --- the rail ---


def test_an_open_task_takes_the_solution_away_and_says_whose_it_is(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint(), collaborators=("quality",))
    due = clock.now() + timedelta(hours=5)
    desk.act(world.engineer, case, "give_task", department="quality", what="复检", due=due.isoformat())
    steps = {
        s.name: s for s in as_user(world.engineer).get(f"/cases/{case.number}/").context["now_round"].steps
    }
    assert steps["解决"].act is None
    assert steps["解决"].why_not == "品质部的协办任务还没有完成，也没有免除，不能登记解决。"
    with pytest.raises(Refused, match="品质部的协办任务"):
        desk.act(world.engineer, case, "solve", result="换膜")
    form = as_user(world.engineer).fragment(f"/cases/{case.number}/acts/solve/").content.decode()
    assert "现在不能这样做" in form


def test_the_key_is_for_ones_own_next_step(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint())
    keyed = {}
    for user in (world.agent, world.engineer):
        steps = as_user(user).get(f"/cases/{case.number}/").context["now_round"].steps
        keyed[user.name] = [step.name for step in steps if step.act is not None and step.act.key]
    assert keyed == {"林知夏": ["首次回应"], "陈砚": ["方案"]}


def test_a_breach_of_an_ended_case_grows_no_further(desk, as_user):
    case = desk.complaint()
    with clock.telling(clock.now() + timedelta(hours=3)):
        promises.look(now=clock.now())
        desk.act(desk.world.agent, case, "withdraw", via="portal", note="不用了")
        page = as_user(desk.world.agent).get(f"/cases/{case.number}/")
    step = next(step for step in page.context["now_round"].steps if step.name == "分类")
    assert not step.is_open and step.face.state == "breached"
    rail = page.content.decode().split('id="rail"')[1]
    assert "逾期" in rail and "已超" not in rail


def test_a_changed_title_is_told_with_the_new_one(desk, as_user):
    case = desk.complaint()
    case.refresh_from_db()
    as_user(desk.world.agent).post(f"/cases/{case.number}/title/", {"title": "二期浊度超标", "rev": case.rev})
    assert (
        "把主题改为「二期浊度超标」"
        in as_user(desk.world.supervisor).get(f"/cases/{case.number}/").content.decode()
    )


# --- merging ---


def test_only_what_one_sees_can_be_merged_into_and_the_others_are_suggested(desk, as_user):
    first = desk.complaint()
    second = desk.complaint(title="还是同一件事", content="约好的维保又没来，请尽快。")
    form = as_user(desk.world.supervisor).fragment(f"/cases/{second.number}/acts/merge/").content.decode()
    assert f'<option value="{first.number}">' in form
    with pytest.raises(Invalid) as refused:
        desk.act(desk.world.supervisor, second, "merge", into="TS-2001-999999")
    assert "into" in refused.value.fields
    desk.act(desk.world.supervisor, second, "merge", into=first.number)
    text = as_user(desk.world.agent).get(f"/cases/{first.number}/").content.decode()
    assert f'并入本事项的是 <a href="/cases/{second.number}/">' in text
