"""When a customer is erased, their cases forget what was said: texts, files, the sheets that brought them and search
rows go; facts and chains stay.

What is sealed in facts needs nothing: the customer's key is destroyed. A message's salt goes with its text, so that the
digest in the chain says nothing about it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from keyue.cases.actions.files import drop
from keyue.cases.actions.indexing import forget_text, index_text
from keyue.cases.actions.sheets import forget_sheets
from keyue.cases.events import CaseErased
from keyue.cases.models import Attachment, Case, Message, WaitingFile
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.promises import actions as promises

AT_A_TIME = 200
# what a message's details may keep: codes that tell nothing about anybody
KEPT = frozenset({"outcome", "cause", "scripts"})


@transaction.atomic
def forget_customer(customer_id: int, by: Actor, at: datetime) -> None:
    """Forget what the cases of a customer hold in the clear. Again, as after a restore, it does what is left to do."""
    ids = list(Case.objects.filter(customer=customer_id).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_A_TIME):
        _forget(list(Case.objects.filter(pk__in=ids[start : start + AT_A_TIME]).order_by("pk")), by, at)


def _forget(cases: Sequence[Case], by: Actor, at: datetime) -> None:
    entries = [Entry(case.subject, [Draft(CaseErased.kind, key=f"case.erased:{case.pk}")]) for case in cases]
    # the chains first, so that whoever is writing to these cases has finished
    promises.record_many(entries, by=by, at=at, source="erasure")
    ids = [case.pk for case in cases]
    _forget_files(ids, at)
    _forget_messages(ids, at)
    forget_sheets(ids, by=by, at=at)
    Case.objects.filter(pk__in=ids).update(
        title=_("（个人信息已删除）"), content="", code_digest="", rev=F("rev") + 1
    )
    for case in cases:
        forget_text(case.pk)
        index_text(case.pk, "title", case.number)


def _forget_messages(ids: Sequence[int], at: datetime) -> None:
    rows = Message.objects.filter(case__in=ids)
    telling = [row for row in rows.exclude(detail={}).only("pk", "detail")]
    for row in telling:
        row.detail = {name: value for name, value in row.detail.items() if name in KEPT}
    Message.objects.bulk_update(telling, ["detail"], batch_size=AT_A_TIME)
    rows.update(body="", salt="")
    rows.filter(erased_at=None).update(erased_at=at)


def _forget_files(ids: Sequence[int], at: datetime) -> None:
    """The files go once the rows have: a content that somebody else's case holds too stays for it."""
    rows = Attachment.objects.filter(message__case__in=ids)
    digests = set(rows.values_list("sha256", flat=True))
    rows.filter(erased_at=None).update(erased_at=at)
    rows.update(name="")
    WaitingFile.objects.filter(sha256__in=digests).delete()
    others = Attachment.objects.filter(Q(erased_at=None), sha256__in=digests)
    digests -= set(others.values_list("sha256", flat=True))
    for digest in sorted(digests):
        transaction.on_commit(lambda digest=digest: drop(digest), robust=True)  # type: ignore[misc]
