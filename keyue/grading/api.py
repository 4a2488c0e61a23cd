"""Grading over the REST API: versions of the standard, proposals and decisions, and the grounds of a customer's grade.

The api room mounts `router` at /grading; who may is asked here, what they may see by the selectors.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Router
from pydantic import StrictBool

from keyue.customers import selectors as customers
from keyue.grading import actions, measures, rules, sealing, selectors
from keyue.grading.enums import Outcome, RunState, StandardState, Why
from keyue.grading.models import GradingRun, GradingStandard
from keyue.grading.rules import GRADES, Kind, Missing, Part
from keyue.grading.scoring import Reason
from keyue.grading.selectors import ProposalCard
from keyue.kernel.errors import Invalid
from keyue.people.api import VIA, Cursor, Identity, In, Limit, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

router = Router(tags=["grading"])
Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="the number of the version", examples=[1])]
Number = Annotated[str, Path(max_length=40, examples=["KH-00317"], description="the customer's number")]
Grade = Literal[GRADES]  # type: ignore[valid-type]
Share = Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)]
MOST_ONES = rules.MOST_FACTORS


class BandIn(In):
    """A row of a factor's table: from this number or month on, or for this choice, so many points."""

    edge: str = Field(max_length=rules.CHOICE_LONGEST, examples=["good"])
    points: Share = Field(examples=["80"])


class FactorIn(In):
    """One factor. `measure` is a code of `GET /grading/measures`, or `own` for what people enter for each customer."""

    code: str = Field("", max_length=20, description="of a factor of an earlier version; empty for a new one")
    label: str = Field(max_length=rules.LABEL_LONGEST, examples=["信用"])
    part: Literal[tuple(Part)] = Field(examples=["credit"])  # type: ignore[valid-type]
    kind: Literal[tuple(Kind)] = Field(examples=["choice"])  # type: ignore[valid-type]
    measure: str = Field(max_length=40, examples=["credit"])
    weight: Share = Field(examples=["30"])
    bands: list[BandIn] = Field(max_length=rules.MOST_BANDS, examples=[[{"edge": "good", "points": "80"}]])
    otherwise: Share = Field(Decimal(0), description="points of a value that no band names", examples=["0"])


class TreatmentIn(In):
    """What a grade is given; null: nothing is laid down."""

    contact_days: int | None = Field(None, ge=1, le=3660)
    visit_days: int | None = Field(None, ge=1, le=3660)
    verification_days: int | None = Field(None, ge=1, le=3660)
    first_response_hours: int | None = Field(None, ge=1, le=720)
    leader_visits: int | None = Field(None, ge=1, le=99, description="a year")
    resources: str = Field("", max_length=rules.TEXT_LONGEST)
    policy: str = Field("", max_length=rules.TEXT_LONGEST)


class ThresholdsIn(In):
    """From which score on a grade is reached; the rest is D."""

    A: Share = Field(examples=["80"])
    B: Share = Field(examples=["60"])
    C: Share = Field(examples=["40"])


class TreatmentsIn(In):
    A: TreatmentIn
    B: TreatmentIn
    C: TreatmentIn
    D: TreatmentIn


class StandardIn(In):
    """A draft may be unfinished: what is wrong with it is said when it is submitted."""

    title: str = Field(max_length=60, examples=["客户分级标准"])
    factors: list[FactorIn] = Field(max_length=MOST_ONES, examples=[[]])
    thresholds: ThresholdsIn
    missing: Literal[tuple(Missing)] = Field(  # type: ignore[valid-type]
        description="of a factor of which nothing is known: left out with the other weights made up to 100, or its lowest",
        examples=["leave_out"],
    )
    treatments: TreatmentsIn
    review_months: int = Field(12, ge=1, le=60)


class StandardDecisionIn(In):
    """Whether management approves; a refusal needs a reason."""

    approve: StrictBool = Field(examples=[True])
    reason: str = Field("", max_length=2000)


class ProposalDecisionIn(In):
    """As proposed, another grade, or as it was; what is not as proposed needs a remark."""

    model_config = shown(examples=[{"outcome": "other", "grade": "B", "remark": "刚换了采购负责人"}])

    outcome: Literal["accepted", "other", "kept"]
    grade: Grade | None = None
    remark: str = Field("", max_length=2000)


class ReviewIn(In):
    """What the customer says: 个人信息保护法 article 24."""

    request: str = Field(min_length=1, max_length=2000, examples=["我们去年的采购额翻了一番"])


class ValuesIn(In):
    """Values of the company's own factors by code; an empty text takes one away."""

    values: dict[str, Annotated[str, Field(max_length=rules.CHOICE_LONGEST)]] = Field(
        max_length=MOST_ONES, examples=[{"f4": "高"}]
    )


class MeasureOut(Out):
    """Something that is known of customers and can be weighed."""

    code: str
    label: str
    kind: Literal[tuple(Kind)]  # type: ignore[valid-type]
    choices: list[str]


class StandardOut(Out):
    """A version of the standard."""

    version: int
    title: str
    state: Literal[tuple(StandardState.values)]  # type: ignore[valid-type]
    factors: list[dict[str, Any]]
    thresholds: dict[str, str]
    missing: str
    treatments: dict[str, dict[str, Any]]
    review_months: int
    faults: dict[str, str] = Field(description="what keeps it from being submitted, by place")
    refusal: str
    revision: int
    drafted_at: datetime
    submitted_at: datetime | None
    approved_at: datetime | None
    applied_at: datetime | None
    retired_at: datetime | None


class ReasonOut(Out):
    """What one factor brought; `value` null: nothing is known, `points` null: left out."""

    code: str
    label: str
    part: str
    value: str | None
    points: Decimal | None
    weight: Decimal
    effective: Decimal
    contribution: Decimal


class ProposalOut(Out):
    """A proposal with its reasons."""

    id: int
    customer: str
    standard: int
    why: Literal[tuple(Why.values)]  # type: ignore[valid-type]
    old: str | None
    new: str | None
    score: Decimal | None
    reasons: list[ReasonOut]
    raised_at: datetime
    outcome: Literal[tuple(Outcome.values)] | None  # type: ignore[valid-type]
    grade: str | None
    remark: str
    decided_at: datetime | None
    undone_at: datetime | None


class ProposalPage(Out):
    items: list[ProposalOut]
    next_cursor: str


class GroundsOut(Out):
    """Why a customer has their grade, as far as it is known now."""

    customer: str
    grade: str | None
    standard: int | None
    computed: str | None = Field(description="the grade that what is known now comes to")
    score: Decimal | None
    reasons: list[ReasonOut]
    values: dict[str, str]
    waiting: ProposalOut | None


class RunOut(Out):
    """A review of grades: `seen` grows until `state` is done or stopped."""

    id: int
    standard: int
    state: Literal[tuple(RunState.values)]  # type: ignore[valid-type]
    total: int
    seen: int
    proposed: int
    unknown: int = Field(description="customers of whom nothing is known that could be scored")
    started_at: datetime
    finished_at: datetime | None


# --- the standard ---


@router.get("/measures", response=list[MeasureOut], summary="What standards may weigh")
@needs(Permission.CUSTOMER_VIEW)
def list_measures(request: HttpRequest) -> list[dict[str, Any]]:
    """Beside these, factors of the company's own: measure `own`."""
    return [
        {
            "code": one.code,
            "label": str(one.label),
            "kind": one.kind.value,
            "choices": [value for value, _said in one.choices],
        }
        for one in measures.known().values()
    ]


@router.get("/standards", response=list[StandardOut], summary="The versions of the scoring standard")
@needs(Permission.CUSTOMER_VIEW)
def list_grading_standards(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest first; the one in use has the state `applied`."""
    return [standard_dict(row) for row in selectors.standards(user_of(request))]


@router.post("/standards", response={201: StandardOut}, summary="Draft the next version")
@needs(Permission.GRADING_EDIT)
def draft_grading_standard(request: HttpRequest, data: StandardIn) -> dict[str, Any]:
    """Only one version may be on its way: 409 until it is applied."""
    row = actions.draft_standard(
        title=data.title,
        standard=_standard(data),
        review_months=data.review_months,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return standard_dict(row)


@router.get("/standards/{version}", response=StandardOut, summary="A version of the scoring standard")
@needs(Permission.CUSTOMER_VIEW)
def get_grading_standard(request: HttpRequest, version: Version) -> dict[str, Any]:
    """With what is still wrong with it."""
    return standard_dict(selectors.standard_for(user_of(request), version))


@router.put("/standards/{version}", response=StandardOut, summary="Change a draft")
@needs(Permission.GRADING_EDIT)
def revise_grading_standard(request: HttpRequest, version: Version, data: StandardIn) -> dict[str, Any]:
    """The whole of it; who changes a draft cannot approve it."""
    row = selectors.standard_for(user_of(request), version)
    row = actions.revise_standard(
        standard_id=row.pk,
        title=data.title,
        standard=_standard(data),
        review_months=data.review_months,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return standard_dict(row)


@router.post("/standards/{version}/submit", response=StandardOut, summary="Hand a draft in for approval")
@needs(Permission.GRADING_EDIT)
def submit_grading_standard(request: HttpRequest, version: Version) -> dict[str, Any]:
    """422 with everything that is wrong with it."""
    row = selectors.standard_for(user_of(request), version)
    return standard_dict(
        actions.submit_standard(standard_id=row.pk, by=by_of(request), at=at_of(request), via=VIA)
    )


@router.post(
    "/standards/{version}/decision", response=StandardOut, summary="Approve a version, or give it back"
)
@needs(Permission.GRADING_APPROVE)
def decide_grading_standard(
    request: HttpRequest, version: Version, data: StandardDecisionIn
) -> dict[str, Any]:
    """409 for who wrote or submitted it."""
    row = selectors.standard_for(user_of(request), version)
    row = actions.decide_standard(
        standard_id=row.pk,
        approve=data.approve,
        reason=data.reason,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return standard_dict(row)


@router.post(
    "/standards/{version}/apply", response=StandardOut, summary="Let grades be computed by a version"
)
@needs(Permission.GRADING_APPROVE)
def apply_grading_standard(request: HttpRequest, version: Version) -> dict[str, Any]:
    """Only an approved one; all customers are reviewed then, and proposals made."""
    row = selectors.standard_for(user_of(request), version)
    return standard_dict(
        actions.apply_standard(standard_id=row.pk, by=by_of(request), at=at_of(request), via=VIA)
    )


# --- reviews of all grades ---


@router.post("/runs", response={202: RunOut}, summary="Review the grades of all customers")
@needs(Permission.GRADE_DECIDE)
def start_grading_run(request: HttpRequest) -> dict[str, Any]:
    """In the background; proposals where a grade would be another one."""
    return run_dict(actions.start_run(by=by_of(request), at=at_of(request), via=VIA))


@router.get("/runs/{run_id}", response=RunOut, summary="How far a review is")
@needs(Permission.CUSTOMER_VIEW)
def get_grading_run(request: HttpRequest, run_id: Identity) -> dict[str, Any]:
    """Counts."""
    return run_dict(selectors.run_for(user_of(request), run_id))


# --- proposals ---


@router.get(
    "/proposals", response=ProposalPage, summary="Proposals about customers that the token's person may see"
)
@needs(Permission.CUSTOMER_VIEW)
def list_grade_proposals(
    request: HttpRequest, decided: bool = False, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """The newest first: those that wait, or those that were decided."""
    found = selectors.proposal_page(user_of(request), decided=decided, cursor=cursor, size=limit)
    return {"items": [proposal_dict(card) for card in found.cards], "next_cursor": found.next}


@router.get("/proposals/{proposal_id}", response=ProposalOut, summary="A proposal")
@needs(Permission.CUSTOMER_VIEW)
def get_grade_proposal(request: HttpRequest, proposal_id: Identity) -> dict[str, Any]:
    """With its reasons."""
    return _shown(request, selectors.proposal_for(user_of(request), proposal_id).pk)


@router.post("/proposals/{proposal_id}/decision", response=ProposalOut, summary="Decide a proposal")
@needs(Permission.GRADE_DECIDE)
def decide_grade_proposal(
    request: HttpRequest, proposal_id: Identity, data: ProposalDecisionIn
) -> dict[str, Any]:
    """Sets the customer's grade; 409 where it is decided."""
    found = selectors.proposal_for(user_of(request), proposal_id)
    actions.decide_proposal(
        proposal_id=found.pk,
        outcome=data.outcome,
        grade=data.grade or "",
        remark=data.remark,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _shown(request, found.pk)


@router.post("/proposals/{proposal_id}/undo", response=ProposalOut, summary="Take a decision back")
@needs(Permission.GRADE_DECIDE)
def undo_grade_decision(request: HttpRequest, proposal_id: Identity) -> dict[str, Any]:
    """The grade is again what it was; the answer is the new proposal that waits."""
    found = selectors.proposal_for(user_of(request), proposal_id)
    again = actions.undo_decision(proposal_id=found.pk, by=by_of(request), at=at_of(request), via=VIA)
    return _shown(request, again.pk)


# --- one customer ---


@router.get("/customers/{number}", response=GroundsOut, summary="Why a customer has their grade")
@needs(Permission.CUSTOMER_VIEW)
def get_grade_grounds(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Computed now, with every factor."""
    return _grounds(request, number)


@router.put(
    "/customers/{number}/values", response=GroundsOut, summary="Enter values of the company's own factors"
)
@needs(Permission.CUSTOMER_EDIT)
def set_grade_values(request: HttpRequest, number: Number, data: ValuesIn) -> dict[str, Any]:
    """The grade is computed at once: `waiting` has the proposal, where it would be another one."""
    customer = customers.customer_for(user_of(request), number)
    actions.set_values(customer=customer, values=data.values, by=by_of(request), at=at_of(request), via=VIA)
    return _grounds(request, number)


@router.post("/customers/{number}/evaluation", response=GroundsOut, summary="Compute a customer's grade")
@needs(Permission.GRADE_DECIDE)
def evaluate_grade(request: HttpRequest, number: Number) -> dict[str, Any]:
    """A proposal where it would be another one; nothing is set."""
    customer = customers.customer_for(user_of(request), number)
    actions.evaluate_customer(customer=customer, by=by_of(request), at=at_of(request), via=VIA)
    return _grounds(request, number)


@router.post(
    "/customers/{number}/review", response={201: ProposalOut}, summary="A customer asks for a human review"
)
@needs(Permission.CUSTOMER_EDIT)
def ask_grade_review(request: HttpRequest, number: Number, data: ReviewIn) -> dict[str, Any]:
    """A person decides, whatever the sum says."""
    customer = customers.customer_for(user_of(request), number)
    made = actions.ask_review(
        customer=customer, request=data.request, by=by_of(request), at=at_of(request), via=VIA
    )
    return _shown(request, made.pk)


# --- the parts ---


def _standard(data: StandardIn) -> rules.Standard:
    unknown = {
        f"factors.{n}.measure": _("没有这个取值来源，见 /grading/measures")
        for n, one in enumerate(data.factors)
        if one.measure != rules.OWN and one.measure not in measures.known()
    }
    if unknown:
        raise Invalid(_("有因素的取值没有来源。"), fields=unknown)
    factors = [
        {**one.model_dump(), "bands": [[band.edge, band.points] for band in one.bands]}
        for one in data.factors
    ]
    return rules.read_standard(
        factors, data.thresholds.model_dump(), data.missing, data.treatments.model_dump()
    )


def standard_dict(row: GradingStandard) -> dict[str, Any]:
    """A version of the standard as the API has it."""
    faults = {fault.where: str(fault.why) for fault in rules.faults_of(row.standard)}
    stamps = ("drafted_at", "submitted_at", "approved_at", "applied_at", "retired_at")
    return {
        "version": row.n,
        "title": row.title,
        "state": row.state,
        "factors": row.factors,
        "thresholds": row.thresholds,
        "missing": row.missing,
        "treatments": row.treatments,
        "review_months": row.review_months,
        "faults": faults,
        "refusal": sealing.open_refusal(row),
        "revision": row.revision,
        **{stamp: getattr(row, stamp) for stamp in stamps},
    }


def run_dict(run: GradingRun) -> dict[str, Any]:
    """A review as the API has it."""
    names = ("id", "state", "total", "seen", "proposed", "unknown", "started_at", "finished_at")
    return {"standard": run.standard.n, **{name: getattr(run, name) for name in names}}


def _reason_dict(one: Reason) -> dict[str, Any]:
    names = ("code", "label", "part", "value", "points", "weight", "effective", "contribution")
    return {name: getattr(one, name) for name in names}


def proposal_dict(card: ProposalCard) -> dict[str, Any]:
    """A proposal as the API has it."""
    row = card.row
    return {
        "id": row.pk,
        "customer": card.customer.number,
        "standard": row.standard.n,
        "why": row.why,
        "old": row.old or None,
        "new": row.new or None,
        "score": row.score,
        "reasons": [_reason_dict(one) for one in card.reasons],
        "raised_at": row.raised_at,
        "outcome": row.outcome or None,
        "grade": row.grade or None,
        "remark": card.remark,
        "decided_at": row.decided_at,
        "undone_at": row.undone_at,
    }


def _shown(request: HttpRequest, pk: int) -> dict[str, Any]:
    (card,) = selectors.proposals_of(user_of(request), [pk])
    return proposal_dict(card)


def _grounds(request: HttpRequest, number: str) -> dict[str, Any]:
    customer = customers.customer_for(user_of(request), number)
    basis = selectors.basis_of(user_of(request), customer, at_of(request), past=1)
    scored = basis.scored
    return {
        "customer": customer.number,
        "grade": customer.grade,
        "standard": basis.standard.n if basis.standard else None,
        "computed": scored.grade if scored else None,
        "score": scored.score if scored else None,
        "reasons": [_reason_dict(one) for one in scored.reasons] if scored else [],
        "values": basis.own,
        "waiting": proposal_dict(basis.waiting) if basis.waiting else None,
    }
