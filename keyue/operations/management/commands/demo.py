"""`keyue demo`: make the demo company, and serve it."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from keyue.company.selectors import is_demo
from keyue.kernel import clock
from keyue.operations import serving
from keyue.operations.demo.building import CASES, build
from keyue.operations.demo.company import LOGINS, PASSWORD
from keyue.operations.speaking import to_the_reader

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
        serving.prepare(migrate=True)
        if not is_demo():
            self._build(options["cases"])
        if options["serve"]:
            self._announce(options["host"], options["port"])
            serving.serve(options["host"], options["port"])

    def _build(self, cases: int) -> None:
        started = time.monotonic()
        with to_the_reader():
            doing = _("正在准备演示公司")
        columns = (
            TextColumn(doing),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("demo", total=cases)
            build(clock.now(), cases=cases, report=lambda done, total: progress.update(task, completed=done))
        with to_the_reader():
            said = _("演示公司已就绪，用时 %(seconds)d 秒。") % {"seconds": time.monotonic() - started}
        self.stdout.write(said)

    def _announce(self, host: str, port: int) -> None:
        base = f"http://{host}:{port}"
        with to_the_reader():
            lines = [
                "",
                *(f"  {base + path:<40}{label}" for path, label in PLACES),
                "",
                "  " + _("演示账号（密码都是 %(password)s）：") % {"password": PASSWORD},
                *(f"    {name:<8}{who}" for name, who in LOGINS),
                "",
            ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
