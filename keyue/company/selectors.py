"""What this installation is: empty, a demo, or a real company's."""

from __future__ import annotations

from hashlib import sha256

from keyue.company.models import Installation


def installation() -> Installation | None:
    """The installation's row; None before the first run."""
    return Installation.objects.first()


def is_founded() -> bool:
    """Whether a company has been set up, by the first-run page or the demo."""
    return Installation.objects.exists()


def is_demo() -> bool:
    """Whether everything here is made up."""
    return Installation.objects.filter(is_demo=True).exists()


def revision_of(found: Installation) -> str:
    """Names the present words of the portal: another text, another revision."""
    words = "\0".join((found.service_phone, found.privacy_notice, found.consent_text))
    return sha256(words.encode()).hexdigest()[:16]
