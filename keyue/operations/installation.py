"""What this installation is: empty, a demo, or a real company's."""

from __future__ import annotations

from keyue.cases.models import Case
from keyue.operations.models import Installation
from keyue.people.models import User


def current() -> Installation | None:
    """The installation's row; None before the first run."""
    return Installation.objects.first()


def is_founded() -> bool:
    """Whether a company has been set up, by the first-run page or the demo."""
    return current() is not None


def is_demo() -> bool:
    found = current()
    return found is not None and found.is_demo


def may_move_clock() -> bool:
    """Only a demo's time, or that of an empty database, may be moved."""
    return is_demo() or not (User.objects.exists() or Case.objects.exists())
