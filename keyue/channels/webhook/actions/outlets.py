"""Outlets: setting up where something is pushed to, a new secret, the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.channels.fetching import check_address, host_of
from keyue.channels.webhook import selectors
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.events import OutletChanged, OutletClosed, OutletOpened, OutletSecretMade
from keyue.channels.webhook.models import Outlet
from keyue.channels.webhook.selectors import ADDRESS, SECRETS
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.kernel.events import Event
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger import selectors as facts
from keyue.ledger.facts import Actor, Draft

WEB = "web"


@dataclass(frozen=True, slots=True)
class OutletPlan:
    """An outlet as somebody sets it up; without `address` and `secret` those that are kept stay."""

    name: str
    address: str = ""
    secret: str = ""
    department: str = ""
    wants: Sequence[str] = ()
    is_quiet_at_night: bool = True


def _note(outlet: Outlet, event: Event, by: Actor, at: datetime) -> None:
    ledger.record(outlet.subject, [Draft(event.kind, event.data())], by=by, at=at, source=WEB)


def _signature(by: Actor) -> str:
    return f"{by.kind}:{by.id}"


def _fill(row: Outlet, plan: OutletPlan) -> None:
    """The columns of a plan. Raises Invalid by field."""
    faults: dict[str, object] = {}
    name = " ".join(plan.name.split())
    if not 1 <= len(name) <= 60:
        faults["name"] = _("请起个名字，最多 60 个字。")
    if not plan.wants:
        faults["wants"] = _("请至少选一项。")
    if plan.address:
        try:
            row.host = host_of(check_address(plan.address))[:200]
        except KeyueError as error:
            faults["address"] = str(error)
    elif not row.address:
        faults["address"] = _("请填写推送地址。")
    if faults:
        raise Invalid(_("请看标出的地方。"), fields=faults)
    row.name, row.department, row.wants = name, plan.department, sorted(set(plan.wants))
    row.is_quiet_at_night = plan.is_quiet_at_night


def _seal(row: Outlet, plan: OutletPlan) -> None:
    if plan.address:
        row.address = sealing.seal(row.subject, plan.address.strip(), ADDRESS)
    if plan.secret:
        row.secrets = sealing.seal(row.subject, json.dumps({"secret": plan.secret.strip()}), SECRETS)


def _save(row: Outlet) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        sentence = _("已有一个叫「%(name)s」的推送去处。") % {"name": row.name}
        raise Invalid(sentence, fields={"name": sentence}) from None


@transaction.atomic
def open_outlet(*, kind: OutletKind, plan: OutletPlan, by: Actor, at: datetime) -> Outlet:
    """Push something there from now on; what was before is not pushed. Raises Invalid by field."""
    row = Outlet(kind=kind, opened_at=at, opened_by=_signature(by))
    _fill(row, plan)
    row.cursor = selectors.newest_notice() if row.is_robot else facts.newest_fact_id()
    _save(row)
    _seal(row, plan)
    row.save(update_fields=["address", "secrets"])
    _note(row, OutletOpened(type=kind.value, name=row.name), by, at)
    return row


def _held(outlet: Outlet, revision: int | None = None) -> Outlet:
    row = Outlet.objects.select_for_update().get(pk=outlet.pk)
    if not row.is_open:
        raise Refused(_("这个推送去处已经停用。"))
    if revision is not None and revision != row.rev:
        raise Refused(_("刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    return row


@transaction.atomic
def change_outlet(
    *, outlet: Outlet, plan: OutletPlan, by: Actor, at: datetime, revision: int | None = None
) -> Outlet:
    """Change an outlet. Raises Invalid by field, Refused for one that is closed or was changed meanwhile."""
    row = _held(outlet, revision)
    _fill(row, plan)
    _seal(row, plan)
    row.rev += 1
    _save(row)
    _note(row, OutletChanged(name=row.name), by, at)
    return row


@transaction.atomic
def make_secret(*, outlet: Outlet, by: Actor, at: datetime) -> str:
    """A new secret to sign with, returned this once; the one before is used beside it for a day."""
    row = _held(outlet)
    kept = selectors.keys_of(row).renewed(at)
    row.secrets = sealing.seal(row.subject, json.dumps(kept), SECRETS)
    row.save(update_fields=["secrets"])
    _note(row, OutletSecretMade(), by, at)
    return kept["secret"]


@transaction.atomic
def close_outlet(*, outlet: Outlet, by: Actor, at: datetime) -> Outlet:
    """Nothing is pushed there any more; its address and secret are forgotten, its log stays."""
    row = _held(outlet)
    row.closed_at, row.closed_by, row.address, row.secrets = at, _signature(by), "", ""
    row.rev += 1
    row.save(update_fields=["closed_at", "closed_by", "address", "secrets", "rev"])
    _note(row, OutletClosed(), by, at)
    return row
