"""What notices say that are about no case and no promise: each room registers its own from AppConfig.ready.

A notice names what happened by the `what` of its detail; here stand its words and the page it leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from keyue.ui.addresses import address


@dataclass(frozen=True, slots=True)
class Said:
    """`sentence` is filled from the notice's detail; `url_name` is a page, with the detail's `at` as its arguments."""

    sentence: Promise
    url_name: str = ""


_said: dict[str, Said] = {}


def register(what: str, sentence: Promise, url_name: str = "") -> None:
    """Let notices whose detail says `what` be worded so, and lead to the page `url_name`."""
    _said[what] = Said(sentence, url_name)


def words_of(detail: Mapping[str, Any]) -> str:
    """What a notice says; empty where no room has registered it."""
    found = _said.get(str(detail.get("what")))
    return str(found.sentence) % detail if found else ""


def url_of(detail: Mapping[str, Any]) -> str:
    """Where a notice leads; empty where it leads nowhere."""
    found = _said.get(str(detail.get("what")))
    return address(found.url_name, *detail.get("at", ())) if found and found.url_name else ""
