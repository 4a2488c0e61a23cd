"""How a scoring standard is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.customers.wording import EVIDENCE
from keyue.grading.folding import GRADING
from keyue.grading.models import GradingStandard
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """A standard's columns are written by the actions; its promises stand in the promises' own table."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """What people call standards, by id."""
    rows = GradingStandard.objects.filter(pk__in=list(ids)).values_list("pk", "n")
    return {pk: _("第 %(n)d 版") % {"n": n} for pk, n in rows}


def abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about standards are about; everybody on the staff who sees customers may see them."""
    found = GradingStandard.objects.in_bulk({row.subject_id for row in rows})
    return {
        row.pk: About(
            number=_("第 %(n)d 版") % {"n": standard.n},
            title=standard.title,
            url=reverse("grading:standard", args=[standard.n]),
            kind=_("分级标准"),
        )
        for row in rows
        if (standard := found.get(row.subject_id)) is not None
    }


SUBJECT = SubjectKind(
    model=GRADING,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    proofs=EVIDENCE,
    abouts=abouts,
    is_projected=False,
)
