"""Whether a clause can be measured at all: a state of its own, neither 100 % nor 0 %."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from keyue.regulations.controls import Control
from keyue.regulations.kinds import ControlKind


class Standing(StrEnum):
    """What a clause is to its figures; its words are in `STANDINGS`."""

    RUNNING = "running"
    """At least one of its controls makes promises."""
    FORBIDDING = "forbidding"
    """It only forbids: there are occurrences, and no share of anything."""
    UNANSWERED = "unanswered"
    """The company has yet to say how long."""
    WAITING = "waiting"
    """Its facts come with a later part of the product."""
    NARRATIVE = "narrative"
    """It asks nothing of anybody."""


STANDINGS: dict[Standing, Any] = {
    Standing.RUNNING: _("可执行"),
    Standing.FORBIDDING: _("禁止"),
    Standing.UNANSWERED: _("待公司回答"),
    Standing.WAITING: _("尚不可衡量"),
    Standing.NARRATIVE: _("叙述"),
}


def standing_of(controls: Sequence[Control]) -> Standing:
    """The standing of a clause with these controls."""
    if not controls:
        return Standing.NARRATIVE
    running = [control for control in controls if control.runs]
    if running and all(control.kind == ControlKind.PROHIBITION for control in running):
        return Standing.FORBIDDING
    if running:
        return Standing.RUNNING
    # what waits for its facts is no open question of the company
    return Standing.WAITING if all(control.awaits for control in controls) else Standing.UNANSWERED
