"""`keyue derive`: one scenario in, promises and notices out (engine specification, section 9). Pure Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence, sentence_of
from keyue.ledger.facts import FactRecord
from keyue.promises.clocks import as_instant
from keyue.promises.engine import (
    CalendarEdition,
    Derivation,
    Edition,
    Promise,
    SubjectModel,
    derive,
)
from keyue.promises.notices import Told, notice_at, passed_over
from keyue.regulations.controls import ControlError
from keyue.regulations.document import Document, read_file
from keyue.worktime.calendar import Calendar
from keyue.worktime.zones import zone

Models = Mapping[str, SubjectModel]


def derive_scenario(
    scenario: Mapping[str, Any], models: Models | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """The output document for an input document. Raises Invalid with a sentence for bad input.

    Packs are found by absolute path, relative to the working directory, or relative to `folder`.
    """
    if not isinstance(scenario, Mapping):
        raise Invalid(sentence("输入应是一个 JSON 对象"))
    documents: dict[str, Document] = {}
    editions = [_edition(item, documents, folder) for item in _list(scenario, "editions", required=True)]
    calendars = [_calendar(item) for item in _list(scenario, "calendars")]
    if not calendars:
        calendars = [CalendarEdition(datetime.min.replace(tzinfo=UTC), Calendar())]
    facts = [_fact(item) for item in _list(scenario, "facts", required=True)]
    model = _model(editions, models)

    def at(now: datetime) -> Derivation:
        return derive(facts, editions, calendars, model, now)

    asked = [_instant(item, "at") for item in _list(scenario, "at")]
    sweeps = [_instant(item, "sweeps") for item in _list(scenario, "sweeps")]
    checks = [
        {
            "now": _local(now, calendars[0].calendar),
            "promises": [describe(p, calendars[0].calendar) for p in at(now).promises],
        }
        for now in asked
    ]
    last = max([*asked, *sweeps, *(fact.recorded_at for fact in facts)], default=None)
    failures = at(last).failures if last else ()
    output: dict[str, Any] = {"checks": checks, "notices": notices_of(sweeps, at, calendars[0].calendar)}
    if failures:
        output["failed"] = [{"control": f.control, "why": str(f.why)} for f in failures]
    return output


def notices_of(
    sweeps: list[datetime], at: Callable[[datetime], Derivation], calendar: Calendar
) -> list[dict[str, Any]]:
    """What each sweep sends, in order of the sweeps."""
    told: dict[tuple[str, str, int, int], Told] = {}
    rows: list[dict[str, Any]] = []
    for sweep in sorted(sweeps):
        promises = {promise.key: promise for promise in at(sweep).promises}
        silent = passed_over(promises.values(), lambda promise: told.get(promise.key, Told()), sweep)
        for key in sorted(promises.keys() | told.keys()):
            notice, told[key] = notice_at(
                promises.get(key), told.get(key, Told()), sweep, is_passed_over=key in silent
            )
            if notice is not None:
                rows.append(
                    {
                        "sweep": _local(sweep, calendar),
                        "control": key[1],
                        "cycle": key[2],
                        "seq": key[3],
                        "level": notice.level,
                        "threshold_at": _local(notice.threshold_at, calendar),
                    }
                )
    return rows


def describe(promise: Promise, calendar: Calendar) -> dict[str, Any]:
    """A promise as JSON, instants in the calendar's zone."""
    row: dict[str, Any] = {
        name: getattr(promise, name) for name in ("control", "clause", "cycle", "seq", "state")
    }
    for name in ("start", "due", "closed_at", "breached_at"):
        row[name] = _local(getattr(promise, name), calendar)
    row["paused"], row["owner"], row["breach_owner"] = promise.paused, promise.owner, promise.breach_owner
    row["edition"] = _local(promise.edition, calendar)
    row["provisional"] = promise.provisional
    row["look_at"] = _local(promise.look_at, calendar)
    return row


def _local(instant: datetime | None, calendar: Calendar) -> str | None:
    return None if instant is None else instant.astimezone(zone(calendar.tz)).isoformat()


def _list(scenario: Mapping[str, Any], name: str, *, required: bool = False) -> list[Any]:
    value = scenario.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise Invalid(sentence("「%(name)s」应是一个列表", name=name))
    return value


def _instant(value: Any, name: str) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError(sentence("时刻应写成带时区的文字，得到 %(value)s", value=repr(value)))
        return as_instant(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(sentence("「%(name)s」：%(why)s", name=name, why=error)) from error


def _edition(item: Any, documents: dict[str, Document], folder: Path | None) -> Edition:
    if not isinstance(item, Mapping) or not isinstance(item.get("pack"), str):
        raise Invalid(sentence("「editions」的每一项要有 from 和 pack"))
    document = documents.get(item["pack"])
    if document is None:
        document = documents[item["pack"]] = _document(item["pack"], folder)
    values = item.get("set") or {}
    if not isinstance(values, Mapping):
        raise Invalid(sentence("「set」应是「控制.字段」到值的对照"))
    try:
        controls = document.controls(values)
    except ControlError as error:
        raise Invalid(sentence("%(pack)s：%(why)s", pack=item["pack"], why=error)) from error
    return Edition(document.id, _instant(item.get("from"), "from"), document.subject, controls)


def _document(pack: str, folder: Path | None) -> Document:
    path = Path(pack)
    if not path.exists() and folder is not None and (folder / pack).exists():
        path = folder / pack
    try:
        document = read_file(path)
    except (OSError, ValueError) as error:
        raise Invalid(sentence_of(error)) from error
    if document.faults:
        raise Invalid(sentence("制度有误：%(fault)s", fault=document.faults[0]))
    return document


def _calendar(item: Any) -> CalendarEdition:
    if not isinstance(item, Mapping) or not isinstance(item.get("calendar"), Mapping):
        raise Invalid(sentence("「calendars」的每一项要有 recorded_at 和 calendar"))
    code = item.get("code") or ""
    return CalendarEdition(
        _instant(item.get("recorded_at"), "recorded_at"), Calendar.from_dict(item["calendar"]), code
    )


def _fact(item: Any) -> FactRecord:
    if (
        not isinstance(item, Mapping)
        or not isinstance(item.get("id"), str)
        or not isinstance(item.get("kind"), str)
    ):
        raise Invalid(
            sentence(
                "每条事实要有 id、kind 和 at，得到 %(value)s",
                value=json.dumps(item, ensure_ascii=False, default=str)[:80],
            )
        )
    data = item.get("data") or {}
    if not isinstance(data, Mapping):
        raise Invalid(sentence("事实 %(id)s 的 data 应是一个对象", id=item["id"]))
    at = _instant(item.get("at"), f"{item['id']}.at")
    recorded = item.get("recorded_at")
    recorded_at = at if recorded is None else _instant(recorded, f"{item['id']}.recorded_at")
    voids = item.get("voids")
    return FactRecord(
        item["id"], item["kind"], at, recorded_at, dict(data), tuple(item.get("evidence") or ()), voids
    )


def _model(editions: list[Edition], models: Models | None) -> SubjectModel:
    subjects = {edition.subject for edition in editions}
    if len(subjects) != 1:
        raise Invalid(
            sentence(
                "一个场景只能针对一种对象，得到 %(subjects)s",
                subjects=sorted(subjects) or [sentence("没有制度")],
            )
        )
    subject = subjects.pop()
    known = subject_models() if models is None else models
    if subject not in known:
        raise Invalid(sentence("不认识的对象：%(subject)s", subject=subject))
    return known[subject]


_MODELS: dict[str, SubjectModel] = {}


def register_model(model: SubjectModel) -> None:
    """Make a subject known to scenarios and to the checker; called where the rooms are put together."""
    _MODELS[model.name] = model


def subject_models() -> Models:
    return _MODELS
