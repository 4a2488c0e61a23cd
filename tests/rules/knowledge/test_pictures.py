"""Pictures lose what cameras write into them, and nothing else; what is not whole is refused."""

from __future__ import annotations

import contextlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.knowledge.pictures import PNG, Unreadable, cleaned

SECRET = b"30.2741N 120.1551E"


def png(width: int = 2, height: int = 2, *more: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = b"".join(b"\0" + b"\xff\0\0" * min(width, 9) for _row in range(min(height, 9)))
    return (
        PNG
        + head
        + b"".join(chunk(*one) for one in more)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def segment(mark: int, data: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(data) + 2) + data


def exif(turn: int) -> bytes:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, turn, 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1) + entry + b"\0\0\0\0" + SECRET


def jpeg(*more: bytes, width: int = 2, end: bytes = b"\xff\xd9") -> bytes:
    frame = segment(0xC0, struct.pack(">BHHB", 8, 2, width, 1) + b"\1\x11\0")
    return (
        b"\xff\xd8"
        + segment(0xE0, b"JFIF\0")
        + b"".join(more)
        + frame
        + segment(0xDA, b"\1\1\0\0\x3f\0")
        + b"data"
        + end
    )


def gif(*more: bytes) -> bytes:
    image = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0" + b"".join(more) + image + b";"


def webp(*more: tuple[bytes, bytes]) -> bytes:
    chunks = [(b"VP8X", b"\x0c\0\0\0" + b"\1\0\0" + b"\1\0\0"), (b"VP8 ", b"frame."), *more]
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


DIRTY = {
    "image/png": [png(2, 2, (b"tEXt", b"GPS\0" + SECRET)), png(2, 2, (b"eXIf", SECRET), (b"iTXt", SECRET)), png() + SECRET],
    "image/jpeg": [
        jpeg(segment(0xE1, exif(1))), jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
        jpeg(segment(0xFE, SECRET), segment(0xED, SECRET)), jpeg() + SECRET,
    ],
    "image/gif": [gif(b"!\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"), gif() + SECRET],
    "image/webp": [webp((b"EXIF", SECRET)), webp((b"XMP ", SECRET)), webp() + SECRET],
}  # fmt: skip
CLEAN = {"image/png": png(), "image/jpeg": jpeg(), "image/gif": gif()}
CASES = [(kind, content) for kind, several in DIRTY.items() for content in several]


@pytest.mark.parametrize(("kind", "content"), CASES)
def test_where_it_was_taken_goes(kind, content):
    assert SECRET in content
    clean = cleaned(content, kind)
    assert SECRET not in clean
    if kind in CLEAN:
        assert clean == CLEAN[kind]
    assert cleaned(clean, kind) == clean


def test_how_it_is_turned_stays():
    clean = cleaned(jpeg(segment(0xE1, exif(6))), "image/jpeg")
    assert SECRET not in clean
    assert b"Exif\0\0MM\0*" in clean
    assert cleaned(clean, "image/jpeg") == clean
    profile = segment(0xE2, b"ICC_PROFILE\0\1\1colours")
    assert b"colours" in cleaned(jpeg(profile), "image/jpeg")


def test_an_animation_goes_on():
    runs = b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0"
    assert runs in cleaned(gif(runs), "image/gif")


@pytest.mark.parametrize(("kind", "content"), [
    ("image/png", png(50_000, 2)), ("image/png", png(11_000, 11_000)), ("image/png", png()[:-3]), ("image/png", b""),
    ("image/png", png().replace(b"IDAT", b"IDAX")), ("image/jpeg", jpeg(width=60_000)), ("image/jpeg", jpeg(end=b"")),
    ("image/jpeg", b"\xff\xd8\xff"), ("image/gif", gif()[:-1]), ("image/gif", b"GIF89a"), ("image/webp", webp()[:-2]),
    ("image/webp", b"RIFF"),
])  # fmt: skip
def test_what_is_not_whole_is_refused(kind, content):
    with pytest.raises(Unreadable):
        cleaned(content, kind)


@given(st.sampled_from(CASES), st.data())
def test_whatever_is_broken_ends(case, data):
    kind, content = case
    at = data.draw(st.integers(0, len(content) - 1))
    broken = content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
    broken = broken[: data.draw(st.integers(0, len(broken)))]
    with contextlib.suppress(Unreadable):
        cleaned(broken, kind)
