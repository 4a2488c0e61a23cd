"""Example cases of a regulation: facts in, promises out, written by people who need not program. Pure Python.

An example is an input of `keyue derive` with a `title` and, under `expect`, the part of its output that matters: each
check lists all promises that exist then, and of each only the fields that the example is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from keyue.kernel.errors import KeyueError
from keyue.regulations.document import Fault, document_path
from keyue.regulations.positions import NotJson, line_of, read_json
from keyue.regulations.vocabulary import Vocabulary

Derive = Callable[[Mapping[str, Any], Mapping[str, Any] | None, Path | None], Mapping[str, Any]]
Row = Mapping[str, Any]

KNOWN = {"title", "note", "editions", "calendars", "facts", "at", "sweeps", "expect"}
INSTANTS = {"start", "due", "closed_at", "breached_at", "edition", "look_at", "now", "sweep", "threshold_at"}
PROMISE_KEY = {"control": None, "cycle": 1, "seq": 1}
NOTICE_KEY = {"sweep": None, "control": None, "cycle": 1, "seq": 1, "level": None}
HERE = (None, ".")


class WrongExample(ValueError):
    """An example that cannot be run; `path` leads to what is wrong in it."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def with_packs(scenario: Mapping[str, Any], file: Path, regulation: Path) -> dict[str, Any]:
    """The scenario with every `pack` an absolute path: none or `.` is the regulation itself.

    Others are looked for from the working directory, then from the example's folder upwards. What is not found, and
    what is not an edition at all, is left as it is.
    """
    editions = scenario.get("editions")
    if not isinstance(editions, list):
        return dict(scenario)
    completed = []
    for edition in editions:
        if isinstance(edition, Mapping) and isinstance(edition.get("pack", "."), str):
            found = regulation if edition.get("pack") in HERE else _find(edition["pack"], file)
            edition = {**edition, "pack": str(found)}
        completed.append(edition)
    return {**scenario, "editions": completed}


def _find(pack: str, file: Path) -> Path:
    for folder in (Path(), *file.absolute().parents):
        try:
            return document_path(folder / pack).absolute()
        except OSError:
            continue
    return Path(pack)


def check_example(
    file: Path,
    regulation: Path,
    vocabulary: Vocabulary | None,
    models: Mapping[str, Any],
    derive: Derive | None,
) -> list[Fault]:
    """What is wrong with an example case, or with the regulation by its light.

    Without `derive` (a regulation that cannot be read runs no example) only the example itself is looked at.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        example = read_json(text)
    except NotJson as error:
        return [Fault(str(file), error.line, str(error))]
    except (OSError, UnicodeDecodeError) as error:
        return [Fault(str(file), 1, f"读不了这个例子：{error}")]
    try:
        run = _Run(file, text, _checked(example))
        run.vocabulary(vocabulary)
        if derive is not None:
            scenario = with_packs(run.scenario(), file, regulation)
            run.compare(_derived(scenario, regulation.parent, models, derive))
    except WrongExample as error:
        return [Fault(str(file), line_of(text, error.path), str(error))]
    return run.faults


def _checked(example: Any) -> dict[str, Any]:
    """The example, where its outline is right. Raises WrongExample."""
    if not isinstance(example, dict):
        raise WrongExample("例子应是一个 JSON 对象")
    expect = example.get("expect")
    if not isinstance(expect, dict):
        raise WrongExample("缺少 expect：写明应有的约定", "expect")
    for name in expect.keys() - {"checks", "notices", "failed"}:
        raise WrongExample(f"expect 没有「{name}」这一项", "expect", name)
    if not expect:
        raise WrongExample("expect 里什么也没有", "expect")
    for name in ("checks", "notices"):
        if not isinstance(expect.get(name, []), list):
            raise WrongExample(f"expect.{name} 应是一个列表", "expect", name)
    for n, check in enumerate(expect.get("checks", [])):
        if not isinstance(check, dict) or not isinstance(check.get("promises"), list):
            raise WrongExample("每次检查要有 now 和 promises", "expect", "checks", n)
        instant(check.get("now"), "expect", "checks", n)
        for promise in check["promises"]:
            if not isinstance(promise, dict) or not isinstance(promise.get("control"), str):
                raise WrongExample("每条约定至少要写 control", "expect", "checks", n)
    for n, notice in enumerate(expect.get("notices", [])):
        if not isinstance(notice, dict) or not {"sweep", "control", "level"} <= notice.keys():
            raise WrongExample("每条通知要有 sweep、control 和 level", "expect", "notices", n)
    return example


def instant(value: Any, *path: str | int) -> datetime:
    """The instant of an ISO text with an offset. Raises WrongExample."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongExample(f"不是带时区的时刻：{value!r}", *path)
    return moment


def _derived(
    scenario: Mapping[str, Any], folder: Path, models: Mapping[str, Any], derive: Derive
) -> Mapping[str, Any]:
    try:
        return derive(scenario, models, folder)
    except KeyueError as error:
        raise WrongExample(f"例子无法推算：{error}") from error
    except Exception as error:
        raise WrongExample(f"例子无法推算（{type(error).__name__}）：{error}") from error


@dataclass(slots=True)
class _Run:
    """One example, and what its light shows."""

    file: Path
    text: str
    example: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, *path: str | int, is_warning: bool = False) -> None:
        title = self.example.get("title")
        titled = f"「{title}」{message}" if title else message
        self.faults.append(Fault(str(self.file), line_of(self.text, path), titled, is_warning))

    @property
    def checks(self) -> list[Row]:
        return list(self.example["expect"].get("checks", []))

    def scenario(self) -> dict[str, Any]:
        """The input of `derive`: asked at every instant that a check is about."""
        given = self.example.get("at") or []
        asked = given if isinstance(given, list) else [given]
        instants = [*asked, *(check["now"] for check in self.checks if check["now"] not in asked)]
        kept = {
            name: self.example[name] for name in KNOWN & self.example.keys() - {"title", "note", "expect"}
        }
        return {**kept, "at": instants}

    def vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Names that nobody knows: of members of the example, of facts and of their fields."""
        for name in self.example.keys() - KNOWN:
            self.fault(f"例子没有「{name}」这一项", name, is_warning=True)
        title = self.example.get("title")
        if not isinstance(title, str) or not title.strip():
            self.fault("缺少 title：用一句话说明这个例子", "title", is_warning=True)
        facts = self.example.get("facts")
        for n, fact in enumerate(facts if isinstance(facts, list) and vocabulary else ()):
            kind = fact.get("kind") if isinstance(fact, dict) else None
            if not isinstance(kind, str) or fact.get("voids") or not kind.startswith(f"{vocabulary.name}."):  # type: ignore[union-attr]
                continue
            fields = vocabulary.kinds.get(kind)  # type: ignore[union-attr]
            if fields is None:
                self.fault(f"没有 {kind!r} 这种事实", "facts", n)
            elif isinstance(fact.get("data"), dict):
                for name in fact["data"].keys() - set(fields):
                    self.fault(f"事实 {kind} 没有 {name!r} 这个字段", "facts", n, is_warning=True)

    def compare(self, output: Mapping[str, Any]) -> None:
        found = {instant(check["now"]): check["promises"] for check in output["checks"]}
        for n, check in enumerate(self.checks):
            now = instant(check["now"])
            self._rows(
                check["promises"], found[now], PROMISE_KEY, check["now"], "约定", "expect", "checks", n
            )
        if "notices" in self.example["expect"]:
            expected = self.example["expect"]["notices"]
            self._rows(expected, output["notices"], NOTICE_KEY, "通知", "通知", "expect", "notices")
        expected_failures = {str(name) for name in self.example["expect"].get("failed", [])}
        for failure in output.get("failed", []):
            if failure["control"] not in expected_failures:
                self.fault(f"控制 {failure['control']} 失灵：{failure['why']}", "expect")

    def _rows(
        self,
        expected: list[Row],
        found: list[Row],
        key: Mapping[str, Any],
        where: str,
        noun: str,
        *path: str | int,
    ) -> None:
        left = list(found)
        missing: list[Row] = []
        for row in expected:
            alike = [other for other in left if _key(other, key) == _key(row, key)]
            best = min(alike, key=lambda other: len(list(_differences(row, other))), default=None)
            if best is None:
                missing.append(row)
                continue
            left.remove(best)
            for name, wanted, actual in _differences(row, best):
                self.fault(f"{where}：{_named(row, key)}的 {name} 应是 {wanted}，推算得 {actual}", *path)
        for row in missing:
            self.fault(f"{where}：应有{noun} {_named(row, key)}，推算里没有", *path)
        for row in left:
            state = f"（{row['state']}）" if "state" in row else ""
            self.fault(f"{where}：多出{noun} {_named(row, key)}{state}", *path)


def _key(row: Row, key: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        _value(name, default if row.get(name) is None else row[name]) for name, default in key.items()
    )


def _named(row: Row, key: Mapping[str, Any]) -> str:
    cycle, seq = row.get("cycle") or 1, row.get("seq") or 1
    name = f"{row['control']}（第 {cycle} 轮第 {seq} 条）"
    return f"{name} {row['level']} 于 {row['sweep']}" if "level" in key else name


def _differences(expected: Row, found: Row) -> Iterator[tuple[str, Any, Any]]:
    for name, wanted in expected.items():
        if name not in found:
            yield name, repr(wanted), "没有这一项"
        elif _value(name, wanted) != _value(name, found[name]):
            yield name, _shown(wanted), _shown(found[name])


def _value(name: str, value: Any) -> Any:
    """Instants compare as instants, whatever their offset."""
    if name in INSTANTS and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment if moment.tzinfo else value
    return value


def _shown(value: Any) -> str:
    return "空" if value is None else "是" if value is True else "否" if value is False else str(value)


def regulation_beside(file: Path) -> Path | None:
    """The regulation that an example in a folder `cases` belongs to."""
    if file.absolute().parent.name != "cases":
        return None
    try:
        return document_path(file.absolute().parent.parent)
    except OSError:
        return None
