"""Lines as the window shows them: plain values, never markup."""

from __future__ import annotations

from typing import Any

from django.core import signing
from django.urls import reverse

from keyue.conversations.enums import Delivery, LineKind
from keyue.conversations.models import Line
from keyue.ui.addresses import address

FILE_SALT = "keyue.channels.chat.file"
SIDES = {
    LineKind.INBOUND: "me",
    LineKind.OUTBOUND: "us",
    LineKind.AUTO: "auto",
    # never shown to a visitor
    LineKind.WHISPER: "",
    LineKind.EVENT: "",
}


def shown(line: Line, *, has_files: bool = True) -> dict[str, Any]:
    """A line; one whose words were erased says so by `gone`. Its files are not asked for where there are none."""
    gone = line.erased_at is not None
    detail = line.detail if isinstance(line.detail, dict) else {}
    said: dict[str, Any] = {
        "id": line.pk,
        "side": SIDES[LineKind(line.kind)],
        "text": "" if gone else line.body,
        "at": line.at.isoformat(),
    }
    if gone:
        said["gone"] = True
    if line.kind == LineKind.INBOUND:
        said["key"] = (line.external_id or "").rpartition(":")[2]
        said["read"] = line.read_at is not None
    if line.kind == LineKind.OUTBOUND and line.author is not None:
        said["by"] = line.author.name
        said["read"] = line.delivery == Delivery.READ
    files = [
        {"name": file.name, "size": file.size, "url": _file_url(line, file.pk)}
        for file in (line.files.all() if has_files else ())
        if file.erased_at is None
    ]
    if files:
        said["files"] = files
    if line.kind == LineKind.AUTO and detail.get("number"):
        said["source"] = {
            "title": str(detail.get("title", "")),
            "url": address("knowledge:help_article", str(detail["number"])),
        }
    return said


def _file_url(line: Line, pk: int) -> str:
    mark = signing.Signer(salt=FILE_SALT).sign_object([line.party_id, pk])
    return reverse("channels:chat_file", args=[line.channel_id, mark])


def read_file_mark(mark: str) -> tuple[int, int] | None:
    """(party, file) that an address of a file names; None for one that was not made here."""
    try:
        party, pk = signing.Signer(salt=FILE_SALT).unsign_object(mark)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(party), int(pk)
