"""Files that come with messages: checked by content, size and count, kept under their SHA-256."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePath
from uuid import UUID

import puremagic
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.models import Attachment, ImportRun, Message, WaitingFile
from keyue.kernel.contents import ABANDONED, Contents
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User

MOST_FILES = 9
MOST_WAITING = 100
AT_A_TIME = 500
MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
ALLOWED = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
}
SAME_CONTENT = {"jpeg": "jpg", "m4a": "mp4", "mov": "mp4"}
CONTAINERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}


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


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


def checked(uploads: Sequence[Upload]) -> list[tuple[str, Upload]]:
    """(content type, upload) for each; raises Invalid with a sentence for each file that will not do."""
    if len(uploads) > MOST_FILES:
        _refuse(_("最多 %(most)d 个文件，现在是 %(n)d 个。") % {"most": MOST_FILES, "n": len(uploads)})
    found, faults = [], []
    for upload in uploads:
        name = PurePath(upload.name.replace("\\", "/")).name[:200] or "file"
        extension = name.rpartition(".")[2].lower()
        fault = _fault(name, extension, upload.content)
        if fault:
            faults.append(fault)
        else:
            found.append((ALLOWED[extension], Upload(name, upload.content)))
    if faults:
        _refuse("\n".join(faults))
    return found


def _fault(name: str, extension: str, content: bytes) -> str:
    """Why a file will not do; "" for one that will."""
    if extension not in ALLOWED:
        return _("「%(name)s」的类型不能上传。") % {"name": name}
    if not content:
        return _("「%(name)s」是空文件。") % {"name": name}
    if len(content) > MOST_BYTES:
        return _("「%(name)s」超过 %(most)d MB。") % {"name": name, "most": MOST_BYTES // 1024 // 1024}
    if not _content_fits(extension, content):
        return _("「%(name)s」的内容与扩展名不符。") % {"name": name}
    return ""


def _refuse(sentence: str) -> None:
    raise Invalid(sentence, fields={"files": sentence})


def _content_fits(extension: str, content: bytes) -> bool:
    if extension in {"txt", "csv"}:
        return b"\0" not in content[:4096]
    if extension in {"zip", *CONTAINERS}:
        return _container_fits(extension, content)
    try:
        kinds = {match.extension.lstrip(".").lower() for match in puremagic.magic_string(content)}
    except (puremagic.PureError, ValueError):
        return False
    family = {extension, SAME_CONTENT.get(extension, extension)}
    if extension in {"mp4", "mov", "m4a", "heic"}:
        return content[4:8] == b"ftyp"
    return bool(family & {SAME_CONTENT.get(kind, kind) for kind in kinds} | family & kinds)


def _container_fits(extension: str, content: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            if sum(info.file_size for info in archive.infolist()) > MOST_UNPACKED:
                return False
    except zipfile.BadZipFile:
        return False
    folder = CONTAINERS.get(extension)
    return folder is None or any(name.startswith(folder) for name in names)


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
            _refuse(_("没有先传的文件 %(id)s，或已过一天被删除，请重新上传。") % {"id": uid})
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


def uploads_from(files: Iterable[object]) -> list[Upload]:
    """Uploads from Django's uploaded files; refuses what is too large before reading it."""
    found = []
    for file in files:
        size = getattr(file, "size", 0) or 0
        name = getattr(file, "name", "") or "file"
        if size > MOST_BYTES:
            _refuse(_("「%(name)s」超过 %(most)d MB。") % {"name": name, "most": MOST_BYTES // 1024 // 1024})
        found.append(Upload(name, file.read()))  # type: ignore[attr-defined]
    return found
