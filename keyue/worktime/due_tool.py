"""`keyue due`: deadlines from lines of JSON, for other programs and for checking ours (ENGINE section 9).

A line in is an object with `start`, `rule`, `calendar`, perhaps `id` and `pauses`; other members are let be, so
that the worked examples can be fed as they are. A line out is `{id, due, thresholds}` or `{id, error}`. Whatever
the input, there is neither a traceback nor a date that does not follow from it. Pure Python, no Django.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NoReturn, TextIO
from zoneinfo import ZoneInfo

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import Pause, due, is_hours, parse_rule, thresholds
from keyue.worktime.zones import shown, zone

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([01][0-9]|2[0-3])(:[0-5][0-9])(:[0-5][0-9])?(?:\.([0-9]{1,9}))?"
    r"(Z|z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])"
)
_KEPT_CALENDARS = 128
_FROM, _TO = sentence("暂停的 from"), sentence("暂停的 to")


def run(lines: Iterable[str | bytes], out: TextIO) -> int:
    """Answer each line of `lines` with one line on `out`. Returns 1 if any was an error, else 0.

    Empty lines are passed over. Give bytes (`sys.stdin.buffer`) to have lines that are not UTF-8 answered too.
    """
    calendars = _Calendars()
    failed = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        answer = _answer(line, number, calendars)
        failed = failed or "error" in answer
        out.write(_written(answer, getattr(out, "encoding", None) or "utf-8") + "\n")
    return 1 if failed else 0


def _answer(line: str | bytes, number: int, calendars: _Calendars) -> dict[str, Any]:
    identity: object = None
    try:
        request = _read(line, number)
        identity = _identity(request)
        return {"id": identity, **_computed(request, calendars)}
    except Invalid as error:
        return {"id": identity, "error": str(error)}
    except RecursionError:
        return {"id": identity, "error": str(sentence("第 %(number)s 行嵌套太深", number=number))}
    except Exception as error:  # a fault of ours: say so, and go on with the next line
        return {
            "id": identity,
            "error": str(
                sentence(
                    "第 %(number)s 行无法计算（%(kind)s）：请把这一行报告给我们",
                    number=number,
                    kind=type(error).__name__,
                )
            ),
        }


def _computed(request: Mapping[str, Any], calendars: _Calendars) -> dict[str, Any]:
    start = read_instant(_required(request, "start"), "start")
    rule = parse_rule(_required(request, "rule"))
    calendar = calendars.read(_required(request, "calendar"))
    pauses = _pauses(request.get("pauses"))
    local = zone(calendar.tz)
    result: dict[str, Any] = {"due": _local(due(start, rule, calendar, pauses), local)}
    if is_hours(rule):
        levels = thresholds(start, rule, calendar, pauses)
        result["thresholds"] = {level: _local(at, local) for level, at in levels.items()}
    return result


def read_instant(value: object, where: object) -> datetime:
    """An RFC 3339 date and time with an offset; seconds may be missing, digits after the sixth are cut off.

    Raises Invalid, also for a local time without offset: whose 9 o'clock it is cannot be guessed (R1).
    """
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match:
        day, hour, minute, second, fraction, offset = match.groups()
        text = f"{day}T{hour}{minute}{second or ':00'}.{(fraction or '0')[:6]:0<6}{offset.upper()}"
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Invalid(
        sentence(
            "%(where)s：%(value)s 不是带时区的时刻，如 2025-03-03T10:00:00+08:00",
            where=where,
            value=shown(value),
        )
    )


class _Calendars:
    """Calendars read so far, by their JSON text: most lines bring the same one again."""

    def __init__(self) -> None:
        self._known: dict[str, Calendar] = {}

    def read(self, obj: object) -> Calendar:
        key = json.dumps(obj)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Calendar.from_dict(obj)
            if len(self._known) > _KEPT_CALENDARS:
                del self._known[next(iter(self._known))]
        return known


def _read(line: str | bytes, number: int) -> Mapping[str, Any]:
    try:
        text = line.decode("utf-8") if isinstance(line, bytes) else line
        request = json.loads(
            text.removeprefix("\ufeff"), parse_constant=_no_constant, object_pairs_hook=_without_repeats
        )
    except Invalid as error:
        raise Invalid(sentence("第 %(number)s 行：%(error)s", number=number, error=error)) from None
    except ValueError:
        raise Invalid(sentence("第 %(number)s 行不是 JSON", number=number)) from None
    if not isinstance(request, dict):
        raise Invalid(
            sentence(
                "第 %(number)s 行应是一个 JSON 对象，得到的是 %(request)s",
                number=number,
                request=shown(request),
            )
        )
    return request


def _no_constant(name: str) -> NoReturn:
    raise Invalid(sentence("%(name)s 不是 JSON 的数", name=name))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise Invalid(sentence("%(repeated)s 写了两次，不知以哪个为准", repeated=shown(repeated)))
    return result


def _identity(request: Mapping[str, Any]) -> str | int | None:
    value = request.get("id")
    if value is None or (isinstance(value, str | int) and not isinstance(value, bool)):
        return value
    raise Invalid(sentence("id 应是文字或整数，得到的是 %(value)s", value=shown(value)))


def _required(request: Mapping[str, Any], key: str) -> object:
    value = request.get(key)
    if value is None:
        raise Invalid(sentence("缺少 %(key)s", key=key))
    return value


def _pauses(value: object) -> list[Pause]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(sentence("pauses 应是列表，得到的是 %(value)s", value=shown(value)))
    result: list[Pause] = []
    for pause in value:
        # `to` must be said: an end left out by mistake would be a pause for ever
        if not isinstance(pause, dict) or "from" not in pause or "to" not in pause:
            raise Invalid(
                sentence(
                    "暂停应是 {from, to} 对象，未结束的写 to: null，得到的是 %(pause)s", pause=shown(pause)
                )
            )
        since = read_instant(pause["from"], _FROM)
        until = None if pause["to"] is None else read_instant(pause["to"], _TO)
        if until is not None and until < since:
            raise Invalid(
                sentence("暂停的结束 %(until)s 早于开始 %(since)s", until=pause["to"], since=pause["from"])
            )
        result.append((since, until))
    return result


def _local(at: datetime | None, local: ZoneInfo) -> str | None:
    return None if at is None else at.astimezone(local).isoformat()


def _written(answer: Mapping[str, Any], encoding: str) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # half a surrogate pair in an id, or a terminal without Chinese
        return json.dumps(answer)
    return text
