"""Reading imports. Fetching is authorising: a person sees their own, and who sees every customer sees all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.customers.enums import Clearing, ImportOutcome, ImportState, UndoOutcome
from keyue.customers.exchange import keeping
from keyue.customers.exchange.columns import fingerprint, guess, recognised
from keyue.customers.models import CustomerImport, CustomerImportRow, RememberedMapping
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.ui import sheets

A_PAGE = 20
ENDED = frozenset({ImportState.DONE, ImportState.FAILED, ImportState.UNDONE})


def runs_for(user: User) -> QuerySet[CustomerImport]:
    """The imports that this person may see, newest first. Raises Denied without the permission to import."""
    check(user, Permission.CUSTOMER_IMPORT)
    rows = CustomerImport.objects.select_related("user").order_by("-pk")
    all_of_them = people.visible_departments(user, Permission.CUSTOMER_IMPORT) is None
    return rows if all_of_them else rows.filter(user=user)


def page_of_runs(
    user: User, *, before: int | None = None, size: int = A_PAGE
) -> tuple[Sequence[CustomerImport], int | None]:
    """A page of imports and where the next one begins."""
    rows = runs_for(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def run_for(user: User, pk: int) -> CustomerImport:
    """One import. Raises NotFound where there is none for this person."""
    found = runs_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次导入，或者您无权查看。"))
    return found


def running() -> CustomerImport | None:
    """The import that a worker should go on with, in or out."""
    states = [ImportState.RUNNING, ImportState.UNDOING]
    return CustomerImport.objects.filter(state__in=states).order_by("pk").first()


def remembered(headings: Sequence[str]) -> RememberedMapping | None:
    """What the columns of a sheet with these headings were taken for the last time."""
    return RememberedMapping.objects.filter(fingerprint=fingerprint(headings)).first()


def columns_for(headings: Sequence[str]) -> dict[str, int]:
    """What the columns are taken for: as the last time, else by their headings."""
    earlier = remembered(headings)
    if earlier is None:
        return guess(headings)
    return {code: place for code, place in earlier.columns.items() if place < len(headings)}


def refused_rows(run: CustomerImport) -> QuerySet[CustomerImportRow]:
    """The rows that were not taken, in the order of the sheet."""
    return run.rows.filter(outcome=ImportOutcome.REFUSED).order_by("line")


def kept_rows(run: CustomerImport) -> QuerySet[CustomerImportRow]:
    """The rows that could not, or not wholly, be taken back, in the order of the sheet."""
    return run.rows.filter(undone=UndoOutcome.KEPT).select_related("customer").order_by("line")


def changed_rows(run: CustomerImport) -> QuerySet[CustomerImportRow]:
    """The rows that added or changed a customer, in the order of the sheet."""
    outcomes = [ImportOutcome.ADDED, ImportOutcome.UPDATED]
    return run.rows.filter(outcome__in=outcomes).select_related("customer").order_by("line")


# --- the rows on disk ---


def spool_of(run: CustomerImport) -> Path:
    """The rows of an import on disk, put there again from the kept sheet where they are gone. Raises Invalid."""
    path = keeping.spool_path(run.pk)
    if not path.exists():
        sheets.spool(_sheet_of(run), path, recognised)
    return path


@contextmanager
def rows_on_disk(run: CustomerImport) -> Iterator[Path]:
    """The rows of an import while they are read; those of one that has ended do not stay. Raises Invalid."""
    if run.state not in ENDED:
        yield spool_of(run)
        return
    path = keeping.spools() / f"{uuid4().hex}.rows"
    try:
        sheets.spool(_sheet_of(run), path, recognised)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _sheet_of(run: CustomerImport) -> Path:
    if run.cleared:
        raise Invalid(str(Clearing(run.cleared).label))
    kept = keeping.SHEETS.path_of(run.sha256)
    if not kept.exists():
        raise Invalid(_("导入的文件已不在这台服务器上，请重新上传。"))
    return kept


def headings_of(run: CustomerImport) -> Mapping[str, str]:
    """What each meaning is called in the sheet."""
    return {
        code: run.headings[place] if place < len(run.headings) else "" for code, place in run.columns.items()
    }
