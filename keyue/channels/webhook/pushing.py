"""The outbox's sender for outlets: a fact to another system, or notices to a robot, and the log of how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.cases.noticing import lines_of
from keyue.channels import actions as limits
from keyue.channels.fetching import Failed, Fetched, fetch, post_json
from keyue.channels.limits import MINUTE, Limit
from keyue.channels.robots import formats
from keyue.channels.webhook import actions, selectors
from keyue.channels.webhook.actions.pushing import Attempt
from keyue.channels.webhook.enums import OutletKind, PushState
from keyue.channels.webhook.facts import bodies
from keyue.channels.webhook.models import Outlet, Push
from keyue.channels.webhook.signing import headers_for
from keyue.kernel import clock
from keyue.kernel.errors import KeyueError, Refused
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM

SECONDS = 10.0
MOST_ANSWER = 64 * 1024
ROBOT = Limit("robot", formats.PER_MINUTE, MINUTE)
GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What an outlet said, and why it did not take it."""

    fetched: Fetched
    fault: str = ""


def send_pushes(payload: Mapping[str, Any], key: str) -> None:
    """Send what a message of the outbox names. Raises Undeliverable where it never will go, Failed to try again."""
    pushes = [one for one in selectors.pushes_by_id(payload["pushes"]) if one.key == key]
    pushes = [one for one in pushes if one.state == PushState.WAITING]
    if not pushes:
        return
    outlet = pushes[0].outlet
    address = selectors.address_of(outlet)
    if not outlet.is_open or not address:
        raise Undeliverable(_("这个推送去处已经停用。"))
    began, at = monotonic(), clock.now()
    try:
        answer = _asked(outlet, address, pushes, at)
    except KeyueError as error:
        _note(pushes, Attempt(False, took=_since(began), said=str(error)), at)
        raise
    status, said = answer.fetched.status, answer.fault or answer.fetched.text
    _note(pushes, Attempt(not answer.fault, status, _since(began), said.strip()), at)
    if status == GONE:
        raise Undeliverable(_("对方说不再接收（410）。"))
    if answer.fault:
        raise Failed(answer.fault)


def _note(pushes: Sequence[Push], attempt: Attempt, at: datetime) -> None:
    actions.note_attempt(pushes=pushes, attempt=attempt, by=SYSTEM, at=at)


def _since(began: float) -> int:
    return int((monotonic() - began) * 1000)


def _asked(outlet: Outlet, address: str, pushes: Sequence[Push], at: datetime) -> Answer:
    if outlet.is_robot:
        limits.take(ROBOT, outlet.pk, by=SYSTEM, at=at)
        return _to_robot(outlet, address, notice_text(pushes), at)
    return _to_system(outlet, address, pushes, at)


def notice_text(pushes: Sequence[Push]) -> str:
    """Notices as a robot says them: one a line, and where to look."""
    with translation.override(settings.LANGUAGE_CODE):
        lines = [line for line in lines_of([int(push.ref) for push in pushes]) if line]
        head = lines[0] if len(lines) == 1 else _("%(n)d 条约定提醒") % {"n": len(lines)}
    rest = [f"· {line}" for line in lines] if len(lines) > 1 else []
    return "\n".join([head, *rest, f"{settings.BASE_URL}/"])


def _to_robot(outlet: Outlet, address: str, text: str, at: datetime) -> Answer:
    kind = OutletKind(outlet.kind)
    made = formats.outgoing(kind, address, selectors.keys_of(outlet).secret, text, at)
    fetched = post_json(made.url, made.body, seconds=SECONDS, most=MOST_ANSWER)
    if not fetched.is_ok:
        return Answer(fetched, _("对方返回 %(status)d。") % {"status": fetched.status})
    return Answer(fetched, formats.fault_of(kind, fetched.json()))


def _to_system(outlet: Outlet, address: str, pushes: Sequence[Push], at: datetime) -> Answer:
    [push] = pushes
    body = bodies([push]).get(push.pk)
    if body is None:
        raise Undeliverable(_("要推送的事实不在了。"))
    content = json.dumps({**body, "delivery": push.pk, "turn": push.turn}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Keyue-Event": push.what,
        **headers_for(selectors.keys_of(outlet).working(at), content, at),
    }
    fetched = fetch("POST", address, headers=headers, content=content, seconds=SECONDS, most=MOST_ANSWER)
    fault = "" if fetched.is_ok else _("对方返回 %(status)d。") % {"status": fetched.status}
    return Answer(fetched, fault)


def try_outlet(outlet: Outlet, company: str, at: datetime) -> str:
    """Send something harmless now, and say how it went. Raises Refused with what is wrong."""
    address = selectors.address_of(outlet)
    if not address:
        raise Refused(_("请填写推送地址。"))
    if outlet.is_robot:
        limits.take(ROBOT, outlet.pk, by=SYSTEM, at=at)
        text = _("%(company)s：客约的提醒会发到这个群。这是一条试发。") % {"company": company}
        answer = _to_robot(outlet, address, text, at)
    else:
        content = json.dumps({"id": "", "kind": "ping", "at": at.isoformat(), "data": {}}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Keyue-Event": "ping"}
        headers |= headers_for(selectors.keys_of(outlet).working(at), content, at)
        fetched = fetch("POST", address, headers=headers, content=content, seconds=SECONDS, most=MOST_ANSWER)
        fault = "" if fetched.is_ok else _("对方返回 %(status)d。") % {"status": fetched.status}
        answer = Answer(fetched, fault)
    if answer.fault:
        raise Refused(answer.fault)
    return _("试发了一条，对方已收下。")
