"""Everything that an import of customers writes: the sheet, what its columns mean, and its rows, batch by batch.

A batch is one transaction: the customers, what became of each row, and how far the import has come stand or fall
together. So a process may die at any moment, and any other goes on where the last batch ended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import count
from pathlib import PurePath
from uuid import uuid4

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.customers.actions.importing_rows import Batch
from keyue.customers.enums import ImportKey, ImportMode, ImportOutcome, ImportState, Kind, LegalBasis
from keyue.customers.exchange import keeping, selectors
from keyue.customers.exchange.columns import COLUMNS, fingerprint, recognised
from keyue.customers.exchange.rows import Reader
from keyue.customers.identity_rules import SYSTEM_LONGEST
from keyue.customers.models import CustomerImport, CustomerImportRow, RememberedMapping
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.ui import sheets

logger = logging.getLogger(__name__)
BATCH = 200
KEYS = tuple(key.value for key in ImportKey if key != ImportKey.ANY)
OPEN_STATES = (ImportState.DRAFT, ImportState.STOPPED)


def draft(*, chunks: Iterable[bytes], name: str, user: User, by: Actor, at: datetime) -> CustomerImport:
    """Keep a sheet and read it once: an import that waits for its columns to be confirmed.

    Raises Denied, Invalid with what is wrong with the file. The file is read before the only write.
    """
    check(user, Permission.CUSTOMER_IMPORT)
    name = PurePath(name.replace("\\", "/")).name.strip()[:200] or "sheet"
    digest, size = keeping.keep_sheet(chunks)
    spool = keeping.spools() / f"{uuid4().hex}.rows"
    sheet = sheets.spool(keeping.SHEETS.path_of(digest), spool, recognised)
    earlier = selectors.remembered(sheet.headings)
    columns = selectors.columns_for(sheet.headings)
    try:
        run = CustomerImport.objects.create(
            file_name=name,
            sha256=digest,
            size=size,
            form=sheet.kind,
            headings=sheet.headings,
            columns=columns,
            mode=earlier.mode if earlier else ImportMode.BOTH,
            key=earlier.key if earlier else ImportKey.ANY,
            total=sheet.rows,
            actor_kind=by.kind,
            actor_id=by.id,
            user=user,
            created_at=at,
        )
        spool.replace(keeping.spool_path(run.pk))
    finally:
        spool.unlink(missing_ok=True)
    return run


@transaction.atomic
def set_columns(
    *,
    run: CustomerImport,
    columns: Mapping[str, int],
    mode: str,
    key: str,
    default_kind: str,
    default_basis: str,
    external_system: str,
    by: Actor,
    at: datetime,
) -> CustomerImport:
    """Say what the columns mean and what the import is to do. Raises Refused once it has begun, Invalid."""
    run = _locked(run)
    if run.state != ImportState.DRAFT:
        raise Refused(_("导入已经开始，不能再改列的含义。"))
    width = len(run.headings) or sheets.xlsx.MOST_COLUMNS
    chosen = {code: place for code, place in columns.items() if code in COLUMNS and 0 <= place < width}
    if len(set(chosen.values())) < len(chosen):
        raise Invalid(_("一列只能有一个含义。"), fields={"columns": _("一列只能有一个含义。")})
    for field, value, known in (
        ("mode", mode, ImportMode.values),
        ("key", key, ImportKey.values),
        ("default_kind", default_kind, Kind.values),
        ("default_basis", default_basis, LegalBasis.values),
    ):
        if value not in known:
            raise Invalid(_("请选择一项。"), fields={field: _("请选择一项。")})
    system = " ".join(external_system.split())
    if not system or len(system) > SYSTEM_LONGEST:
        sentence = _("请填外部编号来自哪个系统，最多 %(most)s 个字。") % {"most": SYSTEM_LONGEST}
        raise Invalid(sentence, fields={"external_system": sentence})
    run.columns, run.mode, run.key = chosen, mode, key
    run.default_kind, run.default_basis, run.external_system = default_kind, default_basis, system
    run.save(update_fields=["columns", "mode", "key", "default_kind", "default_basis", "external_system"])
    return run


def missing_columns(run: CustomerImport) -> list[str]:
    """Codes of the columns without which this import cannot begin."""
    missing = []
    if run.mode != ImportMode.UPDATE and not {"name", "phone", "email"} & run.columns.keys():
        missing.append("name")
    keys = set(KEYS) if run.key == ImportKey.ANY else {run.key}
    if run.mode != ImportMode.ADD and not keys & run.columns.keys():
        missing.append(ImportKey.PHONE.value if run.key == ImportKey.ANY else run.key)
    return missing


@transaction.atomic
def start(*, run: CustomerImport, user: User, by: Actor, at: datetime) -> CustomerImport:
    """Let the worker begin, or go on after a stop; the mapping is remembered by the headings.

    Raises Denied, Refused, Invalid where a column that must be there is not.
    """
    check(user, Permission.CUSTOMER_IMPORT)
    run = _locked(run)
    if run.cleared:
        raise Refused(run.get_cleared_display())
    if run.state not in OPEN_STATES:
        raise Refused(_("这次导入已经开始。"))
    missing = missing_columns(run)
    if missing:
        labels = _("、").join(str(COLUMNS[code].label) for code in missing)
        sentence = _("还没有指定：%(columns)s") % {"columns": labels}
        raise Invalid(sentence, fields={code: _("请指定这一列") for code in missing})
    first = run.started_at is None
    run.state, run.started_at, run.problem = ImportState.RUNNING, run.started_at or at, ""
    run.save(update_fields=["state", "started_at", "problem"])
    if first:
        _remember(run, at)
        said = {"file": run.sha256, "rows": run.total, "columns": sorted(run.columns), "mode": str(run.mode)}
        note_import(run, "customer_import.started", said, by=by, at=at)
    return run


def _remember(run: CustomerImport, at: datetime) -> None:
    kept = {"columns": run.columns, "mode": run.mode, "key": run.key, "used_at": at}
    RememberedMapping.objects.update_or_create(fingerprint=fingerprint(run.headings), defaults=kept)


@transaction.atomic
def stop(*, run: CustomerImport, by: Actor, at: datetime) -> CustomerImport:
    """Stop after the batch at hand; what is imported stays. Raises Refused where nothing runs."""
    run = _locked(run)
    if run.state != ImportState.RUNNING:
        raise Refused(_("这次导入没有在进行。"))
    run.state = ImportState.STOPPED
    run.save(update_fields=["state"])
    note_import(run, "customer_import.stopped", {"position": run.position}, by=by, at=at)
    return run


@transaction.atomic
def discard(*, run: CustomerImport, by: Actor, at: datetime) -> None:
    """Throw away an import that has not begun. Raises Refused for one that has: it can be undone."""
    run = _locked(run)
    if run.state != ImportState.DRAFT:
        raise Refused(_("导入已经开始，不能放弃；可以停止，完成后可以整批撤销。"))
    digest, pk = run.sha256, run.pk
    run.delete()
    drop_rows(pk)
    transaction.on_commit(lambda: keeping.SHEETS.drop(digest), robust=True)


def drop_rows(run_id: int) -> None:
    """Delete an import's rows on disk once this transaction has ended well; the sheet has them still."""
    transaction.on_commit(lambda: keeping.spool_path(run_id).unlink(missing_ok=True), robust=True)


def _locked(run: CustomerImport) -> CustomerImport:
    found = CustomerImport.objects.select_for_update().filter(pk=run.pk).first()
    if found is None:
        raise NotFound(_("没有这次导入，或者您无权查看。"))
    return found


def note_import(
    run: CustomerImport, kind: str, said: Mapping[str, object], *, by: Actor, at: datetime
) -> None:
    """A fact about an import."""
    ledger.record(run.subject, [Draft(kind, said)], by=by, at=at, source=source_of(run))


def source_of(run: CustomerImport) -> str:
    """The source of the facts that come from it: by it, undoing knows what came after."""
    return f"customer_import:{run.pk}"


# --- the rows ---


def work_batch(run_id: int, *, now: datetime) -> int:
    """Take the next rows of a running import; how many were done, 0 where there is nothing (more) to do."""
    try:
        with transaction.atomic(), _speaking(run_id):
            return _batch(run_id, now)
    except Invalid as error:
        # the sheet is gone: nobody but a person can help
        give_up(run_id, str(error))
        return 0


def _speaking(run_id: int) -> AbstractContextManager[object]:
    """The reasons that a batch leaves are in the language of who imports: they read them."""
    rows = CustomerImport.objects.filter(pk=run_id)
    language = rows.values_list("user__language", flat=True).first()
    return translation.override(language) if language else nullcontext()


@transaction.atomic
def give_up(run_id: int, why: str) -> None:
    """An import that cannot go on; what it has done stays."""
    CustomerImport.objects.filter(pk=run_id).update(state=ImportState.FAILED, problem=why[:300])
    drop_rows(run_id)


def _batch(run_id: int, now: datetime) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    waiting = CustomerImport.objects.filter(pk=run_id, state=ImportState.RUNNING)
    run = waiting.select_for_update(skip_locked=skip).first()
    if run is None or run.user is None:
        return 0
    lines = list(sheets.rows_of(selectors.spool_of(run), skip=run.position, most=BATCH))
    reader = Reader(run.columns, default_kind=run.default_kind)
    by = Actor(run.actor_kind, run.actor_id)
    batch = Batch(run, [reader.read(line.number, line.cells) for line in lines], by, now, source_of(run))
    batch.work()
    CustomerImportRow.objects.bulk_create(batch.rows())
    done = batch.counts()
    run.position += len(lines)
    run.added += done[ImportOutcome.ADDED]
    run.updated += done[ImportOutcome.UPDATED]
    run.unchanged += done[ImportOutcome.UNCHANGED]
    run.refused += done[ImportOutcome.REFUSED]
    if run.position >= run.total or not lines:
        run.state, run.finished_at = ImportState.DONE, now
    run.save()
    if run.state == ImportState.DONE:
        _finish(run, by=by, at=now)
    return len(lines)


def _finish(run: CustomerImport, *, by: Actor, at: datetime) -> None:
    counts = {name: getattr(run, name) for name in ("added", "updated", "unchanged", "refused")}
    note_import(run, "customer_import.finished", counts, by=by, at=at)
    drop_rows(run.pk)
    promises.tell(
        key=f"customer_import:{run.pk}:finished",
        kind=NoticeKind.SUMMARY,
        at=at,
        to_user_id=run.user_id,
        detail={"what": "customers_imported", "at": [run.pk], **counts},
    )


def work_to_end(run_id: int, *, now: datetime) -> None:
    """Every batch of an import, one after the other: for the command line and for tests."""
    for _turn in count():
        if not work_batch(run_id, now=now):
            return
