"""What a person was told, newest first: as walks along an index, however much everybody was told.

A notice is addressed to a person, or to a post or department. Asked as one condition with an OR, a database reads all of
them and sorts; each of these walks ends with the last row that is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models.expressions import RawSQL

from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises.models import Notice
from keyue.promises.owed import MOST_COUNTED
from keyue.promises.selectors import owner_codes

TO_PERSON = "to_user_id = %s"
# the second half is what its index is for
TO_CODE = "to_user_id IS NULL AND to_code = %s AND NOT (to_code = '')"
UNSEEN = "id > (SELECT COALESCE(MAX(up_to), 0) FROM promises_noticesseen WHERE user_id = %s)"


def newest(user: User, *, size: int, before: int | None = None) -> Sequence[Notice]:
    """The newest notices of a person, older than `before` where that is given."""
    walks = (
        _walks(user, "id < %s", (before,), size) if before is not None else _walks(user, "1 = 1", (), size)
    )
    rows = Notice.objects.filter(pk__in=RawSQL(*walks)).select_related("promise")  # noqa: S611
    return list(rows.order_by("-pk"))


def newest_until(user: User, pk: int) -> int:
    """The newest of a person's notices that is not newer than this one; 0 where there is none."""
    return next(iter(_ids(user, "id <= %s", (pk,), 1)), 0)


def unread_count(user: User, most: int = MOST_COUNTED) -> int:
    """How many notices are newer than the last one seen, at most `most`."""
    return len(_ids(user, UNSEEN, (user.pk,), most))


def _ids(user: User, within: str, values: tuple[Any, ...], limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(*_walks(user, within, values, limit))
        return [int(pk) for (pk,) in cursor.fetchall()]


def _walks(user: User, within: str, values: tuple[Any, ...], limit: int) -> tuple[str, list[Any]]:
    """The ids of a person's newest notices within a condition, as SQL and its values."""
    parts: list[tuple[str, int | str]] = [(TO_PERSON, person) for person in sorted(people.acting_for(user))]
    parts += [(TO_CODE, code) for code in sorted(owner_codes(user))]
    if not parts:
        # who has left is told nothing
        return "SELECT id FROM promises_notice WHERE 1 = 0", []
    # the parts are written here, their values are handed over
    walks = [
        f"SELECT * FROM (SELECT id FROM promises_notice WHERE {part} AND {within} ORDER BY id DESC LIMIT %s) AS walk{n}"  # noqa: S608
        for n, (part, _whose) in enumerate(parts)
    ]
    given = [value for _part, whose in parts for value in (whose, *values, limit)]
    return f"SELECT id FROM ({' UNION ALL '.join(walks)}) AS told ORDER BY id DESC LIMIT %s", [*given, limit]  # noqa: S608
