"""The engine and the independent reading of its specification agree on many random scenarios.

`KEYUE_DIFF_N` raises the number of scenarios, `KEYUE_DIFF_FROM` the first seed.
"""

import os
import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

import keyue.cases.rules  # noqa: F401  # the subject of the feedback pack declares itself
from keyue.promises.scenario import derive_scenario

from .reading import part_c
from .reading.compare import differences, show, shrink, signature
from .reading.part_a import instant
from .reading.scenarios import random_scenario, scenarios

N = int(os.environ.get("KEYUE_DIFF_N", "240"))
FROM = int(os.environ.get("KEYUE_DIFF_FROM", "0"))
PARTS = 8


def compare(scenario: dict) -> list[str]:
    return differences(part_c.derive(scenario), derive_scenario(scenario))


def explain(scenario: dict) -> str:
    """The scenario made as small as it goes while the same kind of difference stays."""
    kind = signature(compare(scenario))
    small = shrink(scenario, lambda candidate: signature(compare(candidate)) == kind)
    return show(small, compare(small))


@pytest.mark.parametrize("part", range(PARTS))
def test_seeded_scenarios(part: int):
    for seed in range(FROM + part, FROM + N, PARTS):
        scenario = random_scenario(seed)
        if compare(scenario):
            pytest.fail(f"seed {seed}\n{explain(scenario)}", pytrace=False)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios())
def test_any_scenario(scenario: dict):
    assert compare(scenario) == []


@pytest.mark.parametrize("seed", range(20))
def test_order_and_repetition_of_the_list_do_not_matter(seed: int):
    scenario = random_scenario(seed)
    facts = [*scenario["facts"], *scenario["facts"][::2]]
    random.Random(seed).shuffle(facts)
    assert derive_scenario({**scenario, "facts": facts}) == derive_scenario(scenario)


def rows_at(scenario: dict, now: datetime) -> dict:
    return {row.promise.key: row for row in part_c.Reading(scenario).rows(now)}


@pytest.mark.parametrize("seed", range(40))
def test_nothing_changes_before_the_next_look(seed: int):
    """Who looks only at `look_at` misses no state, no due and no level."""
    scenario = {**random_scenario(seed), "sweeps": []}
    now = max(instant(fact.get("recorded_at") or fact["at"]) for fact in scenario["facts"])
    now = max([now, *(instant(version["recorded_at"]) for version in scenario["calendars"])])
    for _ in range(30):
        check = derive_scenario({**scenario, "at": [now.isoformat()]})["checks"][0]
        looks = {(p["control"], p["cycle"], p["seq"]): p["look_at"] for p in check["promises"]}
        before = rows_at(scenario, now)
        for key, look in looks.items():
            assert look is None or instant(look) > now, key
        times = [instant(look) for look in looks.values() if look]
        following = min(times, default=now + timedelta(days=200))
        eve = following - timedelta(seconds=1)
        if eve > now:
            for key, row in rows_at(scenario, eve).items():
                was = before[key]
                assert (row.state, row.due, row.paused) == (was.state, was.due, was.paused), (key, now, eve)
                if row.promise.closed is None and not row.paused:
                    for level, moment in row.levels.items():
                        passed = now < moment <= eve if level < 100 else now <= moment < eve
                        assert not passed, f"{key}: {level} at {moment} passed unseen between {now} and {eve}"
        if not times:
            return
        now = following
