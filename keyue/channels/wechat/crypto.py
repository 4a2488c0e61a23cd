"""The encryption of WeChat's and WeCom's callbacks: AES-256-CBC with the key's own beginning as its start, padded to 32
bytes, around 16 random bytes, the length, the message, and for whom it is; signed with SHA-1 over the sorted parts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from django.utils.translation import gettext as _

from keyue.kernel.errors import Denied, Invalid

BLOCK = 32
HEAD = 16
KEY_LENGTH = 43


def signature(*parts: str) -> str:
    """SHA-1 over the parts, sorted and joined: of token, timestamp and nonce, and the encrypted text where there is one."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(given: str, *parts: str) -> bool:
    """Whether a signature is right, in constant time."""
    return hmac.compare_digest(signature(*parts).encode(), given.encode("utf-8", "replace"))


def key_of(text: str) -> bytes:
    """The 32 bytes of an EncodingAESKey of 43 signs. Raises Invalid."""
    try:
        key = base64.b64decode(text + "=", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(text) != KEY_LENGTH or len(key) != BLOCK:
        raise Invalid(_("EncodingAESKey 要是 43 位字母和数字。"))
    return key


@dataclass(frozen=True, slots=True)
class Box:
    """Token and key of a callback, and for whom its messages are: the appid, or the corpid."""

    token: str
    aes_key: str
    receiver: str

    def decrypt(self, encrypted: str) -> bytes:
        """The message. Raises Denied where it is not whole, not encrypted with our key, or not for us."""
        key = key_of(self.aes_key)
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Denied(_("密文不是 base64。")) from None
        if not sealed or len(sealed) % HEAD:
            raise Denied(_("密文的长度不对。"))
        # the mode is what the platforms have chosen; the signature is checked before
        opener = Cipher(AES256(key), CBC(key[:HEAD])).decryptor()
        return self._opened(opener.update(sealed) + opener.finalize())

    def _opened(self, padded: bytes) -> bytes:
        pad = padded[-1]
        if not 1 <= pad <= BLOCK or len(padded) < HEAD + 4 + pad:
            raise Denied(_("解密失败：请核对 EncodingAESKey。"))
        plain = padded[: len(padded) - pad]
        length = int.from_bytes(plain[HEAD : HEAD + 4])
        start = HEAD + 4
        if length > len(plain) - start:
            raise Denied(_("解密失败：请核对 EncodingAESKey。"))
        receiver = plain[start + length :]
        if not hmac.compare_digest(receiver, self.receiver.encode()):
            raise Denied(_("这条消息不是发给这个账号的。"))
        return plain[start : start + length]

    def encrypt(self, message: bytes, random: bytes = b"") -> str:
        """The encrypted text of a message; `random` (16 bytes) is drawn where none is given."""
        key = key_of(self.aes_key)
        plain = (
            (random or secrets.token_bytes(HEAD))
            + len(message).to_bytes(4)
            + message
            + self.receiver.encode()
        )
        pad = BLOCK - len(plain) % BLOCK
        closer = Cipher(AES256(key), CBC(key[:HEAD])).encryptor()
        return base64.b64encode(closer.update(plain + bytes([pad]) * pad) + closer.finalize()).decode()

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        """The signature of an encrypted text."""
        return signature(self.token, timestamp, nonce, encrypted)

    def check(self, given: str, timestamp: str, nonce: str, encrypted: str) -> None:
        """Raises Denied where the signature is not right."""
        if not is_signed(given, self.token, timestamp, nonce, encrypted):
            raise Denied(_("签名不对：请核对 Token。"))
