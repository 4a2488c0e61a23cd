"""`keyue verify`: prove the ledger and the promises."""

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from keyue.cases.verification import verify_files, verify_proofs
from keyue.channels.email.verification import verify_mails
from keyue.compliance.verification import verify_statement_files, verify_statements
from keyue.conversations.verification import verify_line_files, verify_lines
from keyue.customers.search_verification import verify_search
from keyue.customers.upkeep_verification import verify_upkeep
from keyue.kernel import clock
from keyue.kernel.errors import KeyueError
from keyue.ledger import actions
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM
from keyue.ledger.verification import verify_ledger
from keyue.operations import serving
from keyue.operations.verifying import verify_article_files
from keyue.people import selectors as people
from keyue.promises.verification import verify_calendars, verify_promises

SHOWN = 50


def _problems(sample: int | None, *, files: bool) -> Iterator[object]:
    """Everything that is not as it should be, found as it goes; the triggers are part of the ledger's check."""
    yield from verify_ledger(sample)
    for code in people.code_conflicts():
        yield _("责任代码 %(code)s 与部门、岗位的登记不符") % {"code": code}
    yield from verify_calendars()
    yield from verify_promises(clock.now(), sample)
    yield from verify_proofs(sample)
    yield from verify_search(sample)
    yield from verify_upkeep(sample)
    yield from verify_statements()
    if files:
        yield from verify_files()
        yield from verify_statement_files()
        yield from verify_lines()
        yield from verify_line_files()
        yield from verify_mails()
        yield from verify_article_files()


class Command(BaseCommand):
    help = "Check chains and checkpoints, and derive every promise again. Exit code 1 on any problem."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sample", type=int, help="only so many chains and subjects, spread evenly")

        parser.add_argument(
            "--files",
            action="store_true",
            help="read every attachment, line, raw mail and proof of a statement too, which takes time",
        )

    def handle(self, *args: Any, sample: int | None, files: bool, **options: Any) -> None:
        if sample is not None and sample < 1:
            raise CommandError(_("--sample 后写一个正整数。"), returncode=2)
        serving.require_schema()
        found = 0
        for problem in _problems(sample, files=files):
            found += 1
            if found <= SHOWN:
                self.stdout.write(f"✗ {problem}")
        if found > SHOWN:
            self.stdout.write(_("… 另有 %(n)d 处") % {"n": found - SHOWN})
        unsealed = ledger.unsealed_count()
        self._note(found, sample)
        self.stdout.write(_("尚未封存的事实链：%(n)d 条（下一个检查点会封存）") % {"n": unsealed})
        if found:
            raise CommandError(_("发现 %(n)d 处问题。") % {"n": found}, returncode=1)
        self.stdout.write(
            _("台账完整，约定与事实一致。")
            if sample is None
            else _("抽查 %(n)d 条，没有发现问题。") % {"n": sample}
        )

    def _note(self, problems: int, sample: int | None) -> None:
        """The auditor's page shows when this last ran and what it found; a ledger too broken to take it stays as it is."""
        try:
            actions.note_verification(problems=problems, sample=sample, by=SYSTEM, at=clock.now())
        except (DatabaseError, KeyueError) as error:
            self.stderr.write(_("核验结果没有记入台账：%(why)s") % {"why": error})
