"""What providers call us with: messages of customers, and how far ours have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.customers.faults import Fault
from keyue.customers.rules import normalise_phone
from keyue.kernel.errors import Invalid
from keyue.kernel.jsons import load_json

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST = 1000
PHONE = ("phone_number", "mobile", "phone", "from", "sender")
TEXT = ("content", "text", "message", "msg")
IDENTITY = ("sequence_id", "id", "msgid", "message_id")
TIME = ("send_time", "time", "at")


@dataclass(frozen=True, slots=True)
class Came:
    """A message of a customer's; the number as archives keep it."""

    id: str
    phone: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """How far a message of ours has come. `id` is ours, `number` the provider's."""

    id: str
    number: str
    is_delivered: bool
    why: str = ""


def entries(raw: bytes, content_type: str) -> list[Mapping[str, Any]]:
    """The entries of a call: an object or a list of them in JSON, or a form. Raises Invalid."""
    if "form-urlencoded" in content_type:
        return [dict(parse_qsl(raw.decode("utf-8", "replace"), max_num_fields=50))]
    try:
        found = load_json(raw)
    except (ValueError, RecursionError):
        raise Invalid(_("正文不是 JSON。"), code="not_json") from None
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows) or len(rows) > MOST:
        raise Invalid(_("正文要是一个 JSON 对象。"), code="not_json")
    return rows


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(row[name]) for name in names if row.get(name) not in (None, "")), "")


def report(row: Mapping[str, Any]) -> Report | None:
    """An entry as a report of delivery; None where it is none."""
    if "success" in row and "biz_id" in row:
        why = f"{row.get('err_code', '')} {row.get('err_msg', '')}".strip()
        return Report(str(row.get("out_id") or ""), str(row["biz_id"]), bool(row["success"]), why)
    if "report_status" in row:
        why = f"{row.get('errmsg', '')} {row.get('description', '')}".strip()
        is_good = str(row["report_status"]).upper() == "SUCCESS"
        return Report(str(row.get("ext") or ""), str(row.get("sid") or ""), is_good, why)
    if "delivered" in row:
        is_good = row["delivered"] in (True, "true", "1", 1)
        return Report(_first(row, IDENTITY), "", is_good, str(row.get("why") or ""))
    return None


def came(row: Mapping[str, Any], now: datetime) -> Came:
    """An entry as a message. Raises Invalid."""
    phone, text = _first(row, PHONE), _first(row, TEXT)
    if row.get("nationcode") and not phone.startswith("+"):
        phone = f"+{row['nationcode']}{phone}"
    try:
        handle = normalise_phone(phone)
    except Fault:
        handle = ""
    if not handle:
        # a service number such as 10086 writes too: it has no other form
        handle = "".join(c for c in phone if c.isascii() and c.isdigit())[:20]
    if not handle:
        raise Invalid(_("没有发信的号码。"))
    written = _first(row, TIME)
    identity = _first(row, IDENTITY)
    if not identity:
        identity = sha256(f"{handle}\n{written}\n{text}".encode()).hexdigest()
    return Came(identity[:200], handle, text.strip() or _("[空消息]"), _instant(written, now))


def _instant(text: str, now: datetime) -> datetime:
    """When it was sent: seconds, or Chinese local time; now where it makes no sense."""
    try:
        if text.isascii() and text.isdecimal():
            found = datetime.fromtimestamp(int(text), UTC)
        else:
            found = datetime.fromisoformat(text)
            found = found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError, OSError):
        return now
    return found if (now - found).days < 3 and found <= now else now
