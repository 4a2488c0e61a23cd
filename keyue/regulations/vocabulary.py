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

from keyue.kernel.texts import Sentence, sentence, sentence_of
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
_REGISTERED: dict[str, Vocabulary] = {}


def register(vocabulary: Vocabulary) -> None:
    """Declare what may be said of a kind of subject: the room that owns it does so when it is loaded."""
    _REGISTERED[vocabulary.name] = vocabulary


def registered() -> Vocabularies:
    """The vocabularies of every kind of subject there is."""
    return _REGISTERED


def check_vocabulary(document: Document, vocabularies: Vocabularies) -> None:
    """Add what the document names and its subject does not know to its faults."""
    if not document.subject:
        return
    for block in document.blocks:
        control = block.control()
        about = control.subject or document.subject
        vocabulary = vocabularies.get(about)
        if vocabulary is not None:
            _Check(document, block, control, vocabulary).run()
        elif not control.awaits:
            known: list[object] = [*sorted(vocabularies)] or [sentence("一个也没有")]
            said = sentence("不认识的对象 %(subject)s；已知的：%(known)s", subject=repr(about), known=known)
            line = block.line_of("subject") if control.subject else line_of(document, "subject")
            document.fault(line, said)
            if not control.subject:
                return


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
        if self.control.awaits:
            self._awaits()
            return
        self._occasions()
        for condition in self.control.when:
            self._condition("when", condition, {self.vocabulary.name: None}, self._begun())
        if self.control.until is not None:
            self._until(self.control.until)
        self._owners()
        self._levels()

    def _awaits(self) -> None:
        """A control that waits for facts which all exist would never be measured, and nobody would know why."""
        control = self.control
        kinds = {occasion.kind for occasion in (*control.on, *control.met_by)} - {OPENING}
        if kinds and kinds <= self.vocabulary.kinds.keys():
            self.fault("awaits", sentence("它要的事实都已经有了，不用再写 awaits"))

    def _named(self, message: Sentence | str) -> Sentence:
        return sentence("控制 %(id)s：%(why)s", id=self.control.id, why=message)

    def fault(self, key: str, message: Sentence | str) -> None:
        self.document.fault(self.block.line_of(key), self._named(message))

    def warn(self, key: str, message: Sentence | str) -> None:
        self.document.faults.append(
            Fault(
                self.document.path,
                self.block.line_of(key),
                self._named(message),
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
                self.fault(key, sentence("round（新一轮）只能写在 on 里"))
            return key == "on"
        if kind in self.vocabulary.kinds:
            return True
        near = get_close_matches(kind, self.vocabulary.kinds, 1)
        if near:
            said = sentence("没有 %(kind)s 这种事实，是不是 %(near)s？", kind=repr(kind), near=near[0])
        else:
            said = sentence("没有 %(kind)s 这种事实", kind=repr(kind))
        self.fault(key, said)
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
                said = sentence("字段都还没有值时，%(why)s；先判断 != null，或改用 == 比较", why=error)
                self.fault(key, said)
                return

    def _names(self, key: str, condition: Condition, named: Mapping[str, frozenset[str] | None]) -> bool:
        faults = [
            sentence("这里没有 %(name)s；可用的：%(known)s", name=repr(name), known=list(named))
            for name in condition.variables - named.keys()
        ]
        faults += [
            fault
            for name, field in condition.fields
            if name in named and (fault := self._field(name, field, named[name]))
        ]
        for fault in faults:
            self.fault(key, sentence("%(why)s（%(text)s）", why=fault, text=condition.text))
        return not faults

    def _field(self, name: str, field: str, fields: frozenset[str] | None) -> Sentence | None:
        """What is wrong with `name.field`; `fields` None: those of the subject."""
        known = self.vocabulary.fields if fields is None else fields
        if field in known:
            return None
        near = get_close_matches(field, known, 1)
        if near:
            return sentence(
                "%(name)s 没有 %(field)s 这个字段，是不是 %(near)s？",
                name=name,
                field=repr(field),
                near=near[0],
            )
        return sentence("%(name)s 没有 %(field)s 这个字段", name=name, field=repr(field))

    def _until(self, until: Condition) -> None:
        fields = self._fields_of(occasion.kind for occasion in self.control.on)
        if not self._names("until", until, {self.vocabulary.name: None, "fact": fields}):
            return
        try:
            until.value({})
        except ConditionError as error:
            # without its fields it has no value yet; only a function that does not exist never will
            if "Undefined" in str(error):
                self.fault("until", sentence_of(error))

    # -- owners and levels --------------------------------------------------------------------------------

    def _owners(self) -> None:
        control = self.control
        for code in control.owner:
            self._path("owner", code)
        for path in control.fields:
            self._path("fields", path)
        if "." in control.owner[-1]:
            self.fault(
                "owner",
                sentence(
                    "%(owner)s 可能是空的：最后要写一个岗位或部门，使约定总有人负责", owner=control.owner[-1]
                ),
            )
        if any("." not in code for code in control.owner[:-1]):
            self.warn("owner", sentence("岗位或部门之后写的不会用到"))
        for code in (code for step in control.escalate for code in step.to):
            if "." in code:
                self.fault(
                    "escalate", sentence("escalate 的 to 应是岗位或部门，得到 %(code)s", code=repr(code))
                )
            else:
                self._path("escalate", code)
        for key, limit in (("within", control.within), ("every", control.every)):
            if limit is not None and limit.by is not None:
                self._path(key, limit.by)

    def _path(self, key: str, path: str) -> None:
        name, dot, field = path.partition(".")
        if not dot:
            if self.document.roles and path not in self.document.roles:
                self.warn(
                    key, sentence("%(path)s 没有写在 [roles] 里；是部门代码就不必理会", path=repr(path))
                )
        elif name == "trigger":
            fields = self._fields_of(occasion.kind for occasion in self.control.on)
            if fault := self._field(name, field, fields):
                self.fault(key, fault)
        elif name != self.vocabulary.name:
            self.fault(
                key,
                sentence(
                    "%(path)s 里只能用 %(subject)s 或 trigger", path=repr(path), subject=self.vocabulary.name
                ),
            )
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
            self.warn(
                key,
                sentence(
                    "%(key)s 的 %(percents)s 不会发生：只有按小时计的期限才有百分比",
                    key=key,
                    percents=[f"{percent}%" for percent in percents],
                ),
            )
        if (
            control.limit is None
            and control.until is None
            and any(s.percent == 100 for s in control.escalate)
        ):
            self.warn("escalate", sentence("没有期限，就不会有逾期时的升级"))

    def _rules(self) -> Iterable[object]:
        return self.control.limit.rules() if self.control.limit else ()

    def _unreached(self) -> Iterator[tuple[str, list[int]]]:
        if self.control.until is not None and self.control.remind:
            yield "remind", list(self.control.remind)
        if percents := [step.percent for step in self.control.escalate if step.percent != 100]:
            yield "escalate", percents
