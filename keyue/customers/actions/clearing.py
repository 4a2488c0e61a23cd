"""Imported sheets while they are needed, and no longer: content goes, name, size and SHA-256 stay as evidence.

A sheet holds in the clear what its customers keep sealed. It is needed to give back the refused rows; after thirty days,
and as soon as one of its customers is erased, only what proves it stays (docs/decisions/0803).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.customers.actions.importing import drop_rows, note_import
from keyue.customers.enums import Clearing, ImportOutcome, ImportState
from keyue.customers.exchange import keeping
from keyue.customers.exchange.columns import recognised
from keyue.customers.exchange.selectors import ENDED
from keyue.customers.models import CustomerImport, CustomerImportRow
from keyue.ledger.facts import SYSTEM, Actor

KEPT = timedelta(days=30)
AT_A_TIME = 50
WORKING = (ImportState.RUNNING, ImportState.UNDOING)


@transaction.atomic
def forget_sheets(customer_id: int, by: Actor, at: datetime) -> None:
    """Clear every sheet that brought this customer or spoke of them; the same file of somebody else too."""
    runs = CustomerImportRow.objects.filter(customer=customer_id).values("run")
    digests = set(CustomerImport.objects.filter(pk__in=runs, cleared="").values_list("sha256", flat=True))
    CustomerImportRow.objects.filter(customer=customer_id).update(changed="")
    if digests:
        for run in CustomerImport.objects.select_for_update().filter(sha256__in=digests).order_by("pk"):
            _clear(run, Clearing.ERASURE, by=by, at=at)


@transaction.atomic
def clear_old(now: datetime) -> int:
    """Clear the sheets whose time is over; how many."""
    waiting = CustomerImport.objects.filter(cleared="").exclude(state__in=WORKING)
    old = waiting.annotate(since=Coalesce("undone_at", "finished_at", "created_at"))
    ids = list(old.filter(since__lt=now - KEPT).order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])
    for run in waiting.select_for_update().filter(pk__in=ids).order_by("pk"):
        _clear(run, Clearing.AGE, by=SYSTEM, at=now)
    return len(ids)


def _clear(run: CustomerImport, why: Clearing, *, by: Actor, at: datetime) -> None:
    """Forget what stood in a sheet. One that never began is forgotten whole; one that has not ended cannot go on."""
    if run.cleared:
        return
    digest = run.sha256
    drop_rows(run.pk)
    transaction.on_commit(lambda: keeping.SHEETS.drop(digest), robust=True)
    if run.state == ImportState.DRAFT:
        run.delete()
        return
    if run.state not in {*ENDED, ImportState.UNDOING}:
        run.state = ImportState.FAILED
        run.problem = _("没有导入完。其余的行请重新上传，已导入的不会重复。")
    run.cleared = why
    if not recognised(run.headings):
        # without a heading the first row of the sheet stands here
        run.headings = []
    run.save(update_fields=["cleared", "headings", "state", "problem"])
    refused = CustomerImportRow.objects.filter(run=run, outcome=ImportOutcome.REFUSED)
    refused.update(reasons=[])
    note_import(run, "customer_import.cleared", {"file": digest, "why": why.value}, by=by, at=at)
