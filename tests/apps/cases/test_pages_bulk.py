"""Acts on many cases: said before, done one by one, and each result named. The daily review."""

from __future__ import annotations

import pytest

from keyue.cases.models import Case
from keyue.promises.models import Promise

pytestmark = pytest.mark.django_db


def several(desk, n: int) -> list[Case]:
    return [desk.complaint(phone=f"1390000{i:04}", title=f"第 {i} 件") for i in range(n)]


def picked(*cases: Case, **more: str) -> dict[str, object]:
    return {"pick": [case.number for case in cases], **more}


def test_it_says_first_how_many_and_which_are_left_out_and_why(desk, as_user):
    done, fresh = several(desk, 2)
    desk.act(desk.world.agent, done, "classify", type="complaint", category="price")
    answer = as_user(desk.world.agent).send("/cases/bulk/classify/", picked(done, fresh))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "将办理 1 条" in text and "其中 1 条跳过" in text
    assert done.number in text and "已经分类过；要改请用「改分类」。" in text
    done.refresh_from_db(), fresh.refresh_from_db()
    assert (done.category, fresh.category) == ("price", ""), "nothing is done by saying so"


def test_then_it_does_each_and_says_what_became_of_it(desk, as_user):
    done, *fresh = several(desk, 3)
    desk.act(desk.world.agent, done, "classify", type="complaint", category="price")
    answer = as_user(desk.world.agent).send(
        "/cases/bulk/classify/", picked(done, *fresh, go="1", type="complaint", category="product")
    )
    text = answer.content.decode()
    assert "2 条已办妥" in text and "1 条跳过" in text and "已分类" in text
    assert [Case.objects.get(pk=case.pk).category for case in fresh] == ["product", "product"]
    done.refresh_from_db()
    assert done.category == "price"


def test_one_that_fails_is_named_and_stops_no_other(desk, as_user, monkeypatch):
    first, second = several(desk, 2)
    from keyue.cases import acts
    from keyue.kernel.errors import Refused

    real = acts.perform

    def perform(user, number, *args, **options):
        if number == first.number:
            raise Refused("刚被别人改过。")
        return real(user, number, *args, **options)

    monkeypatch.setattr(acts, "perform", perform)
    answer = as_user(desk.world.agent).send(
        "/cases/bulk/classify/", picked(first, second, go="1", type="complaint", category="product")
    )
    text = answer.content.decode()
    assert "1 条没有办成" in text and "没有办成：刚被别人改过。" in text and "另外 1 条已办妥" in text
    assert text.index(first.number) < text.index(second.number), "what needs a look stands first"
    second.refresh_from_db()
    assert second.category == "product"


def test_a_mistake_in_the_form_does_nothing(desk, as_user):
    case = several(desk, 1)[0]
    answer = as_user(desk.world.agent).send("/cases/bulk/classify/", picked(case, go="1", type="complaint"))
    assert answer.status_code == 422 and "请选择类别。" in answer.content.decode()
    case.refresh_from_db()
    assert case.category == ""


def test_departments_get_many_at_once(desk, as_user):
    cases = several(desk, 2)
    for case in cases:
        desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    as_user(desk.world.supervisor).send(
        "/cases/bulk/assign/", picked(*cases, go="1", lead="tech", collaborators=["quality"])
    )
    assert {Case.objects.get(pk=case.pk).lead for case in cases} == {"tech"}


def test_a_batch_found_invalid_needs_a_reason_and_waits_for_another_person(desk, as_user):
    cases = several(desk, 2)
    for case in cases:
        desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    browser = as_user(desk.world.supervisor)
    asked = browser.send("/cases/bulk/review/", picked(*cases, valid="false"))
    assert asked.context["form"]["valid"].value() == "false", "the button already says which way"
    without = browser.send("/cases/bulk/review/", picked(*cases, go="1", valid="false"))
    assert without.status_code == 422 and "判为无效要写明理由" in without.content.decode()
    browser.send("/cases/bulk/review/", picked(*cases, go="1", valid="false", reason="重复"))
    for case in cases:
        case.refresh_from_db()
        assert (case.is_valid, case.exit_requested, case.is_open) == (False, "invalid", True)


def test_promises_are_handed_to_a_person_of_the_owning_department(desk, as_user):
    world = desk.world
    ours, theirs = several(desk, 2)
    desk.to_assigned(ours, lead="tech")
    desk.to_assigned(theirs, lead="quality")
    browser = as_user(world.supervisor)
    asked = browser.send("/cases/bulk/give/", picked(ours, theirs))
    text = asked.content.decode()
    assert world.engineer.name in text and "工程服务部：方案、解决" in text and "品质部：方案、解决" in text
    chosen = picked(ours, theirs, go="1", to=str(world.engineer.pk))
    text = browser.send("/cases/bulk/give/", chosen).content.decode()
    # of one of the two this person can be given nothing: said before it is done
    assert "将办理 1 条" in text and "没有陈砚所在部门或岗位的约定。" in text
    assert not Promise.objects.filter(holder=world.engineer).exists()
    answer = browser.send("/cases/bulk/give/", chosen | {"seen_for": str(world.engineer.pk)})
    text = answer.content.decode()
    assert "已派给陈砚：方案、解决" in text and "跳过：没有陈砚所在部门或岗位的约定。" in text
    held = Promise.objects.filter(holder=world.engineer)
    assert {(promise.subject_id, promise.owner) for promise in held} == {(ours.pk, "tech")}
    assert {promise.control for promise in held} == {"plan", "solve"}
    assert theirs.number in text
    only_ours = browser.send("/cases/bulk/give/", picked(ours, go="1", to=str(world.agent.pk)))
    assert "已派给林知夏：" in only_ours.content.decode(), "what leaves nothing out is done at once"


def test_nothing_chosen_and_too_much_chosen_are_named(desk, as_user):
    browser = as_user(desk.world.agent)
    none = browser.send("/cases/bulk/classify/", {})
    assert none.status_code == 422 and "没有选中任何事项" in none.content.decode()
    many = browser.send("/cases/bulk/classify/", {"pick": [f"TS-2611-{n:06}" for n in range(101)]})
    assert many.status_code == 422 and "一次最多 100 条" in many.content.decode()


def test_what_one_does_not_see_is_not_in_the_batch(desk, as_user):
    ours, theirs = several(desk, 2)
    desk.to_assigned(ours, lead="tech")
    desk.to_assigned(theirs, lead="quality")
    answer = as_user(desk.world.engineer_head).send("/cases/bulk/give/", picked(ours, theirs))
    assert theirs.number not in answer.content.decode()


@pytest.mark.parametrize(("what", "status"), [("assign", 403), ("dance", 404)])
def test_only_what_exists_and_one_may(desk, as_user, what, status):
    case = several(desk, 1)[0]
    assert as_user(desk.world.agent).post(f"/cases/bulk/{what}/", picked(case)).status_code == status


def test_without_scripts_it_is_a_page(desk, as_user):
    case = several(desk, 1)[0]
    browser = as_user(desk.world.agent)
    preview = browser.post("/cases/bulk/classify/", picked(case)).content.decode()
    assert "<html" in preview and "将办理 1 条" in preview
    result = browser.post("/cases/bulk/classify/", picked(case, go="1", type="complaint", category="price"))
    assert "<html" in result.content.decode() and "1 条已办妥" in result.content.decode()


# --- the daily review ---


def test_the_review_shows_what_waits_and_what_must_be_sorted_first(desk, as_user):
    sorted_, fresh = several(desk, 2)
    desk.act(desk.world.agent, sorted_, "classify", type="complaint", category="product")
    answer = as_user(desk.world.supervisor).get("/cases/review/")
    text = answer.content.decode()
    assert [row.number for row in answer.context["rows"]] == [sorted_.number]
    assert "3# 膜组这周第三次浊度超标" in text, "what it says can be read without opening it"
    assert "另有 1 条还没有分类" in text and "stage=classify" in text
    assert fresh.number not in text
    desk.act(desk.world.supervisor, sorted_, "review", valid="true")
    assert "没有待审核的事项" in as_user(desk.world.supervisor).get("/cases/review/").content.decode()


def test_the_review_is_for_who_reviews(desk, as_user):
    assert as_user(desk.world.agent).get("/cases/review/").status_code == 403
