"""How factors, reasons and proposals stand on pages: in words, with what each adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.customers.models import Customer
from keyue.grading import measures, selectors
from keyue.grading.enums import PART_NAMES, Outcome
from keyue.grading.rules import Standard, plain
from keyue.grading.scoring import Reason
from keyue.grading.selectors import ProposalCard
from keyue.grading.wording import band_words, measure_words, value_words
from keyue.people.enums import Permission
from keyue.people.http import StaffRequest
from keyue.people.models import User
from keyue.people.permissions import allows


@dataclass(frozen=True, slots=True)
class FactorWords:
    """A factor of a standard in words."""

    label: str
    part: str
    source: str
    weight: str
    bands: list[tuple[str, str]]


def factor_rows(standard: Standard) -> list[FactorWords]:
    """The factors of a standard for reading."""
    return [
        FactorWords(
            factor.label,
            str(PART_NAMES[factor.part]),
            measure_words(factor),
            plain(factor.weight),
            band_words(factor),
        )
        for factor in standard.factors
    ]


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What a factor brought, in words: `contribution` of `most`, and what is known."""

    label: str
    value: str
    contribution: str
    most: str
    share: float
    is_known: bool
    is_counted: bool

    @property
    def said(self) -> str:
        """One line, for a screen reader."""
        if not self.is_counted:
            return _("%(label)s：没有资料，未计") % {"label": self.label}
        return _("%(label)s：%(got)s / %(most)s，%(value)s") % {
            "label": self.label,
            "got": self.contribution,
            "most": self.most,
            "value": self.value,
        }


def reason_rows(reasons: Sequence[Reason], measures: Mapping[str, str]) -> list[ReasonWords]:
    """The reasons of a score; `measures` says where the values of each factor come from."""
    return [
        ReasonWords(
            label=one.label,
            value=value_words(one.kind, measures.get(one.code, ""), one.value),
            contribution=_short(one.contribution),
            most=_short(one.effective),
            share=float(one.points or 0),
            is_known=one.is_known,
            is_counted=one.points is not None,
        )
        for one in reasons
    ]


def _short(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.1")))


@dataclass(frozen=True, slots=True)
class ProposalWords:
    """A proposal as a row."""

    card: ProposalCard
    why: str
    score: str
    grounds: str
    unknown: str
    outcome: str
    may_undo: bool

    @property
    def url(self) -> str:
        """The grounds of the customer's grade."""
        return reverse("grading:grounds", args=[self.card.customer.number])


def proposal_rows(cards: Sequence[ProposalCard]) -> list[ProposalWords]:
    """Proposals for a list: what counts most first."""
    return [_proposal_row(card) for card in cards]


def _proposal_row(card: ProposalCard) -> ProposalWords:
    row = card.row
    words = reason_rows(card.reasons, card.measures)
    counted = sorted((one for one in words if one.is_counted), key=lambda one: -float(one.contribution))
    parts = [f"{one.label} {one.contribution}/{one.most}" for one in counted]
    return ProposalWords(
        card=card,
        why=str(row.get_why_display()),
        score="" if row.score is None else plain(row.score),
        grounds=_("、").join(parts),
        unknown=_("、").join(one.label for one in words if not one.is_known),
        outcome=str(row.get_outcome_display()) if row.outcome else "",
        may_undo=bool(row.outcome) and row.outcome != Outcome.LAPSED and row.undone_at is None,
    )


def section(request: HttpRequest, customer: Customer) -> str:
    """分级依据 on a customer's page: the grade, what each factor adds, and what is proposed."""
    user = request.user
    if not isinstance(user, User):
        return ""
    measures.know(customer)
    basis = selectors.basis_of_seen(customer, cast(StaffRequest, request).at, past=1)
    row = basis.standard
    if row is None or basis.scored is None:
        return ""
    context = {
        "customer": customer,
        "basis": basis,
        "reasons": reason_rows(basis.scored.reasons, {raw["code"]: raw["measure"] for raw in row.factors}),
        "score": None if basis.scored.score is None else plain(basis.scored.score),
        "waiting": _proposal_row(basis.waiting) if basis.waiting else None,
        "may_decide": allows(user, Permission.GRADE_DECIDE),
        "here": request.path,
        "url": reverse("grading:grounds", args=[customer.number]),
    }
    return render_to_string("grading/_section.html", context, request)
