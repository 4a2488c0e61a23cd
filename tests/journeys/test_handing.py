"""Inside a department a person takes or is given a promise; waivers and extensions need somebody else's yes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases.lists import moment
from keyue.cases.models import Case
from keyue.cases.rail import rounds
from keyue.cases.sheet import Sheet
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.access import forget
from keyue.people.leaving import StillOpen
from keyue.people.models import Post
from keyue.people.selectors import heirs_of
from keyue.promises import actions as promises
from keyue.promises.forms import GiveForm
from keyue.promises.models import Notice, Promise
from keyue.promises.selectors import open_requests, owed_by, owed_in
from tests.journeys.test_complaint_loop import act, complaint, to_assigned
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return found()


@pytest.fixture
def case(world: World) -> Case:
    case = complaint()
    to_assigned(world, case)
    return case


def promise(case: Case, control: str) -> Promise:
    return Promise.objects.get(subject_id=case.pk, control=control)


def test_a_person_of_the_department_takes_it_and_another_may_not(world: World, case: Case) -> None:
    plan = promise(case, "plan")
    promises.take(plan.pk, user=world.engineer, at=clock.now())
    assert promise(case, "plan").holder == world.engineer
    with pytest.raises(Refused, match="陈砚"):
        promises.take(plan.pk, user=world.engineer_head, at=clock.now())
    with pytest.raises(Denied):
        promises.take(plan.pk, user=world.stranger, at=clock.now())


def test_the_head_gives_it_only_to_people_of_the_department(world: World, case: Case) -> None:
    plan = promise(case, "plan")
    with pytest.raises(Invalid):
        promises.give(plan.pk, to=world.stranger, user=world.engineer_head, at=clock.now())
    promises.give(plan.pk, to=world.engineer, user=world.engineer_head, at=clock.now())
    promises.put_back(plan.pk, user=world.engineer, at=clock.now())
    assert promise(case, "plan").holder is None


def test_a_leaver_hands_over_before_the_account_closes(world: World, case: Case) -> None:
    promises.take(promise(case, "plan").pk, user=world.engineer, at=clock.now())
    with pytest.raises(StillOpen):
        people.deactivate(user=world.engineer, by=SYSTEM, at=clock.now())
    people.deactivate(user=world.engineer, by=SYSTEM, at=clock.now(), heir=world.engineer_head)
    assert promise(case, "plan").holder == world.engineer_head


def test_a_waiver_needs_an_approver_who_neither_asked_nor_owes(world: World, case: Case) -> None:
    plan = promise(case, "plan")
    made = promises.request(
        plan.pk, kind="waiver", reason="客户要求先不动", user=world.engineer, at=clock.now()
    )
    with pytest.raises(Denied):
        promises.decide(made.pk, approve=True, user=world.engineer, at=clock.now())
    promises.decide(made.pk, approve=True, user=world.supervisor, at=clock.now())
    assert promise(case, "plan").state == "waived"


def test_an_extension_moves_the_due_instant_and_is_void_once_late(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = promise(case, "plan")
    assert plan.due is not None
    later = plan.due + timedelta(days=1)
    made = promises.request(
        plan.pk, kind="extension", reason="等检测报告", due=later, user=world.engineer, at=clock.now()
    )
    promises.decide(made.pk, approve=True, user=world.supervisor, at=clock.now())
    assert promise(case, "plan").due == later
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    clock.move_to(later + timedelta(minutes=1))
    with pytest.raises(Invalid, match="已经逾期"):
        promises.request(
            plan.pk,
            kind="extension",
            reason="再等等",
            due=later + timedelta(days=1),
            user=world.engineer,
            at=clock.now(),
        )


def test_who_stands_behind_a_promise_neither_ends_it_nor_waives_it(world: World) -> None:
    """34 and 39 alike: the review is owed by the post that 许南乔 holds, and nobody has taken it."""
    case = complaint()
    act(world.agent, case, "classify", type="complaint", category="product")
    review = promise(case, "review")
    act(world.agent, case, "request_exit", exit="declined", reason="客户不再追究")
    made = promises.request(review.pk, kind="waiver", reason="重复", user=world.agent, at=clock.now())
    for user, may in ((world.supervisor, False), (world.executive, True)):
        sheet = Sheet(user, Case.objects.get(pk=case.pk), moment(clock.now()))
        assert ("decide_exit" in sheet.possible) is may
        offered = {link.code for step in rounds(sheet)[0].steps for link in step.requests}
        assert ("decide" in offered) is may
        assert [request.pk for request in open_requests(user)] == ([made.pk] if may else [])
        asked = Notice.objects.filter(to_user=user, kind="requested").count()
        assert asked == (2 if may else 0)
    with pytest.raises(Refused, match="责任人不能批准"):
        promises.decide(made.pk, approve=True, user=world.supervisor, at=clock.now())
    with pytest.raises(Refused, match="责任人不能批准"):
        act(world.supervisor, case, "decide_exit", approve="true")
    assert act(world.executive, case, "decide_exit", approve="true").exit == "declined"


def test_who_owes_nothing_of_it_may_end_a_case_of_another_department(world: World, case: Case) -> None:
    act(world.agent, case, "request_exit", exit="third_party", reason="已由法院受理")
    assert act(world.supervisor, case, "decide_exit", approve="true").exit == "third_party"


def test_only_who_may_keep_promises_takes_them_over_or_is_given_them(world: World, case: Case) -> None:
    keeper = people.create_staff(username="qin", name="秦系安", by=SYSTEM, at=clock.now())
    people.grant_role(user=keeper, role="system_administrator", by=SYSTEM, at=clock.now())
    plan = promise(case, "plan")
    promises.take(plan.pk, user=world.engineer, at=clock.now())
    with pytest.raises(Invalid, match="秦系安 没有「查看事项」权限") as refused:
        people.deactivate(user=world.engineer, heir=keeper, by=SYSTEM, at=clock.now())
    assert "heir" in refused.value.fields
    world.engineer.refresh_from_db()
    assert world.engineer.is_active and promise(case, "plan").holder == world.engineer
    heirs = set(heirs_of(world.engineer, clock.now()))
    assert world.engineer_head in heirs and world.agent in heirs
    assert not heirs & {keeper, world.executive, world.engineer}
    # in whose hands one is already, or on whose post, sees nothing of a case that they may not open
    Promise.objects.filter(pk=plan.pk).update(holder=keeper)
    Post.objects.get(code="service_desk").holders.add(keeper)
    forget(keeper)
    assert owed_by(keeper).count() == 0 and owed_in(keeper).count() == 0
    assert owed_by(world.agent).count() > 0
    Post.objects.get(code="service_desk").holders.remove(keeper)
    Promise.objects.filter(pk=plan.pk).update(holder=world.engineer)
    # what a post owes goes with the post
    assert keeper not in heirs_of(world.agent, clock.now())
    assert keeper in heirs_of(world.stranger, clock.now())
    # nor is it given to a member of the department who may not see cases
    mute = people.create_staff(
        username="mo", name="莫言", department=world.engineer.department, by=SYSTEM, at=clock.now()
    )
    with pytest.raises(Invalid, match="没有查看和领取事项的权限"):
        promises.give(plan.pk, to=mute, user=world.engineer_head, at=clock.now())
    offered = GiveForm(promise=plan, at=clock.now()).behind
    assert str(world.engineer_head.pk) in offered and str(mute.pk) not in offered
