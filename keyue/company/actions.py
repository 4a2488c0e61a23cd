"""Writing what the installation knows about itself."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.company.models import Installation
from keyue.kernel.errors import Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject

COMPANY = Subject("company", "1")


@transaction.atomic
def found_installation(
    *,
    company: str,
    is_demo: bool,
    service_phone: str,
    privacy_notice: str,
    joined: bool,
    by: Actor,
    at: datetime,
) -> Installation:
    """Begin. Raises Refused where a company is already there."""
    if Installation.objects.exists():
        raise Refused(_("公司已经建立。"))
    made = Installation.objects.create(
        company=company.strip(),
        is_demo=is_demo,
        founded_at=at,
        service_phone=service_phone,
        privacy_notice=privacy_notice,
    )
    ledger.record(
        COMPANY,
        [Draft("company.founded", {"demo": is_demo, "joined": joined})],
        by=by,
        at=at,
        source="founding",
    )
    return made
