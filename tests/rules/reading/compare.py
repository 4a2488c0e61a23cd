"""Two outputs of `derive`, compared as sets; and a failing scenario made small."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from .part_a import instant

Output = dict[str, Any]
Scenario = dict[str, Any]

TASK = "task"
"""Made by `case.task_given`, one of the "more kinds"; the reading knows the twelve promises alone."""

MOMENTS = ("start", "due", "closed_at", "breached_at", "edition")
PLAIN = ("state", "paused", "owner", "breach_owner")


def _moment(text: str | None) -> Any:
    return instant(text) if text else None


def _rows(output: Output, fields: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    rows: dict[Any, dict[str, Any]] = {}
    for check in output["checks"]:
        for promise in check["promises"]:
            if promise["control"] == TASK:
                continue
            key = (instant(check["now"]), promise["control"], promise["cycle"], promise["seq"])
            assert key not in rows, f"twice the same promise: {key}"
            rows[key] = {
                name: _moment(promise.get(name)) if name in MOMENTS else promise.get(name) for name in fields
            }
    return rows


def _notices(output: Output) -> Counter[Any]:
    return Counter(
        (
            instant(notice["sweep"]),
            notice["control"],
            notice["cycle"],
            notice["seq"],
            str(notice["level"]),
            _moment(notice.get("threshold_at")),
        )
        for notice in output.get("notices") or []
        if notice["control"] != TASK
    )


def _text(value: Any) -> str:
    return value.strftime("%m-%dT%H:%M:%S") if hasattr(value, "strftime") else str(value)


def differences(
    ours: Output, theirs: Output, *, fields: tuple[str, ...] = MOMENTS + PLAIN, notices: bool = True
) -> list[str]:
    """One line for each thing in which two outputs differ; instants are written in UTC."""
    lines = []
    left, right = _rows(ours, fields), _rows(theirs, fields)
    for key in sorted(left.keys() | right.keys()):
        name = " ".join(_text(part) for part in key)
        if key not in right:
            lines.append(f"{name}: only in the reading ({left[key].get('state')})")
        elif key not in left:
            lines.append(f"{name}: only in the engine ({right[key].get('state')})")
        else:
            for field in fields:
                if left[key][field] != right[key][field]:
                    lines.append(
                        f"{name}: {field}: reading {_text(left[key][field])}, engine {_text(right[key][field])}"
                    )
    if notices:
        said, heard = _notices(ours), _notices(theirs)
        for which, rest in (("reading", said - heard), ("engine", heard - said)):
            for notice in sorted(rest, key=str):
                lines.append(f"notice only in the {which}, sweep {' '.join(_text(part) for part in notice)}")
    return lines


def signature(lines: list[str]) -> str:
    """What kind of difference it is: without instants, so that alike ones count once."""
    kinds = set()
    for line in lines:
        if line.startswith("notice"):
            words = line.split()
            kinds.add(f"notice {words[4]} {words[7]} {words[10]}")
        else:
            head, _, rest = line.partition(": ")
            kinds.add(f"{head.split()[1]} {' '.join(w for w in rest.split() if not w[0].isdigit())}")
    return "; ".join(sorted(kinds)[:3])


def _smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Each scenario with one thing less."""

    def without(*path: Any) -> Scenario:
        copied = copy.deepcopy(scenario)
        inner: Any = copied
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        return copied

    for name in ("sweeps", "at", "facts"):
        many = scenario.get(name) or []
        half = len(many) // 2
        if half > 1:
            yield {**copy.deepcopy(scenario), name: copy.deepcopy(many[:half])}
            yield {**copy.deepcopy(scenario), name: copy.deepcopy(many[half:])}
        for n in reversed(range(len(many))):
            yield without(name, n)
    for name in ("calendars", "editions"):
        for n in reversed(range(len(scenario[name]))):
            if len(scenario[name]) > 1:
                yield without(name, n)
    for n, entry in enumerate(scenario["editions"]):
        for key in entry.get("set") or {}:
            yield without("editions", n, "set", key)
    for n, fact in enumerate(scenario["facts"]):
        for key in ("recorded_at", "voids"):
            if key in fact:
                yield without("facts", n, key)


def shrink(scenario: Scenario, differs: Callable[[Scenario], bool], limit: int = 3000) -> Scenario:
    """The smallest scenario found by taking away one thing after another while it still differs."""
    tried = 0
    found = True
    while found and tried < limit:
        found = False
        for candidate in _smaller(scenario):
            tried += 1
            if tried > limit:
                break
            try:
                same_fault = differs(candidate)
            except Exception:  # a scenario that neither side can read is no smaller example
                same_fault = False
            if same_fault:
                scenario, found = candidate, True
                break
    return scenario


def show(scenario: Scenario, lines: list[str]) -> str:
    """A difference as a person reads it."""
    out = []
    for entry in scenario["editions"]:
        out.append(f"edition  {entry['from']}  {entry.get('set') or ''}")
    for version in scenario["calendars"]:
        out.append(
            f"calendar {version['recorded_at']}  {len(version['calendar'].get('holidays') or [])} holidays"
        )
    for fact in sorted(scenario["facts"], key=lambda fact: (instant(fact["at"]), fact["id"])):
        extra = " ".join(f"{k}={fact[k]}" for k in ("recorded_at", "voids") if k in fact)
        out.append(
            f"fact     {fact['at']}  {fact['id']} {fact['kind']} {fact.get('data') or ''} {extra}".rstrip()
        )
    out.append(f"at       {' '.join(scenario['at'])}")
    if scenario.get("sweeps"):
        out.append(f"sweeps   {' '.join(scenario['sweeps'])}")
    return "\n".join([*out, *(f"  {line}" for line in lines[:12])])
