"""The signatures by which Aliyun and Tencent Cloud know who calls: ACS3-HMAC-SHA256 and TC3-HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_query(query: Mapping[str, str]) -> str:
    """Parameters sorted by name, in percent encoding."""
    return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items()))


def aliyun_headers(
    *,
    key_id: str,
    secret: str,
    host: str,
    action: str,
    version: str,
    query: Mapping[str, str],
    at: datetime,
    nonce: str,
    content: bytes = b"",
    method: str = "POST",
) -> dict[str, str]:
    """The headers of a call of Aliyun's."""
    digest = sha256_of(content)
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": digest,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    signed = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"{method}\n/\n{canonical_query(query)}\n{lines}\n{signed}\n{digest}"
    text = f"ACS3-HMAC-SHA256\n{sha256_of(request.encode())}"
    signature = _hmac(secret.encode(), text).hex()
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={signed},Signature={signature}"
    )
    return headers


def tencent_authorization(
    *, secret_id: str, secret: str, service: str, host: str, content: bytes, at: datetime
) -> str:
    """The Authorization header of a call of Tencent Cloud's, with a JSON body."""
    instant = at.astimezone(UTC)
    timestamp, day = str(int(instant.timestamp())), instant.strftime("%Y-%m-%d")
    signed = "content-type;host"
    lines = f"content-type:application/json; charset=utf-8\nhost:{host}\n"
    request = f"POST\n/\n\n{lines}\n{signed}\n{sha256_of(content)}"
    scope = f"{day}/{service}/tc3_request"
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{sha256_of(request.encode())}"
    key = _hmac(_hmac(_hmac(f"TC3{secret}".encode(), day), service), "tc3_request")
    signature = _hmac(key, text).hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
