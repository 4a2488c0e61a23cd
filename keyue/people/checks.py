"""Checks of the installation that need the database: `manage.py check --database default`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from keyue.people.selectors import code_conflicts


@register(Tags.database)
def codes_have_one_owner(*, databases: Sequence[str] | None = None, **other: Any) -> list[CheckMessage]:
    """Departments and posts share one namespace, because a regulation names either as an owner."""
    if not databases:
        return []
    try:
        wrong = code_conflicts()
    except DatabaseError:
        # before the first migration there is nothing to check
        return []
    return [
        Error(
            f"owner code {code} is not registered, or registered twice",
            hint="a code belongs to one department or one post; compare them with the table people_ownercode",
            id="people.E001",
        )
        for code in wrong
    ]
