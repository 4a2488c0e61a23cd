"""`keyue import cases FILE`: cases from a spreadsheet, with the bad rows back beside it."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from keyue.cases.importing import actions, dry, faults, selectors
from keyue.cases.importing.columns import COLUMNS, plain
from keyue.cases.importing.enums import ImportState
from keyue.cases.models import ImportRun
from keyue.company.selectors import is_founded
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.ledger.facts import Actor
from keyue.operations import serving
from keyue.people import selectors as people
from keyue.people.models import User

CHUNK = 1 << 16
OTHERS_BATCH = 0.1
"""Seconds to wait where somebody else is working on the import."""
CLI = Actor("system", "cli")


class Command(BaseCommand):
    help = (
        "Import cases from .xlsx or .csv. The same file again changes nothing; an import that was cut off goes on. "
        "Bad rows come back as FILE.faults.xlsx (or .csv). Exit code 1 if any row was bad, 2 if the file cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["cases"], help="what the rows are")
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", metavar="USERNAME", help="who imports, and gets the summary")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=HEADING",
            help="what a column means where its heading does not say (at=Called); repeat it",
        )
        parser.add_argument("--type", default="", help="type of rows that name none (default: feedback)")
        parser.add_argument(
            "--told-via",
            default="call",
            help="how customers were told, of rows that do not say (default: call)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        serving.require_schema()
        if not is_founded():
            raise Refused(_("还没有建立公司。请先运行 keyue serve 并完成首次设置，或运行 keyue demo。"))
        user = self._user(options["by"])
        by = Actor("staff", str(user.pk)) if user else CLI
        actions.permit(by)
        run = self._resumed(file, options) or self._drafted(file, options, user, by)
        if run.state == ImportState.DRAFT:
            try:
                self._describe(run)
            except KeyueError:
                actions.discard(run_id=run.pk, by=by, at=clock.now())
                raise
            if options["dry_run"]:
                actions.discard(run_id=run.pk, by=by, at=clock.now())
                return
        if run.state != ImportState.RUNNING:
            run = actions.start(run_id=run.pk, by=by, at=clock.now())
        self._work(run)
        self._conclude(selectors.run_by_id(run.pk), file)

    def _user(self, username: str | None) -> User | None:
        if not username:
            return None
        found = people.by_username(username)
        if found is None:
            raise CommandError(_("没有「%(name)s」这个账号。") % {"name": username}, returncode=2)
        return found

    # --- the file ---

    def _resumed(self, file: Path, options: dict[str, Any]) -> ImportRun | None:
        """An import of this very file that was cut off."""
        try:
            digest = sha256()
            for chunk in _chunks(file):
                digest.update(chunk)
        except OSError as error:
            said = _("打不开 %(file)s：%(why)s") % {"file": file, "why": error.strerror}
            raise CommandError(said, returncode=2) from error
        found = selectors.unfinished(digest.hexdigest())
        if found is None or options["dry_run"]:
            return None
        said = _("接着上次：已处理 %(done)s / %(all)s 行。")
        self.stdout.write(said % {"done": f"{found.position:,}", "all": f"{found.total:,}"})
        return found

    def _drafted(self, file: Path, options: dict[str, Any], user: User | None, by: Actor) -> ImportRun:
        at = clock.now()
        run = actions.draft(
            chunks=_chunks(file), name=file.name, by=by, at=at, user_id=user.pk if user else None
        )
        try:
            columns = _chosen(run, options["map"])
            kind = options["type"] or run.default_type
            return actions.set_columns(
                run_id=run.pk,
                columns=columns,
                default_type=kind,
                default_via=options["told_via"],
                by=by,
                at=at,
            )
        except KeyueError:
            actions.discard(run_id=run.pk, by=by, at=at)
            raise

    def _describe(self, run: ImportRun) -> None:
        found = dry.examine(run, now=clock.now())
        for code, place in sorted(run.columns.items(), key=lambda item: item[1]):
            heading = (
                run.headings[place] if place < len(run.headings) else _("第 %(n)d 列") % {"n": place + 1}
            )
            self.stdout.write(f"  {heading} → {COLUMNS[code].label}")
        kept = [h for place, h in enumerate(run.headings) if place not in run.columns.values() and h]
        if kept:
            self.stdout.write("  " + _("不导入：%(columns)s") % {"columns": _("、").join(kept)})
        if found.missing:
            raise Invalid(
                _("找不到这些列：%(columns)s。请用 --map 指定，如 --map 内容=问题。")
                % {"columns": _("、").join(found.missing)}
            )
        said = _("共 %(all)s 行，已检查 %(examined)s 行，其中 %(bad)s 行有问题。")
        self.stdout.write(
            said % {"all": f"{run.total:,}", "examined": f"{found.examined:,}", "bad": f"{found.bad:,}"}
        )
        for sentence, n in found.kinds:
            self.stdout.write("  " + _("%(n)s 行：%(why)s") % {"n": f"{n:,}", "why": sentence})

    # --- the rows ---

    def _work(self, run: ImportRun) -> None:
        columns = (
            TextColumn(_("正在导入")),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("import", total=run.total, completed=run.position)
            while run.state == ImportState.RUNNING:
                if not actions.work_batch(run.pk, now=clock.now()):
                    # a worker has the batch at hand
                    time.sleep(OTHERS_BATCH)
                run = selectors.run_by_id(run.pk)
                progress.update(task, completed=run.position)

    def _conclude(self, run: ImportRun, file: Path) -> None:
        if run.state == ImportState.FAILED:
            raise CommandError(run.problem, returncode=2)
        if run.state != ImportState.DONE:
            raise CommandError(_("导入已停止；再运行一次同样的命令就接着做。"), returncode=2)
        said = _("新建 %(made)s 件，已有 %(known)s 件，未导入 %(bad)s 行。")
        self.stdout.write(said % {"made": f"{run.made:,}", "known": f"{run.known:,}", "bad": f"{run.bad:,}"})
        if run.overdue:
            said = _("其中 %(n)s 件导入时已有逾期的约定；没有逐件通知。")
            self.stdout.write(said % {"n": f"{run.overdue:,}"})
        if run.bad:
            target = file.with_name(f"{file.stem}.faults.{run.form}")
            faults.write(run, target, form=run.form)
            said = _("%(n)s 行没有导入，原因写在 %(file)s；改好后再导入那个文件即可。")
            raise CommandError(said % {"n": f"{run.bad:,}", "file": target}, returncode=1)


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(CHUNK):
            yield chunk


def _chosen(run: ImportRun, given: list[str]) -> dict[str, int]:
    """The columns as recognised, with what the command line says of them. Raises Invalid."""
    codes = {code: code for code in COLUMNS} | {plain(str(c.label)): c.code for c in COLUMNS.values()}
    headings = {heading.strip(): place for place, heading in reversed(list(enumerate(run.headings)))}
    columns: dict[str, int] = dict(run.columns)
    for text in given:
        name, mark, heading = text.partition("=")
        code = codes.get(plain(name)) or codes.get(name.strip())
        if not mark or code is None:
            known = _("、").join(str(column.label) for column in COLUMNS.values())
            said = _("--map 应写成 列=表头，列是：%(known)s。得到「%(text)s」。")
            raise Invalid(said % {"known": known, "text": text})
        if heading.strip() and heading.strip() not in headings:
            said = _("表里没有「%(heading)s」这个表头；有：%(known)s。")
            raise Invalid(said % {"heading": heading.strip(), "known": _("、").join(headings)})
        columns = {c: p for c, p in columns.items() if c != code and p != headings.get(heading.strip())}
        if heading.strip():
            columns[code] = headings[heading.strip()]
    return columns
