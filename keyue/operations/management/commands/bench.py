import json
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from keyue.operations.bench import chat, measuring


class Command(BaseCommand):
    help = "Measure on data of its own and print ratios; exit code 1 where one is not reached."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--quick", action="store_true", help="1k and 10k cases instead of 1k, 100k and 1M"
        )
        parser.add_argument("--json", type=Path, help="write the figures to a file")
        parser.add_argument("--data", type=Path, default=Path("build/bench"), help="where built data is kept")
        parser.add_argument("--postgres", default="", help="postgres://user@host:port to measure on as well")
        parser.add_argument(
            "--customers",
            action="store_true",
            help="only the archive: its list, its search and a customer's page, at 10k and 1M",
        )
        parser.add_argument(
            "--chat",
            action="store_true",
            help="only live chat: 2,000 open windows and 100 messages a second, beside a bare echo server",
        )
        parser.add_argument(
            "--a-second", type=int, default=chat.A_SECOND, help="messages a second, for --chat"
        )
        parser.add_argument(
            "--part", nargs="+", help="internal: one part, inside the installation of KEYUE_HOME"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["part"]:
            self.stdout.write(json.dumps(part(options["part"][0], options["part"][1:])))
            return
        sizes = measuring.QUICK if options["quick"] else measuring.FULL
        root = options["data"].absolute()
        root.mkdir(parents=True, exist_ok=True)
        measures: list[measuring.Measure] = []
        vendors = [("sqlite", "")] + ([("postgresql", options["postgres"])] if options["postgres"] else [])
        for vendor, url in vendors:
            if options["chat"]:
                measures += chat.measure(
                    root,
                    vendor,
                    url,
                    self.stderr.write,
                    quick=options["quick"],
                    a_second=options["a_second"],
                )
                continue
            bench = measuring.Bench(
                root,
                sizes,
                vendor,
                url,
                self.stderr.write,
                seconds=6.0 if options["quick"] else measuring.SECONDS,
                customers=measuring.QUICK_CUSTOMERS if options["quick"] else measuring.CUSTOMERS,
            )
            if not options["customers"]:
                bench.run()
            measures += bench.run_customers()
        result = {"machine": measuring.machine(), "measures": [measure.as_dict() for measure in measures]}
        if options["json"]:
            options["json"].write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        for measure in measures:
            sign = "≥" if measure.least else "≤"
            self.stdout.write(
                f"{'✓' if measure.met else '✗'} {measure.database:<10} {measure.id:<10} {measure.value:>10.2f} {sign} {measure.reach:<6} {measure.note}"
            )
        missed = [measure.id for measure in measures if not measure.met]
        if missed:
            raise CommandError(_("没有达到：%(measures)s") % {"measures": _("、").join(missed)}, returncode=1)


def part(name: str, arguments: list[str]) -> Any:
    """One part of a run, inside one installation."""
    from keyue.operations import serving
    from keyue.operations.bench import chat_data, customers, data, inside, installation

    if name == "build_chat":
        return chat_data.ensure(int(arguments[0]))
    if name == "build_customers":
        return {"built": customers.ensure(int(arguments[0]), lambda n: print(f"  {n:,}", file=sys.stderr))}
    if name == "build":
        cases = int(arguments[0])
        return {"built": installation.ensure(cases, lambda n: print(f"  {n:,}", file=sys.stderr))}
    if name == "ready":
        installation.make_yardstick()
        before = data.counts()
        inside.register_one()
        rows = sum(after - before[table] for table, after in data.counts().items())
        return {"token": installation.token(), "password": installation.PASSWORD, "rows": rows}
    if name == "import":
        with tempfile.TemporaryDirectory() as folder:
            return inside.importing([int(n) for n in arguments], Path(folder))
    if name == "import_one":
        return inside.import_one(Path(arguments[0]))
    if name == "sweep_due":
        return inside.sweep_due(int(arguments[0]))
    if name in {"pages", "customer_pages", "customer_files"}:
        serving.collect_static()
    return {
        "pages": inside.pages,
        "search": inside.search,
        "customer_pages": customers.pages,
        "customer_search": customers.search,
        "customer_files": customers.files,
        "sweep_idle": inside.sweep_idle,
        "what_if": inside.what_if,
    }[name]()
