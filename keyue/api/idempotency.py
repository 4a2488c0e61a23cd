"""Idempotency keys: a request sent twice is done once, and answered the same.

The key is claimed first and the answer kept last, both in the transaction of the act: a crash leaves either all or
nothing, and the same request at the same moment waits until the first one has ended. Only what succeeded is kept: a
request that was refused may be sent again with the same key.

An answer may hold what is shown only once, such as a sender's code. It is kept sealed under the token and the key
themselves, neither of which is stored: only who sends both again can have it read. Two days later it is deleted.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from keyue.api import actions, selectors
from keyue.api.models import IdempotentAnswer
from keyue.api.problems import problem

LONGEST = 200
NONCE = 12


def once(request: HttpRequest, key: str, respond: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """The answer to a request that carries a key."""
    name = _keyed(request, b"name", key.encode()).hex()
    fingerprint = _keyed(request, b"request", *_parts(request)).hex()
    cipher = AESGCM(_keyed(request, b"answer", key.encode()))
    with transaction.atomic():
        claim = actions.claim(key=name, fingerprint=fingerprint, at=request.at)  # type: ignore[attr-defined]
        if claim is None:
            return _replayed(selectors.answer(name), fingerprint, cipher)
        response = respond(request)
        if 200 <= response.status_code < 300 and not response.streaming:
            nonce = token_bytes(NONCE)
            actions.keep(
                claim,
                status=response.status_code,
                body=nonce + cipher.encrypt(nonce, response.content, name.encode()),
                content_type=response["Content-Type"],
            )
        elif connection.needs_rollback:
            transaction.set_rollback(True)
        else:
            # the refused act has undone itself; what is to stand all the same, such as a count of attempts, stands
            actions.release(claim)
    return response


def _replayed(known: IdempotentAnswer | None, fingerprint: str, cipher: AESGCM) -> HttpResponse:
    if known is None or not known.status:
        return problem(409, "in_progress", _("同一个请求正在处理，请稍后再试。"), retry_after=1)
    if not hmac.compare_digest(known.fingerprint, fingerprint):
        return problem(422, "idempotency_key_reused", _("这个幂等键已用于内容不同的请求，请换一个。"))
    kept = bytes(known.body)
    try:
        body = cipher.decrypt(kept[:NONCE], kept[NONCE:], known.key.encode())
    except InvalidTag:
        return problem(409, "in_progress", _("同一个请求正在处理，请稍后再试。"))
    response = HttpResponse(body, status=known.status, content_type=known.content_type)
    response["Idempotent-Replay"] = "true"
    return response


def _parts(request: HttpRequest) -> Iterator[bytes]:
    """What makes two requests the same: method, address and body."""
    yield (request.method or "").encode()
    yield request.get_full_path().encode()
    if request.content_type != "multipart/form-data":
        yield request.body
        return
    for field, values in sorted(request.POST.lists()):
        yield from (part.encode() for part in (field, *map(str, values)))
    for field, files in sorted(request.FILES.lists()):
        for file in files:
            yield field.encode()
            yield from file.chunks()
            file.seek(0)


def _keyed(request: HttpRequest, purpose: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 under the token as it was sent: 256 random bits that the database does not hold."""
    whole = hmac.new(request.headers.get("Authorization", "").encode(), purpose, "sha256")
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.digest()
