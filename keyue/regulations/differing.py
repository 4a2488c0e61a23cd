"""What differs between two texts of a regulation, clause by clause, told apart by identity. Pure Python.

A clause keeps its identity when its number changes (its ```clause block says so), so that amending one clause leaves
the history of the others alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from keyue.regulations.controls import ControlError, apply_set
from keyue.regulations.document import Clause, ControlBlock, Document, by_control

SAME, ADDED, REMOVED, CHANGED = "same", "added", "removed", "changed"
# a word of letters and digits is one piece, of Chinese each character is
PIECES = re.compile(r"[A-Za-z0-9_.%]+|\s+|.", re.DOTALL)
SHORTEST = 2
LONGEST = 4000
"""Texts of more characters are not compared word by word: all of the old is removed, all of the new added."""
HEAD = ("title", "code", "keeper", "subject", "roles", "thresholds")
SHARED = "shared_when"
"""Stands for the conditions that a control inherits from its document."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A run of text: same, added or removed."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a control or of the document, as written before and after; None where it was or is not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ControlChange:
    """A control of a clause: added, removed, changed field by field, or moved here from the clause `moved_from`."""

    id: str
    name: str
    kind: str
    fields: tuple[FieldChange, ...] = ()
    moved_from: str = ""


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause in both texts; `left` and `right` are its heading and text with what is removed and added."""

    identity: str
    kind: str
    before: Clause | None
    after: Clause | None
    left: tuple[Mark, ...] = ()
    right: tuple[Mark, ...] = ()
    controls: tuple[ControlChange, ...] = ()

    @property
    def is_renumbered(self) -> bool:
        return self.before is not None and self.after is not None and self.before.number != self.after.number

    @property
    def clause(self) -> Clause:
        """The clause as it is, or was."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change of no clause")
        return found


@dataclass(frozen=True, slots=True)
class Difference:
    """Every clause of both texts in the order of the new one, removed ones where they stood, and the document's head."""

    head: tuple[FieldChange, ...]
    clauses: tuple[ClauseChange, ...]

    @property
    def changed(self) -> tuple[ClauseChange, ...]:
        return tuple(one for one in self.clauses if one.kind != SAME)

    @property
    def is_none(self) -> bool:
        return not self.head and not self.changed

    def count(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.clauses)


def difference(
    old: Document,
    new: Document,
    old_answers: Mapping[str, Any] | None = None,
    new_answers: Mapping[str, Any] | None = None,
) -> Difference:
    """What the new text, with the company's answers to it, says otherwise than the old one."""
    before, after = _blocks(old, old_answers or {}), _blocks(new, new_answers or {})
    places = _places(old)
    clauses = tuple(
        _clause(identity, was, now, before, after, places) for identity, was, now in _aligned(old, new)
    )
    return Difference(tuple(_fields(_head(old), _head(new))), clauses)


def word_marks(old: str, new: str) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """Both texts as runs: the old with what was removed, the new with what was added."""
    if old == new:
        same = (Mark(SAME, old),) if old else ()
        return same, same
    if max(len(old), len(new)) > LONGEST:
        return (Mark(REMOVED, old),) if old else (), (Mark(ADDED, new),) if new else ()
    a, b = PIECES.findall(old), PIECES.findall(new)
    left: list[Mark] = []
    right: list[Mark] = []
    for kind, a1, a2, b1, b2 in _runs(a, b):
        gone, come = "".join(a[a1:a2]), "".join(b[b1:b2])
        if gone:
            left.append(Mark(SAME if kind == "equal" else REMOVED, gone))
        if come:
            right.append(Mark(SAME if kind == "equal" else ADDED, come))
    return _joined(left), _joined(right)


def _runs(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Runs that are equal and that differ; one or two equal characters between changes make no run of their own."""
    runs = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    last = len(runs) - 1
    return [
        ("replace" if kind == "equal" and 0 < n < last and a2 - a1 < SHORTEST else kind, a1, a2, b1, b2)
        for n, (kind, a1, a2, b1, b2) in enumerate(runs)
    ]


def _joined(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    found: list[Mark] = []
    for mark in marks:
        if found and found[-1].kind == mark.kind:
            found[-1] = Mark(mark.kind, found[-1].text + mark.text)
        else:
            found.append(mark)
    return tuple(found)


def _key(clause: Clause) -> str:
    """A heading without a number has no identity but its words."""
    return clause.identity or f"={clause.heading}"


def _aligned(old: Document, new: Document) -> list[tuple[str, Clause | None, Clause | None]]:
    """Clauses of both texts, paired by identity: in the order of the new text, removed ones after the clause that they
    followed."""
    was = {_key(clause): clause for clause in reversed(old.clauses)}
    now = {_key(clause): clause for clause in reversed(new.clauses)}
    gone: dict[str, list[str]] = {}
    place = ""
    for clause in old.clauses:
        key = _key(clause)
        if key in now:
            place = key
        else:
            gone.setdefault(place, []).append(key)
    found: list[tuple[str, Clause | None, Clause | None]] = []

    def removed_after(key: str) -> None:
        found.extend((one, was[one], None) for one in gone.get(key, ()))

    removed_after("")
    for clause in new.clauses:
        key = _key(clause)
        if now[key] is clause:
            found.append((key, was.get(key), clause))
            removed_after(key)
    return found


@dataclass(frozen=True, slots=True)
class _Written:
    """A control's block as written, with the company's answers."""

    name: str
    fields: Mapping[str, Any]


def _clause(
    identity: str,
    was: Clause | None,
    now: Clause | None,
    before: Mapping[str, _Written],
    after: Mapping[str, _Written],
    places: Mapping[str, str],
) -> ClauseChange:
    controls = tuple(_controls(was, now, before, after, places))
    left, right = word_marks(_words(was), _words(now))
    if was is None:
        kind = ADDED
    elif now is None:
        kind = REMOVED
    else:
        about = (was.sources, was.laws, was.keeper) == (now.sources, now.laws, now.keeper)
        same = _words(was) == _words(now) and was.number == now.number and not controls and about
        kind = SAME if same else CHANGED
    return ClauseChange(identity, kind, was, now, left, right, controls)


def _words(clause: Clause | None) -> str:
    return "" if clause is None else "\n\n".join(part for part in (clause.heading, clause.text) if part)


def _controls(
    was: Clause | None,
    now: Clause | None,
    before: Mapping[str, _Written],
    after: Mapping[str, _Written],
    places: Mapping[str, str],
) -> Iterable[ControlChange]:
    """The controls that stand in the clause now, where they differ, and those that are in no clause any more."""
    here = now.control_ids if now is not None else []
    for one in here:
        if one not in after:
            continue
        if one not in before:
            yield ControlChange(one, after[one].name, ADDED)
            continue
        fields = tuple(_fields(before[one].fields, after[one].fields))
        came = places.get(one, "") if was is None or one not in was.control_ids else ""
        if fields or came:
            yield ControlChange(one, after[one].name, CHANGED, fields, came)
    for one in was.control_ids if was is not None else []:
        if one in before and one not in after:
            yield ControlChange(one, before[one].name, REMOVED)


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[FieldChange]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield FieldChange(name, before.get(name), after.get(name))


def _blocks(document: Document, answers: Mapping[str, Any]) -> dict[str, _Written]:
    given = by_control(answers)
    return {block.id: _written(block, given.get(block.id, {})) for block in document.blocks}


def _written(block: ControlBlock, values: Mapping[str, Any]) -> _Written:
    try:
        raw = apply_set(block.raw, values)
    except ControlError:
        raw = dict(block.raw)
    fields = {name: value for name, value in raw.items() if name != "id"}
    if block.shared_when:
        fields[SHARED] = list(block.shared_when)
    return _Written(str(raw.get("name") or block.id), fields)


def _places(document: Document) -> dict[str, str]:
    """The number of the clause in which each control stands."""
    return {one: clause.number or clause.heading for clause in document.clauses for one in clause.control_ids}


def _head(document: Document) -> dict[str, Any]:
    return {name: value for name in HEAD if (value := getattr(document, name))}
