"""The invariants of the engine's specification (section 4, I1–I8 and I16–I23) on any story of a case.

I9–I15 and I25 are about deadlines alone: test_worktime_invariants. I4, I19 and the sums of I23 need a database:
tests/apps/promises/test_projection. I24 kills processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import keyue.cases.rules  # noqa: F401  # the subject of the feedback pack declares itself
from keyue.cases.rules import CASE
from keyue.ledger.facts import FactRecord
from keyue.promises import scenario as tool
from keyue.promises.engine import CalendarEdition, Derivation, Edition, Promise, derive
from keyue.promises.given import read_scenario
from keyue.promises.knowledge import known_facts
from keyue.promises.notices import RETRACT, Told, notice_at, passed_over, reached_levels
from keyue.worktime.calendar import Calendar

from .reading.scenarios import CALENDARS, PACK, SETTINGS, random_scenario

STATES = {"pending", "met", "met_late", "breached", "waived", "cancelled"}
SECOND = timedelta(seconds=1)
# how many times as many stories, to look in wider circles
TIMES = int(os.environ.get("KEYUE_DIFF_TIMES", "1"))
ROOT = Path(__file__).parents[2]
Key = tuple[str, str, int, int]


def property_test(n: int) -> Any:
    """Many stories, none of them too slow or too rich."""
    return settings(max_examples=n * TIMES, deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Story:
    """A scenario, read."""

    facts: tuple[FactRecord, ...]
    editions: tuple[Edition, ...]
    calendars: tuple[CalendarEdition, ...]
    looks: tuple[datetime, ...]
    sweeps: tuple[datetime, ...]

    def at(self, now: datetime, facts: Sequence[FactRecord] | None = None) -> Derivation:
        return derive(self.facts if facts is None else facts, self.editions, self.calendars, CASE, now)

    @property
    def end(self) -> datetime:
        """Everything is recorded by then, and every limit that can pass has passed."""
        return max(self.records()) + timedelta(days=400)

    def records(self) -> list[datetime]:
        """When knowledge changed."""
        known = [fact.recorded_at for fact in self.facts] + [c.recorded_at for c in self.calendars]
        return sorted(set(known))


def read(raw: dict[str, Any]) -> Story:
    parts = read_scenario(raw)
    return Story(
        tuple(parts.facts),
        tuple(parts.editions),
        tuple(parts.calendars),
        tuple(datetime.fromisoformat(item) for item in raw["at"]),
        tuple(datetime.fromisoformat(item) for item in raw["sweeps"]),
    )


# what conditions are read with is imported at its first use, and draws from the one random source that Hypothesis watches
read(random_scenario(0))


def stories() -> st.SearchStrategy[Story]:
    """By seed: a hundred times as quick as letting Hypothesis make every choice of a story."""
    return st.integers(0, 2**32).map(lambda seed: read(random_scenario(seed)))


def by_key(derivation: Derivation) -> dict[Key, Promise]:
    return {promise.key: promise for promise in derivation.promises}


# ── I1 to I3: the same facts, the same promises ───────────────────────────────────────────────────────────────


def test_another_process_another_zone_another_hash_seed():
    """I1: nothing but the arguments counts."""
    code = (
        "import json, sys, keyue.cases.rules\n"
        "from keyue.promises.scenario import derive_scenario\n"
        "print(json.dumps([derive_scenario(s) for s in json.load(sys.stdin)], sort_keys=True))\n"
    )
    raw = [random_scenario(seed) for seed in range(25)]
    answers = {json.dumps([tool.derive_scenario(item) for item in raw], sort_keys=True)}
    for seed, zone in (("0", "UTC"), ("1", "America/New_York"), ("4242", "Asia/Kathmandu")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(raw),
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(done.stdout.strip())
    assert len(answers) == 1


@property_test(80)
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_and_doubles_do_not_matter(story: Story, rng: Random):
    """I2 and I3: any permutation, any doubles; a double that was recorded later says nothing either."""
    facts = list(story.facts)
    doubles = [rng.choice(facts) for _ in range(rng.randint(1, 8))]
    late = [
        replace(fact, recorded_at=fact.recorded_at + timedelta(days=rng.randint(1, 9))) for fact in doubles
    ]
    shuffled = [*facts, *doubles, *late]
    rng.shuffle(shuffled)
    for now in (*story.looks[:3], story.end):
        assert story.at(now, shuffled) == story.at(now)


# ── I5 to I8: what is known, and what stays ───────────────────────────────────────────────────────────────────


@property_test(100)
@given(stories(), st.integers(0, 10_000), st.integers(1, 400 * 86_400))
def test_without_a_new_record_only_time_passes(story: Story, pick: int, seconds: int):
    """I5: what is closed stays equal; what is open can only go from pending to breached."""
    records = story.records()
    first = records[pick % len(records)]
    following = [moment for moment in records if moment > first]
    second = first + timedelta(seconds=seconds)
    second = min(second, following[0] - SECOND) if following else second
    assume(second > first)
    before, after = by_key(story.at(first)), by_key(story.at(second))
    assert before.keys() == after.keys()
    for key, promise in before.items():
        later = after[key]
        if not promise.is_open:
            assert later == promise
        else:
            assert later.is_open
            assert (promise.state, later.state) in {
                ("pending", "pending"),
                ("pending", "breached"),
                ("breached", "breached"),
            }


@property_test(120)
@given(stories())
def test_each_promise_is_in_exactly_one_state(story: Story):
    """I6 and I7: what each state means for the instants beside it."""
    for now in (*story.looks, story.end):
        for p in story.at(now).promises:
            assert p.state in STATES
            assert (p.state == "pending") <= p.is_open
            if p.state in {"met", "cancelled", "pending"}:
                assert p.breached_at is None
            if p.state == "met":
                assert p.due is None or p.closed_at <= p.due
            if p.state == "met_late":
                assert p.closed_at > p.due
            if p.state in {"met_late", "breached"}:
                assert p.breached_at == p.due is not None
            if p.state == "waived":
                assert p.breached_at in {None, p.due}
            assert (p.closed_at is None) == (p.state in {"pending", "breached"})
            if p.closed_at is not None:
                assert p.start <= p.closed_at <= now
            if p.breached_at is not None:
                assert p.breached_at < now
            assert p.start <= now


@property_test(100)
@given(stories())
def test_a_limit_ends_after_it_begins(story: Story):
    """I7: start ≤ due, but for what is due at an instant that somebody promised, and where R10 and R11 say otherwise:
    a day that rolls back, and the close of the very day."""
    extended = {f.data.get("control") for f in story.facts if f.kind == "promise.extension_approved"}
    backwards = {
        control.id
        for edition in story.editions
        for control in edition.controls
        for rule in (control.limit.rules() if control.limit else ())
        if getattr(rule, "roll", "none") == "previous_working_day" or getattr(rule, "n", 1) == 0
    }
    for p in story.at(story.end).promises:
        if p.due is not None and p.control not in {"solve_by_eta", "task"} | extended | backwards:
            assert p.start <= p.due


@property_test(100)
@given(stories())
def test_nothing_recorded_later_is_visible(story: Story):
    """I7: the future, facts and calendars alike, changes nothing."""
    first = story.calendars[0]
    for now in story.looks:
        facts = [fact for fact in story.facts if fact.recorded_at <= now]
        calendars = [c for c in story.calendars if c is first or c.recorded_at <= now]
        alone = derive(facts, story.editions, calendars, CASE, now)
        assert alone == story.at(now)


LATER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("case.classified", {"type": "complaint"}),
    ("case.reclassified", {"type": "inquiry"}),
    ("case.reviewed", {"valid": False}),
    ("case.assessed", {"priority": "normal"}),
    ("case.assigned", {"lead": "logistics", "collaborators": []}),
    ("case.reassigned", {"lead": "quality"}),
    ("case.returned", {}),
    ("case.plan_filed", {}),
    ("case.solved", {}),
    ("case.result_to_service", {}),
    ("case.result_to_customer", {}),
    ("case.first_response", {}),
    ("case.waiting_customer", {}),
    ("case.customer_replied", {}),
    ("case.priority_changed", {"priority": "normal"}),
    ("case.priority_changed", {"priority": "urgent"}),
    ("case.follow_up_call", {"outcome": "unsatisfied"}),
    ("case.follow_up_call", {"outcome": "satisfied"}),
    ("case.reopened", {}),
    ("case.withdrawn", {}),
    ("case.merged", {"into": "9"}),
    ("case.closed", {"exit": "declined", "approved_by": "wang"}),
    ("case.eta_given", {"to": "customer", "eta": "2027-01-01T00:00:00+08:00"}),
    ("promise.waiver_approved", {"requested_by": "li", "approved_by": "wang"}),
    ("promise.extension_approved", {"due": "2027-01-01T00:00:00+08:00"}),
    ("promise.rebased", {"edition": "2024-01-01T00:00:00+08:00", "approved_by": "wang"}),
)


@property_test(150)
@given(stories(), st.data())
def test_a_breach_is_never_erased(story: Story, data: st.DataObject):
    """I8: an event after the breach and the trigger takes no breach away, whatever it is, unless it voids another."""
    end = story.end
    before = by_key(story.at(end))
    recorded = {fact.id: fact.at for fact in known_facts(story.facts, end)}
    broken = [p for p in before.values() if p.breached_at is not None]
    assume(broken)
    promise = data.draw(st.sampled_from(broken))
    kind, said = data.draw(st.sampled_from(LATER))
    if kind.startswith("promise."):
        said = {**said, "control": promise.control, "cycle": promise.cycle, "seq": promise.seq}
    after = max(promise.breached_at, recorded[promise.triggered_by])
    instants = [moment + SECOND for moment in recorded.values() if moment >= after] + [after + SECOND]
    at = data.draw(st.sampled_from(sorted(instants)))
    extra = FactRecord("zz", kind, at, max(at, end), said)
    found = by_key(story.at(max(at, end) + SECOND, [*story.facts, extra]))
    assert promise.key in found
    assert found[promise.key].breached_at == promise.breached_at
    assert found[promise.key].breach_owner == promise.breach_owner


# ── I16 and I17: later editions and calendars ─────────────────────────────────────────────────────────────────


@property_test(100)
@given(stories(), st.data())
def test_a_later_edition_leaves_what_has_begun(story: Story, data: st.DataObject):
    """I16: publishing an edition that takes effect after the start leaves a promise byte-equal."""
    taken = {edition.effective for edition in story.editions}
    moments = [fact.at + timedelta(seconds=n) for fact in story.facts for n in (-1, 1)]
    effective = data.draw(st.sampled_from(sorted(set(moments) - taken)))
    name = data.draw(st.sampled_from(sorted(SETTINGS)))
    value = data.draw(st.sampled_from(SETTINGS[name]))
    another = {"from": effective.isoformat(), "pack": PACK, "set": {name: value}}
    (published,) = read_scenario({"editions": [another], "facts": []}).editions
    later = replace(story, editions=(*story.editions, published))
    for now in (*story.looks[:3], story.end):
        found = by_key(later.at(now))
        for key, promise in by_key(story.at(now)).items():
            if promise.start < effective:
                assert found[key] == promise


@property_test(100)
@given(stories(), st.data())
def test_a_later_calendar_leaves_what_is_over(story: Story, data: st.DataObject):
    """I17: a calendar recorded at r leaves every promise that was closed or overdue by r byte-equal."""
    moments = [fact.at + timedelta(seconds=n) for fact in story.facts for n in (-1, 0, 3601)]
    recorded = data.draw(st.sampled_from(sorted(set(moments))))
    calendar = Calendar.from_dict(
        CALENDARS[data.draw(st.sampled_from(["cn_247", "night_shift", "sat_half"]))]
    )
    later = replace(story, calendars=(*story.calendars, CalendarEdition(recorded, calendar)))
    assume(recorded > story.calendars[0].recorded_at)
    for now in (*story.looks[:3], story.end):
        found = by_key(later.at(now))
        for key, promise in by_key(story.at(now)).items():
            closed = promise.closed_at is not None and promise.closed_at <= recorded
            overdue = promise.breached_at is not None and promise.breached_at < recorded
            if closed or overdue:
                assert found[key] == promise


# ── I18 and I19: sweeps ───────────────────────────────────────────────────────────────────────────────────────


def sweep(story: Story, told: dict[Key, Told], now: datetime) -> list[tuple[Key, int | str]]:
    """What one sweep sends; `told` is what the database keeps, so a crash before its commit loses both or neither."""
    promises, sent = by_key(story.at(now)), []
    silent = passed_over(promises.values(), lambda promise: told.get(promise.key, Told()), now)
    for key in sorted(promises.keys() | told.keys()):
        notice, told[key] = notice_at(
            promises.get(key), told.get(key, Told()), now, is_passed_over=key in silent
        )
        if notice is not None:
            sent.append((key, notice.level))
    return sent


@property_test(80)
@given(stories(), st.data())
def test_each_level_is_told_once(story: Story, data: st.DataObject):
    """I18: each level at most once between two retractions, over any sweeps, crashes and repetitions."""
    sweeps = sorted(
        [*story.sweeps, *data.draw(st.lists(st.sampled_from(story.looks), max_size=6)), story.end]
    )
    told: dict[Key, Told] = {}
    log: dict[Key, list[int | str]] = {}
    for now in sweeps:
        if data.draw(st.booleans()):  # a crash before the commit: what was found is found again
            sweep(story, dict(told), now)
        for key, level in sweep(story, told, now):
            log.setdefault(key, []).append(level)
        promises = by_key(story.at(now))
        for key, promise in promises.items():
            assert not reached_levels(promise, now) or (promise.is_open and not promise.paused)
            if promise.is_open and not promise.paused and promise.due is not None and promise.due < now:
                since = log.get(key, [])
                while RETRACT in since:
                    since = since[since.index(RETRACT) + 1 :]
                assert 100 in since, key
    for key, levels in log.items():
        since_retract: set[int | str] = set()
        for level in levels:
            if level == RETRACT:
                assert 100 in since_retract, f"{key}: a breach that was not told is not taken back"
                since_retract = {other for other in since_retract if other != 100}
            else:
                assert level not in since_retract, f"{key}: {levels}"
                since_retract.add(level)


@property_test(60)
@given(stories(), st.data())
def test_nobody_is_told_of_what_is_over(story: Story, data: st.DataObject):
    """I18: no notice for a promise that is closed or paused, whatever sweeps came before."""
    sweeps = sorted({*story.sweeps, *data.draw(st.lists(st.sampled_from(story.looks), max_size=4))})
    told: dict[Key, Told] = {}
    for now in sweeps:
        promises = by_key(story.at(now))
        for key, level in sweep(story, told, now):
            if level != RETRACT:
                assert promises[key].is_open
                assert not promises[key].paused


@property_test(60)
@given(stories(), st.data())
def test_when_the_worker_looked_does_not_matter(story: Story, data: st.DataObject):
    """I19: after the last sweep the same breaches stand announced, whatever sweeps came before."""
    end = story.end
    seen = [story.sweeps, (), tuple(data.draw(st.lists(st.sampled_from(story.looks), max_size=6)))]
    announced = []
    for sweeps in seen:
        told: dict[Key, Told] = {}
        for now in (*sorted(sweeps), end):
            sweep(story, told, now)
        announced.append({key: known.breach for key, known in told.items() if known.breach})
    # a breach that was closed before anybody looked is told of by nobody; what is open and late is, each time
    standing = {key for key, p in by_key(story.at(end)).items() if p.is_open and p.breached_at}
    for found in announced:
        assert standing <= found.keys()


# ── I20 to I23: rounds, owners, and that nothing is lost ──────────────────────────────────────────────────────


def openings(facts: Sequence[FactRecord], now: datetime) -> Iterator[FactRecord]:
    """The facts that opened a new round, by the words of S13: only where the running round is solved."""
    received = solved = False
    for fact in known_facts(facts, now):
        if fact.kind == "case.received":
            received = True
        elif not received:
            continue
        elif fact.kind in {"case.withdrawn", "case.merged"}:
            return
        elif fact.kind == "case.closed":
            if fact.data.get("exit") == "satisfied" or fact.data.get("approved_by"):
                return
        elif fact.kind == "case.solved":
            solved = True
        elif solved and (fact.kind == "case.reopened" or fact.data.get("outcome") == "unsatisfied"):
            solved = False
            yield fact


@property_test(100)
@given(stories())
def test_rounds_are_counted(story: Story):
    """I20: rounds = 1 + effective re-openings; double clicks make one."""
    for now in (*story.looks, story.end):
        state = story.at(now).state
        if state is not None:
            opened = list(openings(story.facts, now))
            assert state.round == 1 + len(opened)
            assert all(p.cycle <= state.round for p in story.at(now).promises)


@property_test(100)
@given(stories())
def test_the_results_of_an_old_round_stand(story: Story):
    """I20: what the opening of a round closed never changes, whatever happens in the rounds after it."""
    end = story.end
    # a correction may reach into any round
    facts = [replace(fact, recorded_at=fact.at) for fact in known_facts(story.facts, end)]
    facts = [replace(fact, voids=None) for fact in facts]
    whole = by_key(story.at(end, facts))
    for opening in openings(facts, end):
        if sum(fact.at == opening.at for fact in facts) > 1:
            # who owes is asked by instants (S10), and of one instant all facts count
            continue
        until = [fact for fact in facts if (fact.at, fact.id) <= (opening.at, opening.id)]
        calendars = tuple(c for c in story.calendars if c.recorded_at <= opening.at) or story.calendars[:1]
        then = by_key(replace(story, calendars=calendars).at(opening.at, until))
        for key, promise in then.items():
            if not promise.is_open:
                assert whole[key] == promise


@property_test(100)
@given(stories())
def test_somebody_owes_every_promise(story: Story):
    """I21: an owner always; the breach belongs to the owner at the due instant."""
    end = story.end
    known = [replace(fact, recorded_at=fact.at, voids=None) for fact in known_facts(story.facts, end)]
    at = {fact.id: fact.at for fact in known}
    for p in story.at(end, known).promises:
        assert p.owner
        assert (p.breach_owner is None) == (p.breached_at is None)
        if p.breached_at is not None and at[p.triggered_by] <= p.breached_at:
            assert by_key(story.at(p.breached_at, known))[p.key].owner == p.breach_owner


@property_test(120)
@given(stories())
def test_nothing_is_owed_twice_or_for_nothing(story: Story):
    """I22: one promise for each clause, round and number; none without its trigger in the log."""
    for now in (*story.looks[:3], story.end):
        derivation = story.at(now)
        keys = [p.key for p in derivation.promises]
        assert len(keys) == len(set(keys))
        facts = {fact.id: fact for fact in known_facts(story.facts, now)}
        opened = {fact.id for fact in openings(story.facts, now)}
        numbers: dict[tuple[str, int], list[int]] = {}
        for p in derivation.promises:
            [edition] = [e for e in story.editions if e.effective == p.edition]
            kinds = {occasion.kind for occasion in edition.control(p.control).on}
            trigger = facts[p.triggered_by]
            assert trigger.kind in kinds or ("round" in kinds and trigger.id in opened)
            numbers.setdefault((p.control, p.cycle), []).append(p.seq)
        for found in numbers.values():
            assert sorted(found) == list(range(1, len(found) + 1))
        # the plainest clause of all: what is received is classified, once a case
        received = [fact for fact in facts.values() if fact.kind == "case.received"]
        if received:
            first = min(received, key=lambda f: (f.at, f.recorded_at, f.id))
            in_force = any(edition.effective <= first.at for edition in story.editions)
            assert sum(p.control == "classify" for p in derivation.promises) == in_force


@property_test(60)
@given(stories())
def test_what_is_created_is_counted(story: Story):
    """I23: the states of a clause's promises add up to all that were created, at every instant."""
    for now in (*story.looks, story.end):
        promises = story.at(now).promises
        created = Counter((p.control, p.breach_owner or p.owner) for p in promises)
        by_state = Counter((p.control, p.breach_owner or p.owner, p.state) for p in promises)
        assert all(sum(by_state[(*key, state)] for state in STATES) == n for key, n in created.items())
        assert sum(by_state.values()) == len(promises)
