"""What the outbox does for other systems: pushes, and files that their messages name."""

from __future__ import annotations

from keyue.channels.webhook.actions.pushing import OUTBOX
from keyue.channels.webhook.pushing import send_pushes
from keyue.channels.webhook.receiving import FILE, fetch_file

SENDERS = {OUTBOX: send_pushes, FILE: fetch_file}
