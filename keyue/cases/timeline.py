"""The conversation of a case: what was written and said, and what happened between, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases import enums, selectors
from keyue.cases.book import limit_text
from keyue.cases.cards import Day, Entry
from keyue.cases.enums import MessageKind
from keyue.cases.models import Attachment, Message
from keyue.cases.sheet import MERGES, Sheet
from keyue.cases.wording import label
from keyue.knowledge import used_scripts
from keyue.ledger.models import Fact
from keyue.promises.models import Promise
from keyue.ui.components import ClauseTag, FileChip
from keyue.ui.wording import read

# facts whose message says it all; they show only where they closed a promise
QUIET = frozenset(
    {
        "case.received",
        "case.noted",
        "case.message_received",
        "case.progress_told",
        "case.first_response",
        "case.result_to_customer",
        "case.follow_up_noted",
        "case.meeting_held",
        "case.cause_recorded",
        "case.plan_filed",
        "case.solved",
        "case.result_to_service",
        "promise.retracted",
    }
)
KEY = ("regulation", "control", "cycle", "seq")
IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic")
DELIVERY = {"sent": _t("已发出"), "failed": _t("没有发出"), "waiting": _t("待发出")}
ICONS = {
    "case.waiting_customer": "pause",
    "case.customer_replied": "clock",
    "case.reassigned": "swap",
    "case.returned": "undo",
    "case.urgent_reported": "bell",
    "case.exit_requested": "x",
    "case.closed": "check",
    "case.rated": "star",
    "promise.held": "user",
}
KINDS = {MessageKind.INBOUND: "in", MessageKind.OUTBOUND: "out"}


def days(sheet: Sheet) -> list[Day]:
    """The newest messages and events, in order, under the days on which they happened."""
    entries = [(entry.at, 0, n, entry) for n, entry in enumerate(_messages(sheet))]
    first = entries[0][0] if len(entries) >= 200 else None
    entries += [
        (entry.at, 1, n, entry)
        for n, entry in enumerate(_events(sheet))
        if first is None or entry.at >= first
    ]
    by_day: dict[date, list[Entry]] = {}
    for at, _rank, _n, entry in sorted(entries, key=lambda item: item[:3]):
        by_day.setdefault(at.astimezone(sheet.when.zone).date(), []).append(entry)
    return [Day(found[0].at, found) for found in by_day.values()]


# --- messages ---


def _messages(sheet: Sheet) -> list[Entry]:
    sent = selectors.sent_states(sheet.messages)
    return [_message(sheet, message, sent.get(message.pk, "")) for message in sheet.messages]


def _message(sheet: Sheet, message: Message, delivery: str) -> Entry:
    kind = KINDS.get(MessageKind(message.kind), "note")
    parts = [_via(message), str(DELIVERY[delivery]) if delivery else "", *used_scripts.named(message.detail)]
    spoke_to = message.detail.get("spoke_to")
    if spoke_to:
        parts.insert(1, _("对方 %(name)s") % {"name": spoke_to})
    author = message.author.name if message.author else ""
    tag = ""
    if kind == "note":
        what = label(MessageKind, message.kind)
        tag = _("%(what)s，客户不可见") % {"what": what}
    return Entry(
        key=f"m{message.pk}",
        kind=kind,
        at=message.at,
        who=author if kind != "in" else sheet.person.contact or sheet.person.name,
        text=message.body,
        note=" · ".join(part for part in parts if part),
        files=chips(message.attachments.all()),
        is_me=message.author_id == sheet.user.pk and kind != "in",
        tag=tag,
        erased=message.erased_at is not None,
    )


def _via(message: Message) -> str:
    if message.via in enums.Telling.values:
        return label(enums.Telling, message.via)
    return label(enums.Channel, message.via) if message.via in enums.Channel.values else ""


def chips(attachments: Iterable[Attachment]) -> list[FileChip]:
    """Files as chips that open; an erased one only says that it was there."""
    found = []
    for file in attachments:
        icon = "image" if file.content_type in IMAGES else "clip"
        if file.erased_at is not None:
            found.append(FileChip(_("已擦除的文件"), icon=icon))
        else:
            found.append(FileChip(file.name, reverse("cases:file", args=[file.pk]), size(file.size), icon))
    return found


def size(n: int) -> str:
    """`412 KB`, `2.4 MB`."""
    return f"{max(1, round(n / 1000))} KB" if n < 1_000_000 else f"{n / 1_000_000:.1f} MB"


# --- events ---


def _events(sheet: Sheet) -> list[Entry]:
    closed: dict[str, list[Promise]] = {}
    for promise in sheet.promises:
        if promise.closed_by and promise.state in {"met", "met_late"}:
            closed.setdefault(str(promise.closed_by), []).append(promise)
    found = []
    by_key = {(p.regulation, p.control, p.cycle, p.seq): p for p in sheet.promises}
    for fact in sheet.facts:
        kept = closed.get(str(fact.uid), [])
        if fact.kind == "promise.broken":
            named = by_key.get(tuple(fact.data.get(name) for name in KEY))
            found.append(_event(sheet, fact, [named] if named else [], broken=True))
            continue
        if (kept or fact.kind not in QUIET) and str(fact.uid) not in sheet.voided:
            found.append(_event(sheet, fact, kept))
    return found


def happened(fact: Fact) -> datetime:
    """When it came about: a promise was broken when it was due, and the fact has the instant at which that was found."""
    due = fact.data.get("due") if fact.kind == "promise.broken" else None
    return datetime.fromisoformat(due) if due else fact.at


def _event(sheet: Sheet, fact: Fact, kept: Sequence[Promise], broken: bool = False) -> Entry:
    worst = next((promise for promise in kept if promise.state == "met_late"), kept[0] if kept else None)
    reading = read(sheet.face(worst), now=sheet.now) if worst is not None and not broken else None
    tone = "late" if broken else reading.tone if reading else ""
    text = sheet.told(fact)
    number = sheet.names.case(fact.data.get(MERGES[fact.kind])) if fact.kind in MERGES else ""
    return Entry(
        key=f"f{fact.rev}",
        kind="ev",
        at=happened(fact),
        who=sheet.by_name(fact),
        text=text.removesuffix(number),
        other=number,
        tone=tone,
        icon="" if tone else ICONS.get(fact.kind, "right"),
        result=reading.text if reading else "",
        clauses=[_clause(sheet, promise) for promise in kept],
    )


def _clause(sheet: Sheet, promise: Promise) -> ClauseTag:
    control = sheet.book.control(promise)
    limit = limit_text(control.limit, sheet.state) if control else ""
    return sheet.book.tag(promise.regulation, promise.clause, f"{promise.name} {limit}".strip())
