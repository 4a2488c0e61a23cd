"""Hours that nobody covered become facts about the company (S3 3.1.2a), when they have come to pass."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from keyue.channels.phone import selectors
from keyue.channels.phone.events import GAP_FILLED, GAP_FOUND
from keyue.channels.phone.models import RosterState
from keyue.conversations.models import Channel
from keyue.ledger.facts import Actor, Draft
from keyue.promises import actions as promises
from keyue.promises.company import THE_COMPANY

SOURCE = "roster"


@transaction.atomic
def watch(*, channel: Channel, by: Actor, at: datetime) -> int:
    """Record the gaps of a hotline that began or ended since the last look; how many began. A gap has the instant at which
    it began, however late somebody looks, and is recorded once."""
    state, _made = RosterState.objects.select_for_update().get_or_create(
        channel=channel, defaults={"checked_to": channel.opened_at}
    )
    drafts = []
    for gap in selectors.gaps_between(channel, state.checked_to, at):
        name = f"{channel.pk}@{gap.start.astimezone(UTC).isoformat(timespec='minutes')}"
        data = {"gap": name, "channel": str(channel.pk)}
        if gap.start >= state.checked_to:
            drafts.append(Draft(GAP_FOUND, data, at=gap.start, key=f"{GAP_FOUND}:{name}"))
        if gap.end < at:
            drafts.append(Draft(GAP_FILLED, data, at=gap.end, key=f"{GAP_FILLED}:{name}"))
    if drafts:
        promises.record(THE_COMPANY, drafts, by=by, at=at, source=SOURCE)
    state.checked_to = at
    state.save(update_fields=["checked_to"])
    return sum(draft.kind == GAP_FOUND for draft in drafts)
