"""Files that come with messages: checked by content, size and count, kept under their SHA-256."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.models import Attachment, ImportRun, Message, WaitingFile
from keyue.kernel.contents import ABANDONED, Contents
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.ui.uploads import MOST_BYTES as MOST_BYTES
from keyue.ui.uploads import MOST_FILES as MOST_FILES
from keyue.ui.uploads import Upload as Upload
from keyue.ui.uploads import checked as checked
from keyue.ui.uploads import refuse
from keyue.ui.uploads import uploads_from as uploads_from

MOST_WAITING = 100
AT_A_TIME = 500


def _needed(digests: Collection[str]) -> set[str]:
    """Those of them that an attachment, a file sent ahead or an imported sheet still has."""
    some = list(digests)
    found: set[str] = set()
    for start in range(0, len(some), AT_A_TIME):
        part = some[start : start + AT_A_TIME]
        found.update(
            Attachment.objects.filter(sha256__in=part, erased_at=None).values_list("sha256", flat=True)
        )
        found.update(WaitingFile.objects.filter(sha256__in=part).values_list("sha256", flat=True))
        sheets = ImportRun.objects.filter(sha256__in=part, cleared="")
        found.update(sheets.values_list("sha256", flat=True))
    return found


CONTENTS = Contents(lambda: Path(settings.MEDIA_ROOT), _needed)
path_of, keep, keep_all, drop = CONTENTS.path_of, CONTENTS.keep, CONTENTS.keep_all, CONTENTS.drop


def attach(message: Message, uploads: Sequence[Upload]) -> list[str]:
    """Keep the files of a message; gives their digests.

    The content stands on disk before the row that names it, and after it too: an erasure that did not see the row yet
    may have dropped the same content.
    """
    rows = []
    contents: dict[str, bytes] = {}
    for content_type, upload in checked(uploads):
        digest = sha256(upload.content).hexdigest()
        keep(digest, upload.content)
        contents[digest] = upload.content
        rows.append(
            Attachment(
                message=message,
                name=upload.name,
                content_type=content_type,
                size=len(upload.content),
                sha256=digest,
            )
        )
    if rows:
        Attachment.objects.bulk_create(rows)
        transaction.on_commit(lambda: keep_all(contents))
    return [row.sha256 for row in rows]


@transaction.atomic
def keep_waiting(*, upload: Upload, user: User, by: Actor, at: datetime) -> WaitingFile:
    """Keep a file that was sent ahead, for a day. Raises Invalid as `checked`, Refused where too many wait."""
    [(content_type, upload)] = checked([upload])
    if WaitingFile.objects.filter(user=user).count() >= MOST_WAITING:
        raise Refused(
            _("先传的文件已有 %(most)d 个还没用上。请先用掉，或等它们一天后自动删除。")
            % {"most": MOST_WAITING}
        )
    digest = sha256(upload.content).hexdigest()
    keep(digest, upload.content)
    row = WaitingFile.objects.create(
        user=user,
        name=upload.name,
        content_type=content_type,
        size=len(upload.content),
        sha256=digest,
        created_at=at,
    )
    # again, as in `attach`
    transaction.on_commit(lambda: keep(digest, upload.content))
    return row


def waiting(user: User, uids: Collection[UUID]) -> dict[UUID, Upload]:
    """The files that this person sent ahead. Raises Invalid where one is not there (any more)."""
    rows = list(WaitingFile.objects.filter(user=user, uid__in=uids))
    found = {row.uid: path_of(row.sha256) for row in rows}
    for uid in uids:
        if uid not in found or not found[uid].is_file():
            refuse(_("没有先传的文件 %(id)s，或已过一天被删除，请重新上传。") % {"id": uid})
    return {row.uid: Upload(row.name, found[row.uid].read_bytes()) for row in rows}


def tidy(now: datetime) -> int:
    """Delete what was sent ahead and not used, and what no row names; how many files. See `Contents.tidy`."""
    return _drop_waiting(now) + CONTENTS.tidy(now)


def _drop_waiting(now: datetime) -> int:
    """Delete what was sent ahead more than a day ago; what has taken it keeps the content."""
    old = list(WaitingFile.objects.filter(created_at__lt=now - ABANDONED)[:AT_A_TIME])
    WaitingFile.objects.filter(pk__in=[row.pk for row in old]).delete()
    for digest in {row.sha256 for row in old}:
        drop(digest)
    return len(old)
