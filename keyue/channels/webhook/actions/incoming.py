"""What comes in by callbacks: files that are fetched after their message, what nobody could read, secrets of channels."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.webhook import selectors
from keyue.channels.webhook.models import UnreadCallback
from keyue.channels.webhook.selectors import RAW
from keyue.conversations import actions as conversations
from keyue.conversations.actions._ground import CONTENTS, show
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Line, LineFile
from keyue.kernel.errors import Refused
from keyue.ledger import sealing
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload, checked

# what telephones record speech as; no browser plays it, so the general list of uploads does not have it
AMR = (b"#!AMR", "audio/amr")
MOST_RAW = 1024 * 1024


@transaction.atomic
def attach(*, line: Line, upload: Upload, by: Actor, at: datetime) -> LineFile | None:
    """Add a file that belongs to a line and was fetched after it; the same content again is the same file. None where the
    words have been erased. Raises Invalid for a file that will not do."""
    row = Line.objects.select_for_update().get(pk=line.pk)
    if row.erased_at is not None:
        return None
    if upload.content.startswith(AMR[0]) and upload.name.endswith(".amr"):
        content_type = AMR[1]
    else:
        [(content_type, upload)] = checked([upload])
    digest = sha256(upload.content).hexdigest()
    before = LineFile.objects.filter(line=row, sha256=digest).first()
    if before is not None:
        return before
    CONTENTS.keep(digest, upload.content)
    file = LineFile(
        line=row, name=upload.name[:200], content_type=content_type, size=len(upload.content), sha256=digest
    )
    file.save(force_insert=True)
    # the store may have been tidied before this commit: its tidier saw no row that names the content
    transaction.on_commit(lambda: CONTENTS.keep(digest, upload.content))
    show(line.conversation)
    return file


@transaction.atomic
def keep_unread(*, channel: Channel, raw: bytes, fault: str, by: Actor, at: datetime) -> UnreadCallback:
    """Keep a callback that was rightly signed and could not be read; sent again it is kept once."""
    sealed = sealing.seal(channel.subject, raw[:MOST_RAW].hex(), RAW)
    row, _new = UnreadCallback.objects.get_or_create(
        channel=channel,
        digest=sha256(raw).hexdigest(),
        defaults={"raw": sealed, "fault": fault[:300], "at": at},
    )
    return row


@transaction.atomic
def put_aside(*, callback: UnreadCallback, by: Actor, at: datetime) -> None:
    """Somebody has seen to it: it was read after all, or holds nothing to be read. Its content goes."""
    row = UnreadCallback.objects.select_for_update().get(pk=callback.pk)
    if row.handled_at is not None:
        raise Refused(_("这条回调已经处理过了。"))
    row.handled_at, row.handled_by, row.raw = at, f"{by.kind}:{by.id}", ""
    row.save(update_fields=["handled_at", "handled_by", "raw"])


@transaction.atomic
def make_channel_secret(*, channel: Channel, by: Actor, at: datetime) -> str:
    """A new secret for a channel by which another system hands messages in, returned this once; the one before works a day
    longer."""
    kept = selectors.channel_keys(channel).renewed(at)
    plan = ChannelPlan(
        name=channel.name,
        department=channel.department,
        keeper=channel.keeper,
        options=channel.options,
        secrets=kept,
    )
    conversations.change_channel(channel=channel, plan=plan, by=by, at=at)
    return kept["secret"]
