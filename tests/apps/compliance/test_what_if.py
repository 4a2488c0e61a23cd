"""What if: a replay is asked for, worked on in slices, and changes nothing that it did not itself write."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.test import Client

from keyue.cases.actions.intake import Intake, register
from keyue.cases.acts import perform
from keyue.cases.models import Case
from keyue.compliance import actions, what_if
from keyue.compliance.enums import WhatIfState
from keyue.compliance.models import WhatIf
from keyue.compliance.replaying import Foreman
from keyue.compliance.what_if import Changes
from keyue.compliance.what_if_figures import figures_of, short_of
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact, Stream
from keyue.people import actions as people
from keyue.people.access import forget
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.promises.models import Promise
from keyue.promises.replay import BASE, Replayed
from keyue.promises.selectors import Score, promises_of
from keyue.regulations import selectors as regulations
from tests.journeys.world import World, found, quality_manager

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLOWER = {"classify.within": "PT4H"}
FASTER = {"classify.within": "PT1H"}


def work_here(what_if_id: int, *, now: datetime, most: int | None = None) -> int:
    """Replay in this process, `most` slices of it; how many slices were done."""
    worker = f"here:{uuid4()}"
    taken = actions.take_what_if(worker=worker, now=now)
    if taken is None or taken.pk != what_if_id:
        return 0
    plans = {plan.subject: plan for plan in what_if.plans(taken)}
    done = 0
    for piece in what_if.slices(taken, list(plans)):
        if done == most:
            return done
        chains, came_to = what_if.replay_slice(plans[piece.kind], piece)
        if not actions.keep_slice(
            what_if_id=taken.pk, worker=worker, piece=piece, chains=chains, found=came_to, now=now
        ):
            return done
        done += 1
    actions.finish_what_if(what_if_id=taken.pk, worker=worker, now=now)
    return done


class Past:
    """A company whose cases came in over the last days, each classified after some hours; None: not at all."""

    HOURS = (0.5, 1.5, 1.5, 3, 5, None)

    def __init__(self) -> None:
        self.at = clock.now()
        self.world: World = found(at=self.at - 30 * DAY)
        self.cases = [self.case(n, hours) for n, hours in enumerate(self.HOURS)]

    def case(self, n: int, hours: float | None) -> Case:
        at = self.at - 3 * DAY + n * HOUR
        intake = Intake(
            type="complaint",
            title=f"第 {n} 件",
            content="水泵异响，请尽快处理。",
            name="周叙白",
            phone="13800006027",
        )
        with clock.telling(at):
            case = register(intake, by=Actor("customer", "portal"), at=at, source="portal").case
        if hours is not None:
            self.act(
                self.world.agent, case, "classify", at + hours * HOUR, type="complaint", category="product"
            )
        return case

    def act(self, user: User, case: Case, code: str, at: datetime, **data: Any) -> None:
        forget(user)
        with clock.telling(at):
            perform(user, case.number, code, data, at=at)

    def ask(self, values: dict[str, Any] = FASTER, user: User | None = None, **more: Any) -> WhatIf:
        user = user or self.world.supervisor
        changes = more.pop("changes", None) or Changes(values)
        asked: dict[str, Any] = {"since": self.at - 10 * DAY, "until": self.at, **more}
        return actions.ask_what_if(
            regulation="feedback", changes=changes, user=user, by=World.actor(user), at=self.at, **asked
        )

    def done(self, values: dict[str, Any] = FASTER, **more: Any) -> WhatIf:
        asked = self.ask(values, **more)
        work_here(asked.pk, now=self.at)
        asked.refresh_from_db()
        assert asked.state == WhatIfState.DONE
        return asked


@pytest.fixture
def past(db: None) -> Past:
    return Past()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, but those of the replays themselves and the facts that say they were asked for."""
    rows = {}
    for model in apps.get_models():
        if model is WhatIf or not model.__module__.startswith("keyue."):
            continue
        found = model._default_manager.order_by("pk")
        if model is Stream:
            found = found.exclude(kind="what_if")
        if model is Fact:
            found = found.exclude(stream__kind="what_if")
        rows[model._meta.label] = [tuple(map(repr, row)) for row in found.values_list()]
    return rows


# --- figures ---------------------------------------------------------------------------------------------------


def test_a_shorter_limit_breaks_what_was_kept(past: Past) -> None:
    figures = figures_of(past.world.supervisor, past.done(FASTER))
    assert (figures.score.before.kept, figures.score.before.due) == (3, 6)
    assert (figures.score.after.kept, figures.score.after.due) == (1, 6)
    assert figures.score.rate == pytest.approx(-100 / 3)
    assert (figures.worse, figures.better) == (2, 0)
    assert [(row.id, row.clause, row.limit_before, row.limit_after) for row in figures.controls] == [
        ("classify", "4.1.1", "2 小时", "1 小时")
    ]
    assert [(row.code, row.score.broken) for row in figures.owners] == [("service_desk", 2)]
    assert {row.number for row in figures.cases} == {case.number for case in past.cases[1:3]}


@pytest.mark.parametrize(
    ("kept", "broken", "short"),
    [(0, 0, 0), (19, 1, 0), (18, 2, 1), (0, 1, 1), (94, 6, 1), (189, 11, 1), (190, 10, 0), (1, 399, 379)],
)
def test_how_many_more_would_have_to_be_kept(kept: int, broken: int, short: int) -> None:
    score = Score({"met": kept, "breached": broken})
    assert short_of(95, score) == short
    # so many reach it, and one fewer does not
    due = kept + broken
    assert due == 0 or 100 * (kept + short) >= 95 * due
    assert short == 0 or 100 * (kept + short - 1) < 95 * due


def test_a_longer_limit_keeps_what_was_broken(past: Past) -> None:
    figures = figures_of(past.world.supervisor, past.done(SLOWER))
    assert (figures.score.after.kept, figures.worse, figures.better) == (4, 0, 1)
    assert [row.better for row in figures.cases] == [1]


def test_the_base_is_what_is_stored_where_one_edition_was_in_force(past: Past) -> None:
    run = past.done(FASTER)
    base = {key[1:]: n for key, n in Replayed.from_json(run.result).counts.items() if key[0] == BASE}
    stored: dict[tuple[str, str, str], int] = {}
    for row in Promise.objects.filter(control="classify"):
        # the sweep has not looked since; the derivation knows what is overdue by now
        state = "breached" if row.is_open and row.due is not None and row.due < past.at else row.state
        key = (row.control, row.breach_owner or row.owner, state)
        stored[key] = stored.get(key, 0) + 1
    assert base == stored


def test_another_owner_takes_the_load(past: Past) -> None:
    figures = figures_of(past.world.supervisor, past.done({"classify.owner": "tech"}))
    moved = {row.code: (row.score.owed_before, row.score.owed_after) for row in figures.owners}
    assert moved == {"service_desk": (6, 0), "tech": (0, 6)}
    assert figures.score.before.by_state == figures.score.after.by_state


def test_another_calendar_moves_what_counts_by_it_alone(past: Past) -> None:
    always = {"tz": "Asia/Shanghai", "weekly": {day: [["00:00", "24:00"]] for day in ("mon",)}}
    run = past.done({"classify.within": "PT2H working"}, changes=None)
    assert [row.id for row in figures_of(past.world.supervisor, run).controls] == ["classify"]
    with pytest.raises(Invalid, match=r"没有差别|没有可以推演"):
        # nothing of the feedback regulation that applies here counts working time
        past.ask(changes=Changes(calendar=always))


def test_only_the_period_counts(past: Past) -> None:
    run = past.done(FASTER, since=past.at - 3 * DAY + HOUR / 2, until=past.at - 3 * DAY + 2.5 * HOUR)
    assert figures_of(past.world.supervisor, run).score.before.due == 2


def test_a_whole_text_is_replayed(past: Past) -> None:
    source = regulations.newest_edition("feedback").source
    changed = source.replace('within   = "PT2H"', 'within   = "PT1H"', 1)
    assert changed != source
    figures = figures_of(past.world.supervisor, past.done(changes=Changes(text=changed)))
    assert figures.worse == 2


def test_what_others_record_later_does_not_count(past: Past) -> None:
    asked = past.ask(FASTER)
    past.at += HOUR
    past.act(past.world.agent, past.cases[5], "classify", past.at, type="complaint", category="product")
    work_here(asked.pk, now=past.at)
    asked.refresh_from_db()
    assert Replayed.from_json(asked.result).counts[BASE, "classify", "service_desk", "breached"] == 1


# --- nothing is touched ----------------------------------------------------------------------------------------


def test_nothing_else_is_written(past: Past) -> None:
    before = everything()
    past.done(FASTER)
    figures_of(past.world.supervisor, WhatIf.objects.get())
    assert everything() == before


# --- the work --------------------------------------------------------------------------------------------------


def test_one_begun_is_gone_on_with_behind_the_last_slice(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = past.done(FASTER).result
    monkeypatch.setattr(what_if, "SLICE", 2)
    asked = past.ask(FASTER)
    assert work_here(asked.pk, now=past.at, most=1) == 1
    asked.refresh_from_db()
    assert (asked.state, asked.done) == (WhatIfState.RUNNING, 2)
    # as long as the first may be alive nobody else takes it
    assert work_here(asked.pk, now=past.at) == 0
    looked: list[what_if.Slice] = []
    replay = what_if.replay_slice
    monkeypatch.setattr(
        what_if, "replay_slice", lambda plan, piece: looked.append(piece) or replay(plan, piece)
    )
    work_here(asked.pk, now=past.at + 20 * timedelta(seconds=1))
    asked.refresh_from_db()
    assert (asked.state, asked.done, asked.result) == (WhatIfState.DONE, 6, whole)
    assert len(looked) == 2


def test_a_cancelled_one_stops(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if, "SLICE", 2)
    asked = past.ask(FASTER)
    work_here(asked.pk, now=past.at, most=1)
    supervisor = past.world.supervisor
    with pytest.raises(Denied):
        actions.cancel_what_if(
            what_if=asked, user=past.world.engineer, by=World.actor(past.world.engineer), at=past.at
        )
    actions.cancel_what_if(what_if=asked, user=supervisor, by=World.actor(supervisor), at=past.at)
    assert work_here(asked.pk, now=past.at + DAY) == 0
    asked.refresh_from_db()
    assert (asked.state, asked.done) == (WhatIfState.CANCELLED, 2)
    with pytest.raises(Refused):
        actions.cancel_what_if(what_if=asked, user=supervisor, by=World.actor(supervisor), at=past.at)


def test_old_ones_are_thrown_away(past: Past) -> None:
    past.done(FASTER)
    past.ask(SLOWER)
    assert actions.tidy_what_ifs(now=past.at + 29 * DAY) == 0
    assert actions.tidy_what_ifs(now=past.at + 31 * DAY) == 1
    assert WhatIf.objects.get().state == WhatIfState.RUNNING


def turn_until(foreman: Foreman, wanted: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < end, "it takes too long"
        foreman.turn(clock.now())


def test_processes_work_and_are_replaced_when_killed(
    fresh_database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a database with real commits: one process dies, then the whole worker, and the figures are the same."""
    monkeypatch.setattr(what_if, "SLICE", 1)
    past = Past()
    whole = past.done(FASTER).result
    asked = past.ask(FASTER)
    foreman = Foreman(processes=2)
    turn_until(foreman, lambda: foreman.crew is not None)
    os.kill(foreman.crew.children[0].process.pid, signal.SIGKILL)
    turn_until(foreman, lambda: WhatIf.objects.get(pk=asked.pk).done >= 2)
    children = [child.process for child in foreman.crew.children] if foreman.crew else []
    # the worker is gone: its pipes close, and its processes end by themselves
    for child in foreman.crew.children if foreman.crew else []:
        child.process.stdin.close()
        child.process.stdin = None
    assert all(process.wait(20) is not None for process in children)
    other = Foreman(processes=1)
    WhatIf.objects.filter(pk=asked.pk).update(worker_until=clock.now() - HOUR)
    turn_until(other, lambda: WhatIf.objects.get(pk=asked.pk).state == WhatIfState.DONE)
    assert WhatIf.objects.get(pk=asked.pk).result == whole
    if foreman.crew is not None:
        foreman.crew.close()


def test_after_three_processes_that_end_at_once_it_is_given_up(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    asked = past.ask(FASTER)
    foreman = Foreman(processes=1)
    turn_until(foreman, lambda: WhatIf.objects.get(pk=asked.pk).state != WhatIfState.RUNNING, 20)
    failed = WhatIf.objects.get(pk=asked.pk)
    assert (failed.state, failed.finished_at is not None) == (WhatIfState.FAILED, True)
    assert "推演进程意外结束" in failed.problem
    page = browser(past.world.supervisor).get(f"/regulations/feedback/what-if/{asked.pk}/").content.decode()
    assert "推演进程意外结束" in page
    assert foreman.turn(clock.now()) == 0


# --- asking ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"classify.within": "bald"}, "classify.within"),
        ({"nonsense.within": "PT1H"}, "nonsense.within"),
        ({"classify.nonsense": "PT1H"}, "classify.nonsense"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    past: Past, values: dict[str, str], said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        past.ask(values)
    assert said in refused.value.fields


def test_no_difference_is_said_at_once(past: Past) -> None:
    with pytest.raises(Invalid, match="没有差别"):
        past.ask({"classify.within": "PT2H"})


def test_the_future_is_not_replayed(past: Past) -> None:
    with pytest.raises(Invalid) as refused:
        past.ask(until=past.at + DAY)
    assert "until" in refused.value.fields


def test_one_person_has_three_running(past: Past) -> None:
    for n in range(3):
        past.ask({"classify.within": f"PT{n + 3}H"})
    with pytest.raises(Refused, match="3 项"):
        past.ask(FASTER)
    past.ask(FASTER, user=past.world.executive)


def test_the_same_question_is_answered_once(past: Past) -> None:
    first = past.done(FASTER)
    assert past.ask(FASTER, reuse=True).pk == first.pk
    assert past.ask(FASTER).pk != first.pk


# --- a draft ---------------------------------------------------------------------------------------------------


def test_a_draft_has_the_values_and_governs_nothing(past: Past) -> None:
    run = past.done({"classify.within": "PT1H", "progress.every": "P1D"})
    edition = actions.draft_from_what_if(what_if=run, by=World.actor(past.world.supervisor), at=past.at)
    assert edition.published_at is None
    assert edition.answers["progress.every"] == "P1D"
    assert "classify.within" not in edition.answers
    reading = regulations.read(edition)
    assert (
        next(c for c in reading.controls if c.id == "classify").limit
        == next(
            c
            for c in regulations.read(run.edition).document.controls({"classify.within": "PT1H"})
            if c.id == "classify"
        ).limit
    )
    assert regulations.edition_in_force("feedback", at=past.at + DAY) == run.edition


# --- pages -----------------------------------------------------------------------------------------------------


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_from_the_form_to_the_figures(past: Past) -> None:
    client = browser(past.world.supervisor)
    shown = client.get("/regulations/feedback/what-if/")
    assert "开始推演" in shown.content.decode()
    first = (past.at - 10 * DAY).date().isoformat()
    answer = client.post(
        "/regulations/feedback/what-if/",
        {"first": first, "last": past.at.date().isoformat(), "classify.within": "1 小时"},
    )
    run = WhatIf.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/regulations/feedback/what-if/{run.pk}/"
    waiting = client.get(answer["Location"]).content.decode()
    assert "正在排队" in waiting
    assert "取消推演" in waiting
    work_here(run.pk, now=past.at)
    text = client.get(answer["Location"]).content.decode()
    assert "50.0% → 16.7%" in text
    assert past.cases[1].number in text
    assert "推演不改变任何现行约定" in text


def test_what_was_asked_is_said_plainly(past: Past) -> None:
    """The days of the period as days, whatever day it is; the working time by the name under which it was chosen."""
    client = browser(past.world.supervisor)
    zone = promises.zone()
    days = [(past.at - n * DAY).astimezone(zone).date().isoformat() for n in (10, 1)]
    asked = {"first": days[0], "last": days[1], "progress.every": "1 个工作日", "calendar": "six"}
    answer = client.post("/regulations/feedback/what-if/", asked)
    assert answer.status_code == 303
    for address in ("/regulations/feedback/what-if/", answer["Location"]):
        text = " ".join(re.sub("<[^>]+>", "", client.get(address).content.decode()).split())
        assert f"{days[0]} 至 {days[1]}" in text and "到期" not in text.partition("逐条改")[0]
    assert "工作时间改为「单休，周日休息」" in text


def test_mistakes_stand_beside_their_fields(past: Past) -> None:
    client = browser(past.world.supervisor)
    day = past.at.date().isoformat()
    answer = client.post(
        "/regulations/feedback/what-if/", {"first": day, "last": day, "classify.within": "很快"}
    )
    assert answer.status_code == 422
    assert "看不懂「很快」" in answer.content.decode()
    nothing = client.post("/regulations/feedback/what-if/", {"first": day, "last": day})
    assert "还没有改动" in nothing.content.decode()
    assert not WhatIf.objects.exists()


def test_the_card_of_a_clause(past: Past) -> None:
    client = browser(past.world.supervisor)
    page = client.get("/regulations/feedback/4.1.1/").content.decode()
    assert "推演：如果改为" in page
    assert "现行 2 小时" in page
    headers = {"HX-Request": "true", "HX-Target": "what-if"}
    answer = client.post(
        "/regulations/feedback/what-if/", {"key": "classify.within", "value": "PT1H"}, headers=headers
    )
    run = WhatIf.objects.get()
    assert "取消推演" in answer.content.decode()
    work_here(run.pk, now=past.at)
    card = client.get(
        f"/regulations/feedback/what-if/{run.pk}/?key=classify.within", headers=headers
    ).content.decode()
    assert "50.0%" in card and "16.7%" in card
    # of six that are due all have to be kept: three are, and one would be
    assert "要达到 95%" in card and "还差 3 条" in card and "还差 5 条" in card
    assert "推演不改变任何现行约定" in card
    wrong = client.post(
        "/regulations/feedback/what-if/", {"key": "classify.within", "typed": "很快"}, headers=headers
    )
    assert "看不懂" in wrong.content.decode()


def test_who_may_not_see_a_case_sees_no_number(past: Past) -> None:
    run = past.done(FASTER)
    figures = figures_of(past.world.stranger, run)
    assert [row.number for row in figures.cases] == ["", ""]
    text = browser(past.world.stranger).get(f"/regulations/feedback/what-if/{run.pk}/").content.decode()
    assert past.cases[1].number not in text


def test_who_writes_regulations_makes_the_draft(past: Past) -> None:
    run = past.done(FASTER)
    url = f"/regulations/feedback/what-if/{run.pk}/draft/"
    assert browser(past.world.agent).post(url).status_code == 403
    author = quality_manager(past.at - 30 * DAY)
    page = browser(author).get(f"/regulations/feedback/what-if/{run.pk}/").content.decode()
    assert "生成修订草案" in page
    assert browser(author).post(url).status_code == 303
    assert any(e.published_at is None for e, _ in regulations.editions_of("feedback", at=past.at))


def test_promises_are_as_they_were(past: Past) -> None:
    before = [str(row) for case in past.cases for row in promises_of(case.subject)]
    past.done(FASTER)
    assert [str(row) for case in past.cases for row in promises_of(case.subject)] == before


# --- over the API ----------------------------------------------------------------------------------------------


def program(user: User, *scopes: str) -> Client:
    _token, raw = people.issue_token(
        user=user, name="what-if", scopes=["regulation.view", *scopes], by=World.actor(user), at=clock.now()
    )
    return Client(headers={"Authorization": f"Bearer {raw}"})


API = "/api/v1/regulations/feedback/what-ifs"


def test_a_program_asks_waits_and_reads(past: Past) -> None:
    client = program(past.world.supervisor, "case.view")
    period = {"since": (past.at - 10 * DAY).isoformat(), "until": past.at.isoformat()}
    answer = client.post(
        API, {**period, "set": {"classify.within": "1 小时"}}, content_type="application/json"
    )
    assert answer.status_code == 202, answer.content
    asked = answer.json()
    assert (asked["state"], asked["figures"], asked["total"]) == ("running", None, 6)
    work_here(asked["id"], now=past.at)
    found = client.get(f"{API}/{asked['id']}").json()
    assert (found["state"], found["done"]) == ("done", 6)
    figures = found["figures"]
    assert (figures["before"]["kept"], figures["after"]["kept"]) == (3, 1)
    assert figures["controls"][0]["worse"] == 2
    assert {row["number"] for row in figures["affected"]} == {case.number for case in past.cases[1:3]}
    assert [row["id"] for row in client.get(API).json()["items"]] == [asked["id"]]
    # a token that may see no case is told of none
    blind = program(past.world.supervisor).get(f"{API}/{asked['id']}").json()["figures"]
    assert {row["number"] for row in blind["affected"]} == {""}


def test_a_program_is_told_what_is_wrong_and_where(past: Past) -> None:
    client = program(past.world.supervisor)
    period = {"since": (past.at - 10 * DAY).isoformat(), "until": past.at.isoformat()}
    answer = client.post(API, {**period, "set": {"classify.within": "soon"}}, content_type="application/json")
    assert answer.status_code == 422
    assert "set.classify.within" in answer.content.decode()
    nothing = client.post(API, period, content_type="application/json")
    assert nothing.status_code == 422
    assert nothing.json()["code"] == "no_difference"
    broken = client.post(API, {**period, "text": "# \u0000"}, content_type="application/json")
    assert broken.status_code == 422


def test_a_program_cancels(past: Past) -> None:
    asked = past.ask(FASTER)
    client = program(past.world.supervisor)
    assert client.post(f"{API}/{asked.pk}/cancellation").json()["state"] == "cancelled"
    assert client.post(f"{API}/{asked.pk}/cancellation").status_code == 409
