"""Files that the API is sent as they are: one file of a multipart request, and the fields beside it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NoReturn

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid

BESIDE = 1 << 20
"""Bytes of a multipart request that are not the file."""


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
