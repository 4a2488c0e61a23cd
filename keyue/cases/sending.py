"""Files as the API takes them, in base64, and as everybody is given them: a download that leaves a trace."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import FileResponse
from django.utils.translation import gettext as _
from pydantic import Field

from keyue.cases import selectors
from keyue.cases.actions.files import MOST_BYTES, MOST_FILES, Upload, checked, path_of, waiting
from keyue.customers.enums import Purpose
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.actions import record_access
from keyue.ledger.facts import Actor
from keyue.people.api import In
from keyue.people.models import User
from keyue.people.sending import multipart as multipart
from keyue.people.sending import sent_file as sent_file
from keyue.ui import pages


class FileIn(In):
    """A file in base64 with its name, all of a request together at most 4 MiB; or the id of one that was sent ahead."""

    name: str = Field(
        "",
        max_length=200,
        examples=["现场.txt"],
        description="of a file sent ahead: another name than it has",
    )
    content: str = Field(
        "",
        max_length=MOST_BYTES * 2,
        examples=["546w5Zy66K6w5b2V"],
        json_schema_extra={"contentEncoding": "base64"},
    )
    upload: UUID | None = Field(None, description="the `id` that `POST /uploads` gave, instead of `content`")


Files = Annotated[list[FileIn], Field(default_factory=list, max_length=MOST_FILES)]


def uploads(files: Sequence[FileIn], user: User) -> list[Upload]:
    """Files from base64 or sent ahead by this person, checked. Raises Invalid with a sentence that names the file."""
    ahead = waiting(user, [file.upload for file in files if file.upload is not None])
    found = []
    for file in files:
        if bool(file.content) == (file.upload is not None) or not (file.name or file.upload):
            sentence = _("每个文件要么有 name 和 content，要么有 upload。")
            raise Invalid(sentence, fields={"files": sentence})
        if file.upload is not None:
            kept = ahead[file.upload]
            found.append(Upload(file.name or kept.name, kept.content))
            continue
        try:
            found.append(Upload(file.name, base64.b64decode(file.content, validate=True)))
        except (binascii.Error, ValueError) as error:
            sentence = _("「%(name)s」不是合法的 base64。") % {"name": file.name}
            raise Invalid(sentence, fields={"files": sentence}) from error
    checked(found)
    return found


def download(user: User, pk: int, *, by: Actor, at: datetime, via: str) -> FileResponse:
    """An attachment as it was sent, with a trace of who took it. Raises NotFound."""
    attachment = selectors.attachment_for(user, pk)
    path = path_of(attachment.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    record_access(
        by=by,
        subject=attachment.message.case.subject,
        what=f"attachment/{attachment.pk}",
        purpose=Purpose.HANDLE_CASE.value,
        via=via,
        at=at,
    )
    return pages.download(path, attachment.name, attachment.content_type)
