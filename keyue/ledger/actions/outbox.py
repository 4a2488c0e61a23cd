"""The outbox: messages written in the transaction of their fact, and sent after it at least once.

A message is claimed by compare-and-set on its number of attempts, for `LEASE`; a worker that dies meanwhile leaves it to
the next one. So a message may be sent twice, with the same key each time, which the receiver takes as its identity, and
is never lost. Nothing is remembered outside the table.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from keyue.kernel.errors import NotFound, Refused
from keyue.ledger.events import LEDGER, Event
from keyue.ledger.facts import Actor, Draft, plain
from keyue.ledger.models import OutboxItem

from .recording import record

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long an attempt may take: after it, the message is anybody's again."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
MOST_ATTEMPTS = 12
"""About 15 hours of trying."""

Sender = Callable[[Mapping[str, Any], str], None]
"""Sends one message: (payload, key). Raises anything where it did not work, Undeliverable where it never will."""

_senders: dict[str, Sender] = {}
_ADDRESS = re.compile(r"[^\s<>()'\":,;]+@[^\s<>()'\":,;]+|\+?\d{7,}")


class Undeliverable(Exception):
    """No further attempt can succeed: the address does not exist, the customer was erased."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to enqueue. `key` is its identity: the same key twice is one message."""

    kind: str
    key: str
    payload: Mapping[str, Any]


@dataclass(slots=True)
class Delivery:
    """What one run of `deliver` did, in messages."""

    sent: int = 0
    put_off: int = 0
    given_up: int = 0


def register_sender(kind: str, sender: Sender) -> None:
    """Let `sender` send messages of this kind. Called from a room's AppConfig.ready; the last one stays."""
    _senders[kind] = sender


def enqueue(*, kind: str, key: str, payload: Mapping[str, Any], at: datetime) -> None:
    """Put a message into the outbox, in the caller's transaction; the same key twice is one message.

    `payload` holds ids rather than addresses and names: the sender looks them up when it sends, so that an erasure
    before it holds. Raises RuntimeError outside a transaction, NotPlain for what is not plain JSON.
    """
    enqueue_many([Message(kind, key, payload)], at=at)


def enqueue_many(messages: Iterable[Message], *, at: datetime) -> None:
    """`enqueue` for several messages, with one statement."""
    if not connection.in_atomic_block:
        raise RuntimeError("a message is written in the transaction of the fact that it tells of")
    OutboxItem.objects.bulk_create(
        [
            OutboxItem(
                kind=message.kind,
                key=message.key,
                payload=plain(message.payload, "payload"),
                created_at=at,
                look_at=at,
            )
            for message in messages
        ],
        ignore_conflicts=True,
    )


def deliver(*, now: datetime, limit: int = 50, senders: Mapping[str, Sender] | None = None) -> Delivery:
    """Send what is due, at most `limit` messages, outside any transaction. Several workers may do so at once.

    `senders`: by kind, instead of the registered ones. What a sender raises is kept with the message, which is tried
    again after 30 s, doubling to 6 h, and given up after 12 attempts.
    """
    senders = _senders if senders is None else senders
    done, started = Delivery(), monotonic()
    due = OutboxItem.objects.filter(sent_at__isnull=True, failed_at__isnull=True, look_at__lte=now)
    for item in due.order_by("look_at", "id")[:limit]:
        # a slow receiver takes real time, and leases begin when it has passed
        at = now + timedelta(seconds=monotonic() - started)
        if _claim(item, at):
            _attempt(item, at, senders.get(item.kind), done)
    return done


def retry(item_id: int, *, by: Actor, at: datetime) -> OutboxItem:
    """Let a message that was given up be tried again from now. Raises NotFound, Refused where it was not given up."""
    with transaction.atomic():
        item = OutboxItem.objects.select_for_update().filter(pk=item_id).first()
        if item is None:
            raise NotFound(_("没有这条消息。"))
        if item.failed_at is None:
            raise Refused(_("这条消息没有停发，不需要重发。"))
        item.failed_at, item.look_at, item.attempts = None, at, 0
        item.save(update_fields=["failed_at", "look_at", "attempts"])
        record(LEDGER, [Draft(Event.MESSAGE_RETRIED, {"message": item.pk})], by=by, at=at, source="outbox")
    return item


def _claim(item: OutboxItem, at: datetime) -> bool:
    """Whether this message is now ours for LEASE: only one worker's update finds the attempts it has read."""
    mine = OutboxItem.objects.filter(
        pk=item.pk, attempts=item.attempts, sent_at__isnull=True, failed_at__isnull=True
    ).update(attempts=item.attempts + 1, look_at=at + LEASE)
    item.attempts += 1
    return bool(mine)


def _attempt(item: OutboxItem, at: datetime, sender: Sender | None, done: Delivery) -> None:
    if item.attempts > MOST_ATTEMPTS:
        # the attempts before ended without a word, so it may be what kills the workers
        _give_up(item, at, item.last_error or str(_("多次发送中断，没有结果")), done)
        return
    try:
        if sender is None:
            raise LookupError(str(_("没有发送「%(kind)s」的渠道") % {"kind": item.kind}))
        sender(item.payload, item.key)
    except Undeliverable as error:
        _give_up(item, at, _said(error), done)
    except Exception as error:
        logger.warning(
            "outbox: %s %s, attempt %s: %s", item.kind, item.pk, item.attempts, type(error).__name__
        )
        if item.attempts >= MOST_ATTEMPTS:
            _give_up(item, at, _said(error), done)
        else:
            wait = min(FIRST_WAIT * 2 ** (item.attempts - 1), LONGEST_WAIT)
            _ours(item).update(look_at=at + wait, last_error=_said(error))
            done.put_off += 1
    else:
        # whoever holds it by now: it has been sent
        OutboxItem.objects.filter(pk=item.pk).update(sent_at=at, failed_at=None, last_error="")
        done.sent += 1


def _ours(item: OutboxItem) -> Any:
    return OutboxItem.objects.filter(pk=item.pk, attempts=item.attempts, sent_at__isnull=True)


def _give_up(item: OutboxItem, at: datetime, error: str, done: Delivery) -> None:
    _ours(item).update(failed_at=at, last_error=error)
    done.given_up += 1


def _said(error: Exception) -> str:
    """What went wrong, without the address that a mail server repeats in its refusal."""
    return _ADDRESS.sub("***", str(error) or type(error).__name__)[:500]
