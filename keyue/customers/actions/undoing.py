"""Undoing a whole import: who was added by it and is nobody else's concern is taken back, what it changed goes back where
nobody has changed it since, and the rest is listed.

From the last row to the first, batch by batch, each one transaction; like the import itself it may be killed anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import signature
from keyue.customers.actions.archive import assign_account_manager, change_customer, plain
from keyue.customers.actions.contacts import change_contact
from keyue.customers.actions.erasing import clear_contact
from keyue.customers.actions.identifiers import end_identifier
from keyue.customers.actions.importing import note_import, source_of
from keyue.customers.actions.importing_rows import CHANGED
from keyue.customers.actions.lifecycle import change_stage
from keyue.customers.enums import ImportOutcome, ImportState, UndoOutcome
from keyue.customers.events import CustomerWithdrawn
from keyue.customers.models import (
    Contact,
    Customer,
    CustomerImport,
    CustomerImportRow,
    Identifier,
    subject_of,
)
from keyue.customers.sealed import OWN, opened, opened_own
from keyue.customers.searching import rows_of
from keyue.kernel.errors import KeyueError, NotFound, Refused
from keyue.ledger import sealing
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.ledger.models import Fact
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

BATCH = 100
# what belongs to a file itself: no reason to keep it
OWN_TABLES = frozenset(
    {"Contact", "Identifier", "CustomerImportRow", "SearchToken", "FieldCheck", "Defect", "DuplicatePair"}
)


@transaction.atomic
def undo_import(*, run: CustomerImport, user: User, by: Actor, at: datetime) -> CustomerImport:
    """Begin to take an import back, as far as it came. Raises Denied, Refused while it runs, NotFound."""
    check(user, Permission.CUSTOMER_IMPORT)
    found = CustomerImport.objects.select_for_update().filter(pk=run.pk).first()
    if found is None:
        raise NotFound(_("没有这次导入，或者您无权查看。"))
    if found.state not in {ImportState.DONE, ImportState.STOPPED, ImportState.FAILED}:
        raise Refused(_("导入完成或停止之后才能撤销，撤销也只做一次。"))
    found.state, found.undone_at, found.undone_by = ImportState.UNDOING, at, signature(by)
    last = (
        CustomerImportRow.objects.filter(run=found).order_by("-line").values_list("line", flat=True).first()
    )
    found.undo_position = last or 0
    found.save(update_fields=["state", "undone_at", "undone_by", "undo_position"])
    note_import(found, "customer_import.undo_started", {"position": found.position}, by=by, at=at)
    return found


@transaction.atomic
def undo_batch(run_id: int, *, now: datetime) -> int:
    """Take back the next rows, from the end; how many, 0 where there is nothing (more) to do."""
    skip = connection.features.has_select_for_update_skip_locked
    waiting = CustomerImport.objects.filter(pk=run_id, state=ImportState.UNDOING)
    run = waiting.select_for_update(skip_locked=skip).first()
    if run is None:
        return 0
    rows = run.rows.filter(
        line__lte=run.undo_position, outcome__in=[ImportOutcome.ADDED, ImportOutcome.UPDATED]
    )
    batch = list(rows.order_by("-line")[:BATCH])
    by = Actor(*run.undone_by.split(":", 1))
    back = _take_back(run, batch, by, now)
    run.put_back += back
    run.not_put_back += len(batch) - back
    run.undo_position = batch[-1].line - 1 if batch else 0
    if not batch:
        run.state = ImportState.UNDONE
    run.save(update_fields=["put_back", "not_put_back", "undo_position", "state"])
    if not batch:
        _finish(run, by, now)
    return len(batch)


def undo_to_end(run_id: int, *, now: datetime) -> None:
    """Every batch, one after the other: for tests."""
    for _turn in count():
        if not undo_batch(run_id, now=now):
            return


def _finish(run: CustomerImport, by: Actor, now: datetime) -> None:
    counts = {"back": run.put_back, "kept": run.not_put_back}
    note_import(run, "customer_import.undone", counts, by=by, at=now)
    promises.tell(
        key=f"customer_import:{run.pk}:undone",
        kind=NoticeKind.SUMMARY,
        at=now,
        to_user_id=run.user_id,
        detail={"what": "customers_import_undone", "at": [run.pk], **counts},
    )


def _take_back(run: CustomerImport, batch: Sequence[CustomerImportRow], by: Actor, now: datetime) -> int:
    added = [row for row in batch if row.outcome == ImportOutcome.ADDED and row.customer_id]
    others = concerned([row.customer_id for row in added if row.customer_id], source_of(run))
    gone = []
    for row in added:
        row.kept = sorted(others.get(row.customer_id or 0, ()))
        row.undone = UndoOutcome.KEPT if row.kept else UndoOutcome.BACK
        if not row.kept:
            gone.append(row.customer_id)
    _withdraw([pk for pk in gone if pk], run, by, now)
    for row in batch:
        if row.outcome == ImportOutcome.UPDATED:
            row.kept = _put_back(row, run, by, now)
            row.undone = UndoOutcome.KEPT if row.kept else UndoOutcome.BACK
    CustomerImportRow.objects.bulk_update(batch, ["undone", "kept"])
    return sum(row.undone == UndoOutcome.BACK for row in batch)


# --- who was added ---


def concerned(ids: Sequence[int], source: str) -> dict[int, set[str]]:
    """Customers whom somebody has had to do with since: what of, by their id. One query a table that names customers.

    Facts of the import and of the system itself (the daily check) are nobody's concern.
    """
    found: dict[int, set[str]] = {}
    if not ids:
        return found
    refs = [str(pk) for pk in ids]
    facts = Fact.objects.filter(stream__kind="customer", stream__ref__in=refs).exclude(actor_kind="system")
    for ref in facts.exclude(source=source).values_list("stream__ref", flat=True).distinct():
        found.setdefault(int(ref), set()).add("facts")
    for model, name in _references():
        rows = model._base_manager.filter(**{f"{name}__in": ids}).values_list(name, flat=True).distinct()
        for pk in rows:
            found.setdefault(pk, set()).add(model._meta.label_lower)
    return found


def _references() -> Iterable[tuple[type[models.Model], str]]:
    """Every table that names a customer, of whatever room, but those that are the file itself."""
    for model in apps.get_models():
        if model._meta.app_label == "customers" and model.__name__ in OWN_TABLES:
            continue
        for column in model._meta.concrete_fields:
            if column.is_relation and column.related_model is Customer and column.attname:
                yield model, column.attname


def _withdraw(ids: Sequence[int], run: CustomerImport, by: Actor, now: datetime) -> None:
    """Let these customers exist for nobody any more: they are found by nothing, and their codes are free again."""
    if not ids:
        return
    rows = Customer.objects.filter(pk__in=ids, withdrawn_at=None)
    rows.update(withdrawn_at=now, withdrawn_by=signature(by))
    Contact.objects.filter(customer__in=ids).update(**dict.fromkeys(Contact.blind))
    held = Identifier.objects.filter(customer__in=ids, ended_at=None)
    held.update(ended_at=now, ended_by=signature(by))
    for pk in ids:
        rows_of(pk).delete()
    event = CustomerWithdrawn(run=str(run.pk))
    entries = [Entry(subject_of(pk), [Draft(event.kind, event.data())]) for pk in ids]
    promises.record_many(entries, by=by, at=now, source=source_of(run), announce=False)


# --- what was changed ---


def _put_back(row: CustomerImportRow, run: CustomerImport, by: Actor, now: datetime) -> list[str]:
    """Put back what a row changed; the names of what stays because somebody has changed it since."""
    customer = Customer.objects.filter(pk=row.customer_id or 0).first()
    text = sealing.unseal(subject_of(row.customer_id or 0), row.changed, CHANGED)
    if customer is None or not text or customer.is_erased:
        return ["erased"]
    said = json.loads(text)
    act: dict[str, Any] = {"by": by, "at": now, "via": source_of(run)}
    try:
        with transaction.atomic():
            return [
                *_customer_back(customer, said.get("customer", {}), act),
                *_stage_back(customer, said.get("stage"), act),
                *_contact_back(said.get("contact"), act),
                *_contact_away(said.get("added_contact"), act),
                *_codes_away(said.get("codes", ()), act),
                *_manager_back(customer, said.get("manager"), act),
            ]
    except KeyueError:
        return ["refused"]


def _customer_back(
    customer: Customer, said: Mapping[str, Sequence[Any]], act: Mapping[str, Any]
) -> list[str]:
    own = opened_own(customer)
    now = {name: own[name] if name in OWN else plain(getattr(customer, name)) for name in said}
    back = {name: old for name, (old, new) in said.items() if now[name] == new}
    if back:
        change_customer(customer=customer, changes=back, why="import_undone", **act)
    return [name for name in said if name not in back]


def _stage_back(customer: Customer, said: Sequence[str] | None, act: Mapping[str, Any]) -> list[str]:
    if not said:
        return []
    if customer.stage != said[1]:
        return ["stage"]
    change_stage(customer=customer, stage=said[0], reason=_("撤销表格导入"), **act)
    return []


def _contact_back(said: Mapping[str, Any] | None, act: Mapping[str, Any]) -> list[str]:
    contact = Contact.objects.filter(pk=said["id"]).first() if said else None
    if not said:
        return []
    if contact is None:
        return sorted(said["fields"])
    [clear] = opened([contact])
    back = {name: old for name, (old, new) in said["fields"].items() if getattr(clear, name) == new}
    if back:
        change_contact(contact=contact, changes=back, **act)
    return [name for name in said["fields"] if name not in back]


def _contact_away(pk: int | None, act: Mapping[str, Any]) -> list[str]:
    contact = Contact.objects.filter(pk=pk).first() if pk else None
    if contact is None:
        return []
    if contact.revision > 1 or contact.is_self:
        return ["contact_name"]
    clear_contact(contact=contact, **act)
    return []


def _codes_away(pks: Sequence[int], act: Mapping[str, Any]) -> list[str]:
    for identifier in Identifier.objects.filter(pk__in=pks, ended_at=None).select_related("customer"):
        end_identifier(identifier=identifier, **act)
    return []


def _manager_back(
    customer: Customer, said: Sequence[Sequence[Any]] | None, act: Mapping[str, Any]
) -> list[str]:
    if not said:
        return []
    (user_id, department), new = said
    if [customer.account_manager_id, customer.department] != list(new):
        return ["account_manager"]
    user = people.find_user(user_id) if user_id else None
    assign_account_manager(customer=customer, user=user, department=department or "", **act)
    return []
