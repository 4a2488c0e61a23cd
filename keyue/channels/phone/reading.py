"""What an exchange tells of calls, read from JSON. Pure but for the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.customers.rules import normalise_phone
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid
from keyue.kernel.jsons import load_json

EVENTS = ("ringing", "answered", "ended", "recording")


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a call. `number` is the customer's, in E.164 or empty; `agent` the extension or username of ours."""

    event: str
    call: str
    number: str
    is_outgoing: bool
    agent: str
    name: str
    at: datetime
    url: str


def read_event(body: bytes, now: datetime) -> Told:
    """An event out of a body. Raises Invalid with a sentence for each field that will not do."""
    try:
        given = load_json(body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Invalid(_("正文不是一个 JSON 对象。"))
    faults: dict[str, object] = {}
    event, call = _text(given, "event"), _text(given, "call")
    if event not in EVENTS:
        faults["event"] = _("event 应是 ringing、answered、ended、recording 之一。")
    if not call or len(call) > 200:
        faults["call"] = _("call 是这通电话的标识，1 到 200 个字。")
    number = ""
    try:
        number = checked({"number": (normalise_phone, _text(given, "number"))})["number"]
    except Invalid as error:
        faults |= error.fields
    url = _text(given, "url")
    if event == "recording" and not url:
        faults["url"] = _("recording 要写明录音的网址 url。")
    at = _instant(given.get("at"), now, faults)
    if faults:
        raise Invalid(_("看不懂这个事件。"), fields=faults)
    way = _text(given, "direction") or "in"
    return Told(
        event, call, number, way == "out", _text(given, "agent"), _text(given, "name")[:60], at, url[:2_000]
    )


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _instant(value: Any, now: datetime, faults: dict[str, object]) -> datetime:
    """An instant with its offset; now where none is named, never later than now."""
    if value in (None, ""):
        return now
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        faults["at"] = _("at 要写成带时区的时刻，如 2026-11-23T09:30:00+08:00。")
        return now
    return min(found, now)
