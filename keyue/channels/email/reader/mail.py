"""What is known of a mail once it is read. Every text in it can be written as UTF-8 and holds no NUL."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keyue.kernel.texts import Sentence

_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBERED = re.compile(r"&#([0-9]{4,7}|[xX][0-9a-fA-F]{3,6});")
FIRST_CHINESE = 0x2E80
"""Radicals, and all that stands behind them: smaller numbers are signs of other scripts, which people write themselves."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def sound(text: str) -> str:
    """`text` without what no database and no JSON can hold: halves of surrogate pairs and control characters.

    Pairs written as two halves become the character they mean; lone halves become �. Tab and line feed stay.
    """
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROL.sub("", text)


def spelt_out(text: str) -> str:
    """`text` with the numbers by which web forms write Chinese (`&#27700;`) as the characters that they mean."""
    return _NUMBERED.sub(_character, text) if "&#" in text else text


def _character(found: re.Match[str]) -> str:
    said = found[1]
    number = int(said[1:], 16) if said[0] in "xX" else int(said)
    return chr(number) if FIRST_CHINESE <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else found[0]


@dataclass(frozen=True, slots=True)
class Address:
    """Who; both may be empty. The address is as written, never checked, and may lack its domain."""

    name: str = ""
    address: str = ""

    def as_dict(self) -> dict[str, str]:
        """As plain JSON."""
        return {"name": self.name, "address": self.address}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail. `inline`: the body shows it itself. `size` in bytes, `sha256` in hex."""

    name: str
    type: str
    content: bytes = field(repr=False)
    sha256: str
    inline: bool = False
    cid: str = ""

    @property
    def size(self) -> int:
        """Bytes of the decoded content."""
        return len(self.content)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON, without the content."""
        return {
            "name": self.name,
            "type": self.type,
            "size": self.size,
            "sha256": self.sha256,
            "inline": self.inline,
        }


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as people see it.

    `message_id` and `references` keep their angle brackets, as RFC 5322 and Python's email package give them;
    `references` holds those of References, then of In-Reply-To, each once. What is missing is an empty text, an empty
    tuple, and None for `date`. `text` is everything readable; `new_text` what this mail adds to the conversation.
    """

    message_id: str = ""
    references: tuple[str, ...] = ()
    sender: Address = Address()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    new_text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    auto_reply: bool = False
    bounce: bool = False
    warnings: tuple[Sentence, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON, without the contents of attachments; warnings in the language now spoken."""
        return {
            "message_id": self.message_id,
            "references": list(self.references),
            "from": self.sender.as_dict(),
            "to": [one.as_dict() for one in self.to],
            "cc": [one.as_dict() for one in self.cc],
            "reply_to": [one.as_dict() for one in self.reply_to],
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
            "text": self.text,
            "new_text": self.new_text,
            "html": self.html,
            "attachments": [one.as_dict() for one in self.attachments],
            "auto_reply": self.auto_reply,
            "bounce": self.bounce,
            "warnings": [str(one) for one in self.warnings],
        }
