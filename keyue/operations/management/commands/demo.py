"""`keyue demo`: make the demo company, and serve it."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from keyue.company.selectors import is_demo
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.operations import serving
from keyue.operations.demo.building import CASES, build
from keyue.operations.demo.company import LOGINS, PASSWORD
from keyue.operations.demo.tryout import CODE, number_to_try
from keyue.operations.speaking import to_the_reader

QUARTERS = 4

PLACES = (
    ("/", gettext_lazy("工作台")),
    ("/feedback/", gettext_lazy("客户入口")),
    ("/api/v1/docs", gettext_lazy("接口文档")),
)


class Command(BaseCommand):
    help = "Make the demo company, relative to now; with --serve serve it. Harmless where the demo is there already."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--serve", action="store_true", help="serve it afterwards")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--cases", type=int, default=CASES, help="how many cases (default 600)")

    def handle(self, *args: Any, **options: Any) -> None:
        self._say(_("正在准备数据库…"), on_terminal_only=True)
        serving.prepare(migrate=True)
        if not is_demo():
            self._build(options["cases"])
        if options["serve"]:
            self._announce(options["host"], options["port"])
            serving.serve(options["host"], options["port"])

    def _say(self, text: str, *, on_terminal_only: bool = False) -> None:
        if not on_terminal_only or sys.stderr.isatty():
            self.stdout.write(text)
            self.stdout.flush()

    def _build(self, cases: int) -> None:
        started = time.monotonic()
        unfinished = Path(settings.KEYUE_HOME) / "demo.unfinished"
        with to_the_reader():
            if unfinished.exists():
                self._say(_("上一次准备演示公司时被中断，没有留下任何数据；现在从头再做一次。"))
            doing = _("正在准备演示公司")
        unfinished.touch(mode=0o600)
        try:
            self._show(doing, cases)
        except Refused:
            unfinished.unlink(missing_ok=True)
            raise
        unfinished.unlink(missing_ok=True)
        with to_the_reader():
            said = _("演示公司已就绪，用时 %(seconds)d 秒。") % {"seconds": time.monotonic() - started}
        self._say(said)

    def _show(self, doing: str, cases: int) -> None:
        """Build with a bar on a terminal, with a line for each quarter elsewhere."""
        seen = sys.stderr.isatty()
        columns = (
            TextColumn(doing),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
        )
        told = 0
        with Progress(*columns, disable=not seen) as progress:
            task = progress.add_task("demo", total=cases)

            def report(done: int, total: int) -> None:
                nonlocal told
                progress.update(task, completed=done)
                if not seen and done * QUARTERS // total > told:
                    told = done * QUARTERS // total
                    self._say(f"{doing} {done}/{total}")

            build(clock.now(), cases=cases, report=report)

    def _announce(self, host: str, port: int) -> None:
        base = f"http://{host}:{port}"
        with to_the_reader():
            lines = [
                "",
                *(f"  {base + path:<40}{label}" for path, label in PLACES),
                "",
                "  " + _("演示账号（密码都是 %(password)s）：") % {"password": PASSWORD},
                *(f"    {name:<8}{who}" for name, who in LOGINS),
                *self._tryout(base),
                "",
            ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def _tryout(self, base: str) -> list[str]:
        """The case whose sender the reader may be."""
        number = number_to_try()
        if not number:
            return []
        said = _("以客户身份查进度：编号 %(number)s，查询码 %(code)s") % {"number": number, "code": CODE}
        return ["", f"  {said}", f"    {base}/feedback/"]
