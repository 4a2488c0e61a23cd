"""The kind of channel that a mailbox is, and what is forgotten of its mails with a customer."""

from __future__ import annotations

from datetime import datetime

from keyue.channels.email import actions
from keyue.channels.email.mailbox import MAILBOX
from keyue.customers import erasure
from keyue.ledger.facts import Actor


def forget_customer(customer_id: int, by: Actor, at: datetime) -> None:
    """Let go of the mails of a customer who is erased."""
    actions.forget_customer(customer_id=customer_id, by=by, at=at)


erasure.register("channels.email", forget_customer)

KINDS = (MAILBOX,)
