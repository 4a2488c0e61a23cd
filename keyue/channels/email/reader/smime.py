"""The mail inside an opaque S/MIME signature (RFC 8551), taken out without a look at the signature."""

from __future__ import annotations

_SIGNED = bytes.fromhex("2a864886f70d010702")
_OBJECT_ID, _OCTETS, _END = 0x06, 0x04, b"\0\0"
DEEPEST = 12


class _NotBer(Exception):
    """These bytes are not what they would have to be."""


def signed_content(raw: bytes) -> bytes | None:
    """What is signed; None where the bytes are no signed message that brings its content. Never raises."""
    try:
        return _content(raw)
    except (_NotBer, IndexError):
        return None


def _content(raw: bytes) -> bytes | None:
    outer = _children(raw, 0, len(raw))[0]
    info = _children(raw, *outer[1:])
    if len(info) < 2 or info[0][0] != _OBJECT_ID or raw[info[0][1] : info[0][2]] != _SIGNED:
        return None
    signed = _children(raw, *_children(raw, *info[1][1:])[0][1:])
    encapsulated = _children(raw, *signed[2][1:])
    if len(encapsulated) < 2:
        return None
    found = _children(raw, *encapsulated[1][1:])
    return b"".join(_octets(raw, one, 0) for one in found)


def _octets(raw: bytes, element: tuple[int, int, int], depth: int) -> bytes:
    """The bytes of an octet string, which may be made of others."""
    tag, start, end = element
    if not tag & 0x20:
        return raw[start:end]
    if depth > DEEPEST:
        raise _NotBer
    return b"".join(_octets(raw, one, depth + 1) for one in _children(raw, start, end))


def _children(raw: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """The elements from `at` on: tag, start and end of the content."""
    found = []
    while at < end and raw[at : at + 2] != _END:
        tag, start, stop, after = _element(raw, at, 0)
        if stop > end:
            raise _NotBer
        found.append((tag, start, stop))
        at = after
    return found


def _element(raw: bytes, at: int, depth: int) -> tuple[int, int, int, int]:
    """Tag, start and end of the content, and where the next element begins."""
    tag, size = raw[at], raw[at + 1]
    start = at + 2
    if tag & 0x1F == 0x1F or depth > DEEPEST:
        raise _NotBer
    if size == 0x80:
        inner = start
        while raw[inner : inner + 2] != _END:
            inner = _element(raw, inner, depth + 1)[3]
        return tag, start, inner, inner + 2
    if size > 0x80:
        count = size & 0x7F
        if count > 8:
            raise _NotBer
        size = int.from_bytes(raw[start : start + count], "big")
        start += count
    return tag, start, start + size, start + size
