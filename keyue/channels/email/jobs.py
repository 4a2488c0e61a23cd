"""Background jobs of mailboxes."""

from __future__ import annotations

from keyue.channels.email.actions import CONTENTS
from keyue.channels.email.fetching import poll

JOBS = [
    ("mail.fetch", 2.0, poll),
    ("mail.tidy", 300.0, CONTENTS.tidy),
]
