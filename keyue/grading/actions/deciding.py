"""A person with the right decides: a grade is set with its scores and its reason, and can be taken back: S1-6.1, S1-6.3."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers import rules as texts
from keyue.customers.enums import Grade
from keyue.customers.events import CustomerGraded, CustomerGradeProposalClosed, CustomerRegraded
from keyue.customers.models import Customer
from keyue.customers.wording import checked
from keyue.grading.actions._ground import WEB, doer
from keyue.grading.enums import Outcome, Reason, Why
from keyue.grading.models import GradeProposal
from keyue.grading.rules import Part, plain
from keyue.grading.scoring import Scored, read_reasons
from keyue.grading.sealing import seal
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor

GRADING = "grading"
"""Why a customer's grade changed, as the fact of the change says it."""


@transaction.atomic
def decide_proposal(
    *,
    proposal_id: int,
    outcome: str,
    by: Actor,
    at: datetime,
    grade: str = "",
    remark: str = "",
    via: str = WEB,
) -> GradeProposal:
    """Decide an open proposal: as proposed, another `grade`, or as it was. Whatever is not as proposed needs a `remark`,
    and so does every review that a customer asked for; it is sealed under the customer's key.

    Raises Refused (decided already), Invalid, NotFound.
    """
    proposal, customer = _held(proposal_id)
    if not proposal.is_open:
        raise Refused(_("这条建议已经决定过了。要改，请先撤销那次决定。"), code="decided")
    chosen = _chosen(proposal, customer, outcome, grade)
    text = checked({"remark": (texts.tidy_text, remark)})["remark"]
    if not text and (outcome != Outcome.ACCEPTED or proposal.why == Why.REVIEW):
        raise Invalid(_("请写明这样决定的理由。"), fields={"remark": _("请写明理由")})
    reason = (
        Reason.REVIEW
        if proposal.why == Why.REVIEW
        else Reason.SCORE
        if chosen == proposal.new
        else Reason.JUDGEMENT
    )
    proposal.decided_at, proposal.decided_by, proposal.outcome = at, doer(by), Outcome(outcome)
    proposal.before, proposal.grade, proposal.reason = customer.grade or "", chosen, reason
    proposal.remark = seal(customer.pk, "remark", text)
    proposal.save()
    _set_grade(proposal, customer, chosen, reason, text, by=by, at=at, via=via)
    return proposal


@transaction.atomic
def undo_decision(*, proposal_id: int, by: Actor, at: datetime, via: str = WEB) -> GradeProposal:
    """Take a decision back: the grade is again what it was before, and the proposal waits once more, as a new row.

    Raises Refused (not decided by a person; undone already; the grade was changed since), NotFound.
    """
    proposal, customer = _held(proposal_id)
    if proposal.is_open or proposal.outcome == Outcome.LAPSED or proposal.undone_at is not None:
        raise Refused(_("没有可撤销的决定。"), code="nothing_to_undo")
    newer = GradeProposal.objects.filter(customer=customer, pk__gt=proposal.pk, decided_at=None).exists()
    if newer or (customer.grade or "") != proposal.grade:
        raise Refused(_("这位客户的等级后来又有变动，不能撤销；请按新的建议决定。"), code="moved_on")
    proposal.undone_at, proposal.undone_by = at, doer(by)
    proposal.save(update_fields=["undone_at", "undone_by"])
    _put_back(proposal, customer, by=by, at=at, via=via)
    again = GradeProposal(
        customer=customer,
        standard=proposal.standard,
        run=proposal.run,
        why=proposal.why,
        old=proposal.before,
        new=proposal.new,
        score=proposal.score,
        reasons=proposal.reasons,
        request=proposal.request,
        raised_at=at,
        raised_by=doer(by),
    )
    again.save()
    event = CustomerGradeProposalClosed(
        proposal=str(proposal.pk), outcome=Reason.UNDONE.value, grade=proposal.before or None
    )
    customers.note(customer, event, by=by, at=at, via=via)
    return again


def _held(proposal_id: int) -> tuple[GradeProposal, Customer]:
    """A proposal and its customer, ours alone until the transaction ends; the customer first, as evaluations lock."""
    found = GradeProposal.objects.filter(pk=proposal_id).values_list("customer_id", flat=True).first()
    if found is None:
        raise NotFound(_("没有这条等级建议，或您看不到该客户。"))
    customer = Customer.objects.select_for_update().get(pk=found)
    if customer.merged_into_id or customer.is_erased:
        raise Refused(_("这位客户的档案已合并或删除，不能再定级。"), code="closed")
    proposal = GradeProposal.objects.select_for_update(of=("self",)).get(pk=proposal_id)
    return proposal, customer


def _chosen(proposal: GradeProposal, customer: Customer, outcome: str, grade: str) -> str:
    """The grade that a decision means; empty where a customer without a grade keeps none."""
    if outcome == Outcome.ACCEPTED:
        if not proposal.new:
            raise Invalid(_("资料不足，没有建议的等级，请直接选定等级。"), fields={"grade": _("请选定等级")})
        return proposal.new
    if outcome == Outcome.KEPT:
        return customer.grade or ""
    if outcome == Outcome.OTHER and grade in Grade.values:
        return grade
    raise Invalid(_("请选择所定的等级。"), fields={"grade": _("请选择所定的等级")})


def _set_grade(
    proposal: GradeProposal,
    customer: Customer,
    grade: str,
    reason: Reason,
    remark: str,
    *,
    by: Actor,
    at: datetime,
    via: str,
) -> None:
    """The grade into the archive, and the facts: graded with the scores, regraded where it became another one."""
    old = customer.grade or ""
    if grade != old:
        customers.change_customer(
            customer=customer, changes={"grade": grade or None}, by=by, at=at, why=GRADING, via=via
        )
    if grade:
        customers.note(customer, _graded(proposal, grade), by=by, at=at, via=via)
    sealed = {"remark": remark} if remark else None
    if old and grade and grade != old:
        event = CustomerRegraded(old=old, new=grade, reason=reason.value, standard=str(proposal.standard_id))
        customers.note(customer, event, by=by, at=at, via=via, sealed=sealed)
    closed = CustomerGradeProposalClosed(
        proposal=str(proposal.pk), outcome=str(proposal.outcome), grade=grade or None
    )
    customers.note(customer, closed, by=by, at=at, via=via, sealed=sealed)


def _put_back(proposal: GradeProposal, customer: Customer, *, by: Actor, at: datetime, via: str) -> None:
    """The grade as it was before a decision."""
    if proposal.before == proposal.grade:
        return
    changes = {"grade": proposal.before or None}
    customers.change_customer(customer=customer, changes=changes, by=by, at=at, why=GRADING, via=via)
    if proposal.before and proposal.grade:
        event = CustomerRegraded(
            old=proposal.grade,
            new=proposal.before,
            reason=Reason.UNDONE.value,
            standard=str(proposal.standard_id),
        )
        customers.note(customer, event, by=by, at=at, via=via)


def _graded(proposal: GradeProposal, grade: str) -> CustomerGraded:
    """The decision with the scores behind it. Value is what size and history say together, where the standard has no
    factor of its own for it: S4-7.1."""
    scored = Scored(proposal.score, proposal.new or None, read_reasons(proposal.reasons))

    def text(*parts: Part) -> str | None:
        found = scored.part(*parts)
        return None if found is None else plain(found)

    return CustomerGraded(
        grade=grade,
        standard=str(proposal.standard_id),
        score=None if proposal.score is None else plain(proposal.score),
        size=text(Part.SIZE),
        potential=text(Part.POTENTIAL),
        credit=text(Part.CREDIT),
        history=text(Part.HISTORY),
        value=text(Part.VALUE) or text(Part.SIZE, Part.HISTORY),
        needs=text(Part.NEEDS),
        proposal=str(proposal.pk),
    )
