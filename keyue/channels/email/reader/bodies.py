"""From the parts of a mail its text, its HTML and its files: which part is what people read, and which is attached."""

from __future__ import annotations

import hashlib
import html as entities
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.charsets import decode
from keyue.channels.email.reader.headers import read_headers
from keyue.channels.email.reader.hiding import hides_words
from keyue.channels.email.reader.mail import Attachment, sound
from keyue.channels.email.reader.markup import LONGEST_SHOWN, clean, has_tags, is_html, text_of
from keyue.channels.email.reader.naming import declared_name, file_name, made_name
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.parts import Part, leaves, read_parts
from keyue.channels.email.reader.plain import (
    calendar_text,
    lines_in_order,
    trimmed,
    unenriched,
    unescaped_from,
    unflowed,
)
from keyue.channels.email.reader.rtf import read_rtf
from keyue.channels.email.reader.smime import signed_content
from keyue.channels.email.reader.tnef import Tnef, read_tnef
from keyue.channels.email.reader.transfers import embedded_files

_READ = {
    "plain",
    "html",
    "enriched",
    "richtext",
    "markdown",
    "x-markdown",
    "x-plain",
    "x-html",
    "",
    "xhtml",
    "unknown",
    "ascii",
}
_META = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I
)
_CID = re.compile(r"cid:([^\"'\s<>)]{1,300})", re.I)
_STUB_OF_PARTS = re.compile(
    r"mime|multi-?\s?part|多部分|多个部分|多重|分段|mehrteilig|attachment\(s\)|preamble|epilogue", re.I
)
_STUB_OF_HTML = re.compile(
    r"html|不支持|无法(?:正常)?显示|view (?:this|the) (?:e-?mail|message)|text version|浏览器(?:中|里)?(?:查看|打开)",
    re.I,
)
_NO_FILE_NAME = re.compile(r"[\\/:*?\"<>|]+")
_WORD = re.compile(r"\w")
_NOT_WORD = re.compile(r"[\W_]+")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,100}")
DEEPEST = 60
MOST_FILES = 20_000
SHORTEST_SHARED = 0.5
MOST_LOCATED = 200
STUB_LENGTH = 400
STUB_OUTSIDE = 120


@dataclass(slots=True)
class Block:
    """One piece of the body, as plain text, as HTML or as both."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class _File:
    name: str
    type: str
    content: bytes
    place: str = ""
    cid: str = ""
    location: str = ""
    is_related: bool = False


@dataclass(slots=True)
class Body:
    """What a mail says and brings. `report` has the types of its parts and the text of machines' reports."""

    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    types: tuple[str, ...] = ()
    report: str = ""


@dataclass(slots=True)
class _Gatherer:
    odd: Oddities
    hint: str
    is_mbox: bool
    files: list[_File] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    spare: list[Block] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    has_text: bool = False

    # --- structure ---

    def blocks(self, part: Part, depth: int = 0, related: bool = False) -> list[Block]:
        """The pieces of text in a part; its files are put aside."""
        if not part.parts:
            self.types.append(part.type)
            return self.leaf_or_raw(part, depth, related)
        self.types.append(part.type)
        if depth >= DEEPEST:
            self.odd.say(oddities.TOO_DEEP)
            return [block for leaf in leaves(part) for block in self.leaf_or_raw(leaf, depth, related)]
        is_related = part.type == "multipart/related"
        found = [
            self.blocks(one, depth + 1, is_related and place > 0) for place, one in enumerate(part.parts)
        ]
        if part.type == "multipart/alternative":
            blocks = _alternative([block for some in found for block in some])
        else:
            blocks = _twins([block for some in found for block in some])
        if part.type == "multipart/encrypted":
            self.odd.say(oddities.ENCRYPTED)
        before, after = self.outside(part)
        return before + blocks + after

    def outside(self, part: Part) -> tuple[list[Block], list[Block]]:
        """Text before the first part and behind the last, but for what tells old readers about MIME."""
        before, after = list[Block](), list[Block]()
        for start, end in part.outside:
            raw = part.source[start:end]
            is_preamble = start == part.start
            if not raw.strip(b"\r\n\t -.\0"):
                continue
            text = trimmed(lines_in_order(decode(raw, "", None, self.hint)))
            is_stub = _STUB_OF_PARTS.search(text[:2000]) and (is_preamble or len(text) < STUB_OUTSIDE)
            if is_stub or not _WORD.search(text):
                continue
            self.odd.say(oddities.OUTSIDE_PARTS)
            (before if is_preamble else after).append(Block(text))
        return before, after

    def leaf_or_raw(self, part: Part, depth: int, related: bool) -> list[Block]:
        """A part without parts; where reading it fails, it is kept as it came."""
        try:
            return self.leaf(part, depth, related)
        except Exception:  # a part that nobody has thought of: a file all the same
            self.odd.say(oddities.DAMAGED)
            self.keep(part, part.body, related)
            return []

    def leaf(self, part: Part, depth: int, related: bool) -> list[Block]:
        name = declared_name(part.headers, part.kind, part.place)
        if part.type in {"application/ms-tnef", "application/vnd.ms-tnef"} or name.lower() == "winmail.dat":
            return self.tnef(part, related)
        if part.type in {"application/pkcs7-mime", "application/x-pkcs7-mime"} and depth < DEEPEST:
            return self.signed(part, depth, related)
        if part.main == "message":
            return self.message(part, name, related)
        if self.is_read(part, name, related):
            return self.text(part)
        content = part.content(self.odd)
        if not content.strip() and not name and part.main == "text":
            return []
        self.keep(part, content, related)
        self.note(part, name, content)
        return []

    def is_read(self, part: Part, name: str, related: bool) -> bool:
        """Whether a part is a piece of the body, not a file."""
        main, _slash, kind = part.type.partition("/")
        if part.place.value == "attachment":
            return False
        if main == "multipart":
            return True
        if part.type == "application/xhtml+xml":
            return not name
        return (
            main == "text"
            and kind in _READ
            and (not name or (part.depth == 0 and bool(part.kind.value)))
            and not (related and kind != "html")
        )

    def note(self, part: Part, name: str, content: bytes) -> None:
        """Remember what may have to stand in for a body."""
        charset = part.kind.get("charset")
        if part.type in {"text/calendar", "application/ics"}:
            self.calendars.append(decode(content, charset or "utf-8"))
        elif part.type in {"text/rtf", "application/rtf"} and not name:
            said, is_wrapped = read_rtf(content)
            self.spare.append(Block(html=said) if is_wrapped else Block(trimmed(lines_in_order(said))))
        elif part.type in {"text/plain", "text/html"} and part.place.value != "attachment":
            self.spare += self.text(part)

    # --- leaves ---

    def text(self, part: Part) -> list[Block]:
        """A piece of the body, as what it is rather than what it says it is."""
        self.has_text = True
        raw = part.content(self.odd, is_text=True)
        charset = part.kind.get("charset")
        kind = part.type.partition("/")[2]
        if "html" in kind:
            meta = _META.search(raw[:4000])
            if meta and (not charset or charset.lower() in {"us-ascii", "ascii"}):
                charset = meta[1].decode("ascii")
            text = lines_in_order(decode(raw, charset, self.odd, self.hint))
            if has_tags(text) or "&" in text:
                return [Block(html=text)] if text.strip() else []
            if text.strip():
                self.odd.say(oddities.PLAIN_DECLARED_HTML)
            return [Block(trimmed(text))] if text.strip() else []
        raw, embedded = embedded_files(raw)
        for one in embedded:
            self.odd.say(oddities.UU_IN_TEXT)
            name = file_name(decode(one.name, "", None, self.hint))
            self.files.append(_File(name, "application/octet-stream", one.content, "attachment"))
        text = lines_in_order(decode(raw, charset, self.odd, self.hint))
        if self.is_mbox:
            text = unescaped_from(text)
        if kind in {"enriched", "richtext"}:
            text = unenriched(text)
        elif part.kind.get("format").lower() == "flowed":
            text = unflowed(text, part.kind.get("delsp").lower() == "yes")
        elif kind not in {"markdown", "x-markdown"} and is_html(text):
            self.odd.say(oddities.HTML_DECLARED_PLAIN)
            return [Block(html=text)]
        return [Block(trimmed(text))] if text.strip() else []

    def message(self, part: Part, name: str, related: bool) -> list[Block]:
        """A mail within the mail, or a machine's report about one."""
        content = part.content(self.odd)
        if part.type == "message/partial":
            self.odd.say(oddities.PARTIAL)
            self.keep(part, content, related)
            return [Block(trimmed(lines_in_order(decode(content, "", self.odd, self.hint))))]
        if part.type in {
            "message/delivery-status",
            "message/disposition-notification",
            "message/feedback-report",
        }:
            self.reports.append(decode(content[:20_000], ""))
        self.keep(part, content, related)
        if not name and part.type in {"message/rfc822", "message/global"}:
            inner, _start = read_headers(content[:100_000], 0, Oddities())
            subject = file_name(_NO_FILE_NAME.sub("_", inner.text("subject")[:80]))
            if subject:
                self.files[-1].name = subject + ".eml"
        return []

    def signed(self, part: Part, depth: int, related: bool) -> list[Block]:
        """What an opaque signature holds, where that is the mail itself; anything else of S/MIME is a file."""
        content = part.content(self.odd)
        self.keep(part, content, related)
        inner = None if self.has_text else signed_content(content)
        if inner is None:
            if not self.has_text:
                self.odd.say(oddities.ENCRYPTED)
            return []
        self.odd.say(oddities.OPAQUE_SIGNED)
        headers, start = read_headers(inner, 0, Oddities())
        headers.hint = part.headers.hint
        return self.blocks(read_parts(inner, headers, start, self.odd), depth + 1)

    def tnef(self, part: Part, related: bool) -> list[Block]:
        """What Outlook packed up: its files stand among the others, its text where there is no other."""
        content = part.content(self.odd)
        found = read_tnef(content)
        if found is None or found.is_damaged or _is_bare(found):
            self.keep(part, content, related)
        if found is None:
            return []
        self.odd.say(oddities.TNEF_DAMAGED if found.is_damaged else oddities.TNEF)
        for file in found.files:
            self.files.append(
                _File(
                    file_name(file.name), file.type or "application/octet-stream", file.content, "", file.cid
                )
            )
        if found.text.strip() or found.html.strip():
            self.spare.append(Block(trimmed(lines_in_order(found.text)), lines_in_order(found.html)))
        return []

    def keep(self, part: Part, content: bytes, related: bool) -> None:
        """Put a file aside."""
        name = declared_name(part.headers, part.kind, part.place)
        kind = part.type if _TYPE.fullmatch(part.type) else "application/octet-stream"
        location = part.headers.text("content-location")
        self.files.append(_File(name, kind, content, part.place.value, part.cid, location, related))

    # --- all of it ---

    def body(self, blocks: list[Block]) -> Body:
        if not any(_has_words(block) for block in blocks):
            blocks = [*blocks, *self.spare] if any(map(_has_words, self.spare)) else blocks
        texts = [self.text_of(block) for block in blocks]
        text = trimmed("\n".join(one for one in texts if one.strip()))
        if not text.strip() and self.calendars:
            text = trimmed(lines_in_order("\n".join(map(calendar_text, map(lines_in_order, self.calendars)))))
            if text:
                self.odd.say(oddities.NO_BODY_BUT_CALENDAR)
        shown = self.html_of(blocks) if any(block.html for block in blocks) else ""
        cids = {unquote(cid) for block in blocks for cid in _CID.findall(block.html)}
        return Body(text, shown, self.attachments(cids, blocks), tuple(self.types), "\n".join(self.reports))

    def text_of(self, block: Block) -> str:
        """The text of a piece: the plain one unless it only says to look at the other."""
        if not block.html:
            return block.plain
        if not block.plain.strip():
            return trimmed(lines_in_order(text_of(block.html)))
        lost = block.plain.count("?") * 4 > len(_NOT_WORD.sub("", block.plain)) + block.plain.count("?")
        is_stub = len(block.plain) < STUB_LENGTH and _STUB_OF_HTML.search(block.plain)
        if lost or is_stub:
            seen = trimmed(lines_in_order(text_of(block.html)))
            if lost and seen.count("?") * 2 < block.plain.count("?"):
                self.odd.say(oddities.PLAIN_IS_LOST)
                return seen
            plain = _NOT_WORD.sub("", block.plain)
            if is_stub and plain not in (words := _NOT_WORD.sub("", seen)) and len(words) > 0:
                self.odd.say(oddities.PLAIN_IS_STUB)
                return seen
        return block.plain

    def html_of(self, blocks: list[Block]) -> str:
        """All pieces as HTML that is safe to show."""
        if any(hides_words(block.html) for block in blocks):
            self.odd.say(oddities.HIDDEN_WORDS)
        if sum(len(block.html) for block in blocks) > LONGEST_SHOWN:
            self.odd.say(oddities.HTML_TOO_LONG)
            return ""
        pieces = []
        for block in blocks:
            if block.html:
                shown = clean(block.html)
                if not shown and block.html.count("&") > LONGEST_SHOWN // 100:
                    self.odd.say(oddities.HTML_TOO_LONG)
                pieces.append(shown)
            elif block.plain.strip():
                pieces.append(f"<pre>{entities.escape(block.plain, quote=False)}</pre>")
        return sound("\n".join(pieces))

    def attachments(self, cids: set[str], blocks: list[Block]) -> tuple[Attachment, ...]:
        made = []
        for number, file in enumerate(self.files[:MOST_FILES], start=1):
            referred = bool(file.cid) and file.cid in cids
            if file.location and not referred and number <= MOST_LOCATED:
                referred = any(file.location in block.html for block in blocks)
            inline = referred or file.place == "inline"
            if file.is_related and file.place != "attachment" and file.cid and file.type.startswith("image/"):
                inline = True
            name = sound(file.name) or made_name(file.type, number)
            digest = hashlib.sha256(file.content).hexdigest()
            made.append(Attachment(name, sound(file.type), file.content, digest, inline, sound(file.cid)))
        return tuple(made)


def _is_bare(found: Tnef) -> bool:
    return not found.files and not found.text.strip() and not found.html.strip()


def _has_words(block: Block) -> bool:
    if block.plain.strip():
        return True
    return bool(block.html.strip()) and bool(text_of(block.html[:200_000]).strip())


def _alternative(blocks: list[Block]) -> list[Block]:
    """Of several forms of one text one piece: what is said in several parts of a kind is not lost."""
    plain = list(dict.fromkeys(block.plain for block in blocks if block.plain.strip()))
    shown = list(dict.fromkeys(block.html for block in blocks if block.html.strip()))
    return [Block("\n".join(plain), "\n".join(shown))] if plain or shown else []


def _twins(blocks: list[Block]) -> list[Block]:
    """Plain text and HTML of the same words that stand side by side though they are alternatives."""
    out: list[Block] = []
    for block in blocks:
        before = out[-1] if out else None
        if (
            before
            and before.plain
            and not before.html
            and block.html
            and not block.plain
            and _say_the_same(before, block)
        ):
            before.html = block.html
        else:
            out.append(block)
    return out


def _say_the_same(plain: Block, shown: Block) -> bool:
    if len(shown.html) > LONGEST_SHOWN:
        return False
    one, other = _NOT_WORD.sub("", plain.plain), _NOT_WORD.sub("", text_of(shown.html))
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    return short in long and len(short) > SHORTEST_SHARED * len(long)


def read_body(root: Part, odd: Oddities, hint: str, is_mbox: bool) -> Body:
    """The text, the HTML and the files of a mail by its parts."""
    gatherer = _Gatherer(odd, hint, is_mbox)
    return gatherer.body(gatherer.blocks(root))
