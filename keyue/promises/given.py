"""What a scenario of `keyue derive` gives, read and checked (engine specification, section 9). Pure Python.

Whatever cannot be meant is refused with `Misplaced`, which knows where in the scenario it stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence, sentence_of
from keyue.ledger.facts import FactRecord
from keyue.promises.calendars import calendar_editions
from keyue.promises.clocks import as_instant
from keyue.promises.engine import CalendarEdition, Edition
from keyue.regulations.controls import ControlError
from keyue.regulations.document import Document, read_file
from keyue.regulations.editions import editions_by_subject
from keyue.regulations.positions import Misplaced, standing_at
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar

LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Given:
    """A scenario as the engine takes it; `company` is the calendar in whose zone instants are written."""

    editions: list[Edition]
    calendars: list[CalendarEdition]
    facts: list[FactRecord]
    asked: list[datetime]
    sweeps: list[datetime]

    @property
    def company(self) -> Calendar:
        return next(edition.calendar for edition in self.calendars if not edition.code)


def read_scenario(scenario: object, folder: Path | None = None) -> Given:
    """The parts of a scenario. Raises Misplaced with a sentence for the first that is wrong.

    It is about the regulation's own subject, or another one that `subject` names. Packs are found by absolute path,
    relative to the working directory, or relative to `folder`.
    """
    if not isinstance(scenario, Mapping):
        raise Misplaced(sentence("输入应是一个 JSON 对象"))
    editions = _editions(scenario, folder)
    calendars = _calendars(scenario)
    _check_calendars(editions, calendars)
    facts = [_fact(item, n) for n, item in enumerate(_list(scenario, "facts", required=True))]
    _check_owners(editions, facts)
    asked, sweeps = (
        [_instant(item, name, name, n) for n, item in enumerate(_list(scenario, name))]
        for name in ("at", "sweeps")
    )
    return Given(editions, calendars, facts, asked, sweeps)


def _list(scenario: Mapping[str, Any], name: str, *, required: bool = False) -> list[Any]:
    value = scenario.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list):
        raise Misplaced(sentence("「%(name)s」应是一个列表", name=name), name)
    return value


def _instant(value: Any, name: str, *path: str | int) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError(sentence("时刻应写成带时区的文字，得到 %(value)s", value=cut(repr(value))))
        return as_instant(value).astimezone(UTC)
    except OverflowError:
        why = sentence("%(value)s 超出了能计算的年份", value=repr(value))
        raise Misplaced(sentence("「%(name)s」：%(why)s", name=name, why=why), *path) from None
    except ValueError as error:
        raise Misplaced(sentence("「%(name)s」：%(why)s", name=name, why=error), *path) from error


# -- editions ---------------------------------------------------------------------------------------------------


def _editions(scenario: Mapping[str, Any], folder: Path | None) -> list[Edition]:
    documents: dict[str, Document] = {}
    about = scenario.get("subject")
    if about is not None and not isinstance(about, str):
        raise Misplaced(sentence("「subject」应是文字，得到 %(value)s", value=_quoted(about)), "subject")
    found = []
    for n, item in enumerate(_list(scenario, "editions", required=True)):
        with standing_at("editions", n):
            each = _edition(item, documents, folder)
            # a regulation's own subject comes first
            asked = [one for one in each if one.subject == about] if about is not None else each[:1]
            # one that asks nothing of this subject still takes the place of the one before it
            found += asked or [Edition(each[0].regulation, each[0].effective, str(about), ())]
    return found


def _edition(item: Any, documents: dict[str, Document], folder: Path | None) -> list[Edition]:
    if not isinstance(item, Mapping) or not isinstance(item.get("pack"), str) or not item["pack"]:
        raise Misplaced(sentence("「editions」的每一项要有 from 和 pack"))
    pack = item["pack"]
    document = documents.get(pack)
    if document is None:
        with standing_at("pack"):
            document = documents[pack] = _document(pack, folder)
    values = item.get("set")
    if values is not None and not isinstance(values, Mapping):
        raise Misplaced(
            sentence("「set」应是「控制.字段」到值的对照，得到 %(value)s", value=_quoted(values)), "set"
        )
    try:
        controls = document.controls(values)
    except ControlError as error:
        key, why = _culprit(document, values or {}) or (None, error)
        said = sentence("%(pack)s：%(why)s", pack=cut(pack, LONGEST_PATH), why=why)
        raise Misplaced(said, "set", *([key] if key is not None else [])) from error
    effective = _instant(item.get("from"), "from", "from")
    return editions_by_subject(document.id, effective, document.subject, controls)


def _culprit(document: Document, values: Mapping[str, Any]) -> tuple[str, ControlError] | None:
    """The first value that cannot stand even alone, and why."""
    for key, value in values.items():
        try:
            document.controls({key: value})
        except ControlError as error:
            return key, error
    return None


def _document(pack: str, folder: Path | None) -> Document:
    path = Path(pack)
    try:
        if not path.exists() and folder is not None and (folder / pack).exists():
            path = folder / pack
        document = read_file(path)
    except (OSError, ValueError) as error:
        # what the system says has a number and a name for the error; a sentence of ours has neither
        why = getattr(error, "strerror", None)
        if why is None:
            raise Invalid(sentence_of(error)) from error
        raise Invalid(sentence("读不了 %(file)s：%(why)s", file=cut(pack, LONGEST_PATH), why=why)) from error
    if document.faults:
        raise Invalid(sentence("制度有误：%(fault)s", fault=document.faults[0]))
    return document


# -- calendars --------------------------------------------------------------------------------------------------


def _calendars(scenario: Mapping[str, Any]) -> list[CalendarEdition]:
    found = []
    for n, item in enumerate(_list(scenario, "calendars")):
        with standing_at("calendars", n):
            found.append(_calendar(item))
    return calendar_editions(found)


def _calendar(item: Any) -> tuple[str, datetime, Calendar]:
    """A version of a calendar: the company's own, or the one of its `code`."""
    if not isinstance(item, Mapping) or not isinstance(item.get("calendar"), Mapping):
        raise Misplaced(sentence("「calendars」的每一项要有 recorded_at 和 calendar"))
    code = item.get("code")
    if code is not None and not (isinstance(code, str) and code):
        raise Misplaced(sentence("「code」应是日历的代码，得到 %(value)s", value=_quoted(code)), "code")
    recorded_at = _instant(item.get("recorded_at"), "recorded_at", "recorded_at")
    with standing_at("calendar"):
        calendar = Calendar.from_dict(item["calendar"])
    return code or COMPANY_CALENDAR, recorded_at, calendar


def _check_calendars(editions: Iterable[Edition], calendars: Iterable[CalendarEdition]) -> None:
    """A control never counts by another calendar than the one that it names."""
    given = {edition.code for edition in calendars} | {COMPANY_CALENDAR}
    for n, edition in enumerate(editions):
        for control in edition.controls:
            if control.calendar is not None and control.calendar not in given:
                raise Misplaced(
                    sentence(
                        "控制 %(id)s 按日历「%(code)s」计时，场景没有给它：在 calendars 里写上 code 为 %(code)s 的一项",
                        id=control.id,
                        code=control.calendar,
                    ),
                    "editions",
                    n,
                )


# -- facts ------------------------------------------------------------------------------------------------------


def _fact(item: Any, n: int) -> FactRecord:
    if (
        not isinstance(item, Mapping)
        or not isinstance(item.get("id"), str)
        or not isinstance(item.get("kind"), str)
    ):
        said = sentence("每条事实要有 id、kind 和 at，得到 %(value)s", value=_quoted(item))
        raise Misplaced(said, "facts", n)
    identity = cut(item["id"])
    for name, kind, wrong in (
        ("data", Mapping, sentence("事实 %(id)s 的 data 应是一个对象", id=identity)),
        ("voids", str, sentence("事实 %(id)s 的 voids 应是另一条事实的 id", id=identity)),
        ("evidence", list, sentence("事实 %(id)s 的 evidence 应是一个列表", id=identity)),
    ):
        if item.get(name) is not None and not isinstance(item[name], kind):
            said = sentence("%(wrong)s，得到 %(value)s", wrong=wrong, value=_quoted(item[name]))
            raise Misplaced(said, "facts", n, name)
    at = recorded_at = _instant(item.get("at"), f"{identity}.at", "facts", n, "at")
    if item.get("recorded_at") is not None:
        recorded_at = _instant(item["recorded_at"], f"{identity}.recorded_at", "facts", n, "recorded_at")
    return FactRecord(
        item["id"],
        item["kind"],
        at,
        recorded_at,
        dict(item.get("data") or {}),
        tuple(item.get("evidence") or ()),
        item.get("voids"),
    )


def _check_owners(editions: Iterable[Edition], facts: Iterable[FactRecord]) -> None:
    """Whoever a path such as `case.lead` leads to is named by a text; of anything else the engine would make one."""
    names = {
        code.rpartition(".")[2]
        for edition in editions
        for control in edition.controls
        for code in control.owner
        if "." in code
    }
    for n, fact in enumerate(facts):
        for name in sorted(names & fact.data.keys()):
            value = fact.data[name]
            if value is not None and not isinstance(value, str):
                said = sentence(
                    "事实 %(id)s 的 %(name)s 是负责的人或部门，应是文字，得到 %(value)s",
                    id=cut(fact.id),
                    name=name,
                    value=_quoted(value),
                )
                raise Misplaced(said, "facts", n, "data", name)


def _quoted(value: Any) -> str:
    return cut(json.dumps(value, ensure_ascii=False, default=str), 80)
