"""Files sent ahead of what they belong to, over the REST API: as they are, and named later by their id."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Status

from keyue.cases.actions.files import MOST_BYTES, keep_waiting, uploads_from
from keyue.cases.sending import multipart, sent_file
from keyue.kernel.contents import ABANDONED
from keyue.people.api import Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission

router = Router(tags=["cases"])


class UploadOut(Out):
    """A file that waits to be named in `files` of a body as `{"upload": id}`."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str
    until: datetime = Field(description="when it is deleted, if nothing has taken it")


@router.post(
    "",
    response={201: UploadOut},
    summary="Send a file ahead, as it is",
    openapi_extra=multipart("FileAhead"),
)
@needs(Permission.CASE_REGISTER, Permission.CASE_VIEW)
def create_upload(request: HttpRequest) -> Status[dict[str, Any]]:
    """`multipart/form-data` with one file as `file`, at most 20 MB. It is checked as on the pages, and then named by its
    id, by the same person and as often as needed, wherever a body has `files`."""
    file, _fields = sent_file(request, most=MOST_BYTES)
    [upload] = uploads_from([file])
    kept = keep_waiting(upload=upload, user=user_of(request), by=by_of(request), at=at_of(request))
    answer = {name: getattr(kept, name) for name in ("name", "content_type", "size", "sha256")}
    return Status(201, {"id": kept.uid, **answer, "until": kept.created_at + ABANDONED})
