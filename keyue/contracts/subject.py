"""How contracts and projects are shown as subjects of promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.contracts import selectors
from keyue.contracts.folding import CONTRACT, PROJECT
from keyue.contracts.sealed import opened
from keyue.customers import wording
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """The columns are written by the actions; the promises stand in the promises' own table."""


def contract_abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about contracts are about, as far as the reader may see them; two queries and the keys."""
    ids = {row.subject_id for row in rows}
    found = list(selectors.visible_to(user).filter(pk__in=ids))
    texts = opened([(one.customer_id, one) for one in found])
    shown = {
        one.pk: (one.number, text["title"], reverse("contracts:contract", args=[one.pk]))
        for one, text in zip(found, texts, strict=True)
    }
    return _abouts(rows, shown, _("合同"))


def project_abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about projects are about, as `contract_abouts`."""
    ids = {row.subject_id for row in rows}
    found = list(selectors.projects_visible_to(user).filter(pk__in=ids))
    texts = opened([(one.customer_id, one) for one in found])
    shown = {
        one.pk: (one.contract_number, text["title"], reverse("contracts:project", args=[one.pk]))
        for one, text in zip(found, texts, strict=True)
    }
    return _abouts(rows, shown, _("项目"))


def _abouts(
    rows: Sequence[Promise], shown: Mapping[int, tuple[str, str, str]], kind: str
) -> dict[int, About]:
    found = {}
    for row in rows:
        if row.subject_id in shown:
            number, title, url = shown[row.subject_id]
            name = title or _("已删除")
            said = _("%(name)s：%(title)s") % {"name": row.name, "title": name}
            found[row.pk] = About(number=number, title=said, url=url, kind=kind, act_url=url)
    return found


CONTRACT_SUBJECT = SubjectKind(
    model=CONTRACT,
    project=project,
    sealed_for=selectors.owner_of,
    numbers=selectors.numbers_of_contracts,
    proofs=wording.EVIDENCE,
    abouts=contract_abouts,
    is_projected=False,
)
PROJECT_SUBJECT = SubjectKind(
    model=PROJECT,
    project=project,
    sealed_for=selectors.owner_of,
    numbers=selectors.numbers_of_projects,
    proofs=wording.EVIDENCE,
    abouts=project_abouts,
    is_projected=False,
)
