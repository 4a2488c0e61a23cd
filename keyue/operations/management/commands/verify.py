"""`keyue verify`: prove the ledger and the promises."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from keyue.kernel import clock
from keyue.ledger import selectors as ledger
from keyue.ledger.verification import verify_ledger
from keyue.promises.verification import verify_promises

SHOWN = 50


class Command(BaseCommand):
    help = "Check chains and checkpoints, and derive every promise again. Exit code 1 on any problem."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sample", type=int, help="only so many chains and subjects, spread evenly")

    def handle(self, *args: Any, sample: int | None, **options: Any) -> None:
        if sample is not None and sample < 1:
            raise CommandError("--sample 后写一个正整数。", returncode=2)
        found = 0
        for problem in (*verify_ledger(sample), *verify_promises(clock.now(), sample)):
            found += 1
            if found <= SHOWN:
                self.stdout.write(f"✗ {problem}")
        if found > SHOWN:
            self.stdout.write(f"… 另有 {found - SHOWN} 处")
        unsealed = ledger.unsealed_count()
        self.stdout.write(f"尚未封存的事实链：{unsealed} 条（下一个检查点会封存）")
        if found:
            raise CommandError(f"发现 {found} 处问题。", returncode=1)
        self.stdout.write(
            "台账完整，约定与事实一致。" if sample is None else f"抽查 {sample} 条，没有发现问题。"
        )
