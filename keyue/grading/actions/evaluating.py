"""Looking at customers under the standard in use: proposals, never grades: S1-6.3.

One customer, those that changed, or all of them in batches. A batch is one transaction, with how far the run has come:
a process may die at any moment, and any other goes on where the last batch ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.customers.events import (
    CustomerGradeProposalClosed,
    CustomerGradeProposed,
    CustomerTreatmentBegun,
)
from keyue.customers.models import Customer
from keyue.grading import promising, selectors
from keyue.grading.actions._ground import WEB, WORKER, doer
from keyue.grading.enums import Outcome, RunState, Why
from keyue.grading.events import GradingReviewed
from keyue.grading.models import GradeProposal, GradingRun, GradingStandard, GradingTouch
from keyue.grading.rules import plain
from keyue.grading.scoring import Scored, write_reasons
from keyue.grading.sealing import seal
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor, Draft, Entry, Subject
from keyue.promises import actions as promises
from keyue.promises import selectors as reading
from keyue.promises.company import THE_COMPANY

BATCH = 200
TOUCHED = 100


@transaction.atomic
def evaluate_customer(
    *, customer: Customer, by: Actor, at: datetime, why: str = Why.ASKED, via: str = WEB
) -> GradeProposal | None:
    """Compute a customer's grade; a proposal where it would be another one, else None. Raises Refused (no standard)."""
    standard = _in_use(at)
    rows = _held([customer.pk])
    return _propose(rows, standard, Why(why), by=by, at=at, via=via).get(customer.pk)


@transaction.atomic
def ask_review(*, customer: Customer, request: str, by: Actor, at: datetime, via: str = WEB) -> GradeProposal:
    """The customer wants a person to look at their grade: 个人信息保护法 article 24. A person decides, whatever the sum says.

    `request` in their words is sealed. Raises Refused (no standard; they have no grade; a review waits already), Invalid.
    """
    standard = _in_use(at)
    rows = _held([customer.pk])
    if not rows:
        raise Refused(_("这位客户的档案已合并或删除，不能复核。"), code="closed")
    row, text = rows[0], " ".join(request.split())
    if not text:
        raise Invalid(_("请写明客户的理由。"), fields={"request": _("请写明客户的理由")})
    if not row.grade:
        raise Refused(_("这位客户还没有等级，没有可复核的决定。"), code="no_grade")
    kept = GradeProposal.objects.filter(customer=row, decided_at=None).first()
    if kept is not None and kept.why == Why.REVIEW:
        raise Refused(_("这位客户已有一件复核在等决定。"), code="under_review")
    if kept is not None:
        _lapse([kept], {row.pk: row}, by=by, at=at, via=via)
    scored = selectors.scored(standard, [row.pk], at)[row.pk]
    proposal = _new(row, standard, scored, Why.REVIEW, None, by, at)
    proposal.request = seal(row.pk, "request", text[:2000])
    proposal.save()
    draft = Draft("customer.grade_proposed", _proposed(proposal).data(), sealed={"request": text[:2000]})
    promises.record(row.subject, [draft], by=by, at=at, source=via, seal_for=row.subject)
    return proposal


# --- all of them ---


@transaction.atomic
def start_run(*, by: Actor, at: datetime, why: str = Why.ASKED, after: int = 0, via: str = WEB) -> GradingRun:
    """Let the worker look at all customers, or at those behind the id `after`. Raises Refused (no standard, one runs)."""
    standard = _in_use(at)
    if GradingRun.objects.filter(state=RunState.RUNNING).exists():
        raise Refused(_("已有一次评估正在进行。"), code="running")
    rows = _gradable().filter(pk__gt=after)
    run = GradingRun.objects.create(
        standard=standard,
        why=Why(why),
        is_whole=after == 0,
        total=rows.count(),
        position=after,
        top=rows.order_by("-pk").values_list("pk", flat=True).first() or after,
        started_at=at,
        started_by=doer(by),
    )
    draft = Draft(
        "grading_run.started", {"standard": str(standard.pk), "why": run.why, "customers": run.total}
    )
    promises.record(run_subject(run.pk), [draft], by=by, at=at, source=via)
    return run


@transaction.atomic
def stop_run(*, run_id: int, by: Actor, at: datetime, via: str = WEB) -> GradingRun:
    """Stop after the batch at hand; what was proposed stands. Raises Refused."""
    run = _run(run_id, RunState.RUNNING, _("这次评估没有在进行。"))
    run.state = RunState.STOPPED
    run.save(update_fields=["state"])
    promises.record(
        run_subject(run.pk), [Draft("grading_run.stopped", {"seen": run.seen})], by=by, at=at, source=via
    )
    return run


@transaction.atomic
def resume_run(*, run_id: int, by: Actor, at: datetime, via: str = WEB) -> GradingRun:
    """Go on where it was stopped. Raises Refused (not stopped, another one runs, another standard is in use)."""
    run = _run(run_id, RunState.STOPPED, _("这次评估没有停在中途。"))
    if GradingRun.objects.filter(state=RunState.RUNNING).exists():
        raise Refused(_("已有一次评估正在进行。"), code="running")
    if _in_use(at).pk != run.standard_id:
        raise Refused(_("分级标准已经换了，请重新评估。"), code="other_standard")
    run.state = RunState.RUNNING
    run.save(update_fields=["state"])
    promises.record(
        run_subject(run.pk), [Draft("grading_run.resumed", {"seen": run.seen})], by=by, at=at, source=via
    )
    return run


@transaction.atomic
def work_batch(*, now: datetime) -> int:
    """The next customers of the run that goes on; how many, 0 where there is nothing to do."""
    run = (
        GradingRun.objects.select_for_update()
        .select_related("standard")
        .filter(state=RunState.RUNNING)
        .first()
    )
    if run is None:
        return 0
    if run.standard.state != "applied":
        # a newer standard came: its own run begins at once
        run.state = RunState.STOPPED
        run.save(update_fields=["state"])
        promises.record(
            run_subject(run.pk),
            [Draft("grading_run.stopped", {"seen": run.seen})],
            by=WORKER,
            at=now,
            source="job",
        )
        return 0
    ids = _gradable().filter(pk__gt=run.position, pk__lte=run.top).order_by("pk").values_list("pk", flat=True)
    batch = list(ids[:BATCH])
    if batch:
        rows = _held(batch)
        scored = selectors.scored(run.standard, [row.pk for row in rows], now)
        made = _propose(
            rows, run.standard, Why(run.why), by=WORKER, at=now, via="job", run=run, scored=scored
        )
        if run.is_whole:
            _begin_treatments(rows, run.standard, now)
        run.position = batch[-1]
        run.seen += len(batch)
        run.proposed += len(made)
        run.unknown += sum(one.grade is None for one in scored.values())
    if len(batch) < BATCH:
        run.state, run.finished_at = RunState.DONE, now
        _finish(run, now)
    run.save()
    return len(batch) or 1


def _begin_treatments(rows: Sequence[Customer], standard: GradingStandard, now: datetime) -> None:
    """Let what the standard gives a grade begin for those who had the grade before, and of whom nothing of it is open: a
    regulation governs what happens after it came into force, and to them nothing has happened."""
    graded = {row.pk: row for row in rows if row.grade and _has_limits(standard, row.grade)}
    open_ones = reading.promises_about("customer", graded).filter(
        is_open=True, regulation=promising.REGULATION
    )
    known = set(open_ones.values_list("subject_id", flat=True))
    entries = []
    for pk, row in graded.items():
        if pk not in known:
            event = CustomerTreatmentBegun(grade=row.grade or "", standard=str(standard.pk))
            entries.append(Entry(row.subject, [Draft(event.kind, event.data())]))
    if entries:
        promises.record_many(entries, by=WORKER, at=now, source="job")


def _has_limits(standard: GradingStandard, grade: str) -> bool:
    treatment = standard.treatment(grade)
    return bool(treatment.contact_days or treatment.verification_days)


def _finish(run: GradingRun, now: datetime) -> None:
    """The fact of it; of all customers it is the company's review: S1-6.3."""
    said = {"seen": run.seen, "proposed": run.proposed, "unknown": run.unknown}
    promises.record(
        run_subject(run.pk), [Draft("grading_run.finished", said)], by=WORKER, at=now, source="job"
    )
    if run.is_whole:
        event = GradingReviewed(
            run=str(run.pk), standard=str(run.standard_id), customers=run.seen, proposals=run.proposed
        )
        promises.record(THE_COMPANY, [Draft(event.kind, event.data())], by=WORKER, at=now, source="job")


@transaction.atomic
def start_due_run(*, now: datetime) -> int:
    """Begin the periodic review when it is due: for a new standard at once, then as often as the standard says; between
    two, those who came since, once a day. How many began."""
    standard = selectors.in_use(now)
    if standard is None or GradingRun.objects.filter(state=RunState.RUNNING).exists():
        return 0
    whole = GradingRun.objects.filter(standard=standard, is_whole=True).order_by("-pk").first()
    if whole is None or selectors.is_due(whole.started_at, standard.review_months, now):
        start_run(by=WORKER, at=now, why=Why.PERIODIC, via="job")
        return 1
    last = GradingRun.objects.filter(standard=standard).order_by("-pk").first() or whole
    is_long_ago = (now - last.started_at).total_seconds() >= selectors.A_DAY
    if is_long_ago and _gradable().filter(pk__gt=last.top).exists():
        start_run(by=WORKER, at=now, why=Why.PERIODIC, after=last.top, via="job")
        return 1
    return 0


# --- after a change ---


def touch(customer_ids: Collection[int], at: datetime) -> None:
    """Let the worker look at these customers again: for what follows a change, inside its transaction."""
    if customer_ids and selectors.in_use(at) is not None:
        GradingTouch.objects.bulk_create([GradingTouch(customer_id=pk, at=at) for pk in customer_ids])


@transaction.atomic
def work_touched(*, now: datetime) -> int:
    """Look again at customers that changed; how many rows were taken."""
    touched = list(GradingTouch.objects.select_for_update().order_by("pk")[:TOUCHED])
    if not touched:
        return 0
    GradingTouch.objects.filter(pk__in=[row.pk for row in touched]).delete()
    standard = selectors.in_use(now)
    if standard is not None:
        rows = _held({row.customer_id for row in touched})
        _propose(rows, standard, Why.EVENT, by=WORKER, at=now, via="job")
    return len(touched)


@transaction.atomic
def lapse_proposals(*, customer: Customer, by: Actor, at: datetime, via: str = WEB) -> int:
    """Nothing is left to decide for a customer: their open proposals lapse; how many."""
    open_ones = list(GradeProposal.objects.select_for_update().filter(customer=customer, decided_at=None))
    _lapse(open_ones, {customer.pk: customer}, by=by, at=at, via=via)
    return len(open_ones)


# --- the parts ---


def run_subject(run_id: int) -> Subject:
    """The chain of a run."""
    return Subject("grading_run", str(run_id))


def _in_use(at: datetime) -> GradingStandard:
    standard = selectors.in_use(at)
    if standard is None:
        raise Refused(_("还没有使用中的分级标准。标准经批准、启用后才能评级。"), code="no_standard")
    return standard


def _gradable() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into=None, erased_at=None)


def _held(ids: Collection[int]) -> list[Customer]:
    """These customers, ours alone until the transaction ends; without those merged or erased meanwhile."""
    return list(_gradable().select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))


def _propose(
    rows: Sequence[Customer],
    standard: GradingStandard,
    why: Why,
    *,
    by: Actor,
    at: datetime,
    via: str,
    run: GradingRun | None = None,
    scored: Mapping[int, Scored] | None = None,
) -> dict[int, GradeProposal]:
    """New proposals by customer, where the grade would be another one. An open proposal that still says the same stays,
    one that does not gives way; a review stays open until a person decides it."""
    known = scored if scored is not None else selectors.scored(standard, [row.pk for row in rows], at)
    open_ones = {
        one.customer_id: one for one in GradeProposal.objects.filter(customer__in=rows, decided_at=None)
    }
    fresh: list[GradeProposal] = []
    gone: list[GradeProposal] = []
    for row in rows:
        result, kept = known[row.pk], open_ones.get(row.pk)
        if kept is not None and (kept.why == Why.REVIEW or _says(kept, row, standard, result)):
            continue
        if kept is not None:
            gone.append(kept)
        if result.grade is not None and result.grade != row.grade:
            fresh.append(_new(row, standard, result, why, run, by, at))
    by_id = {row.pk: row for row in rows}
    _lapse(gone, by_id, by=by, at=at, via=via)
    GradeProposal.objects.bulk_create(fresh)
    entries = [
        Entry(by_id[one.customer_id].subject, [Draft("customer.grade_proposed", _proposed(one).data())])
        for one in fresh
    ]
    if entries:
        promises.record_many(entries, by=by, at=at, source=via)
    return {one.customer_id: one for one in fresh}


def _says(kept: GradeProposal, row: Customer, standard: GradingStandard, result: Scored) -> bool:
    """Whether an open proposal says what would be proposed now."""
    return (kept.standard_id, kept.old, kept.new, kept.score, kept.reasons) == (
        standard.pk,
        row.grade or "",
        result.grade or "",
        result.score,
        write_reasons(result),
    )


def _new(
    row: Customer,
    standard: GradingStandard,
    result: Scored,
    why: Why,
    run: GradingRun | None,
    by: Actor,
    at: datetime,
) -> GradeProposal:
    return GradeProposal(
        customer=row,
        standard=standard,
        run=run,
        why=why,
        old=row.grade or "",
        new=result.grade or "",
        score=result.score,
        reasons=write_reasons(result),
        raised_at=at,
        raised_by=doer(by),
    )


def _proposed(one: GradeProposal) -> Event:
    return CustomerGradeProposed(
        proposal=str(one.pk),
        standard=str(one.standard_id),
        why=str(one.why),
        old=one.old or None,
        new=one.new or None,
        score=None if one.score is None else plain(one.score),
    )


def _lapse(
    proposals: Sequence[GradeProposal], rows: Mapping[int, Customer], *, by: Actor, at: datetime, via: str
) -> None:
    """Nobody need decide these any more."""
    for one in proposals:
        one.decided_at, one.decided_by, one.outcome = at, doer(by), Outcome.LAPSED
    if not proposals:
        return
    GradeProposal.objects.bulk_update(proposals, ["decided_at", "decided_by", "outcome"])
    entries = []
    for one in proposals:
        event = CustomerGradeProposalClosed(proposal=str(one.pk), outcome=Outcome.LAPSED.value)
        entries.append(Entry(rows[one.customer_id].subject, [Draft(event.kind, event.data())]))
    promises.record_many(entries, by=by, at=at, source=via)


def _run(run_id: int, state: RunState, sentence: str) -> GradingRun:
    run = GradingRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("没有这次评估。"))
    if run.state != state:
        raise Refused(sentence, code=f"not_{state.value}")
    return run
