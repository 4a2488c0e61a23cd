"""Rows of the permission matrix: other systems, robots, and the addresses at which platforms knock.

A platform proves by a signature who it is, not by a session: without one the address is there for everybody and says no.
"""

from __future__ import annotations

from tests.architecture.permission_rows import PUBLIC, SUPERVISOR, SYSTEM, Row, row

OUTLET = {"pk": "@outlet"}
ONE = {"wants": ["case.closed"], "name": "另一个"}

OUTLETS: list[Row] = [
    row("channels:hook_in", "POST", PUBLIC, anonymous=401, nobody=401, at={"pk": "@hook"}),
    row("channels:hook_wechat", "GET", PUBLIC, anonymous=403, nobody=403, at={"pk": "@wechat"}),
    row("channels:hook_wechat", "POST", PUBLIC, anonymous=403, nobody=403, at={"pk": "@wechat"}),
    row("channels:hook_wecom", "GET", PUBLIC, anonymous=403, nobody=403, at={"pk": "@wecom"}),
    row("channels:hook_wecom", "POST", PUBLIC, anonymous=422, nobody=422, at={"pk": "@wecom"}),
    row("channels:hook_sms", "POST", PUBLIC, anonymous=403, nobody=403, at={"pk": "@sms", "key": "0" * 32}),
    row("channels:hook_weibo", "GET", PUBLIC, anonymous=403, nobody=403, at={"pk": "@weibo"}),
    row("channels:hook_weibo", "POST", PUBLIC, anonymous=403, nobody=403, at={"pk": "@weibo"}),
    row("channels:hook_douyin", "POST", PUBLIC, anonymous=403, nobody=403, at={"pk": "@douyin"}),
    row("channels:reviews", "GET", (SYSTEM, SUPERVISOR), at={"pk": "@review"}),
    row("channels:reviews", "POST", (SYSTEM, SUPERVISOR), at={"pk": "@review"}),
    row("channels:outlets", "GET", (SYSTEM,)),
    row("channels:new_outlet", "GET", (SYSTEM,), at={"kind": "hook"}),
    row("channels:new_outlet", "POST", (SYSTEM,), at={"kind": "hook"}),
    row("channels:outlet", "GET", (SYSTEM,), at=OUTLET),
    row("channels:outlet", "POST", (SYSTEM,), at=OUTLET),
    row("channels:act_on_outlet", "POST", (SYSTEM,), at={**OUTLET, "what": "secret"}),
    row("channels:replay_push", "POST", (SYSTEM,), at={**OUTLET, "push": "@push"}),
    row("channels:channel_secret", "POST", (SYSTEM,), at={"pk": "@hook"}),
    row("channels:unread_callback", "POST", (SYSTEM,), at={"pk": "@callback", "what": "aside"}),
]
