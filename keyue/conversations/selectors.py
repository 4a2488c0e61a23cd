"""Reading channels and conversations: what a person may see of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from keyue.conversations.enums import LineKind, State
from keyue.conversations.models import Call, Channel, Conversation, Line, LineFile
from keyue.conversations.sealed import handles_of
from keyue.conversations.seeing import audience_of
from keyue.kernel.errors import NotFound
from keyue.ledger.reading import rows_where
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Load:
    """How many conversations a person has, and how many of them wait for an answer."""

    going: int
    waiting: int


def visible_to(user: User) -> QuerySet[Conversation]:
    """Conversations that a person may see: their own, those of channels that they keep, of customers whom they look
    after, and of departments within their sight; those of no department are for everybody who may answer."""
    if not allows(user, Permission.CONVERSATION_VIEW):
        return Conversation.objects.none()
    departments = people.visible_departments(user)
    if departments is None:
        return Conversation.objects.all()
    return Conversation.objects.filter(
        Q(agent=user)
        | Q(department__in=[*departments, ""])
        | Q(channel__keeper=user)
        | Q(customer__account_manager=user)
    )


def conversation_for(user: User, pk: int) -> Conversation:
    """One that this person may see. Raises Denied, NotFound."""
    check(user, Permission.CONVERSATION_VIEW)
    rows = visible_to(user).select_related("channel", "party", "customer", "contact", "agent", "case")
    # not first(): its order costs more to write down than the row to read
    for found in rows.filter(pk=pk)[:1]:
        return found
    raise NotFound(_("没有这个会话，或者您无权查看。"))


def row_for(user: User, pk: int) -> Conversation:
    """`conversation_for`, without what stands around it: for acts, which read it again. Raises Denied, NotFound."""
    check(user, Permission.CONVERSATION_VIEW)
    departments = people.visible_departments(user)
    for row in rows_where(Conversation, "it.id = %s", [pk]):
        # what the row itself can tell of `visible_to`
        if departments is None or row.agent_id == user.pk or row.department in {*departments, ""}:
            return row
    return conversation_for(user, pk)


def held_by(user: User) -> QuerySet[Conversation]:
    """What a person has to answer, who waits longest first."""
    rows = Conversation.objects.filter(agent=user, state=State.OPEN)
    return rows.select_related("channel", "party").order_by("waiting_since", "-last_at")


def queue_for(user: User) -> QuerySet[Conversation]:
    """What nobody has yet, within a person's sight, who waits longest first."""
    rows = visible_to(user).filter(state=State.QUEUED)
    return rows.select_related("channel", "party").order_by("waiting_since", "id")


def unrecorded(user: User) -> QuerySet[Conversation]:
    """Ended without a record, or with a call that is over and not written down (S3 3.2.2), within a person's sight, the
    oldest first."""
    calls = Call.objects.filter(answered_at__isnull=False, ended_at__isnull=False, recorded_at=None)
    with_calls = list(calls.order_by("ended_at").values_list("line__conversation", flat=True)[:MOST_LINES])
    over = Q(ended_at__isnull=False, recorded_at=None, answered_at__isnull=False)
    rows = visible_to(user).filter(over | Q(pk__in=with_calls))
    return rows.select_related("channel", "party", "agent").order_by("ended_at", "id")


def calls_of(conversation: Conversation) -> list[Call]:
    """The calls of a conversation, in their order."""
    rows = Call.objects.filter(line__conversation=conversation)
    return list(rows.select_related("line", "agent").order_by("rang_at", "pk"))


def call_for(user: User, pk: int) -> Call:
    """A call of a conversation that this person may see. Raises NotFound."""
    found = Call.objects.select_related("line__conversation", "line__channel", "agent").filter(pk=pk).first()
    if found is None or not visible_to(user).filter(pk=found.line.conversation_id).exists():
        raise NotFound(_("没有这通电话，或者您无权查看。"))
    return found


def ringing_for(user: User, since: datetime) -> list[Call]:
    """Calls of customers that ring since then and nobody answered, and those that this person is in, newest first."""
    rows = Call.objects.filter(ended_at=None, rang_at__gte=since).filter(Q(answered_at=None) | Q(agent=user))
    seen = rows.filter(Exists(visible_to(user).filter(pk=OuterRef("line__conversation"))))
    return list(
        seen.select_related("line__channel", "line__party", "line__conversation").order_by("-rang_at")[:5]
    )


def place_in_queue(conversation: Conversation) -> int:
    """How many wait before this one in its department, itself included; 0 for one that somebody has."""
    if conversation.state != State.QUEUED:
        return 0
    since = conversation.waiting_since or conversation.opened_at
    rows = Conversation.objects.filter(state=State.QUEUED, department=conversation.department)
    earlier = Q(waiting_since__lt=since) | Q(waiting_since=since, pk__lt=conversation.pk)
    return rows.filter(earlier).exclude(pk=conversation.pk).count() + 1


def loads(users: Collection[int]) -> dict[int, Load]:
    """How much each of these people has in hand; one query."""
    rows = (
        Conversation.objects.filter(agent__in=list(users), state=State.OPEN)
        .values("agent")
        .annotate(n=Count("pk"), waiting=Count("pk", filter=Q(waiting_since__isnull=False)))
    )
    return {row["agent"]: Load(row["n"], row["waiting"]) for row in rows}


def lines_of(
    conversation: Conversation, *, before: int | None = None, most: int = MOST_LINES
) -> Sequence[Line]:
    """The newest lines in their order, before a line's id where one is named."""
    rows = Line.objects.filter(conversation=conversation)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    newest = (
        rows.select_related("author", "channel", "case", "call")
        .prefetch_related("files")
        .order_by("-pk")[:most]
    )
    return list(newest)[::-1]


def newest_lines(ids: Collection[int]) -> dict[int, Line]:
    """The newest line that is no whisper of each conversation; one query."""
    newest = (
        Line.objects.filter(conversation=OuterRef("pk"))
        .exclude(kind=LineKind.WHISPER)
        .order_by("-pk")
        .values("pk")[:1]
    )
    wanted = Conversation.objects.filter(pk__in=list(ids)).values_list(Subquery(newest), flat=True)
    return {line.conversation_id: line for line in Line.objects.filter(pk__in=wanted)}


def lines_by_uid(conversation: Conversation, uids: Collection[UUID]) -> list[Line]:
    """These lines of a conversation, in their order. Raises NotFound where one is not in it."""
    rows = Line.objects.filter(conversation=conversation, uid__in=list(uids)).select_related("channel")
    found = list(rows.order_by("pk"))
    if len(found) != len(set(uids)):
        raise NotFound(_("选择的消息不在这个会话里。"))
    return found


def lines_named(uids: Collection[str]) -> dict[str, Line]:
    """Lines by their identities, with their channels."""
    rows = Line.objects.filter(uid__in=list(uids)).select_related("channel") if uids else ()
    return {str(line.uid): line for line in rows}


def visible_ids(user: User, ids: Collection[int]) -> set[int]:
    """Which of these conversations a person may see."""
    return set(visible_to(user).filter(pk__in=list(ids)).values_list("pk", flat=True)) if ids else set()


def unregistered(conversation: Conversation) -> list[Line]:
    """What the customer said that is no case yet, the newest lines in their order."""
    rows = Line.objects.filter(conversation=conversation, kind=LineKind.INBOUND, case=None, erased_at=None)
    return list(rows.select_related("channel").order_by("-pk")[:MOST_LINES])[::-1]


def line_by_id(pk: int) -> Line | None:
    """A line as its sender needs it."""
    rows = Line.objects.select_related("channel", "conversation", "party").prefetch_related("files")
    return rows.filter(pk=pk).first()


def file_for(user: User, pk: int) -> LineFile:
    """A file of a conversation that this person may see. Raises NotFound."""
    may_see = Exists(visible_to(user).filter(pk=OuterRef("line__conversation")))
    rows = LineFile.objects.filter(may_see, pk=pk, erased_at=None)
    found = rows.select_related("line__conversation").first()
    if found is None:
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    return found


def names_of(conversations: Sequence[Conversation]) -> dict[int, str]:
    """What the other side is called on its channel, by the conversation's id; one query."""
    texts = handles_of([one.party for one in conversations])
    return {one.pk: name for one, (_handle, name) in zip(conversations, texts, strict=True)}


def numbers_of(ids: Iterable[int]) -> Mapping[int, str]:
    """Numbers of conversations by their ids."""
    rows = Conversation.objects.filter(pk__in=list(ids)).only("pk", "opened_at")
    return {row.pk: row.number for row in rows}


def audiences_of(ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Who may know of conversations, by their ids: see `seeing.audience_of`."""
    rows = Conversation.objects.filter(pk__in=list(ids)).values_list("pk", "department", "agent")
    return {pk: audience_of(department, agent) for pk, department, agent in rows}


def channels(*, closed: bool = False) -> QuerySet[Channel]:
    """All channels, in the order of their kinds and names."""
    rows = Channel.objects.select_related("keeper").order_by("kind", "name")
    return rows if closed else rows.filter(closed_at=None)


def open_channels_of(kind: str) -> list[Channel]:
    """Channels of one kind that are open."""
    return list(Channel.objects.filter(kind=kind, closed_at=None).order_by("pk"))


def channel_by_id(pk: int) -> Channel:
    """Raises NotFound."""
    found = Channel.objects.select_related("keeper").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个渠道。"))
    return found


def channel_names(ids: Iterable[int]) -> dict[int, str]:
    """Names of channels by their ids."""
    return dict(Channel.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def kept_by(user: User) -> QuerySet[Channel]:
    """Open channels that somebody looks after."""
    return Channel.objects.filter(keeper=user, closed_at=None).order_by("kind", "name")


def arrived_since(channel: Channel, since: datetime | None) -> tuple[int, int]:
    """(messages of customers since an instant, conversations of this channel that still wait for an answer)."""
    lines = Line.objects.filter(channel=channel, kind=LineKind.INBOUND)
    if since is not None:
        lines = lines.filter(recorded_at__gt=since)
    waiting = Conversation.objects.filter(channel=channel, waiting_since__isnull=False)
    return lines.count(), waiting.count()
