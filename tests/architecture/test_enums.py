"""Tables that test themselves: every member of an enum has a label, and stands in every table keyed by it."""

from __future__ import annotations

import enum
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from django.db.models import Choices
from django.utils.functional import Promise

import keyue
from tests.support.source import report

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# tables that mean some members only, and why
PARTIAL: dict[str, str] = {
    "keyue.cases.timeline.KINDS": "messages to and from the customer; all others are notes of the house",
}


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the product, imported: one that cannot be imported alone is a defect too."""
    names = [m.name for m in pkgutil.walk_packages(keyue.__path__, "keyue.") if ".migrations" not in m.name]
    return tuple(importlib.import_module(name) for name in names)


def enums() -> list[type[enum.Enum]]:
    """Every enum that a room declares."""
    found = {
        id(value): value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__.startswith("keyue.")
    }
    return list(found.values())


def tables() -> Iterator[tuple[str, type[enum.Enum], Mapping]]:
    """Every module-level mapping whose keys are all members of one enum."""
    seen: set[int] = set()
    for module in modules():
        for name, value in vars(module).items():
            if not isinstance(value, Mapping) or not value or id(value) in seen or name.startswith("__"):
                continue
            kinds = {type(key) for key in value}
            kind = kinds.pop()
            if not kinds and issubclass(kind, enum.Enum) and kind.__module__.startswith("keyue."):
                seen.add(id(value))
                yield f"{module.__name__}.{name}", kind, value


def test_every_choice_has_a_chinese_label_that_can_be_translated():
    faults = []
    for kind in enums():
        if not issubclass(kind, Choices):
            continue
        for member in kind:
            where = f"{kind.__module__}.{kind.__name__}.{member.name}"
            if not isinstance(member._label_, Promise):
                faults.append(f"{where}: the label is not translatable: _('…')")
            # a language is named in itself
            elif not CHINESE.search(str(member.label)) and kind.__name__ != "Language":
                faults.append(f"{where}: {member.label!r} is not Chinese")
    report(faults, "labels of choices")


def test_every_table_keyed_by_an_enum_holds_every_member():
    faults = []
    for name, kind, table in tables():
        missing = [m.name for m in kind if m not in table]
        if missing and name not in PARTIAL:
            faults.append(f"{name} lacks {', '.join(missing)} of {kind.__name__}")
    report(faults, "complete the table, or name it in PARTIAL with its reason")


def test_the_exceptions_are_needed():
    partial = {name for name, kind, table in tables() if set(kind) - set(table)}
    report(sorted(PARTIAL.keys() - partial), "take these out of PARTIAL")
