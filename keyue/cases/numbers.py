"""Numbers that people read out: prefix by type, year and month of registration, then the row's own id. Pure Python.

The id makes them unique, so that no counter is shared by writers.
"""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

_FORM = re.compile(r"\s*([A-Za-z]{2})\s*-?\s*(\d{4})\s*-?\s*(\d{1,18})\s*")
_ZONE = ZoneInfo("Asia/Shanghai")


def case_number(prefix: str, registered_at: datetime, identity: int) -> str:
    """`TS-2611-000142`."""
    return f"{prefix}-{registered_at.astimezone(_ZONE):%y%m}-{identity:06d}"


def identity_of(number: str) -> int | None:
    """The row id that a number ends in, or None for a text that is no number. Written sloppily is fine."""
    match = _FORM.fullmatch(number)
    return int(match[3]) if match else None
