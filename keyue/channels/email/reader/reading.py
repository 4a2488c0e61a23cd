"""A raw mail as people see it. `read_mail` takes any bytes and never raises.

What is odd is read as its writer will have meant it and told in `Mail.warnings`; nothing of a mail is lost: what is not
text stands among the attachments.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.addresses import read_addresses
from keyue.channels.email.reader.automatic import is_auto_reply, is_bounce
from keyue.channels.email.reader.bodies import Body, read_body
from keyue.channels.email.reader.charsets import codec_of, decode
from keyue.channels.email.reader.dates import read_date
from keyue.channels.email.reader.folding import new_text
from keyue.channels.email.reader.headers import Headers, read_headers
from keyue.channels.email.reader.mail import Address, Attachment, Mail, sound, spelt_out
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.parameters import content_type
from keyue.channels.email.reader.parts import read_parts
from keyue.channels.email.reader.plain import lines_in_order, trimmed
from keyue.channels.email.reader.vouching import is_unverified

_MBOX = re.compile(rb">?From (?![ \t]*:)[^\r\n]{0,400}(?:\r{0,3}\n|\r)(?=[!-9;-~]{1,100}[ \t]*:|>?From )")
_EMLX = re.compile(rb"(\d{1,12})[ \t]*\r?\n(?=[!-9;-~]{1,100}:)")
_OUTLOOK = bytes.fromhex("d0cf11e0a1b11ae1")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.I)
_ID = re.compile(r"<([^<>]{1,2000})>")
_BARE_ID = re.compile(r"[^\s<>\"(),;]+@[^\s<>\"(),;]+")
_ENVELOPE = re.compile(rb"From ([^\s]{1,300})")
_ELSEWHERE = (
    "sender",
    "resent-from",
    "return-path",
    "x-sender",
    "x-env-sender",
    "x-envelope-from",
    "envelope-from",
    "reply-to",
)
_SEARCHED = 40_000
MOST_REFERENCES = 5_000


@dataclass(slots=True)
class _Raw:
    """The bytes to be read and where the header begins in them."""

    raw: bytes
    start: int = 0
    envelope: bytes = b""


def read_mail(raw: bytes) -> Mail:
    """The mail in some bytes. Never raises, whatever they are; `Mail.warnings` says what was odd."""
    odd = Oddities()
    try:
        return _read(raw, odd)
    except Exception:  # bytes that nobody has thought of: all of them as text all the same
        odd.say(oddities.DAMAGED)
        text = trimmed(lines_in_order(decode(raw, "")))
        return Mail(text=text, new_text=text, warnings=odd.all)


def _read(raw: bytes, odd: Oddities) -> Mail:
    if not raw.strip():
        odd.say(oddities.EMPTY)
        return Mail(warnings=odd.all)
    if raw.startswith(_OUTLOOK):
        odd.say(oddities.OUTLOOK_FILE)
        return Mail(attachments=(_whole(raw, "mail.msg", "application/vnd.ms-outlook"),), warnings=odd.all)
    source = _begun(raw, odd)
    headers, start = read_headers(source.raw, source.start, odd, is_top=True)
    if not headers:
        odd.say(oddities.NO_HEADER)
        start = source.start
    if b"\0" in source.raw[source.start : start]:
        odd.say(oddities.NULS)
    headers.hint = _likely_charset(headers, source.raw, start)
    root = read_parts(source.raw, headers, start, odd)
    body = read_body(root, odd, headers.hint, bool(source.envelope))
    return _mail(headers, body, source, odd)


def _mail(headers: Headers, body: Body, source: _Raw, odd: Oddities) -> Mail:
    sender = _sender(headers, source, odd)
    subject = _subject(headers, odd)
    bounce = is_bounce(headers, sender, subject, body)
    if is_unverified(headers):
        odd.say(oddities.UNVERIFIED)
    message_ids = _ids(headers, "message-id", MOST_REFERENCES)
    return Mail(
        message_id=message_ids[0] if message_ids else "",
        references=tuple(
            dict.fromkeys([*_ids(headers, "references", MOST_REFERENCES), *_ids(headers, "in-reply-to", 100)])
        ),
        sender=sender,
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        reply_to=_addresses(headers, "reply-to"),
        subject=subject,
        date=read_date(headers, odd),
        text=body.text,
        new_text=new_text(body.text, odd),
        html=body.html,
        attachments=body.attachments,
        auto_reply=is_auto_reply(headers, subject, body, bounce),
        bounce=bounce,
        warnings=odd.all,
    )


def _whole(raw: bytes, name: str, kind: str) -> Attachment:
    return Attachment(name, kind, raw, hashlib.sha256(raw).hexdigest())


def _begun(raw: bytes, odd: Oddities) -> _Raw:
    """Behind what programs put in front of a mail: marks of byte order, lines of mailboxes, empty lines."""
    if _is_utf16(raw):
        text = decode(raw, "utf-16")
        odd.say(oddities.WHOLE_FILE_UTF16)
        raw = text.removeprefix("\ufeff").encode("utf-8", "replace")
    start = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
    while raw[start : start + 1] and raw[start] in b"\r\n \t\0" and start < len(raw):
        start += 1
    envelope = b""
    while found := _MBOX.match(raw, start):
        odd.say(oddities.MBOX_LINE)
        envelope = envelope or found[0].lstrip(b">")
        start = found.end()
    counted = _EMLX.match(raw, start)
    if counted and int(counted[1]) <= len(raw) - counted.end():
        odd.say(oddities.EMLX)
        return _Raw(raw[counted.end() : counted.end() + int(counted[1])])
    return _Raw(raw, start, envelope)


def _is_utf16(raw: bytes) -> bool:
    """Whether the file was saved in UTF-16: by its mark, or by the zero bytes of ASCII, all on one side."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    even, uneven = raw[:200:2].count(0), raw[1:200:2].count(0)
    return max(even, uneven) > 60 and min(even, uneven) < 5


def _likely_charset(headers: Headers, raw: bytes, start: int) -> str:
    """The charset that the mail declares first, for what stands in it without one."""
    said = content_type(headers).get("charset")
    if codec_of(said):
        return said
    found = _CHARSET.search(raw, start, start + _SEARCHED)
    return found[1].decode("ascii") if found else ""


def _subject(headers: Headers, odd: Oddities) -> str:
    values = headers.every("subject")
    if len(values) > 1:
        odd.say(oddities.SEVERAL_SUBJECTS)
    return spelt_out(next((said for value in values if (said := headers.words(value, odd))), ""))


def _addresses(headers: Headers, name: str) -> tuple[Address, ...]:
    return tuple(_sound(one) for one in read_addresses(headers, headers.every(name)))


def _sound(one: Address) -> Address:
    return Address(sound(one.name), sound(one.address))


def _sender(headers: Headers, source: _Raw, odd: Oddities) -> Address:
    """Who wrote: From, else whoever the mail names otherwise."""
    found = _addresses(headers, "from")
    if len(found) > 1:
        odd.say(oddities.SEVERAL_SENDERS)
    named = next((one for one in found if one.address), None)
    if named is not None:
        return named
    for name in _ELSEWHERE:
        other = next((one for one in _addresses(headers, name) if one.address), None)
        if other is not None:
            odd.say(oddities.SENDER_ELSEWHERE)
            return Address(found[0].name if found else other.name, other.address)
    envelope = _ENVELOPE.match(source.envelope)
    if envelope and b"@" in envelope[1]:
        odd.say(oddities.SENDER_ELSEWHERE)
        return Address(
            found[0].name if found else "", sound(envelope[1].decode("ascii", "replace").strip("<>"))
        )
    odd.say(oddities.NO_SENDER)
    return found[0] if found else Address()


def _ids(headers: Headers, name: str, most: int) -> list[str]:
    """Ids in their angles, blanks from folding taken out; bare ones are given angles."""
    found: dict[str, None] = {}
    for value in headers.every(name):
        text = headers.unfolded(value)
        ids = ["".join(one.split()) for one in _ID.findall(text)] or _BARE_ID.findall(text)
        if not ids and name == "message-id" and text.strip():
            ids = ["".join(text.split()).strip("<>")]
        for one in ids:
            if one and len(found) < most:
                found.setdefault(f"<{sound(one)}>")
    return list(found)
