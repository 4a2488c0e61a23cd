"""Reading what a pack holds without trusting it: every value has the type it must have, or a sentence. Pure Python."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from keyue.compliance.packs.container import BadPack, Listed
from keyue.compliance.packs.form import FILES, FORMAT, KIND, Period
from keyue.compliance.packs.ground import CalendarText, EditionText
from keyue.compliance.packs.signing import RAW
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence
from keyue.ledger.facts import FactRecord, Subject
from keyue.promises.clocks import as_instant
from keyue.worktime.zones import zone

T = TypeVar("T")
MOST_EDITIONS = 1_000
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Twice(ValueError):
    """An object that names a member twice, so that two readers may read different things."""


def read_json(content: bytes, where: str) -> Any:
    """Plain JSON. Raises BadPack with a sentence that names the place."""
    try:
        return json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise BadPack(sentence("%(where)s 不是合法的 JSON", where=where)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Twice
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def member(holder: Any, name: str, kind: type[T], where: str) -> T:
    """A member of an object. Raises BadPack where it is absent or of another type."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name=cut(name)))
    return value


def natural(holder: Any, name: str, where: str) -> int:
    """A whole number from 0. Raises BadPack."""
    value = member(holder, name, int, where)
    if not 0 <= value < 1 << 53:
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name=name))
    return value


def digest(holder: Any, name: str, where: str) -> str:
    """64 hexadecimal digits. Raises BadPack."""
    value = member(holder, name, str, where)
    if not _DIGEST.fullmatch(value):
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name=name))
    return value


def instant(holder: Any, name: str, where: str) -> datetime:
    """An instant in UTC as packs write it. Raises BadPack."""
    try:
        return as_instant(member(holder, name, str, where))
    except (ValueError, Invalid) as error:
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name=name)) from error


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the text of an edition stands in regulation.md, and what its digest should be."""

    n: int
    effective: datetime
    answers: dict[str, Any]
    digest: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest, every member of which has been looked at."""

    id: str
    regulation: str
    title: str
    clause: str
    controls: list[str]
    period: Period
    as_of: datetime
    made_at: datetime
    program: str
    editions: list[Placed]
    figures: dict[str, Any]
    failures: list[str]
    counts: dict[str, Any]
    public_key: bytes
    fingerprint: str
    files: list[Listed]


def read_manifest(content: bytes) -> Manifest:
    """Raises BadPack with one sentence for the first thing that is not as it must be."""
    where = "manifest.json"
    said = read_json(content, where)
    if not isinstance(said, dict) or said.get("kind") != KIND:
        raise BadPack(sentence("这不是证据包：清单里没有写明"))
    if type(said.get("format")) is not int or said["format"] != FORMAT:
        raise BadPack(
            sentence(
                "证据包的格式是 %(format)s，这个程序只认识 %(known)d：请用制作它的版本或更新的版本核验",
                format=cut(repr(said.get("format")), 20),
                known=FORMAT,
            )
        )
    regulation, scope = member(said, "regulation", dict, where), member(said, "scope", dict, where)
    return Manifest(
        id=member(said, "id", str, where),
        regulation=member(regulation, "id", str, where),
        title=member(regulation, "title", str, where),
        clause=member(scope, "clause", str, where),
        controls=[str(one) for one in member(scope, "controls", list, where)],
        period=_period(member(said, "period", dict, where)),
        as_of=instant(said, "as_of", where),
        made_at=instant(said, "made_at", where),
        program=member(said, "program", str, where),
        editions=_editions(member(said, "editions", list, where)),
        figures=member(said, "figures", dict, where),
        failures=[str(one) for one in member(said, "failures", list, where)],
        counts=member(said, "counts", dict, where),
        public_key=_public_key(digest(said, "public_key", where)),
        fingerprint=digest(said, "fingerprint", where),
        files=_files(member(said, "files", list, where)),
    )


def _public_key(text: str) -> bytes:
    raw = bytes.fromhex(text)
    assert len(raw) == RAW  # noqa: S101  64 digits
    return raw


def _period(said: dict[str, Any]) -> Period:
    where = "manifest.json"
    try:
        first, last = (date.fromisoformat(member(said, name, str, where)) for name in ("first", "last"))
        tz = member(said, "tz", str, where)
        zone(tz)
    except (ValueError, Invalid) as error:
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name="period")) from error
    return Period(first, last, tz)


def _editions(said: list[Any]) -> list[Placed]:
    where = "manifest.json"
    if len(said) > MOST_EDITIONS:
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name="editions"))
    return [
        Placed(
            n=natural(one, "n", where),
            effective=instant(one, "effective_from", where),
            answers=member(one, "answers", dict, where),
            digest=digest(one, "digest", where),
            offset=natural(one, "offset", where),
            length=natural(one, "bytes", where),
        )
        for one in said
    ]


def _files(said: list[Any]) -> list[Listed]:
    where = "manifest.json"
    names = [member(one, "name", str, where) for one in said]
    if names != list(FILES):
        raise BadPack(
            sentence(
                "清单里的文件应是 %(names)s，得到 %(got)s",
                names=list(FILES),
                got=[cut(name) for name in names[:20]],
            )
        )
    return [
        Listed(
            name=name,
            size=natural(one, "size", where),
            sha256=digest(one, "sha256", where),
            packed_size=natural(one, "packed_size", where),
            packed_sha256=digest(one, "packed_sha256", where),
        )
        for name, one in zip(names, said, strict=True)
    ]


def read_editions(placed: Sequence[Placed], content: bytes) -> list[EditionText]:
    """The texts of the editions. Raises BadPack for a place that is none, or a text that is not UTF-8."""
    found = []
    for one in placed:
        source = content[one.offset : one.offset + one.length]
        try:
            if len(source) < one.length:
                raise ValueError(one.n)
            found.append(EditionText(one.n, one.effective, source.decode(), one.answers))
        except ValueError as error:
            raise BadPack(sentence("regulation.md 里没有第 %(n)d 版的全文", n=one.n)) from error
    return found


def read_calendars(content: bytes) -> list[CalendarText]:
    """The versions of the calendars. Raises BadPack."""
    where = "calendars.json"
    said = member(read_json(content, where), "calendars", list, where)
    return [
        CalendarText(
            code=member(one, "code", str, where),
            n=natural(one, "n", where),
            recorded_at=instant(one, "recorded_at", where),
            definition=member(one, "definition", dict, where),
        )
        for one in said
    ]


def subject_of(value: Any, where: str) -> Subject:
    """`[kind, ref]`. Raises BadPack."""
    if not (isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)):
        raise BadPack(sentence("%(where)s 里有一行没有写明对象", where=where))
    return Subject(*value)


def fact_of(form: dict[str, Any], where: str) -> FactRecord:
    """A hashed form as the engine reads it. Raises BadPack."""
    voids = form.get("voids")
    if voids is not None and not isinstance(voids, str):
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=where, name="voids"))
    return FactRecord(
        id=member(form, "uid", str, where),
        kind=member(form, "kind", str, where),
        at=instant(form, "at", where),
        recorded_at=instant(form, "recorded_at", where),
        data=member(form, "data", dict, where),
        evidence=tuple(member(form, "evidence", list, where)),
        voids=voids,
    )
