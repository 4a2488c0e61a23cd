"""A company with a mailbox on a real server, and what its customers write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from itertools import count
from typing import Any

import pytest

from keyue.channels.email import fetching
from keyue.channels.email.fetching import Turn
from keyue.channels.email.models import MailState, RawMail
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation, Line
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM
from tests.journeys.world import World, found
from tests.support.mailserver import CUSTOMER, PASSWORD, SERVICE, MailServer
from tests.support.mailserver import mail_machines as mail_machines
from tests.support.mailserver import mail_server as mail_server
from tests.support.mailserver import wire as wire

_numbers = count(1)


def letter(
    body: str = "水泵漏水，请派人来看。",
    *,
    subject: str = "水泵漏水",
    sender: str = f"周叙白 <{CUSTOMER}>",
    to: str = SERVICE,
    message_id: str = "",
    **headers: str,
) -> EmailMessage:
    """A mail as a customer's program writes it."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id or make_msgid(f"n{next(_numbers)}", "beiyu.example")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail


@dataclass
class Post:
    """The company's mailbox, and both sides of it."""

    world: World
    server: MailServer
    channel: Channel
    contact: Contact

    def open(self, name: str, secrets: dict[str, str] | None = None, **options: Any) -> Channel:
        """Another mailbox."""
        plan = ChannelPlan(
            name,
            department="service",
            keeper=self.world.agent,
            options=options,
            secrets=secrets or {"password": PASSWORD},
        )
        return actions.open_channel(kind="email", plan=plan, by=SYSTEM, at=clock.now())

    def change(self, channel: Channel | None = None, **options: Any) -> Channel:
        """Set up otherwise."""
        row = Channel.objects.get(pk=(channel or self.channel).pk)
        plan = ChannelPlan(row.name, row.department, row.keeper, {**row.options, **options})
        return actions.change_channel(channel=row, plan=plan, by=SYSTEM, at=clock.now())

    def arrives(self, *mails: EmailMessage | bytes, to: str = SERVICE) -> None:
        """Mails come by SMTP into the mailbox, as a provider takes them in."""
        before = len(self.server.letters(to))
        for mail in mails:
            raw = mail if isinstance(mail, bytes) else mail.as_bytes()
            self.server.send(raw, to)
        self.server.wait_for(before + len(mails), to)

    def fetch(self, channel: Channel | None = None) -> Turn:
        """One look into a mailbox."""
        return fetching.fetch(Channel.objects.get(pk=(channel or self.channel).pk))

    def answer(self, talk: Conversation, body: str) -> Line:
        """A person answers, and the outbox is emptied."""
        line = actions.answer(
            conversation=talk, words=Words(body), user=talk.agent or self.world.agent, at=clock.now()
        )
        ledger.deliver(now=clock.now() + timedelta(seconds=1))
        line.refresh_from_db()
        return line

    @property
    def state(self) -> MailState:
        return MailState.objects.get(channel=self.channel)


def inbound() -> list[Line]:
    """What customers said, in its order."""
    return list(Line.objects.filter(kind="in").order_by("pk"))


def results() -> list[str]:
    """What became of each mail, in their order."""
    return list(RawMail.objects.order_by("pk").values_list("result", flat=True))


def build(server: MailServer, packs: tuple[str, ...] = ()) -> Post:
    """The company, in whatever database the test has."""
    world = found(packs=packs)
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone="13812346027", email=CUSTOMER,
        source="phone", legal_basis="contract", by=SYSTEM, at=clock.now() - timedelta(days=20),
    )  # fmt: skip
    post = Post(world, server, None, customer.contacts.get())  # type: ignore[arg-type]
    post.channel = post.open("客服邮箱", **server.options())
    return post


@pytest.fixture
def post(db: None, mail_server: MailServer) -> Post:
    return build(mail_server)


@pytest.fixture
def outside(post: Post) -> Callable[[], list[bytes]]:
    """What the customer has got."""
    return lambda: post.server.letters(CUSTOMER)
