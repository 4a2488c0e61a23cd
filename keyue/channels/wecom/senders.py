"""What the outbox does for WeCom beside answers: fetching messages and files."""

from __future__ import annotations

from keyue.channels.wecom.actions import SYNC
from keyue.channels.wecom.receiving import MEDIA, fetch_wecom_file
from keyue.channels.wecom.syncing import sync

SENDERS = {SYNC: sync, MEDIA: fetch_wecom_file}
