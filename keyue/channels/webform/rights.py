"""Reading for the public pages about personal data: what somebody who has proven who they are may see and do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.customers.models import Contact
from keyue.privacy import selectors
from keyue.privacy.enums import Step
from keyue.privacy.models import Consent, Purpose, PurposeText, RightRequest
from keyue.privacy.sealed import code_of_request, opened
from keyue.promises.models import Promise


@dataclass(frozen=True, slots=True)
class Offer:
    """A purpose that somebody may agree to, with the words in force."""

    contact: int
    purpose: Purpose
    text: PurposeText


@dataclass(frozen=True, slots=True)
class Standing:
    """A request as the one who made it sees it."""

    request: RightRequest
    code: str
    promise: Promise | None
    missing: str
    answer: str


@dataclass(frozen=True, slots=True)
class Mine:
    """Everything on somebody's page."""

    contacts: Sequence[tuple[int, str]]
    consents: Sequence[Consent]
    offers: Sequence[Offer]
    requests: Sequence[Standing]


def name_of(contact: Contact) -> str:
    """Which file of theirs it is, without a word that only staff should read."""
    return _("个人资料") if contact.customer.is_person else contact.customer.name


def mine_of(contacts: Sequence[Contact], at: datetime) -> Mine:
    """The page of somebody who is these contacts."""
    ids = [contact.pk for contact in contacts]
    consents = selectors.consents_standing(ids)
    agreed = {(consent.contact_id, consent.purpose_id) for consent in consents}
    purposes = selectors.purposes()
    texts = selectors.texts_in_force(purposes, at)
    offers = [
        Offer(contact.pk, purpose, texts[purpose.pk])
        for contact in contacts
        for purpose in purposes
        if purpose.pk in texts and (contact.pk, purpose.pk) not in agreed
    ]
    return Mine(
        contacts=[(contact.pk, name_of(contact)) for contact in contacts],
        consents=consents,
        offers=offers,
        requests=standings(selectors.requests_of_contacts(ids)),
    )


def standings(requests: Sequence[RightRequest]) -> list[Standing]:
    """Requests with what is promised, and what was said to those who made them."""
    promised = selectors.promises_of(requests)
    clear = opened(requests, "missing", "answer")
    return [
        Standing(
            request,
            code_of_request(request.uid),
            next((row for row in promised[request.pk] if row.is_open and row.due), None),
            said["missing"] if request.step == Step.MISSING else "",
            said["answer"] if not request.is_open else "",
        )
        for request, said in zip(requests, clear, strict=True)
    ]
