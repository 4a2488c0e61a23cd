"""Whether what a regulation names exists: fact kinds, fields, owners, limits. Pure Python.

The vocabulary is that of the regulation's subject: the room that owns a subject declares it. Each check adds what is
wrong to the document's faults, at the line where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, Protocol

from keyue.ledger.facts import FactRecord
from keyue.regulations.conditions import Condition, ConditionError
from keyue.regulations.controls import Control, Occasion
from keyue.regulations.document import ControlBlock, Document, Fault
from keyue.worktime.rules import Hours

OPENING = "round"
NOWHEN = datetime(2000, 1, 1, tzinfo=UTC)


class Vocabulary(Protocol):
    """What conditions and controls about a kind of subject may name."""

    @property
    def name(self) -> str: ...
    @property
    def fold(self) -> Callable[[Any, FactRecord], Any]: ...
    @property
    def fields(self) -> frozenset[str]: ...
    @property
    def kinds(self) -> Mapping[str, tuple[str, ...]]: ...


Vocabularies = Mapping[str, Vocabulary]


def check_vocabulary(document: Document, vocabularies: Vocabularies) -> None:
    """Add what the document names and its subject does not know to its faults."""
    if not document.subject:
        return
    vocabulary = vocabularies.get(document.subject)
    if vocabulary is None:
        known = "、".join(sorted(vocabularies)) or "没有"
        document.fault(line_of(document, "subject"), f"不认识的对象 {document.subject!r}；已知的：{known}")
        return
    for block in document.blocks:
        _Check(document, block, block.control(), vocabulary).run()


def line_of(document: Document, key: str) -> int:
    """The first line that sets `key`, or the first line."""
    lines = document.source.splitlines()
    return next((n for n, text in enumerate(lines, 1) if re.match(rf"\s*{key}\s*=", text)), 1)


@dataclass(slots=True)
class _Check:
    """The checks of one control."""

    document: Document
    block: ControlBlock
    control: Control
    vocabulary: Vocabulary

    def run(self) -> None:
        subject = self.block.raw.get("subject", self.document.subject)
        if subject != self.document.subject:
            self.fault(
                "subject", f"一份制度只针对一种对象（{self.document.subject}）；{subject!r} 请另写一份"
            )
        self._occasions()
        for condition in self.control.when:
            self._condition("when", condition, {self.vocabulary.name: None}, self._begun())
        if self.control.until is not None:
            self._until(self.control.until)
        self._owners()
        self._levels()

    def fault(self, key: str, message: str) -> None:
        self.document.fault(self.block.line_of(key), f"控制 {self.control.id}：{message}")

    def warn(self, key: str, message: str) -> None:
        self.document.faults.append(
            Fault(
                self.document.path,
                self.block.line_of(key),
                f"控制 {self.control.id}：{message}",
                is_warning=True,
            )
        )

    # -- facts --------------------------------------------------------------------------------------------

    def _occasions(self) -> None:
        triggers = self._fields_of(occasion.kind for occasion in self.control.on)
        places: list[tuple[str, Iterable[Occasion]]] = [
            ("on", self.control.on),
            ("met_by", self.control.met_by),
            ("start", [self.control.start] if self.control.start else []),
            ("counts_from", [self.control.counts_from] if self.control.counts_from else []),
        ]
        for key, occasions in places:
            for occasion in occasions:
                if not self._kind(key, occasion.kind):
                    continue
                if occasion.condition is not None:
                    named: dict[str, frozenset[str] | None] = {
                        self.vocabulary.name: None,
                        "fact": self._fields_of([occasion.kind]),
                    }
                    if key == "met_by":
                        named["trigger"] = triggers
                    self._condition(key, occasion.condition, named, self._before(key, occasion.kind))

    def _kind(self, key: str, kind: str) -> bool:
        if kind == OPENING:
            if key != "on":
                self.fault(key, "round（新一轮）只能写在 on 里")
            return key == "on"
        if kind in self.vocabulary.kinds:
            return True
        near = get_close_matches(kind, self.vocabulary.kinds, 1)
        self.fault(key, f"没有 {kind!r} 这种事实" + (f"，是不是 {near[0]}？" if near else ""))
        return False

    def _fields_of(self, kinds: Iterable[str]) -> frozenset[str]:
        """The fields of facts of these kinds together. What opens a round can be a fact of any kind; so, for want of
        knowing better, can be one of a kind that is at fault already."""
        named = set(kinds)
        if not named <= self.vocabulary.kinds.keys():
            named = set(self.vocabulary.kinds)
        return frozenset(name for kind in named for name in self.vocabulary.kinds.get(kind, ()))

    # -- conditions ---------------------------------------------------------------------------------------

    def _begun(self) -> list[Any]:
        """The states in which a subject can begin."""
        return [state for kind in self.vocabulary.kinds if (state := self._first_state(kind)) is not None]

    def _first_state(self, kind: str) -> Any:
        try:
            return self.vocabulary.fold(None, FactRecord("", kind, NOWHEN, NOWHEN, {}))
        except (KeyError, TypeError, ValueError):  # a fact that cannot be without its fields
            return None

    def _before(self, key: str, kind: str) -> list[Any]:
        """The states before a fact: none yet, where the fact can be a subject's first."""
        first = key != "met_by" and self._first_state(kind) is not None
        return [None, *self._begun()] if first or not self._begun() else self._begun()

    def _condition(
        self,
        key: str,
        condition: Condition,
        named: Mapping[str, frozenset[str] | None],
        states: Iterable[Any],
    ) -> None:
        """It names what there is, and is true or false where every field is still null."""
        if not self._names(key, condition, named):
            return
        for state in states:
            try:
                condition.holds({self.vocabulary.name: state, "fact": {}, "trigger": {}})
            except ConditionError as error:
                empty = "字段都还没有值时，"
                self.fault(key, f"{empty}{error}；先判断 != null，或改用 == 比较")
                return

    def _names(self, key: str, condition: Condition, named: Mapping[str, frozenset[str] | None]) -> bool:
        faults = [
            f"这里没有 {name!r}；可用的：{'、'.join(named)}" for name in condition.variables - named.keys()
        ]
        faults += [
            fault
            for name, field in condition.fields
            if name in named and (fault := self._field(name, field, named[name]))
        ]
        for fault in faults:
            self.fault(key, f"{fault}（{condition.text}）")
        return not faults

    def _field(self, name: str, field: str, fields: frozenset[str] | None) -> str:
        """What is wrong with `name.field`; `fields` None: those of the subject."""
        known = self.vocabulary.fields if fields is None else fields
        if field in known:
            return ""
        near = get_close_matches(field, known, 1)
        return f"{name} 没有 {field!r} 这个字段" + (f"，是不是 {near[0]}？" if near else "")

    def _until(self, until: Condition) -> None:
        fields = self._fields_of(occasion.kind for occasion in self.control.on)
        if not self._names("until", until, {self.vocabulary.name: None, "fact": fields}):
            return
        try:
            until.value({})
        except ConditionError as error:
            # without its fields it has no value yet; only a function that does not exist never will
            if "Undefined" in str(error):
                self.fault("until", str(error))

    # -- owners and levels --------------------------------------------------------------------------------

    def _owners(self) -> None:
        control = self.control
        for code in control.owner:
            self._path("owner", code)
        if "." in control.owner[-1]:
            self.fault("owner", f"{control.owner[-1]} 可能是空的：最后要写一个岗位或部门，使约定总有人负责")
        if any("." not in code for code in control.owner[:-1]):
            self.warn("owner", "岗位或部门之后写的不会用到")
        for code in (code for step in control.escalate for code in step.to):
            if "." in code:
                self.fault("escalate", f"escalate 的 to 应是岗位或部门，得到 {code!r}")
            else:
                self._path("escalate", code)
        for key, limit in (("within", control.within), ("every", control.every)):
            if limit is not None and limit.by is not None:
                self._path(key, limit.by)

    def _path(self, key: str, path: str) -> None:
        name, dot, field = path.partition(".")
        if not dot:
            if self.document.roles and path not in self.document.roles:
                self.warn(key, f"{path!r} 没有写在 [roles] 里；是部门代码就不必理会")
        elif name == "trigger":
            fields = self._fields_of(occasion.kind for occasion in self.control.on)
            if fault := self._field(name, field, fields):
                self.fault(key, fault)
        elif name != self.vocabulary.name:
            self.fault(key, f"{path!r} 里只能用 {self.vocabulary.name} 或 trigger")
        elif fault := self._field(name, field, None):
            self.fault(key, fault)

    def _levels(self) -> None:
        """Percentages are of counted time: nothing but a limit by the hour has them.

        `remind` on a limit by days may stand: it counts as soon as a company sets a limit by the hour.
        """
        control = self.control
        if control.is_unanswered or any(isinstance(rule, Hours) for rule in self._rules()):
            return
        for key, percents in self._unreached():
            shown = "、".join(f"{percent}%" for percent in percents)
            self.warn(key, f"{key} 的 {shown} 不会发生：只有按小时计的期限才有百分比")
        if (
            control.limit is None
            and control.until is None
            and any(s.percent == 100 for s in control.escalate)
        ):
            self.warn("escalate", "没有期限，就不会有逾期时的升级")

    def _rules(self) -> Iterable[object]:
        return self.control.limit.rules() if self.control.limit else ()

    def _unreached(self) -> Iterator[tuple[str, list[int]]]:
        if self.control.until is not None and self.control.remind:
            yield "remind", list(self.control.remind)
        if percents := [step.percent for step in self.control.escalate if step.percent != 100]:
            yield "escalate", percents
