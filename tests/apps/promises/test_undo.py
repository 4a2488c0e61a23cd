"""Taking back one's own step: as it was before, recorded as a fact, and refused in a sentence where it cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.kernel.errors import Denied, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.people.access import forget
from keyue.people.models import User
from keyue.promises import actions
from keyue.promises.models import Notice, Promise
from keyue.promises.verification import verify_promises
from tests.journeys.test_complaint_loop import complaint, to_assigned
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return found()


@pytest.fixture
def plan(world: World) -> Promise:
    case = complaint()
    to_assigned(world, case)
    return Promise.objects.get(subject_id=case.pk, control="plan")


def step() -> str:
    """The newest fact about who holds a promise."""
    return str(Fact.objects.filter(kind="promise.held").latest("pk").uid)


def undo(plan: Promise, user: User, *, fact: str = "", at: datetime | None = None) -> Promise:
    forget(user)
    return actions.undo(plan.pk, fact=fact or step(), user=user, at=at or clock.now())


def test_each_step_goes_back_to_whom_it_was_with_and_tells_nobody_again(world: World, plan: Promise) -> None:
    engineer, head = world.engineer, world.engineer_head
    actions.take(plan.pk, user=engineer, at=clock.now())
    told = Notice.objects.count()
    assert undo(plan, engineer).holder is None
    assert Notice.objects.count() == told

    actions.give(plan.pk, to=engineer, user=head, at=clock.now())
    actions.give(plan.pk, to=head, user=head, at=clock.now())
    told = Notice.objects.count()
    assert undo(plan, head).holder == engineer

    actions.put_back(plan.pk, user=engineer, at=clock.now())
    told = Notice.objects.count()
    assert undo(plan, engineer).holder == engineer
    assert Notice.objects.count() == told
    undone = [fact.data.get("undoes") for fact in Fact.objects.filter(kind="promise.held").order_by("pk")]
    assert [bool(fact) for fact in undone] == [False, True, False, False, True, False, True]
    assert list(verify_ledger()) == [] and list(verify_promises(clock.now())) == []


def test_only_who_did_it_takes_it_back(world: World, plan: Promise) -> None:
    actions.take(plan.pk, user=world.engineer, at=clock.now())
    with pytest.raises(Denied, match="只有做这一步的人"):
        undo(plan, world.engineer_head)
    assert actions.undoable(plan, user=world.engineer_head, at=clock.now()) == ""
    assert actions.undoable(Promise.objects.get(pk=plan.pk), user=world.engineer, at=clock.now()) == step()


def test_some_minutes_later_it_stands(world: World, plan: Promise) -> None:
    at = clock.now()
    actions.take(plan.pk, user=world.engineer, at=at)
    with pytest.raises(Refused, match="已过 5 分钟"):
        undo(plan, world.engineer, at=at + timedelta(minutes=5, seconds=2))
    assert Promise.objects.get(pk=plan.pk).holder == world.engineer


def test_what_happened_since_stands_in_the_way(world: World, plan: Promise) -> None:
    actions.take(plan.pk, user=world.engineer, at=clock.now())
    taken = step()
    actions.put_back(plan.pk, user=world.engineer, at=clock.now())
    with pytest.raises(Refused, match="之后又有变动"):
        undo(plan, world.engineer, fact=taken)
    undo(plan, world.engineer)
    # an undo is not undone, and nothing is undone twice
    with pytest.raises(NotFound, match="不能撤销"):
        undo(plan, world.engineer)
    actions.request(plan.pk, kind="waiver", reason="客户要求先不动", user=world.engineer, at=clock.now())
    actions.give(plan.pk, to=world.engineer_head, user=world.engineer_head, at=clock.now())
    given = step()
    made = actions.request(plan.pk, kind="extension", reason="备件未到", due=plan.due + timedelta(days=1),  # type: ignore[operator]
                           user=world.engineer, at=clock.now())  # fmt: skip
    assert made.pk
    with pytest.raises(Refused, match="之后又有变动"):
        undo(plan, world.engineer_head, fact=given)


def test_what_happens_to_the_rest_of_the_case_does_not(world: World, plan: Promise) -> None:
    from keyue.cases.acts import perform

    actions.take(plan.pk, user=world.engineer, at=clock.now())
    taken = step()
    case = Case.objects.get(pk=plan.subject_id)
    forget(world.agent)
    perform(world.agent, case.number, "note", {"text": "客户又来电问过"}, at=clock.now())
    assert undo(plan, world.engineer, fact=taken).holder is None


def test_a_closed_promise_stays_as_it_is(world: World, plan: Promise) -> None:
    actions.take(plan.pk, user=world.engineer, at=clock.now())
    made = actions.request(plan.pk, kind="waiver", reason="客户撤回", user=world.engineer, at=clock.now())
    actions.decide(made.pk, approve=True, user=world.supervisor, at=clock.now())
    with pytest.raises(Refused, match="已经了结"):
        undo(plan, world.engineer)


def test_the_page_offers_it_and_takes_it_without_scripts(world: World, plan: Promise) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.engineer)
    token = client.get("/").context["csrf_token"]
    page = client.post(
        reverse("promises:take", args=[plan.pk]),
        {"csrfmiddlewaretoken": str(token), "next": "/"},
        follow=True,
    )
    address = reverse("promises:undo", args=[plan.pk, step()])
    shown = page.content.decode()
    toasts = shown.split('id="toasts"')[1]
    assert f'action="{address}"' in toasts and "csrfmiddlewaretoken" in toasts and "撤销" in toasts
    given = {"csrfmiddlewaretoken": str(page.context["csrf_token"])}
    page = client.post(address, given, headers={"referer": "http://testserver/?scope=team"}, follow=True)
    assert page.request["QUERY_STRING"] == "scope=team"
    assert "已撤销，这条约定回到部门。" in page.content.decode()
    assert Promise.objects.get(pk=plan.pk).holder is None
    # pressed again in another window: a sentence at the head of the page, and nothing else
    page = client.post(address, given, follow=True)
    assert "这条约定之后又有变动，不能再撤销。" in page.content.decode().split('id="toasts"')[0]


def test_who_may_not_see_it_learns_nothing(world: World, plan: Promise) -> None:
    actions.take(plan.pk, user=world.engineer, at=clock.now())
    client = Client()
    client.force_login(world.stranger)
    assert client.post(reverse("promises:undo", args=[plan.pk, step()])).status_code in {403, 404}
    client.force_login(world.engineer_head)
    assert client.post(reverse("promises:undo", args=[plan.pk, step()])).status_code == 403
