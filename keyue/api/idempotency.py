"""Idempotency keys: a request sent twice is done once, and answered the same.

The answer is kept in the transaction of the act, so that a crash leaves either both or neither. Only what succeeded is
kept: a request that was refused may be sent again with the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keyue.api import actions, selectors
from keyue.api.problems import problem

HEADER = "Idempotency-Key"
PREFIX = "/api/"
LONGEST = 200


class Idempotency:
    """Middleware for the API's writing requests that carry a key."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get(HEADER, "")
        if not key or not request.path.startswith(PREFIX) or request.method not in {"POST", "PATCH", "PUT"}:
            return self.get_response(request)
        if len(key) > LONGEST:
            return problem(422, "bad_idempotency_key", _("幂等键最多 %(most)d 个字符。") % {"most": LONGEST})
        digest = _digest(request.headers.get("Authorization", ""), key)
        fingerprint = _digest(request.method or "", request.get_full_path(), request.body)
        try:
            with transaction.atomic():
                return self._once(request, digest, fingerprint)
        except IntegrityError:
            # the same request at the same moment: ours is undone, the other's answer stands
            return _kept(digest, fingerprint) or problem(
                409, "in_progress", _("同一个请求正在处理，请稍后再试。")
            )

    def _once(self, request: HttpRequest, digest: str, fingerprint: str) -> HttpResponse:
        known = _kept(digest, fingerprint)
        if known is not None:
            return known
        response = self.get_response(request)
        if 200 <= response.status_code < 300 and not response.streaming:
            actions.remember(
                key=digest,
                fingerprint=fingerprint,
                status=response.status_code,
                body=response.content,
                content_type=response["Content-Type"],
                at=request.at,  # type: ignore[attr-defined]
            )
        else:
            transaction.set_rollback(True)
        return response


def _kept(digest: str, fingerprint: str) -> HttpResponse | None:
    known = selectors.answer(digest)
    if known is None:
        return None
    if known.fingerprint != fingerprint:
        return problem(422, "idempotency_key_reused", _("这个幂等键已用于内容不同的请求，请换一个。"))
    response = HttpResponse(bytes(known.body), status=known.status, content_type=known.content_type)
    response["Idempotent-Replay"] = "true"
    return response


def _digest(*parts: str | bytes) -> str:
    whole = sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        whole.update(len(data).to_bytes(8, "big") + data)
    return whole.hexdigest()
