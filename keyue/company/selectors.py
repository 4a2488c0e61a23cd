"""What this installation is: empty, a demo, or a real company's."""

from __future__ import annotations

from keyue.company.models import Installation


def installation() -> Installation | None:
    """The installation's row; None before the first run."""
    return Installation.objects.first()


def is_founded() -> bool:
    """Whether a company has been set up, by the first-run page or the demo."""
    return Installation.objects.exists()


def is_demo() -> bool:
    """Whether everything here is made up."""
    found = installation()
    return found is not None and found.is_demo
