"""How a member of staff is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.customers import person_events  # noqa: F401  declares what is recorded about people
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.person import MODEL
from keyue.promises.subjects import About, Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """Nothing is kept of people beside their promises."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """People are called by their names."""
    return people.names_of(ids)


def abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """Promises about people lead to the page where access is given and explained; colleagues' names are no secret."""
    names = people.names_of({row.subject_id for row in rows})
    url = reverse("customers:grants")
    return {
        row.pk: About(number="", title=name, url=url, kind=_("人员"), act_url=url)
        for row in rows
        if (name := names.get(row.subject_id))
    }


SUBJECT = SubjectKind(
    model=MODEL,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    proofs=EVIDENCE,
    abouts=abouts,
    is_projected=False,
)
