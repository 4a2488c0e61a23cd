"""Writing what the channels keep of their own."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from keyue.channels.limits import KEPT, Limit, digest_of
from keyue.channels.models import ConsentText, RateWindow
from keyue.channels.webform.notice import Notice, notice_of
from keyue.company import actions as company
from keyue.company.selectors import installation
from keyue.kernel.errors import TooMany
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
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
            _("次数太多，请 %(wait)s后再试。") % {"wait": span(left)},
            retry_after=int(left.total_seconds()) + 1,
        )


@transaction.atomic
def keep_consent_text(version: str, text: str, consent: str, *, by: Actor, at: datetime) -> None:
    """Keep the notice that somebody agreed to, once a version, so that it can be shown later what it said."""
    used = ConsentText.objects.filter(pk=version).values_list("first_used_at", flat=True)
    if not used:
        row = ConsentText(version=version, text=text, consent=consent, first_used_at=at)
        ConsentText.objects.bulk_create([row], ignore_conflicts=True)
    elif used[0] is None:
        ConsentText.objects.filter(pk=version, first_used_at=None).update(first_used_at=at)


@transaction.atomic
def publish_notice(
    *,
    service_phone: str,
    privacy_notice: str,
    consent_text: str,
    revision: str,
    user: User,
    at: datetime,
) -> Notice:
    """Change what customers are told and what they agree to. The words before stay, under their version. Raises Denied,
    and Refused (`conflict`) where somebody else has changed them since they were read."""
    check(user, Permission.SETTINGS_EDIT)
    before = notice_of(installation())
    ConsentText.objects.get_or_create(
        version=before.version, defaults={"text": before.text, "consent": before.consent}
    )
    found = company.change_portal(
        service_phone=service_phone,
        privacy_notice=privacy_notice,
        consent_text=consent_text,
        revision=revision,
        by=Actor("staff", str(user.pk)),
        at=at,
    )
    notice = notice_of(found)
    row, _new = ConsentText.objects.get_or_create(
        version=notice.version, defaults={"text": notice.text, "consent": notice.consent}
    )
    # words that were published before are published again, with today's date
    row.published_at, row.published_by = at, user
    row.save(update_fields=["published_at", "published_by"])
    return notice


def tidy(*, by: Actor, at: datetime) -> int:
    """Delete counts that limit nothing any more; returns how many."""
    return RateWindow.objects.filter(start__lt=int(at.timestamp()) - KEPT).delete()[0]
