"""The stored promises are what the facts derive, however the facts came and whenever a worker looked (I4, I19, I23).

The stories are those of tests/rules/test_engine_invariants, told to the database: fact by fact with sweeps between them,
fact by fact without, and all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import pytest

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SKEW, SYSTEM, Draft, Entry, Subject
from keyue.promises import actions, projection, selectors
from keyue.promises.enums import NoticeKind
from keyue.promises.models import Notice, Promise
from keyue.promises.verification import verify_promises
from keyue.regulations.actions import adopt_pack
from keyue.worktime.actions import publish_calendar
from tests.rules.reading.scenarios import random_scenario

pytestmark = pytest.mark.django_db
PROOF = [{"type": "call"}]
# what the derivation decides; `told_level` and `as_of` say when somebody looked
COLUMNS = (
    "control", "cycle", "seq", "edition_id", "state", "is_open", "start", "due", "closed_at", "breached_at", "paused",
    "provisional", "owner", "breach_owner", "month", "look_at",
)  # fmt: skip


class Story:
    """A scenario in this database: its editions and calendars published, its facts ready to be told."""

    def __init__(self, seed: int) -> None:
        raw = random_scenario(seed)
        for item in raw["editions"]:
            start = datetime.fromisoformat(item["from"])
            adopt_pack(pack="feedback", effective_from=start, answers=item["set"], by=SYSTEM, at=start)
        for item in sorted(raw["calendars"], key=lambda c: datetime.fromisoformat(c["recorded_at"])):
            publish_calendar(
                code=projection.COMPANY_CALENDAR,
                name="公司日历",
                definition=item["calendar"],
                by="test",
                at=datetime.fromisoformat(item["recorded_at"]),
            )
        self.facts = sorted(self._facts(raw["facts"]), key=lambda fact: fact[0])
        self.sweeps = [datetime.fromisoformat(item) for item in raw["sweeps"]]
        published = [datetime.fromisoformat(item["recorded_at"]) for item in raw["calendars"]]
        self.end = max(*(recorded for recorded, _draft in self.facts), *self.sweeps, *published)
        self.end += timedelta(days=30)

    @staticmethod
    def _facts(raw: Sequence[dict[str, Any]]) -> Iterator[tuple[datetime, Draft]]:
        seen = set()
        for item in sorted(raw, key=lambda f: f.get("recorded_at") or f["at"]):
            at = datetime.fromisoformat(item["at"]).astimezone(UTC)
            recorded = datetime.fromisoformat(item.get("recorded_at") or item["at"]).astimezone(UTC)
            # what lies further ahead is refused where it is recorded; so is a correction of what is not there, of one
            # that is corrected, and of a correction
            if at - recorded <= SKEW and (not item.get("voids") or item["voids"] in seen):
                if item.get("voids"):
                    seen.discard(item["voids"])
                else:
                    seen.add(item["id"])
                yield (
                    recorded,
                    Draft(
                        item["kind"],
                        item.get("data") or {},
                        at,
                        PROOF,
                        voids=item.get("voids"),
                        id=item["id"],
                    ),
                )

    def case(self, name: str) -> Subject:
        """A case of its own, which hears the story under ids of its own."""
        early = datetime(2024, 1, 1, tzinfo=UTC)
        made = Case.objects.create(
            received_type="complaint",
            type="complaint",
            channel="phone",
            title=name,
            content=name,
            received_at=early,
            registered_at=early,
        )
        return made.subject

    def drafts(self, subject: Subject) -> Iterator[tuple[datetime, list[Draft]]]:
        """What becomes known at each instant."""

        ranks = {draft.id: n for n, (_recorded, draft) in enumerate(self.facts, 1)}

        def named(identity: str | None) -> str | None:
            # in the same order for every case, since of two facts at one instant the smaller id comes first
            return str(UUID(int=(ranks[identity] << 80) + int(subject.ref))) if identity else None

        for recorded, group in groupby(self.facts, key=lambda fact: fact[0]):
            yield (
                recorded,
                [
                    Draft(d.kind, d.data, d.at, d.evidence, id=named(d.id), voids=named(d.voids))
                    for _recorded, d in group
                ],
            )

    def tell_one_by_one(self, subject: Subject, sweeps: Sequence[datetime]) -> None:
        told = [(recorded, drafts) for recorded, drafts in self.drafts(subject)]
        looks: list[tuple[datetime, list[Draft]]] = [(sweep, []) for sweep in sweeps]
        for moment, drafts in sorted([*told, *looks], key=lambda item: (item[0], not item[1])):
            with clock.telling(moment):
                if drafts:
                    for draft in drafts:
                        actions.record(subject, [draft], by=SYSTEM, at=moment, source="test")
                else:
                    work(moment)

    def tell_at_once(self, subject: Subject) -> None:
        entries = [
            Entry(subject, drafts, at=recorded, recorded_at=recorded)
            for recorded, drafts in self.drafts(subject)
        ]
        actions.record_many(entries, by=SYSTEM, at=self.end, source="bench", announce=False)


def work(now: datetime) -> None:
    """What the worker does until there is nothing left to do."""
    with clock.telling(now):
        while actions.follow_calendars(now=now) or actions.look(now=now).subjects:
            pass


def stored(subject: Subject) -> list[str]:
    """A line a promise, so that a difference can be read."""
    rows = Promise.objects.filter(subject_id=int(subject.ref)).order_by("control", "cycle", "seq")
    return [
        " ".join(f"{name}={value}" for name, value in row.items() if value) for row in rows.values(*COLUMNS)
    ]


def faults(now: datetime) -> list[str]:
    return [str(difference) for difference in verify_promises(now)]


@pytest.mark.parametrize("seed", range(100, 170))
def test_one_by_one_is_all_at_once(seed: int):
    """I4 and I19: sweeps in between, none before the last, or one rebuild: the same rows, and verify finds nothing."""
    story = Story(seed)
    swept, alone, whole = story.case("每步都查"), story.case("最后才查"), story.case("一次记下")
    story.tell_one_by_one(swept, story.sweeps)
    assert faults(max(story.sweeps[-1], story.facts[-1][0])) == []
    story.tell_one_by_one(alone, [])
    story.tell_at_once(whole)
    work(story.end)
    assert faults(story.end) == []
    expected = stored(whole)
    assert stored(swept) == expected
    assert stored(alone) == expected
    told_once(swept)
    counted(story.end)


def told_once(subject: Subject) -> None:
    """I18: a level is told to somebody once, unless the breach was taken back in between."""
    rows = Notice.objects.filter(subject_id=int(subject.ref), level__isnull=False)
    told = Counter(rows.values_list("promise", "level", "to_code", "to_user", "kind"))
    back = Counter(rows.filter(kind=NoticeKind.RETRACT).values_list("promise", flat=True))
    for (promise, level, *_whom), n in told.items():
        assert n <= 1 + back[promise], (promise, level)


def counted(now: datetime) -> None:
    """I23: the states of each clause, month and owner add up to the promises created."""
    rows = Promise.objects.values_list("control", "month", "owner", "breach_owner")
    created = Counter((control, month, breach or owner) for control, month, owner, breach in rows)
    for month, owner in {(month, owner) for _control, month, owner in created}:
        found = selectors.scores(month=month, owners=[owner])
        for (_regulation, control), score in found.items():
            parts = score.kept + score.broken + score.pending + score.waived + score.cancelled
            assert parts == created[control, month, owner]
    while actions.fold_tallies():
        pass
    assert faults(now) == []


def test_a_calendar_published_later_moves_what_is_still_open():
    """27: an earlier due is not missed because nobody looked."""
    office = {
        "tz": "Asia/Shanghai",
        "weekly": {d: [["09:00", "18:00"]] for d in ("mon", "tue", "wed", "thu", "fri")},
    }
    start = datetime(2025, 6, 6, 8, 0, tzinfo=UTC)  # Friday 16:00 in Shanghai
    adopt_pack(
        pack="feedback", effective_from=start, answers={"plan.within": "4 working hours"}, by=SYSTEM, at=start
    )
    publish_calendar(
        code=projection.COMPANY_CALENDAR, name="公司日历", definition=office, by="test", at=start
    )
    early = datetime(2024, 1, 1, tzinfo=UTC)
    case = Case.objects.create(
        received_type="feedback", type="feedback", channel="phone", title="a", content="a",
        received_at=early, registered_at=early,
    )  # fmt: skip
    facts = [Draft("case.received", {"type": "feedback"}), Draft("case.assigned", {"lead": "tech"})]
    with clock.telling(start):
        actions.record(case.subject, facts, by=SYSTEM, at=start, source="test")
        work(start)
    plan = Promise.objects.get(subject_id=case.pk, control="plan")
    assert plan.due == datetime(2025, 6, 9, 3, 0, tzinfo=UTC)  # Monday 11:00
    evening = start + timedelta(hours=6)
    with_saturday = {**office, "makeup_days": ["2025-06-07"], "makeup_hours": [["09:00", "18:00"]]}
    publish_calendar(
        code=projection.COMPANY_CALENDAR, name="公司日历", definition=with_saturday, by="test", at=evening
    )
    work(evening)
    plan.refresh_from_db()
    assert plan.due == datetime(2025, 6, 7, 3, 0, tzinfo=UTC)  # Saturday 11:00
    work(plan.due + timedelta(seconds=1))
    plan.refresh_from_db()
    assert plan.state == "breached"
    assert faults(plan.due + timedelta(seconds=1)) == []
    # nothing is looked at again without a reason
    assert actions.follow_calendars(now=plan.due + timedelta(days=1)) == 0
