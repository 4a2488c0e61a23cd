"""What somebody owes, in the order of the due instant: as walks along an index, however much there is.

Open promises of a person are those in their hands and, of each post or department they stand behind, those in nobody's.
Asked as one condition with an OR, a database reads all of them and sorts; each of these walks ends with the last row
that is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from keyue.promises.models import Promise

MOST_COUNTED = 100
Part = tuple[str, tuple[Any, ...]]
"""A condition in SQL over the columns of a promise, and its values."""
# as the indexes have it: thousands may be due at one instant, or at none, and their order by id alone would be a sort
BY_DUE = "due, subject_id, id"
ENDLESS: Part = ("due IS NULL", ())
# a row that is gone comes before all others of its instant: a page repeats some rather than lose any
AFTER = (
    "(due, subject_id, id) > (%s, COALESCE((SELECT subject_id FROM promises_promise WHERE id = %s), 0), %s)"
)


@dataclass(frozen=True, slots=True)
class Today:
    """An instant, and what the company's calendar makes of it; a page asks once and hands it on."""

    now: datetime
    end: datetime
    week_end: datetime
    month: str


@dataclass(frozen=True, slots=True)
class Buckets:
    """What is due when, each list cut at `limit` and each count at 100."""

    late: Sequence[Promise]
    today: Sequence[Promise]
    week: Sequence[Promise]
    later: Sequence[Promise]
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owed:
    """Open promises, as disjoint parts each of which has an index in the order of the due instant."""

    parts: tuple[Part, ...]

    def buckets(self, today: Today, *, limit: int = 50) -> Buckets:
        """Overdue, due today, due this week, and later or without a due instant. Two statements."""
        asked = [*_spans(today).items(), ("later", ENDLESS)]
        ids: dict[str, list[int]] = {name: [] for name, _part in asked}
        for n, pk in self._ids([part for _name, part in asked], max(limit, MOST_COUNTED)):
            ids[asked[n][0]].append(pk)
        found = _read({pk for some in ids.values() for pk in some[:limit]})
        lists = {name: [found[pk] for pk in some[:limit] if pk in found] for name, some in ids.items()}
        counts = {name: min(len(some), MOST_COUNTED) for name, some in ids.items()}
        return Buckets(lists["late"], lists["today"], lists["week"], lists["later"], counts)

    def page(
        self, within: Part, *, after: tuple[datetime, int] | None = None, size: int = 50
    ) -> list[Promise]:
        """The first with a due instant that fulfil a condition, after the place (due, id)."""
        sql, values = within
        if after is not None:
            sql = f"{sql} AND {AFTER}"
            values = (*values, _stored(after[0]), after[1], after[1])
        ids = [pk for _n, pk in self._ids([(sql, values)], size)]
        found = _read(ids)
        return [found[pk] for pk in ids if pk in found]

    def first(self, size: int = 50) -> list[Promise]:
        """The earliest due, and after them those without a due instant."""
        ids = [pk for _n, pk in self._ids([("due IS NOT NULL", ()), ENDLESS], size)][:size]
        found = _read(ids)
        return [found[pk] for pk in ids if pk in found]

    def count(self, most: int = MOST_COUNTED) -> int:
        """How many, but no more than `most`: a page shows 99+ and the database stops counting."""
        if not self.parts:
            return 0
        walks = [
            f"SELECT * FROM (SELECT id FROM promises_promise WHERE is_open AND {sql} LIMIT %s) AS walk{n}"  # noqa: S608
            for n, (sql, _values) in enumerate(self.parts)
        ]
        values = [value for _sql, given in self.parts for value in (*given, most)]
        with connection.cursor() as cursor:
            # the parts are written here, their values are handed over
            cursor.execute(f"SELECT COUNT(*) FROM ({' UNION ALL '.join(walks)}) AS walks", values)  # noqa: S608
            return min(int(cursor.fetchone()[0]), most)

    def _ids(self, several: Sequence[Part], limit: int) -> list[tuple[int, int]]:
        """For each condition the first `limit` ids in the order of their due: (which condition, id)."""
        walks: list[str] = []
        values: list[Any] = []
        for n, (condition, given) in enumerate(several):
            for part, of_part in self.parts:
                walks.append(
                    f"SELECT * FROM (SELECT {n} AS n, {BY_DUE} FROM promises_promise "  # noqa: S608
                    f"WHERE is_open AND {part} AND {condition} ORDER BY {BY_DUE} LIMIT %s) AS walk{len(walks)}"
                )
                values += [*of_part, *given, limit]
        if not walks:
            return []
        with connection.cursor() as cursor:
            cursor.execute(f"{' UNION ALL '.join(walks)} ORDER BY 1, 2, 3, 4", values)
            rows = cursor.fetchall()
        taken: dict[int, int] = {}
        found = []
        for n, _due, _subject, pk in rows:
            taken[n] = taken.get(n, 0) + 1
            if taken[n] <= limit:
                found.append((n, pk))
        return found


def in_hands_of(people: Iterable[int]) -> list[Part]:
    """Taken by or given to these people."""
    return [("holder_id = %s", (person,)) for person in sorted(people)]


def in_nobodys(codes: Collection[str]) -> list[Part]:
    """Standing with these posts and departments until somebody takes them."""
    return [("holder_id IS NULL AND owner = %s", (code,)) for code in sorted(codes)]


def of_owners(codes: Collection[str]) -> list[Part]:
    """Standing with these posts and departments, whoever holds them."""
    return [("owner = %s", (code,)) for code in sorted(codes)]


EVERYTHING = Owed((("seq >= 0", ()),))
"""Every open promise; the condition is always so, and its index can be used by nobody who does not name it.

PostgreSQL counts on an owner's promises to be open as often as anybody's. Of a desk with millions of closed ones and
none open it would think the first hundred easily found by walking everybody's.
"""


def within(today: Today, due: str) -> Part:
    """The condition behind "late", "today", "week" or "later"; anything else is every due instant."""
    return _spans(today).get(due, ("due IS NOT NULL", ()))


def _spans(today: Today) -> dict[str, Part]:
    now, end, week_end = (_stored(at) for at in (today.now, today.end, today.week_end))
    return {
        "late": ("due < %s", (now,)),
        "today": ("due >= %s AND due <= %s", (now, end)),
        "week": ("due > %s AND due <= %s", (end, week_end)),
        "later": ("due > %s", (week_end,)),
    }


def bounds(local: datetime) -> tuple[datetime, datetime]:
    """The end of the day and of the week (Sunday 24:00) of an instant in its own zone."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1), midnight + timedelta(days=7 - local.weekday())


def _stored(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _read(ids: Collection[int]) -> dict[int, Promise]:
    return Promise.objects.select_related("holder").in_bulk(list(ids)) if ids else {}
