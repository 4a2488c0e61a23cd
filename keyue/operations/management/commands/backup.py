"""`keyue backup FILE`: the database and attachments, and the keys beside it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.operations.backups import back_up


class Command(BaseCommand):
    help = "Online backup of database, attachments and checkpoints; the keys go to a second file beside it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        for path in back_up(file, at=clock.now()):
            self.stdout.write(f"{path}  {path.stat().st_size / 1024 / 1024:.1f} MiB")
        self.stdout.write(_("请把密钥文件与备份分开保管：没有它，个人信息读不出来。"))
