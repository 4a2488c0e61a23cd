"""Founding a company from one document, without the pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Refused
from keyue.operations.actions import found
from keyue.operations.first_run import gate
from keyue.operations.first_run.document import FoundingIn, answers_of
from keyue.operations.first_run.founding import founding_of
from keyue.operations.first_run.pages import started_page


@dataclass(frozen=True, slots=True)
class Started:
    """What there is now: `passwords` are (name, username, first password)."""

    company: str
    administrator: str
    passwords: list[tuple[str, str, str]]
    empty_posts: list[str]


def found_by(said: FoundingIn, *, at: datetime) -> Started:
    """Found the company, once. Raises Invalid with the fields at fault, Refused where there is a company already."""
    refuse_if_founded()
    founding = founding_of(answers_of(said))
    try:
        with transaction.atomic():
            page = started_page(founding, found(founding, at=at))
    except IntegrityError:
        # of two at once the other was quicker
        refuse_if_founded()
        raise
    gate.code_file().unlink(missing_ok=True)
    return Started(page["company"], page["administrator"], page["passwords"], page["empty_posts"])


def refuse_if_founded() -> None:
    """Raises Refused where there is a company, or anybody with an account."""
    if gate.is_in_use():
        raise Refused(_("公司已经建立，不能再建立一次。"), code="founded")
