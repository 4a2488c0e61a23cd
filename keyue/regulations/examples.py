"""Example cases of a regulation: facts in, promises out, written by people who need not program. Pure Python.

An example is an input of `keyue derive` with a `title` and, under `expect`, the part of its output that matters: each
check lists all promises that exist then, and of each only the fields that the example is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from keyue.kernel.errors import KeyueError
from keyue.kernel.texts import Sentence, cut, sentence, sentence_of
from keyue.regulations.document import Fault, document_path
from keyue.regulations.positions import Misplaced, NotJson, line_of, read_json
from keyue.regulations.vocabulary import Vocabulary

Derive = Callable[[Mapping[str, Any], Mapping[str, Any] | None, Path | None], Mapping[str, Any]]
Row = Mapping[str, Any]

WANTED = {
    "expect": sentence("缺少 expect：写明应有的约定"),
    "facts": sentence("缺少 facts：写明发生了什么"),
    "editions": sentence("缺少 editions：写明从何时起施行"),
}
KNOWN = {"title", "note", "subject", "editions", "calendars", "facts", "at", "sweeps", "expect"}
INSTANTS = {"start", "due", "closed_at", "breached_at", "edition", "look_at", "now", "sweep", "threshold_at"}
PROMISE_KEY = {"control": None, "cycle": 1, "seq": 1}
NOTICE_KEY = {"sweep": None, "control": None, "cycle": 1, "seq": 1, "level": None}
HERE = (None, ".")


class WrongExample(ValueError):
    """An example that cannot be run; `path` leads to what is wrong in it."""

    def __init__(self, message: Sentence | str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


def with_packs(scenario: Mapping[str, Any], file: Path, regulation: Path) -> dict[str, Any]:
    """The scenario with every `pack` an absolute path: none or `.` is the regulation itself.

    Others are looked for from the example's folder upwards, then from the working directory. What is not found, and
    what is not an edition at all, is left as it is.
    """
    editions = scenario.get("editions")
    if not isinstance(editions, list):
        return dict(scenario)
    completed = []
    for edition in editions:
        if (
            isinstance(edition, Mapping)
            and isinstance(edition.get("pack", "."), str)
            and edition.get("pack") != ""
        ):
            found = regulation if edition.get("pack") in HERE else _find(edition["pack"], file)
            edition = {**edition, "pack": str(found)}
        completed.append(edition)
    return {**scenario, "editions": completed}


def _find(pack: str, file: Path) -> Path:
    for folder in (*file.absolute().parents, Path()):
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
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
        example = read_json(text)
    except NotJson as error:
        return [Fault(str(file), error.line, sentence_of(error))]
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return [Fault(str(file), line, sentence("不是 UTF-8 文字，请另存为 UTF-8"))]
    except OSError as error:
        return [Fault(str(file), 1, sentence("读不了这个例子：%(why)s", why=error.strerror or error))]
    try:
        run = _Run(file, text, _checked(example))
        about = run.example.get("subject")
        run.vocabulary(models.get(about) if isinstance(about, str) else vocabulary)
        if derive is not None:
            scenario = with_packs(run.scenario(), file, regulation)
            run.compare(run.derived(scenario, regulation.parent, models, derive))
    except WrongExample as error:
        return [Fault(str(file), line_of(text, error.path), sentence_of(error))]
    return run.faults


def _checked(example: Any) -> dict[str, Any]:
    """The example, where its outline is right. Raises WrongExample."""
    if not isinstance(example, dict):
        raise WrongExample(sentence("例子应是一个 JSON 对象"))
    for name in WANTED:
        if name not in example:
            _refuse_missing(name, example)
    expect = example["expect"]
    if not isinstance(expect, dict):
        raise WrongExample(sentence("缺少 expect：写明应有的约定"), "expect")
    for name in expect.keys() - {"checks", "notices", "failed"}:
        raise WrongExample(sentence("expect 没有「%(name)s」这一项", name=cut(name)), "expect", name)
    if not expect:
        raise WrongExample(sentence("expect 里什么也没有"), "expect")
    for name in ("checks", "notices"):
        if not isinstance(expect.get(name, []), list):
            raise WrongExample(sentence("expect.%(name)s 应是一个列表", name=name), "expect", name)
    # without sweeps nobody is told anything, whatever the regulation says
    if not expect.get("checks") and not (
        expect.get("notices") or ("notices" in expect and example.get("sweeps"))
    ):
        said = sentence("expect 没有写明任何应有的约定或通知，这个例子什么也不检查")
        raise WrongExample(said, "expect", *list(expect)[:1])
    for n, check in enumerate(expect.get("checks", [])):
        if not isinstance(check, dict) or not isinstance(check.get("promises"), list):
            raise WrongExample(sentence("每次检查要有 now 和 promises"), "expect", "checks", n)
        instant(check.get("now"), "expect", "checks", n)
        for promise in check["promises"]:
            if not isinstance(promise, dict) or not isinstance(promise.get("control"), str):
                raise WrongExample(sentence("每条约定至少要写 control"), "expect", "checks", n)
    for n, notice in enumerate(expect.get("notices", [])):
        if not isinstance(notice, dict) or not {"sweep", "control", "level"} <= notice.keys():
            raise WrongExample(sentence("每条通知要有 sweep、control 和 level"), "expect", "notices", n)
    return example


def instant(value: Any, *path: str | int) -> datetime:
    """The instant of an ISO text with an offset. Raises WrongExample."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WrongExample(sentence("不是带时区的时刻：%(value)s", value=repr(value)), *path)
    return moment


def _refuse_missing(name: str, example: Row) -> NoReturn:
    """Names the line of the misspelt member, where there is one that is like it."""
    said = WANTED[name]
    near = get_close_matches(name, example.keys() - KNOWN, 1)
    if near:
        said = sentence("%(missing)s（「%(near)s」写错了？）", missing=said, near=cut(near[0]))
    raise WrongExample(said, *near)


@dataclass(slots=True)
class _Run:
    """One example, and what its light shows."""

    file: Path
    text: str
    example: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: Sentence, *path: str | int, is_warning: bool = False) -> None:
        title = self.example.get("title")
        titled = sentence("「%(title)s」%(message)s", title=title, message=message) if title else message
        self.faults.append(Fault(str(self.file), line_of(self.text, path), titled, is_warning))

    @property
    def checks(self) -> list[Row]:
        return list(self.example["expect"].get("checks", []))

    @property
    def asked(self) -> list[tuple[Any, tuple[str | int, ...]]]:
        """The instants that `derive` is asked for, each with where it stands."""
        given = self.example.get("at") or []
        asked = given if isinstance(given, list) else [given]
        checked = [(check["now"], ("expect", "checks", n, "now")) for n, check in enumerate(self.checks)]
        return [
            *((now, ("at", n)) for n, now in enumerate(asked)),
            *((now, path) for now, path in checked if now not in asked),
        ]

    def derived(
        self, scenario: Row, folder: Path, models: Mapping[str, Any], derive: Derive
    ) -> Mapping[str, Any]:
        """What `derive` makes of the example. Raises WrongExample."""
        try:
            return derive(scenario, models, folder)
        except KeyueError as error:
            path = error.path if isinstance(error, Misplaced) else ()
            if path[:1] == ("at",) and len(path) == 2:
                path = self.asked[int(path[1])][1]
            raise WrongExample(sentence("例子无法推算：%(why)s", why=error), *path) from error
        except Exception as error:
            raise WrongExample(
                sentence("例子无法推算（%(kind)s）：%(why)s", kind=type(error).__name__, why=error)
            ) from error

    def scenario(self) -> dict[str, Any]:
        """The input of `derive`: asked at every instant that a check is about."""
        instants = [now for now, _path in self.asked]
        kept = {
            name: self.example[name] for name in KNOWN & self.example.keys() - {"title", "note", "expect"}
        }
        return {**kept, "at": instants}

    def vocabulary(self, vocabulary: Vocabulary | None) -> None:
        """Names that nobody knows: of members of the example, of facts and of their fields."""
        for name in self.example.keys() - KNOWN:
            self.fault(sentence("例子没有「%(name)s」这一项", name=name), name, is_warning=True)
        title = self.example.get("title")
        if not isinstance(title, str) or not title.strip():
            self.fault(sentence("缺少 title：用一句话说明这个例子"), "title", is_warning=True)
        facts = self.example.get("facts")
        for n, fact in enumerate(facts if isinstance(facts, list) and vocabulary else ()):
            kind = fact.get("kind") if isinstance(fact, dict) else None
            if not isinstance(kind, str) or fact.get("voids") or not kind.startswith(f"{vocabulary.name}."):  # type: ignore[union-attr]
                continue
            fields = vocabulary.kinds.get(kind)  # type: ignore[union-attr]
            if fields is None:
                self.fault(sentence("没有 %(kind)s 这种事实", kind=repr(kind)), "facts", n)
            elif isinstance(fact.get("data"), dict):
                for name in fact["data"].keys() - set(fields):
                    self.fault(
                        sentence("事实 %(kind)s 没有 %(name)s 这个字段", kind=kind, name=repr(name)),
                        "facts",
                        n,
                        is_warning=True,
                    )

    def compare(self, output: Mapping[str, Any]) -> None:
        found = {instant(check["now"]): check["promises"] for check in output["checks"]}
        for n, check in enumerate(self.checks):
            now = instant(check["now"])
            self._rows(check["promises"], found[now], PROMISE_KEY, check["now"], "expect", "checks", n)
        if "notices" in self.example["expect"]:
            expected = self.example["expect"]["notices"]
            self._rows(expected, output["notices"], NOTICE_KEY, sentence("通知"), "expect", "notices")
        expected_failures = {str(name) for name in self.example["expect"].get("failed", [])}
        for failure in output.get("failed", []):
            if failure["control"] not in expected_failures:
                self.fault(
                    sentence(
                        "控制 %(control)s 失灵：%(why)s", control=failure["control"], why=failure["why"]
                    ),
                    "expect",
                )

    def _rows(
        self,
        expected: list[Row],
        found: list[Row],
        key: Mapping[str, Any],
        where: Sentence | str,
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
                self.fault(
                    sentence(
                        "%(where)s：%(row)s的 %(name)s 应是 %(wanted)s，推算得 %(actual)s",
                        where=where,
                        row=_named(row, key),
                        name=name,
                        wanted=wanted,
                        actual=actual,
                    ),
                    *path,
                )
        for row in missing:
            said = sentence("%(where)s：应有 %(row)s，推算里没有", where=where, row=_named(row, key))
            self.fault(said, *path)
        for row in left:
            named = _named(row, key)
            if "state" in row:
                named = sentence("%(row)s（%(state)s）", row=named, state=row["state"])
            self.fault(sentence("%(where)s：多出 %(row)s", where=where, row=named), *path)


def _key(row: Row, key: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        _value(name, default if row.get(name) is None else row[name]) for name, default in key.items()
    )


def _named(row: Row, key: Mapping[str, Any]) -> Sentence:
    cycle, seq = row.get("cycle") or 1, row.get("seq") or 1
    name = sentence(
        "%(control)s（第 %(cycle)s 轮第 %(seq)s 条）", control=row["control"], cycle=cycle, seq=seq
    )
    if "level" not in key:
        return name
    return sentence("%(row)s %(level)s 于 %(sweep)s", row=name, level=row["level"], sweep=row["sweep"])


def _differences(expected: Row, found: Row) -> Iterator[tuple[str, Any, Any]]:
    for name, wanted in expected.items():
        if name not in found:
            yield name, repr(wanted), sentence("没有这一项")
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


def _shown(value: Any) -> Sentence | str:
    if value is None:
        return sentence("空")
    if isinstance(value, bool):
        return sentence("是") if value else sentence("否")
    return str(value)


def regulation_beside(file: Path) -> Path | None:
    """The regulation that an example in a folder `cases` belongs to."""
    if file.absolute().parent.name != "cases":
        return None
    try:
        return document_path(file.absolute().parent.parent)
    except OSError:
        return None
