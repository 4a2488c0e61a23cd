"""Calls: entered by whoever spoke, in one form while talking, or told of by an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from keyue.cases.actions.intake import Intake
from keyue.channels.phone.reading import Told
from keyue.channels.phone.selectors import extensions_of
from keyue.channels.webhook.receiving import FILE
from keyue.conversations import actions as conversations
from keyue.conversations.enums import Opinion
from keyue.conversations.models import Call, Channel, Line
from keyue.customers.rules import normalise_phone
from keyue.customers.wording import checked
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.models import User


@dataclass(frozen=True, slots=True)
class Entered:
    """A call as it was entered: `once` is the identity of the form, `case_type` what kind of case it becomes, if any."""

    number: str
    name: str
    is_outgoing: bool
    summary: str
    opinion: Opinion
    begun_at: datetime
    once: str
    case_type: str = ""


@transaction.atomic
def enter_call(*, channel: Channel, entered: Entered, user: User, at: datetime) -> Call:
    """Keep a call with its record, and the case that it becomes: all or nothing, and once however often the form is sent.
    Raises Invalid."""
    by = Actor("staff", str(user.pk))
    number = checked({"number": (normalise_phone, entered.number)})["number"]
    begun = min(entered.begun_at, at)
    identity = f"entered:{user.pk}:{entered.once}"
    if entered.is_outgoing:
        call = conversations.dials(
            channel=channel, call_id=identity, number=number, user=user, by=by, at=begun
        )
    else:
        call = conversations.rings(
            channel=channel, call_id=identity, number=number, name=entered.name, by=by, at=begun
        )
    if call.recorded_at is not None:
        return call
    call = conversations.picks_up(call=call, user=user, at=begun)
    if entered.case_type:
        conversations.open_case(
            conversation=call.line.conversation,
            lines=[call.line],
            intake=Intake(type=entered.case_type, content=entered.summary, name=entered.name, phone=number),
            by=by,
            at=at,
        )
    call = conversations.hangs_up(call=call, by=by, at=at)
    return conversations.record_call(
        call=call, summary=entered.summary, opinion=entered.opinion, user=user, at=at
    )


@transaction.atomic
def take_event(*, channel: Channel, told: Told, by: Actor, at: datetime) -> Call | None:
    """What an exchange tells of a call. Events may come late, twice, or in another order: each step is taken once, and a
    call that is over is not picked up afterwards. None for a recording of a call that nobody told of."""
    known = Call.objects.filter(line__channel=channel, line__external_id=told.call).first()
    agent = _agent(channel, told.agent)
    if known is None and told.event == "recording":
        return None
    if known is not None:
        call = known
    elif told.is_outgoing and agent is not None:
        call = conversations.dials(
            channel=channel, call_id=told.call, number=told.number, user=agent, by=by, at=told.at
        )
    else:
        call = conversations.rings(
            channel=channel, call_id=told.call, number=told.number, name=told.name, by=by, at=told.at
        )
    answerer = agent or call.agent
    if told.event == "answered" and answerer is not None:
        return conversations.picks_up(call=call, user=answerer, at=told.at)
    if told.event == "ended":
        return conversations.hangs_up(call=call, by=by, at=told.at)
    if told.event == "recording":
        _keep_recording(call, told.url, at)
    return call


def _agent(channel: Channel, named: str) -> User | None:
    username = extensions_of(channel).get(named.casefold(), named)
    return people.active_staff().filter(username=username).first() if username else None


def _keep_recording(call: Call, url: str, at: datetime) -> None:
    """Let the recording be fetched by the outbox, once for each address."""
    line = Line.objects.select_for_update(of=("self",)).get(pk=call.line_id)
    files = list(line.detail.get("files", []))
    if any(one["url"] == url for one in files):
        return
    name = urlsplit(url).path.rsplit("/", 1)[-1][:100] or "recording"
    line.detail = {**line.detail, "files": [*files, {"name": name, "url": url}]}
    line.save(update_fields=["detail"])
    ledger.enqueue(
        kind=FILE, key=f"{FILE}:{line.uid}:{len(files)}", payload={"line": line.pk, "n": len(files)}, at=at
    )
