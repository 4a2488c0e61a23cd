"""The organisation as plain data: who leads what, and who is the next to be told. Pure; `selectors.py` loads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unit:
    """A department: `path` is the materialised path, `head` a person's id."""

    code: str
    path: str
    parent: str | None = None
    head: int | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """A post: its holders' ids, its department's code, the code of the post it reports to."""

    code: str
    department: str | None = None
    reports_to: str | None = None
    holders: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """Departments and posts by code; `active` are the people who have not left."""

    units: dict[str, Unit] = field(default_factory=dict)
    seats: dict[str, Seat] = field(default_factory=dict)
    active: frozenset[int] = frozenset()

    def below(self, code: str) -> frozenset[str]:
        """The department and all beneath it."""
        unit = self.units.get(code)
        if unit is None:
            return frozenset()
        return frozenset(u.code for u in self.units.values() if u.path.startswith(unit.path))

    def ladder(self, code: str) -> list[int]:
        """The people above a post or department, nearest first, nobody twice.

        A department: its own head, then the heads above it. A post: the post it reports to and so on up, then the
        heads of the department it belongs to. Who already stands behind the post is no step up from it.
        """
        seat = self.seats.get(code)
        seen: set[int] = set(seat.holders) if seat else set()
        steps = []
        for person in self._above(code):
            if person in self.active and person not in seen:
                seen.add(person)
                steps.append(person)
        return steps

    def _above(self, code: str) -> Iterator[int]:
        department: str | None = code
        visited: set[str] = set()
        seat = self.seats.get(code)
        if seat is not None:
            department = seat.department
            while seat is not None and seat.reports_to and seat.reports_to not in visited:
                visited.add(seat.reports_to)
                seat = self.seats.get(seat.reports_to)
                if seat is not None:
                    # one person a level: the first who is still here
                    yield from [p for p in seat.holders if p in self.active][:1]
                    department = department or seat.department
        while department is not None and department in self.units:
            unit = self.units[department]
            if unit.head is not None:
                yield unit.head
            department = unit.parent
