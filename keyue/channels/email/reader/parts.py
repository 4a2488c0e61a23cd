"""The parts of a mail (RFC 2046): one pass over the lines that could be marks between parts, however they nest.

Nothing recurses, so that a mail of thousands of levels costs no more than one of thousands of parts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.headers import Headers, read_headers
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.parameters import Parameterised, content_type, disposition
from keyue.channels.email.reader.transfers import kind_of, undo

_MARK = re.compile(rb"(?:\A|[\r\n])(--[^\r\n]{1,500})(?=[\r\n]|\Z)")
_DECLARED = re.compile(rb"boundary(?:\*\d?\*?)?\s{0,20}=\s{0,20}\"?([^\"\r\n;]{1,300})", re.I)
_GUESSED = re.compile(
    rb"(?:\A|[\r\n])--([^\r\n]{1,200})\r{0,3}\n?(?:content-[a-z-]{1,40}|mime-version)[ \t]*:", re.I
)
_LINE_END = re.compile(rb"\r{0,3}\n|\r")
MOST_PARTS = 10_000
MOST_MARKS = 50_000
MOST_GUESSES = 20


@dataclass(slots=True)
class Part:
    """A part with its header and where its body lies; `parts` of a multipart, `outside` what stands around those."""

    headers: Headers
    kind: Parameterised
    place: Parameterised
    start: int
    end: int = -1
    parts: list[Part] = field(default_factory=list)
    outside: list[tuple[int, int]] = field(default_factory=list)
    source: bytes = b""
    default: str = "text/plain"
    depth: int = 0

    @property
    def type(self) -> str:
        """The declared type, or what is taken where none is declared."""
        return self.kind.value or self.default

    @property
    def main(self) -> str:
        """The type up to its slash."""
        return self.type.partition("/")[0]

    @property
    def body(self) -> bytes:
        """The bytes as they were sent."""
        return self.source[self.start : self.end]

    @property
    def transfer(self) -> str:
        """The declared transfer encoding."""
        return self.headers.plain("content-transfer-encoding")

    @property
    def cid(self) -> str:
        """The Content-ID without its angles."""
        return self.headers.text("content-id").strip("<> ")

    def content(self, odd: Oddities, is_text: bool = False) -> bytes:
        """The body behind its transfer encoding. `is_text`: it is read, so that it may be encoded unsaid."""
        return undo(self.body, self.transfer, is_text, odd)


@dataclass(slots=True)
class _Open:
    """A multipart whose parts are still coming; `region` is where what stands outside its parts begins."""

    part: Part
    boundary: bytes
    region: int
    closed: bool = False


class _Marks:
    """The lines that could be marks between parts: where each stands, and whether one is still to come."""

    def __init__(self, raw: bytes, start: int) -> None:
        declared = {found[1].strip() for found in _DECLARED.finditer(raw)}
        wanted = {b"--" + one for one in declared} | {
            b"--" + one.split()[0] for one in declared if one.split()
        }
        self.lines: list[tuple[int, bytes]] = []
        self._at: dict[bytes, list[int]] = {}
        # base64 has no such line, so that this is quick where a mail is large
        for found in _MARK.finditer(raw, max(0, start - 1)):
            line = found[1].rstrip()
            if line in wanted or (line.endswith(b"--") and line[:-2] in wanted):
                self.add(found.start(1), line)
                if len(self.lines) >= MOST_MARKS:
                    break

    def add(self, at: int, line: bytes) -> None:
        """One more mark, behind all others."""
        self.lines.append((at, line))
        self._at.setdefault(line, []).append(at)

    def is_ahead(self, boundary: bytes, at: int) -> bool:
        """Whether a part with this boundary begins at `at` or behind."""
        places = self._at.get(b"--" + boundary, [])
        return bisect_right(places, at - 1) < len(places)

    def learn(self, raw: bytes, boundary: bytes) -> None:
        """Take a boundary in that nothing declared."""
        known = set(self._at)
        pattern = re.compile(rb"(?:\A|[\r\n])(--" + re.escape(boundary) + rb"(?:--)?)[ \t]*(?=[\r\n]|\Z)")
        found = [(one.start(1), one[1]) for one in pattern.finditer(raw) if one[1] not in known]
        for at, line in found:
            self._at.setdefault(line, []).append(at)
        self.lines = sorted({*self.lines, *found})


class _Builder:
    """Builds the tree while it goes from mark to mark."""

    def __init__(self, raw: bytes, start: int, odd: Oddities) -> None:
        self.raw, self.odd = raw, odd
        self.marks = _Marks(raw, start)
        self.open: list[_Open] = []
        self.by_boundary: dict[bytes, list[int]] = {}
        self.leaf: Part | None = None
        self.count = self.guesses = 0

    def build(self, headers: Headers, start: int) -> Part:
        root = self.part(headers, start, "text/plain", 0)
        self.enter(root)
        index = 0
        at = start
        while index < len(self.marks.lines):
            place, line = self.marks.lines[index]
            index += 1
            if place < at:
                continue
            taken = self.meet(place, line)
            if taken is None:
                continue
            known = len(self.marks.lines)
            at = taken
            if self.count >= MOST_PARTS:
                self.odd.say(oddities.TOO_MANY_PARTS)
                break
            if len(self.marks.lines) != known:
                index = bisect_right(self.marks.lines, (at, b""))
        self.close_down(0, len(self.raw))
        return root

    def part(self, headers: Headers, start: int, default: str, depth: int) -> Part:
        self.count += 1
        found = Part(headers, content_type(headers), disposition(headers), start, source=self.raw)
        found.default, found.depth = default, depth
        return found

    def enter(self, part: Part) -> None:
        """Make a part the one that grows: a multipart with its boundary, or a leaf."""
        boundary = self.boundary_of(part) if part.main == "multipart" else b""
        if not boundary:
            self.leaf = part
            return
        self.leaf = None
        self.by_boundary.setdefault(boundary, []).append(len(self.open))
        self.open.append(_Open(part, boundary, part.start))

    def boundary_of(self, part: Part) -> bytes:
        """The boundary that is really there; empty where the parts cannot be told apart."""
        said = part.kind.get("boundary")
        raw = said.encode("utf-8", "surrogateescape")
        tries = [
            raw.rstrip(),
            raw.strip(),
            raw.split()[0] if raw.split() else b"",
            said.encode("gb18030", "replace"),
        ]
        for one in tries:
            if one and self.marks.is_ahead(one, part.start):
                return one
        if self.guesses < MOST_GUESSES:
            self.guesses += 1
            found = _GUESSED.search(self.raw, max(0, part.start - 1))
            if found and found[1].rstrip() not in self.by_boundary:
                self.odd.say(oddities.NO_BOUNDARY)
                boundary = found[1].rstrip()
                self.marks.learn(self.raw, boundary)
                return boundary
        return b""

    def meet(self, place: int, line: bytes) -> int | None:
        """A mark: end what it ends and begin what it begins. Returns where to go on; None if it is nobody's."""
        ends = False
        levels = self.by_boundary.get(line[2:])
        if not levels and line.endswith(b"--"):
            levels, ends = self.by_boundary.get(line[2:-2]), True
        if not levels:
            return None
        level = levels[-1]
        self.close_down(level + 1, place)
        owner = self.open[level]
        self.end_region(owner, place)
        after = _LINE_END.search(self.raw, place + len(line))
        start = after.end() if after else len(self.raw)
        if ends:
            owner.closed, owner.region = True, start
            return start
        owner.closed = False
        default = "message/rfc822" if owner.part.type == "multipart/digest" else "text/plain"
        headers, body = read_headers(self.raw, start, self.odd, self.is_mark)
        headers.hint = owner.part.headers.hint
        part = self.part(headers, body, default, owner.part.depth + 1)
        owner.part.parts.append(part)
        owner.region = -1
        self.enter(part)
        return body

    def is_mark(self, line: bytes) -> bool:
        """Whether a line begins or ends a part of an open multipart."""
        return bool(self.by_boundary.get(line[2:]) or self.by_boundary.get(line[2:].removesuffix(b"--")))

    def end_region(self, owner: _Open, place: int) -> None:
        """What stood before the first part or behind the last belongs to no part."""
        end = _before_line_end(self.raw, place)
        if owner.region >= 0 and end > owner.region:
            owner.part.outside.append((owner.region, end))
        owner.region = -1

    def close_down(self, level: int, place: int) -> None:
        """End the leaf and every multipart from `level` on."""
        if self.leaf is not None:
            self.leaf.end = (
                place if place == len(self.raw) else max(self.leaf.start, _before_line_end(self.raw, place))
            )
            self.leaf = None
        while len(self.open) > level:
            done = self.open.pop()
            if not done.closed and place == len(self.raw):
                self.odd.say(oddities.NOT_CLOSED)
            self.end_region(done, place)
            done.part.end = place
            self.by_boundary[done.boundary].pop()


def _before_line_end(raw: bytes, place: int) -> int:
    """The end of what stands before a mark: the line end in front of it belongs to the mark."""
    if raw[place - 1 : place] == b"\n":
        place -= 1
        while raw[place - 1 : place] == b"\r" and place:
            place -= 1
    elif raw[place - 1 : place] == b"\r":
        place -= 1
    return place


def read_parts(raw: bytes, headers: Headers, start: int, odd: Oddities) -> Part:
    """The tree of parts of a mail whose body begins at `start`."""
    root = _Builder(raw, start, odd).build(headers, start)
    if root.main == "multipart" and not root.parts:
        return _behind_encoding(root, odd)
    return root


def _behind_encoding(root: Part, odd: Oddities) -> Part:
    """A multipart that is encoded as a whole, which no standard allows and some programs do."""
    if kind_of(root.transfer) in {"base64", "qp"}:
        decoded = undo(root.body, root.transfer, False, Oddities())
        inner = _Builder(decoded, 0, odd).build(root.headers, 0)
        if inner.parts:
            return inner
    odd.say(oddities.NO_PARTS)
    return root


def leaves(root: Part) -> Iterator[Part]:
    """All parts that have no parts, in their order."""
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.parts:
            waiting.extend(reversed(part.parts))
        else:
            yield part
