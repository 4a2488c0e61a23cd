"""Which editions somebody may open: what is published who reads regulations, drafts who writes or decides them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, allows_any
from keyue.regulations import ladder
from keyue.regulations import selectors as regulations
from keyue.regulations.enums import EditionState
from keyue.regulations.models import Edition

MAKING = (Permission.REGULATION_EDIT, Permission.REGULATION_ADOPT, Permission.REGULATION_APPROVE)
"""Who has one of these sees every draft."""


def makes(user: User) -> bool:
    """Whether drafts are this person's business."""
    return allows_any(user, *MAKING)


def editions_for(user: User, regulation: str, at: datetime) -> list[tuple[Edition, EditionState]]:
    """A regulation's editions with their states, newest first; drafts only for those whose business they are."""
    found = regulations.editions_of(regulation, at=at)
    return found if makes(user) else [row for row in found if row[0].published_at is not None]


def edition_for(user: User, regulation: str, n: int, at: datetime) -> Edition:
    """An edition that this person may open. Raises NotFound."""
    found = regulations.edition(regulation, n)
    if makes(user) or (found.published_at is not None and allows(user, Permission.REGULATION_VIEW)):
        return found
    posts = set(found.reviews.values_list("post", flat=True)) | {step.post for step in ladder.steps()}
    if found.published_at is None and posts & people.owner_codes_of(user, at):
        return found
    if found.published_at is not None and found.readers.filter(user=user).exists():
        return found
    raise NotFound(_("没有这一版，或者您无权查看。"))
