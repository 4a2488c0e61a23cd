"""Files as the API takes them, in base64, and as everybody is given them: a download that leaves a trace."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Annotated, Any, NoReturn
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest
from django.http.multipartparser import MultiPartParserError
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
from keyue.ui import pages

BESIDE = 1 << 20
"""Bytes of a multipart request that are not the file."""


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


def multipart(schema: str) -> dict[str, Any]:
    """What the document says of an operation that takes a file as it is; its schemas are in `keyue.api.document`."""
    content = {"multipart/form-data": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"requestBody": {"required": True, "content": content}}


def sent_file(
    request: HttpRequest, *, most: int, beside: Collection[str] = ()
) -> tuple[UploadedFile, dict[str, str]]:
    """The one file of a multipart request, under `file`, and the fields beside it. Raises Invalid.

    A file that is larger than `most` bytes is refused before it is read, where the request says its length.
    """
    if request.content_type != "multipart/form-data":
        _refuse_file(_("请用 multipart/form-data 发送文件，字段名是 file。"))
    if int(request.META.get("CONTENT_LENGTH") or 0) > most + BESIDE:
        _refuse_file(_("文件超过 %(most)d MB。") % {"most": most // 1024**2})
    try:
        files, fields = request.FILES, request.POST
    except (MultiPartParserError, SuspiciousOperation) as error:
        sentence = _("看不懂这个 multipart/form-data 请求，请检查它的格式。")
        raise Invalid(sentence, fields={"file": sentence}) from error
    unknown = ({*files} - {"file"}) | ({*fields} - {*beside})
    if unknown:
        sentence = _("没有这一项，请检查名称。")
        raise Invalid(sentence, fields=dict.fromkeys(sorted(unknown), sentence))
    sent = files.getlist("file")
    if len(sent) != 1:
        _refuse_file(_("请选择一个文件。"))
    if (sent[0].size or 0) > most:
        _refuse_file(_("文件超过 %(most)d MB。") % {"most": most // 1024**2})
    return sent[0], {name: str(value) for name, value in fields.items()}


def _refuse_file(sentence: str) -> NoReturn:
    raise Invalid(sentence, fields={"file": sentence})


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
