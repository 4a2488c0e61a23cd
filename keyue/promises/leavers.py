"""What of this room must be handed over before somebody's account closes: the promises they hold."""

from __future__ import annotations

from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.people.selectors import PERSON
from keyue.promises.selectors import KEEPING, held_by, stand_with


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """Open promises still in the leaver's hands."""
    n = held_by(leaver).count()
    try:
        url = reverse("workbench:home")
    except NoReverseMatch:
        url = ""
    return [Remainder(_("%(n)d 条约定还在%(name)s手上") % {"n": n, "name": leaver.name}, n, url)]


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes over promises can open what they are about, and keep them; so with a post or a department that has some.

    Who leads a post without keeping its promises, as management does, may have a successor who does not either.
    """
    if held_by(leaver).exists():
        return KEEPING
    codes = {*leaver.posts.values_list("code", flat=True), *leaver.heads.values_list("code", flat=True)}
    if not stand_with({*codes, f"{PERSON}{leaver.pk}"}):
        return frozenset()
    return frozenset({Permission.CASE_VIEW, *(p for p in KEEPING if allows(leaver, p))})
