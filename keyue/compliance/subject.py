"""How the company is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from keyue.compliance.statements import abouts, proven
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.promises.company import MODEL
from keyue.promises.subjects import Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """Nothing is kept of the company beside its promises."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """What the company is called where cases have their number."""
    return {identity: _("公司") for identity in ids}


SUBJECT = SubjectKind(
    model=MODEL,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    proofs=EVIDENCE,
    abouts=abouts,
    proven=proven,
)
