"""Mails that the tests of the reader are made of: written out as they came, only charsets and encodings put in by hand."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Sequence

from keyue.channels.email.reader.mail import Mail
from keyue.channels.email.reader.reading import read_mail

SENDER = "From: zhangsan@example.com\n"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000a49444154789c6300010000050001"
)


def b64(text: str | bytes, charset: str = "utf-8") -> str:
    """base64 on one line."""
    raw = text.encode(charset) if isinstance(text, str) else text
    return base64.b64encode(raw).decode("ascii")


def lines64(raw: bytes) -> str:
    """base64 in lines of 76, as in bodies."""
    return base64.encodebytes(raw).decode("ascii")


def word(text: str, charset: str = "utf-8", named: str = "") -> str:
    """An encoded word in B; `named` where it is declared otherwise."""
    return f"=?{named or charset}?B?{b64(text, charset)}?="


def qword(text: str, charset: str = "utf-8") -> str:
    """An encoded word in Q."""
    said = "".join(f"={byte:02X}" for byte in text.encode(charset))
    return f"=?{charset}?Q?{said}?="


def qp(text: str, charset: str = "utf-8") -> str:
    """quoted-printable with every byte escaped that is not a line end."""
    return "".join("\n" if byte == 10 else f"={byte:02X}" for byte in text.encode(charset))


def uu(raw: bytes, name: str) -> str:
    """uuencode with its begin and end."""
    body = "".join(binascii.b2a_uu(raw[n : n + 45]).decode("ascii") for n in range(0, len(raw), 45))
    return f"begin 644 {name}\n{body}`\nend\n"


def read(text: str, charset: str = "utf-8") -> Mail:
    """The mail in a text, in the charset in which it came."""
    return read_mail(text.encode(charset))


def body_of(kind: str, raw: bytes, more: str = "") -> Mail:
    """A mail of one part with this Content-Type and these bytes."""
    return read_mail(f"{SENDER}Subject: x\nMIME-Version: 1.0\nContent-Type: {kind}\n{more}\n".encode() + raw)


def multipart(*parts: str, kind: str = "multipart/mixed", mark: str = "=_b1") -> str:
    """A multipart with its header, to be a mail or a part of one."""
    inner = "".join(f"--{mark}\n{part}\n" for part in parts)
    return f'Content-Type: {kind}; boundary="{mark}"\n\n{inner}--{mark}--\n'


def mixed(*parts: str, kind: str = "multipart/mixed", more: str = "", charset: str = "utf-8") -> Mail:
    """A mail of parts, each with its own header; `more` are lines of the mail's header."""
    return read(f"{SENDER}{more}MIME-Version: 1.0\n{multipart(*parts, kind=kind)}", charset)


def plain(text: str, charset: str = "utf-8") -> str:
    """A part of plain text."""
    return f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n{text}"


def shown(html: str, charset: str = "utf-8") -> str:
    """A part of HTML."""
    return f"Content-Type: text/html; charset={charset}\nContent-Transfer-Encoding: 8bit\n\n{html}"


def file(named: str, raw: bytes, kind: str = "application/octet-stream", more: str = "") -> str:
    """An attached file; `named` is what stands behind `attachment`."""
    return f"Content-Type: {kind}\nContent-Disposition: attachment{named}\nContent-Transfer-Encoding: base64\n{more}\n{lines64(raw)}"


def sha(raw: bytes) -> str:
    """What an attachment's `sha256` must be."""
    return hashlib.sha256(raw).hexdigest()


# --- winmail.dat ---


def attribute(level: int, kind: int, name: int, data: bytes) -> bytes:
    """One attribute of TNEF with its checksum."""
    return struct.pack("<BHHI", level, name, kind, len(data)) + data + struct.pack("<H", sum(data) % 65536)


def properties(*some: tuple[int, int, bytes]) -> bytes:
    """MAPI properties: type, number, value."""
    out = struct.pack("<I", len(some))
    for kind, name, value in some:
        out += struct.pack("<HH", kind, name)
        if kind in {0x1E, 0x1F, 0x0D, 0x102}:
            out += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
        else:
            out += value
    return out


def tnef(*some: bytes) -> bytes:
    """A whole winmail.dat."""
    return b"\x78\x9f\x3e\x22\x01\x00" + b"".join(some)


def tnef_file(name: str, raw: bytes, long_name: str = "") -> bytes:
    """A file in it: its short name in GBK, its long one in UTF-16."""
    more = properties((0x1F, 0x3707, (long_name + "\0").encode("utf-16-le"))) if long_name else b""
    return (
        attribute(2, 6, 0x9002, b"\0" * 14)
        + attribute(2, 1, 0x8010, name.encode("gbk") + b"\0")
        + attribute(2, 6, 0x800F, raw)
        + (attribute(2, 6, 0x9005, more) if more else b"")
    )


# --- S/MIME ---


def der(tag: int, *content: bytes) -> bytes:
    """One element of DER."""
    inner = b"".join(content)
    if len(inner) < 128:
        return bytes([tag, len(inner)]) + inner
    size = len(inner).to_bytes((len(inner).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + inner


def signed(content: bytes) -> bytes:
    """A SignedData that brings its content, and no signers."""
    data = der(0x06, bytes.fromhex("2a864886f70d010701"))
    kind = der(0x06, bytes.fromhex("2a864886f70d010702"))
    inner = der(0x30, data, der(0xA0, der(0x04, content)))
    return der(0x30, kind, der(0xA0, der(0x30, der(0x02, b"\x01"), der(0x31), inner, der(0x31))))


def pairs(addresses: Sequence[object]) -> list[tuple[str, str]]:
    """Names and addresses, to be compared."""
    return [(one.name, one.address) for one in addresses]  # type: ignore[attr-defined]
