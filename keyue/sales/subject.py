"""How a lead is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind
from keyue.sales import rules, selectors
from keyue.sales.folding import LEAD


def project(derived: Mapping[Subject, Derived]) -> None:
    """A lead's columns are written by the actions; its promises stand in the promises' own table."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """What people call leads, by id."""
    return {identity: rules.number_of(rules.LEAD_PREFIX, identity) for identity in ids}


def abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about leads are about, as far as the reader may see the lead; one query and the keys."""
    ids = {row.subject_id for row in rows}
    cards = {
        card.lead.pk: card
        for card in selectors.lead_cards(list(selectors.leads_visible_to(user).filter(pk__in=ids)))
    }
    return {
        row.pk: About(
            number=card.lead.number, title=card.name, url=card.url, kind=_("线索"), act_url=card.url
        )
        for row in rows
        if (card := cards.get(row.subject_id)) is not None
    }


SUBJECT = SubjectKind(
    model=LEAD,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    proofs=EVIDENCE,
    abouts=abouts,
    is_projected=False,
)
