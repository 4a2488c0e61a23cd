"""Writing notices other than those that a sweep finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Notice, NoticesSeen


def tell(
    *,
    key: str,
    kind: str,
    at: datetime,
    to_user_id: int | None = None,
    to_code: str = "",
    subject: Subject | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Tell somebody once: the same key again changes nothing."""
    notice = Notice(
        key=key,
        kind=kind,
        at=at,
        to_user_id=to_user_id,
        to_code=to_code,
        subject_kind=subject.kind if subject else "",
        subject_id=int(subject.ref) if subject else None,
        detail=dict(detail or {}),
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def tell_each(
    people: Iterable[int], *, key: str, kind: str, at: datetime, detail: Mapping[str, Any] | None = None
) -> None:
    """Tell each of these people the same, once: `key` without the person. As many queries as batches."""
    said = dict(detail or {})
    notices = [
        Notice(key=f"{key}:{person}", kind=kind, at=at, to_user_id=person, detail=said) for person in people
    ]
    Notice.objects.bulk_create(notices, batch_size=500, ignore_conflicts=True)


def mark_mailed(notices: Iterable[Notice], *, at: datetime) -> None:
    """A mail carries these, or nobody is to get one."""
    Notice.objects.filter(pk__in=[notice.pk for notice in notices], mailed_at=None).update(mailed_at=at)


def see_notices(*, user: User, up_to: int) -> None:
    """The person has read their notices up to this one; never less than before."""
    seen, made = NoticesSeen.objects.get_or_create(user=user, defaults={"up_to": up_to})
    if not made:
        NoticesSeen.objects.filter(pk=seen.pk, up_to__lt=up_to).update(up_to=up_to)
