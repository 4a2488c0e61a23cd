"""Channels: opening and closing them, who keeps them, that they were seen, that they fail and work again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.conversations import kinds, selectors
from keyue.conversations.actions._ground import agent_code, note, text_of
from keyue.conversations.enums import Failure
from keyue.conversations.events import (
    ChannelClosed,
    ChannelDepartmentGiven,
    ChannelFailed,
    ChannelKeeperGiven,
    ChannelKeeperLeft,
    ChannelOpened,
    ChannelRestored,
    ChannelViewed,
)
from keyue.conversations.models import Channel
from keyue.conversations.sealed import seal_secrets, secrets_of
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.promises import actions as promises

WEB = "web"


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """A channel as somebody sets it up; `secrets` that are not given stay as they were."""

    name: str
    department: str = ""
    keeper: User | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


def signature(by: Actor) -> str:
    """An actor as columns keep it."""
    return f"{by.kind}:{by.id}"


@transaction.atomic
def open_channel(*, kind: str, plan: ChannelPlan, by: Actor, at: datetime, source: str = WEB) -> Channel:
    """Let customers reach the company this way. Raises NotFound for an unknown kind, Invalid for a name that is taken."""
    kinds.kind_of(kind)
    row = Channel(
        kind=kind,
        name=text_of(plan.name, "name", 60),
        department=plan.department,
        keeper=plan.keeper,
        options=dict(plan.options),
        opened_at=at,
        opened_by=signature(by),
    )
    _save(row)
    if plan.secrets:
        row.secrets = seal_secrets(row, plan.secrets)
        row.save(update_fields=["secrets"])
    event = ChannelOpened(
        type=kind,
        keeper=agent_code(plan.keeper) if plan.keeper else None,
        department=plan.department or None,
    )
    note(row, event, by=by, at=at, source=source, begins=True)
    return row


@transaction.atomic
def change_channel(
    *,
    channel: Channel,
    plan: ChannelPlan,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    source: str = WEB,
) -> Channel:
    """Change how a channel is set up. Raises Invalid, Refused for one that is closed or was changed meanwhile."""
    row = _held(channel, revision)
    events: list[Event] = []
    if plan.keeper != row.keeper:
        if plan.keeper is None:
            events.append(ChannelKeeperLeft(user=str(row.keeper_id)))
        else:
            events.append(ChannelKeeperGiven(user=str(plan.keeper.pk)))
    if plan.department != row.department and plan.department:
        events.append(ChannelDepartmentGiven(department=plan.department))
    row.name, row.department, row.keeper = text_of(plan.name, "name", 60), plan.department, plan.keeper
    row.options = dict(plan.options)
    if plan.secrets:
        row.secrets = seal_secrets(row, {**secrets_of(row), **plan.secrets})
    row.rev += 1
    _save(row)
    if events:
        note(row, *events, by=by, at=at, source=source)
    return row


def _save(row: Channel) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        sentence = _("已有一个叫「%(name)s」的同类渠道。") % {"name": row.name}
        raise Invalid(sentence, fields={"name": sentence}) from None


def _held(channel: Channel, revision: int | None = None) -> Channel:
    promises.hold(channel.subject)
    row = Channel.objects.select_related("keeper").filter(pk=channel.pk).first()
    if row is None:
        raise NotFound(_("没有这个渠道。"))
    if not row.is_open:
        raise Refused(_("这个渠道已经停用。"))
    if revision is not None and revision != row.rev:
        raise Refused(_("刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    return row


@transaction.atomic
def close_channel(*, channel: Channel, by: Actor, at: datetime, source: str = WEB) -> Channel:
    """Nothing comes in here any more; conversations that go on are answered to their end."""
    row = _held(channel)
    row.closed_at, row.closed_by, row.secrets = at, signature(by), ""
    row.rev += 1
    row.save(update_fields=["closed_at", "closed_by", "secrets", "rev"])
    note(row, ChannelClosed(), by=by, at=at, source=source)
    return row


@transaction.atomic
def view_channel(*, channel: Channel, user: User, at: datetime, source: str = WEB) -> Channel:
    """Somebody says that what came in has been seen and sorted (S3 3.2.1); how much there was and is left is counted."""
    row = _held(channel)
    seen, waiting = selectors.arrived_since(row, row.viewed_at)
    row.viewed_at, row.viewed_by = at, user
    row.save(update_fields=["viewed_at", "viewed_by"])
    event = ChannelViewed(seen=seen, open=waiting)
    note(row, event, by=Actor("staff", str(user.pk)), at=at, source=source)
    return row


@transaction.atomic
def note_failure(*, channel: Channel, failure: Failure, by: Actor, at: datetime) -> None:
    """The channel does not work; told once until it works again."""
    row = _held(channel)
    if row.failing_since is None:
        row.failing_since, row.failure = at, failure
        row.save(update_fields=["failing_since", "failure"])
        note(row, ChannelFailed(reason=failure.value), by=by, at=at, source="channel")


@transaction.atomic
def note_restored(*, channel: Channel, by: Actor, at: datetime) -> None:
    """The channel works again; without effect where it did."""
    row = _held(channel)
    if row.failing_since is not None:
        row.failing_since, row.failure = None, ""
        row.save(update_fields=["failing_since", "failure"])
        note(row, ChannelRestored(), by=by, at=at, source="channel")


@transaction.atomic
def hand_over_channels(*, leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """Channels that somebody keeps, to somebody else."""
    for row in Channel.objects.filter(keeper=leaver, closed_at=None).order_by("pk"):
        held = _held(row)
        held.keeper = heir
        held.rev += 1
        held.save(update_fields=["keeper", "rev"])
        note(held, ChannelKeeperGiven(user=str(heir.pk)), by=by, at=at, source="leaving")
