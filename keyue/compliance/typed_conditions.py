"""Conditions as they are chosen on screen: field, relation, value, and so on; the rest stays as it is written.

What cannot be shown so without changing a sign of it is not shown so: `taken_apart` and `put_together` are inverse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.compliance.control_names import NO, YES, field_name, value_code, value_name

PATH = r"[A-Za-z_]\w*\.[A-Za-z_]\w*"
COMPARED = re.compile(rf"({PATH}) (==|!=|>=|<=|>|<) (.+)")
LISTED = re.compile(rf"({PATH}) in \[(.+)\]")
BARE = re.compile(rf"(!?)({PATH})")
STRING = re.compile(r"'([^'\\]*)'")
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
BETWEEN = re.compile(r"\s*[、,，]\s*")
OTHERWISE = re.compile(r"\|\||\?")

RELATIONS = {
    "==": _t("是"),
    "!=": _t("不是"),
    "in": _t("属于"),
    "yes": _t("成立"),
    "no": _t("不成立"),
    "set": _t("已填写"),
    "unset": _t("没有填写"),
    ">=": _t("不少于"),
    "<=": _t("不多于"),
    ">": _t("多于"),
    "<": _t("少于"),
}
WITHOUT_VALUE = frozenset({"yes", "no", "set", "unset"})


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: `case.type`, `==`, 投诉. `value` is as it is shown; several are set apart by 、."""

    field: str
    relation: str
    value: str = ""


def taken_apart(text: str) -> tuple[list[Part], str]:
    """The parts that can be shown, and the rest as it is written."""
    if OTHERWISE.search(re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)):
        return [], text
    parts: list[Part] = []
    pieces = text.split(" && ")
    for n, piece in enumerate(pieces):
        part = _part(piece)
        if part is None:
            return parts, " && ".join(pieces[n:])
        parts.append(part)
    return parts, ""


def put_together(parts: Sequence[Part], rest: str) -> str:
    """The condition in CEL; "" for none."""
    said = [_written(part) for part in parts if part.field]
    rest = rest.strip()
    if rest:
        said.append(f"({rest})" if said and OTHERWISE.search(rest) else rest)
    return " && ".join(said)


def words(text: str) -> str:
    """A condition for a reader: 类型是投诉，且已解决成立; what has no words stands as it is written."""
    parts, rest = taken_apart(text)
    return _("，且").join([*(_said(part) for part in parts), *([rest] if rest else [])])


def _said(part: Part) -> str:
    name = field_name(part.field)
    if part.relation in ("yes", "no"):
        return name if part.relation == "yes" else _("不是「%(state)s」") % {"state": name}
    relation = str(RELATIONS[part.relation])
    return _("%(field)s%(relation)s%(value)s") % {"field": name, "relation": relation, "value": part.value}


def _part(piece: str) -> Part | None:
    found = _read(piece)
    return found if found is not None and _written(found) == piece else None


def _read(piece: str) -> Part | None:
    if match := LISTED.fullmatch(piece):
        values = [_shown(match[1], item) for item in match[2].split(", ")]
        return None if None in values else Part(match[1], "in", _("、").join(str(value) for value in values))
    if match := COMPARED.fullmatch(piece):
        if match[3] == "null" and match[2] in ("==", "!="):
            return Part(match[1], "unset" if match[2] == "==" else "set")
        value = _shown(match[1], match[3])
        return None if value is None else Part(match[1], match[2], value)
    if match := BARE.fullmatch(piece):
        return Part(match[2], "no" if match[1] else "yes")
    return None


def _shown(path: str, literal: str) -> str | None:
    if literal in ("true", "false"):
        return str(YES if literal == "true" else NO)
    if match := STRING.fullmatch(literal):
        return value_name(path, match[1])
    return literal if NUMBER.fullmatch(literal) else None


def _written(part: Part) -> str:
    field, value = part.field, part.value.strip()
    match part.relation:
        case "yes":
            return field
        case "no":
            return f"!{field}"
        case "set" | "unset":
            return f"{field} {'!=' if part.relation == 'set' else '=='} null"
        case "in":
            return f"{field} in [{', '.join(_literal(field, one) for one in BETWEEN.split(value))}]"
        case _:
            return f"{field} {part.relation} {_literal(field, value)}"


def _literal(path: str, typed: str) -> str:
    if typed in (str(YES), "true"):
        return "true"
    if typed in (str(NO), "false"):
        return "false"
    if NUMBER.fullmatch(typed):
        return typed
    code = value_code(path, typed)
    return "'" + code.replace("\\", "\\\\").replace("'", "\\'") + "'"
