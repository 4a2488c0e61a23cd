"""Submitting a draft, and the company's steps of approval, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people import selectors as people
from keyue.regulations import ladder, selectors, telling
from keyue.regulations.actions.recording import check_runs, checked, doer, held, record, words_of
from keyue.regulations.document import read_document
from keyue.regulations.events import Event
from keyue.regulations.models import ApprovalStep, Edition, EditionReview

LADDER = Subject("approval_steps", "1")
MOST_STEPS = 8
LONGEST_NAME = 40
LONGEST_REMARK = 500


@transaction.atomic
def set_approval_steps(
    *, steps: Sequence[tuple[str, str]], by: Actor, at: datetime, source: str = "web"
) -> list[ApprovalStep]:
    """The ladder that every draft passes from now on: name and post of each step, in order. Without any, drafts cannot
    be submitted. What is submitted keeps the steps it was submitted with.

    Raises Invalid by `name-1`, `post-1` and so on.
    """
    faults: dict[str, object] = {}
    kinds = people.owner_kinds([post for _name, post in steps])
    for n, (name, post) in enumerate(steps, start=1):
        if not 1 <= len(name.strip()) <= LONGEST_NAME:
            faults[f"name-{n}"] = _("请写步骤的名称，最多 %(most)d 字。") % {"most": LONGEST_NAME}
        if post not in kinds:
            faults[f"post-{n}"] = _("请选择岗位。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    if len(steps) > MOST_STEPS:
        raise Invalid(_("最多 %(most)d 步。") % {"most": MOST_STEPS})
    before = [(step.name, step.post) for step in ladder.steps()]
    after = [(name.strip(), post) for name, post in steps]
    if before == after:
        return ladder.steps()
    # first the fact, which holds the chain: of two at once the second waits, and replaces what the first has set
    said = {"steps": [{"name": name, "post": post} for name, post in after]}
    ledger.record(LADDER, [Draft(Event.STEPS_SET, said)], by=by, at=at, source=source)
    ApprovalStep.objects.all().delete()
    ApprovalStep.objects.bulk_create(
        ApprovalStep(n=n, name=name, post=post) for n, (name, post) in enumerate(after, start=1)
    )
    return ladder.steps()


@transaction.atomic
def submit_draft(*, edition: Edition, by: Actor, at: datetime, source: str = "web") -> Edition:
    """Submit a draft to the steps of approval; the first of them is asked.

    A step behind whose post nobody stands waits until somebody does. Raises Invalid for what does not run, Refused for
    what is no draft, says the same as the edition it amends, or amends one that is not the newest (`conflict`), and
    (`no_steps`) where the company has no steps.
    """
    row = held(edition)
    if ladder.stage(row) != "drafted":
        raise Refused(_("第 %(n)d 版不是草案，不能送审：请打开这一版，看走到哪一步。") % {"n": row.n})
    check_runs(read_document(row.source), row.answers)
    checked(selectors.read_draft(row).document)
    refuse_outdated(row)
    if row.based_on is not None and row.based_on.digest == row.digest:
        raise Refused(
            _("与第 %(n)d 版没有不同，不需要审批：请先修改，不要了请撤回草案。") % {"n": row.based_on.n}
        )
    steps = ladder.steps()
    if not steps:
        raise Refused(_("公司还没有设置审批步骤，请管理层先设置。"), code="no_steps")
    turn = (EditionReview.objects.filter(edition=row).values_list("turn", flat=True).last() or 0) + 1
    rows = [
        EditionReview(
            edition=row, turn=turn, n=step.n, name=step.name, post=step.post, asked_at=at if not i else None
        )
        for i, step in enumerate(steps)
    ]
    EditionReview.objects.bulk_create(rows)
    row.submitted_at, row.submitted_by = at, doer(by)
    row.save(update_fields=["submitted_at", "submitted_by"])
    said = {
        "digest": row.digest,
        "turn": turn,
        "steps": [{"n": step.n, "name": step.name, "post": step.post} for step in steps],
    }
    record(row, Event.EDITION_SUBMITTED, said, by=by, at=at, source=source)
    _ask(row, rows[0], at)
    return row


@transaction.atomic
def decide_review(
    *,
    edition: Edition,
    approved: bool,
    remark: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
    digest: str = "",
) -> Edition:
    """Decide the step whose turn it is. With the last one the edition is approved; a refusal makes it a draft again.

    Who decides stands behind the post of the step, has written nothing of the draft, and decides no other step of it.
    `digest` is that of the text that was read. Raises Denied for anybody else, Refused where nothing waits or
    (`conflict`) another text does, Invalid for a refusal without a reason.
    """
    row = held(edition)
    review = ladder.waiting_review(row)
    if review is None:
        raise Refused(_("第 %(n)d 版现在没有等待审批的步骤：请刷新页面，看走到哪一步。") % {"n": row.n})
    if digest and digest != row.digest:
        raise Refused(_("草案在您阅读期间改过，请重新阅读。"), code="conflict")
    why = ladder.why_not(row, review, by, at)
    if why:
        raise Denied(why)
    missing = "" if approved else _("请写明不同意的理由。")
    said = words_of(remark, "remark", most=LONGEST_REMARK, missing=missing)
    review.approved, review.decided_at, review.decided_by, review.remark = approved, at, doer(by), said
    review.save(update_fields=["approved", "decided_at", "decided_by", "remark"])
    decided = {
        "turn": review.turn,
        "n": review.n,
        "name": review.name,
        "post": review.post,
        "approved": approved,
        "digest": row.digest,
    }
    record(row, Event.REVIEW_DECIDED, decided, by=by, at=at, source=source, sealed={"remark": said})
    if not approved:
        return _return(row, by=by, at=at, source=source, step=review.name)
    following = row.reviews.filter(turn=review.turn, approved=None).order_by("n").first()
    if following is not None:
        following.asked_at = at
        following.save(update_fields=["asked_at"])
        _ask(row, following, at)
        return row
    row.approved_at, row.approved_by = at, doer(by)
    row.save(update_fields=["approved_at", "approved_by"])
    record(
        row, Event.EDITION_APPROVED, {"digest": row.digest, "turn": review.turn}, by=by, at=at, source=source
    )
    telling.tell("approved", row, ladder.writers_of(row), at=at)
    return row


@transaction.atomic
def recall_draft(*, edition: Edition, by: Actor, at: datetime, source: str = "web") -> Edition:
    """Take a submitted draft back, to revise it: what was decided of this submission counts no more.

    Raises Refused where it is not under review.
    """
    row = held(edition)
    review = ladder.waiting_review(row)
    if review is None:
        raise Refused(_("第 %(n)d 版不在审批中，不用收回：请刷新页面，看走到哪一步。") % {"n": row.n})
    review.asked_at = None
    review.save(update_fields=["asked_at"])
    return _return(row, by=by, at=at, source=source)


def refuse_outdated(row: Edition) -> None:
    """Raises Refused (`conflict`) where another edition was published since the one that this amends."""
    newest = selectors.newest_edition(row.regulation_id)
    if newest is not None and newest.pk != row.based_on_id:
        raise Refused(
            _("第 %(newest)d 版已经发布，这份草案不是依据它改的：请先与它对照，改为依据第 %(newest)d 版。")
            % {"newest": newest.n},
            code="conflict",
        )


def _return(row: Edition, *, by: Actor, at: datetime, source: str, step: str = "") -> Edition:
    row.submitted_at, row.submitted_by = None, ""
    row.save(update_fields=["submitted_at", "submitted_by"])
    said = {"digest": row.digest, **({"step": step} if step else {})}
    record(row, Event.EDITION_RETURNED, said, by=by, at=at, source=source)
    if step:
        telling.tell("returned", row, ladder.writers_of(row), at=at)
    return row


def _ask(row: Edition, review: EditionReview, at: datetime) -> None:
    able = [person.pk for person in ladder.able(row, review, at)]
    telling.tell("review", row, able, at=at, n=f"{review.turn}.{review.n}")
