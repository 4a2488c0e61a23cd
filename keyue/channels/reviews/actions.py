"""Taking reviews in: each is a line of a conversation and a fact of its channel; a bad one is a case at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from keyue.cases.actions.intake import Intake
from keyue.cases.enums import CaseType
from keyue.channels.reviews.reading import Review, words_of
from keyue.channels.webhook.reading import cut
from keyue.conversations import actions as conversations
from keyue.conversations.actions import Incoming, Received
from keyue.conversations.events import ChannelCaseOpened, ChannelReviewReceived
from keyue.conversations.models import Channel
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor, Draft
from keyue.promises import actions as promises

SOURCE = "review"
USUALLY_BAD = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a review."""

    received: Received
    is_bad: bool

    @property
    def is_new(self) -> bool:
        return self.received.is_new


def threshold_of(channel: Channel) -> int:
    """Up to which rating a review is a bad one."""
    return int(channel.options.get("bad") or USUALLY_BAD)


@transaction.atomic
def take_review(*, channel: Channel, review: Review, by: Actor, at: datetime) -> Taken:
    """Take a review in; again, as in a later export, it is the one that is there. A bad one is registered as a complaint. A
    good one asks for nothing."""
    is_bad = review.score <= threshold_of(channel)
    body, uploads = cut(words_of(review), "review.txt")
    incoming = Incoming(
        external_id=f"review:{review.id}",
        handle=review.author or review.order or review.id,
        realm=str(channel.pk),
        name=review.author,
        body=body,
        uploads=uploads,
        detail={"score": review.score, "order": review.order, "shop": review.shop},
        is_automatic=not is_bad,
    )
    received = conversations.receive(channel, incoming, by=by, at=review.at, source=SOURCE)
    if received.is_new:
        uid = str(received.line.uid)
        _note(channel, ChannelReviewReceived(review=uid, score=review.score), by, review.at)
        if is_bad:
            _open_case(channel, received, body, by, at)
    return Taken(received, is_bad)


def _open_case(channel: Channel, received: Received, body: str, by: Actor, at: datetime) -> None:
    # a customer who is not known cannot be written to: the answer goes under the review
    intake = Intake(
        type=CaseType.COMPLAINT,
        content=body,
        title=body.splitlines()[0][:40],
        is_anonymous=received.conversation.customer_id is None,
    )
    registered = conversations.open_case(
        conversation=received.conversation, lines=[received.line], intake=intake, by=by, at=at, source=SOURCE
    )
    event = ChannelCaseOpened(review=str(received.line.uid), case=str(registered.case.pk))
    _note(channel, event, by, at)


def _note(channel: Channel, event: Event, by: Actor, at: datetime) -> None:
    """A fact of the channel, and its promises with it (S3 3.1.1d)."""
    promises.record(channel.subject, [Draft(event.kind, event.data())], by=by, at=at, source=SOURCE)
