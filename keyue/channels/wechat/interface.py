"""Calling the interface of a platform of the WeChat family: with a token that all processes share, renewed where it does not
work any more, and with its codes as sentences."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.fetching import Failed, Fetched, Unsafe, fetch
from keyue.channels.wechat import actions
from keyue.channels.wechat.models import AccessToken
from keyue.conversations import actions as conversations
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger import sealing
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM
from keyue.ui.uploads import MOST_BYTES, Upload

SECONDS = 20.0
EARLY = timedelta(minutes=5)
"""A token is renewed so long before its end: a request may be under way when it comes."""
WAIT_SECONDS = 6.0
SPENT = frozenset({40001, 40014, 42001})
BUSY = frozenset({-1, 45009, 45011, 45033})


class Fault(Refused):
    """The platform said no. `platform_code` is its number."""

    def __init__(self, message: object, platform_code: int) -> None:
        super().__init__(message, code="platform")
        self.platform_code = platform_code


@dataclass(frozen=True, slots=True)
class Platform:
    """One of the family. `ask` gets a new token: (channel, base, force) -> its answer. `final` are codes after which no
    further attempt at the same message can succeed, `credentials` those that say that the account is set up wrongly,
    `sentences` what codes mean."""

    base: str
    ask: Callable[[Channel, str, bool], Fetched]
    final: frozenset[int]
    credentials: frozenset[int]
    sentences: Callable[[int], str]
    fields: Mapping[str, str] = field(default_factory=dict)

    def base_of(self, channel: Channel) -> str:
        """Where the interface is: the platform's own address, a proxy of the company, or a stand-in."""
        return str(channel.options.get("api") or self.base).rstrip("/")

    def call(
        self, channel: Channel, path: str, body: Any = None, *, params: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Call the interface; JSON both ways. Raises Fault, Undeliverable for a final code, Failed where nothing came."""
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        headers = {"Content-Type": "application/json; charset=utf-8"} if content else {}
        method = "POST" if content else "GET"
        answer = self._with_token(channel, method, path, headers, content, params or {}, MOST_BYTES)
        return self._good(channel, answer)

    def upload(self, channel: Channel, kind: str, file: Upload) -> str:
        """Hand over a file to be sent; its id there, good for three days."""
        boundary = token_hex(16)
        name = file.name.replace('"', "_").replace("\r", "_").replace("\n", "_")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{name}"; '
            f"filelength={len(file.content)}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        content = head.encode() + file.content + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        path = "/cgi-bin/media/upload"
        answer = self._with_token(channel, "POST", path, headers, content, {"type": kind}, 64 * 1024)
        return str(self._good(channel, answer)["media_id"])

    def download(self, channel: Channel, media_id: str) -> Fetched:
        """A file of a customer's. Raises as `call` does; where the platform names another address, from there."""
        params = {"media_id": media_id}
        answer = self._with_token(channel, "GET", "/cgi-bin/media/get", {}, b"", params, MOST_BYTES)
        if "json" not in answer.headers.get("content-type", "") and not answer.content.startswith(b"{"):
            return answer
        said = self._good(channel, answer)
        if not said.get("video_url"):
            return answer
        try:
            return fetch("GET", str(said["video_url"]), most=MOST_BYTES, seconds=120.0, redirects=2)
        except Unsafe as error:
            # asked again it would lie inside again
            raise Undeliverable(str(error)) from None

    def _with_token(
        self,
        channel: Channel,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes,
        params: Mapping[str, str],
        most: int,
    ) -> Fetched:
        """A request with the token that is kept; with a new one where it is said not to work."""
        url, token = f"{self.base_of(channel)}{path}", self.token(channel)
        for turn in range(2):
            query = {"access_token": token, **params}
            answer = fetch(
                method, url, headers=headers, content=content, params=query, seconds=SECONDS, most=most
            )
            if turn or _code_of(answer) not in SPENT:
                return answer
            token = self.token(channel, spent=token)
        return answer

    def token(self, channel: Channel, *, spent: str = "") -> str:
        """The token; a new one where it ends soon or is `spent`. One process asks, the others wait for it. Raises Fault."""
        end = time.monotonic() + WAIT_SECONDS
        while True:
            kept = _kept(channel, spent)
            if kept:
                return kept
            if actions.claim_refresh(channel=channel, by=SYSTEM, at=clock.now()):
                # it may have been renewed between the look and the claim
                kept = _kept(channel, spent)
                if kept:
                    actions.leave_refresh(channel=channel, by=SYSTEM, at=clock.now())
                return kept or self._renewed(channel, force=bool(spent))
            if time.monotonic() > end:
                raise Failed(_("另一个进程正在取接口凭证，稍后再试。"))
            time.sleep(0.1)

    def _renewed(self, channel: Channel, *, force: bool) -> str:
        at = clock.now()
        try:
            said = self._good(channel, self.ask(channel, self.base_of(channel), force))
            token, seconds = str(said["access_token"]), int(said.get("expires_in") or 7200)
        except BaseException:
            actions.keep_token(channel=channel, token="", expires_at=None, by=SYSTEM, at=at)
            raise
        actions.keep_token(
            channel=channel, token=token, expires_at=at + timedelta(seconds=seconds), by=SYSTEM, at=at
        )
        return token

    def _good(self, channel: Channel, answer: Fetched) -> dict[str, Any]:
        """What was said, where it is no refusal."""
        if not answer.is_ok:
            raise Failed(_("平台返回 %(status)d。") % {"status": answer.status})
        said = answer.json()
        if not isinstance(said, dict):
            raise Failed(_("平台返回的不是预期的内容。"))
        code = int(said.get("errcode") or 0)
        if code == 0:
            self._tell(channel, None)
            return said
        sentence = self.sentences(code) or _("平台返回 %(code)s：%(message)s") % {
            "code": code,
            "message": str(said.get("errmsg") or "")[:120],
        }
        if code in self.credentials:
            self._tell(channel, Failure.REFUSED)
        if code in self.final:
            raise Undeliverable(sentence)
        raise Fault(sentence, code)

    def _tell(self, channel: Channel, failure: Failure | None) -> None:
        """The channel's page says whether it works."""
        at = clock.now()
        if failure is not None and channel.failing_since is None and channel.is_open:
            conversations.note_failure(channel=channel, failure=failure, by=SYSTEM, at=at)
        elif failure is None and channel.failing_since is not None and channel.is_open:
            conversations.note_restored(channel=channel, by=SYSTEM, at=at)


def _kept(channel: Channel, spent: str) -> str:
    """The token that is kept, unless it ends soon or is the one that does not work; else empty."""
    row = AccessToken.objects.filter(channel=channel).first()
    if row is None or not row.token or row.expires_at is None or row.expires_at - EARLY <= clock.now():
        return ""
    kept = sealing.unseal(channel.subject, row.token, actions.TOKEN) or ""
    return kept if kept != spent else ""


def _code_of(answer: Fetched) -> int:
    """The platform's code in an answer; 0 where it holds none."""
    if len(answer.content) > 4096 or not answer.content.startswith(b"{"):
        return 0
    try:
        return int(answer.json().get("errcode") or 0)
    except (Failed, ValueError, TypeError, AttributeError):
        return 0
