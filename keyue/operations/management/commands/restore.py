"""`keyue restore FILE`: put a backup in place."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.operations.restoring import restore


class Command(BaseCommand):
    help = "Restore a backup (nothing may be running) and repeat the erasures recorded since it was made."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--keys", type=Path, help="the backup's key file; without it the keys here stay")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="in place of the data that is here, which is kept in before-restore-…",
        )

        parser.add_argument(
            "--without-keys",
            action="store_true",
            help="also where neither the key file nor the same keys are here: personal data stays unreadable",
        )

    def handle(
        self,
        *args: Any,
        file: Path,
        keys: Path | None,
        replace: bool,
        without_keys: bool,
        **options: Any,
    ) -> None:
        done = restore(file, secrets=keys, replace=replace, without_keys=without_keys, at=clock.now())
        self.stdout.write(
            _("已恢复；重新执行了 %(n)d 次个人信息删除。请运行 keyue verify。") % {"n": done.erased}
        )
        if done.aside is not None:
            self.stdout.write(_("原有的数据移到了 %(path)s。") % {"path": done.aside})
        if not done.has_keys:
            self.stderr.write(
                _(
                    "这里没有这份备份的密钥，个人信息读不出来。请找到与备份一起写下的 .keys 文件，"
                    "加上 --keys 和 --replace 再恢复一次。"
                )
            )
