"""Requests, consents, holds and retention over the REST API, with the rules of the pages.

The api room mounts `router` at /privacy.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router

from keyue.customers import selectors as customers
from keyue.customers.rules import number_of
from keyue.people.api import VIA, Cursor, Identity, In, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.people.permissions import check
from keyue.privacy import actions, selectors
from keyue.privacy.enums import (
    Asker,
    Ground,
    IdentityProof,
    KeepGround,
    Outcome,
    RestrictReason,
    RetentionDecision,
    Right,
    Step,
    Via,
)
from keyue.privacy.models import Consent, LegalHold, RetentionCandidate, RightRequest
from keyue.privacy.outward_api import router as outward
from keyue.privacy.sealed import opened

router = Router(tags=["privacy"])
router.add_router("", outward)
LONGEST = 2000
Number = Annotated[str, Path(max_length=40, examples=["KH-00317"], description="the customer's number")]
Code = Annotated[str, Path(max_length=40, examples=["marketing"], description="the purpose's code")]
ContactId = Annotated[int, Field(ge=1, description="id of a contact", examples=[1])]
BY_STAFF = tuple(via.value for via in Via if via != Via.PORTAL)
CHECKED = tuple(proof.value for proof in IdentityProof if proof != IdentityProof.CODE)


class RightRequestIn(In):
    """A request that somebody made by telephone, in person or through another system."""

    model_config = shown(examples=[{"contact": 1, "right": "access", "via": "call", "identity": "callback"}])

    contact: ContactId
    right: Literal[tuple(Right.values)]  # type: ignore[valid-type]
    via: Literal[BY_STAFF] = Via.API.value  # type: ignore[valid-type]
    identity: Literal[("", *CHECKED)] = Field("", description="how it was made sure who asks")  # type: ignore[valid-type]
    what: str = Field("", max_length=LONGEST, description="sealed under the customer's key")


class RightAcceptIn(In):
    """How it was made sure who asks, where that was still to be done."""

    model_config = shown(examples=[{"identity": "callback"}])

    identity: Literal[("", *CHECKED)] = ""  # type: ignore[valid-type]


class RightMissingIn(In):
    """What is still missing, once and completely."""

    missing: str = Field(min_length=1, max_length=LONGEST, examples=["请补充新号码的实名证明。"])


class RightAnswerIn(In):
    """What the person is told; `ground` where it is refused or granted in part, which somebody else approves."""

    model_config = shown(examples=[{"outcome": "refused", "ground": "secrecy", "answer": "涉及商业秘密。"}])

    outcome: Literal[tuple(Outcome.values)]  # type: ignore[valid-type]
    answer: str = Field(min_length=1, max_length=LONGEST)
    ground: Literal[("", *Ground.values)] = ""  # type: ignore[valid-type]


class RightCorrectIn(In):
    """What is put right in the contact, and the answer."""

    model_config = shown(examples=[{"phone": "13912340000"}])

    name: str | None = Field(None, max_length=400)
    phone: str | None = Field(None, max_length=400)
    email: str | None = Field(None, max_length=400)
    role: str | None = Field(None, max_length=400)
    address: str | None = Field(None, max_length=400)
    answer: str = Field("", max_length=LONGEST)


class ConsentIn(In):
    """A consent; on paper only through the pages, which take the paper."""

    model_config = shown(examples=[{"contact": 1, "purpose": "marketing", "via": "call"}])

    contact: ContactId
    purpose: str = Field(max_length=40)
    via: Literal[tuple(v for v in BY_STAFF if v != Via.PAPER)] = Via.API.value  # type: ignore[valid-type]
    text: int | None = Field(
        None, ge=1, description="the version that was shown; 409 if there is a newer one"
    )
    is_minor: bool = False
    guardian: str = Field("", max_length=60)


class ConsentWithdrawIn(In):
    """By which way somebody withdrew."""

    via: Literal[BY_STAFF] = Field(Via.API.value, examples=["call"])  # type: ignore[valid-type]


class HoldIn(In):
    """Why, sealed; and when to look whether it is still needed."""

    model_config = shown(examples=[{"why": "（2026）浙01民初18号", "review_on": "2027-01-01"}])

    why: str = Field(min_length=1, max_length=LONGEST)
    review_on: date | None = None


class HoldReleaseIn(In):
    """Why a hold is lifted."""

    why: str = Field(min_length=1, max_length=LONGEST, examples=["已结案"])


class RestrictionIn(In):
    """Why data is kept and no longer used."""

    reason: Literal[tuple(RestrictReason.values)] = Field(examples=["legal_term"])  # type: ignore[valid-type]


class RetentionDecisionIn(In):
    """What becomes of somebody whose time is over."""

    model_config = shown(examples=[{"decision": "erase", "said": "三年没有往来"}])

    decision: Literal[tuple(RetentionDecision.values)]  # type: ignore[valid-type]
    said: str = Field(min_length=1, max_length=LONGEST)
    ground: Literal[("", *KeepGround.values)] = ""  # type: ignore[valid-type]
    keep_until: date | None = None


class RightRequestOut(Out):
    """A request; texts are opened only here, for who may see it."""

    id: int
    number: str = Field(examples=["QY-00012"])
    customer: str = Field(examples=["KH-00317"])
    contact: int
    right: str
    person: str
    via: str
    step: str
    identity: str
    what: str
    missing: str
    outcome: str
    ground: str
    answer: str
    received_at: datetime
    accepted_at: datetime | None
    answered_at: datetime | None


class RightRequestList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[RightRequestOut]
    next_cursor: str


class ConsentOut(Out):
    """A consent and what became of it."""

    id: int
    contact: int
    purpose: str
    text: str = Field(examples=["marketing/2"])
    is_separate: bool
    is_minor: bool
    given_at: datetime
    given_via: str
    withdrawn_at: datetime | None
    withdrawn_via: str
    renewed_at: datetime | None
    stopped_at: datetime | None


class MayUseOut(Out):
    """Whether the data may be used for the purpose now."""

    may_use: bool


class PurposeOut(Out):
    """A purpose with its text in force."""

    code: str
    name: str
    is_separate: bool
    version: int
    text: str


class HoldOut(Out):
    """A legal hold; its reason is read on the pages."""

    id: int
    customer: str
    placed_at: datetime
    review_on: date | None
    released_at: datetime | None


class RetentionCandidateOut(Out):
    """A customer whose time is over."""

    id: int
    customer: str
    rule: str
    since: datetime
    found_at: datetime
    decision: str


class RetentionCandidateList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[RetentionCandidateOut]
    next_cursor: str


class RestrictionOut(Out):
    """Since when, and why, a customer's data is no longer used."""

    customer: str
    reason: str
    restricted_at: datetime


def _requests(rows: list[RightRequest]) -> list[dict[str, Any]]:
    found = []
    for row, clear in zip(rows, opened(rows, "what", "missing", "answer"), strict=True):
        plain = {name: getattr(row, name) for name in RightRequestOut.model_fields if name not in clear}
        found.append({**plain, **clear, "customer": number_of(row.customer_id), "contact": row.contact_id})
    return found


def _consent(row: Consent) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in ConsentOut.model_fields}
    return {**plain, "contact": row.contact_id, "purpose": row.purpose.code, "text": row.text.version}


def _hold(row: LegalHold) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in HoldOut.model_fields}
    return {**plain, "customer": number_of(row.customer_id)}


def _candidate(row: RetentionCandidate) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in RetentionCandidateOut.model_fields}
    return {**plain, "customer": number_of(row.customer_id), "rule": row.rule.name}


# --- requests ---


@router.get("/requests", response=RightRequestList, summary="List requests for rights")
@needs(Permission.PRIVACY_HANDLE)
def list_right_requests(
    request: HttpRequest,
    step: Literal[("", "open", *Step.values)] = Query("", description="`open`: unanswered"),  # type: ignore[valid-type]
    right: Literal[("", *Right.values)] = Query(""),  # type: ignore[valid-type]
    cursor: Cursor = "",
) -> dict[str, Any]:
    """The newest first."""
    rows, following = selectors.requests_page(user_of(request), step=step, right=right, cursor=cursor)
    return {"items": _requests(rows), "next_cursor": following}


@router.post("/requests", response={201: RightRequestOut}, summary="Enter a request for a right")
@needs(*selectors.HANDLING)
def create_right_request(request: HttpRequest, data: RightRequestIn) -> dict[str, Any]:
    """Of the person themself; with papers of a guardian or relative through the pages."""
    made = actions.register_request(
        contact=customers.contact_for(user_of(request), data.contact),
        person=Asker.SELF,
        **data.model_dump(exclude={"contact"}),
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _requests([made])[0]


@router.get("/requests/{pk}", response=RightRequestOut, summary="One request for a right")
@needs(*selectors.HANDLING)
def get_right_request(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """By id."""
    return _requests([selectors.request_for(user_of(request), pk)])[0]


@router.post("/requests/{pk}/accept", response=RightRequestOut, summary="Take a request up")
@needs(*selectors.HANDLING)
def accept_right_request(request: HttpRequest, pk: Identity, data: RightAcceptIn) -> dict[str, Any]:
    """Once it is sure who asks."""
    user = user_of(request)
    found = selectors.request_for(user, pk)
    return _requests(
        [actions.accept_request(request=found, identity=data.identity, user=user, at=at_of(request), via=VIA)]
    )[0]


@router.post("/requests/{pk}/missing", response=RightRequestOut, summary="Say what is missing")
@needs(*selectors.HANDLING)
def say_right_request_missing(request: HttpRequest, pk: Identity, data: RightMissingIn) -> dict[str, Any]:
    """The person is told by mail, where there is an address on file."""
    user = user_of(request)
    found = selectors.request_for(user, pk)
    return _requests(
        [actions.say_missing(request=found, missing=data.missing, user=user, at=at_of(request), via=VIA)]
    )[0]


@router.post("/requests/{pk}/answer", response=RightRequestOut, summary="Answer a request")
@needs(Permission.PRIVACY_HANDLE)
def answer_right_request(request: HttpRequest, pk: Identity, data: RightAnswerIn) -> dict[str, Any]:
    """What is refused, or granted in part, waits for somebody else's approval."""
    user = user_of(request)
    found = selectors.request_for(user, pk)
    return _requests(
        [actions.answer_request(request=found, **data.model_dump(), user=user, at=at_of(request), via=VIA)]
    )[0]


@router.post("/requests/{pk}/approve", response=RightRequestOut, summary="Approve an answer")
@needs(Permission.PRIVACY_HANDLE)
def approve_right_answer(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Not by whoever wrote it."""
    user = user_of(request)
    found = selectors.request_for(user, pk)
    return _requests([actions.approve_answer(request=found, user=user, at=at_of(request), via=VIA)])[0]


@router.post("/requests/{pk}/hand-over", response=RightRequestOut, summary="Answer with a package")
@needs(Permission.PRIVACY_HANDLE)
def hand_over_package(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """A link that works once goes to the address on file; the package is made when it is opened."""
    user = user_of(request)
    actions.hand_over(request=selectors.request_for(user, pk), user=user, at=at_of(request), via=VIA)
    return _requests([selectors.request_for(user, pk)])[0]


@router.post("/requests/{pk}/correct", response=RightRequestOut, summary="Correct and answer")
@needs(Permission.PRIVACY_HANDLE)
def correct_right_request(request: HttpRequest, pk: Identity, data: RightCorrectIn) -> dict[str, Any]:
    """What is left out stays as it is."""
    user = user_of(request)
    changes = data.model_dump(exclude={"answer"}, exclude_none=True)
    done = actions.correct_and_answer(
        request=selectors.request_for(user, pk),
        changes=changes,
        answer=data.answer,
        user=user,
        at=at_of(request),
        via=VIA,
    )
    return _requests([done])[0]


@router.post("/requests/{pk}/erase", response=RightRequestOut, summary="Erase a person as asked, and answer")
@needs(Permission.PRIVACY_HANDLE)
def erase_right_request(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """409 (`held`) while a legal hold stands."""
    user = user_of(request)
    check(user, Permission.CUSTOMER_ERASE)
    actions.erase_and_answer(request=selectors.request_for(user, pk), user=user, at=at_of(request), via=VIA)
    return _requests([selectors.request_for(user, pk)])[0]


# --- consent ---


@router.get("/purposes", response=list[PurposeOut], summary="Purposes that people may agree to")
@needs(*selectors.HANDLING)
def list_purposes(request: HttpRequest) -> list[dict[str, Any]]:
    """With the text in force."""
    rows = selectors.purposes()
    texts = selectors.texts_in_force(rows, at_of(request))
    return [
        {
            "code": row.code,
            "name": row.name,
            "is_separate": row.is_separate,
            "version": texts[row.pk].n,
            "text": texts[row.pk].text,
        }
        for row in rows
        if row.pk in texts
    ]


@router.get("/customers/{number}/consents", response=list[ConsentOut], summary="A customer's consents")
@needs(*selectors.HANDLING)
def list_consents(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """The newest first."""
    customer = customers.customer_for(user_of(request), number)
    return [_consent(row) for row in selectors.consents_of(customer)]


@router.get("/contacts/{contact_id}/may-use/{purpose}", response=MayUseOut, summary="May their data be used?")
@needs(Permission.CUSTOMER_VIEW)
def may_use(request: HttpRequest, contact_id: Identity, purpose: Code) -> dict[str, Any]:
    """Whether a contact's consent to a purpose stands now: ask before every use that rests on consent."""
    contact = customers.contact_for(user_of(request), contact_id)
    return {"may_use": selectors.may_use(contact, purpose, at_of(request))}


@router.post("/consents", response={201: ConsentOut}, summary="Enter a consent")
@needs(*selectors.HANDLING)
def give_consent(request: HttpRequest, data: ConsentIn) -> dict[str, Any]:
    """To the text in force."""
    made = actions.give_consent(
        contact=customers.contact_for(user_of(request), data.contact),
        purpose=selectors.purpose_by_code(data.purpose),
        **data.model_dump(exclude={"contact", "purpose"}),
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _consent(made)


@router.post("/consents/{pk}/withdraw", response=ConsentOut, summary="Withdraw a consent")
@needs(*selectors.HANDLING)
def withdraw_consent(request: HttpRequest, pk: Identity, data: ConsentWithdrawIn) -> dict[str, Any]:
    """Twice is once."""
    consent = selectors.consent_for(user_of(request), pk)
    actions.withdraw_consent(consent=consent, via=data.via, by=by_of(request), at=at_of(request), source=VIA)
    return _consent(selectors.consent_for(user_of(request), pk))


@router.post("/consents/{pk}/stopped", response=ConsentOut, summary="Say that a use has stopped")
@needs(*selectors.HANDLING)
def consent_use_stopped(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Everywhere outside too."""
    consent = selectors.consent_for(user_of(request), pk)
    actions.stop_use(consent=consent, by=by_of(request), at=at_of(request), via=VIA)
    return _consent(selectors.consent_for(user_of(request), pk))


# --- holds, restriction, retention ---


@router.post("/customers/{number}/holds", response={201: HoldOut}, summary="Place a legal hold")
@needs(Permission.LEGAL_HOLD)
def place_hold(request: HttpRequest, number: Number, data: HoldIn) -> dict[str, Any]:
    """Nobody can erase the customer until it is lifted."""
    user = user_of(request)
    customer = customers.customer_for(user, number)
    made = actions.place_hold(customer=customer, **data.model_dump(), user=user, at=at_of(request), via=VIA)
    return _hold(made)


@router.get("/holds", response=list[HoldOut], summary="Legal holds that stand")
@needs(Permission.LEGAL_HOLD, Permission.PRIVACY_HANDLE)
def list_holds(request: HttpRequest) -> list[dict[str, Any]]:
    """The newest first, 200 at most."""
    return [_hold(row) for row in selectors.holds_standing(user_of(request))]


@router.post("/holds/{pk}/release", response=HoldOut, summary="Lift a legal hold")
@needs(Permission.LEGAL_HOLD)
def release_hold(request: HttpRequest, pk: Identity, data: HoldReleaseIn) -> dict[str, Any]:
    """With a reason of its own."""
    user = user_of(request)
    hold = selectors.hold_for(user, pk)
    return _hold(actions.release_hold(hold=hold, why=data.why, user=user, at=at_of(request), via=VIA))


@router.post("/customers/{number}/restrict", response=RestrictionOut, summary="Keep data, use it no longer")
@needs(Permission.PRIVACY_HANDLE)
def restrict_customer(request: HttpRequest, number: Number, data: RestrictionIn) -> dict[str, Any]:
    """It stands until the customer is erased."""
    customer = customers.customer_for(user_of(request), number)
    made = actions.restrict(
        customer=customer, reason=data.reason, by=by_of(request), at=at_of(request), via=VIA
    )
    return {"customer": customer.number, "reason": made.reason, "restricted_at": made.restricted_at}


@router.post("/customers/{number}/purposes/{code}/end", response={204: None}, summary="A purpose has ended")
@needs(Permission.PRIVACY_HANDLE)
def end_customer_purpose(request: HttpRequest, number: Number, code: Code) -> None:
    """What was kept for it is to be erased, or no longer used: that is promised from now on."""
    customer = customers.customer_for(user_of(request), number)
    purpose = selectors.purpose_by_code(code)
    actions.end_purpose(customer=customer, purpose=purpose, by=by_of(request), at=at_of(request), via=VIA)


@router.get("/retention", response=RetentionCandidateList, summary="Customers whose time is over")
@needs(Permission.PRIVACY_HANDLE)
def list_candidates(request: HttpRequest, cursor: Cursor = "") -> dict[str, Any]:
    """Those about whom nobody has decided, the oldest first."""
    rows, following = selectors.candidates_page(user_of(request), cursor=cursor)
    return {"items": [_candidate(row) for row in rows], "next_cursor": following}


@router.post(
    "/retention/{pk}/decide", response=RetentionCandidateOut, summary="Decide what becomes of the data"
)
@needs(Permission.PRIVACY_HANDLE)
def decide_candidate(request: HttpRequest, pk: Identity, data: RetentionDecisionIn) -> dict[str, Any]:
    """Erase, use no longer, or keep with a legal ground and a day."""
    user = user_of(request)
    if data.decision == RetentionDecision.ERASE:
        check(user, Permission.CUSTOMER_ERASE)
    found = selectors.candidate_for(user, pk)
    actions.decide_candidate(candidate=found, **data.model_dump(), user=user, at=at_of(request), via=VIA)
    return _candidate(selectors.candidate_for(user, pk))
