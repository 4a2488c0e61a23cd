"""The platforms' side of callbacks: what they post to our addresses, signed and encrypted as they do it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyue.channels.wechat import xml
from keyue.channels.wechat.crypto import Box, signature
from keyue.kernel import clock

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Account:
    """An account at WeChat or WeCom whose callbacks go to `url`; without `aes_key` in the clear."""

    url: str
    token: str
    receiver: str
    aes_key: str = ""

    @property
    def box(self) -> Box:
        return Box(self.token, self.aes_key, self.receiver)

    def query(self, encrypted: str = "") -> dict[str, str]:
        """The signed part of an address, as of now."""
        timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(5)
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": signature(self.token, timestamp, nonce),
        }
        if encrypted:
            query |= {
                "encrypt_type": "aes",
                "msg_signature": self.box.sign(timestamp, nonce, encrypted),
            }
        return query

    def post(self, values: Mapping[str, str | int]) -> httpx.Response:
        """One callback."""
        import httpx  # takes longer to load than all else here, and most stand-ins only answer

        body = xml.write(values)
        if not self.aes_key:
            return httpx.post(self.url, params=self.query(), content=body, timeout=10)
        encrypted = self.box.encrypt(body)
        sealed = xml.write({"ToUserName": self.receiver, "Encrypt": encrypted})
        return httpx.post(self.url, params=self.query(encrypted), content=sealed, timeout=10)

    def says(self, user: str, text: str, number: int) -> httpx.Response:
        """A customer writes a text."""
        return self.post(
            {
                "ToUserName": self.receiver,
                "FromUserName": user,
                "CreateTime": int(clock.now().timestamp()),
                "MsgType": "text",
                "Content": text,
                "MsgId": number,
            }
        )

    def opened(self, answer: bytes) -> dict[str, str]:
        """A passive reply in the clear."""
        if answer in {b"success", b""}:
            return {}
        values = xml.read(answer)
        return xml.read(self.box.decrypt(values["Encrypt"])) if "Encrypt" in values else values
