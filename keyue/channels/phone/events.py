"""Facts about the company that a hotline's plan makes. Pure Python."""

from __future__ import annotations

from keyue.promises import company

GAP_FOUND = "company.shift_gap_found"
GAP_FILLED = "company.shift_gap_filled"

KINDS: dict[str, tuple[str, ...]] = {GAP_FOUND: ("gap", "channel"), GAP_FILLED: ("gap", "channel")}

company.declare(KINDS)
