"""The installation's two secrets: files under KEYUE_HOME/keys, made once, readable by their owner only.

`master.key` (32 bytes in base64) encrypts every customer's key and keys the blind indexes. `signing.key` (Ed25519, PEM)
signs checkpoints; `signing.pub` beside it is for whoever checks them. A backup keeps them in a file of their own.

A lost key is never silently replaced: while the database holds what only the old one opens, `KeysMissing` is raised.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from keyue.kernel.errors import KeyueError

from .models import Checkpoint, SealKey


class KeysMissing(KeyueError):
    """A key file is gone or damaged, and what it opens is still in the database."""

    status = 503
    code = "keys_missing"


def folder() -> Path:
    """Where the keys are: KEYUE_HOME/keys."""
    return Path(settings.KEYUE_HOME) / "keys"


def write_durably(file: Path, content: bytes, *, mode: int = 0o600, replace: bool = False) -> None:
    """Write a whole file that survives a power cut. Raises FileExistsError where one is there and `replace` is False."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if replace:
            fresh.replace(file)
        else:
            # a link fails where the name is taken, a rename would not
            file.hardlink_to(fresh)
    finally:
        fresh.unlink(missing_ok=True)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read_or_make(name: str, make: Callable[[], bytes], needed: Callable[[], bool]) -> bytes:
    """The file's content; made where it is missing, and not where something in the database still needs the old one."""
    file = folder() / name
    try:
        return _read(file)
    except FileNotFoundError:
        if needed():
            raise KeysMissing(
                _("密钥文件 %(file)s 不见了，而数据库里还有用它加密或签名的内容。请从密钥备份中恢复该文件。")
                % {"file": file}
            ) from None
    with suppress(FileExistsError):
        write_durably(file, make())
    return _read(file)


def _read(file: Path) -> bytes:
    stat = file.stat()
    return _content(file, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=8)
def _content(file: Path, _changed: int, _inode: int) -> bytes:
    return file.read_bytes()


def master_key() -> bytes:
    """The 32 bytes of `master.key`. Raises KeysMissing."""
    text = _read_or_make(
        "master.key",
        lambda: base64.b64encode(secrets.token_bytes(32)) + b"\n",
        lambda: SealKey.objects.filter(destroyed_at__isnull=True).exists(),
    )
    try:
        key = base64.b64decode(text, validate=False)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeysMissing(
            _("密钥文件 %(file)s 已损坏。请从密钥备份中恢复。") % {"file": folder() / "master.key"}
        )
    return key


@lru_cache(maxsize=32)
def derived(master: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, from the master key (HKDF, SHA-256)."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=f"keyue 1 {purpose}".encode()).derive(master)


def signing_key() -> Ed25519PrivateKey:
    """The installation's signing key. Raises KeysMissing."""
    key = _private(_read_or_make("signing.key", _new_signing_key, Checkpoint.objects.exists))
    public = folder() / "signing.pub"
    if not public.exists():
        write_durably(public, _public_pem(key), mode=0o644, replace=True)
    return key


def verifying_key() -> Ed25519PublicKey | None:
    """The public half, or None where the installation has no signing key (yet, or any more)."""
    try:
        return _private(_read(folder() / "signing.key")).public_key()
    except FileNotFoundError:
        pass
    try:
        key = serialization.load_pem_public_key(_read(folder() / "signing.pub"))
    except (FileNotFoundError, ValueError):
        return None
    return key if isinstance(key, Ed25519PublicKey) else None


def is_signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `signature` is `key`'s over `message`."""
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysMissing(
            _("密钥文件 %(file)s 已损坏。请从密钥备份中恢复。") % {"file": folder() / "signing.key"}
        )
    return key
