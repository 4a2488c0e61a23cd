"""How a customer is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _

from keyue.customers import rules, selectors
from keyue.customers.folding import CUSTOMER
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """A customer's columns are written by the actions; their promises stand in the promises' own table."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """What people call customers, by id."""
    return {identity: rules.number_of(identity) for identity in ids}


def abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about customers are about, as far as the reader may see the customer; two queries and the keys."""
    ids = {row.subject_id for row in rows}
    seen = set(selectors.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    cards = selectors.customer_cards(sorted(seen))
    return {
        row.pk: About(
            number=card.number, title=card.shown_name, url=card.url, kind=_("客户"), act_url=card.url
        )
        for row in rows
        if (card := cards.get(row.subject_id)) is not None
    }


SUBJECT = SubjectKind(
    model=CUSTOMER,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    proofs=EVIDENCE,
    abouts=abouts,
    is_projected=False,
)
