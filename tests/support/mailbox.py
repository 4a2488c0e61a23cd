"""A real SMTP server on loopback that keeps what it gets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.support.ports import free_port


@dataclass
class Letter:
    """One message as it came over the wire, with the envelope it came in."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain text part."""
        part = self.message.get_body(("plain",))
        return "" if part is None else part.get_content()


@dataclass
class Mailbox:
    """What the server took in. `refuse_with` makes it answer so instead, as a full or greylisting one does."""

    host: str
    port: int
    letters: list[Letter] = field(default_factory=list)
    refuse_with: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to send its mail here."""
        return {"KEYUE_SMTP_HOST": self.host, "KEYUE_SMTP_PORT": str(self.port)}

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """aiosmtpd's hook for a complete message."""
        if self.refuse_with:
            return self.refuse_with
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append(Letter(envelope.mail_from, list(envelope.rcpt_tos), message))
        return "250 OK"

    def to(self, address: str) -> list[Letter]:
        """The letters that `address` got."""
        return [letter for letter in self.letters if address in letter.recipients]

    def wait_for(self, number: int, *, timeout: float = 15.0) -> list[Letter]:
        """The letters, as soon as there are `number` of them."""
        end = time.monotonic() + timeout
        while len(self.letters) < number:
            if time.monotonic() > end:
                subjects = [letter.subject for letter in self.letters]
                pytest.fail(
                    f"{len(subjects)} of {number} mails came within {timeout} s: {subjects}", pytrace=False
                )
            time.sleep(0.05)
        return self.letters


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mailbox that this process and the servers started by this test send to."""
    from aiosmtpd.controller import Controller

    box = Mailbox("127.0.0.1", free_port())
    controller = Controller(box, hostname=box.host, port=box.port, enable_SMTPUTF8=True)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = box.host, box.port
    try:
        yield box
    finally:
        controller.stop()
