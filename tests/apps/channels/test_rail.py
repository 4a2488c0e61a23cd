"""The public rail: honest words about what was promised, for whichever stage a case stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases.enums import CaseType, Exit, Stage, WaitingReason
from keyue.cases.models import Case
from keyue.channels.webform import rail, selectors
from keyue.kernel import clock
from keyue.promises import actions as promises
from tests.apps.channels.conftest import Sender, act, to_assigned, to_told
from tests.journeys.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch):
    """Let time pass, with the sweep."""
    start = clock.now()

    def forward(**by: float) -> None:
        instant = start + timedelta(**by)
        monkeypatch.setattr(clock, "now", lambda: instant)
        promises.look(now=instant)

    return forward


def nodes(case: Case) -> dict[str, rail.Node]:
    case.refresh_from_db()
    return {node.code: node for node in selectors.progress_of(case, clock.now()).rounds[0].nodes}


def now(case: Case) -> selectors.Now:
    case.refresh_from_db()
    return selectors.progress_of(case, clock.now()).now


def test_a_new_complaint_shows_what_is_owed_and_what_comes(world: World, sender: Sender) -> None:
    sender.receipt()
    found = nodes(Case.objects.get())
    assert list(found) == ["classify", "respond", "assess", "assign", "plan", "solve", "tell", "follow_up"]
    assert found["classify"].is_current and found["classify"].tone == "open" and found["classify"].due
    assert found["plan"].tone == "idle" and found["plan"].right == "派单后 24 小时内"
    assert found["follow_up"].right == "告知后 7 天内"
    first = now(Case.objects.get())
    assert first.sentence == "已收到，正在分类" and first.promise.endswith("前完成分类")


def test_late_is_said_as_it_is(world: World, sender: Sender, moved) -> None:
    sender.receipt()
    case = Case.objects.get()
    moved(hours=2, minutes=12, seconds=40)
    late = now(case)
    assert late.tone == "late" and "没有做到，向您致歉" in late.promise
    assert nodes(case)["classify"].right == "已超 12 分"
    act(world.agent, case, "classify", type="complaint", category="product")
    done = nodes(case)["classify"]
    assert (done.tone, done.name, done.right) == ("late", "已受理并分类", "晚了 12 分")
    assert done.notes[0] == "产品质量" and "向您致歉" in done.notes[1] and "答复" not in done.notes[1]
    moved(hours=2, minutes=30)
    act(world.agent, case, "reply", via="portal", body="系统故障耽误了分类。")
    assert "之后给您的答复见「往来」" in nodes(case)["classify"].notes[1]


def test_kept_steps_say_how_long_they_took(world: World, sender: Sender, moved) -> None:
    sender.receipt()
    case = Case.objects.get()
    moved(minutes=38, seconds=40)
    act(world.agent, case, "classify", type="complaint", category="service")
    done = nodes(case)["classify"]
    assert (done.tone, done.right, done.is_done) == ("kept", "38 分", True)


def test_waiting_is_taken_out_of_the_reckoning_and_said(world: World, sender: Sender, moved) -> None:
    sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    moved(hours=1, seconds=0)
    act(world.engineer, case, "wait", reason="customer", via="portal", body="请发来照片。")
    assert now(case).tone == "wait" and nodes(case)["solve"].right == "停表"
    moved(hours=4, seconds=40)
    act(world.agent, case, "resume", note="电话里补充了")
    moved(hours=5)
    act(world.engineer, case, "solve", result="好了")
    assert "其中停表等待 3 小时，不计入时限" in nodes(case)["solve"].notes


def test_a_promised_time_takes_the_place_of_the_limit(world: World, sender: Sender, moved) -> None:
    sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    eta = (clock.now() + timedelta(days=5)).isoformat()
    act(world.engineer, case, "give_eta", eta=eta, via="portal", body="备件在途，五天内更换。", reason="")
    solve = nodes(case)["solve"]
    assert solve.due is not None and solve.due > clock.now() + timedelta(days=4)
    assert "plan" not in nodes(case) or nodes(case)["plan"].tone != "late"


def test_each_round_has_its_own_rail(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    to_told(world, case)
    sender.follow(number, code)
    sender.act(number, "answer", again="yes")
    case.refresh_from_db()
    second, first = selectors.progress_of(case, clock.now()).rounds
    assert [node.code for node in second.nodes] == ["plan", "solve", "tell", "follow_up"]
    assert first.ended_by == "您说还没有解决，开始第 2 轮处理"
    assert all(node.tone != "idle" for node in first.nodes) and "classify" in {n.code for n in first.nodes}


def test_who_helps_is_named_also_after_the_work_was_given_back(world: World, sender: Sender) -> None:
    sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    given = {"lead": "tech", "collaborators": ["quality"], "reason": "要复检"}
    act(world.supervisor, case, "reassign", **given)
    assert nodes(case)["assign"].notes == ["协同：品质部"]
    act(world.engineer_head, case, "return_task", reason="不归我们")
    assert nodes(case)["assign"].notes == ["协同：品质部"] and nodes(case)["assign"].name == "已派单"


def test_an_inquiry_has_no_steps_that_nobody_takes(world: World, sender: Sender) -> None:
    sender.receipt(type="inquiry")
    case = Case.objects.get()
    assert list(nodes(case)) == ["classify", "respond"]
    act(world.agent, case, "classify", type="inquiry", category="other")
    assert now(case).sentence == "正在准备答复您"
    act(world.agent, case, "reply", via="portal", body="续签流程如下。")
    assert now(case).sentence == "已答复您，即将结束"


def test_what_was_found_invalid_says_that_another_looks_again(world: World, sender: Sender) -> None:
    sender.receipt()
    case = Case.objects.get()
    act(world.agent, case, "classify", type="complaint", category="other")
    act(world.supervisor, case, "review", valid="false", reason="与另一条重复")
    assert now(case).sentence == "已初步核实，正在由另一人复核"
    assert nodes(case)["assess"].name == "已审核"
    act(world.executive, case, "decide_exit", approve="true")
    end = nodes(case)["end"]
    assert end.tone == "void" and "不成立" in end.notes[0] and "与另一条重复" not in str(nodes(case))


@pytest.mark.parametrize("packs", [(), ("construction",), ("feedback", "construction")])
def test_any_regulations_will_do(db: None, sender: Sender, packs: tuple[str, ...]) -> None:
    from tests.journeys.world import found

    world = found(packs=packs, answers=None if "feedback" in packs else {})
    sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    to_told(world, case)
    found_nodes = nodes(case)
    assert found_nodes["tell"].is_done and found_nodes["assign"].name == "已派单到工程服务部"


def test_every_way_to_end_and_to_wait_has_its_words() -> None:
    assert set(rail.EXITS) == set(Exit)
    assert set(selectors.WAITING) == set(WaitingReason)
    for kind in CaseType:
        for stage in Stage:
            case = Case(received_type=kind, type=kind, stage=stage, round=1)
            assert selectors.sentence_of(case, rail.CaseState(type=kind))
