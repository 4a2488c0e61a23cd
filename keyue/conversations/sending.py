"""The sender of the outbox for lines to customers: the line's channel takes it out.

A payload holds the line's id only; the address is unsealed by the channel at the moment of sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from keyue.conversations import kinds, selectors
from keyue.conversations.actions.answering import note_delivery
from keyue.conversations.enums import Delivery
from keyue.kernel import clock
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM


def send_line(payload: Mapping[str, Any], key: str) -> None:
    """Send a line by its channel. Raises Undeliverable where it was erased or its channel cannot send, and whatever the
    channel says."""
    line = selectors.line_by_id(payload["line"])
    if line is None or line.erased_at is not None:
        raise Undeliverable(_("这条内容已经擦除。"))
    if line.delivery in {Delivery.SENT, Delivery.READ}:
        # a worker died after the channel had taken it and the row said so
        return
    kind = kinds.kind_of(line.channel.kind)
    if kind.send is None or not line.channel.is_open:
        raise Undeliverable(_("渠道「%(name)s」已经停用。") % {"name": line.channel.name})
    identity = kind.send(line)
    note_delivery(line=line, delivery=Delivery.SENT, by=SYSTEM, at=clock.now(), external_id=identity)
