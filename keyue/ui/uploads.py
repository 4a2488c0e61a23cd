"""Files that people send: what may come in, checked by content and not by name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import NoReturn

import puremagic
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid

MOST_FILES = 9
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


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes


def checked(uploads: Sequence[Upload]) -> list[tuple[str, Upload]]:
    """(content type, upload) for each; raises Invalid with a sentence for each file that will not do."""
    if len(uploads) > MOST_FILES:
        refuse(_("最多 %(most)d 个文件，现在是 %(n)d 个。") % {"most": MOST_FILES, "n": len(uploads)})
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
        refuse("\n".join(faults))
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


def refuse(sentence: str) -> NoReturn:
    """Raises Invalid at the field `files`."""
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


def uploads_from(files: Iterable[object]) -> list[Upload]:
    """Uploads from Django's uploaded files; refuses what is too large before reading it."""
    found = []
    for file in files:
        size = getattr(file, "size", 0) or 0
        name = getattr(file, "name", "") or "file"
        if size > MOST_BYTES:
            refuse(_("「%(name)s」超过 %(most)d MB。") % {"name": name, "most": MOST_BYTES // 1024 // 1024})
        found.append(Upload(name, file.read()))  # type: ignore[attr-defined]
    return found
