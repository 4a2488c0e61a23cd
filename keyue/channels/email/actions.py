"""Writing what mailboxes hold: how far they have been read, and mails with what became of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import IntegrityError, transaction

from keyue.channels.email import selectors, taking
from keyue.channels.email.enums import OldMail, Result
from keyue.channels.email.models import MailState, RawMail
from keyue.channels.email.reader.mail import Mail
from keyue.channels.email.reader.reading import read_mail
from keyue.conversations import actions as conversations
from keyue.conversations.actions import bouncing, knowing, looking
from keyue.conversations.enums import Failure, Scheme
from keyue.conversations.models import Channel
from keyue.kernel.contents import Contents
from keyue.kernel.errors import NotFound, Refused
from keyue.ledger import sealing
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

CONTENTS = Contents(lambda: Path(settings.MEDIA_ROOT) / "mails", selectors.named_mails)
LEASE = timedelta(seconds=90)
"""How long a mailbox is held without a sign of life: after it another worker may read on."""
PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=10)
FAILURES = 3
"""Attempts in a row that must fail before the channel counts as failed."""
SLACK = timedelta(hours=1)
SOURCE = "email"


class Lost(Exception):
    """Another worker reads this mailbox now."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A mail where it lies: its number, when it arrived there, its bytes as far as they were fetched (`size` in all)."""

    uid_validity: int
    uid: int
    arrived_at: datetime
    raw: bytes
    size: int

    @property
    def is_whole(self) -> bool:
        return len(self.raw) >= self.size


@transaction.atomic
def claim(*, channel: Channel, by: Actor, at: datetime) -> str:
    """Take a mailbox to read it. Gives the name of the claim; empty where another worker has it."""
    fresh = MailState(channel=channel, next_at=at)
    MailState.objects.bulk_create([fresh], ignore_conflicts=True)
    row = MailState.objects.select_for_update().get(channel=channel)
    if row.claimed_until is not None and row.claimed_until > at:
        return ""
    row.claim, row.claimed_until, row.channel_rev = token_hex(16), at + LEASE, channel.rev
    row.save(update_fields=["claim", "claimed_until", "channel_rev"])
    return row.claim


def _held(channel: Channel, mine: str) -> MailState:
    """The state of a mailbox that this worker reads, held until the transaction ends. Raises Lost."""
    row = MailState.objects.select_for_update().get(channel=channel)
    if row.claim != mine:
        raise Lost
    return row


@transaction.atomic
def begin(
    *,
    channel: Channel,
    mine: str,
    place: str,
    uid_validity: int,
    newest: int,
    old_mail: str,
    by: Actor,
    at: datetime,
) -> MailState:
    """Find where to read on. Where the server has numbered the mails anew everything is looked at again, and what was taken
    in before is known by its identity; of a folder that is looked into for the first time as the mailbox says."""
    row = _held(channel, mine)
    # a server that was set back to an older copy may count from there under the same validity
    if row.place == place and row.uid_validity == uid_validity and newest >= row.last_uid:
        return row
    if row.place == place:
        row.last_uid, row.known_below = 0, newest + 1
    else:
        # the same mails may lie in another folder of the same mailbox
        row.known_below = newest + 1 if row.begun_at is not None else 0
        row.begun_at = at
        row.last_uid = newest if old_mail == OldMail.NEW else 0
    row.place, row.uid_validity, row.trying_uid, row.tries = place, uid_validity, None, 0
    row.save()
    return row


@transaction.atomic
def try_mail(*, channel: Channel, mine: str, uid: int, by: Actor, at: datetime) -> int:
    """Say which mail is read now, before it can do any harm; how often that was begun without an end."""
    row = _held(channel, mine)
    row.tries = row.tries + 1 if row.trying_uid == uid else 1
    row.trying_uid, row.claimed_until = uid, at + LEASE
    row.save(update_fields=["tries", "trying_uid", "claimed_until"])
    return row.tries


@transaction.atomic
def stay(*, channel: Channel, mine: str, by: Actor, at: datetime) -> None:
    """A sign of life. Raises Lost."""
    row = _held(channel, mine)
    row.claimed_until = at + LEASE
    row.save(update_fields=["claimed_until"])


@transaction.atomic
def pass_by(*, channel: Channel, mine: str, uid: int, by: Actor, at: datetime) -> None:
    """A mail that is not there any more, or was taken in before."""
    _move(_held(channel, mine), uid)


def _move(row: MailState, uid: int) -> None:
    row.last_uid, row.trying_uid, row.tries = max(row.last_uid, uid), None, 0
    row.save(update_fields=["last_uid", "trying_uid", "tries"])


def keep(lying: Lying) -> str:
    """Put the bytes of a mail on disk, before anything names them; their digest."""
    digest = sha256(lying.raw).hexdigest()
    CONTENTS.keep(digest, lying.raw)
    return digest


def take(
    *, channel: Channel, mine: str, lying: Lying, mail: Mail, said: str = "", by: Actor, at: datetime
) -> RawMail:
    """Take a mail in and go on behind it: what it became, its bytes and how far the mailbox is read stand together or not at
    all. Raises Lost, and whatever the database says."""
    digest = keep(lying)
    try:
        return _take(channel, mine, lying, mail, digest, said, by, at)
    except IntegrityError:
        # the same mail came into another mailbox in the same instant
        return _take(channel, mine, lying, mail, digest, said, by, at)


@transaction.atomic
def _take(
    channel: Channel, mine: str, lying: Lying, mail: Mail, digest: str, said: str, by: Actor, at: datetime
) -> RawMail:
    state = _held(channel, mine)
    identity = taking.identity_of(mail)
    row = _row(channel, lying, identity, digest, at)
    before = selectors.known(identity)
    own = selectors.own_addresses()
    row.is_copy = before is not None
    row.save(force_insert=True)
    if before is not None:
        row.result, row.line = Result.COPY, before.line
    elif mail.message_id and taking.address_in(mail.sender) in own and selectors.is_ours(mail.message_id):
        row.result = Result.OWN
    elif mail.bounce and _bounced(row, mail, identity, by, at):
        row.result = Result.BOUNCE
    else:
        _said(channel, row, taking.taken(mail, identity, own, said=said), by, at)
    _finish(state, row, lying, by, at)
    return row


@transaction.atomic
def put_aside(
    *, channel: Channel, mine: str, lying: Lying, why: str, in_conversation: bool, by: Actor, at: datetime
) -> RawMail:
    """Keep a mail that could not be read, and ask a person to look at it. Raises Lost."""
    digest = keep(lying)
    state = _held(channel, mine)
    identity = sha256(f"raw {digest}".encode()).hexdigest()
    row = _row(channel, lying, identity, digest, at)
    before = selectors.known(identity)
    row.is_copy = before is not None
    row.save(force_insert=True)
    if before is not None:
        row.result, row.line = Result.COPY, before.line
    elif in_conversation:
        _said(channel, row, taking.unread(identity, why), by, at)
    else:
        row.result, row.why = Result.UNREADABLE, why
    _finish(state, row, lying, by, at)
    return row


def _row(channel: Channel, lying: Lying, identity: str, digest: str, at: datetime) -> RawMail:
    return RawMail(
        channel=channel,
        identity=identity,
        uid_validity=lying.uid_validity,
        mail_uid=lying.uid,
        sha256=digest,
        size=lying.size,
        is_whole=lying.is_whole,
        arrived_at=min(lying.arrived_at, at),
        taken_at=at,
        result=Result.LINE,
    )


def _said(channel: Channel, row: RawMail, found: taking.Taken, by: Actor, at: datetime) -> None:
    """Let the mail be a line of a conversation."""
    incoming = found.incoming
    if selectors.has_line(channel, incoming.external_id):
        # another mail under the same Message-ID: what it says is kept all the same
        incoming = replace(incoming, external_id=taking.other_id(incoming.external_id, row.identity))
    incoming = replace(incoming, detail={**incoming.detail, "mail": row.pk})
    when = _when(channel, row, incoming, by, at)
    received = conversations.receive(channel, incoming, by=by, at=when, source=SOURCE)
    row.line = received.line
    row.result, row.why = (Result.UNREADABLE, found.why) if found.why else (Result.LINE, "")


def _when(
    channel: Channel, row: RawMail, incoming: conversations.Incoming, by: Actor, at: datetime
) -> datetime:
    """When the mail reached us: when its server had it, but not before the mailbox belonged to us, nor before what was said
    in the conversation that it joins."""
    party = knowing.party_of(
        scheme=Scheme.MAIL, realm=incoming.realm, handle=incoming.handle, name=incoming.name, by=by, at=at
    )
    going = knowing.open_one(party)
    earliest = max(channel.opened_at, going.last_at) if going is not None else channel.opened_at
    return min(max(row.arrived_at, earliest), at)


def _bounced(row: RawMail, mail: Mail, identity: str, by: Actor, at: datetime) -> bool:
    """Whether a report of non-delivery speaks of a mail of ours; what went out is then known to have failed."""
    ids = taking.bounced_ids(mail)
    line = selectors.line_named(ids)
    if line is not None:
        detail = {"subject": mail.subject[: taking.LONGEST_SUBJECT], "automatic": True, "mail": row.pk}
        bouncing.note_bounce(line=line, identity=f"<bounce.{identity[:32]}>", detail=detail, by=by, at=at)
        row.line = line
        return True
    message = selectors.message_named(ids)
    if message is None:
        return False
    if message.author_id is not None:
        promises.tell(
            key=f"bounced:{message.uid}",
            kind=NoticeKind.UNDELIVERED,
            at=at,
            to_user_id=message.author_id,
            subject=message.case.subject,
            detail={"text": str(taking.BOUNCED)},
        )
    return True


def _finish(state: MailState, row: RawMail, lying: Lying, by: Actor, at: datetime) -> None:
    row.save(update_fields=["result", "line", "why"])
    if row.result == Result.UNREADABLE:
        looking.note_unreadable(channel=row.channel, mail=str(row.pk), by=by, at=at)
    _move(state, lying.uid)
    # what tidied up meanwhile may have found that nobody named it
    transaction.on_commit(lambda: CONTENTS.keep(row.sha256, lying.raw))


@transaction.atomic
def look_at(*, mail: RawMail, user: User, at: datetime) -> None:
    """Somebody has looked at a mail that could not be read. Raises Refused where that was done, or nothing is to be seen."""
    row = RawMail.objects.select_for_update(of=("self",)).select_related("channel").get(pk=mail.pk)
    if row.result != Result.UNREADABLE or row.looked_at is not None:
        raise Refused(taking.LOOKED_AT)
    row.looked_at, row.looked_by = at, user
    row.save(update_fields=["looked_at", "looked_by"])
    by = Actor("staff", str(user.pk))
    looking.note_looked(channel=row.channel, mail=str(row.pk), by=by, at=at)


def reread(*, mail: RawMail, user: User, at: datetime) -> RawMail:
    """Read a mail that could not be read once more, with the reader of today: what it says stands in the conversation of
    whoever wrote it, and nobody has to look at it any more. Raises Refused where it still cannot be read, NotFound where
    its bytes are gone."""
    path = CONTENTS.path_of(mail.sha256)
    if mail.erased_at is not None or not path.is_file():
        raise NotFound(taking.GONE)
    raw = path.read_bytes()
    found = read_mail(raw)
    return _reread(mail.pk, found if mail.is_whole else taking.beginning_of(found), user, at)


@transaction.atomic
def _reread(mail_id: int, found: Mail, user: User, at: datetime) -> RawMail:
    row = RawMail.objects.select_for_update(of=("self",)).select_related("channel", "line").get(pk=mail_id)
    if row.result != Result.UNREADABLE or row.looked_at is not None:
        raise Refused(taking.LOOKED_AT)
    by = Actor("staff", str(user.pk))
    identity = taking.identity_of(found)
    read = taking.taken(found, identity, selectors.own_addresses())
    if read.why:
        raise Refused(taking.STILL_UNREAD % {"why": read.why})
    before = selectors.known(identity)
    if before is not None and before.pk != row.pk:
        row.is_copy, row.result, row.line, row.why = True, Result.COPY, before.line, ""
    elif row.line is None or row.line.body != read.incoming.body:
        row.identity = identity
        _said(row.channel, row, read, by, at)
    row.result = Result.COPY if row.is_copy else Result.LINE
    row.why, row.looked_at, row.looked_by = "", at, user
    row.save()
    looking.note_looked(channel=row.channel, mail=str(row.pk), by=by, at=at)
    return row


@transaction.atomic
def note_done(*, channel: Channel, mine: str, is_more: bool, by: Actor, at: datetime) -> None:
    """A turn over a mailbox has come to its end; with `is_more` the next one follows at once."""
    row = _held(channel, mine)
    row.claim, row.claimed_until, row.fetched_at = "", None, at
    row.failures, row.said = 0, ""
    row.next_at = at if is_more else at + PAUSE
    row.save()
    if Channel.objects.filter(pk=channel.pk, failing_since__isnull=False, closed_at=None).exists():
        conversations.note_restored(channel=channel, by=by, at=at)


@transaction.atomic
def note_fault(*, channel: Channel, mine: str, failure: Failure, said: str, by: Actor, at: datetime) -> None:
    """A turn over a mailbox did not succeed. Three in a row are a failure of the channel; each waits longer than the last."""
    row = _held(channel, mine)
    row.claim, row.claimed_until = "", None
    row.failures, row.said = row.failures + 1, said
    # a line that is cut is no fault of the mail that was just read
    row.trying_uid, row.tries = None, 0
    row.next_at = at + min(PAUSE * 2 ** min(row.failures - 1, 10), LONGEST_PAUSE)
    row.save()
    if row.failures >= FAILURES and Channel.objects.filter(pk=channel.pk, closed_at=None).exists():
        conversations.note_failure(channel=channel, failure=failure, by=by, at=at)


@transaction.atomic
def keep_token(*, channel: Channel, token: str, of: str, by: Actor, at: datetime) -> None:
    """The provider has replaced the refresh token; the new one holds until another is typed in."""
    sealed = sealing.seal(channel.subject, token, selectors.SEALED_AS)
    MailState.objects.filter(channel=channel).update(token=sealed, token_of=of)


@transaction.atomic
def forget_customer(*, customer_id: int, by: Actor, at: datetime) -> None:
    """Let go of the mails of a customer who is erased."""
    rows = selectors.mails_of_customer(customer_id)
    RawMail.objects.filter(pk__in=[row.pk for row in rows]).update(erased_at=at, why="")
    for digest in sorted({row.sha256 for row in rows}):
        transaction.on_commit(lambda digest=digest: CONTENTS.drop(digest), robust=True)  # type: ignore[misc]
