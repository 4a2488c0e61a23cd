"""The scoring standard: drafted by sales or marketing, approved by management, applied: S1-6.2."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keyue.customers import rules as customers
from keyue.customers.wording import checked
from keyue.grading import measures, promising, rules
from keyue.grading.actions._ground import WEB, doer, note_standard
from keyue.grading.enums import StandardState
from keyue.grading.events import (
    GradingApplied,
    GradingApproved,
    GradingDrafted,
    GradingRefused,
    GradingRetired,
    GradingRevised,
    GradingSubmitted,
)
from keyue.grading.models import TITLE_LONGEST, GradingStandard
from keyue.grading.rules import GRADES, OWN, Factor, Standard
from keyue.grading.sealing import seal_refusal
from keyue.grading.wording import invalid
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.regulations.actions import approve_edition, draft_edition, publish_edition
from keyue.regulations.actions.posts import fill_posts
from keyue.regulations.document import read_document
from keyue.regulations.selectors import newest_edition

# why nobody reviewed it as a regulation: the record says it, in the language of records
DECIDED = gettext_noop("分级标准已经公司管理层批准，各级待遇随标准启用，不另走制度审批。")
MOMENT = timedelta(microseconds=1)
"""Two editions of one regulation never begin at once."""


@transaction.atomic
def draft_standard(
    *,
    title: str,
    standard: Standard,
    review_months: int,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> GradingStandard:
    """Begin the next version. A draft may be unfinished: what is wrong with it is said when it is submitted.

    Raises Invalid (no title), Refused (another version is on its way).
    """
    waiting = GradingStandard.objects.filter(
        state__in=[StandardState.DRAFT, StandardState.SUBMITTED, StandardState.APPROVED]
    ).first()
    if waiting is not None:
        raise Refused(
            _("第 %(n)d 版还没有启用，请先办完它，或在它上面修改。") % {"n": waiting.n}, code="one_at_a_time"
        )
    n = (GradingStandard.objects.aggregate(n=Max("n"))["n"] or 0) + 1
    row = GradingStandard(n=n, drafted_at=at, drafted_by=doer(by), authors=[doer(by)])
    _fill(row, title, standard, review_months)
    row.save()
    note_standard(row, GradingDrafted(version=n), by=by, at=at, via=via, begins=True)
    return row


@transaction.atomic
def revise_standard(
    *,
    standard_id: int,
    title: str,
    standard: Standard,
    review_months: int,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> GradingStandard:
    """Change a draft. Raises Invalid, Refused (it is no draft any more, or was changed meanwhile)."""
    row = _locked(standard_id)
    _must_be(row, StandardState.DRAFT, _("只有起草中的标准能修改。"))
    if revision is not None and revision != row.revision:
        raise Refused(_("这份标准刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    _fill(row, title, standard, review_months)
    row.authors = list(dict.fromkeys([*row.authors, doer(by)]))
    row.revision += 1
    row.save()
    note_standard(row, GradingRevised(version=row.n), by=by, at=at, via=via)
    return row


@transaction.atomic
def submit_standard(*, standard_id: int, by: Actor, at: datetime, via: str = WEB) -> GradingStandard:
    """Hand a draft in for approval. Raises Invalid with everything that is wrong with it, Refused."""
    row = _locked(standard_id)
    _must_be(row, StandardState.DRAFT, _("只有起草中的标准能送审。"))
    _refuse_faulty(row)
    row.state, row.submitted_at, row.submitted_by = StandardState.SUBMITTED, at, doer(by)
    row.revision += 1
    row.save()
    note_standard(row, GradingSubmitted(version=row.n), by=by, at=at, via=via)
    return row


@transaction.atomic
def decide_standard(
    *,
    standard_id: int,
    approve: bool,
    by: Actor,
    at: datetime,
    reason: str = "",
    via: str = WEB,
) -> GradingStandard:
    """Approve what was submitted, or give it back as a draft with a reason: S1-6.2a.

    Raises Refused (not submitted; who wrote or submitted it), Invalid (given back without a reason).
    """
    row = _locked(standard_id)
    _must_be(row, StandardState.SUBMITTED, _("这份标准没有在等批准。"))
    if not rules.may_approve(row.authors, row.submitted_by, doer(by)):
        raise Refused(_("起草、修改或送审的人不能批准，请由另一位管理层批准。"), code="own_draft")
    text = checked({"reason": (customers.tidy_text, reason)})["reason"]
    if approve:
        _approve(row, by, at, via)
        return row
    if not text:
        raise Invalid(_("请写明退回的理由。"), fields={"reason": _("请写明退回的理由")})
    row.state, row.refused_at, row.refused_by = StandardState.DRAFT, at, doer(by)
    row.submitted_at, row.submitted_by = None, ""
    row.refusal = seal_refusal(row.pk, text)
    row.revision += 1
    row.save()
    event = GradingRefused(version=row.n)
    note_standard(row, event, by=by, at=at, via=via, sealed={"reason": text})
    return row


def _approve(row: GradingStandard, by: Actor, at: datetime, via: str) -> None:
    row.state, row.approved_at, row.approved_by = StandardState.APPROVED, at, doer(by)
    row.revision += 1
    row.save()
    treatments = row.standard.treatments
    event = GradingApproved(
        version=row.n,
        resources={grade: treatments[grade].resources for grade in GRADES},
        policy={grade: treatments[grade].policy for grade in GRADES},
        interval={grade: treatments[grade].contact_days or 0 for grade in GRADES},
    )
    note_standard(row, event, by=by, at=at, via=via)


@transaction.atomic
def apply_standard(*, standard_id: int, by: Actor, at: datetime, via: str = WEB) -> GradingStandard:
    """Let grades be computed by it from now on; the one before it is retired: S1-6.2. Raises Refused.

    No grade changes by this: the worker reviews all customers and proposes.
    """
    row = _locked(standard_id)
    _must_be(row, StandardState.APPROVED, _("标准要经管理层批准后才能启用。"))
    _refuse_faulty(row)
    before = GradingStandard.objects.select_for_update().filter(state=StandardState.APPLIED).first()
    if before is not None:
        before.state, before.retired_at = StandardState.RETIRED, at
        before.save(update_fields=["state", "retired_at"])
        note_standard(before, GradingRetired(version=before.n, by=row.n), by=by, at=at, via=via)
    row.state, row.applied_at, row.applied_by = StandardState.APPLIED, at, doer(by)
    row.save(update_fields=["state", "applied_at", "applied_by"])
    note_standard(row, GradingApplied(version=row.n), by=by, at=at, via=via)
    _promise(row, by=by, at=at, via=via)
    return row


def _promise(row: GradingStandard, *, by: Actor, at: datetime, via: str) -> None:
    """Put in force what the standard gives each grade, as a regulation of the company: S1-6.2b. Management has approved
    the standard, so its steps for regulations do not ask again."""
    text = promising.document_of(row.n, row.title, row.standard.treatments)
    fill_posts(read_document(text), {}, by=by, at=at)
    newest = newest_edition(promising.REGULATION)
    since = newest.effective_from if newest is not None else None
    edition = draft_edition(text=text, answers={}, by=by, at=at, source=via)
    approve_edition(edition=edition, by=by, at=at, source=via, why=DECIDED)
    publish_edition(
        edition=edition,
        effective_from=at if since is None or since < at else since + MOMENT,
        by=by,
        at=at,
        source=via,
    )


def _locked(standard_id: int) -> GradingStandard:
    row = GradingStandard.objects.select_for_update().filter(pk=standard_id).first()
    if row is None:
        raise NotFound(_("没有这个版本的分级标准。"))
    return row


def _must_be(row: GradingStandard, state: StandardState, sentence: str) -> None:
    if row.state != state:
        raise Refused(sentence, code=f"not_{state.value}")


def _refuse_faulty(row: GradingStandard) -> None:
    """Raises Invalid with all that is wrong, also where a measure went away with the room that brought it."""
    standard = row.standard
    faults = rules.faults_of(standard)
    unknown = [factor.label for factor in standard.factors if not _has_source(factor)]
    if unknown:
        sentence = _("「%(labels)s」的取值没有来源，请改选。") % {"labels": _("、").join(unknown)}
        raise Invalid(sentence, fields={"factors": sentence})
    if faults:
        raise invalid(faults)


def _has_source(factor: Factor) -> bool:
    known = measures.known().get(factor.measure)
    return factor.measure == OWN or (known is not None and known.kind == factor.kind)


def _fill(row: GradingStandard, title: str, standard: Standard, review_months: int) -> None:
    text = " ".join(title.split())[:TITLE_LONGEST]
    if not text:
        raise Invalid(_("请填写标准的名称。"), fields={"title": _("请填写标准的名称")})
    if not 1 <= review_months <= 60:
        sentence = _("评估间隔应为 1 至 60 个月。")
        raise Invalid(sentence, fields={"review_months": sentence})
    row.title, row.review_months = text, review_months
    row.factors = _written(standard.factors)
    row.thresholds = {
        grade: rules.plain(standard.thresholds.get(grade, rules.decimal(0))) for grade in GRADES[:-1]
    }
    row.treatments = {
        grade: rules.write_treatment(standard.treatments.get(grade, rules.Treatment())) for grade in GRADES
    }
    row.missing = standard.missing.value


def _written(factors: Sequence[Factor]) -> list[dict[str, Any]]:
    """The factors as JSON. One without a code gets a new one: values that people entered hang on it for good."""
    used = {raw["code"] for row in GradingStandard.objects.all() for raw in row.factors} | {
        factor.code for factor in factors
    }
    written = []
    for factor in factors:
        raw = rules.write_factor(factor)
        if not factor.code:
            fresh = next(f"f{n}" for n in range(1, len(used) + 2) if f"f{n}" not in used)
            used.add(fresh)
            raw["code"] = fresh
        written.append(raw)
    return written
