"""The REST API under /api/v1/: each room brings its router; signing in, errors and text are the same for all."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder
from ninja.security import HttpBearer

from keyue.api import problems
from keyue.api.me import router as me
from keyue.cases.api import router as cases
from keyue.customers.api import router as customers
from keyue.kernel import clock
from keyue.people.authentication import token_from
from keyue.people.models import User
from keyue.promises.api import router as promises
from keyue.workbench.api import router as regulations


class ReadableJSON(BaseRenderer):
    """JSON with Chinese left readable."""

    media_type = "application/json"
    charset = "utf-8"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False)


class Token(HttpBearer):
    """`Authorization: Bearer ky_…`: the user behind the token, within the token's scopes."""

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        at = getattr(request, "at", None) or clock.now()
        found = token_from(token, at)
        return found.user if found is not None else None


api = NinjaAPI(
    title="客约 Keyue",
    version="1",
    description="事项、约定、制度与客户。令牌在「我的账户」或 `keyue token` 签发；写请求可带 `Idempotency-Key`；"
    "列表用 `cursor` 翻页；错误是 RFC 9457 问题文档。",
    auth=Token(),
    renderer=ReadableJSON(),
    urls_namespace="api",
    docs_url="/docs",
)
problems.register(api)
for prefix, router in (
    ("/me", me),
    ("/cases", cases),
    ("/promises", promises),
    ("/regulations", regulations),
    ("/customers", customers),
):
    api.add_router(prefix, router)
