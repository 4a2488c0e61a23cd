"""Requests for rights, from receipt to answer: 个人信息保护法 articles 44 to 50."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.enums import ErasureReason
from keyue.customers.events import CustomerRightAccepted, CustomerRightAnswered, CustomerRightRequested
from keyue.customers.models import Contact, Customer
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.kernel.ids import new_id
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.privacy import explanations, selectors
from keyue.privacy.actions._ground import WEB, actor, locked, member, note, signature, text_of
from keyue.privacy.actions.consents import withdraw_consent
from keyue.privacy.actions.proofs import Upload, keep_proof
from keyue.privacy.enums import (
    COPIES,
    Asker,
    Ground,
    IdentityProof,
    Outcome,
    ProofKind,
    Right,
    Step,
    Via,
)
from keyue.privacy.models import HandOver, RightRequest
from keyue.privacy.rules import LINK_LIFE, may_follow
from keyue.privacy.sealed import opened, seal

MAIL = "mail.privacy"
# the paper that whoever asks for somebody else brings; one's own word needs none
PROOFS: dict[Asker, ProofKind | None] = {
    Asker.SELF: None,
    Asker.GUARDIAN: ProofKind.GUARDIAN,
    Asker.RELATIVE: ProofKind.KINSHIP,
    Asker.AGENT: ProofKind.MANDATE,
}
ASK_FOR_WHAT = frozenset({Right.CORRECTION, Right.EXPLANATION})
"""Rights of which has to be said what exactly is asked."""


@transaction.atomic
def register_request(
    *,
    contact: Contact,
    right: str,
    via: str,
    by: Actor,
    at: datetime,
    what: str = "",
    person: str = Asker.SELF,
    identity: str = "",
    paper: Upload | None = None,
    source: str = WEB,
) -> RightRequest:
    """Somebody asks for a right. `identity`: how it was made sure who asks, empty where that is still to be done.

    `paper` proves that a guardian, relative or agent is one; `what` is sealed. The customer is told that it has come.
    Raises Invalid, Refused (erased).
    """
    kind = member(Right, right, "right")
    asker = member(Asker, person, "person")
    missing = _("请写明要更正什么、要解释什么。") if kind in ASK_FOR_WHAT else ""
    said = text_of(what, "what", missing=missing)
    wanted = PROOFS[asker]
    if wanted is not None and paper is None:
        sentence = _("由他人提出的，请附上关系证明或委托书。")
        raise Invalid(sentence, fields={"paper": sentence})
    customer = locked(contact.customer_id)
    proof = None
    if wanted is not None and paper is not None:
        proof = keep_proof(customer=contact.customer, kind=wanted, upload=paper, by=by, at=at)
    request = RightRequest.objects.create(
        uid=new_id(),
        customer=customer,
        contact=contact,
        right=kind,
        person=asker,
        via=member(Via, via, "via"),
        what=seal(customer.pk, "RightRequest", "what", said),
        identity=member(IdentityProof, identity, "identity") if identity else "",
        proof=proof,
        received_at=at,
        received_by=signature(by),
    )
    event = CustomerRightRequested(
        request=request.number,
        right=kind.value,
        person=str(contact.pk),
        via=request.via,
        by_relative=asker == Asker.RELATIVE,
        kinship_proof=str(proof.pk) if proof is not None and asker == Asker.RELATIVE else None,
    )
    # the fact knows the number, and the promises know the fact
    request.uid = note(customer, event, by=by, at=at, via=source)
    request.save(update_fields=["uid"])
    _tell(request, "received", at)
    return request


@transaction.atomic
def accept_request(
    *, request: RightRequest, user: User, at: datetime, identity: str = "", via: str = WEB
) -> RightRequest:
    """Take a request up, once it is sure who asks; a review by a person is opened at once.

    `identity`: how that was made sure, where it was not yet. Raises Invalid (nobody knows who asks), Refused.
    """
    request = _held(request)
    _to(request, Step.ACCEPTED)
    if identity:
        request.identity = member(IdentityProof, identity, "identity")
    if not request.identity:
        sentence = _("请先核验身份，选择是怎样核验的。")
        raise Invalid(sentence, fields={"identity": sentence})
    request.accepted_at, request.accepted_by = at, user
    _save(request, "identity", "accepted_at", "accepted_by")
    event = CustomerRightAccepted(request=request.number)
    note(request.customer, event, by=actor(user), at=at, via=via)
    if request.right == Right.HUMAN_REVIEW:
        [clear] = opened([request], "what")
        said = f"{request.number} {clear['what']}".strip()
        explanations.open_reviews(request.customer, said, actor(user), at)
    _tell(request, "accepted", at)
    return request


@transaction.atomic
def say_missing(
    *, request: RightRequest, missing: str, user: User, at: datetime, via: str = WEB
) -> RightRequest:
    """Say, once and completely, what is still missing (article 50). The words are sealed. Raises Invalid, Refused."""
    request = _held(request)
    _to(request, Step.MISSING)
    said = text_of(missing, "missing", missing=_("请一次写清还缺什么、怎样补。"))
    request.missing = seal(request.customer_id, "RightRequest", "missing", said)
    _save(request, "missing")
    event = CustomerRightAccepted(request=request.number, missing="documents")
    note(request.customer, event, by=actor(user), at=at, via=via, sealed={"said": said})
    _tell(request, "missing", at)
    return request


@transaction.atomic
def answer_request(
    *,
    request: RightRequest,
    outcome: str,
    answer: str,
    user: User,
    at: datetime,
    ground: str = "",
    via: str = WEB,
) -> RightRequest:
    """Answer a request. What is granted is answered at once; what is refused, or granted in part, waits for somebody else.

    `answer` is what the person reads, sealed; `ground` a code of why not. Raises Invalid, Refused (not yet done).
    """
    request = _held(request)
    result = member(Outcome, outcome, "outcome")
    said = text_of(answer, "answer", missing=_("请写明给本人的答复。"))
    if result == Outcome.DONE:
        _check_done(request)
        request.ground = ""
        return _answered(request, result, said, user=user, approver=None, at=at, via=via)
    if not ground:
        sentence = _("不予办理或只办到一部分的，请选择理由。")
        raise Invalid(sentence, fields={"ground": sentence})
    _to(request, Step.PROPOSED)
    request.outcome, request.ground = result, member(Ground, ground, "ground")
    request.answer = seal(request.customer_id, "RightRequest", "answer", said)
    request.proposed_at, request.proposed_by = at, user
    _save(request, "outcome", "ground", "answer", "proposed_at", "proposed_by")
    return request


def _check_done(request: RightRequest) -> None:
    """That what was asked for has been done. Raises Refused with what is to do first."""
    if request.right == Right.DELETION:
        raise Refused(_("请用「删除并答复」，删除后系统自动答复。"), code="not_done")
    if request.right in COPIES and not request.hand_overs.exists():
        raise Refused(_("请用「生成资料包并答复」。"), code="not_done")
    if request.right == Right.WITHDRAWAL and selectors.consents_standing([request.contact_id]):
        raise Refused(
            _("本人还有没撤回的同意，请先撤回要撤回的，再答复为「部分办到」或全部撤回。"), code="not_done"
        )


@transaction.atomic
def approve_answer(*, request: RightRequest, user: User, at: datetime, via: str = WEB) -> RightRequest:
    """Let an answer go out that refuses, or grants only a part. Raises Denied for whoever wrote it, Refused."""
    request = _held(request)
    _refuse_own(request, user)
    [clear] = opened([request], "answer")
    return _answered(
        request,
        Outcome(request.outcome),
        clear["answer"],
        user=request.proposed_by or user,
        approver=user,
        at=at,
        via=via,
    )


@transaction.atomic
def return_answer(
    *, request: RightRequest, why: str, user: User, at: datetime, via: str = WEB
) -> RightRequest:
    """Send an answer back to whoever wrote it, with why. Raises Denied, Invalid, Refused."""
    request = _held(request)
    _refuse_own(request, user)
    said = text_of(why, "why", missing=_("请写明退回的原因。"))
    request.outcome, request.ground = "", ""
    request.answer_note = seal(request.customer_id, "RightRequest", "answer_note", said)
    _to(request, Step.ACCEPTED)
    _save(request, "outcome", "ground", "answer_note")
    return request


def _refuse_own(request: RightRequest, user: User) -> None:
    if request.step != Step.PROPOSED:
        raise Refused(_("这件请求没有待批准的答复。"), code="not_proposed")
    if request.proposed_by_id == user.pk:
        raise Denied(_("拟答复的人不能自己批准，请另一位来批准。"))


def _answered(
    request: RightRequest,
    outcome: Outcome,
    answer: str,
    *,
    user: User,
    approver: User | None,
    at: datetime,
    via: str,
) -> RightRequest:
    _to(request, Step.ANSWERED)
    request.outcome, request.answered_at = outcome, at
    request.answer = seal(request.customer_id, "RightRequest", "answer", answer)
    request.proposed_at, request.proposed_by = request.proposed_at or at, user
    if approver is not None:
        request.approved_at, request.approved_by = at, approver
    _save(
        request,
        *("outcome", "ground", "answered_at", "answer", "proposed_at"),
        *("proposed_by", "approved_at", "approved_by"),
    )
    event = CustomerRightAnswered(
        request=request.number,
        outcome=outcome.value,
        reason=request.ground or None,
        approved_by=str(approver.pk) if approver is not None else None,
    )
    note(request.customer, event, by=actor(approver or user), at=at, via=via, sealed={"answer": answer})
    _tell(request, "answered", at)
    return request


@transaction.atomic
def hand_over(*, request: RightRequest, user: User, at: datetime, via: str = WEB) -> HandOver:
    """Answer a request to see or have what is held: a link that works once, for a week, by mail where there is an address.

    The package is made when the link is opened; nothing of it is stored. Raises Refused.
    """
    request = _held(request)
    if request.right not in COPIES:
        raise Refused(_("只有查阅、复制、转移的请求要资料包。"), code="no_copy")
    if not may_follow(request.step, Step.ANSWERED):
        raise Refused(_("请先受理。"), code="wrong_step")
    link = HandOver.objects.create(request=request, created_at=at, created_by=user, expires_at=at + LINK_LIFE)
    answer = _("资料包已备好，链接一周内有效，只能取一次。")
    _answered(request, Outcome.DONE, answer, user=user, approver=None, at=at, via=via)
    return link


@transaction.atomic
def take_package(*, link: HandOver, by: Actor, at: datetime) -> HandOver:
    """The link is used up, and the access trail says that the package was fetched. Raises Refused the second time."""
    link = (
        HandOver.objects.select_for_update(of=("self",)).select_related("request__customer").get(pk=link.pk)
    )
    if link.used_at is not None:
        raise Refused(_("链接已经用过。需要的请再提一次请求。"), code="used")
    link.used_at = at
    link.save(update_fields=["used_at"])
    ledger.record_access(
        by=by,
        subject=link.request.customer.subject,
        what=f"contact/{link.request.contact_id}:all",
        purpose="rights",
        via="portal",
        at=at,
    )
    return link


@transaction.atomic
def correct_and_answer(
    *,
    request: RightRequest,
    changes: Mapping[str, str],
    answer: str,
    user: User,
    at: datetime,
    via: str = WEB,
) -> RightRequest:
    """Put right what is on file of the contact, and answer. Raises Invalid, Refused (nothing differs)."""
    request = _held(request)
    if request.right != Right.CORRECTION:
        raise Refused(_("只有更正补充的请求可以在这里改资料。"), code="no_correction")
    before = request.contact.revision
    contact = customers.change_contact(
        contact=request.contact, changes=changes, by=actor(user), at=at, via=via
    )
    if contact.revision == before:
        raise Refused(_("资料没有改动，请核对要更正的内容。"), code="unchanged")
    said = text_of(answer, "answer") or _("已按您的请求更正。")
    return _answered(request, Outcome.DONE, said, user=user, approver=None, at=at, via=via)


@transaction.atomic
def erase_and_answer(*, request: RightRequest, user: User, at: datetime, via: str = WEB) -> Customer:
    """Erase a person as asked, and answer. Raises Refused while a legal hold stands, and for a contact of an organisation
    (see `clear_and_propose`)."""
    request = _held(request)
    if request.right != Right.DELETION:
        raise Refused(_("这不是删除的请求。"), code="no_deletion")
    if not request.customer.is_person:
        raise Refused(_("单位的联系人请用「清空联系人」。"), code="organisation")
    answer = _("您的个人信息已删除，无法恢复。")
    # answered first: afterwards nothing can be sealed any more, and a hold takes both back
    _answered(request, Outcome.DONE, answer, user=user, approver=None, at=at, via=via)
    return customers.erase(
        customer=request.customer, reason=ErasureReason.REQUESTED, by=actor(user), at=at, via=via
    )


@transaction.atomic
def clear_and_propose(*, request: RightRequest, user: User, at: datetime, via: str = WEB) -> RightRequest:
    """Take a contact out of an organisation's file as asked; that history stays sealed makes it a part, for approval."""
    request = _held(request)
    if request.right != Right.DELETION:
        raise Refused(_("这不是删除的请求。"), code="no_deletion")
    if not may_follow(request.step, Step.PROPOSED):
        raise Refused(_("请先受理。"), code="wrong_step")
    for consent in selectors.consents_standing([request.contact_id]):
        withdraw_consent(consent=consent, via=request.via, by=actor(user), at=at, source=via)
    customers.clear_contact(contact=request.contact, by=actor(user), at=at, via=via)
    answer = _(
        "您在该单位名下的姓名、电话、邮箱、职务和地址已清空，不再使用。以往记录加密保存，随单位档案期满销毁。"
    )
    return answer_request(
        request=request,
        outcome=Outcome.PARTLY,
        ground=Ground.TECHNICAL,
        answer=answer,
        user=user,
        at=at,
        via=via,
    )


def _held(request: RightRequest) -> RightRequest:
    """The request as it is now, ours alone until the transaction ends; behind its customer, as every act locks."""
    locked(request.customer_id)
    rows = RightRequest.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "contact__customer", "proposed_by").get(pk=request.pk)


def _to(request: RightRequest, step: Step) -> None:
    if not may_follow(request.step, step):
        raise Refused(
            _("请求现在是「%(step)s」，不能这样做。") % {"step": Step(request.step).label}, code="wrong_step"
        )
    request.step = step


def _save(request: RightRequest, *fields: str) -> None:
    request.revision += 1
    request.save(update_fields=[*fields, "step", "revision"])


def _tell(request: RightRequest, what: str, at: datetime) -> None:
    """Tell the person by mail, where there is an address on file; the mail is worded when it is sent."""
    if not request.contact.email:
        return
    ledger.enqueue(
        kind=MAIL,
        key=f"privacy:{request.pk}:{what}:{request.revision}",
        payload={"request": request.pk, "what": what},
        at=at,
    )
