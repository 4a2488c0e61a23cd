"""What people of the demo have set up around their work: who left, who is away, kept views, notices read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from keyue.cases.actions.titles import save_view
from keyue.ledger.facts import SYSTEM, Actor
from keyue.operations.demo.company import FIRST_PASSWORD, FOUNDING, PASSWORD
from keyue.operations.demo.play import HEIR, LEAVER, LEFT_AGO, Play, Step, hours
from keyue.people import actions as people
from keyue.people.actions.delegations import delegate
from keyue.promises import actions as promises
from keyue.promises import inbox

VIEWS = {
    "lin": (
        ("本周到期的投诉", "due=week&type=complaint"),
        ("网上来的投诉", "type=complaint&channel=webform"),
        ("近 7 天的电话", "channel=phone&received=7d"),
    ),
    "xu": (
        ("已逾期", "due=late"),
        ("待派单", "stage=assign"),
        ("工程部在办的重大投诉", "type=complaint&lead=engineering&level=major"),
    ),
    "he": (("工程处理中", "stage=solve&lead=engineering"), ("我部门逾期", "due=late&lead=engineering")),
    "gu": (
        ("逾期的重大事项", "due=late&level=major"),
        ("品质部牵头的投诉", "type=complaint&lead=quality"),
    ),
}
"""What each keeps beside the built-in views of the list: none says what one of those says already."""
UNREAD = {"lin": 6, "yu": 3, "xu": 9, "gu": 4, "he": 5, "chen": 3, "wu": 2, "tang": 12, "shen": 1}
"""How many of the newest notices each has not seen; the others have seen all of theirs."""


def steps(play: Play) -> Iterator[Step]:
    """The life of the company beside its cases, in the order of time."""
    users = play.cast.users
    yield (
        play.now - LEFT_AGO,
        lambda at: people.deactivate(user=users[LEAVER], heir=users[HEIR], by=play.cast["sys"], at=at),
    )
    for n, (name, views) in enumerate(VIEWS.items()):
        yield play.now - hours(200 - 9 * n), partial(_keep_views, play.cast[name], views)
    yield (
        play.now - hours(21),
        lambda at: delegate(
            giver=users["tang"], taker=users["kong"], since=at, until=play.now + hours(100),
            reason="出差验厂，周末回来", by=play.cast["tang"], at=at,
        ),
    )  # fmt: skip


def _keep_views(by: Actor, views: tuple[tuple[str, str], ...], at: datetime) -> None:
    for name, query in views:
        save_view(name=name, query=query, by=by, at=at)


def settle(play: Play) -> None:
    """What is only known at the end: passwords that are young enough, and what has been read."""
    for person in FOUNDING.people:
        if person.password == FIRST_PASSWORD:
            people.set_password(
                user=play.cast.users[person.username],
                password=PASSWORD,
                must_change=False,
                by=SYSTEM,
                at=play.now,
            )
    for name, user in play.cast.users.items():
        if user.is_active:
            skipped = UNREAD.get(name, 0)
            newest = inbox.newest(user, size=skipped + 1)
            if len(newest) > skipped:
                promises.see_notices(user=user, up_to=newest[skipped].pk)
