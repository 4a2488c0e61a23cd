"""`keyue restore FILE`: put a backup in place."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.operations.backups import restore


class Command(BaseCommand):
    help = "Restore a backup in place of what is here (nothing may be running) and repeat the erasures since."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, help="the backup's key file; without it the keys here stay")

    def handle(self, *args: Any, file: Path, keys: Path | None, **options: Any) -> None:
        repeated = restore(file, secrets=keys, at=clock.now())
        self.stdout.write(
            _("已恢复；重新执行了 %(n)d 次个人信息删除。请运行 keyue verify。") % {"n": repeated}
        )
