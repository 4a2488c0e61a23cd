"""Pictures without what cameras and programs write into them: where they were taken, by whom, with what. Pure Python.

The picture itself is not touched, so nothing is lost of it; what cannot be read to its end is refused.
"""

from __future__ import annotations

import struct
import zlib

PNG = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs"}
)
PNG_KEPT |= {b"acTL", b"fcTL", b"fdAT"}
WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
MOST_SIDE = 12_000
MOST_PIXELS = 60_000_000


class Unreadable(ValueError):
    """The picture is not whole, or larger than any screen."""


def cleaned(content: bytes, content_type: str) -> bytes:
    """The picture without what does not belong to it. Raises Unreadable."""
    try:
        if content_type == "image/jpeg":
            return _jpeg(content)
        if content_type == "image/png":
            return _png(content)
        if content_type == "image/webp":
            return _webp(content)
        if content_type == "image/gif":
            return _gif(content)
    except (IndexError, struct.error) as error:
        raise Unreadable(content_type) from error
    return content


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE and width * height <= MOST_PIXELS):
        raise Unreadable(f"{width}x{height}")


def _jpeg(content: bytes) -> bytes:
    """Without the APP segments but the first (JFIF), colours (ICC) and Adobe's, without comments, and without anything after
    the end. Of Exif the turn of the picture alone stays, in a segment of our own."""
    if content[:2] != b"\xff\xd8":
        raise Unreadable("jpeg")
    out, at, turn, is_sized = bytearray(b"\xff\xd8"), 2, 1, False
    while True:
        if content[at] != 0xFF:
            raise Unreadable("jpeg")
        while content[at + 1] == 0xFF:
            at += 1
        mark = content[at + 1]
        if mark == 0xDA:
            break
        size = struct.unpack(">H", content[at + 2 : at + 4])[0]
        segment = content[at : at + 2 + size]
        if size < 2 or len(segment) < 2 + size:
            raise Unreadable("jpeg")
        if mark in range(0xC0, 0xD0) and mark not in {0xC4, 0xC8, 0xCC}:
            _check_size(*reversed(struct.unpack(">HH", segment[5:9])))
            is_sized = True
        if mark == 0xE1 and segment[4:10] == b"Exif\0\0":
            turn = _turn(segment[10:])
        if (
            (mark not in range(0xE0, 0xF0) and mark != 0xFE)
            or mark in {0xE0, 0xEE}
            or segment[4:15] == b"ICC_PROFILE"
        ):
            out += segment
        at += 2 + size
    end = content.rfind(b"\xff\xd9")
    if not is_sized or end < at:
        raise Unreadable("jpeg")
    if turn != 1:
        out[2:2] = _exif_of(turn)
    return bytes(out + content[at : end + 2])


def _turn(exif: bytes) -> int:
    """How the picture is turned (1 to 8), by the first directory; 1 where it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 10:
        return 1
    start = struct.unpack(order + "I", exif[4:8])[0]
    if start + 2 > len(exif):
        return 1
    for n in range(min(struct.unpack(order + "H", exif[start : start + 2])[0], 100)):
        entry = exif[start + 2 + n * 12 : start + 14 + n * 12]
        if len(entry) == 12 and struct.unpack(order + "H", entry[:2])[0] == 0x0112:
            found = struct.unpack(order + "H", entry[8:10])[0]
            return found if 1 <= found <= 8 else 1
    return 1


def _exif_of(turn: int) -> bytes:
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, turn, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff


def _png(content: bytes) -> bytes:
    if content[:8] != PNG or content[12:16] != b"IHDR":
        raise Unreadable("png")
    _check_size(*struct.unpack(">II", content[16:24]))
    out, at = bytearray(PNG), 8
    while True:
        size = struct.unpack(">I", content[at : at + 4])[0]
        kind, end = content[at + 4 : at + 8], at + 12 + size
        if (
            len(content) < end
            or zlib.crc32(content[at + 4 : end - 4]) != struct.unpack(">I", content[end - 4 : end])[0]
        ):
            raise Unreadable("png")
        if kind in PNG_KEPT:
            out += content[at:end]
        at = end
        if kind == b"IEND":
            return bytes(out)


def _webp(content: bytes) -> bytes:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise Unreadable("webp")
    whole = 8 + struct.unpack("<I", content[4:8])[0]
    if whole > len(content):
        raise Unreadable("webp")
    out, at = bytearray(), 12
    while at < whole:
        kind, size = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])[0]
        end = at + 8 + size + size % 2
        if end > whole + 1 or len(kind) < 4:
            raise Unreadable("webp")
        chunk = bytearray(content[at:end])
        if kind == b"VP8X":
            _check_size(
                int.from_bytes(chunk[12:15], "little") + 1, int.from_bytes(chunk[15:18], "little") + 1
            )
            # it holds no Exif and no XMP any more
            chunk[8] &= ~0b1100
        if kind not in WEBP_DROPPED:
            out += chunk
        at = end
    if not out:
        raise Unreadable("webp")
    return b"RIFF" + struct.pack("<I", 4 + len(out)) + b"WEBP" + bytes(out)


def _gif(content: bytes) -> bytes:
    """Without comments and what programs add, but how often an animation runs, and without anything after the end."""
    if content[:6] not in {b"GIF87a", b"GIF89a"}:
        raise Unreadable("gif")
    _check_size(*struct.unpack("<HH", content[6:10]))
    at = 13 + (3 << ((content[10] & 7) + 1) if content[10] & 0x80 else 0)
    out = bytearray(content[:at])
    while True:
        start, kind = at, content[at]
        if kind == 0x3B:
            return bytes(out + b";")
        if kind == 0x21:
            label = content[at + 1]
            at = _blocks(content, at + 2)
            runs = label == 0xFF and content[start + 3 : start + 14] in {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
            if label == 0xF9 or runs:
                out += content[start:at]
        elif kind == 0x2C:
            flags = content[at + 9]
            at = _blocks(content, at + 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0))
            out += content[start:at]
        else:
            raise Unreadable("gif")


def _blocks(content: bytes, at: int) -> int:
    while content[at]:
        at += 1 + content[at]
    return at + 1
