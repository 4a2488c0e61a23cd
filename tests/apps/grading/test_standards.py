"""S1-6.2: the standard is drafted, approved by somebody else, and only then used; each version stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from keyue.customers import treatments
from keyue.grading import actions, sealing, selectors
from keyue.grading.enums import StandardState
from keyue.grading.models import GradingStandard, subject_of
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import selectors as ledger
from tests.apps.grading.conftest import FACTORS, TITLE, People, a_standard, actor

pytestmark = pytest.mark.django_db


def draft(crew: People, at: datetime, *factors: object) -> GradingStandard:
    standard = a_standard(*factors)  # type: ignore[arg-type]
    return actions.draft_standard(
        title=TITLE, standard=standard, review_months=6, by=actor(crew.seller), at=at
    )


def kinds(row: GradingStandard) -> list[str]:
    return [fact.kind for fact in ledger.facts_of(subject_of(row.pk))]


def test_from_draft_to_use(crew: People, at: datetime, applied: Callable[..., GradingStandard]):
    row = applied()
    assert (row.n, row.state) == (1, StandardState.APPLIED)
    assert kinds(row) == ["grading.drafted", "grading.submitted", "grading.approved", "grading.applied"]
    said = ledger.facts_of(subject_of(row.pk))[2].data
    assert said["interval"] == {"A": 14, "B": 30, "C": 90, "D": 0}
    assert said["resources"]["A"] == "A 级资源"
    assert said["policy"]["D"] == "D 级策略"


def test_a_faulty_draft_is_kept_but_not_submitted(crew: People, at: datetime):
    row = draft(crew, at, FACTORS[0], FACTORS[1])
    with pytest.raises(Invalid) as caught:
        actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=at)
    assert caught.value.fields == {"weight": "权重合计应为 100，现在是 70。"}
    row.refresh_from_db()
    assert row.state == StandardState.DRAFT


def test_nobody_approves_what_they_wrote_or_handed_in(crew: People, at: datetime):
    row = draft(crew, at)
    actions.revise_standard(
        standard_id=row.pk, title=TITLE, standard=a_standard(), review_months=3, by=actor(crew.boss), at=at
    )
    actions.submit_standard(standard_id=row.pk, by=actor(crew.north), at=at)
    for user in (crew.seller, crew.boss, crew.north):
        with pytest.raises(Refused, match="不能批准"):
            actions.decide_standard(standard_id=row.pk, approve=True, by=actor(user), at=at)


def test_given_back_with_a_reason(crew: People, at: datetime):
    row = draft(crew, at)
    actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=at)
    with pytest.raises(Invalid):
        actions.decide_standard(standard_id=row.pk, approve=False, by=actor(crew.boss), at=at)
    row = actions.decide_standard(
        standard_id=row.pk, approve=False, reason="潜力的权重太低", by=actor(crew.boss), at=at
    )
    assert row.state == StandardState.DRAFT
    assert sealing.open_refusal(row) == "潜力的权重太低"
    assert "潜力" not in row.refusal
    assert kinds(row)[-1] == "grading.refused"
    actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=at)


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_what_is_not_approved_is_not_used(crew: People, at: datetime, state: str):
    row = draft(crew, at)
    if state == "submitted":
        actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=at)
    with pytest.raises(Refused, match="批准后才能启用"):
        actions.apply_standard(standard_id=row.pk, by=actor(crew.boss), at=at)
    assert selectors.in_use(at) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        GradingStandard.objects.filter(pk=row.pk).update(state=StandardState.APPLIED)


def test_a_submitted_standard_is_not_changed(crew: People, at: datetime):
    row = draft(crew, at)
    actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=at)
    with pytest.raises(Refused, match="只有起草中"):
        actions.revise_standard(
            standard_id=row.pk, title=TITLE, standard=a_standard(), review_months=3,
            by=actor(crew.seller), at=at,
        )  # fmt: skip


def test_two_people_revise_at_once(crew: People, at: datetime):
    row = draft(crew, at)
    given = {"standard_id": row.pk, "title": TITLE, "standard": a_standard(), "review_months": 3, "at": at}
    actions.revise_standard(**given, by=actor(crew.seller), revision=1)
    with pytest.raises(Refused, match="刚被别人改过"):
        actions.revise_standard(**given, by=actor(crew.north), revision=1)


def test_the_next_version_takes_the_place_of_the_last(
    crew: People, at: datetime, applied: Callable[..., GradingStandard]
):
    first = applied()
    later = at + timedelta(days=10)
    second = applied(when=later)
    first.refresh_from_db()
    assert (first.state, first.retired_at, second.n) == (StandardState.RETIRED, later, 2)
    assert kinds(first)[-1] == "grading.retired"
    assert selectors.in_use(at + timedelta(days=5)) == first
    assert selectors.in_use(later) == second
    assert selectors.in_use(at - timedelta(days=1)) is None


def test_one_version_at_a_time(crew: People, at: datetime):
    draft(crew, at)
    with pytest.raises(Refused, match="还没有启用"):
        draft(crew, at)


def test_codes_of_own_factors_live_on(crew: People, at: datetime, applied: Callable[..., GradingStandard]):
    first = applied()
    codes = [raw["code"] for raw in first.factors]
    assert len(set(codes)) == len(codes)
    changed = (*first.standard.factors[:-1], FACTORS[-1])
    second = applied(a_standard(*changed), when=at + timedelta(days=1))
    assert [raw["code"] for raw in second.factors[:-1]] == codes[:-1]
    assert second.factors[-1]["code"] not in codes


def test_what_a_grade_is_given(crew: People, at: datetime, applied: Callable[..., GradingStandard]):
    assert selectors.treatment_of("A", at) is None
    before = treatments.contact_days()
    applied()
    found = selectors.treatment_of("A", at)
    assert found is not None
    assert (found.contact_days, found.first_response_hours, found.leader_visits) == (14, 2, 4)
    assert selectors.treatment_of(None, at) is None
    # S1-6.2b: another grade, another interval; the customers room asks without knowing of this one
    assert treatments.contact_days() == {"A": 14, "B": 30, "C": 90} != before
