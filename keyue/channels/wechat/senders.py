"""What the outbox does for official accounts beside answers: files of customers."""

from __future__ import annotations

from keyue.channels.wechat.receiving import MEDIA, fetch_wechat_file

SENDERS = {MEDIA: fetch_wechat_file}
