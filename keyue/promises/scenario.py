"""`keyue derive`: one scenario in, promises and notices out (engine specification, section 9). Pure Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.promises.engine import Derivation, Edition, Promise, SubjectModel, derive
from keyue.promises.given import read_scenario
from keyue.promises.notices import Told, notice_at, passed_over
from keyue.regulations.vocabulary import register
from keyue.worktime.calendar import Calendar
from keyue.worktime.zones import zone

Models = Mapping[str, SubjectModel]


def derive_scenario(
    scenario: Mapping[str, Any], models: Models | None = None, folder: Path | None = None
) -> dict[str, Any]:
    """The output document for an input document. Raises Invalid with a sentence for bad input.

    Packs are found by absolute path, relative to the working directory, or relative to `folder`.
    """
    given = read_scenario(scenario, folder)
    model, calendar = _model(given.editions, models), given.company

    def at(now: datetime) -> Derivation:
        return derive(given.facts, given.editions, given.calendars, model, now)

    checks = [
        {"now": _local(now, calendar), "promises": [describe(p, calendar) for p in at(now).promises]}
        for now in given.asked
    ]
    last = max([*given.asked, *given.sweeps, *(fact.recorded_at for fact in given.facts)], default=None)
    failures = at(last).failures if last else ()
    output: dict[str, Any] = {"checks": checks, "notices": notices_of(given.sweeps, at, calendar)}
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
    register(model)


def subject_models() -> Models:
    return _MODELS
