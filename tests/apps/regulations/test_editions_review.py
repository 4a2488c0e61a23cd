"""A draft on its way: revised, submitted, decided step by step, returned, withdrawn, announced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.selectors import chain_of, facts_of
from keyue.people import actions as people
from keyue.people.access import forget
from keyue.people.models import Post, User
from keyue.promises.models import Notice
from keyue.regulations import actions, ladder, selectors
from keyue.regulations.enums import EditionState
from keyue.regulations.models import ApprovalStep, Edition, EditionReview
from tests.apps.regulations.conftest import DAY, SYSTEM, TEXT

pytestmark = pytest.mark.django_db

INTAKE = Subject("regulation", "intake")
AMENDED = TEXT.replace("2 小时内登记", "1 小时内登记").replace("PT2H", "PT1H")


@dataclass(frozen=True)
class Office:
    """支若兰 writes, 方正 is the lawyer, 顾清和 leads."""

    at: datetime
    writer: User
    lawyer: User
    leader: User
    first: Edition

    def actor(self, user: User) -> Actor:
        return Actor("staff", str(user.pk))

    def draft(self, text: str = AMENDED, **more) -> Edition:
        return actions.draft_edition(
            **{"text": text, "answers": {}, "by": self.actor(self.writer), "at": self.at + DAY, **more}
        )

    def submit(self, edition: Edition) -> Edition:
        return actions.submit_draft(edition=edition, by=self.actor(self.writer), at=self.at + DAY)

    def decide(self, edition: Edition, by: User, approved: bool = True, remark: str = "", **more) -> Edition:
        return actions.decide_review(
            edition=edition, approved=approved, remark=remark, by=self.actor(by), at=self.at + 2 * DAY, **more
        )

    def announce(self, edition: Edition, **more) -> Edition:
        return actions.announce_edition(
            **{
                "edition": edition,
                "effective_from": self.at + 10 * DAY,
                "audience": {},
                "by": self.actor(self.writer),
                "at": self.at + 3 * DAY,
                **more,
            }
        )


@pytest.fixture
def office(pack, at) -> Office:
    def person(username: str, name: str) -> User:
        return people.create_staff(username=username, name=name, by=SYSTEM, at=at)

    writer, lawyer, leader = person("zhi", "支若兰"), person("fang", "方正"), person("gu", "顾清和")
    for code, name, holder in (("legal_head", "法务负责人", lawyer), ("service_head", "分管领导", leader)):
        people.create_post(code=code, name=name, holders=[holder], by=SYSTEM, at=at)
    first = actions.adopt_pack(pack=pack(), effective_from=at, answers={}, by=SYSTEM, at=at)
    steps = [("法务审核", "legal_head"), ("分管领导批准", "service_head")]
    actions.set_approval_steps(steps=steps, by=SYSTEM, at=at)
    return Office(at, writer, lawyer, leader, first)


def state(edition: Edition, at: datetime) -> EditionState:
    return next(s for e, s in selectors.editions_of("intake", at=at) if e.pk == edition.pk)


def kinds() -> list[str]:
    return [fact.kind.removeprefix("regulation.") for fact in facts_of(INTAKE)][3:]


def test_the_whole_way(office):
    edition = office.draft(reason="客户反映登记太慢")
    assert edition.based_on == office.first and state(edition, office.at + DAY) == EditionState.DRAFTED
    office.submit(edition)
    assert state(edition, office.at + DAY) == EditionState.SUBMITTED
    assert ladder.waiting_review(Edition.objects.get(pk=edition.pk)).name == "法务审核"
    office.decide(edition, office.lawyer, remark="没有意见")
    assert state(edition, office.at + DAY) == EditionState.SUBMITTED
    approved = office.decide(edition, office.leader)
    assert approved.approved_by == f"staff:{office.leader.pk}"
    assert state(edition, office.at + DAY) == EditionState.APPROVED
    office.announce(approved)
    assert state(edition, office.at + 4 * DAY) == EditionState.ANNOUNCED
    assert state(edition, office.at + 11 * DAY) == EditionState.IN_FORCE
    assert state(office.first, office.at + 11 * DAY) == EditionState.SUPERSEDED
    assert kinds() == [
        "edition_drafted",
        "edition_submitted",
        "review_decided",
        "review_decided",
        "edition_approved",
        "edition_published",
    ]
    decided = facts_of(INTAKE)[5].data
    assert (decided["name"], decided["approved"], decided["n"], decided["turn"]) == ("法务审核", True, 1, 1)
    # what people wrote is sealed
    assert "没有意见" not in str(decided) and "登记太慢" not in str([f.data for f in facts_of(INTAKE)])


def test_each_step_is_told_when_its_turn_comes(office):
    edition = office.submit(office.draft())
    told = Notice.objects.filter(detail__what="edition_review")
    assert [notice.to_user for notice in told] == [office.lawyer]
    office.decide(edition, office.lawyer)
    assert {notice.to_user for notice in told.all()} == {office.lawyer, office.leader}
    assert ladder.waiting_for(office.leader, office.at + 2 * DAY)[0].edition == edition
    assert ladder.waiting_for(office.lawyer, office.at + 2 * DAY) == []
    office.decide(edition, office.leader)
    [notice] = Notice.objects.filter(detail__what="edition_approved")
    assert notice.to_user == office.writer


def test_out_of_turn_or_without_the_post_nobody_decides(office):
    edition = office.submit(office.draft())
    for user in (office.leader, office.writer):
        with pytest.raises(Denied, match="由法务负责人决定"):
            office.decide(edition, user)
    with pytest.raises(Denied):
        actions.decide_review(edition=edition, approved=True, by=SYSTEM, at=office.at + DAY)
    assert not EditionReview.objects.filter(approved=True).exists()


def test_who_wrote_of_it_does_not_decide(office):
    people.set_holders(
        post=Post.objects.get(code="legal_head"),
        holders=[office.writer, office.lawyer],
        by=SYSTEM,
        at=office.at,
    )
    edition = office.draft()
    lawyer = office.actor(office.lawyer)
    actions.revise_draft(edition=edition, text=AMENDED + "\n", answers={}, by=lawyer, at=office.at + DAY)
    office.submit(edition)
    for user in (office.writer, office.lawyer):
        with pytest.raises(Denied, match="参与起草的人不能审批"):
            office.decide(edition, user)
    # the step is named as one that nobody can decide
    [first, _second] = ladder.step_views(Edition.objects.get(pk=edition.pk), office.at + DAY)
    assert first.is_waiting and not first.able


def test_nobody_decides_two_steps_of_one_edition(office):
    people.set_holders(
        post=Post.objects.get(code="service_head"),
        holders=[office.lawyer, office.leader],
        by=SYSTEM,
        at=office.at,
    )
    forget(office.lawyer)
    edition = office.submit(office.draft())
    office.decide(edition, office.lawyer)
    with pytest.raises(Denied, match="不能由一个人审批两步"):
        office.decide(edition, office.lawyer)
    second = EditionReview.objects.get(edition=edition, n=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        EditionReview.objects.filter(pk=second.pk).update(
            approved=True, decided_at=office.at, decided_by=f"staff:{office.lawyer.pk}"
        )
    assert office.decide(edition, office.leader).approved_at is not None


def test_a_step_without_a_person_waits_and_is_never_passed(office):
    people.set_holders(post=Post.objects.get(code="legal_head"), holders=[], by=SYSTEM, at=office.at)
    edition = office.submit(office.draft())
    [step, _second] = ladder.step_views(Edition.objects.get(pk=edition.pk), office.at + DAY)
    assert step.is_waiting and not step.able and step.post_name == "法务负责人"
    with pytest.raises(Refused, match="还没有通过全部审批"):
        office.announce(edition)
    people.set_holders(
        post=Post.objects.get(code="legal_head"), holders=[office.lawyer], by=SYSTEM, at=office.at
    )
    assert office.decide(edition, office.lawyer)


def test_a_refusal_makes_it_a_draft_again_and_the_next_turn_starts_over(office):
    edition = office.submit(office.draft())
    office.decide(edition, office.lawyer)
    with pytest.raises(Invalid, match="写明不同意的理由"):
        office.decide(edition, office.leader, approved=False)
    office.decide(edition, office.leader, approved=False, remark="一小时做不到")
    row = Edition.objects.get(pk=edition.pk)
    assert row.submitted_at is None and state(row, office.at + 2 * DAY) == EditionState.DRAFTED
    assert [one.remark for one in ladder.refusals(row)] == ["一小时做不到"]
    assert kinds()[-1] == "edition_returned"
    revised = AMENDED.replace("PT1H", "PT90M")
    actions.revise_draft(
        edition=row, text=revised, answers={}, by=office.actor(office.writer), at=office.at + 2 * DAY
    )
    office.submit(row)
    again = ladder.waiting_review(Edition.objects.get(pk=edition.pk))
    assert (again.turn, again.n) == (2, 1)
    office.decide(edition, office.lawyer)
    office.decide(edition, office.leader)
    assert Edition.objects.get(pk=edition.pk).approved_at is not None


def test_a_submitted_draft_is_taken_back(office):
    edition = office.submit(office.draft())
    actions.recall_draft(edition=edition, by=office.actor(office.writer), at=office.at + DAY)
    assert not ladder.waiting().exists()
    with pytest.raises(Refused, match="没有等待审批"):
        office.decide(edition, office.lawyer)
    office.submit(edition)
    assert ladder.waiting().count() == 1


def test_what_is_under_review_or_approved_is_not_edited(office):
    edition = office.submit(office.draft())
    typed = {"text": TEXT, "answers": {}, "by": office.actor(office.writer), "at": office.at + DAY}
    with pytest.raises(Refused, match="正在审批"):
        actions.revise_draft(edition=edition, **typed)
    office.decide(edition, office.lawyer)
    office.decide(edition, office.leader)
    with pytest.raises(Refused, match="已经批准"):
        actions.revise_draft(edition=edition, **typed)
    with pytest.raises(Refused, match="已经批准"):
        actions.revise_draft(edition=office.first, **typed)


def test_a_decision_is_about_the_text_that_was_read(office):
    edition = office.draft()
    read = edition.digest
    by = office.actor(office.writer)
    actions.revise_draft(
        edition=edition, text=TEXT.replace("PT2H", "PT9H"), answers={}, by=by, at=office.at + DAY
    )
    office.submit(edition)
    with pytest.raises(Refused, match="重新阅读") as caught:
        office.decide(edition, office.lawyer, digest=read)
    assert caught.value.code == "conflict"


def test_a_draft_keeps_what_does_not_run_and_cannot_be_submitted_with_it(office):
    edition = office.draft()
    by = office.actor(office.writer)
    broken = AMENDED.replace('"PT1H"', '"soon"')
    kept = actions.revise_draft(edition=edition, text=broken, answers={}, by=by, at=office.at + DAY)
    assert kept.source == broken and Edition.objects.get(pk=edition.pk).source == broken
    assert selectors.read_draft(kept).document.faults
    with pytest.raises(Invalid, match="1 处错误"):
        office.submit(kept)
    with pytest.raises(Invalid, match="这是制度 intake 的草案"):
        actions.revise_draft(
            edition=edition,
            text=AMENDED.replace('"intake"', '"other"'),
            answers={},
            by=by,
            at=office.at + DAY,
        )


def test_two_who_revise_at_once(office):
    edition = office.draft()
    read = edition.digest
    by = office.actor(office.writer)
    actions.revise_draft(
        edition=edition, text=AMENDED + "\n", answers={}, by=by, at=office.at + DAY, revision=read
    )
    with pytest.raises(Refused) as caught:
        actions.revise_draft(edition=edition, text=TEXT, answers={}, by=by, at=office.at + DAY, revision=read)
    assert caught.value.code == "conflict" and Edition.objects.get(pk=edition.pk).source == AMENDED + "\n"


def test_nothing_changed_is_not_submitted(office):
    with pytest.raises(Refused, match="没有不同"):
        office.submit(office.draft(TEXT))


def test_without_steps_nothing_is_submitted(office):
    actions.set_approval_steps(steps=[], by=SYSTEM, at=office.at)
    with pytest.raises(Refused) as caught:
        office.submit(office.draft())
    assert caught.value.code == "no_steps"


def test_steps_need_a_name_and_a_post(office):
    with pytest.raises(Invalid) as caught:
        actions.set_approval_steps(steps=[("", "legal_head"), ("批准", "moon")], by=SYSTEM, at=office.at)
    assert set(caught.value.fields) == {"name-1", "post-2"}
    assert ApprovalStep.objects.count() == 2


def test_a_submitted_draft_keeps_the_steps_it_was_submitted_with(office):
    edition = office.submit(office.draft())
    actions.set_approval_steps(steps=[("批准", "service_head")], by=SYSTEM, at=office.at)
    assert [s.name for s in ladder.step_views(Edition.objects.get(pk=edition.pk), office.at)] == [
        "法务审核",
        "分管领导批准",
    ]


def test_a_draft_of_an_older_edition_does_not_undo_the_newer_one(office):
    mine, theirs = office.draft(), office.draft(TEXT.replace("PT2H", "PT3H"))
    office.submit(theirs)
    office.decide(theirs, office.lawyer)
    office.decide(theirs, office.leader)
    office.announce(Edition.objects.get(pk=theirs.pk), effective_from=office.at + 5 * DAY)
    with pytest.raises(Refused) as caught:
        office.submit(mine)
    assert caught.value.code == "conflict"
    actions.revise_draft(
        edition=mine,
        text=AMENDED,
        answers={},
        by=office.actor(office.writer),
        at=office.at + 3 * DAY,
        based_on=theirs,
    )
    assert office.submit(mine).based_on == theirs


def test_a_withdrawn_draft_stays_so(office):
    edition = office.submit(office.draft())
    actions.withdraw_draft(edition=edition, by=office.actor(office.writer), at=office.at + DAY)
    assert state(edition, office.at + DAY) == EditionState.WITHDRAWN
    assert not ladder.waiting().exists() and edition.pk not in {e.pk for e in selectors.drafts()}
    with pytest.raises(Refused, match="撤回"):
        actions.withdraw_draft(edition=edition, by=SYSTEM, at=office.at + DAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(source="# 别的")
    with pytest.raises(Refused, match="已经发布"):
        actions.withdraw_draft(edition=office.first, by=SYSTEM, at=office.at + DAY)
    assert office.draft().n == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(approved=False),
        lambda rows: rows.update(remark="别的"),
        lambda rows: rows._raw_delete(rows.db),
    ],
)
def test_the_database_keeps_what_was_decided(office, change):
    edition = office.submit(office.draft())
    office.decide(edition, office.lawyer)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(EditionReview.objects.filter(edition=edition, n=1))
    assert EditionReview.objects.get(edition=edition, n=1).approved is True


# --- answers where there are steps ----------------------------------------------------------------------------------


def test_answers_pass_the_steps_where_the_regulation_runs(office):
    answer = {"answers": {"rounds.every": "P1D"}, "by": office.actor(office.writer), "at": office.at + DAY}
    edition = actions.answer_questions(regulation="intake", effective_from=office.at + DAY, **answer)
    assert (
        edition.published_at is None and edition.submitted_at is not None and edition.based_on == office.first
    )
    assert selectors.newest_edition("intake") == office.first
    office.decide(edition, office.lawyer)
    office.decide(edition, office.leader)
    office.announce(Edition.objects.get(pk=edition.pk))
    assert selectors.newest_edition("intake").answers == {"rounds.every": "P1D"}


def test_answers_hold_at_once_where_there_are_no_steps(office):
    actions.set_approval_steps(steps=[], by=SYSTEM, at=office.at)
    edition = actions.answer_questions(
        regulation="intake",
        answers={"rounds.every": "P1D"},
        effective_from=office.at + DAY,
        by=office.actor(office.writer),
        at=office.at + DAY,
    )
    assert edition.published_at is not None
    approved = [fact for fact in chain_of(INTAKE) if fact.kind == "regulation.edition_approved"]
    assert "没有经过审批步骤" in approved[0].data["why"] and "回答人" in approved[-1].data["why"]


def test_a_draft_that_names_what_never_happens_is_not_submitted(office):
    kept = office.draft(TEXT.replace("parcel.registered", "parcel.registred"))
    with pytest.raises(Invalid, match="1 处错误") as caught:
        office.submit(kept)
    assert "parcel.registered" in str(caught.value)
    assert (
        selectors.read_draft(kept).document.faults[0].line
        == TEXT[: TEXT.index("parcel.registered")].count("\n") + 1
    )
