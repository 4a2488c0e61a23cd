"""A message of another system as it hands it in: what it may hold, and where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from keyue.conversations.actions._ground import LONGEST
from keyue.kernel.errors import Invalid
from keyue.kernel.jsons import load_json
from keyue.ui.uploads import MOST_FILES, Upload

MOST_BODY = 1024 * 1024
"""Bytes of a callback; files come by their addresses."""
ID, NAME, URL = 200, 60, 2_000
AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Given:
    """A message of another system. `files` are (name, address)."""

    id: str
    sender: str
    text: str
    name: str = ""
    phone: str = ""
    email: str = ""
    sent_at: datetime | None = None
    files: tuple[tuple[str, str], ...] = ()
    answers: tuple[str, ...] = ()
    is_automatic: bool = False


def parsed(body: bytes) -> Mapping[str, Any]:
    """The body as a JSON object. Raises Invalid."""
    try:
        found = load_json(body)
    except (ValueError, RecursionError):
        raise Invalid(_("正文不是 JSON。"), code="not_json") from None
    if not isinstance(found, dict):
        raise Invalid(_("正文要是一个 JSON 对象。"), code="not_json")
    return found


def read_message(body: bytes, at: datetime) -> Given:
    """Raises Invalid with a sentence for each field at fault."""
    raw = parsed(body)
    faults: dict[str, object] = {}
    sender = raw.get("sender")
    if not isinstance(sender, dict):
        sender = {}
    identity = _text(raw, "id", ID, faults, required=True)
    handle = _text(sender, "id", ID, faults, required=True, named="sender.id")
    text = _text(raw, "text", 10 * LONGEST, faults)
    files = _files(raw.get("files"), faults)
    if not text.strip() and not files and "text" not in faults:
        faults["text"] = _("text 和 files 至少要有一个。")
    answers = raw.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(one, str) for one in answers):
        faults["answers"] = _("answers 要是一列消息标识。")
        answers = []
    given = Given(
        id=identity,
        sender=handle,
        text=text,
        name=_text(sender, "name", NAME, faults, named="sender.name"),
        phone=_text(sender, "phone", 40, faults, named="sender.phone"),
        email=_text(sender, "email", 254, faults, named="sender.email"),
        sent_at=_instant(raw.get("sent_at"), at, faults),
        files=files,
        answers=tuple(answers[:50]),
        is_automatic=raw.get("automatic") is True,
    )
    if faults:
        raise Invalid(" ".join(str(fault) for fault in faults.values()), fields=faults)
    return given


def _text(
    raw: Mapping[str, Any],
    key: str,
    most: int,
    faults: dict[str, object],
    *,
    required: bool = False,
    named: str = "",
) -> str:
    value = raw.get(key)
    name = named or key
    if value is None or value == "":
        if required:
            faults[name] = _("缺少 %(name)s。") % {"name": name}
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        value = str(value)
    if not isinstance(value, str):
        faults[name] = _("%(name)s 要是文字。") % {"name": name}
        return ""
    if len(value) > most:
        faults[name] = _("%(name)s 最多 %(most)d 字。") % {"name": name, "most": most}
    return value.replace("\0", "")


def _files(raw: Any, faults: dict[str, object]) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    for one in raw if isinstance(raw, list) else []:
        url = one.get("url") if isinstance(one, dict) else None
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(url, str) or not 0 < len(url) <= URL or not isinstance(name, str | None):
            faults["files"] = _("files 里每一项要有 url（网址）和 name（文件名）。")
            return ()
        found.append(((name or url.partition("?")[0].rpartition("/")[2])[:NAME] or "file", url))
    if raw is not None and not isinstance(raw, list):
        faults["files"] = _("files 里每一项要有 url（网址）和 name（文件名）。")
    if len(found) > MOST_FILES:
        faults["files"] = _("最多 %(most)d 个文件，现在是 %(n)d 个。") % {"most": MOST_FILES, "n": len(found)}
    return tuple(found)


def _instant(raw: Any, at: datetime, faults: dict[str, object]) -> datetime | None:
    if raw is None:
        return None
    try:
        found = datetime.fromtimestamp(raw, UTC) if isinstance(raw, int) else datetime.fromisoformat(raw)
        if found.tzinfo is None or found > at + AHEAD or found.year < 2000:
            raise ValueError
    except (ValueError, TypeError, OverflowError, OSError):
        faults["sent_at"] = _("sent_at 要是带时区的时间，如 2026-03-17T10:00:00+08:00，且不能在以后。")
        return None
    return min(found, at)


def cut(text: str, name: str) -> tuple[str, list[Upload]]:
    """A text as long as a line may be; a longer one is kept whole as a file."""
    if len(text) <= LONGEST:
        return text, []
    note = _("……（全文见附件）")
    return text[: LONGEST - len(note)] + note, [Upload(name, text.encode())]
