"""Sentences for people, worded only when they are shown, in the language of whoever reads them. Pure Python.

A module without Django has no gettext. It says

    raise Invalid(sentence("时长 %(text)s 太长", text=text))

and the sentence keeps what it was made from. `str()` of it is in the language of the place that shows it: the pages
and the API let Django translate (keyue.ui.apps), the tools of the command line read the same catalogues themselves, in
the language that the environment names, and where nobody says anything it is the Chinese of the source.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

Translate = Callable[[str], str]
PRODUCT = Path(__file__).resolve().parents[1]
COMPILED = "locale/en/LC_MESSAGES/django.mo"
ENGLISH = "en"
CHINESE = "zh"
ASKED_BY = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of the environment that name a language, the strongest first, as gettext reads them."""


def as_written(message: str) -> str:
    """The Chinese of the source."""
    return message


_translate: Translate = as_written


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text as the source has it and what fills its places; equal and hashable by both, whatever the language."""

    message: str
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self._worded(_translate)

    @property
    def chinese(self) -> str:
        """As it goes into a record, which has one language whoever caused it."""
        return self._worded(as_written)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, to be worded later; `sentence_from` reads it."""
        return {"message": self.message, "values": {name: _plain(value) for name, value in self.values}}

    def _worded(self, translate: Translate) -> str:
        text = translate(self.message)
        return text % {name: _in(translate, value) for name, value in self.values} if self.values else text


def sentence(message: str, /, **values: object) -> Sentence:
    """The sentence `message`, its `%(places)s` filled; without values a per cent sign is only that.

    A value may be a sentence, an error that carries one, or a list, which is joined by commas of the language. Anything
    but numbers is kept as text. `message` is a literal: the catalogues are collected from the source.
    """
    return Sentence(message, tuple((name, _kept(value)) for name, value in values.items()))


SEPARATOR = sentence("、")


def cut(text: object, most: int = 60) -> str:
    """A text as a sentence quotes it: on one line, and no longer than somebody would read."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def sentence_of(error: BaseException) -> Sentence | str:
    """What an error says, still to be worded where it carries a sentence."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Sentence) else str(error)


def sentence_from(data: object) -> Sentence | None:
    """The sentence of `to_dict`; None for anything else."""
    if not isinstance(data, Mapping) or not isinstance(data.get("message"), str):
        return None
    values = data.get("values") or {}
    return Sentence(data["message"], tuple((name, _revived(value)) for name, value in values.items()))


def in_chinese(text: object) -> str:
    """A sentence as a record keeps it; any other text as it is."""
    return text.chinese if isinstance(text, Sentence) else str(text)


def speak(translate: Translate) -> None:
    """From now on every sentence of this process is worded by `translate`."""
    global _translate
    _translate = translate


def speaking_as_asked() -> AbstractContextManager[None]:
    """Word sentences in the language that the environment names, for what is said without Django."""
    return speaking(english if language_asked() == ENGLISH else as_written)


@contextmanager
def speaking(translate: Translate) -> Iterator[None]:
    """Within it sentences are worded by `translate`."""
    before = _translate
    speak(translate)
    try:
        yield
    finally:
        speak(before)


def language_asked() -> str:
    """The language that the environment names: English where it says so, else Chinese."""
    named = next((value for name in ASKED_BY if (value := os.environ.get(name))), "")
    return ENGLISH if named.lower().startswith(ENGLISH) else CHINESE


def english(message: str) -> str:
    """The English of a text, from the compiled catalogues of all rooms."""
    return _english().gettext(message)


@cache
def _english() -> gettext.NullTranslations:
    found = gettext.NullTranslations()
    for path in sorted([*PRODUCT.glob(COMPILED), *PRODUCT.glob(f"*/{COMPILED}")]):
        with path.open("rb") as file:
            found.add_fallback(gettext.GNUTranslations(file))
    return found


def _kept(value: object) -> object:
    if isinstance(value, BaseException):
        return sentence_of(value)
    if isinstance(value, list | tuple):
        return tuple(_kept(item) for item in value)
    return value if isinstance(value, Sentence | int) else str(value)


def _in(translate: Translate, value: Any) -> Any:
    if isinstance(value, Sentence):
        return value._worded(translate)
    if isinstance(value, tuple):
        return SEPARATOR._worded(translate).join(str(_in(translate, item)) for item in value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if isinstance(value, Sentence) else value


def _revived(value: Any) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_revived(item) for item in value)
    return sentence_from(value) or value
