"""What waits for a person about regulations: to decide, to read, and to look at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from keyue.compliance import rebasing
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.regulations import ladder, readers
from keyue.regulations import selectors as regulations
from keyue.ui.addresses import address


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that waits: what, since when, and the page where it is done."""

    text: str
    url: str
    tone: str
    since: datetime | date | None


def waiting_for(user: User, at: datetime) -> Sequence[Wait]:
    """Everything about regulations that waits for this person: decisions first, then what to read and to review."""
    found = [
        Wait(
            _("审批《%(title)s》第 %(n)d 版：%(step)s")
            % {"title": row.edition.title, "n": row.edition.n, "step": row.name},
            address("regulations:draft", row.edition.regulation_id, row.edition.n),
            "soon",
            row.asked_at,
        )
        for row in ladder.waiting_for(user, at)
    ]
    found += [
        Wait(
            _("批准改按《%(title)s》第 %(n)d 版") % {"title": row.edition.title, "n": row.edition.n},
            address("regulations:rebasing", row.regulation_id, row.pk),
            "soon",
            row.asked_at,
        )
        for row in rebasing.waiting_for(user)
    ]
    found += [
        Wait(
            _("阅读并确认《%(title)s》第 %(n)d 版") % {"title": reader.edition.title, "n": reader.edition.n},
            address("regulations:read", reader.edition.regulation_id, reader.edition.n),
            "open",
            reader.asked_at,
        )
        for reader in readers.waiting_for(user)
    ]
    return [*found, *_reviews(user, at)]


def _reviews(user: User, at: datetime) -> list[Wait]:
    """Editions in force whose day of review has come, for who keeps or interprets them, or writes regulations."""
    # a day further than any zone is ahead: the company's own is asked only where something may be due
    rows = regulations.to_review((at + timedelta(days=1)).date(), at)
    if not rows:
        return []
    today = at.astimezone(promises.zone()).date()
    codes = people.owner_codes_of(user, at)
    writes = allows(user, Permission.REGULATION_EDIT)
    return [
        Wait(
            _("复审《%(title)s》第 %(n)d 版") % {"title": edition.title, "n": edition.n},
            address("regulations:draft", edition.regulation_id, edition.n),
            "soon",
            edition.review_on,
        )
        for edition in rows
        if (edition.review_on is not None and edition.review_on <= today)
        and (writes or {edition.interpreter, edition.regulation.keeper} & codes)
    ]
