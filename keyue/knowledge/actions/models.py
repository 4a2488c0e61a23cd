"""Attaching a language model: where it is, its key, whether it is used, and trying it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.knowledge import model_client
from keyue.knowledge.actions._ground import signature
from keyue.knowledge.models import LanguageModel
from keyue.knowledge.selectors import SEALED_KEY
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger.facts import Actor, Draft

MOST_SECONDS = 30


@transaction.atomic
def set_model(
    *,
    is_on: bool,
    address: str,
    name: str,
    key: str = "",
    seconds: int = 8,
    by: Actor,
    at: datetime,
) -> LanguageModel:
    """Say where the model is and whether it is used. An empty `key` leaves the one that is there, unless the address changes:
    a key is never sent to another host than it was entered for. Raises Invalid by field."""
    address, name = address.strip().rstrip("/"), name.strip()
    faults: dict[str, object] = {}
    if address or is_on:
        try:
            model_client.parts_of(address)
        except model_client.Failed as error:
            faults["address"] = str(error)
    if is_on and not name:
        faults["name"] = _("请填写模型名称。")
    if not 1 <= seconds <= MOST_SECONDS:
        faults["seconds"] = _("请填 1 到 %(most)d 秒。") % {"most": MOST_SECONDS}
    if len(address) > 300 or len(name) > 80 or any(ord(c) < 33 or ord(c) > 126 for c in key):
        faults["secret"] = _("密钥只能有字母、数字和符号，地址和名称不能太长。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    first = {"changed_at": at, "changed_by": signature(by)}
    row = LanguageModel.objects.select_for_update().get_or_create(pk=1, defaults=first)[0]
    if key:
        row.secret = sealing.key_of(row.subject).seal(key, SEALED_KEY)
    elif address != row.address:
        row.secret = ""
    row.is_on, row.address, row.name, row.seconds = is_on, address, name, seconds
    row.changed_at, row.changed_by = at, signature(by)
    row.save()
    data = {"is_on": is_on, "address": address, "name": name}
    ledger.record(row.subject, [Draft("language_model.set", data)], by=by, at=at, source="web")
    return row


@transaction.atomic
def note_trial(*, said: str, by: Actor, at: datetime) -> None:
    """Keep what a trial found."""
    LanguageModel.objects.filter(pk=1).update(tried=said[:300], tried_at=at, tried_by=signature(by))
