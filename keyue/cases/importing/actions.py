"""Everything that an import writes: the file, what its columns mean, and its rows, batch by batch.

A batch is one transaction: the cases, what became of each row, and how far the import has come stand or fall together.
So a process may die at any moment, and any other goes on where the last batch ended.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count
from pathlib import Path, PurePath
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.cases.actions import sheets
from keyue.cases.actions.batch import History, register_many
from keyue.cases.actions.files import drop, path_of
from keyue.cases.actions.intake import Registered
from keyue.cases.enums import CaseType, Telling
from keyue.cases.importing import dry, reading, selectors
from keyue.cases.importing.columns import COLUMNS, REQUIRED, guess
from keyue.cases.importing.enums import IMPORTED, ImportState, RowOutcome
from keyue.cases.importing.known import Known
from keyue.cases.importing.rows import Row
from keyue.cases.models import ImportRow, ImportRun
from keyue.kernel.errors import Invalid, KeyueError, NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind, PromiseState
from keyue.promises.models import Promise

logger = logging.getLogger(__name__)
BATCH = 100
OPEN_STATES = (ImportState.DRAFT, ImportState.STOPPED)


def draft(
    *, chunks: Iterable[bytes], name: str, by: Actor, at: datetime, user_id: int | None = None
) -> ImportRun:
    """Keep a file and read it once: an import that waits for its columns to be confirmed.

    Raises Invalid with what is wrong with the file. The file is read before the only write, so that a long one keeps no
    other writer waiting. Raises Denied.
    """
    permit(by)
    name = PurePath(name.replace("\\", "/")).name.strip()[:200] or "sheet"
    digest, size, kept = _keep(chunks)
    spool = sheets.spools() / f"{uuid4().hex}.rows"
    sheet = reading.spool(kept, spool)
    try:
        run = ImportRun.objects.create(
            file_name=name,
            sha256=digest,
            size=size,
            form=sheet.kind,
            headings=sheet.headings,
            columns=_columns(digest, spool, sheet),
            total=sheet.rows,
            actor_kind=by.kind,
            actor_id=by.id,
            user_id=user_id,
            created_at=at,
        )
        spool.replace(sheets.spool_path(run.pk))
    finally:
        spool.unlink(missing_ok=True)
    return run


def permit(by: Actor) -> None:
    """Whether they may import, asked of everyone on the staff whichever way they come. Raises Denied, NotFound."""
    if by.kind == "staff":
        check(people.find_user(int(by.id)), Permission.CASE_IMPORT)


def _columns(digest: str, spool: Path, sheet: reading.Sheet) -> dict[str, int]:
    """What the columns are taken for: as when this very file was imported, else by their headings.

    A column that only counts the rows is no number of anything: the next file begins at 1 again.
    """
    earlier = selectors.imported(digest)
    if earlier is not None:
        return dict(earlier.columns)
    columns = guess(sheet.headings)
    if "number" in columns and dry.counts_rows(spool, columns["number"], sheet.rows):
        del columns["number"]
    return columns


def _keep(chunks: Iterable[bytes]) -> tuple[str, int, Path]:
    """The file under its SHA-256, whole, without holding it in memory."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f"{uuid4().hex}.new"
    fresh.touch(mode=0o600)
    digest, size = sha256(), 0
    try:
        with fresh.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > reading.MOST_BYTES:
                    raise Invalid(
                        _("文件超过 %(most)d MB，请拆成几个文件。") % {"most": reading.MOST_BYTES // 1024**2}
                    )
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        kept = path_of(digest.hexdigest())
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.replace(kept)
    finally:
        fresh.unlink(missing_ok=True)
    return digest.hexdigest(), size, kept


@transaction.atomic
def set_columns(
    *,
    run_id: int,
    columns: Mapping[str, int],
    default_type: str,
    default_via: str = Telling.CALL.value,
    by: Actor,
    at: datetime,
) -> ImportRun:
    """Say what the columns mean, and what holds for rows that do not say. `default_via` is how customers were told:
    a clause that asks for proof of it takes no less. Raises Refused once it has begun, Invalid for what is no column."""
    run = _locked(run_id)
    if run.state != ImportState.DRAFT:
        raise Refused(_("导入已经开始，不能再改列的含义。"))
    width = len(run.headings) or reading.xlsx.MOST_COLUMNS
    chosen = {code: place for code, place in columns.items() if code in COLUMNS and 0 <= place < width}
    if len(set(chosen.values())) < len(chosen):
        raise Invalid(_("一列只能有一个含义。"), fields={"columns": _("一列只能有一个含义。")})
    if default_type not in CaseType.values:
        raise Invalid(_("请选择类型。"), fields={"default_type": _("请选择类型。")})
    if default_via not in Telling.values:
        raise Invalid(_("请选择告知方式。"), fields={"default_via": _("请选择告知方式。")})
    run.columns, run.default_type, run.default_via = chosen, default_type, default_via
    run.save(update_fields=["columns", "default_type", "default_via"])
    return run


@transaction.atomic
def start(*, run_id: int, by: Actor, at: datetime) -> ImportRun:
    """Let the worker begin, or go on after a stop. Raises Denied, Refused, Invalid where a column that must be there is
    not."""
    permit(by)
    run = _locked(run_id)
    if run.cleared:
        raise Refused(run.get_cleared_display())
    if run.state not in OPEN_STATES:
        raise Refused(_("这次导入已经开始。"))
    missing = [str(COLUMNS[code].label) for code in REQUIRED if code not in run.columns]
    if missing:
        raise Invalid(
            _("还没有指定：%(columns)s") % {"columns": _("、").join(missing)},
            fields={code: _("请指定这一列") for code in REQUIRED if code not in run.columns},
        )
    first = run.started_at is None
    run.state, run.started_at, run.problem = ImportState.RUNNING, run.started_at or at, ""
    run.save(update_fields=["state", "started_at", "problem"])
    if first:
        said = {
            "file": run.sha256,
            "rows": run.total,
            "columns": sorted(run.columns),
            "told_via": run.default_via,
        }
        _note(run, "import.started", said, by=by, at=at)
    return run


@transaction.atomic
def stop(*, run_id: int, by: Actor, at: datetime) -> ImportRun:
    """Stop after the batch at hand; what is imported stays. Raises Refused where nothing runs."""
    run = _locked(run_id)
    if run.state != ImportState.RUNNING:
        raise Refused(_("这次导入没有在进行。"))
    run.state = ImportState.STOPPED
    run.save(update_fields=["state"])
    _note(run, "import.stopped", {"position": run.position}, by=by, at=at)
    return run


@transaction.atomic
def discard(*, run_id: int, by: Actor, at: datetime) -> None:
    """Throw away an import that has not begun. Raises Refused for one that has: what was imported stands."""
    run = _locked(run_id)
    if run.state != ImportState.DRAFT:
        raise Refused(_("导入已经开始，不能放弃；可以停止。"))
    digest = run.sha256
    sheets.drop_spool(run.pk)
    run.delete()
    transaction.on_commit(lambda: drop(digest), robust=True)


def _locked(run_id: int) -> ImportRun:
    run = ImportRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise NotFound(_("没有这次导入，或者您无权查看。"))
    return run


def _note(run: ImportRun, kind: str, said: Mapping[str, object], *, by: Actor, at: datetime) -> None:
    ledger.record(Subject("import", str(run.pk)), [Draft(kind, said)], by=by, at=at, source="import")


# --- the rows ---


def work_batch(run_id: int, *, now: datetime) -> int:
    """Register the next rows of a running import; how many were done, 0 where there is nothing (more) to do."""
    try:
        with transaction.atomic(), _speaking(run_id):
            return _batch(run_id, now)
    except Invalid as error:
        # the file is gone: nobody but a person can help
        _give_up(run_id, str(error))
        return 0


def _speaking(run_id: int) -> AbstractContextManager[object]:
    """The reasons that a batch leaves in its rows are in the language of who imports: they read them."""
    language = ImportRun.objects.filter(pk=run_id).values_list("user__language", flat=True).first()
    return translation.override(language) if language else nullcontext()


@transaction.atomic
def _give_up(run_id: int, why: str) -> None:
    ImportRun.objects.filter(pk=run_id).update(state=ImportState.FAILED, problem=why[:300])
    sheets.drop_spool(run_id)


def _batch(run_id: int, now: datetime) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    waiting = ImportRun.objects.filter(pk=run_id, state=ImportState.RUNNING)
    run = waiting.select_for_update(skip_locked=skip).first()
    if run is None:
        return 0
    lines = list(reading.rows_of(selectors.spool_of(run), skip=run.position, most=BATCH))
    reader = dry.reader_of(run, now)
    by = Actor(run.actor_kind, run.actor_id)
    batch = _Batch(run, [reader.read(line.number, line.cells) for line in lines], by, now)
    batch.register()
    ImportRow.objects.bulk_create(batch.rows())
    counts = batch.counts()
    run.position += len(lines)
    run.made += counts[RowOutcome.MADE]
    run.known += counts[RowOutcome.KNOWN]
    run.bad += counts[RowOutcome.BAD]
    run.overdue += _born_overdue(batch.made)
    if run.position >= run.total or not lines:
        run.state, run.finished_at = ImportState.DONE, now
    run.save()
    if run.state == ImportState.DONE:
        _finish(run, by=by, at=now)
        sheets.drop_spool(run.pk)
    return len(lines)


@dataclass(slots=True)
class _Fate:
    """What becomes of one row."""

    row: Row
    outcome: RowOutcome
    key: str = ""
    case_id: int | None = None
    reasons: Sequence[str] = ()


class _Batch:
    """Some rows of an import on their way into cases."""

    def __init__(self, run: ImportRun, rows: Sequence[Row], by: Actor, now: datetime) -> None:
        self.run, self.by, self.now = run, by, now
        self.fates = self._sorted(rows)
        self.made: list[int] = []

    def _sorted(self, rows: Sequence[Row]) -> list[_Fate]:
        """Which rows are good, and the key of each. Equal rows without a number are told apart by their count."""
        known = Known(self.run, rows)
        return [
            _Fate(row, RowOutcome.BAD, reasons=row.faults) if row.faults else self._fate(row, known)
            for row in rows
        ]

    def _fate(self, row: Row, known: Known) -> _Fate:
        times, line = known.turn(row)
        if row.is_numbered and times:
            said = _("单号与第 %(line)d 行相同，一个单号只能有一行") % {"line": line}
            return _Fate(row, RowOutcome.BAD, reasons=[said])
        case_id = known.case_of(row)
        if case_id is not None:
            return _Fate(row, RowOutcome.KNOWN, case_id=case_id)
        conflict = known.conflict(row) if row.is_numbered else ""
        if conflict:
            return _Fate(row, RowOutcome.BAD, reasons=[conflict])
        key = f"sheet:{row.identity}" if row.is_numbered else f"sheet:{row.identity}:{times + 1}"
        return _Fate(row, RowOutcome.MADE, key)

    def register(self) -> None:
        """Register the good rows together; where one spoils it, each by itself."""
        good = [fate for fate in self.fates if fate.outcome == RowOutcome.MADE]
        try:
            self._note(good, self._registered(good))
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # one row that the rules here did not foresee must not keep the others out
            if not isinstance(error, KeyueError):
                logger.exception("import %s: a batch failed, its rows are tried one by one", self.run.pk)
            for fate in good:
                self._register_one(fate)

    def _register_one(self, fate: _Fate) -> None:
        try:
            self._note([fate], self._registered([fate]))
        except KeyueError as error:
            sentences = [str(sentence) for sentence in getattr(error, "fields", {}).values()]
            fate.outcome, fate.reasons = RowOutcome.BAD, sentences or [str(error)]
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("import %s: row %s failed", self.run.pk, fate.row.line)
            fate.outcome, fate.reasons = RowOutcome.BAD, [_("这一行引起了内部错误，请联系管理员查看日志")]

    @transaction.atomic
    def _registered(self, fates: Sequence[_Fate]) -> list[Registered]:
        evidence = {"file": self.run.sha256}
        rows = [
            History(
                fate.row.intake, fate.row.at, fate.key, fate.row.later, {**evidence, "row": fate.row.line}
            )
            for fate in fates
            if fate.row.intake is not None and fate.row.at is not None
        ]
        source = f"import:{self.run.pk}"
        return register_many(rows, by=self.by, at=self.now, source=source, announce=False)

    def _note(self, fates: Sequence[_Fate], registered: Sequence[Registered]) -> None:
        for fate, given in zip(fates, registered, strict=True):
            fate.case_id = given.case.pk
            fate.outcome = RowOutcome.MADE if given.is_new else RowOutcome.KNOWN
            if given.is_new:
                self.made.append(given.case.pk)

    def rows(self) -> list[ImportRow]:
        """What became of each row."""
        return [
            ImportRow(
                run=self.run,
                line=fate.row.line,
                identity=fate.row.identity,
                content=fate.row.content,
                meaning=fate.row.meaning,
                outcome=fate.outcome,
                case_id=fate.case_id,
                reasons=list(fate.reasons),
            )
            for fate in self.fates
        ]

    def counts(self) -> dict[RowOutcome, int]:
        return {outcome: sum(fate.outcome == outcome for fate in self.fates) for outcome in RowOutcome}


def _born_overdue(cases: Sequence[int]) -> int:
    """How many of these cases owe something that is overdue already."""
    late = Promise.objects.filter(
        subject_kind="case", subject_id__in=cases, is_open=True, state=PromiseState.BREACHED
    )
    found = late.aggregate(n=Count("subject_id", distinct=True))["n"]
    return int(found or 0)


def _finish(run: ImportRun, *, by: Actor, at: datetime) -> None:
    """The fact of it, and one summary to who imported: nobody else hears of what came late into the world."""
    counts = {"made": run.made, "known": run.known, "bad": run.bad, "overdue": run.overdue}
    _note(run, "import.finished", counts, by=by, at=at)
    if run.user_id is None:
        return
    promises.tell(
        key=f"import:{run.pk}:finished",
        kind=NoticeKind.SUMMARY,
        at=at,
        to_user_id=run.user_id,
        detail={"what": IMPORTED, "import": run.pk, **counts},
    )


def work_to_end(run_id: int, *, now: datetime) -> None:
    """Every batch of an import, one after the other: for the command line and for tests."""
    for _turn in count():
        if not work_batch(run_id, now=now):
            return


__all__ = ["discard", "draft", "permit", "set_columns", "start", "stop", "work_batch", "work_to_end"]
