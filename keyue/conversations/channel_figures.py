"""What the pages of channels show: how much waits on each, when it was last seen, how soon a person answered first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from keyue.conversations import kinds, selectors
from keyue.conversations.enums import LineKind
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel, Conversation, Line
from keyue.people import selectors as people
from keyue.people.models import User

WINDOW = timedelta(days=30)
LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """How soon a person answered first, of the conversations that began on a channel within `WINDOW`: `answered` of
    `begun`, half of the answered ones within `median`. An automatic answer is none (S4 3.1b)."""

    begun: int = 0
    answered: int = 0
    median: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ChannelFace:
    """A channel as a list shows it. `arrived` messages since it was last seen, `waiting` conversations without an answer."""

    channel: Channel
    kind: ChannelKind | None
    department: str
    arrived: int
    waiting: int
    is_unseen: bool
    first: FirstResponse = field(default_factory=FirstResponse)


def faces(rows: Sequence[Channel], *, at: datetime, today: datetime) -> list[ChannelFace]:
    """Channels with their figures. `today` is the instant at which the day began where the reader is."""
    ids = [row.pk for row in rows]
    arrived, waiting = _arrived(ids), _waiting(ids)
    begun, medians = _begun(ids, at - WINDOW), _medians(ids, at - WINDOW)
    departments = {one.code: one.name for one in people.open_departments()}
    registered = kinds.kinds()
    faces = []
    for row in rows:
        kind = registered.get(row.kind)
        due = kind is not None and kind.is_online and row.is_open
        n, answered = begun.get(row.pk, (0, 0))
        faces.append(
            ChannelFace(
                channel=row,
                kind=kind,
                department=departments.get(row.department, row.department),
                arrived=arrived.get(row.pk, 0),
                waiting=waiting.get(row.pk, 0),
                is_unseen=due and (row.viewed_at is None or row.viewed_at < today),
                first=FirstResponse(n, answered, medians.get(row.pk)),
            )
        )
    return faces


def _arrived(ids: Sequence[int]) -> dict[int, int]:
    seen = Channel.objects.filter(pk=OuterRef("channel")).values("viewed_at")[:1]
    since = Coalesce(Subquery(seen, output_field=DateTimeField()), LONG_AGO)
    rows = Line.objects.filter(channel__in=ids, kind=LineKind.INBOUND, recorded_at__gt=since)
    return dict(rows.values_list("channel").annotate(n=Count("pk")).order_by())


def _waiting(ids: Sequence[int]) -> dict[int, int]:
    rows = Conversation.objects.filter(channel__in=ids, waiting_since__isnull=False)
    return dict(rows.values_list("channel").annotate(n=Count("pk")).order_by())


def _begun(ids: Sequence[int], since: datetime) -> dict[int, tuple[int, int]]:
    rows = Conversation.objects.filter(began_on__in=ids, opened_at__gte=since).values("began_on").order_by()
    counted = rows.annotate(n=Count("pk"), answered=Count("pk", filter=Q(answered_at__isnull=False)))
    return {row["began_on"]: (row["n"], row["answered"]) for row in counted}


def _medians(ids: Sequence[int], since: datetime) -> dict[int, timedelta]:
    """The lower middle one of the first responses of each channel; one query."""
    took = ExpressionWrapper(F("answered_at") - F("opened_at"), output_field=DurationField())
    answered = Conversation.objects.filter(
        began_on__in=ids, opened_at__gte=since, answered_at__isnull=False
    ).annotate(took=took)
    ranked = answered.annotate(
        place=Window(RowNumber(), partition_by=F("began_on"), order_by=("took", "pk")),
        n=Window(Count("pk"), partition_by=F("began_on")),
    )
    return dict(ranked.filter(place=(F("n") + 1) / 2).values_list("began_on", "took"))


def waiting_on(user: User, channel: Channel) -> QuerySet[Conversation]:
    """Conversations of a channel that wait for an answer, of those that this person may see, the longest first."""
    rows = selectors.visible_to(user).filter(channel=channel, waiting_since__isnull=False)
    return rows.select_related("channel", "party").order_by("waiting_since", "pk")


def unrecorded_on(user: User, channel: Channel) -> QuerySet[Conversation]:
    """Conversations of a channel that ended without a record (S3 3.2.2), of those that this person may see."""
    return selectors.unrecorded(user).filter(channel=channel)


def channels(*, closed: bool) -> list[Channel]:
    """All channels with who looks after them and who saw them last."""
    return list(selectors.channels(closed=closed).select_related("keeper", "viewed_by"))
