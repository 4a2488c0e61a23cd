"""When a customer is erased, their conversations forget what was said and who spoke; facts and chains stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.conversations.actions._ground import CONTENTS
from keyue.conversations.events import ConversationErased
from keyue.conversations.models import Call, Conversation, Line, LineFile, Party
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.promises import actions as promises

AT_A_TIME = 200


@transaction.atomic
def forget_customer(customer_id: int, by: Actor, at: datetime) -> None:
    """Forget what conversations with a customer hold in the clear, and destroy the keys of the addresses they wrote from.
    Again, as after a restore, it does what is left to do."""
    ids = list(Conversation.objects.filter(customer=customer_id).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_A_TIME):
        _forget(ids[start : start + AT_A_TIME], by, at)
    for party in Party.objects.filter(customer=customer_id).order_by("pk"):
        ledger.destroy_key(party.subject, by=by, at=at)
        # its address is nobody's any more: who writes from it again is somebody new
        Party.objects.filter(pk=party.pk).update(handle="", name="", index=f"erased:{party.pk}")


def _forget(ids: list[int], by: Actor, at: datetime) -> None:
    rows = list(Conversation.objects.filter(pk__in=ids).order_by("pk"))
    entries = [
        Entry(row.subject, [Draft(ConversationErased.kind, key=f"conversation.erased:{row.pk}")])
        for row in rows
    ]
    promises.record_many(entries, by=by, at=at, source="erasure")
    files = LineFile.objects.filter(line__conversation__in=ids)
    digests = set(files.values_list("sha256", flat=True))
    files.filter(erased_at=None).update(erased_at=at)
    files.update(name="")
    lines = Line.objects.filter(conversation__in=ids)
    lines.update(body="", salt="", detail={})
    lines.filter(erased_at=None).update(erased_at=at)
    Conversation.objects.filter(pk__in=ids).update(summary="")
    Call.objects.filter(line__conversation__in=ids).update(summary="")
    needed = set(LineFile.objects.filter(sha256__in=digests, erased_at=None).values_list("sha256", flat=True))
    for digest in sorted(digests - needed):
        transaction.on_commit(lambda digest=digest: CONTENTS.drop(digest), robust=True)  # type: ignore[misc]
