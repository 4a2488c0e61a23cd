"""What the regulations themselves record about the company. Pure Python."""

from __future__ import annotations

from keyue.compliance.events import KINDS
from keyue.promises import company

company.declare(KINDS)
