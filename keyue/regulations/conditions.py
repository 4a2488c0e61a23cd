"""Conditions in CEL, the expression language that policy systems share.

A condition is compiled once and remembered by its text; results are remembered by the values of exactly the
fields it names, because handing the context over is nearly all of the cost of an evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from keyue.kernel.texts import sentence

FIELD = re.compile(r"(?<![\w.])([A-Za-z_]\w*)\.([A-Za-z_]\w*)")
STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
BOUND = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*([A-Za-z_]\w*)\s*,")
REMEMBERED = 4096
LONGEST = 2_000
MOST_LOOPS = 3
"""How many `all`, `exists`, `map` and the like a condition may have: inside each other they multiply."""


class ConditionError(ValueError):
    """A condition that does not compile, or that fails on the values it is given."""


class Condition:
    """A compiled CEL expression over named variables, each a mapping or an object with fields.

    A field that a variable lacks reads as null; a variable that is None reads as one whose fields are all null.
    `fields` are the (variable, field) pairs it names, `whole` the variables it takes whole.
    """

    __slots__ = ("_program", "_results", "fields", "text", "whole")

    def __init__(self, text: str) -> None:
        import cel  # 0.3 s: paid only by those who evaluate conditions

        self.text = text
        if len(text) > LONGEST:
            raise ConditionError(sentence("条件太长，至多 %(most)d 个字", most=LONGEST))
        loops = BOUND.findall(STRING.sub("''", text))
        if len(loops) > MOST_LOOPS:
            raise ConditionError(
                sentence("条件里的 all、exists、map 等至多 %(most)d 个：%(text)s", most=MOST_LOOPS, text=text)
            )
        try:
            self._program = cel.compile(text)
        except (ValueError, RuntimeError) as error:
            raise ConditionError(
                sentence("条件无法解析：%(text)s（%(why)s）", text=text, why=_first_line(error))
            ) from error
        bare = STRING.sub("''", text)
        bound = set(BOUND.findall(bare))
        pairs = [(name, field) for name, field in FIELD.findall(bare) if name not in bound]
        self.fields: tuple[tuple[str, str], ...] = tuple(dict.fromkeys(pairs))
        rest = FIELD.sub("", bare)
        named = set(self._program.variables()) - bound
        self.whole: tuple[str, ...] = tuple(
            sorted(v for v in named if re.search(rf"(?<![\w.]){v}\b(?!\()", rest))
        )
        self._results: dict[tuple[Any, ...], Any] = {}

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    @property
    def variables(self) -> frozenset[str]:
        """The variables it names."""
        return frozenset({name for name, _ in self.fields} | set(self.whole))

    def value(self, variables: Mapping[str, Any]) -> Any:
        """The expression's value; raises ConditionError where CEL does."""
        values = tuple(_field(variables.get(name), field) for name, field in self.fields)
        if self.whole:
            return self._evaluate(variables, values)
        # 1, 1.0 and true are equal to Python and not to CEL
        key = (values, tuple(map(type, values)))
        try:
            if key in self._results:
                return self._results[key]
        except TypeError:  # a list or a mapping among the values
            return self._evaluate(variables, values)
        result = self._evaluate(variables, values)
        if len(self._results) >= REMEMBERED:
            self._results.clear()
        self._results[key] = result
        return result

    def holds(self, variables: Mapping[str, Any]) -> bool:
        """Whether the expression is true; anything but true or false is an error."""
        result = self.value(variables)
        if not isinstance(result, bool):
            raise ConditionError(
                sentence(
                    "条件的结果应是真或假，得到 %(result)s：%(text)s", result=repr(result), text=self.text
                )
            )
        return result

    def _evaluate(self, variables: Mapping[str, Any], values: tuple[Any, ...]) -> Any:
        context: dict[str, Any] = {}
        for (name, field), value in zip(self.fields, values, strict=True):
            context.setdefault(name, {})[field] = value
        for name in self.whole:
            whole = _mapping(variables.get(name))
            context[name] = {**context.get(name, {}), **whole} if whole is not None else context.get(name)
        try:
            return self._program.execute(context)
        except Exception as error:  # whatever it is, only this control fails, and the reader is told
            raise ConditionError(
                sentence("条件无法求值：%(text)s（%(why)s）", text=self.text, why=_first_line(error))
            ) from error


@lru_cache(maxsize=1024)
def compile_condition(text: str) -> Condition:
    """The condition for `text`; raises ConditionError if it does not compile."""
    return Condition(text)


def _field(variable: Any, field: str) -> Any:
    if variable is None:
        return None
    if isinstance(variable, Mapping):
        return variable.get(field)
    return getattr(variable, field, None)


def _mapping(variable: Any) -> Any:
    if variable is None or isinstance(variable, Mapping):
        return variable
    return {name: getattr(variable, name) for name in variable.__dataclass_fields__}


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
