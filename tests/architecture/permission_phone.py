"""Rows of the permission matrix: calls and the plans of hotlines."""

from __future__ import annotations

from tests.architecture.permission_rows import (
    AGENT,
    HEAD,
    MANAGER,
    PUBLIC,
    SALES,
    SEE_SOME,
    SUPERVISOR,
    WORKER,
    Row,
    row,
)

LINE = {"pk": "@hotline"}
ANSWER = (AGENT, SUPERVISOR, MANAGER, SALES, WORKER, HEAD)

PHONE: list[Row] = [
    row("channels:exchange", "POST", PUBLIC, anonymous=401, nobody=401, at=LINE),
    row("channels:ringing", "GET", ANSWER),
    row("channels:new_call", "GET", ANSWER),
    row("channels:new_call", "POST", ANSWER),
    row("channels:caller", "POST", ANSWER, data={"number": "13800000000"}),
    row("channels:record_call", "GET", (AGENT, SUPERVISOR), at={"pk": "@call"}),
    row("channels:record_call", "POST", (AGENT, SUPERVISOR), at={"pk": "@call"}),
    row("channels:shifts", "GET", SEE_SOME, at=LINE),
    row("channels:shifts", "POST", (SUPERVISOR,), at=LINE),
    row("channels:remove_shift", "POST", (SUPERVISOR,), at={"pk": "@shift"}),
]
