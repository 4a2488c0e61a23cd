"""Whether the clock of this installation may be moved."""

from __future__ import annotations

from keyue.cases.models import Case
from keyue.company.selectors import is_demo
from keyue.people.models import User


def may_move_clock() -> bool:
    """Only a demo's time, or that of an empty database, may be moved."""
    return is_demo() or not (User.objects.exists() or Case.objects.exists())
