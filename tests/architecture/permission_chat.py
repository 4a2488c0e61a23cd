"""Rows of the permission matrix: the windows of live chat, which everybody may open, and what agents do beside them."""

from __future__ import annotations

from tests.architecture.permission_rows import AGENT, PUBLIC, SEE_SOME, SUPERVISOR, Row, row

WINDOW, TALK = {"pk": "@chat_window"}, {"pk": "@conversation"}
ANSWER = (AGENT, SUPERVISOR)


def without_token(name: str) -> Row:
    """Whoever has no token of this window is told so, staff as well as strangers."""
    return row(name, "POST", PUBLIC, at=WINDOW, anonymous=403, nobody=403)


CHAT: list[Row] = [
    row("channels:chat_script", "GET", PUBLIC, at=WINDOW),
    row("channels:chat", "GET", PUBLIC, at=WINDOW),
    row("channels:chat_begin", "POST", PUBLIC, at=WINDOW),
    without_token("channels:chat_say"),
    without_token("channels:chat_typing"),
    without_token("channels:chat_read"),
    without_token("channels:chat_end"),
    row("channels:chat_file", "GET", PUBLIC, at={**WINDOW, "mark": "x"}, anonymous=404, nobody=404),
    row("conversations:waiting", "GET", SEE_SOME),
    row("conversations:typing", "POST", ANSWER, at=TALK),
    row("conversations:seen_talk", "POST", ANSWER, at=TALK, data={"upto": "1"}),
]
