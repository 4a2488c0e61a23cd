"""What happens on channels and in conversations. Ids and codes only; what was said stands in lines, which facts name by
their uid and a salted digest, so that erasing the words leaves every chain whole.

The subjects are `Subject("channel", id)` and `Subject("conversation", id)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class ChannelOpened(Event):
    """Customers can reach the company this way from now on: S0 4.2.1, S3 3.1.1."""

    kind = "channel.opened"
    type: str
    keeper: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class ChannelKeeperGiven(Event):
    """Somebody looks after the channel: S3 3.1.1b."""

    kind = "channel.keeper_given"
    user: str


@dataclass(frozen=True)
class ChannelKeeperLeft(Event):
    """Nobody looks after the channel any more."""

    kind = "channel.keeper_left"
    user: str


@dataclass(frozen=True)
class ChannelDepartmentGiven(Event):
    """What comes in here lands with this department: S3 3.3.1."""

    kind = "channel.department_given"
    department: str


@dataclass(frozen=True)
class ChannelViewed(Event):
    """The keeper has seen and sorted what came in: S3 3.2.1. `seen` messages since the last time, `open` conversations
    of it that still wait for an answer."""

    kind = "channel.viewed"
    seen: int
    open: int


@dataclass(frozen=True)
class ChannelFailed(Event):
    """The channel does not work; `reason` is a member of Failure."""

    kind = "channel.failed"
    reason: str


@dataclass(frozen=True)
class ChannelRestored(Event):
    """The channel works again."""

    kind = "channel.restored"


@dataclass(frozen=True)
class ChannelMailUnreadable(Event):
    """A mail came in that nobody could read; it is kept as it came, and somebody has to look at it."""

    kind = "channel.mail_unreadable"
    mail: str


@dataclass(frozen=True)
class ChannelMailLookedAt(Event):
    """Somebody has looked at a mail that could not be read."""

    kind = "channel.mail_looked_at"
    mail: str


@dataclass(frozen=True)
class ChannelReviewReceived(Event):
    """A review on a shop: S3 3.1.1d. `score` from 1 to 5."""

    kind = "channel.review_received"
    review: str
    score: int


@dataclass(frozen=True)
class ChannelCaseOpened(Event):
    """A review became a case."""

    kind = "channel.case_opened"
    review: str
    case: str


@dataclass(frozen=True)
class ChannelClosed(Event):
    """Customers cannot reach the company this way any more; what was promised about it is moot."""

    kind = "channel.closed"


@dataclass(frozen=True)
class ConversationOpened(Event):
    """Somebody spoke to us, or we to them. `type` is the kind of the channel."""

    kind = "conversation.opened"
    channel: str
    type: str
    customer: str | None = None
    contact: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class ConversationAsked(Event):
    """The customer waits for an answer from now on; further words before it are part of the same asking."""

    kind = "conversation.asked"
    line: str
    type: str


@dataclass(frozen=True)
class ConversationMessageReceived(Event):
    """A further word of the customer, who waits already, or one that asks for nothing (`automatic`)."""

    kind = "conversation.message_received"
    line: str
    type: str
    automatic: bool | None = None


@dataclass(frozen=True)
class ConversationAnswered(Event):
    """A person answered; `is_first` where it is the first answer of the conversation: S4 3.1a."""

    kind = "conversation.answered"
    line: str
    type: str
    is_first: bool | None = None


@dataclass(frozen=True)
class ConversationAutoAnswered(Event):
    """The knowledge base answered: S4 3.1b. `article` and its edition are the source, `confidence` in hundredths."""

    kind = "conversation.auto_answered"
    line: str
    article: str | None = None
    edition: str | None = None
    confidence: int | None = None


@dataclass(frozen=True)
class ConversationPersonAsked(Event):
    """The customer asks for a person: S4 3.1b."""

    kind = "conversation.person_asked"
    line: str | None = None


@dataclass(frozen=True)
class ConversationPersonJoined(Event):
    """Somebody of the staff has the conversation now. `agent` is an owner's code."""

    kind = "conversation.person_joined"
    agent: str


@dataclass(frozen=True)
class ConversationHandedOver(Event):
    """Somebody else has it, or it waits for a department again."""

    kind = "conversation.handed_over"
    previous: str | None = None
    agent: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class ConversationCallbackAgreed(Event):
    """Nobody was free; the customer is called back instead."""

    kind = "conversation.callback_agreed"
    line: str | None = None


@dataclass(frozen=True)
class ConversationCustomerKnown(Event):
    """Who is speaking is known: S4 2.3b. `how` is a member of Known."""

    kind = "conversation.customer_known"
    customer: str
    contact: str | None = None
    how: str | None = None


@dataclass(frozen=True)
class ConversationCustomerUnknown(Event):
    """It was somebody else: a match is taken back."""

    kind = "conversation.customer_unknown"
    customer: str


@dataclass(frozen=True)
class ConversationCaseLinked(Event):
    """A line became a case, or the conversation goes on about one that is there."""

    kind = "conversation.case_linked"
    case: str
    line: str | None = None


@dataclass(frozen=True)
class ConversationEnded(Event):
    """It is over. `lines` were said, and `digest` holds them all: SHA-256 over uid and digest of each, in their order."""

    kind = "conversation.ended"
    reason: str
    lines: int
    digest: str


@dataclass(frozen=True)
class ConversationRecorded(Event):
    """What it was about was written down, and what the customer thinks asked for: S3 3.2.2 (sealed: `summary`)."""

    kind = "conversation.recorded"
    opinion: str


@dataclass(frozen=True)
class ConversationCallEnded(Event):
    """A telephone call is over (S3 3.2.2). `call` is its line, `seconds` how long they spoke, `answered` whether at all;
    `agent` is an owner's code."""

    kind = "conversation.call_ended"
    call: str
    answered: bool
    outgoing: bool
    seconds: int | None = None
    agent: str | None = None


@dataclass(frozen=True)
class ConversationCallRecorded(Event):
    """What a call was about was written down, and what the customer thinks asked for (sealed: `summary`)."""

    kind = "conversation.call_recorded"
    call: str
    opinion: str


@dataclass(frozen=True)
class ConversationErased(Event):
    """The words and files of it were erased with the customer."""

    kind = "conversation.erased"


CHANNEL_EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        ChannelOpened,
        ChannelKeeperGiven,
        ChannelKeeperLeft,
        ChannelDepartmentGiven,
        ChannelViewed,
        ChannelFailed,
        ChannelRestored,
        ChannelMailUnreadable,
        ChannelMailLookedAt,
        ChannelReviewReceived,
        ChannelCaseOpened,
        ChannelClosed,
    )
}
CONVERSATION_EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        ConversationOpened,
        ConversationAsked,
        ConversationMessageReceived,
        ConversationAnswered,
        ConversationAutoAnswered,
        ConversationPersonAsked,
        ConversationPersonJoined,
        ConversationHandedOver,
        ConversationCallbackAgreed,
        ConversationCustomerKnown,
        ConversationCustomerUnknown,
        ConversationCaseLinked,
        ConversationEnded,
        ConversationRecorded,
        ConversationCallEnded,
        ConversationCallRecorded,
        ConversationErased,
    )
}
CHANNEL_KINDS = kinds_of(CHANNEL_EVENTS)
CONVERSATION_KINDS = kinds_of(CONVERSATION_EVENTS)
