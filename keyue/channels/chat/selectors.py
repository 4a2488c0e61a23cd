"""What a visitor may see: their own lines on their own channel, and how their conversation stands. Nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from keyue.channels.chat.tokens import Visitor
from keyue.conversations.enums import Delivery, LineKind, Scheme, State
from keyue.conversations.models import Channel, Conversation, Line, LineFile, Party
from keyue.kernel.errors import NotFound
from keyue.ledger.reading import columns_of, instance, rows_where, width_of
from keyue.people.models import User

KIND = "chat"
SHOWN = (LineKind.INBOUND, LineKind.OUTBOUND, LineKind.AUTO)
MOST_LINES = 200
MOST_IN_QUEUE = 5_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a visitor's conversation stands. `ahead` is how many wait before it, None where it does not wait."""

    conversation: int = 0
    state: str = ""
    agent: str = ""
    ahead: int | None = None
    asked: bool = False
    robot: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As the window reads it."""
        return {
            "talk": self.conversation,
            "state": self.state,
            "agent": self.agent,
            "ahead": self.ahead,
            "asked": self.asked,
            "robot": self.robot,
        }


def channel_of(pk: int) -> Channel:
    """An open chat window. Raises NotFound."""
    for found in rows_where(Channel, "it.id = %s AND it.kind = %s AND it.closed_at IS NULL", [pk, KIND]):
        return found
    raise NotFound(_("没有这个在线客服窗口，或者已经停用。"))


def party_of(visitor: Visitor) -> Party | None:
    """The party that a visitor is, once they have said something."""
    values = [Scheme.VISITOR, visitor.realm, visitor.index]
    found = rows_where(Party, 'it.scheme = %s AND it.realm = %s AND it."index" = %s', values)
    return found[0] if found else None


def lines_of(party: Party, channel: int, *, after: int = 0) -> list[Line]:
    """What was said between a visitor and the company by this window after a line, the newest last."""
    rows = visible_lines().filter(party=party, channel=channel, pk__gt=after)
    return list(rows.order_by("-pk")[:MOST_LINES])[::-1]


def visible_lines() -> QuerySet[Line]:
    """Lines that a visitor may see, with what is shown of them."""
    rows = Line.objects.filter(kind__in=SHOWN, party__isnull=False, channel__kind=KIND)
    return rows.select_related("author", "party").prefetch_related("files")


def lines_since(marks: Mapping[int, int]) -> list[tuple[Line, bool]]:
    """What windows are told of conversations, by a line's id in each: the lines after it that a visitor may see, and whether
    each has files; one query. Every message asks this."""
    if not marks:
        return []
    condition = " OR ".join(["(it.conversation_id = %s AND it.id > %s)"] * len(marks))
    kinds = ", ".join(["%s"] * len(SHOWN))
    values: list[int | str] = [value for mark in marks.items() for value in mark]
    values += [KIND, *(kind.value for kind in SHOWN)]
    line, party = width_of(Line), width_of(Line) + width_of(Party)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            _SINCE.format(
                lines=columns_of(Line, "it"),
                parties=columns_of(Party, "party"),
                author=columns_of(User, "author"),
                condition=condition,
                kinds=kinds,
            ),
            values,
        )
        for row in cursor.fetchall():
            one = instance(Line, row[:line])
            one.party = instance(Party, row[line:party])
            if one.author_id is not None:
                one.author = instance(User, row[party:-1])
            found.append((one, bool(row[-1])))
    return found


_SINCE = """
SELECT {lines}, {parties}, {author}, EXISTS (SELECT 1 FROM conversations_linefile file WHERE file.line_id = it.id)
FROM conversations_line it
JOIN conversations_party party ON party.id = it.party_id
JOIN conversations_channel channel ON channel.id = it.channel_id
LEFT JOIN people_user author ON author.id = it.author_id
WHERE ({condition}) AND channel.kind = %s AND it.kind IN ({kinds})
ORDER BY it.id
"""


def parties_with(indexes: Collection[str]) -> list[int]:
    """The parties that windows belong to, by their indexes."""
    return list(
        Party.objects.filter(scheme=Scheme.VISITOR, index__in=list(indexes)).values_list("pk", flat=True)
    )


def newest_talks(parties: Collection[int]) -> list[tuple[int, str, int, int]]:
    """(party, its index, channel, conversation) of the newest conversation of each party on each channel."""
    rows = Line.objects.filter(party__in=list(parties), kind__in=SHOWN).values(
        "party", "party__index", "channel"
    )
    return list(
        rows.annotate(talk=Max("conversation")).values_list("party", "party__index", "channel", "talk")
    )


def parties_in(conversations: Collection[int]) -> list[tuple[int, int]]:
    """(conversation, visitor's party in it); one query, none for none."""
    if not conversations:
        return []
    rows = Line.objects.filter(
        conversation__in=list(conversations), kind=LineKind.INBOUND, party__isnull=False, channel__kind=KIND
    )
    return list(rows.values_list("conversation", "party").distinct())


def places_of(conversations: Collection[int]) -> dict[int, int]:
    """How many wait in live windows before each of these conversations that waits."""
    rows = Conversation.objects.filter(pk__in=list(conversations), state=State.QUEUED)
    return places_in(rows.values_list("department", flat=True))


def talk_of(party: Party, channel: int) -> Conversation | None:
    """The conversation in which a visitor spoke last by this window."""
    line = (
        Line.objects.filter(party=party, channel=channel)
        .order_by("-pk")
        .select_related("conversation")
        .first()
    )
    return line.conversation if line else None


def standing_of(party: Party | None, channel: int) -> Standing:
    """How it stands for one visitor."""
    talk = talk_of(party, channel) if party is not None else None
    if party is None or talk is None:
        return Standing()
    return standings([talk.pk], {talk.pk: party.pk}, {}).get(talk.pk, Standing())


def standings(
    conversations: Collection[int], parties: dict[int, int], places: dict[int, int]
) -> dict[int, Standing]:
    """How conversations stand, each for one party of it: one query, and two more where some
    wait; `places` are those that are known already."""
    rows = list(
        Conversation.objects.filter(pk__in=list(conversations)).values_list(
            "pk", "state", "agent__name", "department"
        )
    )
    queued = {pk: department for pk, state, _agent, department in rows if state == State.QUEUED}
    told: dict[int, list[tuple[str, bool]]] = {}
    if queued:
        places = places or places_in(queued.values())
        lines = Line.objects.filter(conversation__in=list(queued), kind__in=SHOWN).order_by("pk")
        for talk, party, kind, person in lines.values_list("conversation", "party", "kind", "detail__person"):
            if parties.get(talk) == party:
                told.setdefault(talk, []).append((kind, bool(person)))
    return {
        pk: _standing(pk, state, agent or "", places.get(pk), told.get(pk, ()))
        for pk, state, agent, _department in rows
    }


def _standing(
    pk: int, state: str, agent: str, place: int | None, lines: Sequence[tuple[str, bool]]
) -> Standing:
    return Standing(
        conversation=pk,
        state=state,
        agent=agent if state == State.OPEN else "",
        ahead=place if state == State.QUEUED else None,
        asked=any(person for _kind, person in lines),
        robot=bool(lines) and lines[-1][0] == LineKind.AUTO,
    )


def places_in(departments: Iterable[str]) -> dict[int, int]:
    """How many wait in live windows before each conversation that waits in these departments; one query."""
    rows = Conversation.objects.filter(
        state=State.QUEUED, department__in=set(departments), channel__kind=KIND
    ).order_by("waiting_since", "pk")
    before: dict[str, int] = {}
    places: dict[int, int] = {}
    for pk, department in rows.values_list("pk", "department")[:MOST_IN_QUEUE]:
        places[pk] = before.get(department, 0)
        before[department] = places[pk] + 1
    return places


def history(conversation: Conversation) -> tuple[int, bool]:
    """How often it was answered automatically, and whether the customer has asked for a person."""
    kinds = list(
        Line.objects.filter(conversation=conversation, kind__in=(LineKind.INBOUND, LineKind.AUTO))
        .order_by("-pk")
        .values_list("kind", "detail__person")[:50]
    )
    return sum(kind == LineKind.AUTO for kind, _person in kinds), any(person for _kind, person in kinds)


def wished_before(conversation: Conversation, line: Line) -> bool:
    """Whether the customer had asked for a person before this line."""
    return Line.objects.filter(conversation=conversation, pk__lt=line.pk, detail__person=True).exists()


def auto_answer_to(line: Line) -> Line | None:
    """The automatic answer that a line has had."""
    rows = Line.objects.filter(conversation=line.conversation_id, kind=LineKind.AUTO)
    return rows.filter(detail__answers=str(line.uid)).first()


def file_at(channel: int, party: int, pk: int) -> LineFile | None:
    """A file of a line between a party and the company by this window."""
    rows = LineFile.objects.filter(pk=pk, line__party=party, line__channel=channel, line__kind__in=SHOWN)
    return rows.filter(erased_at=None).first()


def unread_by_absent(since: datetime, before: datetime, most: int) -> list[Line]:
    """Answers in chat windows between two instants that nobody has read, where the visitor left an e-mail address, and that
    were not mailed yet; the oldest first."""
    left = Line.objects.filter(
        conversation=OuterRef("conversation"),
        kind=LineKind.INBOUND,
        detail__left__has_key="email",
        erased_at=None,
    )
    rows = Line.objects.filter(
        Exists(left),
        kind=LineKind.OUTBOUND,
        channel__kind=KIND,
        delivery=Delivery.SENT,
        at__gt=since,
        at__lte=before,
        erased_at=None,
    )
    return list(rows.exclude(detail__has_key="mailed").order_by("pk")[:most])


def asked_before(line: Line) -> str:
    """What the visitor said last before an answer."""
    rows = Line.objects.filter(conversation=line.conversation_id, kind=LineKind.INBOUND, pk__lt=line.pk)
    return str(rows.order_by("-pk").values_list("body", flat=True).first() or "")


def silent(before: datetime, most: int) -> list[Conversation]:
    """Conversations of chat windows that somebody answered and in which nothing was said since an instant."""
    rows = Conversation.objects.filter(
        state=State.OPEN,
        channel__kind=KIND,
        waiting_since=None,
        answered_at__isnull=False,
        last_at__lt=before,
    )
    return list(rows.order_by("last_at")[:most])


def left_with(conversation: Conversation) -> dict[str, str]:
    """The newest e-mail address and number that the visitor left in it."""
    rows = Line.objects.filter(conversation=conversation, kind=LineKind.INBOUND, erased_at=None).order_by(
        "-pk"
    )
    found: dict[str, str] = {}
    for detail in rows.values_list("detail", flat=True)[:100]:
        left = detail.get("left") if isinstance(detail, dict) else None
        for name, value in (left or {}).items():
            found.setdefault(name, str(value))
    return found
