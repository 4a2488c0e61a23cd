"""What of this room must be handed over before somebody's account closes: the promises they hold."""

from __future__ import annotations

from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from keyue.people.leaving import Remainder
from keyue.people.models import User
from keyue.promises.selectors import held_by


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """Open promises still in the leaver's hands."""
    n = held_by(leaver).count()
    try:
        url = reverse("workbench:home")
    except NoReverseMatch:
        url = ""
    return [Remainder(_("%(n)d 条约定还在%(name)s手上") % {"n": n, "name": leaver.name}, n, url)]
