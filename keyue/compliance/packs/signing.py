"""Keys of packs as their readers name them. Pure Python."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence

RAW = 32
LARGEST_FILE = 1 << 16
_HEX = re.compile(r"[0-9a-f]{64}")


def raw_of(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def fingerprint(raw: bytes) -> str:
    """The SHA-256 of a public key's 32 bytes, 64 hexadecimal digits."""
    return sha256(raw).hexdigest()


def grouped(mark: str) -> str:
    """A fingerprint as people compare it: in groups of four."""
    return " ".join(mark[n : n + 4] for n in range(0, len(mark), 4))


def is_signed(raw: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is that key's over `message`; False for bytes that are no key."""
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint_of(given: str) -> str:
    """The fingerprint that `--key` means: written out, or that of the public key in a file. Raises Invalid."""
    plain = re.sub(r"[\s:]", "", given).lower()
    if _HEX.fullmatch(plain):
        return plain
    try:
        with Path(given).open("rb") as file:
            content = file.read(LARGEST_FILE)
    except (OSError, ValueError) as error:
        raise Invalid(
            sentence("--key 后写 64 位十六进制的公钥指纹，或公钥文件：%(given)s 两者都不是", given=cut(given))
        ) from error
    key = None
    if content.lstrip().startswith(b"-----BEGIN"):
        try:
            key = serialization.load_pem_public_key(content)
        except ValueError:
            key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Invalid(sentence("%(given)s 不是 Ed25519 公钥文件（PEM）", given=cut(given)))
    return fingerprint(raw_of(key))
