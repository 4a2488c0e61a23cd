"""A company's answers to what a regulation leaves to it, as they are typed. Pure but for the words of its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.regulations import durations
from keyue.regulations.controls import Control, ControlError
from keyue.regulations.document import Document, Question

LONGEST = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a text, the control it is about, and the answer as kept in the edition; None: not switched on."""

    question: Question
    control: Control
    answer: Any = None

    @property
    def is_answered(self) -> bool:
        return self.answer is not None


def asked(document: Document, answers: Mapping[str, Any]) -> list[Asked]:
    """Every question of the text in its order, also those that are answered."""
    controls = {control.id: control for control in document.sound_controls(answers)[0]}
    return [
        Asked(question, controls[question.control], answers.get(question.key))
        for question in document.questions()
        if question.control in controls
    ]


def typed(one: Asked, language: str = "zh") -> str:
    """The answer as one would type it; "" where there is none."""
    return "" if one.answer is None else durations.typed(one.answer, language)


def read_answers(document: Document, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed by question, as the text takes it; None where it is left empty: not switched on.

    Raises Invalid with a sentence for each question at fault.
    """
    known = {question.key for question in document.questions()}
    found: dict[str, Any] = {}
    faults: dict[str, object] = {}
    for key, value in given.items():
        try:
            if key not in known:
                raise Invalid(_("制度没有问这一项"))
            found[key] = _value(value)
            if found[key] is not None:
                document.controls({key: found[key]})
        except (Invalid, ControlError) as error:
            faults[key] = str(error)
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found


def _value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return durations.read(value) if value.strip() else None
