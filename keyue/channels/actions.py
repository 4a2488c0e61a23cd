"""Writing what the channels keep of their own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from keyue.channels.limits import KEPT, Limit, digest_of
from keyue.channels.models import ConsentText, RateWindow
from keyue.kernel.errors import TooMany
from keyue.ledger.facts import Actor
from keyue.ui.wording import span

logger = logging.getLogger(__name__)

# one statement, so that processes beside each other count together
_TAKE = """
INSERT INTO channels_ratewindow ("key", "start", "n") VALUES (%(key)s, %(now)s, 1)
ON CONFLICT ("key") DO UPDATE SET
  "n" = CASE WHEN channels_ratewindow."start" <= %(over)s THEN 1 ELSE channels_ratewindow."n" + 1 END,
  "start" = CASE WHEN channels_ratewindow."start" <= %(over)s THEN %(now)s ELSE channels_ratewindow."start" END
RETURNING "start", "n"
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """How often it has been done with this time, and when the count begins anew."""

    n: int
    until: datetime


def count(limit: Limit, who: object, *, by: Actor, at: datetime) -> Taken:
    """Count one more. Outside a transaction the count stands whatever becomes of the act."""
    now = int(at.timestamp())
    values: dict[str, str | int] = {"key": digest_of(limit, who), "now": now, "over": now - limit.seconds}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        start, n = cursor.fetchone()
    return Taken(n, datetime.fromtimestamp(start + limit.seconds, UTC))


def take(limit: Limit, who: object, *, by: Actor, at: datetime) -> None:
    """Count one more; raises TooMany beyond the limit, with the seconds until the next may be."""
    taken = count(limit, who, by=by, at=at)
    if taken.n > limit.most:
        left = max(taken.until - at, timedelta(seconds=1))
        logger.info("%s: limit %r reached", by.id, limit.name)
        raise TooMany(
            _("太频繁了，请 %(wait)s 后再试。") % {"wait": span(left)},
            retry_after=int(left.total_seconds()) + 1,
        )


def keep_consent_text(version: str, text: str, *, by: Actor, at: datetime) -> None:
    """Keep the notice that somebody agreed to, once a version, so that it can be shown later what it said."""
    if not ConsentText.objects.filter(pk=version).exists():
        row = ConsentText(version=version, text=text, first_used_at=at)
        ConsentText.objects.bulk_create([row], ignore_conflicts=True)


def tidy(*, by: Actor, at: datetime) -> int:
    """Delete counts that limit nothing any more; returns how many."""
    return RateWindow.objects.filter(start__lt=int(at.timestamp()) - KEPT).delete()[0]
