"""Rows of the permission matrix: conversations, of a channel of another department."""

from __future__ import annotations

from tests.architecture.permission_rows import AGENT, SEE_ALL, SEE_SOME, SUPERVISOR, Row, row

TALK = {"pk": "@conversation"}
ANSWER = (AGENT, SUPERVISOR)

CONVERSATIONS: list[Row] = [
    row("conversations:inbox", "GET", SEE_SOME),
    row("conversations:conversation", "GET", SEE_ALL, at=TALK),
    row("conversations:say", "POST", ANSWER, at=TALK, data={"body": "在"}),
    row("conversations:open_case", "GET", ANSWER, at=TALK),
    row("conversations:open_case", "POST", ANSWER, at=TALK),
    row("conversations:act", "GET", ANSWER, at={**TALK, "code": "take"}),
    row("conversations:act", "POST", ANSWER, at={**TALK, "code": "take"}),
    row("conversations:act", "GET", (SUPERVISOR,), at={**TALK, "code": "hand_over"}),
    row("conversations:file", "GET", SEE_ALL, at={"pk": "@line_file"}),
]
