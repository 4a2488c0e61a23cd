"""Making sure who somebody is: a one-use code, sent to the address on file and never to one that was typed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.privacy import selectors
from keyue.privacy.models import IdentityCheck
from keyue.privacy.rules import CODE_LIFE, MOST_ATTEMPTS, plain_code
from keyue.privacy.sealed import code_of_check, same

MAIL = "mail.privacy_code"


@transaction.atomic
def send_code(*, typed: str, by: Actor, at: datetime, silently: bool = False) -> IdentityCheck:
    """Send a code to the address on file of whoever has this number or address; to nobody where nobody has.

    Either way there is a check, and no answer tells the two apart. `silently`: nothing is sent whoever it is, as when too
    many codes were asked for with the same number.
    """
    found = [] if silently else selectors.contacts_known_by(typed)
    check = IdentityCheck.objects.create(
        contacts=[contact.pk for contact in found], created_at=at, expires_at=at + CODE_LIFE
    )
    if found:
        ledger.enqueue(kind=MAIL, key=f"privacy-code:{check.uid.hex}", payload={"check": check.pk}, at=at)
    return check


@transaction.atomic
def try_code(*, uid: UUID, code: str, by: Actor, at: datetime) -> list[int]:
    """The contacts whose address it is, where the code is right, in time and unused; else none. Every try counts."""
    check = IdentityCheck.objects.select_for_update().filter(uid=uid).first()
    right = code_of_check(uid)
    good = same(plain_code(code), right)
    if check is None:
        return []
    IdentityCheck.objects.filter(pk=check.pk).update(attempts=F("attempts") + 1)
    if not good or check.used_at is not None or check.expires_at <= at or check.attempts >= MOST_ATTEMPTS:
        return []
    if not check.contacts:
        return []
    check.used_at = at
    check.save(update_fields=["used_at"])
    return [int(pk) for pk in check.contacts]


def tidy(*, by: Actor, at: datetime) -> int:
    """Delete checks that are over; returns how many."""
    return IdentityCheck.objects.filter(expires_at__lt=at).delete()[0]
