"""What the pages of conversations print: rows of the list, the lines of one, who it is with. Personal values are masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.cases.timeline import size
from keyue.conversations import kinds, selectors
from keyue.conversations.enums import Delivery, LineKind, Opinion, Scheme, State
from keyue.conversations.models import Call, Conversation, Line, LineFile
from keyue.conversations.sealed import handles_of
from keyue.customers import selectors as customers
from keyue.customers.rules import mask_email, mask_name, mask_phone
from keyue.knowledge import used_scripts
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.ui.addresses import address
from keyue.ui.wording import span

IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in the list."""

    pk: int
    url: str
    who: str
    way: str
    preview: str
    tone: str
    wait: str
    is_current: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True)
class FileChip:
    """A file of a line; without `url` it was erased."""

    name: str
    url: str = ""
    size: str = ""
    icon: str = "clip"


@dataclass(frozen=True, slots=True)
class Bubble:
    """A line as it stands in the conversation. `side` is "me" for ours, "sys" for notices, empty for the customer's."""

    key: str
    pk: int
    uid: str
    side: str
    text: str
    at: datetime
    note: str
    tag: str = ""
    is_whisper: bool = False
    is_auto: bool = False
    may_become: bool = False
    case: str = ""
    files: Sequence[FileChip] = ()
    is_erased: bool = False
    became: Sequence[str] = ()
    subject: str = ""
    quoted: str = ""
    mail_url: str = ""
    left: str = ""
    source: str = ""
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one day."""

    at: datetime
    bubbles: list[Bubble] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Other:
    """Whom the conversation is with."""

    name: str
    handle: str
    customer: str = ""
    customer_url: str = ""
    grade: str = ""
    role: str = ""


def rows_of(
    conversations: Sequence[Conversation],
    now: datetime,
    *,
    current: int | None = None,
    is_queue: bool = False,
) -> list[Row]:
    """Conversations as rows, each with its newest line; three queries whatever their number. Those of a queue say how
    many wait before them."""
    newest = selectors.newest_lines([one.pk for one in conversations])
    names = shown_names(conversations)
    return [
        Row(
            pk=one.pk,
            url=reverse("conversations:conversation", args=[one.pk]),
            who=names[one.pk],
            way=str(kinds.kind_of(one.channel.kind).name),
            preview=_preview(newest.get(one.pk)),
            tone=_tone(one),
            wait=_wait(one, now),
            is_current=one.pk == current,
            place=place if is_queue else 0,
        )
        for place, one in enumerate(conversations, 1)
    ]


def _preview(line: Line | None) -> str:
    if line is None:
        return ""
    return " ".join(line.body.split())[:60] or _("[文件]")


def _tone(one: Conversation) -> str:
    if one.is_over:
        return "idle" if one.recorded_at else "late"
    return "soon" if one.waiting_since else "kept"


def _wait(one: Conversation, now: datetime) -> str:
    if one.is_over:
        return _("已结束") if one.recorded_at else _("没有小结")
    if one.waiting_since:
        return _("等了 %(span)s") % {"span": span(now - one.waiting_since)}
    return _("已回复")


def shown_names(conversations: Sequence[Conversation]) -> dict[int, str]:
    """What to call the other side of each, by the conversation's id: a known contact as their file is shown, else the
    name that they have on the channel, under its mask."""
    contacts = customers.contact_cards({one.contact_id for one in conversations if one.contact_id})
    texts = handles_of([one.party for one in conversations])
    shown = {}
    for one, (handle, name) in zip(conversations, texts, strict=True):
        card = contacts.get(one.contact_id) if one.contact_id else None
        shown[one.pk] = card.shown_name if card is not None else stranger(one, handle, name)
    return shown


def stranger(one: Conversation, handle: str, name: str) -> str:
    """What to call somebody who is not known: by the name on the channel, else by the address, both masked."""
    scheme = one.party.scheme
    if scheme == Scheme.VISITOR:
        return name or _("访客 %(code)s") % {"code": f"{one.party_id:04d}"}
    if name:
        return mask_name(name)
    return masked_handle(scheme, handle) or _("未知来客")


def masked_handle(scheme: str, handle: str) -> str:
    """An address under its mask; ids on platforms say nothing to anybody and are left out."""
    if not handle:
        return ""
    if scheme == Scheme.MAIL:
        return mask_email(handle)
    return mask_phone(handle) if scheme == Scheme.PHONE else ""


def other_of(user: User, one: Conversation) -> Other:
    """Whom it is with, as far as the reader may see."""
    [(handle, name)] = handles_of([one.party])
    contact = customers.contact_cards([one.contact_id]).get(one.contact_id) if one.contact_id else None
    masked = masked_handle(one.party.scheme, handle)
    if contact is None or one.customer_id is None:
        return Other(stranger(one, handle, name), masked)
    card = customers.customer_card(one.customer_id)
    may_open = customers.visible_to(user).filter(pk=one.customer_id).exists()
    return Other(
        name=contact.shown_name,
        handle=masked,
        customer=card.shown_name,
        customer_url=card.url if may_open else "",
        grade=card.grade,
        role=contact.role,
    )


def groups_of(user: User, lines: Sequence[Line], *, may_answer: bool) -> list[Group]:
    """Lines under the days on which they were said."""
    zone = promises.zone()
    groups: dict[date, Group] = {}
    for line in lines:
        day = line.at.astimezone(zone).date()
        groups.setdefault(day, Group(line.at)).bubbles.append(bubble_of(user, line, zone, may_answer))
    return list(groups.values())


SIDES = {
    LineKind.INBOUND: "",
    LineKind.OUTBOUND: "me",
    LineKind.AUTO: "me",
    LineKind.WHISPER: "me",
    LineKind.EVENT: "sys",
}


def bubble_of(user: User, line: Line, zone: ZoneInfo, may_answer: bool, *, is_bare: bool = False) -> Bubble:
    """A line as its reader sees it. One that is `bare` was just written: neither files nor a call are asked for."""
    kind = LineKind(line.kind)
    erased = line.erased_at is not None
    return Bubble(
        key=f"l{line.pk}",
        pk=line.pk,
        uid=str(line.uid),
        side=SIDES[kind],
        text=line.body,
        at=line.at,
        note=_note(user, line, kind, zone, None if is_bare else getattr(line, "call", None)),
        tag=str(kind.label) if kind in {LineKind.AUTO, LineKind.WHISPER} else "",
        is_whisper=kind == LineKind.WHISPER,
        is_auto=kind == LineKind.AUTO,
        may_become=may_answer and kind == LineKind.INBOUND and not erased,
        case=line.case.number if line.case is not None else "",
        files=[] if is_bare else [_chip(file) for file in line.files.all()],
        is_erased=erased,
        became=[_made_of(made) for made in line.detail.get("became", [])],
        left=_left(line),
        subject="" if erased else str(line.detail.get("subject", "")),
        quoted="" if erased else str(line.detail.get("quoted", "")),
        mail_url=address("channels:mail", str(line.detail["mail"])) if line.detail.get("mail") else "",
        source=_source(line),
        source_url=address("knowledge:help_article", str(line.detail["number"])) if _source(line) else "",
    )


def _left(line: Line) -> str:
    """What the customer left to be answered by, or what to beware of in it."""
    left, beware = line.detail.get("left"), line.detail.get("beware")
    named = {"email": _("邮箱"), "phone": _("手机号")}
    if beware and isinstance(beware, list):
        return _("；").join(f"⚠ {one}" for one in beware)
    if not isinstance(left, dict) or line.erased_at is not None:
        return ""
    return _("留下：%(left)s") % {
        "left": " ".join(f"{named[name]} {left[name]}" for name in named if left.get(name))
    }


def _source(line: Line) -> str:
    """The article that an automatic answer is from."""
    if line.kind != LineKind.AUTO or not line.detail.get("number"):
        return ""
    return _("出处：%(title)s") % {"title": line.detail.get("title", "")}


def _note(user: User, line: Line, kind: LineKind, zone: ZoneInfo, call: Call | None) -> str:
    said = [str(kinds.kind_of(line.channel.kind).name), f"{line.at.astimezone(zone):%H:%M}"]
    if (
        kind in {LineKind.OUTBOUND, LineKind.WHISPER}
        and line.author_id != user.pk
        and line.author is not None
    ):
        said.insert(0, line.author.name)
    if call is not None:
        said += call_words(call)
    said += used_scripts.named(line.detail)
    if line.delivery not in {Delivery.NONE, ""}:
        said.append(str(Delivery(line.delivery).label))
    return " ".join(said)


def call_words(call: Call) -> list[str]:
    """How a call went: how long they spoke, or that nobody answered."""
    if call.answered_at is None:
        return [_("响铃中") if call.ended_at is None else _("未接通")]
    if call.ended_at is None:
        return [_("通话中")]
    return [_("通话 %(span)s") % {"span": span(call.ended_at - call.answered_at)}]


def _made_of(made: Mapping[str, Any]) -> str:
    return _("需求 %(number)s") % {"number": made["number"]} if made["what"] == "need" else _("沟通记录")


def _chip(file: LineFile) -> FileChip:
    icon = "image" if file.content_type in IMAGES else "clip"
    if file.erased_at is not None:
        return FileChip(_("已擦除的文件"), icon=icon)
    return FileChip(file.name, reverse("conversations:file", args=[file.pk]), size(file.size), icon)


def headline(one: Conversation) -> str:
    """Under the name: by which channel, and how long the first answer took."""
    kind = str(kinds.kind_of(one.channel.kind).name)
    parts = [_("%(kind)s：%(name)s") % {"kind": kind, "name": one.channel.name}]
    if one.answered_at is not None:
        parts.append(_("首响 %(span)s") % {"span": span(max(one.answered_at - one.opened_at, timedelta(0)))})
    if one.state == State.QUEUED:
        parts.append(_("排队第 %(n)d 位") % {"n": selectors.place_in_queue(one)})
    elif one.agent is not None:
        parts.append(_("%(name)s 接待") % {"name": one.agent.name})
    return " · ".join(parts)


OPINIONS = [(member.value, member.label) for member in (Opinion.NONE, Opinion.SAID)]
