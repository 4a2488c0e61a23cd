"""Rows of the permission matrix: mails as they came, into a mailbox of another department."""

from __future__ import annotations

from tests.architecture.permission_rows import AGENT, SEE_ALL, SUPERVISOR, SYSTEM, Row, row

MAIL = {"pk": "@mail"}

MAILS: list[Row] = [
    row("channels:mailbox", "GET", (SUPERVISOR, SYSTEM), at={"pk": "@mailbox"}),
    row("channels:mail", "GET", SEE_ALL, at=MAIL),
    row("channels:mail_shown", "GET", SEE_ALL, at=MAIL),
    row("channels:mail_raw", "GET", SEE_ALL, at=MAIL),
    row("channels:mail_file", "GET", SEE_ALL, at={**MAIL, "place": 0}),
    row("channels:mail_looked", "POST", (AGENT, SUPERVISOR), at=MAIL),
    row("channels:mail_reread", "POST", (AGENT, SUPERVISOR), at=MAIL),
]
