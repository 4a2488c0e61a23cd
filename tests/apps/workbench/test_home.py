"""The workbench: what it says, and with how many questions."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from keyue.kernel import clock
from keyue.people.models import User
from keyue.promises import actions, inbox
from keyue.promises.models import Notice
from tests.journeys.test_complaint_loop import complaint, to_assigned
from tests.journeys.world import World, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return found()


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_last_three_notices_stand_beside_the_list(
    world: World, query_count: Callable[[str], AbstractContextManager[None]]
) -> None:
    for n in range(4):
        to_assigned(world, complaint(title=f"第 {n} 件", phone=f"1380000602{n}"))
    told = inbox.newest(world.engineer_head, size=50)
    assert len(told) > 3 and [row.pk for row in told] == sorted((row.pk for row in told), reverse=True)
    client = browser(world.engineer_head)
    client.get("/")
    with query_count("workbench"):
        page = client.get("/")
    shown = page.content.decode()
    assert [row.notice.pk for row in page.context["home"].told] == [row.pk for row in told[:3]]
    assert "最近的通知" in shown and "第 3 件" in shown


def test_a_notice_is_one_persons_or_one_posts(world: World) -> None:
    to_assigned(world, complaint())
    mine = {row.pk for row in inbox.newest(world.engineer_head, size=50)}
    everybody = set(Notice.objects.values_list("pk", flat=True))
    others = set()
    for user in (world.agent, world.supervisor, world.engineer, world.executive, world.stranger):
        others |= {row.pk for row in inbox.newest(user, size=50)}
    assert mine | others == everybody
    strangers = inbox.newest(world.stranger, size=50)
    assert not [row for row in strangers if row.to_user_id not in {None, world.stranger.pk}]
    assert inbox.unread_count(world.engineer_head) == len(mine)
    newest = max(mine)
    actions.see_notices(user=world.engineer_head, up_to=newest)
    assert inbox.unread_count(world.engineer_head) == 0
    assert inbox.newest_until(world.engineer_head, newest - 1) == max(mine - {newest}, default=0)
    assert {row.pk for row in inbox.newest(world.engineer_head, size=50, before=newest)} == mine - {newest}


def test_who_has_left_is_told_nothing(world: World) -> None:
    to_assigned(world, complaint())
    world.stranger.is_active, world.stranger.left_at = False, clock.now()
    world.stranger.save(update_fields=["is_active", "left_at"])
    gone = User.objects.get(pk=world.stranger.pk)
    assert (list(inbox.newest(gone, size=5)), inbox.unread_count(gone)) == ([], 0)
    assert inbox.newest_until(gone, 10**6) == 0
