"""Reading imports. Fetching is authorising: a person sees their own, and who sees everything sees all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.cases.actions.files import path_of
from keyue.cases.actions.sheets import spool_path, spools
from keyue.cases.importing import reading
from keyue.cases.importing.enums import ENDED, ImportState, RowOutcome
from keyue.cases.models import ImportRow, ImportRun
from keyue.kernel.errors import Invalid, NotFound
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.people.selectors import visible_departments

A_PAGE = 20
MOST_SHOWN = 50


def runs_for(user: User) -> QuerySet[ImportRun]:
    """The imports that this person may see, newest first. Raises Denied without the permission to import."""
    check(user, Permission.CASE_IMPORT)
    rows = ImportRun.objects.select_related("user").order_by("-pk")
    return rows if visible_departments(user) is None else rows.filter(user=user)


def page_of_runs(user: User, *, before: int | None = None) -> tuple[Sequence[ImportRun], int | None]:
    """A page of imports and where the next one begins."""
    rows = runs_for(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: A_PAGE + 1])
    return found[:A_PAGE], found[A_PAGE - 1].pk if len(found) > A_PAGE else None


def run_for(user: User, pk: int) -> ImportRun:
    """One import. Raises NotFound where there is none for this person."""
    found = runs_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次导入，或者您无权查看。"))
    return found


def unfinished(sha256: str) -> ImportRun | None:
    """An import of the same file that was begun and not finished: another try goes on with it."""
    states = [ImportState.RUNNING, ImportState.STOPPED]
    return ImportRun.objects.filter(sha256=sha256, state__in=states).order_by("-pk").first()


def imported(sha256: str) -> ImportRun | None:
    """The import by which the rows of this very file became cases first."""
    return ImportRun.objects.filter(sha256=sha256, made__gt=0).order_by("pk").first()


def run_by_id(pk: int) -> ImportRun:
    """An import for the command line, which acts for the machine's owner."""
    return ImportRun.objects.get(pk=pk)


def running() -> ImportRun | None:
    """The import that a worker should go on with."""
    return ImportRun.objects.filter(state=ImportState.RUNNING).order_by("pk").first()


def bad_rows(run: ImportRun) -> QuerySet[ImportRow]:
    """The rows that were not taken, in the order of the sheet."""
    return run.rows.filter(outcome=RowOutcome.BAD).order_by("line")


# --- the rows on disk ---


def spool_of(run: ImportRun) -> Path:
    """The rows of an import on disk, put there again from the kept file where they are gone.

    Raises Invalid where the file itself is gone.
    """
    path = spool_path(run.pk)
    if not path.exists():
        reading.spool(_file_of(run), path)
    return path


@contextmanager
def rows_on_disk(run: ImportRun) -> Iterator[Path]:
    """The rows of an import while they are read; those of one that has ended do not stay. Raises Invalid as `spool_of`."""
    if run.state not in ENDED:
        yield spool_of(run)
        return
    path = spools() / f"{uuid4().hex}.rows"
    try:
        reading.spool(_file_of(run), path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _file_of(run: ImportRun) -> Path:
    kept = path_of(run.sha256)
    if run.cleared:
        raise Invalid(run.get_cleared_display())
    if not kept.exists():
        raise Invalid(_("导入的文件已不在这台服务器上，请重新上传。"))
    return kept
