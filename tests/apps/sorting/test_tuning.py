"""What a company sets: lists of words, rules with a try-out, skills; and versions of the model."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from keyue.cases.models import Case
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM, Actor
from keyue.sorting import actions, selectors, training
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.model.figures import trained
from keyue.sorting.models import RoutingRule, SortingModel, StaffSkill, WordList
from keyue.sorting.proposing import Proposer
from tests.apps.cases.conftest import Desk
from tests.journeys.world import World
from tests.support import sorting_figures as labelled

AsUser = Callable[[Any], Any]


def rule(name: str, **said: Any) -> RoutingRule:
    plan = RulePlan(**{"name": name, "lead": "tech", **said})
    return actions.keep_rule(plan=plan, by=SYSTEM, at=clock.now())


# --- words ---


def test_a_list_is_changed_and_restored(world: World, as_user: AsUser) -> None:
    browser = as_user(world.supervisor)
    url = "/sorting/words/category/price/"
    assert browser.post(url, {"words": "贵得离谱、宰客 宰客"}).status_code == 303
    assert WordList.objects.get().words == "贵得离谱 宰客"
    assert Proposer().answers_to("简直宰客").label("category") == "price"
    assert "已改" in browser.get("/sorting/words/").content.decode()
    assert browser.post(url, {"restore": "1", "words": ""}).status_code == 303
    assert not WordList.objects.exists()


@pytest.mark.parametrize("words", ["长" * 21, " ".join(f"词{n}" for n in range(401))])
def test_a_list_that_cannot_be_is_refused_and_kept(world: World, as_user: AsUser, words: str) -> None:
    answer = as_user(world.supervisor).post("/sorting/words/mood/angry/", {"words": words})
    assert answer.status_code == 422 and words[:20] in answer.content.decode()
    assert not WordList.objects.exists()


def test_no_list_of_that_name(world: World, as_user: AsUser) -> None:
    assert as_user(world.supervisor).get("/sorting/words/lead/tech/").status_code == 404


# --- rules ---


def test_rules_are_made_moved_tried_and_ended(world: World, as_user: AsUser) -> None:
    browser = as_user(world.supervisor)
    data = {"name": "膜组归工程", "words": "膜组，反渗透", "lead": "tech"}
    assert browser.post("/sorting/rules/new/", data).status_code == 303
    second = {"name": "投诉归品质", "type": "complaint", "lead": "quality"}
    assert browser.post("/sorting/rules/new/", second).status_code == 303
    text = {"text": "膜组产水浊度超标，反复投诉，没有人管"}
    shown = browser.post("/sorting/rules/", text).content.decode()
    assert "这个事项会派给" in shown and "工程服务部" in shown and "按规则「膜组归工程」" in shown
    assert "互相冲突" in shown and "「投诉归品质」" in shown
    last = RoutingRule.objects.get(name="投诉归品质")
    assert browser.post(f"/sorting/rules/{last.pk}/move/", {"to": "up"}).status_code == 303
    assert "按规则「投诉归品质」" in browser.post("/sorting/rules/", text).content.decode()
    assert browser.post(f"/sorting/rules/{last.pk}/move/", {"to": "up"}).status_code == 409
    assert browser.post(f"/sorting/rules/{last.pk}/end/").status_code == 303
    assert "按规则「膜组归工程」" in browser.post("/sorting/rules/", text).content.decode()
    assert browser.get(f"/sorting/rules/{last.pk}/").status_code == 404
    assert not Case.objects.exists(), "trying it out registers nothing"


def test_a_rule_without_conditions_or_department_is_refused(world: World, as_user: AsUser) -> None:
    browser = as_user(world.supervisor)
    answer = browser.post("/sorting/rules/new/", {"name": "全部", "lead": "tech"})
    assert answer.status_code == 422 and "至少写一个条件" in answer.content.decode()
    assert (
        browser.post("/sorting/rules/new/", {"name": "x", "words": "泵", "lead": "nowhere"}).status_code
        == 422
    )
    assert not RoutingRule.objects.exists()


def test_the_customers_grade_and_region_count(desk: Desk) -> None:
    rule("北京", region="北京")
    case = desk.complaint(region="北京市朝阳区")
    proposer = Proposer()
    place = proposer.place(case, proposer.answers(case))
    assert place is not None and place.rule is not None and place.rule.name == "北京"
    elsewhere = desk.complaint(region="上海")
    assert proposer.place(elsewhere, proposer.answers(elsewhere)) is None
    # where the case names no place, that of its customer counts; and how the customer is graded
    Case.objects.filter(pk=elsewhere.pk).update(region="")
    Customer.objects.filter(pk=elsewhere.customer_id).update(region="110000", city="朝阳区", grade="A")
    elsewhere = Case.objects.get(pk=elsewhere.pk)
    place = proposer.place(elsewhere, proposer.answers(elsewhere))
    assert place is not None and place.rule is not None and place.rule.name == "北京"
    RoutingRule.objects.all().delete()
    rule("朝阳", region="朝阳")
    rule("另一个省", region="330000")
    place = Proposer().place(elsewhere, proposer.answers(elsewhere))
    assert place is not None and place.rule is not None and place.rule.name == "朝阳"
    Case.objects.filter(pk=elsewhere.pk).update(region="330000")
    inland = Proposer().place(Case.objects.get(pk=elsewhere.pk), proposer.answers(elsewhere))
    assert inland is not None and inland.rule is not None and inland.rule.name == "另一个省"
    RoutingRule.objects.all().delete()
    rule("甲级", grade="A")
    proposer = Proposer()
    place = proposer.place(elsewhere, proposer.answers(elsewhere))
    assert place is not None and place.rule is not None and place.rule.name == "甲级"
    Customer.objects.filter(pk=elsewhere.customer_id).update(grade="B")
    elsewhere = Case.objects.get(pk=elsewhere.pk)
    assert proposer.place(elsewhere, proposer.answers(elsewhere)) is None


def test_what_it_is_about_and_the_product_count(desk: Desk, world: World) -> None:
    rule("收费", category="price")
    rule("膜组", words="膜组 加药泵")
    proposer = Proposer()

    def name(case: Case) -> str:
        place = proposer.place(case, proposer.answers(case))
        return place.rule.name if place is not None and place.rule is not None else ""

    case = desk.complaint(title="有两件事", content="加药泵坏了")
    assert name(case) == "膜组"
    desk.act(world.agent, case, "classify", type="complaint", category="price")
    assert name(Case.objects.get(pk=case.pk)) == "收费", "what people decided, and the first rule that fits"


def test_of_those_who_can_the_one_who_holds_least(desk: Desk, world: World) -> None:
    rule("膜组", words="膜组", skill="反渗透")
    for user in (world.engineer, world.engineer_head):
        actions.give_skill(user=user, name="反渗透", by=SYSTEM, at=clock.now())
    case = desk.to_assigned(desk.complaint())
    from keyue.promises.models import Promise

    Promise.objects.filter(subject_id=case.pk, is_open=True).update(holder=world.engineer)
    proposer = Proposer()
    place = proposer.place(case, proposer.answers(case))
    assert place is not None and place.person == world.engineer_head


def test_skills_are_given_and_taken(world: World, as_user: AsUser) -> None:
    browser = as_user(world.supervisor)
    assert browser.post("/sorting/skills/", {"user": world.engineer.pk, "name": "焊接"}).status_code == 303
    assert browser.post("/sorting/skills/", {"user": world.engineer.pk, "name": "焊接"}).status_code == 303
    assert browser.post("/sorting/skills/", {"user": "0", "name": ""}).status_code == 422
    skill = StaffSkill.objects.get()
    assert browser.post(f"/sorting/skills/{skill.pk}/take/").status_code == 303
    assert not StaffSkill.objects.exists()


def test_a_rule_of_a_closed_department_is_passed_over(desk: Desk) -> None:
    from keyue.people import actions as people
    from keyue.people.models import Department

    rule("品质", lead="quality", words="膜组")
    rule("工程", lead="tech", words="膜组")
    quality = Department.objects.get(code="quality")
    for user in list(quality.members.all()):
        people.change_staff(user=user, changes={"department": None}, by=SYSTEM, at=clock.now())
    people.close_department(department=quality, by=SYSTEM, at=clock.now())
    case = desk.complaint()
    proposer = Proposer()
    place = proposer.place(case, proposer.answers(case))
    assert place is not None and place.lead == "tech"


def test_a_list_for_a_question_that_has_none(db: None) -> None:
    with pytest.raises(Invalid):
        actions.change_words(question="lead", label="x", words="y", by=SYSTEM, at=clock.now())


# --- the model ---


def kept(*, is_better: bool = True) -> SortingModel:
    found = trained(list(labelled.cases()), None)
    row = actions.keep_model(
        data=found.data,
        learned=found.learned,
        held_back=found.held_back,
        figures=found.figures,
        seconds=found.seconds,
        is_better=is_better,
        by=SYSTEM,
        at=clock.now(),
    )
    assert row is not None
    return row


def test_a_version_in_use_proposes(desk: Desk, world: World, as_user: AsUser) -> None:
    kept()
    case = desk.complaint(title="接头漏水", content="净水机接头漏水，地板泡了")
    assert Proposer().answers(case).version == 1
    actions.take_in(now=clock.now())
    assert case.proposal.model.n == 1
    browser = as_user(world.supervisor)
    assert "分拣模型第 1 版" in browser.fragment(f"/sorting/cases/{case.number}/").content.decode()
    page = browser.get("/sorting/figures/").content.decode()
    assert "第 1 版" in page and "使用中" in page
    held = SortingModel.objects.get().figures["questions"]
    assert f"在没有学过的 {SortingModel.objects.get().held_back} 件上" in page
    for question in ("category", "type", "urgency", "lead", "mood"):
        of, right = (sum(held[question][name].values()) for name in ("of", "right"))
        assert f"{right} / {of}" in page, question


def test_an_old_version_can_be_put_back_and_the_lists_too(world: World, as_user: AsUser) -> None:
    kept()
    kept(is_better=False)
    used = selectors.model_in_use()
    assert used is not None and used.n == 1, "the worse one is kept and not put to work"
    browser = as_user(world.supervisor)
    assert browser.post("/sorting/figures/2/put/").status_code == 303
    assert Proposer().version == 2
    assert browser.post("/sorting/figures/1/put/").status_code == 303
    row = SortingModel.objects.get(n=1)
    assert row.state == "in_use" and row.put_by == f"staff:{world.supervisor.pk}"
    assert browser.post("/sorting/figures/0/put/").status_code == 303
    assert Proposer().version == 0
    assert browser.post("/sorting/figures/9/put/").status_code == 404


def test_a_training_in_a_process_of_its_own(
    desk: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Confirmed cases are learned from; what is erased, invalid or not yet sorted is not."""
    monkeypatch.setattr(training, "ENOUGH", 24)
    texts = [one for one in labelled.cases() if one.labels["category"] in {"product", "price"}]
    for n in range(24):
        one = texts[n] if n % 2 else texts[-n - 1]
        case = desk.complaint(
            title=one.text[:30], content=one.text, name=f"客户{n}", phone=f"139000010{n:02d}", email=""
        )
        assert not training.is_due(clock.now())
        desk.act(world.agent, case, "classify", type=one.labels["type"], category=one.labels["category"])
    desk.complaint(content="还没有分类的")
    assert training.is_due(clock.now())
    question = training.asked()
    assert len(question["samples"]) == 24
    row = training.keep(training.train_apart(question), clock.now())
    assert row is not None and row.n == 1 and row.learned + row.held_back == 24
    assert base64.b64decode(training.train_apart(question)["data"]) == bytes(row.data), (
        "the same from the same"
    )
    assert not training.is_due(clock.now() + timedelta(hours=2)), "nothing new to learn"


def test_two_processes_that_train_at_once_keep_one_version(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept()
    monkeypatch.setattr(selectors, "newest_model", lambda: None)
    found = actions.keep_model(
        data=b"", learned=1, held_back=0, figures={}, seconds=1, is_better=True, by=SYSTEM, at=clock.now()
    )
    assert found is None
    used = selectors.model_in_use()
    assert used is not None and used.pk == first.pk


def test_who_puts_a_version_to_work_is_in_the_fact(world: World) -> None:
    from keyue.ledger.models import Fact

    kept()
    by = Actor("staff", str(world.supervisor.pk))
    actions.put_model(version=1, by=by, at=clock.now())
    fact = Fact.objects.filter(kind="sorting.model_put").get()
    assert (fact.actor_id, fact.data) == (by.id, {"version": 1})
