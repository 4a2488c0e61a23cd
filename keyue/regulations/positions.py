"""On which line of a JSON text something stands. Pure Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence, sentence, sentence_of

_SPACE = re.compile(r"[ \t\n\r]*")
_decoder = json.JSONDecoder()


class NotJson(ValueError):
    """A text that is not JSON as people mean it; `line` is where."""

    def __init__(self, line: int, message: Sentence | str) -> None:
        super().__init__(message)
        self.line = line


class Misplaced(Invalid):
    """Something wrong within a JSON value; `path` leads to it, for `line_of`."""

    def __init__(self, message: Sentence | str, *path: str | int) -> None:
        super().__init__(message)
        self.path = path


@contextmanager
def standing_at(*path: str | int) -> Iterator[None]:
    """What is found wrong within it stands below `path`."""
    try:
        yield
    except Invalid as error:
        inner = error.path if isinstance(error, Misplaced) else ()
        raise Misplaced(sentence_of(error), *path, *inner) from error


def read_json(text: str) -> Any:
    """The value of a JSON text. Raises NotJson, also for a member written twice and for NaN."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise NotJson(
            error.lineno,
            sentence("不是 JSON（第 %(column)d 列）：%(why)s", column=error.colno, why=error.msg),
        ) from None
    except RecursionError:
        raise NotJson(1, sentence("不是 JSON：嵌套太深")) from None


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) where the value at `path` begins, with its name where it has one.

    Where it is not there, that of its nearest ancestor.
    """
    at = begins = _skip(text, 0)
    for step in path:
        found = _member(text, at, step) if isinstance(step, str) else _item(text, at, step)
        if found is None:
            break
        begins, at = found
    return text.count("\n", 0, begins) + 1


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the name of a member begins, and where its value does."""
    if text[at] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at] != "}":
        begins = at
        key, at = _decoder.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == name:
            return begins, at
        at = _after(text, at)
    return None


def _item(text: str, at: int, n: int) -> tuple[int, int] | None:
    if text[at] != "[":
        return None
    at = _skip(text, at + 1)
    while text[at] != "]":
        if n == 0:
            return at, at
        n, at = n - 1, _after(text, at)
    return None


def _after(text: str, at: int) -> int:
    """Past a value and the comma behind it."""
    _value, at = _decoder.raw_decode(text, at)
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _no_constant(name: str) -> NoReturn:
    raise NotJson(1, sentence("%(name)s 不是 JSON 的数", name=name))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _value in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise NotJson(1, sentence("%(repeated)s 写了两次，不知以哪个为准", repeated=repr(repeated)))
    return result
