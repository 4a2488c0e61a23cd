"""Background jobs of robots."""

from __future__ import annotations

from keyue.channels.robots.notices import gather

JOBS = [("robots.notices", 30.0, gather)]
