"""Editions in the order in which they take effect, whatever their numbers; ids, days and steps at their edges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from keyue.kernel.errors import Invalid
from keyue.people import actions as people
from keyue.promises.actions import publish_calendar
from keyue.regulations import actions, ladder, selectors
from keyue.regulations.enums import EditionState
from keyue.regulations.models import ApprovalStep, Edition
from tests.apps.regulations.conftest import DAY, SYSTEM, TEXT
from tests.apps.regulations.test_editions_review import Office, office
from tests.journeys.world import WEEKLY
from tests.support.crashing import at_once

__all__ = ["office"]


def states(at: datetime) -> dict[int, EditionState]:
    return {edition.n: state for edition, state in selectors.editions_of("intake", at=at)}


@pytest.mark.django_db
def test_of_two_drafts_the_later_one_may_be_announced_first(office: Office):
    early, late = office.draft(), office.draft(TEXT.replace("PT2H", "PT3H"))
    for edition in (early, late):
        actions.approve_edition(edition=edition, by=SYSTEM, at=office.at + DAY)
    for edition, day in ((late, 2), (early, 4)):
        row = Edition.objects.get(pk=edition.pk)
        instant = office.at + day * DAY
        actions.publish_edition(edition=row, effective_from=instant, by=SYSTEM, at=instant)
    assert states(office.at + 3 * DAY) == {
        1: EditionState.SUPERSEDED,
        2: EditionState.ANNOUNCED,
        3: EditionState.IN_FORCE,
    }
    after = office.at + 5 * DAY
    assert selectors.edition_in_force("intake", at=after) == early
    assert states(after) == {
        1: EditionState.SUPERSEDED,
        2: EditionState.IN_FORCE,
        3: EditionState.SUPERSEDED,
    }


@pytest.mark.django_db
def test_a_subject_that_an_edition_leaves_is_left_by_the_engine(office: Office):
    other = TEXT.replace('subject = "parcel"', 'subject = "letter"').replace("parcel.", "letter.")
    edition = office.draft(other)
    actions.approve_edition(edition=edition, by=SYSTEM, at=office.at + DAY)
    actions.publish_edition(edition=edition, effective_from=office.at + DAY, by=SYSTEM, at=office.at + DAY)
    said = [(one.id, len(one.controls)) for one in selectors.editions_for("parcel")]
    assert said == [(office.first.pk, 2), (edition.pk, 0)]


@pytest.mark.django_db
def test_the_day_of_review_comes_after_the_day_in_the_companys_zone(office: Office):
    publish_calendar(
        definition={"tz": "Asia/Shanghai", "weekly": WEEKLY}, by=SYSTEM, at=office.at, source="test"
    )
    edition = office.draft()
    actions.approve_edition(edition=edition, by=SYSTEM, at=office.at + DAY)
    # the first of May in Shanghai, the last of April in London
    starts = datetime(2026, 4, 30, 16, 30, tzinfo=UTC)
    with pytest.raises(Invalid, match=r"复审日期|1 处"):
        office.announce(edition, effective_from=starts, review_on=date(2026, 5, 1))
    office.announce(edition, effective_from=starts, review_on=date(2026, 5, 2))


def test_two_who_set_the_steps_at_once(fresh_database):
    """The second waits and replaces what the first has set; neither meets an error."""
    at = datetime(2026, 3, 16, 2, tzinfo=UTC)
    people.create_post(code="legal_head", name="法务负责人", holders=[], by=SYSTEM, at=at)

    def setting(name: str) -> Callable[[], object]:
        def work() -> object:
            for n in range(10):
                steps = [(f"{name}{n}", "legal_head"), (f"{name}{n} 再审", "legal_head")]
                actions.set_approval_steps(steps=steps, by=SYSTEM, at=at)
            return "done"

        return work

    assert at_once(setting("甲"), setting("乙")) == ["done", "done"]
    assert len(ladder.steps()) == ApprovalStep.objects.count() == 2
