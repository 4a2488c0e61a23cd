"""Rows of the permission matrix: conversations, of a channel of another department."""

from __future__ import annotations

from tests.architecture.permission_chat import CHAT
from tests.architecture.permission_rows import AGENT, SEE_ALL, SEE_SOME, SUPERVISOR, SYSTEM, Row, row

TALK = {"pk": "@conversation"}
WAY = {"pk": "@channel"}
ANSWER = (AGENT, SUPERVISOR)

CONVERSATIONS: list[Row] = [
    row("conversations:inbox", "GET", SEE_SOME),
    row("conversations:conversation", "GET", SEE_ALL, at=TALK),
    row("conversations:say", "POST", ANSWER, at=TALK, data={"body": "在"}),
    row("conversations:who", "GET", ANSWER, at=TALK),
    row("conversations:who", "POST", ANSWER, at=TALK),
    row("conversations:newcomer", "GET", ANSWER, at=TALK),
    row("conversations:newcomer", "POST", ANSWER, at=TALK),
    row("conversations:become", "GET", ANSWER, at={**TALK, "uid": "@line_uid", "what": "need"}),
    row("conversations:become", "POST", ANSWER, at={**TALK, "uid": "@line_uid", "what": "need"}),
    row("conversations:open_case", "GET", ANSWER, at=TALK),
    row("conversations:open_case", "POST", ANSWER, at=TALK),
    row("conversations:act", "GET", ANSWER, at={**TALK, "code": "take"}),
    row("conversations:act", "POST", ANSWER, at={**TALK, "code": "take"}),
    row("conversations:act", "GET", (SUPERVISOR,), at={**TALK, "code": "hand_over"}),
    row("conversations:channels", "GET", (*SEE_SOME, SYSTEM)),
    row("conversations:new_channel", "GET", (SYSTEM,), at={"kind": "email"}),
    row("conversations:new_channel", "POST", (SYSTEM,), at={"kind": "email"}),
    row("conversations:channel", "GET", (*SEE_SOME, SYSTEM), at=WAY),
    row("conversations:channel", "POST", (SYSTEM,), at=WAY),
    row("conversations:seen", "POST", (SUPERVISOR,), at=WAY),
    row("conversations:try_channel", "POST", (SYSTEM,), at=WAY),
    row("conversations:close_channel", "GET", (SYSTEM,), at=WAY),
    row("conversations:close_channel", "POST", (SYSTEM,), at=WAY),
    row("conversations:file", "GET", SEE_ALL, at={"pk": "@line_file"}),
    # --- the API ------------------------------------------------------------------------------------------
    row("api:list_conversations", "GET", SEE_SOME, token=True),
    row("api:get_conversation", "GET", SEE_ALL, token=True, at=TALK),
    row("api:list_conversation_lines", "GET", SEE_ALL, token=True, at=TALK),
    row("api:get_conversation_file", "GET", SEE_ALL, token=True, at={"pk": "@line_file"}),
    row("api:answer_conversation", "POST", ANSWER, token=True, at=TALK, data={"body": "在"}),
    row("api:take_conversation", "POST", ANSWER, token=True, at=TALK),
    row("api:hand_over_conversation", "POST", (SUPERVISOR,), token=True, at=TALK, data={"to": "@person"}),
    row("api:end_conversation", "POST", ANSWER, token=True, at=TALK),
    row(
        "api:record_conversation",
        "POST",
        ANSWER,
        token=True,
        at=TALK,
        data={"summary": "已答复", "opinion": "none"},
    ),
    row("api:list_channels", "GET", (*SEE_SOME, SYSTEM), token=True),
    row("api:get_channel", "GET", (*SEE_SOME, SYSTEM), token=True, at=WAY),
    *CHAT,
]
