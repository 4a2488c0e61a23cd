"""`keyue serve`: everything in one process."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from keyue.operations import serving


class Command(BaseCommand):
    help = "Web, live updates and worker in one process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        serving.serve(options["host"], options["port"])
