"""Background jobs of WeCom."""

from __future__ import annotations

from keyue.channels.wecom.syncing import poll

JOBS = [("wecom.poll", 600.0, poll)]
