"""Names of attached files, from whatever names them, fit to be shown and to be saved under."""

from __future__ import annotations

import re

from keyue.channels.email.reader.headers import Headers, one_line
from keyue.channels.email.reader.mail import spelt_out
from keyue.channels.email.reader.parameters import Parameterised

LONGEST = 200
_DISGUISE = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_DRIVE = re.compile(r"(?:[A-Za-z]:\\|\\\\|\.{0,2}\\)")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")
EXTENSIONS = {
    "application/gzip": ".gz",
    "application/ics": ".ics",
    "application/json": ".json",
    "application/msword": ".doc",
    "application/ms-tnef": ".dat",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/x-7z-compressed": ".7z",
    "application/x-rar-compressed": ".rar",
    "application/x-zip-compressed": ".zip",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/amr": ".amr",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}


def declared_name(headers: Headers, kind: Parameterised, place: Parameterised) -> str:
    """The name that a part gives its file, without folders; empty where it gives none."""
    for said in (place.get("filename"), kind.get("name"), place.get("name"), kind.get("filename")):
        name = file_name(said)
        if name:
            return name
    described = headers.words(headers.raw("content-description"))
    return file_name(described) if _EXTENSION.search(described) else ""


def file_name(said: str) -> str:
    """The last part of a path, without what disguises a name; empty for nothing and for dots alone."""
    name = _DISGUISE.sub("", spelt_out(one_line(said))).strip().strip('"')
    if _DRIVE.match(name) or "\\" in name:
        name = name.rsplit("\\", 1)[-1]
    name = name.rsplit("/", 1)[-1].strip()
    if not name.strip(". "):
        return ""
    if len(name) > LONGEST:
        extension = _EXTENSION.search(name)
        tail = extension[0] if extension else ""
        name = name[: LONGEST - len(tail)] + tail
    return name


def made_name(kind: str, number: int) -> str:
    """A name for a file that has none: its number in the mail, and what its type is saved as."""
    stem = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers"}.get(kind)
    stem = stem or {"text/calendar": "invite", "message/disposition-notification": "receipt"}.get(kind)
    return (stem or f"attachment-{number}") + EXTENSIONS.get(kind, ".bin")
