"""What of this room must be handed over before somebody's account closes: what they owe as account managers."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from keyue.cases.selectors import open_cases_owed_by
from keyue.people.leaving import Remainder
from keyue.people.models import User


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """Open cases about which the leaver owes something in person."""
    n = len(open_cases_owed_by(leaver))
    return [Remainder(_("%(n)d 个事项由%(name)s以客户经理身份负责") % {"n": n, "name": leaver.name}, n)]
