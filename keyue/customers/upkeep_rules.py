"""How complete and how fresh a customer's file is, and what the daily check finds. Pure Python.

Sources: S1-4.2 and S2-5.1 (what a file holds at least), S1-5.1 to 5.3 and S0-4.1.3 (kept true and looked over).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from keyue.customers.faults import Fault
from keyue.customers.rules import parse_money
from keyue.promises import company

ARCHIVE_CHECKED = "archive.checked"
"""A daily check went through all files: S1-5.3."""

company.declare({ARCHIVE_CHECKED: ("day", "checked", "found", "mended")})

ORGANISATION, PERSON = "organisation", "person"
LARGEST_WEIGHT = 100
CHECKS_FROM_HOUR = 4
"""The local hour from which the check of a day runs: before anybody is at work."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field of the file as the company set it up; `key` of the company's own ones stands in `Customer.extra`."""

    key: str
    required: bool
    weight: int
    is_standard: bool
    for_organisations: bool = True
    for_persons: bool = True
    kind: str = "text"
    label: str = ""
    is_personal: bool = False
    is_sensitive: bool = False
    options: tuple[str, ...] = ()
    order: int = 0
    is_retired: bool = False

    def holds_for(self, kind: str) -> bool:
        """Whether a customer of this kind has the field."""
        return not self.is_retired and (self.for_persons if kind == PERSON else self.for_organisations)


def _standard(key: str, order: int, weight: int, *, required: bool = True, persons: bool = True) -> FieldRule:
    return FieldRule(key, required, weight, is_standard=True, for_persons=persons, order=order)


STANDARD: tuple[FieldRule, ...] = (
    _standard("name", 10, 10),
    _standard("contact", 20, 15, persons=False),
    _standard("phone", 30, 20),
    _standard("email", 40, 5, required=False),
    _standard("address", 50, 10),
    _standard("needs", 60, 15),
    _standard("history", 70, 10),
    _standard("credit", 80, 10),
    _standard("decision_makers", 90, 10, persons=False),
    _standard("region", 100, 5, required=False),
    _standard("city", 110, 5, required=False),
    _standard("industry", 120, 5, required=False, persons=False),
    _standard("scale", 130, 5, required=False, persons=False),
    _standard("category", 140, 5, required=False),
    _standard("credit_limit", 150, 5, required=False),
)
"""The fields that every archive has. Those required from the start are the least that S1-4.2 and S2-5.1 ask for."""

LEAST = frozenset(rule.key for rule in STANDARD if rule.required)
"""What no company may take out of what is required: the regulation names it."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """A score of 0 to 100, and the keys of what is missing, the weightiest first."""

    score: int
    missing: tuple[str, ...]


def completeness(rules: Iterable[FieldRule], kind: str, filled: Collection[str]) -> Completeness:
    """How much of what is required of a customer of this kind is on file, by weight.

    What is not known is missing. 100 only where nothing is; where nothing is required, nothing is missing.
    """
    asked = [rule for rule in rules if rule.required and rule.holds_for(kind)]
    missing = sorted((r for r in asked if r.key not in filled), key=lambda r: (-r.weight, r.order, r.key))
    whole = sum(rule.weight for rule in asked)
    lacking = sum(rule.weight for rule in missing)
    score = 100 if not missing else min(99, 100 * (whole - lacking) // whole) if whole else 99
    return Completeness(score, tuple(rule.key for rule in missing))


def is_stale(since: datetime | None, days: int | None, now: datetime) -> bool:
    """Whether what was last known to be right at `since` should be looked at again; never where no interval is set."""
    return days is not None and (since is None or now - since >= timedelta(days=days))


# --- values of the company's own fields ---

YES, NO = "yes", "no"


class Unfit(ValueError):
    """A value that is not of the field's kind; `args[0]` names what is expected."""


def clean_value(rule: FieldRule, value: Any) -> str | None:
    """A value of a field of the company's own as it is kept: always text, None of nothing. Raises Unfit, Fault."""
    text = str(value).strip() if value is not None and not isinstance(value, bool) else value
    if text is None or text == "":
        return None
    if rule.kind == "yes_no":
        return _yes_no(text)
    if rule.kind == "number":
        return _number(str(text))
    if rule.kind == "money":
        amount = parse_money(str(text))
        return None if amount is None else str(amount)
    if rule.kind == "date":
        try:
            return date.fromisoformat(str(text)).isoformat()
        except ValueError:
            raise Unfit("date") from None
    if rule.kind == "choice" and text not in rule.options:
        raise Unfit("choice")
    return str(text)


def _yes_no(value: Any) -> str:
    if value in {True, YES, "true", "是"}:
        return YES
    if value in {False, NO, "false", "否"}:
        return NO
    raise Unfit("yes_no")


def _number(text: str) -> str:
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise Unfit("number") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise Unfit("number")
    return format(number.normalize(), "f")


def unfit_keys(rules: Iterable[FieldRule], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of the values on file no longer fit what their fields are now."""
    found = []
    for rule in rules:
        if rule.is_standard or rule.is_retired or rule.key not in values:
            continue
        try:
            clean_value(rule, values[rule.key])
        except (Unfit, Fault):
            found.append(rule.key)
    return tuple(sorted(found))


# --- the daily check ---


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a file: its kind (`enums.DefectKind`), and the fields it is about."""

    kind: str
    fields: tuple[str, ...]


def findings(
    missing: Sequence[str], unfit: Sequence[str], *, has_active_manager: bool, was_given_manager: bool
) -> list[Finding]:
    """What of a file is to be put right: what is missing, what is irregular, and nobody looking after it."""
    found = []
    if missing:
        found.append(Finding("incomplete", tuple(sorted(missing))))
    if unfit:
        found.append(Finding("irregular", tuple(sorted(unfit))))
    if was_given_manager and not has_active_manager:
        found.append(Finding("unattended", ()))
    return found
