"""The file of an evidence pack: a zip in which every byte is fixed by the manifest and the signature. Pure Python.

A zip of the usual kind has bytes that nobody checks: times, flags, extra fields, comments, gaps, what follows the end.
Here the whole frame (the header before each entry, the directory and its end) follows from the entries' names, sizes
and checksums, so it is made again and compared. Each entry's compressed bytes have a digest in the manifest, since one
content can be compressed in many ways; the manifest stands uncompressed at the beginning, and its signature after it.
What is not compared is therefore signed, and what is not signed is compared.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence, sentence

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
STORED, DEFLATED = 0, 8
CHUNK = 1 << 16
SIGNATURE_BYTES = 64
MOST_MANIFEST = 16 << 20
MOST_BYTES = 2 << 30
"""A pack is no larger than this: 2 GiB, so that no entry needs the long form of zip."""
MOST_UNPACKED = 4 << 30
MOST_RATIO = 250
"""Lines of JSON with their hashes shrink to a fifth; what shrinks to less than this was made to burst."""

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20
_DATE = 0x0021
"""1 January 1980, the first day that a zip can name."""


class BadPack(Invalid):
    """Something that is no evidence pack, or no longer whole; the sentence says what."""

    def __init__(self, said: Sentence) -> None:
        super().__init__(said, code="bad_pack")
        self.said = said


@dataclass(frozen=True, slots=True)
class Entry:
    """A file inside: its sizes before and after compression, in bytes, and its CRC-32."""

    name: str
    method: int
    crc: int
    packed_size: int
    size: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A file as the manifest lists it; digests are SHA-256, of the content and of the compressed bytes."""

    name: str
    size: int
    sha256: str
    packed_size: int
    packed_sha256: str


def local_header(entry: Entry) -> bytes:
    """What stands before an entry's bytes."""
    name = entry.name.encode("ascii")
    return (
        _LOCAL.pack(
            b"PK\3\4", _VERSION, 0, entry.method, 0, _DATE,
            entry.crc, entry.packed_size, entry.size, len(name), 0,
        )
        + name
    )  # fmt: skip


def directory(entries: Sequence[Entry]) -> bytes:
    """What stands after the last entry: the directory and its end."""
    listed, offset = b"", 0
    for entry in entries:
        name = entry.name.encode("ascii")
        listed += _CENTRAL.pack(
            b"PK\1\2", _VERSION, _VERSION, 0, entry.method, 0, _DATE, entry.crc,
            entry.packed_size, entry.size, len(name), 0, 0, 0, 0, 0, offset,
        ) + name  # fmt: skip
        offset += len(local_header(entry)) + entry.packed_size
    n = len(entries)
    return listed + _END.pack(b"PK\5\6", 0, 0, n, n, len(listed), offset, 0)


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────


def compress(source: Path, target: Path, name: str) -> tuple[Entry, Listed]:
    """Compress a file for the pack, in flat memory."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    whole, packed = sha256(), sha256()
    crc = size = packed_size = 0
    with source.open("rb") as given, target.open("wb") as out:

        def put(some: bytes) -> None:
            nonlocal packed_size
            out.write(some)
            packed.update(some)
            packed_size += len(some)

        while chunk := given.read(CHUNK):
            whole.update(chunk)
            crc, size = crc32(chunk, crc), size + len(chunk)
            put(packer.compress(chunk))
        put(packer.flush())
    entry = Entry(name, DEFLATED, crc, packed_size, size)
    return entry, Listed(name, size, whole.hexdigest(), packed_size, packed.hexdigest())


def assemble(target: Path, manifest: bytes, signature: bytes, parts: Sequence[tuple[Entry, Path]]) -> None:
    """Write the pack: the manifest, its signature, and the compressed files in their order."""
    first = [(_stored(MANIFEST, manifest), manifest), (_stored(SIGNATURE, signature), signature)]
    with target.open("wb") as out:
        for entry, content in first:
            out.write(local_header(entry) + content)
        for entry, path in parts:
            out.write(local_header(entry))
            with path.open("rb") as packed:
                while chunk := packed.read(CHUNK):
                    out.write(chunk)
        out.write(directory([*(entry for entry, _content in first), *(entry for entry, _path in parts)]))


def _stored(name: str, content: bytes) -> Entry:
    return Entry(name, STORED, crc32(content), len(content), len(content))


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Front:
    """The beginning of a pack: manifest and signature as their exact bytes."""

    manifest: bytes
    signature: bytes

    @property
    def entries(self) -> tuple[Entry, Entry]:
        return _stored(MANIFEST, self.manifest), _stored(SIGNATURE, self.signature)

    @property
    def length(self) -> int:
        """Where the first file begins."""
        return sum(len(local_header(entry)) + entry.size for entry in self.entries)


def read_front(file: BinaryIO) -> Front:
    """Manifest and signature, their headers compared. Raises BadPack."""
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise BadPack(sentence("文件有 %(n)d 字节，证据包不会超过 2 GiB", n=size))
    file.seek(0)
    if file.read(4) != b"PK\3\4":
        raise BadPack(sentence("这不是证据包：开头不是 zip 文件"))
    file.seek(0)
    manifest = _read_stored(file, MANIFEST, MOST_MANIFEST)
    signature = _read_stored(file, SIGNATURE, SIGNATURE_BYTES)
    if len(signature) != SIGNATURE_BYTES:
        raise BadPack(sentence("签名不是 %(n)d 字节", n=SIGNATURE_BYTES))
    return Front(manifest, signature)


def _read_stored(file: BinaryIO, name: str, most: int) -> bytes:
    header = file.read(_LOCAL.size + len(name))
    if len(header) < _LOCAL.size + len(name):
        raise BadPack(sentence("文件不完整：到 %(name)s 处就断了", name=name))
    size = _LOCAL.unpack(header[: _LOCAL.size])[8]
    if header[_LOCAL.size :] != name.encode() or size > most:
        raise BadPack(sentence("这不是证据包：%(name)s 不在应在的位置，或大小不对", name=name))
    content = file.read(size)
    if len(content) < size:
        raise BadPack(sentence("文件不完整：到 %(name)s 处就断了", name=name))
    if header != local_header(_stored(name, content)):
        raise BadPack(sentence("%(name)s 被改动：内容与文件头的校验不符", name=name))
    return content


class Files:
    """The files behind the front. `check` proves the frame and every digest; `lines` reads what was proven."""

    def __init__(self, file: BinaryIO, front: Front, listed: Sequence[Listed]) -> None:
        self.file, self.front, self.listed = file, front, {one.name: one for one in listed}
        self.places: dict[str, int] = {}
        offset = front.length
        for one in listed:
            offset += _LOCAL.size + len(one.name)
            self.places[one.name] = offset
            offset += one.packed_size
        self.end = offset

    def check(self) -> Iterator[Sentence]:
        """A sentence for each thing that is not as the manifest says. Raises BadPack for what would burst memory."""
        unpacked = 0
        for one in self.listed.values():
            unpacked += one.size
            if one.size > one.packed_size * MOST_RATIO + CHUNK or unpacked > MOST_UNPACKED:
                raise BadPack(sentence("%(name)s 解压后太大，不再读下去", name=one.name))
        entries, said = list(self.front.entries), False
        for one in self.listed.values():
            place = self.places[one.name]
            self.file.seek(place - _LOCAL.size - len(one.name))
            header = self.file.read(_LOCAL.size + len(one.name))
            crc, fault = self._check_content(one)
            if fault is not None:
                said = True
                yield fault
                # of what was changed nobody knows what its header should be
                crc = _LOCAL.unpack(header[: _LOCAL.size])[6] if len(header) >= _LOCAL.size else 0
            entry = Entry(one.name, DEFLATED, crc, one.packed_size, one.size)
            entries.append(entry)
            if header != local_header(entry):
                said = True
                yield sentence("%(name)s 的文件头被改动，或位置不对", name=one.name)
        self.file.seek(self.end)
        expected = directory(entries)
        rest = self.file.read(len(expected) + 1)
        if rest != expected and not (said and len(rest) == len(expected)):
            yield (
                sentence("文件不完整：末尾的目录断了")
                if len(rest) < len(expected)
                else sentence("文件末尾的目录被改动，或后面多了内容")
            )

    def _check_content(self, one: Listed) -> tuple[int, Sentence | None]:
        packed, whole = sha256(), sha256()
        crc = size = 0
        try:
            for some in self._inflate(one, packed.update):
                whole.update(some)
                crc, size = crc32(some, crc), size + len(some)
        except (zlib.error, ValueError, EOFError):
            return 0, sentence("%(name)s 被改动或不完整：解压不开", name=one.name)
        is_good = (size, whole.hexdigest(), packed.hexdigest()) == (one.size, one.sha256, one.packed_sha256)
        return crc, None if is_good else sentence("%(name)s 被改动：与清单里的校验值不符", name=one.name)

    def _inflate(self, one: Listed, hear: Callable[[bytes], object] | None = None) -> Iterator[bytes]:
        """The content of a file in pieces, each told to `hear` as it was packed; no more than the manifest says.

        Raises ValueError, EOFError, zlib.error.
        """
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        place, left, size = self.places[one.name], one.packed_size, 0
        while left:
            self.file.seek(place)
            chunk = self.file.read(min(CHUNK, left))
            if not chunk:
                raise EOFError
            place, left = place + len(chunk), left - len(chunk)
            if hear is not None:
                hear(chunk)
            while True:
                some = unpacker.decompress(chunk, CHUNK)
                chunk = unpacker.unconsumed_tail
                size += len(some)
                if size > one.size or unpacker.unused_data:
                    raise ValueError(one.name)
                if some:
                    yield some
                # a full piece may leave more of it inside, although all was given
                if not chunk and len(some) < CHUNK:
                    break
            if unpacker.eof and left:
                raise ValueError(one.name)
        if one.packed_size and not unpacker.eof:
            raise EOFError

    def content(self, name: str, most: int) -> bytes:
        """A small file whole. Raises BadPack where it has more bytes than `most`."""
        one = self.listed[name]
        if one.size > most:
            raise BadPack(sentence("%(name)s 太大", name=name))
        return b"".join(self._inflate(one))

    def lines(self, name: str, longest: int) -> Iterator[bytes]:
        """The lines of a file, in flat memory; two files can be read by turns. Raises BadPack for a longer line."""
        rest = b""
        for some in self._inflate(self.listed[name]):
            *whole, rest = (rest + some).split(b"\n")
            yield from whole
            if len(rest) > longest:
                raise BadPack(sentence("%(name)s 里有一行太长", name=name))
        if rest:
            yield rest
