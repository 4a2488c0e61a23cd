"""A control as it is typed on screen, and back to its block. What was not changed keeps the spelling that it has.

What is typed is flat: `within`, `on-0-fact`, `on-0-1-value`. Everything that begins with a key belongs to this key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from keyue.compliance.control_names import value_code, value_name
from keyue.compliance.typed_conditions import Part, put_together, taken_apart
from keyue.kernel.errors import KeyueError
from keyue.regulations.blocks import ORDER
from keyue.regulations.control_values import LONGEST, OCCASION, ControlError
from keyue.regulations.durations import read
from keyue.regulations.durations import typed as as_typed
from keyue.regulations.kinds import FIELDS, ControlKind
from keyue.worktime.rules import parse_duration

Typed = dict[str, str | list[str]]

OCCASIONS = ("on", "after", "start", "met_by", "counts_from")
ONLY_ONE = frozenset({"after", "start", "counts_from"})
LIMITS = ("within", "every")
LISTS = ("evidence", "days")
ROWS = ("owner", "fields")
FLAGS = ("gate", "late_serves_next")
LONG = ("note", "statement", "question")
DEFAULTS = {"kind": "deadline", "again": "round", "window": "rolling"}
YEARS = re.compile(r"([0-9]+)\s*年")
AROUND = re.compile(r"^每隔?\s*|\s*(?:之内|以内|内|一次)$")
PERCENTS = re.compile(r"[0-9]+")
NOT_IN_IDS = re.compile(r"[^\w-]+")


@dataclass(slots=True)
class Built:
    """A block from what was typed, and what could not be understood, by the name under which it was typed."""

    raw: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)


# ── from a block ──────────────────────────────────────────────────────────────────────────────────────────────


def typed_of(raw: Mapping[str, Any], language: str = "zh") -> Typed:
    """What the form shows for a block; what has no form on screen is left out, and stays untouched."""
    typed: Typed = {"id": str(raw.get("id", ""))}
    for key, value in raw.items():
        if key in OCCASIONS:
            _show_occasions(typed, key, value)
        elif key in LIMITS:
            _show_limit(typed, key, value, language)
        elif key in LISTS:
            typed[key] = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        elif key in ROWS:
            typed |= {f"{key}-{n}": str(item) for n, item in enumerate(_several(value))}
        elif key in FLAGS:
            typed[key] = "on" if value is True else ""
        elif key == "when":
            _show_condition(typed, "when", str(value))
        elif key in ("max_pause", "proposed"):
            typed[key] = as_typed(value, language)
        elif key == "remind":
            typed[key] = _("、").join(str(item) for item in _several(value))
        elif key == "escalate":
            _show_steps(typed, value)
        elif isinstance(value, str | int | date) and not isinstance(value, bool):
            typed[key] = "" if DEFAULTS.get(key) == value else str(value)
    return {name: _clean(value) for name, value in typed.items()}


def _several(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _clean(value: str | list[str]) -> str | list[str]:
    return value if isinstance(value, list) else value.replace("\r\n", "\n").strip()


def _show_occasions(typed: Typed, key: str, value: object) -> None:
    for n, text in enumerate(_several(value)):
        match = OCCASION.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is not None:
            typed[f"{key}-{n}-fact"] = match[1]
            _show_condition(typed, f"{key}-{n}", match[2] or "")


def _show_condition(typed: Typed, name: str, text: str) -> None:
    parts, rest = taken_apart(text) if text else ([], "")
    for m, part in enumerate(parts):
        typed[f"{name}-{m}-field"], typed[f"{name}-{m}-relation"] = part.field, part.relation
        typed[f"{name}-{m}-value"] = part.value
    typed[f"{name}-rest"] = rest


def _show_limit(typed: Typed, key: str, value: object, language: str) -> None:
    if not (isinstance(value, Mapping) and "by" in value):
        typed[key] = as_typed(value, language)
        return
    by = str(value["by"])
    typed[f"{key}-by"] = by
    for n, (case, limit) in enumerate(item for item in value.items() if item[0] != "by"):
        typed[f"{key}-{n}-case"], typed[f"{key}-{n}-limit"] = value_name(by, case), as_typed(limit, language)


def _show_steps(typed: Typed, value: object) -> None:
    for n, step in enumerate(_several(value)):
        if isinstance(step, Mapping):
            typed[f"escalate-{n}-at"] = str(step.get("at", ""))
            typed |= {f"escalate-{n}-to-{m}": str(to) for m, to in enumerate(_several(step.get("to", "")))}


# ── back to a block ───────────────────────────────────────────────────────────────────────────────────────────


def built(typed: Typed, before: Mapping[str, Any] | None = None, language: str = "zh") -> Built:
    """The block for what was typed; `before` is the one that the form was filled from."""
    old = before or {}
    shown, now = typed_of(old, language), {name: _clean(value) for name, value in typed.items()}
    kind = kind_of(now.get("kind"))
    found = Built({"id": old.get("id") or identity_of(str(now.get("id", "")), str(now.get("name", "")))})
    keys = [key for key in ORDER["control"] if key in FIELDS[kind] and key != "id"]
    for key in keys:
        if _group(now, key) == _group(shown, key):
            if key in old:
                found.raw[key] = old[key]
            continue
        value = _read(now, key, found.faults)
        if value is not None and value not in ("", [], {}):
            found.raw[key] = value
    known = {name for names in FIELDS.values() for name in names}
    found.raw |= {key: value for key, value in old.items() if key not in known}
    return found


def kind_of(text: object) -> ControlKind:
    """The kind that is meant; one that does not exist, in a draft, is shown as a deadline and named as a fault."""
    known = {str(kind): kind for kind in ControlKind}
    return known.get(str(text), ControlKind.DEADLINE)


def identity_of(typed: str, name: str) -> str:
    """The identity of a new control: as typed, else from its name."""
    return NOT_IN_IDS.sub("_", typed.strip() or name.strip()).strip("_-")[:LONGEST]


def _group(typed: Typed, key: str) -> dict[str, str | list[str]]:
    return {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in typed.items()
        if (name == key or name.startswith(f"{key}-")) and value not in ("", [])
    }


def _read(typed: Typed, key: str, faults: dict[str, str]) -> Any:
    text = str(typed.get(key, ""))
    if key in OCCASIONS:
        return _occasions(typed, key)
    if key in LIMITS:
        return _limit(typed, key, faults)
    if key in LISTS:
        return list(typed.get(key, []))
    if key in ROWS:
        rows = [str(typed[f"{key}-{n}"]) for n in rows_of(typed, key) if typed.get(f"{key}-{n}")]
        return rows[0] if len(rows) == 1 and key == "owner" else rows
    if key in FLAGS:
        return bool(text) or None
    if key == "when":
        return _condition(typed, "when")
    if key in ("max_pause", "proposed"):
        return _time(text, key, faults, pause=key == "max_pause")
    if key == "remind":
        return [f"{percent}%" for percent in PERCENTS.findall(text)]
    if key == "escalate":
        return _steps(typed)
    return _other(key, text, faults)


def _other(key: str, text: str, faults: dict[str, str]) -> Any:
    if key == "count" and text:
        if not text.isdecimal() or len(text) > 6:
            faults[key] = _("请填写一个正整数。")
            return None
        return int(text)
    if key == "anchor" and text:
        try:
            return date.fromisoformat(text)
        except ValueError:
            faults[key] = _("请写成 2026-01-01 这样的日期。")
            return None
    return None if DEFAULTS.get(key) == text else text


def _occasions(typed: Typed, key: str) -> Any:
    found = []
    for n in rows_of(typed, key):
        fact = str(typed.get(f"{key}-{n}-other") or typed.get(f"{key}-{n}-fact") or "").strip()
        if fact:
            condition = _condition(typed, f"{key}-{n}")
            found.append(f"{fact} if {condition}" if condition else fact)
    return found[0] if found and (len(found) == 1 or key in ONLY_ONE) else found


def _condition(typed: Typed, name: str) -> str:
    parts = [
        Part(
            str(typed.get(f"{name}-{m}-field") or ""),
            str(typed.get(f"{name}-{m}-relation") or "=="),
            str(typed.get(f"{name}-{m}-value") or ""),
        )
        for m in rows_of(typed, name)
    ]
    return put_together(parts, str(typed.get(f"{name}-rest") or ""))


def _limit(typed: Typed, key: str, faults: dict[str, str]) -> Any:
    by = str(typed.get(f"{key}-by") or "")
    if not by:
        return _time(str(typed.get(key, "")), key, faults)
    table: dict[str, Any] = {"by": by}
    for n in rows_of(typed, key):
        case = str(typed.get(f"{key}-{n}-case") or "")
        limit = _time(str(typed.get(f"{key}-{n}-limit") or ""), f"{key}-{n}-limit", faults)
        if case and limit:
            table[value_code(by, case)] = limit
        elif limit:
            faults[f"{key}-{n}-case"] = _("请写明是哪一档。")
    return table


def _steps(typed: Typed) -> list[dict[str, Any]]:
    found = []
    for n in rows_of(typed, "escalate"):
        name = f"escalate-{n}-to"
        codes = [str(typed[f"{name}-{m}"]) for m in rows_of(typed, name) if typed.get(f"{name}-{m}")]
        at = PERCENTS.search(str(typed.get(f"escalate-{n}-at") or ""))
        if codes or at:
            found.append({"at": f"{at[0] if at else 100}%", "to": codes[0] if len(codes) == 1 else codes})
    return found


def _time(text: str, name: str, faults: dict[str, str], *, pause: bool = False) -> Any:
    if not text:
        return None
    try:
        return _pause(time_of(text)) if pause else time_of(text)
    except (KeyueError, ControlError) as error:
        faults[name] = str(error)
        return None


def time_of(text: str) -> Any:
    """A time that somebody typed as a regulation writes it. Raises Invalid."""
    plain = AROUND.sub("", text.strip())
    years = YEARS.fullmatch(plain)
    return read(f"P{years[1]}Y" if years else plain)


def _pause(value: Any) -> Any:
    """A pause is a length of time: days are so many hours."""
    if match := re.fullmatch(r"P([0-9]{1,4})([DW])", str(value)):
        value = f"PT{int(match[1]) * (24 if match[2] == 'D' else 168)}H"
    parse_duration(value)
    return value


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────


def row_names(typed: Typed, row: str) -> list[str]:
    """What was typed in a row such as `on-1`, `on-1-0` or `owner-2`."""
    return [name for name in typed if name == row or name.startswith(f"{row}-")]


def without_row(typed: Typed, row: str) -> tuple[Typed, Typed]:
    """What was typed without a row, and what stood in it."""
    gone = {name: typed[name] for name in row_names(typed, row)}
    return {name: value for name, value in typed.items() if name not in gone}, gone


def rows_of(typed: Typed, key: str) -> list[int]:
    """The numbers of the rows under a key, in their order."""
    numbers = (re.match(rf"{re.escape(key)}-(\d{{1,3}})(?:-|$)", name) for name in typed)
    return sorted({int(match[1]) for match in numbers if match})
