"""Imported sheets while they are needed, and no longer: content goes, name, size and SHA-256 stay as evidence.

A sheet holds in the clear what its cases keep under their customers' names. It is needed to put back the bad rows and to
look something up; after that, and as soon as one of its customers is erased, only what proves it stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.cases.actions.files import drop
from keyue.cases.importing.columns import recognised
from keyue.cases.importing.enums import ENDED, Clearing, ImportState, RowOutcome
from keyue.cases.models import ImportRow, ImportRun
from keyue.kernel.contents import ABANDONED
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor, Draft, Subject

KEPT = timedelta(days=30)
AT_A_TIME = 50
ROWS = ".rows"


def spools() -> Path:
    """The folder with the rows of imports that are not finished."""
    return Path(settings.KEYUE_HOME) / "imports"


def spool_path(run_id: int) -> Path:
    """Where the rows of an import stand on disk while it is not finished."""
    return spools() / f"{run_id}{ROWS}"


def drop_spool(run_id: int) -> None:
    """Delete an import's rows once this transaction has ended well; they can be read again from the file."""
    transaction.on_commit(lambda: spool_path(run_id).unlink(missing_ok=True), robust=True)


@transaction.atomic
def forget_sheets(cases: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Clear every sheet that brought one of these cases, or brought it again."""
    runs = ImportRow.objects.filter(case__in=cases).values("run")
    digests = set(ImportRun.objects.filter(pk__in=runs, cleared="").values_list("sha256", flat=True))
    # the same file may have been uploaded by somebody else too
    for run in ImportRun.objects.select_for_update().filter(sha256__in=digests).order_by("pk"):
        _clear(run, Clearing.ERASURE, by=by, at=at)


def tidy_sheets(now: datetime) -> int:
    """Clear the sheets whose time is over, and delete what killed processes left of others; how many of both."""
    return _clear_old(now) + _tidy_spools(now)


@transaction.atomic
def _clear_old(now: datetime) -> int:
    waiting = ImportRun.objects.filter(cleared="").exclude(state=ImportState.RUNNING)
    old = waiting.annotate(since=Coalesce("finished_at", "created_at")).filter(since__lt=now - KEPT)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:AT_A_TIME])
    for run in waiting.select_for_update().filter(pk__in=ids).order_by("pk"):
        _clear(run, Clearing.AGE, by=SYSTEM, at=now)
    return len(ids)


def _clear(run: ImportRun, why: Clearing, *, by: Actor, at: datetime) -> None:
    """Forget what stood in a sheet. One that never began is forgotten whole; one that has not ended cannot go on."""
    if run.cleared:
        return
    digest = run.sha256
    drop_spool(run.pk)
    transaction.on_commit(lambda: drop(digest), robust=True)
    if run.state == ImportState.DRAFT:
        run.delete()
        return
    if run.state not in ENDED:
        run.state = ImportState.FAILED
        run.problem = _("没有导入完。其余的行请重新上传，已导入的不会重复。")
    run.cleared = why
    if not recognised(run.headings):
        # without a heading the first row of the sheet stands here
        run.headings = []
    run.save(update_fields=["cleared", "headings", "state", "problem"])
    # reasons repeat what a cell says; a bad row is known by nothing
    bad = ImportRow.objects.filter(run=run, outcome=RowOutcome.BAD)
    bad.update(reasons=[], identity="", meaning="", content="")
    said = {"file": digest, "why": why.value}
    ledger.record(
        Subject("import", str(run.pk)), [Draft("import.cleared", said)], by=by, at=at, source="import"
    )


def _tidy_spools(now: datetime) -> int:
    before = (now - ABANDONED).timestamp()
    old = [path for path in spools().glob("*") if _modified(path) < before]
    needed = _unfinished({int(path.stem) for path in old if path.suffix == ROWS and path.stem.isdecimal()})
    gone = [path for path in old if path not in {spool_path(pk) for pk in needed}]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _unfinished(ids: Iterable[int]) -> list[int]:
    runs = ImportRun.objects.filter(pk__in=list(ids)).exclude(state__in=ENDED)
    return list(runs.values_list("pk", flat=True))
