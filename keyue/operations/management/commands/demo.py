"""`keyue demo`: make the demo company, and serve it."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from keyue.company.selectors import is_demo
from keyue.kernel import clock
from keyue.operations import serving
from keyue.operations.demo.building import CASES, build
from keyue.operations.demo.company import LOGINS, PASSWORD


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
        columns = (
            TextColumn("正在准备演示公司"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("demo", total=cases)
            build(clock.now(), cases=cases, report=lambda done, total: progress.update(task, completed=done))
        self.stdout.write(f"演示公司已就绪，用时 {time.monotonic() - started:.0f} 秒。")

    def _announce(self, host: str, port: int) -> None:
        base = f"http://{host}:{port}"
        lines = [
            "",
            f"  工作台    {base}/",
            f"  客户入口  {base}/feedback/",
            f"  接口文档  {base}/api/v1/docs",
            "",
            f"  演示账号（密码都是 {PASSWORD}）：",
            *(f"    {name:<8}{who}" for name, who in LOGINS),
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
