"""The TOML of a block as text: written anew, or with single values replaced and everything else as it stood. Pure Python."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from keyue.kernel.texts import sentence

ORDER: Mapping[str, tuple[str, ...]] = {
    "control": (
        "kind", "id", "name", "subject", "question", "proposed", "awaits", "statement", "on", "after", "start",
        "again", "when", "met_by", "counts_from", "fields", "within", "until", "every", "window", "anchor", "days",
        "count", "late_serves_next", "max_pause", "gate", "owner", "remind", "escalate", "evidence", "calendar",
        "note",
    ),
    "clause": ("id", "source", "laws", "keeper", "declined"),
    "regulation": ("id", "code", "subject", "keeper", "source", "when", "roles", "thresholds"),
}  # fmt: skip
"""The keys of each kind of block, as a reader wants them."""
BARE = re.compile(r"[A-Za-z0-9_-]+")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
DEEPEST = 8
"""How deep values may stand inside each other; a regulation needs three."""
WHOLE = 2**63
"""TOML promises integers up to this; a larger one is no number of a regulation."""


def toml_lines(raw: Mapping[str, Any], info: str = "control") -> str:
    """The lines of a block, each ended: keys in their order, the signs of equality below each other.

    A table is written inline, but for those of a regulation (`[roles]`). Raises TypeError for what TOML has no form for.
    """
    keys = in_order(raw, info)
    tables = [key for key in keys if info == "regulation" and isinstance(raw[key], Mapping)]
    simple = [key for key in keys if key not in tables]
    parts = [_aligned({key: raw[key] for key in simple})] if simple else []
    parts += [f"[{toml_key(key)}]\n{_aligned(raw[key])}" for key in tables]
    return "\n".join(parts)


def in_order(raw: Mapping[str, Any], info: str) -> list[str]:
    """The keys of a block, known ones first and in their order."""
    known = ORDER.get(info, ())
    return [key for key in known if key in raw] + [key for key in raw if key not in known]


def _aligned(raw: Mapping[str, Any]) -> str:
    names = {key: toml_key(key) for key in raw}
    width = max((len(name) for name in names.values()), default=0)
    return "".join(f"{names[key]:<{width}} = {toml_value(value)}\n" for key, value in raw.items())


def toml_key(key: str) -> str:
    return key if BARE.fullmatch(key) else toml_text(key)


def toml_text(text: str) -> str:
    """A basic string on one line; what no reader would see is written as its number."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + UNSEEN.sub(lambda found: SHORT.get(found[0], f"\\u{ord(found[0]):04X}"), plain) + '"'


def toml_value(value: object) -> str:
    """A value as TOML writes it. Raises TypeError for what it has no form for."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return toml_text(value)
    if isinstance(value, int) and -WHOLE <= value < WHOLE:
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        inside = ", ".join(f"{toml_key(str(key))} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    raise TypeError(f"TOML has no form for {value!r}")


def same(one: object, other: object) -> bool:
    """Whether two values are the same to TOML, which tells 1 from 1.0 and from true."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def read_toml(text: str) -> dict[str, Any]:
    """The values of a block. Raises ValueError for what is no TOML, and for values deep inside each other."""
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(sentence("嵌套太深")) from error
    _check_depth(found, DEEPEST)
    return found


def _check_depth(value: object, left: int) -> None:
    if left < 0:
        raise ValueError(sentence("嵌套太深"))
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for item in inside:
        _check_depth(item, left - 1)


def parsed(text: str) -> dict[str, Any] | None:
    """The TOML of a text, or None where it is none."""
    try:
        return read_toml(text)
    except ValueError:
        return None


# ── replacing single values ───────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Part:
    """Some lines of a block: a statement, tables under a header, or (`key` empty) remarks and empty lines."""

    key: str
    text: str
    in_table: bool = False


def edited(text: str, raw: Mapping[str, Any], info: str = "control") -> str:
    """The lines `text` of a block with the values of `raw`.

    What has not changed stays as it stands, with its remarks and its place; a text that cannot be taken apart is
    written anew. Raises TypeError as `toml_value`.
    """
    before = parsed(text)
    if before is not None:
        if same(before, raw):
            return text
        merged = _merged(text, before, raw, info)
        if merged is not None and same(parsed(merged), raw):
            return merged
    return toml_lines(raw, info)


def _merged(text: str, before: Mapping[str, Any], raw: Mapping[str, Any], info: str) -> str | None:
    parts = _parts(text)
    if parts is None or len({part.key for part in parts if part.key}) != sum(bool(p.key) for p in parts):
        return None
    kept = [part for part in parts if not part.key or part.key in raw]
    width = max((len(part.text.partition("=")[0].rstrip()) for part in kept if part.key), default=0)
    for part in kept:
        if part.key and not part.in_table and not same(before[part.key], raw[part.key]):
            part.text = _line(part.key, raw[part.key], width, remark=_remark(part.text))
    # a value that stood in a table of its own goes back among the others
    kept = [p for p in kept if not (p.in_table and p.key and not same(before[p.key], raw[p.key]))]
    order = in_order(raw, info)
    there = {part.key for part in kept}
    for key in order:
        if key not in there:
            kept.insert(_place(kept, order, key), _Part(key, _line(key, raw[key], width)))
    return "".join(part.text for part in kept)


def _line(key: str, value: object, width: int, remark: str = "") -> str:
    return f"{toml_key(key):<{width}} = {toml_value(value)}{remark}\n"


def _place(parts: list[_Part], order: list[str], key: str) -> int:
    """Where a new statement goes: behind the last one that comes before it, and before any table."""
    first_table = next((n for n, part in enumerate(parts) if part.in_table), len(parts))
    earlier = set(order[: order.index(key)])
    before = [n for n, part in enumerate(parts[:first_table]) if part.key in earlier]
    if before:
        return before[-1] + 1
    return next((n for n, part in enumerate(parts[:first_table]) if part.key), 0)


def _remark(text: str) -> str:
    """The remark behind a statement on one line, with the space before it."""
    line = text.rstrip("\n")
    value = parsed(line)
    for found in re.finditer(r"[ \t]*#", line):
        if value is not None and same(parsed(line[: found.start()]), value):
            return line[found.start() :]
    return ""


def _parts(text: str) -> list[_Part] | None:
    """The statements of a block in their order, or None where they cannot be told apart."""
    lines = text.splitlines(keepends=True)
    if "".join(lines) != text or any(not line.endswith("\n") for line in lines):
        return None
    found: list[_Part] = []
    for part in _statements(lines):
        if part is None:
            return None
        last = found[-1] if found else None
        if last is not None and part.key and last.key == part.key and last.in_table == part.in_table:
            last.text += part.text
        else:
            found.append(part)
    return found


def _statements(lines: list[str]) -> Iterator[_Part | None]:
    at = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            yield _Part("", lines[at], in_table=False)
            at += 1
            continue
        is_table = lines[at].lstrip().startswith("[")
        end = _end_of_table(lines, at) if is_table else _end_of_statement(lines, at)
        text = "".join(lines[at:end])
        read = parsed(text) if end else None
        if read is None or len(read) != 1:
            yield None
            return
        yield _Part(next(iter(read)), text, is_table)
        at = end


def _end_of_statement(lines: list[str], at: int) -> int:
    """Behind the fewest lines that are TOML together; 0 where there are none."""
    return next((end for end in range(at + 1, len(lines) + 1) if parsed("".join(lines[at:end]))), 0)


def _end_of_table(lines: list[str], at: int) -> int:
    ends: Iterable[int] = (n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith("["))
    return next((end for end in ends if parsed("".join(lines[at:end])) is not None), len(lines))
