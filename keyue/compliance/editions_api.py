"""Drafts, reviews, announcements and receipts of regulations over the REST API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Status
from pydantic import StrictBool, StrictInt

from keyue.compliance import edition_access as access
from keyue.compliance import edition_words as words
from keyue.compliance.api import Regulation
from keyue.compliance.edition_forms import LONGEST_TEXT
from keyue.kernel.errors import NotFound
from keyue.people.api import VIA, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.regulations import actions, ladder, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.actions.drafting import LONGEST_REASON
from keyue.regulations.actions.reviewing import LONGEST_NAME, LONGEST_REMARK, MOST_STEPS
from keyue.regulations.models import Edition
from keyue.regulations.readers import LONGEST_LINE, MOST_OPTIONS, MOST_QUESTIONS

router = Router(tags=["regulations"])
MOST = 2**31 - 1
N = Annotated[int, Path(ge=1, le=MOST, examples=[2], description="number of the edition")]
Text = Annotated[str, Field(max_length=LONGEST_TEXT, description="the Markdown of the regulation")]
Answers = dict[Annotated[str, Field(max_length=120)], Any]
Digest = Annotated[str, Field(max_length=64, pattern=r"^([0-9a-f]{64})?$", description="of what was read")]


class ReviewOut(Out):
    """A step of approval; `able` are the sign-in names of those who can decide it now."""

    n: int
    name: str
    post: str
    asked_at: datetime | None
    approved: bool | None
    decided_at: datetime | None
    decided_by: str
    remark: str
    able: list[str]


class EditionOut(Out):
    """An edition; `state` is drafted, submitted, approved, announced, in_force, superseded or withdrawn."""

    n: int
    state: str
    title: str
    digest: str
    based_on: int | None
    reason: str
    drafted_at: datetime
    published_at: datetime | None
    effective_from: datetime | None
    interpreter: str
    review_on: date | None


class EditionDetail(EditionOut):
    """An edition with its text, what is wrong with a draft, and its steps of approval."""

    text: str
    answers: dict[str, Any]
    faults: list[str]
    reviews: list[ReviewOut]


class DraftIn(In):
    """A draft; without a text that of the newest published edition."""

    model_config = shown(examples=[{"reason": "登记期限放宽到 8 小时"}])

    text: Text | None = None
    answers: Answers | None = None
    reason: str = Field("", max_length=LONGEST_REASON)


class RevisionIn(In):
    """What a draft is to say; it may hold faults. `digest`: refuse where somebody else has changed it since."""

    model_config = shown(
        examples=[{"text": "# 客户意见建议收集处理制度\n\n…", "reason": "登记期限放宽到 8 小时"}]
    )

    text: Text
    answers: Answers | None = None
    reason: str | None = Field(None, max_length=LONGEST_REASON)
    digest: Digest = ""


class DecisionIn(In):
    """The decision of a step. A refusal needs a remark."""

    model_config = shown(examples=[{"approved": False, "remark": "8 小时太长，请再斟酌"}])

    approved: StrictBool
    remark: str = Field("", max_length=LONGEST_REMARK)
    digest: Digest = ""


class QuestionIn(In):
    """A question of the test; `answer` is the place of the right option, from 0."""

    text: str = Field(max_length=LONGEST_LINE)
    options: list[Annotated[str, Field(max_length=LONGEST_LINE)]] = Field(max_length=MOST_OPTIONS)
    answer: StrictInt = Field(ge=0, lt=MOST_OPTIONS)


class TestIn(In):
    """A test; `enough` right answers pass it."""

    enough: StrictInt = Field(ge=1, le=MOST_QUESTIONS)
    questions: list[QuestionIn] = Field(max_length=MOST_QUESTIONS)


class AudienceIn(In):
    """Who is asked to read an edition and confirm; without either field nobody."""

    everybody: StrictBool = Field(False, description="everybody confirms; else `departments`, else nobody")
    departments: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=500)

    @property
    def audience(self) -> dict[str, Any]:
        """As an edition keeps it."""
        if self.everybody:
            return {"all": True}
        return {"departments": self.departments} if self.departments else {}


class AnnouncementIn(AudienceIn):
    """When an approved edition is in force, and who confirms that they have read it."""

    model_config = shown(examples=[{"everybody": True, "interpreter": "service_head"}])

    effective_from: Instant | None = Field(None, description="not before now; at once where absent")
    interpreter: str = Field("", max_length=60, description="code of a post or department")
    review_on: date | None = None
    test: TestIn | None = None


class ReaderOut(Out):
    """Somebody who was asked to read an edition."""

    username: str
    department: str
    asked_at: datetime
    read_at: datetime | None
    test_score: int | None
    reminded_at: datetime | None


class ReceiptsOut(Out):
    """Who has confirmed. `rate` is of those who were asked and still work here; null where nobody was."""

    asked: int
    read: int
    rate: float | None
    readers: list[ReaderOut]


class ReadingIn(In):
    """The chosen options of the test by question, from 0; empty where there is none."""

    model_config = shown(examples=[{"answers": [0, 2]}])

    answers: list[StrictInt | None] = Field(default_factory=list, max_length=MOST_QUESTIONS)


class ReadingOut(Out):
    """`read_at` is null where the test was not passed; it may be taken again."""

    read_at: datetime | None
    test_score: int | None
    tries: int


class RemindedOut(Out):
    """How many were reminded."""

    reminded: int


class ChangeOut(Out):
    """A clause that differs: added, removed or changed."""

    identity: str
    kind: str
    before: str
    after: str
    controls: list[str]


class DifferenceOut(Out):
    """What an edition says otherwise than another."""

    edition: int
    other: int | None = Field(description="null: it amends none")
    changes: list[ChangeOut]


class StepIn(In):
    """A step of approval: what it is called, and the post that decides it."""

    name: str = Field(max_length=LONGEST_NAME)
    post: str = Field(max_length=60)


class StepsIn(In):
    """The company's steps in order; none switches them off."""

    model_config = shown(examples=[{"steps": [{"name": "法务审核", "post": "legal_head"}]}])

    steps: list[StepIn] = Field(max_length=MOST_STEPS)


class StepOut(Out):
    """A step of the company's ladder."""

    n: int
    name: str
    post: str


@router.get("/approval-steps", response=list[StepOut], summary="The company's steps of approval")
@needs(*access.MAKING)
def approval_steps(request: HttpRequest) -> list[dict[str, Any]]:
    """In order; empty where there are none, and drafts cannot be submitted."""
    return [{"n": step.n, "name": step.name, "post": step.post} for step in ladder.steps()]


@router.put("/approval-steps", response=list[StepOut], summary="Set the company's steps of approval")
@needs(Permission.REGULATION_APPROVE)
def set_approval_steps(request: HttpRequest, payload: StepsIn) -> list[dict[str, Any]]:
    """What is submitted already keeps the steps it was submitted with."""
    steps = [(step.name, step.post) for step in payload.steps]
    actions.set_approval_steps(steps=steps, by=by_of(request), at=at_of(request), source=VIA)
    return approval_steps(request)


@router.get("/{regulation}/editions", response=list[EditionOut], summary="Every edition of a regulation")
@needs(Permission.REGULATION_VIEW)
def edition_list(request: HttpRequest, regulation: Regulation) -> list[dict[str, Any]]:
    """Newest first; drafts only for those whose business they are."""
    regulations.regulation(regulation)
    found = access.editions_for(user_of(request), regulation, at_of(request))
    return [_edition(edition, str(state)) for edition, state in found]


@router.post("/{regulation}/editions", response={201: EditionDetail}, summary="Draft the next edition")
@needs(Permission.REGULATION_EDIT)
def draft_edition(request: HttpRequest, regulation: Regulation, payload: DraftIn) -> Status[dict[str, Any]]:
    """It governs nothing until it is approved and announced. 422 for a text that does not run."""
    newest = regulations.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("没有这项制度，或还没有采用。"))
    edition = actions.draft_edition(
        text=newest.source if payload.text is None else payload.text,
        answers=newest.answers if payload.answers is None else payload.answers,
        based_on=newest,
        reason=payload.reason,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return Status(201, _detail(request, edition))


@router.get("/{regulation}/editions/{n}", response=EditionDetail, summary="An edition with its text")
@needs()
def edition_detail(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """404 for a draft that is not this person's business."""
    return _detail(request, access.edition_for(user_of(request), regulation, n, at_of(request)))


@router.put("/{regulation}/editions/{n}", response=EditionDetail, summary="Revise a draft")
@needs(Permission.REGULATION_EDIT)
def revise_draft(request: HttpRequest, regulation: Regulation, n: N, payload: RevisionIn) -> dict[str, Any]:
    """Kept even with faults, which are listed. 409 where it is no draft, and `conflict` where it has changed."""
    edition = regulations.edition(regulation, n)
    revised = actions.revise_draft(
        edition=edition,
        text=payload.text,
        answers=edition.answers if payload.answers is None else payload.answers,
        reason=payload.reason,
        revision=payload.digest,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _detail(request, revised)


@router.delete("/{regulation}/editions/{n}", response=EditionDetail, summary="Withdraw a draft")
@needs(Permission.REGULATION_EDIT)
def withdraw_draft(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """Its number is not used again. 409 for what is published."""
    edition = regulations.edition(regulation, n)
    gone = actions.withdraw_draft(edition=edition, by=by_of(request), at=at_of(request), source=VIA)
    return _detail(request, gone)


@router.post("/{regulation}/editions/{n}/submission", response=EditionDetail, summary="Submit a draft")
@needs(Permission.REGULATION_EDIT)
def submit_draft(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """The first step is asked. 409 `no_steps` where the company has none, `conflict` where it amends an older one."""
    edition = regulations.edition(regulation, n)
    row = actions.submit_draft(edition=edition, by=by_of(request), at=at_of(request), source=VIA)
    return _detail(request, row)


@router.delete("/{regulation}/editions/{n}/submission", response=EditionDetail, summary="Take a draft back")
@needs(Permission.REGULATION_EDIT)
def recall_draft(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """To revise it; what was decided of this submission counts no more."""
    edition = regulations.edition(regulation, n)
    row = actions.recall_draft(edition=edition, by=by_of(request), at=at_of(request), source=VIA)
    return _detail(request, row)


@router.post("/{regulation}/editions/{n}/review", response=EditionDetail, summary="Decide a step of approval")
@needs()
def decide_review(request: HttpRequest, regulation: Regulation, n: N, payload: DecisionIn) -> dict[str, Any]:
    """Only who stands behind the post of the step, wrote nothing of the draft and decides no other step: else 403."""
    edition = access.edition_for(user_of(request), regulation, n, at_of(request))
    decided = actions.decide_review(
        edition=edition,
        approved=payload.approved,
        remark=payload.remark,
        digest=payload.digest,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _detail(request, decided)


@router.post("/{regulation}/editions/{n}/announcement", response=EditionDetail, summary="Announce an edition")
@needs(Permission.REGULATION_ADOPT)
def announce_edition(
    request: HttpRequest, regulation: Regulation, n: N, payload: AnnouncementIn
) -> dict[str, Any]:
    """Everybody of its audience is asked to confirm. 409 where a step has not approved."""
    test = payload.test
    announced = actions.announce_edition(
        edition=regulations.edition(regulation, n),
        effective_from=payload.effective_from or at_of(request),
        audience=payload.audience,
        test={"pass": test.enough, "questions": [one.model_dump() for one in test.questions]} if test else {},
        interpreter=payload.interpreter,
        review_on=payload.review_on,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _detail(request, announced)


@router.get(
    "/{regulation}/editions/{n}/difference", response=DifferenceOut, summary="What an edition changes"
)
@needs(Permission.REGULATION_VIEW)
def edition_difference(
    request: HttpRequest,
    regulation: Regulation,
    n: N,
    other: Annotated[int, Query(ge=0, le=MOST, description="0: the edition that it amends")] = 0,
) -> dict[str, Any]:
    """Clause by clause, told apart by identity."""
    user, at = user_of(request), at_of(request)
    edition = access.edition_for(user, regulation, n, at)
    base = access.edition_for(user, regulation, other, at) if other else edition.based_on
    if base is None:
        return {"edition": edition.n, "other": None, "changes": []}
    found = words.compared(base, edition)
    return {
        "edition": edition.n,
        "other": base.n,
        "changes": [
            {
                "identity": line.change.identity,
                "kind": line.change.kind,
                "before": line.change.before.text if line.change.before else "",
                "after": line.change.after.text if line.change.after else "",
                "controls": [
                    f"{control.name}: "
                    + "; ".join(f"{field.label} {field.before} → {field.after}" for field in control.fields)
                    for control in line.controls
                ],
            }
            for line in found.clauses
        ],
    }


@router.get("/{regulation}/editions/{n}/receipts", response=ReceiptsOut, summary="Who has confirmed")
@needs(*access.MAKING)
def receipts(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """Those who were asked and still work here."""
    edition = regulations.edition(regulation, n)
    total = readers.receipts(edition, at_of(request))
    return {
        "asked": total.asked,
        "read": total.read,
        "rate": None if total.rate is None else round(total.rate, 1),
        "readers": [
            {
                "username": row.user.username,
                "department": row.user.department.code if row.user.department else "",
                "asked_at": row.asked_at,
                "read_at": row.read_at,
                "test_score": row.test_score,
                "reminded_at": row.reminded_at,
            }
            for row in readers.rows_of(edition)
        ],
    }


@router.post(
    "/{regulation}/editions/{n}/reminder", response=RemindedOut, summary="Remind who has not confirmed"
)
@needs(*access.MAKING)
def remind_readers(request: HttpRequest, regulation: Regulation, n: N) -> dict[str, Any]:
    """Nobody twice within a day; 409 where there is nobody."""
    edition = regulations.edition(regulation, n)
    told = actions.remind_readers(edition=edition, by=by_of(request), at=at_of(request), source=VIA)
    return {"reminded": told}


@router.post(
    "/{regulation}/editions/{n}/reading", response=ReadingOut, summary="Confirm that one has read it"
)
@needs()
def confirm_reading(request: HttpRequest, regulation: Regulation, n: N, payload: ReadingIn) -> dict[str, Any]:
    """For everybody who was asked; with the answers to its test, where it has one."""
    edition = regulations.edition(regulation, n)
    readers.reader_of(edition, user_of(request))
    row = actions.confirm_reading(
        edition=edition, answers=payload.answers, by=by_of(request), at=at_of(request), source=VIA
    )
    return {"read_at": row.read_at, "test_score": row.test_score, "tries": row.tries}


def _edition(edition: Edition, state: str) -> dict[str, Any]:
    return {
        "n": edition.n,
        "state": state,
        "title": edition.title,
        "digest": edition.digest,
        "based_on": edition.based_on.n if edition.based_on else None,
        "reason": edition.reason,
        "drafted_at": edition.drafted_at,
        "published_at": edition.published_at,
        "effective_from": edition.effective_from,
        "interpreter": edition.interpreter,
        "review_on": edition.review_on,
    }


def _detail(request: HttpRequest, edition: Edition) -> dict[str, Any]:
    at = at_of(request)
    state = str(regulations.state_of(edition, at))
    faults = regulations.read_draft(edition).document.faults if edition.published_at is None else []
    return {
        **_edition(edition, state),
        "text": edition.source,
        "answers": edition.answers,
        "faults": [f"{fault.line}: {fault.message}" for fault in faults],
        "reviews": [
            {
                "n": step.n,
                "name": step.name,
                "post": step.post,
                "asked_at": step.review.asked_at if step.review else None,
                "approved": step.review.approved if step.review else None,
                "decided_at": step.review.decided_at if step.review else None,
                "decided_by": step.decided_by,
                "remark": step.review.remark if step.review else "",
                "able": [person.username for person in step.able],
            }
            for step in ladder.step_views(edition, at)
        ],
    }
