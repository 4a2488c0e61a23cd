"""Reading mailboxes: each in a thread of its own, so that a server that says nothing holds up no other one.

A turn takes mails one by one in the order of their numbers. What a mail became is committed together with how far the
mailbox is read, so that a worker that dies anywhere leaves either all of it or nothing; the next one goes on there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import DatabaseError, close_old_connections, connection
from django.utils.translation import gettext as _

from keyue.channels.email import actions, selectors, taking
from keyue.channels.email.accounts import MailFault, account_of
from keyue.channels.email.actions import Lost, Lying
from keyue.channels.email.imap import PIECE, Box, Listed
from keyue.channels.email.models import MailState
from keyue.channels.email.reader.reading import read_mail
from keyue.channels.fetching import is_pretended
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.ledger.facts import Actor

logger = logging.getLogger(__name__)
BY = Actor("system", "email")
MOST_A_TURN = 200
MOST_AT_ONCE = 8
LONGEST_TURN = 300.0
"""Seconds after which a turn ends behind the mail at hand; after twice as many its connection is cut."""
LARGEST = 64 * 1024 * 1024
BEGINNING = 512 * 1024
"""Bytes that are fetched of a mail beyond LARGEST."""
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What one look into a mailbox did: mails taken in, whether more wait, and why it ended early."""

    taken: int = 0
    is_more: bool = False
    fault: str = ""


@dataclass(slots=True)
class _Running:
    """A turn that a thread is at."""

    begun: float
    box: Box | None = None


_running: dict[int, _Running] = {}
_lock = threading.Lock()


def poll(now: datetime) -> int:
    """Begin a turn over each mailbox that is due, as far as there are threads; ends at once."""
    _cut_overdue()
    channels = [one for one in selectors.mailboxes() if _is_fetched(one)]
    for channel in selectors.due(channels, now):
        with _lock:
            if channel.pk in _running or len(_running) >= MOST_AT_ONCE:
                continue
            _running[channel.pk] = _Running(monotonic())
        # a process that ends does not wait for them: what is not committed comes again
        threading.Thread(target=_in_thread, args=(channel,), name=f"mail-{channel.pk}", daemon=True).start()
    return 0


def _is_fetched(channel: Channel) -> bool:
    server = account_of(channel).imap
    return server is not None and not is_pretended(server.host)


def _in_thread(channel: Channel) -> None:
    try:
        close_old_connections()
        fetch(channel)
    except Exception:
        logger.exception("mailbox %s: the turn failed", channel.pk)
    finally:
        connection.close()
        with _lock:
            _running.pop(channel.pk, None)


def _cut_overdue() -> None:
    with _lock:
        late = [one for one in _running.values() if monotonic() - one.begun > 2 * LONGEST_TURN]
    for one in late:
        if one.box is not None:
            one.box.cut()


def fetch(channel: Channel) -> Turn:
    """One turn over a mailbox, unless another worker is at it. What its server says is kept, not raised."""
    mine = actions.claim(channel=channel, by=BY, at=clock.now())
    if not mine:
        return Turn()
    try:
        done = _turn(channel, mine)
        actions.note_done(channel=channel, mine=mine, is_more=done.is_more, by=BY, at=clock.now())
        return done
    except Lost:
        return Turn()
    except MailFault as fault:
        return _faulty(channel, mine, fault.failure, str(fault))
    except DatabaseError:
        # ours, not the server's: the mailbox is read again when its claim has run out
        raise
    except Exception as error:
        # an answer that no server should give
        logger.exception("mailbox %s", channel.pk)
        said = _("收信时出错：%(why)s") % {"why": type(error).__name__}
        return _faulty(channel, mine, Failure.BROKEN, said)


def _faulty(channel: Channel, mine: str, failure: Failure, said: str) -> Turn:
    logger.warning("mailbox %s: %s", channel.pk, failure.value)
    try:
        actions.note_fault(channel=channel, mine=mine, failure=failure, said=said, by=BY, at=clock.now())
    except Lost:
        return Turn()
    return Turn(fault=said)


def _turn(channel: Channel, mine: str) -> Turn:
    account = account_of(channel)
    box = Box(channel, account, clock.now())
    with _lock:
        if channel.pk in _running:
            _running[channel.pk].box = box
    try:
        state = actions.begin(
            channel=channel, mine=mine, place=account.place, uid_validity=box.uid_validity,
            newest=box.newest_uid(), old_mail=account.old_mail, by=BY, at=clock.now(),
        )  # fmt: skip
        return _walk(channel, mine, box, state, box.listed_after(state.last_uid, MOST_A_TURN + 1))
    finally:
        box.close()


def _walk(channel: Channel, mine: str, box: Box, state: MailState, listed: Sequence[Listed]) -> Turn:
    end, done = monotonic() + LONGEST_TURN, 0
    for one in listed[:MOST_A_TURN]:
        if monotonic() > end:
            return Turn(done, is_more=True)
        tries = actions.try_mail(channel=channel, mine=mine, uid=one.uid, by=BY, at=clock.now())
        if _is_known(box, state, one):
            actions.pass_by(channel=channel, mine=mine, uid=one.uid, by=BY, at=clock.now())
            continue
        lying = _fetched(channel, mine, box, one)
        if lying is None:
            actions.pass_by(channel=channel, mine=mine, uid=one.uid, by=BY, at=clock.now())
            continue
        _take(channel, mine, lying, tries)
        done += 1
    return Turn(done, is_more=len(listed) > MOST_A_TURN)


def _is_known(box: Box, state: MailState, one: Listed) -> bool:
    """Whether a mail was taken in before the server numbered its mails anew, or lay there before we began; by its header,
    so that a large folder is not fetched once more."""
    if one.uid >= state.known_below:
        return False
    head = box.head_of(one.uid)
    mail = read_mail(head) if head else None
    if mail is not None and mail.message_id and selectors.known(taking.identity_of(mail)) is not None:
        return True
    is_old = one.arrived_at is not None and state.begun_at is not None
    if is_old and account_of(box.channel).old_mail == "new":
        return one.arrived_at < state.begun_at - actions.SLACK  # type: ignore[operator]
    return False


def _fetched(channel: Channel, mine: str, box: Box, one: Listed) -> Lying | None:
    """A mail's bytes; of one that is too large its beginning. None where it is gone."""
    arrived = one.arrived_at or clock.now()
    if one.size > LARGEST:
        raw = box.piece_of(one.uid, 0, BEGINNING)
        return None if raw is None else Lying(box.uid_validity, one.uid, arrived, raw, one.size)
    raw = _in_pieces(channel, mine, box, one.uid) if one.size > 4 * PIECE else box.whole(one.uid)
    return None if raw is None else Lying(box.uid_validity, one.uid, arrived, raw, len(raw))


def _in_pieces(channel: Channel, mine: str, box: Box, uid: int) -> bytes | None:
    """A large mail piece by piece, with a sign of life in between."""
    pieces: list[bytes] = []
    while True:
        piece = box.piece_of(uid, len(pieces) * PIECE)
        if piece is None:
            return None
        pieces.append(piece)
        if len(piece) < PIECE or len(pieces) * PIECE > 2 * LARGEST:
            return b"".join(pieces)
        actions.stay(channel=channel, mine=mine, by=BY, at=clock.now())


def _take(channel: Channel, mine: str, lying: Lying, tries: int) -> None:
    """Take a mail in; one that cannot be read is put aside, so that those behind it come in."""
    if tries > MOST_TRIES:
        _put_aside(channel, mine, lying, _("读这封邮件时程序中断了 %(n)d 次，没有再读。") % {"n": tries - 1})
        return
    said = ""
    if not lying.is_whole:
        said = _("这封邮件有 %(size)d MB，太大，只取回了开头。请到邮箱里查看全文。") % {
            "size": lying.size >> 20
        }
    try:
        mail = read_mail(lying.raw)
        if not lying.is_whole:
            mail = taking.beginning_of(mail)
        actions.take(channel=channel, mine=mine, lying=lying, mail=mail, said=said, by=BY, at=clock.now())
    except (Lost, OSError):
        raise
    except Exception as error:
        if _is_transient(error):
            raise
        logger.exception("mailbox %s: a mail could not be taken in", channel.pk)
        _put_aside(channel, mine, lying, _("程序读不了这封邮件（%(why)s）。") % {"why": type(error).__name__})


def _is_transient(error: Exception) -> bool:
    """Whether the database could not do it now, and not because of what the mail says."""
    return isinstance(error, DatabaseError) and type(error).__name__ in {"OperationalError", "InterfaceError"}


def _put_aside(channel: Channel, mine: str, lying: Lying, why: str) -> None:
    try:
        actions.put_aside(
            channel=channel, mine=mine, lying=lying, why=why, in_conversation=True, by=BY, at=clock.now()
        )
    except (Lost, OSError):
        raise
    except Exception as error:
        if _is_transient(error):
            raise
        logger.exception("mailbox %s: a mail could not be shown in a conversation", channel.pk)
        actions.put_aside(
            channel=channel, mine=mine, lying=lying, why=why, in_conversation=False, by=BY, at=clock.now()
        )
