"""A mailbox on its server, read without leaving a trace there: opened read-only, mails fetched by UID and never marked."""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.email.accounts import Account, MailFault, Server, fault_of, tidy
from keyue.channels.email.enums import Security, Way
from keyue.channels.email.oauth import access_token, forget, sasl
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of

# some providers let in only programs that say who they are
imaplib.Commands.setdefault("ID", ("NONAUTH", "AUTH", "SELECTED"))
SECONDS = 30.0
PIECE = 1024 * 1024
"""Bytes fetched at once of a mail that is larger than four of them."""
MOST_LISTED = 1_000
WIDEST = 1_000_000
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail as the server lists it: its number, bytes, and when it came there (None where that was not said)."""

    uid: int
    size: int
    arrived_at: datetime | None


class Box:
    """An open folder. Every method raises MailFault with what the server said."""

    def __init__(self, channel: Channel, account: Account, at: datetime, seconds: float = SECONDS) -> None:
        if account.imap is None:
            raise MailFault(Failure.REFUSED, _("没有填收信服务器。"))
        self.channel, self.account, self.server = channel, account, account.imap
        self.uid_validity = 0
        self.uid_next: int | None = None
        self.count = 0
        try:
            self._client = _connected(self.server, seconds)
        except (OSError, imaplib.IMAP4.error) as error:
            raise fault_of(error, self.server, channel) from None
        try:
            self._sign_in(at)
            self._examine()
        except BaseException:
            self.close()
            raise

    def _sign_in(self, at: datetime) -> None:
        client, account = self._client, self.account
        if account.way == Way.OAUTH2:
            token = access_token(self.channel, account, at)
            first = sasl(account.user, token).encode()
            try:
                # a refusal comes as a challenge with the reason, which wants an empty answer
                self._asked(client.authenticate, "XOAUTH2", lambda said: b"" if said else first, refused=True)
            except MailFault:
                forget(self.channel)
                raise
        else:
            password = str(secrets_of(self.channel).get("password") or "")
            plain = f"\0{account.user}\0{password}".encode()
            if (account.user + password).isascii() and "LOGINDISABLED" not in client.capabilities:
                self._asked(client.login, account.user, password, refused=True)
            else:
                self._asked(client.authenticate, "PLAIN", lambda said: plain, refused=True)
        if "ID" in client.capabilities:
            with contextlib.suppress(imaplib.IMAP4.error):
                client._simple_command("ID", '("name" "Keyue")')

    def _examine(self) -> None:
        folder = quoted_folder(self.account.folder)
        status, data = self._asked(self._client.select, folder, True)
        if status != "OK":
            shown = tidy(_text(data), self.channel)
            sentence = _("打不开文件夹「%(folder)s」：%(why)s") % {
                "folder": self.account.folder,
                "why": shown,
            }
            raise MailFault(Failure.BROKEN, sentence)
        validity, coming = (self._client.response(name)[1][-1] for name in ("UIDVALIDITY", "UIDNEXT"))
        if not validity:
            raise MailFault(Failure.BROKEN, _("收信服务器没有给出 UIDVALIDITY，不能保证不丢信。"))
        self.uid_validity = int(validity)
        self.uid_next = int(coming) if coming else None
        self.count = int(data[-1] or 0) if data and data[-1] else 0

    def _asked(self, ask: Any, *arguments: Any, refused: bool = False) -> Any:
        """What a command gave. `refused`: an answer of NO means that the account is not let in."""
        try:
            return ask(*arguments)
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            raise fault_of(error, self.server, self.channel) from None
        except imaplib.IMAP4.error as error:
            why = {"why": tidy(_said(error), self.channel)}
            if refused:
                raise MailFault(Failure.REFUSED, _("收信服务器不让登录：%(why)s") % why) from None
            raise MailFault(Failure.BROKEN, _("收信服务器返回错误：%(why)s") % why) from None

    def newest_uid(self) -> int:
        """The highest number given so far; 0 for none."""
        if self.uid_next is not None:
            return self.uid_next - 1
        return max((one.uid for one in self._listed("1:*")), default=0)

    def listed_after(self, uid: int, most: int) -> list[Listed]:
        """At least the next `most` mails behind a number, where there are so many, in the order of their numbers."""
        if self.uid_next is None:
            return [one for one in self._listed(f"{uid + 1}:*") if one.uid > uid]
        found: list[Listed] = []
        start, width = uid + 1, MOST_LISTED
        while start < self.uid_next and len(found) < most:
            end = min(start + width, self.uid_next) - 1
            found += self._listed(f"{start}:{end}")
            start = end + 1
            # numbers may be far apart
            width = min(width * 2, WIDEST) if not found else MOST_LISTED
        return sorted((one for one in found if one.uid > uid), key=lambda one: one.uid)

    def _listed(self, numbers: str) -> list[Listed]:
        found: dict[int, Listed] = {}
        for said in self._fetched(numbers, "(UID RFC822.SIZE INTERNALDATE)"):
            head = said[0] if isinstance(said, tuple) else said
            uid, size, arrived = (pattern.search(head or b"") for pattern in (_UID, _SIZE, _ARRIVED))
            if uid:
                found[int(uid[1])] = Listed(
                    int(uid[1]), int(size[1]) if size else 0, _instant(arrived[1]) if arrived else None
                )
        return list(found.values())

    def head_of(self, uid: int) -> bytes | None:
        """A mail's header; None where it is not there any more."""
        return self._section(uid, "BODY.PEEK[HEADER]")

    def piece_of(self, uid: int, start: int, length: int = PIECE) -> bytes | None:
        """Some bytes of a mail; None where it is not there any more."""
        return self._section(uid, f"BODY.PEEK[]<{start}.{length}>")

    def whole(self, uid: int) -> bytes | None:
        """All bytes of a mail; None where it is not there any more."""
        return self._section(uid, "BODY.PEEK[]")

    def _section(self, uid: int, section: str) -> bytes | None:
        said = self._fetched(str(uid), f"(UID {section})")
        for place, one in enumerate(said):
            if not isinstance(one, tuple):
                continue
            after = said[place + 1] if place + 1 < len(said) and isinstance(said[place + 1], bytes) else b""
            number = _UID.search(one[0]) or _UID.search(after)
            if number and int(number[1]) == uid:
                return bytes(one[1])
        # nothing at all is said of a mail that is gone, and an empty one comes as a quoted text
        return b"" if any(isinstance(one, bytes) and b'""' in one for one in said) else None

    def _fetched(self, numbers: str, what: str) -> list[Any]:
        status, data = self._asked(self._client.uid, "FETCH", numbers, what)
        if status != "OK":
            shown = tidy(_text(data), self.channel)
            raise MailFault(Failure.BROKEN, _("收信服务器返回错误：%(why)s") % {"why": shown})
        return [one for one in data if one is not None]

    def cut(self) -> None:
        """End the connection from another thread, whatever it waits for."""
        with contextlib.suppress(OSError, AttributeError):
            self._client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Take leave, if the server still listens."""
        with contextlib.suppress(imaplib.IMAP4.error, OSError, EOFError, ValueError):
            self._client.sock.settimeout(5)
            self._client.logout()


def _connected(server: Server, seconds: float) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if server.security == Security.SSL:
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=seconds)
    client = imaplib.IMAP4(server.host, server.port, timeout=seconds)
    if server.security == Security.STARTTLS:
        try:
            client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
    return client


def quoted_folder(name: str) -> str:
    """A folder's name as IMAP writes it: in quotes, what is beyond ASCII in a Base64 of its own (RFC 3501, 5.1.3)."""
    parts: list[str] = []
    for piece in re.split(r"([^ -~]+)", name):
        if piece and not piece.isascii():
            coded = base64.b64encode(piece.encode("utf-16-be")).decode("ascii").rstrip("=")
            parts.append(f"&{coded.replace('/', ',')}-")
        else:
            parts.append("".join(c for c in piece if c >= " ").replace("&", "&-"))
    whole = "".join(parts).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{whole}"'


def _instant(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _said(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


def _text(data: Any) -> str:
    return " ".join(one.decode("utf-8", "replace") for one in data or () if isinstance(one, bytes))
